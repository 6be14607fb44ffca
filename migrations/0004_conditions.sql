-- Conditions that deployments passed under and that are not closed yet: what the overview needs of the aggregates.
CREATE TABLE open_conditions (
    deployment_id TEXT NOT NULL REFERENCES deployments (id),
    number BIGINT NOT NULL,
    application TEXT NOT NULL,
    environment TEXT NOT NULL,
    release_version TEXT NOT NULL,
    words TEXT NOT NULL,
    owner TEXT NOT NULL,
    -- A day, as 2026-12-01: sorts as it reads.
    due TEXT NOT NULL,
    PRIMARY KEY (deployment_id, number)
);
