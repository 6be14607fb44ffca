-- Public keys this installation has signed evidence with, in PEM: an old bundle is verified with an old key, and replicas
-- that were given different keys notice.
CREATE TABLE evidence_keys (
    fingerprint TEXT NOT NULL PRIMARY KEY,
    public_key TEXT NOT NULL,
    first_seen_at BIGINT NOT NULL,
    last_seen_at BIGINT NOT NULL
);
CREATE INDEX deployments_by_time ON deployments (requested_at);

-- The watch of a deployment to a protected environment: made with the request, opened when the deployment is verified.
CREATE TABLE watches (
    deployment_id TEXT NOT NULL PRIMARY KEY REFERENCES deployments (id),
    application TEXT NOT NULL,
    environment TEXT NOT NULL,
    state TEXT NOT NULL,
    -- When the next round is due or a look is missed; NULL while time changes nothing.
    next_at BIGINT,
    -- The whole aggregate; the columns above repeat what lists and the reconciler need.
    aggregate TEXT NOT NULL,
    revision BIGINT NOT NULL
);
CREATE INDEX watches_by_environment ON watches (application, environment, state);
CREATE INDEX watches_by_time ON watches (next_at);

-- What each check said in each round, with its evidence. Round 0 is the baseline.
CREATE TABLE watch_results (
    deployment_id TEXT NOT NULL REFERENCES deployments (id),
    round BIGINT NOT NULL,
    check_id TEXT NOT NULL,
    outcome TEXT NOT NULL,
    finished_at BIGINT NOT NULL,
    took_ms BIGINT NOT NULL,
    attempts BIGINT NOT NULL,
    PRIMARY KEY (deployment_id, round, check_id)
);
