-- What the engine decides on: pauses, pins, spaces, what passed, holds, leases; and who did what.

ALTER TABLE pipelines ADD COLUMN paused SMALLINT NOT NULL DEFAULT 0;
ALTER TABLE pipelines ADD COLUMN archived_ms BIGINT;
-- The attempt with which a build of it was last started.
ALTER TABLE pipelines ADD COLUMN served VARCHAR(26) NOT NULL DEFAULT '';
-- The SHA-256 of what a server set last from its own disk.
ALTER TABLE pipelines ADD COLUMN config_hash VARCHAR(64);

-- sources is a JSON array of [address, SHA-256]. effect is a SHA-256 over what the revision made of jobs and resources, or
-- empty where that is not known.
ALTER TABLE revisions ADD COLUMN effect VARCHAR(64) NOT NULL DEFAULT '';
ALTER TABLE revisions ADD COLUMN set_by VARCHAR(190) NOT NULL DEFAULT '';
ALTER TABLE revisions ADD COLUMN sources TEXT NOT NULL DEFAULT '[]';

-- brakes counts what can take a build away. catch_up: it was paused or pinned since it last decided freely. tags, holds and
-- places are JSON: what a worker must have, the keys of serial groups, and [prefix, limit] of places.
ALTER TABLE jobs ADD COLUMN brakes BIGINT NOT NULL DEFAULT 0;
ALTER TABLE jobs ADD COLUMN paused SMALLINT NOT NULL DEFAULT 0;
ALTER TABLE jobs ADD COLUMN catch_up SMALLINT NOT NULL DEFAULT 0;
ALTER TABLE jobs ADD COLUMN tags TEXT NOT NULL DEFAULT '[]';
ALTER TABLE jobs ADD COLUMN holds TEXT NOT NULL DEFAULT '[]';
ALTER TABLE jobs ADD COLUMN places TEXT NOT NULL DEFAULT '[]';
-- 0 never, 1 waiting, 2 always.
ALTER TABLE jobs ADD COLUMN interruptible SMALLINT NOT NULL DEFAULT 0;
ALTER TABLE jobs ADD COLUMN retry SMALLINT NOT NULL DEFAULT 0;
ALTER TABLE jobs ADD COLUMN no_rerun SMALLINT NOT NULL DEFAULT 0;
ALTER TABLE jobs ADD COLUMN trusted_only SMALLINT NOT NULL DEFAULT 0;
-- How many of its builds have succeeded: the place of the newest in passed.
ALTER TABLE jobs ADD COLUMN last_passed BIGINT NOT NULL DEFAULT 0;

-- latest: of its versions only the newest counts. pin: the keys that the text holds it at, as JSON, or NULL.
ALTER TABLE job_inputs ADD COLUMN latest SMALLINT NOT NULL DEFAULT 0;
ALTER TABLE job_inputs ADD COLUMN pin TEXT;

-- Which jobs the inputs of a job name in `passed`, by the place of the input.
CREATE TABLE job_passed (
    job_id VARCHAR(26) NOT NULL,
    place BIGINT NOT NULL,
    upstream_id VARCHAR(26) NOT NULL,
    PRIMARY KEY (job_id, place, upstream_id)
);
CREATE INDEX job_passed_by_upstream ON job_passed (upstream_id);

-- How far the last decision of a job has looked: at a resource up to a place, at an upstream job up to a number.
CREATE TABLE horizons (
    job_id VARCHAR(26) NOT NULL,
    source_id VARCHAR(26) NOT NULL,
    upto BIGINT NOT NULL,
    PRIMARY KEY (job_id, source_id)
);

-- space is what an untold number of lines of work are told apart by: at most 190 characters, longer ones are a SHA-256.
ALTER TABLE versions ADD COLUMN space VARCHAR(190) NOT NULL DEFAULT '';
ALTER TABLE versions ADD COLUMN untrusted SMALLINT NOT NULL DEFAULT 0;
CREATE INDEX versions_by_space ON versions (resource_id, space, place);
CREATE INDEX versions_by_trust ON versions (resource_id, untrusted, place);

