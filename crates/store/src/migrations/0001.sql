-- The ledger. Written for SQLite, PostgreSQL and MySQL: only VARCHAR, TEXT, BIGINT, SMALLINT and BLOB; times are
-- milliseconds since 1970; ids come from the application; unique keys over text are over its SHA-256.

CREATE TABLE meta (
    name VARCHAR(64) NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
);

CREATE TABLE pipelines (
    id VARCHAR(26) NOT NULL PRIMARY KEY,
    team VARCHAR(190) NOT NULL,
    name VARCHAR(190) NOT NULL,
    revision BIGINT NOT NULL,
    created_ms BIGINT NOT NULL
);
CREATE UNIQUE INDEX pipelines_by_name ON pipelines (team, name);

CREATE TABLE revisions (
    pipeline_id VARCHAR(26) NOT NULL,
    number BIGINT NOT NULL,
    source TEXT NOT NULL,
    created_ms BIGINT NOT NULL,
    PRIMARY KEY (pipeline_id, number)
);

-- A plan is stored once, by the hash of its bytes; steps is a JSON array of [name, kind].
CREATE TABLE plans (
    hash VARCHAR(64) NOT NULL PRIMARY KEY,
    data BLOB NOT NULL,
    steps TEXT NOT NULL
);

-- changes counts what the job's decision reads; decided is the count that the newest decision read. A job is due
-- while decided < changes: due says so, because that can be indexed.
CREATE TABLE jobs (
    id VARCHAR(26) NOT NULL PRIMARY KEY,
    pipeline_id VARCHAR(26) NOT NULL,
    name VARCHAR(190) NOT NULL,
    place BIGINT NOT NULL,
    active SMALLINT NOT NULL,
    plan VARCHAR(64) NOT NULL,
    last_number BIGINT NOT NULL,
    changes BIGINT NOT NULL,
    decided BIGINT NOT NULL,
    due SMALLINT NOT NULL
);
CREATE UNIQUE INDEX jobs_by_name ON jobs (pipeline_id, name);
CREATE INDEX jobs_due ON jobs (due);

CREATE TABLE job_inputs (
    job_id VARCHAR(26) NOT NULL,
    place BIGINT NOT NULL,
    name VARCHAR(190) NOT NULL,
    resource_id VARCHAR(26) NOT NULL,
    triggers SMALLINT NOT NULL,
    passed TEXT NOT NULL,
    PRIMARY KEY (job_id, place)
);
CREATE INDEX job_inputs_by_resource ON job_inputs (resource_id);

CREATE TABLE resources (
    id VARCHAR(26) NOT NULL PRIMARY KEY,
    pipeline_id VARCHAR(26) NOT NULL,
    name VARCHAR(190) NOT NULL,
    place BIGINT NOT NULL,
    active SMALLINT NOT NULL,
    check_id VARCHAR(26),
    last_order BIGINT NOT NULL
);
CREATE UNIQUE INDEX resources_by_name ON resources (pipeline_id, name);
CREATE INDEX resources_by_check ON resources (check_id);

-- number counts the runs of a check that were begun. again says that it is wanted once more when it ends.
CREATE TABLE checks (
    id VARCHAR(26) NOT NULL PRIMARY KEY,
    check_key BLOB NOT NULL,
    plan VARCHAR(64) NOT NULL,
    interval_ms BIGINT NOT NULL,
    active SMALLINT NOT NULL,
    running SMALLINT NOT NULL,
    again SMALLINT NOT NULL,
    number BIGINT NOT NULL,
    due_ms BIGINT NOT NULL,
    started_ms BIGINT,
    ended_ms BIGINT,
    error TEXT
);
CREATE UNIQUE INDEX checks_by_key ON checks (check_key);
CREATE INDEX checks_due ON checks (active, running, due_ms);

CREATE TABLE versions (
    id VARCHAR(26) NOT NULL PRIMARY KEY,
    resource_id VARCHAR(26) NOT NULL,
    identity BLOB NOT NULL,
    place BIGINT NOT NULL,
    data TEXT NOT NULL,
    created_ms BIGINT NOT NULL
);
CREATE UNIQUE INDEX versions_by_identity ON versions (resource_id, identity);
CREATE INDEX versions_by_place ON versions (resource_id, place);

