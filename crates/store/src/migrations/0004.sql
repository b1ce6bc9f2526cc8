-- Which checks fail is asked often, and few do.
CREATE INDEX checks_failing ON checks (active, failures);

-- A worker is given what is due and what it can do: what waits for another keeps nothing from it.
CREATE INDEX checks_due_by_tags ON checks (active, running, tick, tags, due_ms, id);
