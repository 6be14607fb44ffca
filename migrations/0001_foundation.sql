-- One linear set, valid on SQLite and PostgreSQL. Ids are UUIDv7 as TEXT, times are milliseconds since 1970 as BIGINT,
-- structured values are JSON in TEXT, truth values are 0 or 1.

CREATE TABLE blueprints (
    digest TEXT NOT NULL PRIMARY KEY,
    application TEXT NOT NULL,
    content TEXT NOT NULL,
    loaded_at BIGINT NOT NULL
);

-- Templates as their text, file assets in base64.
CREATE TABLE blobs (
    digest TEXT NOT NULL PRIMARY KEY,
    size BIGINT NOT NULL,
    encoding TEXT NOT NULL,
    content TEXT NOT NULL,
    created_at BIGINT NOT NULL
);

CREATE TABLE releases (
    id TEXT NOT NULL PRIMARY KEY,
    application TEXT NOT NULL,
    version TEXT NOT NULL,
    digest TEXT NOT NULL,
    source_revision TEXT,
    content TEXT NOT NULL,
    created_by TEXT NOT NULL,
    created_by_name TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    UNIQUE (application, version)
);
CREATE INDEX releases_by_time ON releases (application, created_at);

CREATE TABLE release_environments (
    release_id TEXT NOT NULL REFERENCES releases (id),
    environment TEXT NOT NULL,
    PRIMARY KEY (release_id, environment)
);

CREATE TABLE deployments (
    id TEXT NOT NULL PRIMARY KEY,
    application TEXT NOT NULL,
    environment TEXT NOT NULL,
    release_id TEXT NOT NULL REFERENCES releases (id),
    release_version TEXT NOT NULL,
    state TEXT NOT NULL,
    requested_by TEXT NOT NULL,
    requested_by_name TEXT NOT NULL,
    requested_at BIGINT NOT NULL,
    finished_at BIGINT,
    reason TEXT NOT NULL,
    counts TEXT NOT NULL,
    -- The whole aggregate; the columns above repeat what lists need.
    aggregate TEXT NOT NULL,
    -- Raised by every change: two writers cannot both win.
    revision BIGINT NOT NULL
);
CREATE INDEX deployments_by_environment ON deployments (application, environment, requested_at);
CREATE INDEX deployments_by_state ON deployments (state, requested_at);

-- At most one active deployment per environment, held also while it waits for a person.
CREATE TABLE environment_locks (
    application TEXT NOT NULL,
    environment TEXT NOT NULL,
    deployment_id TEXT NOT NULL REFERENCES deployments (id),
    PRIMARY KEY (application, environment)
);

-- What is deployed where: the last deployment that changed the environment, and whether all of it arrived.
CREATE TABLE environment_releases (
    application TEXT NOT NULL,
    environment TEXT NOT NULL,
    deployment_id TEXT NOT NULL REFERENCES deployments (id),
    release_id TEXT NOT NULL REFERENCES releases (id),
    release_version TEXT NOT NULL,
    is_complete BIGINT NOT NULL,
    since BIGINT NOT NULL,
    PRIMARY KEY (application, environment)
);

-- Whatever lies under a key of an asset bucket is what the first release that named the key said.
CREATE TABLE asset_keys (
    bucket TEXT NOT NULL,
    asset_key TEXT NOT NULL,
    digest TEXT NOT NULL,
    PRIMARY KEY (bucket, asset_key)
);

CREATE TABLE deployment_events (
    deployment_id TEXT NOT NULL REFERENCES deployments (id),
    sequence BIGINT NOT NULL,
    at BIGINT NOT NULL,
    event TEXT NOT NULL,
    PRIMARY KEY (deployment_id, sequence)
);

CREATE TABLE stack_plans (
    deployment_id TEXT NOT NULL REFERENCES deployments (id),
    stack TEXT NOT NULL,
    digest TEXT NOT NULL,
    content TEXT NOT NULL,
    -- 1 for a plan that could only be made after other stacks had been executed.
    is_late BIGINT NOT NULL,
    PRIMARY KEY (deployment_id, stack, is_late)
);

CREATE TABLE effects (
    id TEXT NOT NULL PRIMARY KEY,
    deployment_id TEXT NOT NULL REFERENCES deployments (id),
    effect_key TEXT NOT NULL,
    effect TEXT NOT NULL,
    run_after BIGINT NOT NULL,
    attempts BIGINT NOT NULL,
    lease_owner TEXT,
    lease_until BIGINT NOT NULL,
    finished_at BIGINT,
    problem TEXT,
    UNIQUE (deployment_id, effect_key)
);
CREATE INDEX effects_waiting ON effects (finished_at, run_after);

