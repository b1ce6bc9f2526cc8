-- A build that succeeded only because a failure in it is allowed has a warning.
ALTER TABLE builds ADD COLUMN warning SMALLINT NOT NULL DEFAULT 0;

-- Which versions the puts of a build made, in the order of position. Outlives its build.
CREATE TABLE build_outputs (
    build_id VARCHAR(26) NOT NULL,
    job_id VARCHAR(26) NOT NULL,
    step BIGINT NOT NULL,
    position BIGINT NOT NULL,
    resource_id VARCHAR(26) NOT NULL,
    version_id VARCHAR(26) NOT NULL,
    PRIMARY KEY (build_id, step, version_id)
);
CREATE INDEX build_outputs_by_version ON build_outputs (job_id, version_id);
