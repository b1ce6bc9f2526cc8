-- Which checks fail is asked often, and few do.
CREATE INDEX checks_failing ON checks (active, failures);

-- Whose lease stands is asked at each look.
CREATE INDEX workers_by_lease ON workers (lease, id);