-- The newest version that a job has taken of a resource.
CREATE TABLE marks (
    job_id VARCHAR(26) NOT NULL,
    resource_id VARCHAR(26) NOT NULL,
    version_id VARCHAR(26) NOT NULL,
    PRIMARY KEY (job_id, resource_id)
);

-- Outlives its build: of one job at most one build exists for one cause.
CREATE TABLE causes (
    job_id VARCHAR(26) NOT NULL,
    cause_key BLOB NOT NULL,
    build_id VARCHAR(26) NOT NULL
);
CREATE UNIQUE INDEX causes_by_key ON causes (job_id, cause_key);

CREATE TABLE builds (
    id VARCHAR(26) NOT NULL PRIMARY KEY,
    job_id VARCHAR(26) NOT NULL,
    number BIGINT NOT NULL,
    cause VARCHAR(190) NOT NULL,
    status VARCHAR(16) NOT NULL,
    ready SMALLINT NOT NULL,
    inputs TEXT NOT NULL,
    attempt_id VARCHAR(26),
    cancel SMALLINT NOT NULL,
    message TEXT,
    created_ms BIGINT NOT NULL,
    started_ms BIGINT,
    ended_ms BIGINT
);
CREATE UNIQUE INDEX builds_by_number ON builds (job_id, number);
CREATE INDEX builds_by_status ON builds (status, ready, id);
CREATE INDEX builds_of_job_by_status ON builds (job_id, status, number);

-- Which builds of a job took which version. Outlives its build.
CREATE TABLE build_inputs (
    job_id VARCHAR(26) NOT NULL,
    version_id VARCHAR(26) NOT NULL,
    build_id VARCHAR(26) NOT NULL,
    name VARCHAR(190) NOT NULL,
    PRIMARY KEY (job_id, version_id, build_id, name)
);

CREATE TABLE workers (
    id VARCHAR(26) NOT NULL PRIMARY KEY,
    session BIGINT NOT NULL,
    n BIGINT NOT NULL,
    seen_ms BIGINT NOT NULL
);

-- steps is a JSON array, an object for each step that has begun or been skipped. found is what a check found, in JSON,
-- from its event until the attempt ends.
CREATE TABLE attempts (
    id VARCHAR(26) NOT NULL PRIMARY KEY,
    build_id VARCHAR(26),
    check_id VARCHAR(26),
    check_number BIGINT,
    worker_id VARCHAR(26) NOT NULL,
    session BIGINT NOT NULL,
    ask BIGINT NOT NULL,
    n BIGINT NOT NULL,
    plan VARCHAR(64) NOT NULL,
    running SMALLINT NOT NULL,
    position BIGINT NOT NULL,
    steps TEXT NOT NULL,
    found TEXT,
    tail_bytes BIGINT NOT NULL,
    segments BIGINT NOT NULL,
    created_ms BIGINT NOT NULL,
    ended_ms BIGINT
);
CREATE UNIQUE INDEX attempts_by_ask ON attempts (worker_id, session, ask);
CREATE INDEX attempts_running ON attempts (running, worker_id);
CREATE INDEX attempts_of_check ON attempts (check_id, ended_ms);

-- The tail of a log: frames that are in no segment yet.
CREATE TABLE log_frames (
    attempt_id VARCHAR(26) NOT NULL,
    position BIGINT NOT NULL,
    step BIGINT NOT NULL,
    stream SMALLINT NOT NULL,
    log_offset BIGINT NOT NULL,
    length BIGINT NOT NULL,
    lines BIGINT NOT NULL,
    encoding SMALLINT NOT NULL,
    data BLOB NOT NULL,
    PRIMARY KEY (attempt_id, position)
);

-- A run of frames that has left the tail. state: 0 announced, 1 sealed. The bytes stand in data, or in the log store
-- under object. frames is an index (CBOR) of what stands where in them.
CREATE TABLE log_segments (
    attempt_id VARCHAR(26) NOT NULL,
    number BIGINT NOT NULL,
    state SMALLINT NOT NULL,
    upto BIGINT NOT NULL,
    object VARCHAR(190),
    frames BLOB,
    data BLOB,
    announced_ms BIGINT NOT NULL,
    PRIMARY KEY (attempt_id, number)
);
CREATE INDEX log_segments_by_state ON log_segments (state);