CREATE TABLE check_results (
    deployment_id TEXT NOT NULL REFERENCES deployments (id),
    check_id TEXT NOT NULL,
    run BIGINT NOT NULL,
    outcome TEXT NOT NULL,
    finished_at BIGINT NOT NULL,
    took_ms BIGINT NOT NULL,
    attempts BIGINT NOT NULL,
    PRIMARY KEY (deployment_id, check_id, run)
);

CREATE TABLE stack_snapshots (
    application TEXT NOT NULL,
    environment TEXT NOT NULL,
    stack_name TEXT NOT NULL,
    -- Repeats what the overview needs of the content: it reads every stack of every environment at once.
    status TEXT NOT NULL,
    content TEXT NOT NULL,
    observed_at BIGINT NOT NULL,
    PRIMARY KEY (application, environment, stack_name)
);

CREATE TABLE stack_events (
    event_id TEXT NOT NULL,
    application TEXT NOT NULL,
    environment TEXT NOT NULL,
    stack_name TEXT NOT NULL,
    at BIGINT NOT NULL,
    logical_id TEXT NOT NULL,
    resource_type TEXT NOT NULL,
    status TEXT NOT NULL,
    reason TEXT,
    PRIMARY KEY (application, environment, event_id)
);
CREATE INDEX stack_events_by_time ON stack_events (application, environment, at);

CREATE TABLE polls (
    application TEXT NOT NULL,
    environment TEXT NOT NULL,
    observed_at BIGINT,
    attempted_at BIGINT NOT NULL,
    problem TEXT,
    PRIMARY KEY (application, environment)
);

-- Only one replica polls an account and region, or runs a periodic task.
CREATE TABLE leases (
    name TEXT NOT NULL PRIMARY KEY,
    owner TEXT NOT NULL,
    held_until BIGINT NOT NULL
);

CREATE TABLE aws_calls (
    day TEXT NOT NULL,
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    operation TEXT NOT NULL,
    calls BIGINT NOT NULL,
    errors BIGINT NOT NULL,
    micro_dollars BIGINT NOT NULL,
    PRIMARY KEY (day, account, region, operation)
);

CREATE TABLE audit_head (
    id BIGINT NOT NULL PRIMARY KEY,
    sequence BIGINT NOT NULL,
    hash TEXT NOT NULL
);

CREATE TABLE audit_events (
    sequence BIGINT NOT NULL PRIMARY KEY,
    at BIGINT NOT NULL,
    actor_id TEXT NOT NULL,
    actor_name TEXT NOT NULL,
    action TEXT NOT NULL,
    outcome TEXT NOT NULL,
    application TEXT,
    environment TEXT,
    subject_kind TEXT NOT NULL,
    subject_id TEXT NOT NULL,
    detail TEXT NOT NULL,
    address TEXT,
    hash TEXT NOT NULL
);
CREATE INDEX audit_by_subject ON audit_events (subject_kind, subject_id);
CREATE INDEX audit_by_environment ON audit_events (application, environment, sequence);

CREATE TABLE sessions (
    id TEXT NOT NULL PRIMARY KEY,
    data TEXT NOT NULL,
    -- Who is logged in, where somebody is: lets a back-channel logout find the session.
    subject TEXT,
    provider_session TEXT,
    expires_at BIGINT NOT NULL
);
CREATE INDEX sessions_by_subject ON sessions (subject);
CREATE INDEX sessions_by_expiry ON sessions (expires_at);

-- Forms that were refused, or could not be sent because the session had ended; shown again on their page.
CREATE TABLE drafts (
    id TEXT NOT NULL PRIMARY KEY,
    -- Hash of the cookie of the browser that sent the form.
    owner TEXT NOT NULL,
    form TEXT NOT NULL,
    fields TEXT NOT NULL,
    -- Path of the page the form belongs to, without query.
    return_to TEXT NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE INDEX drafts_by_owner ON drafts (owner, return_to);

CREATE TABLE api_tokens (
    id TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    secret_hash TEXT NOT NULL UNIQUE,
    grants TEXT NOT NULL,
    created_by TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    revoked_at BIGINT
);
