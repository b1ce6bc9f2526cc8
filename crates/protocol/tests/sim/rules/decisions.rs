//! What must hold of a build that versions made, at the moment in which it is made: later versions may move.

use crate::world::World;
use pikoci_plan::id::BuildId;

/// What a build `b` takes of its triggering inputs: `i`, of version `v`.
const TRIGGERING: &str = "builds b JOIN build_inputs i ON i.build_id = b.id \
     JOIN job_inputs t ON t.job_id = b.job_id AND t.name = i.name AND t.triggers = 1 \
     JOIN versions v ON v.id = i.version_id";

/// What an earlier automatic build `o` of the same job took at the same input: `e`.
const EARLIER: &str = "builds o JOIN build_inputs e ON e.build_id = o.id WHERE o.job_id = b.job_id \
     AND o.number < b.number AND o.rerun = 0 AND o.cause LIKE 'v:%' AND e.name = i.name";

impl World {
    /// An automatic build takes something new, nothing older than what was taken, and what belongs together.
    pub(crate) fn check_decision(&mut self, build: &BuildId) {
        let new = format!(
            "SELECT v.id FROM {TRIGGERING} WHERE b.id = ?1 AND NOT EXISTS \
             (SELECT 1 FROM {EARLIER} AND e.version_id = i.version_id)"
        );
        if self.inspect(&new, &[build.as_str()]).is_empty() {
            self.rules.breaks("R1", format!("{build} takes nothing that its job has not taken before"));
        }
        let backwards = format!(
            "SELECT v.data FROM {TRIGGERING} WHERE b.id = ?1 AND EXISTS (SELECT 1 FROM versions w, {EARLIER} \
             AND w.id = e.version_id AND w.resource_id = v.resource_id AND w.space = v.space AND w.place > v.place)"
        );
        let back = self.inspect(&backwards, &[build.as_str()]).pop().filter(|_| !self.rules.pushed_back);
        if let Some(version) = back {
            self.rules.breaks("R1", format!("{build} goes back to {version}"));
        }
        // What all inputs that name an upstream job took passed in one build of it.
        let apart = "SELECT p.upstream_id FROM job_passed p JOIN job_inputs t ON t.job_id = p.job_id AND t.place = p.place \
             JOIN builds b ON b.job_id = p.job_id JOIN build_inputs i ON i.build_id = b.id AND i.name = t.name \
             WHERE b.id = ?1 GROUP BY p.upstream_id HAVING NOT EXISTS (SELECT 1 FROM passed q \
             WHERE q.job_id = p.upstream_id AND NOT EXISTS (SELECT 1 FROM job_passed p2 \
             JOIN job_inputs t2 ON t2.job_id = p2.job_id AND t2.place = p2.place \
             JOIN build_inputs i2 ON i2.build_id = ?1 AND i2.name = t2.name \
             WHERE p2.job_id = p.job_id AND p2.upstream_id = p.upstream_id AND NOT EXISTS (SELECT 1 FROM passed q2 \
             WHERE q2.build_id = q.build_id AND q2.version_id = i2.version_id)))";
        if let Some(upstream) = self.inspect(apart, &[build.as_str()]).pop() {
            self.rules.breaks("R1", format!("{build} takes what passed {upstream} in no one build of it"));
        }
    }
}