ALTER TABLE resources ADD COLUMN space_key VARCHAR(190);
ALTER TABLE resources ADD COLUMN untrusted_key VARCHAR(190);
-- When the resource itself is to be checked; those that share a check may differ.
ALTER TABLE resources ADD COLUMN schedule VARCHAR(190) NOT NULL DEFAULT '';
ALTER TABLE resources ADD COLUMN on_demand SMALLINT NOT NULL DEFAULT 0;
ALTER TABLE resources ADD COLUMN stream VARCHAR(190);
ALTER TABLE resources ADD COLUMN pin_version_id VARCHAR(26);
ALTER TABLE resources ADD COLUMN pin_by VARCHAR(190);
ALTER TABLE resources ADD COLUMN pin_comment TEXT;
ALTER TABLE resources ADD COLUMN pin_ms BIGINT;
DROP INDEX resources_by_check;
CREATE INDEX resources_by_check ON resources (check_id, active, place);
CREATE INDEX resources_by_stream ON resources (stream);

-- The newest version that a job has taken at an input in a space.
CREATE TABLE job_marks (
    job_id VARCHAR(26) NOT NULL,
    name VARCHAR(190) NOT NULL,
    resource_id VARCHAR(26) NOT NULL,
    space VARCHAR(190) NOT NULL,
    version_id VARCHAR(26) NOT NULL,
    PRIMARY KEY (job_id, name, resource_id, space)
);
INSERT INTO job_marks (job_id, name, resource_id, space, version_id)
    SELECT marks.job_id, job_inputs.name, marks.resource_id, '', marks.version_id FROM marks
    JOIN job_inputs ON job_inputs.job_id = marks.job_id AND job_inputs.resource_id = marks.resource_id;
DROP TABLE marks;
-- What the newest build of a job, with that number, has taken at an input.
CREATE TABLE job_last (
    job_id VARCHAR(26) NOT NULL,
    name VARCHAR(190) NOT NULL,
    resource_id VARCHAR(26) NOT NULL,
    version_id VARCHAR(26) NOT NULL,
    number BIGINT NOT NULL,
    PRIMARY KEY (job_id, name)
);
INSERT INTO job_last (job_id, name, resource_id, version_id, number)
    SELECT job_id, name, resource_id, version_id, 0 FROM job_marks;
CREATE INDEX build_inputs_by_build ON build_inputs (build_id);

-- What builds that succeeded had fetched or made: what lets versions through `passed`. Outlives its build. place is the
-- order in which builds of the job succeeded.
CREATE TABLE passed (
    job_id VARCHAR(26) NOT NULL,
    place BIGINT NOT NULL,
    resource_id VARCHAR(26) NOT NULL,
    version_id VARCHAR(26) NOT NULL,
    build_id VARCHAR(26) NOT NULL,
    number VARCHAR(40) NOT NULL,
    PRIMARY KEY (job_id, place, version_id)
);
CREATE INDEX passed_by_version ON passed (job_id, version_id, place);
CREATE INDEX passed_by_resource ON passed (job_id, resource_id, place);

