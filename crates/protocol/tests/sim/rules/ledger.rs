//! What must hold in the ledger at every moment: each rule is a query for what breaks it.

use crate::Broken;
use crate::world::World;
use pikoci_plan::status::Status;

/// The rule, what is wrong, and who is concerned: nobody may be.
const ALWAYS: [(&str, &str, &str); 15] = [
    (
        "R1",
        "two builds were made for one cause",
        "SELECT job_id || ' ' || cause FROM builds GROUP BY job_id, cause HAVING COUNT(*) > 1",
    ),
    (
        "R1",
        "two builds have one number",
        "SELECT job_id || ' ' || number FROM builds GROUP BY job_id, number, rerun HAVING COUNT(*) > 1",
    ),
    (
        "R1",
        "an original is missing",
        "SELECT id FROM builds b WHERE rerun > 0 AND NOT EXISTS (SELECT 1 FROM builds o WHERE o.id = b.original_id)",
    ),
    (
        "R2",
        "a build has two attempts that run",
        "SELECT build_id FROM attempts WHERE running = 1 AND build_id IS NOT NULL \
         GROUP BY build_id HAVING COUNT(*) > 1",
    ),
    (
        "R2",
        "two attempts have one ask",
        "SELECT MAX(id) FROM attempts GROUP BY worker_id, session, ask HAVING COUNT(*) > 1",
    ),
    (
        "R2",
        "an attempt runs without its build",
        "SELECT a.id FROM attempts a JOIN builds b ON b.id = a.build_id \
         WHERE a.running = 1 AND (b.status <> 'running' OR b.attempt_id <> a.id)",
    ),
    (
        "R3",
        "a build runs without an attempt",
        "SELECT b.id FROM builds b WHERE b.status = 'running' AND NOT EXISTS \
         (SELECT 1 FROM attempts a WHERE a.id = b.attempt_id AND a.build_id = b.id AND a.running = 1)",
    ),
    (
        "R3",
        "a build has ended and has no end, or the reverse",
        "SELECT id FROM builds WHERE (status IN ('pending', 'running')) <> (ended_ms IS NULL)",
    ),
    (
        "R3",
        "a build waits for processes that are gone",
        "SELECT b.id FROM builds b WHERE b.status = 'pending' AND b.ready = 2 AND NOT EXISTS \
         (SELECT 1 FROM attempts a WHERE a.build_id = b.id AND a.released = 0)",
    ),
    (
        "R3",
        "a check runs without an attempt",
        "SELECT c.id FROM checks c WHERE c.running = 1 AND NOT EXISTS (SELECT 1 FROM attempts a \
         WHERE a.check_id = c.id AND a.check_number = c.number AND a.running = 1)",
    ),
    (
        "R3",
        "an attempt runs without its check",
        "SELECT a.id FROM attempts a JOIN checks c ON c.id = a.check_id \
         WHERE a.running = 1 AND (c.running = 0 OR c.number <> a.check_number)",
    ),
    (
        "hold",
        "a hold has no owner",
        "SELECT h.hold_key FROM holds h WHERE NOT EXISTS \
         (SELECT 1 FROM attempts a WHERE a.id = h.attempt_id AND (a.running = 1 OR a.released = 0))",
    ),
    ("hold", "a hold has two owners", "SELECT hold_key FROM holds GROUP BY hold_key HAVING COUNT(*) > 1"),
    (
        "inputs",
        "a build is ready without a version for each input",
        "SELECT b.id FROM builds b JOIN jobs ON jobs.id = b.job_id WHERE b.status = 'pending' AND b.ready = 1 \
         AND jobs.active = 1 AND EXISTS (SELECT 1 FROM job_inputs j WHERE j.job_id = b.job_id AND NOT EXISTS \
         (SELECT 1 FROM build_inputs i JOIN versions v ON v.id = i.version_id WHERE i.build_id = b.id \
         AND i.name = j.name AND v.resource_id = j.resource_id))",
    ),
    (
        "due",
        "a job's counters are not sane",
        "SELECT id FROM jobs WHERE decided > changes OR active = 1 AND due <> (decided < changes)",
    ),
];

impl World {
    /// Looks at the ledger as it stands, and at the builds that have changed since the last look.
    pub(super) fn check_ledger(&mut self) -> Result<(), Broken> {
        for (rule, what, sql) in ALWAYS {
            if let Some(whom) = self.inspect(sql, &[]).pop() {
                return Err(Broken { rule, what: format!("{what}: {whom}") });
            }
        }
        let seen = self.rules.seen_seq;
        let changed = "SELECT seq || ' ' || id || ' ' || status FROM builds WHERE seq > CAST(?1 AS INTEGER) ORDER BY seq";
        for row in self.inspect(changed, &[&seen.to_string()]) {
            let words: Vec<_> = row.split(' ').collect();
            self.rules.seen_seq = words[0].parse().unwrap();
            self.check_final(words[1], Status::parse(words[2]).unwrap())?;
        }
        Ok(())
    }

    /// A build that has ended stays as it ended.
    pub(super) fn check_final(&mut self, build: &str, status: Status) -> Result<(), Broken> {
        let before = self.rules.finals.get(build).copied();
        if let Some(before) = before.filter(|before| *before != status) {
            return Err(Broken { rule: "R3", what: format!("{build} was {before} and is {status}") });
        }
        if status.is_final() {
            self.rules.finals.insert(build.to_owned(), status);
        }
        Ok(())
    }
}
