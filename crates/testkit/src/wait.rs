//! Waiting on something outside of this process that sends no event: a file, another process, a port.

use anyhow::{Result, bail};
use std::thread;
use std::time::{Duration, Instant};

/// How long what is awaited may take, unless a test says otherwise. Only a broken test ever waits so long.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// How long to pause between two looks.
const PAUSE: Duration = Duration::from_millis(1);

/// Looks until `look` finds something; an error that says `what` was not found after [`PATIENCE`].
pub fn wait_for<T>(what: &str, look: impl FnMut() -> Option<T>) -> Result<T> {
    wait_at_most(PATIENCE, what, look)
}

/// As [`wait_for`], with a limit of one's own.
pub fn wait_at_most<T>(limit: Duration, what: &str, mut look: impl FnMut() -> Option<T>) -> Result<T> {
    let start = Instant::now();
    loop {
        if let Some(found) = look() {
            return Ok(found);
        }
        if start.elapsed() >= limit {
            bail!("{what}: not seen within {limit:?}");
        }
        thread::sleep(PAUSE);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn returns_what_is_found_at_a_later_look() {
        let mut looks = 0;
        let found = wait_for("the third look", || {
            looks += 1;
            (looks == 3).then_some(looks)
        });
        assert_eq!(found.unwrap(), 3);
    }

    #[test]
    fn names_what_never_came() {
        let error = wait_at_most(Duration::ZERO, "a reply", || None::<()>).unwrap_err();
        assert!(error.to_string().starts_with("a reply: not seen within"), "{error}");
    }
}
