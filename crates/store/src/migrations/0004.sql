-- Which checks fail is asked often, and few do.
CREATE INDEX checks_failing ON checks (active, failures);

-- A worker is given what is due and what it can do: what waits for another keeps nothing from it.
CREATE INDEX checks_due_by_tags ON checks (active, running, tick, tags, due_ms, id);

-- needs of builds is JSON, {resource id: [check id, number of its run]}.
UPDATE builds SET needs = (SELECT json_group_object(waits.key, json_array(resources.check_id, waits.value))
    FROM json_each(builds.needs) AS waits JOIN resources ON resources.id = waits.key AND resources.check_id IS NOT NULL)
    WHERE status = 'pending' AND ready = 0 AND needs <> '{}';

-- ended is the number of the newest run of a check that has ended, succeeded of the newest that did so well; one that was lost
-- with its worker has not ended.
ALTER TABLE checks ADD COLUMN ended BIGINT NOT NULL DEFAULT 0;
ALTER TABLE checks ADD COLUMN succeeded BIGINT NOT NULL DEFAULT 0;
UPDATE checks SET ended = number - running WHERE ended_ms IS NOT NULL;
UPDATE checks SET succeeded = ended WHERE error IS NULL;

-- The last version of the newest run of a check, in JSON, if that did not bring all: there the next one goes on.
ALTER TABLE checks ADD COLUMN upto TEXT;

-- Whose lease stands is asked at each look.
CREATE INDEX workers_by_lease ON workers (lease, id);
