-- One run of a suite in an environment, asked for by a person.
CREATE TABLE suite_runs (
    id TEXT NOT NULL PRIMARY KEY,
    application TEXT NOT NULL,
    environment TEXT NOT NULL,
    suite TEXT NOT NULL,
    -- As the blueprint had it: the run is evidence, and the file may change.
    title TEXT NOT NULL,
    blueprint_digest TEXT NOT NULL,
    -- Id, title and severity of each check, in order.
    checks TEXT NOT NULL,
    requested_by TEXT NOT NULL,
    requested_at BIGINT NOT NULL,
    lease_owner TEXT,
    lease_until BIGINT NOT NULL,
    finished_at BIGINT
);
CREATE INDEX suite_runs_by_place ON suite_runs (application, environment, requested_at);
CREATE INDEX suite_runs_waiting ON suite_runs (finished_at, lease_until);

CREATE TABLE suite_results (
    run_id TEXT NOT NULL REFERENCES suite_runs (id),
    check_id TEXT NOT NULL,
    -- Repeats what counting needs of the outcome.
    verdict TEXT NOT NULL,
    outcome TEXT NOT NULL,
    finished_at BIGINT NOT NULL,
    took_ms BIGINT NOT NULL,
    attempts BIGINT NOT NULL,
    PRIMARY KEY (run_id, check_id)
);
