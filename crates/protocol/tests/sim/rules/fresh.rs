//! What was decided step by step is what is decided at one look: nothing was overlooked.

use crate::Broken;
use crate::world::World;

/// All that jobs had looked at is forgotten.
const FORGET: &str = "DELETE FROM horizons; UPDATE jobs SET changes = changes + 1, due = 1 WHERE active = 1";

impl World {
    /// Lets all jobs look at everything anew; none may make a build.
    pub(crate) fn check_fresh_look(&mut self) -> Result<(), Broken> {
        let before = self.rules.made.len();
        self.store.sabotage(FORGET).unwrap();
        self.say("-- a fresh look");
        self.run_until(self.now + 5_000)?;
        self.run_to_rest()?;
        match self.rules.made.get(before) {
            Some(build) => {
                let what = format!("{build} is made only when all is looked at anew");
                Err(Broken { rule: "R1", what })
            }
            None => Ok(()),
        }
    }
}