-- rerun: which repetition of original it is; reruns counts those of an original. space, see versions: those of its
-- triggering inputs. needs is JSON: what it waits for before its versions are chosen, {resource id: number of a check}.
-- losses counts the workers it was lost with. seq is the number of its newest change, among all changes of all builds.
ALTER TABLE builds ADD COLUMN rerun BIGINT NOT NULL DEFAULT 0;
ALTER TABLE builds ADD COLUMN original_id VARCHAR(26);
ALTER TABLE builds ADD COLUMN reruns BIGINT NOT NULL DEFAULT 0;
ALTER TABLE builds ADD COLUMN made_by VARCHAR(190) NOT NULL DEFAULT '';
ALTER TABLE builds ADD COLUMN space VARCHAR(190) NOT NULL DEFAULT '';
ALTER TABLE builds ADD COLUMN untrusted SMALLINT NOT NULL DEFAULT 0;
ALTER TABLE builds ADD COLUMN needs TEXT NOT NULL DEFAULT '{}';
ALTER TABLE builds ADD COLUMN losses BIGINT NOT NULL DEFAULT 0;
ALTER TABLE builds ADD COLUMN revision BIGINT;
-- Why it is cancelled, in one sentence.
ALTER TABLE builds ADD COLUMN cancel_reason VARCHAR(190);
ALTER TABLE builds ADD COLUMN seq BIGINT NOT NULL DEFAULT 0;
DROP INDEX builds_by_number;
CREATE UNIQUE INDEX builds_by_number ON builds (job_id, number, rerun);
-- ready: 0 versions are still to be chosen, 1 it can start, 2 it waits until the processes of a lost attempt are gone.
DROP INDEX builds_by_status;
CREATE INDEX builds_by_status ON builds (status, ready, job_id, id);
CREATE INDEX builds_by_seq ON builds (seq);
CREATE INDEX builds_of_job ON builds (job_id, id);
DROP INDEX builds_of_job_by_status;
CREATE INDEX builds_of_job_by_status ON builds (job_id, status, id);

-- The newest build that versions made and that has been started, of a job where a newer build counts instead of older ones
-- (interruptible), in a space.
CREATE TABLE job_started (
    job_id VARCHAR(26) NOT NULL,
    space VARCHAR(190) NOT NULL,
    number BIGINT NOT NULL,
    PRIMARY KEY (job_id, space)
);

CREATE TABLE counters (
    name VARCHAR(64) NOT NULL PRIMARY KEY,
    value BIGINT NOT NULL
);
INSERT INTO counters (name, value) VALUES ('builds.seq', 0);

ALTER TABLE workers ADD COLUMN lease SMALLINT NOT NULL DEFAULT 1;
ALTER TABLE workers ADD COLUMN draining SMALLINT NOT NULL DEFAULT 0;
ALTER TABLE workers ADD COLUMN tags TEXT NOT NULL DEFAULT '[]';

-- released: its processes are gone, or never were.
ALTER TABLE attempts ADD COLUMN released SMALLINT NOT NULL DEFAULT 1;
UPDATE attempts SET released = 0 WHERE running = 1;
CREATE INDEX attempts_by_released ON attempts (released, worker_id);

-- Serial groups, and places of jobs that limit how many builds run: two owners are impossible.
CREATE TABLE holds (
    hold_key VARCHAR(190) NOT NULL PRIMARY KEY,
    attempt_id VARCHAR(26) NOT NULL,
    build_id VARCHAR(26) NOT NULL
);
CREATE INDEX holds_by_attempt ON holds (attempt_id);

-- schedule is text of the language. tick: no worker is needed, the time itself is the version. due_ms of a check that is
-- made only on demand is as far away as can be. failures counts those since the last success.
ALTER TABLE checks ADD COLUMN schedule VARCHAR(190) NOT NULL DEFAULT '';
ALTER TABLE checks ADD COLUMN tick SMALLINT NOT NULL DEFAULT 0;
ALTER TABLE checks ADD COLUMN on_demand SMALLINT NOT NULL DEFAULT 0;
ALTER TABLE checks ADD COLUMN tags TEXT NOT NULL DEFAULT '[]';
ALTER TABLE checks ADD COLUMN failures BIGINT NOT NULL DEFAULT 0;
ALTER TABLE checks ADD COLUMN failing_since_ms BIGINT;
UPDATE checks SET schedule = '@every ' || (interval_ms / 1000) || 's';
ALTER TABLE checks DROP COLUMN interval_ms;
UPDATE resources SET schedule = COALESCE((SELECT schedule FROM checks WHERE checks.id = resources.check_id), '');
DROP INDEX checks_due;
CREATE INDEX checks_due ON checks (active, running, tick, due_ms, id);
DROP INDEX jobs_due;
CREATE INDEX jobs_due ON jobs (due, id);
