-- Which checks fail is asked often, and few do.
CREATE INDEX checks_failing ON checks (active, failures);
