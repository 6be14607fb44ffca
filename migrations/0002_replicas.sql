-- Processes that share this database. Each raises its beat; one whose beat stands still is dead and loses its leases.
CREATE TABLE processes (
    owner TEXT NOT NULL PRIMARY KEY,
    beat BIGINT NOT NULL,
    beat_at BIGINT NOT NULL
);

-- Whether something moved at the last look: it decides when the next one is due, whichever process takes it.
ALTER TABLE polls ADD COLUMN is_moving BIGINT NOT NULL DEFAULT 0;

-- Back-channel logout tokens that were used, until they are too old to be used again.
CREATE TABLE logout_tokens (
    id TEXT NOT NULL PRIMARY KEY,
    forget_at BIGINT NOT NULL
);
