-- The tree over the log and its signed heads: added to, never changed. Applied once, by the owner.
CREATE SCHEMA proof;

-- Hashes of a tile level, from index `start` on, 32 bytes each. A strip lies in one tile, so a tile is its strips in order.
CREATE TABLE proof.strip (
    level smallint NOT NULL CHECK (level BETWEEN 0 AND 7),
    start bigint NOT NULL CHECK (start >= 0),
    hashes bytea STORAGE EXTERNAL NOT NULL
        CHECK (length(hashes) % 32 = 0 AND length(hashes) / 32 BETWEEN 1 AND 256 - start % 256),
    PRIMARY KEY (level, start)
);

CREATE TABLE proof.checkpoint (
    size bigint PRIMARY KEY CHECK (size > 0),
    root bytea NOT NULL CHECK (length(root) = 32),
    verifier_key text NOT NULL,
    note text NOT NULL,
    issued_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- How the checkpointer and each witness are doing; no part of the proof.
CREATE TABLE proof.state (
    is_only boolean PRIMARY KEY DEFAULT true CHECK (is_only),
    leader_since timestamptz NOT NULL,
    problem text,
    updated_at timestamptz NOT NULL
);
CREATE TABLE proof.witness (
    name text PRIMARY KEY,
    size bigint NOT NULL,
    problem text,
    failed_at timestamptz,
    updated_at timestamptz NOT NULL
);

CREATE TRIGGER strip_is_immutable BEFORE UPDATE OR DELETE OR TRUNCATE ON proof.strip
    FOR EACH STATEMENT EXECUTE FUNCTION log.refuse_change();
CREATE TRIGGER checkpoint_is_immutable BEFORE UPDATE OR DELETE OR TRUNCATE ON proof.checkpoint
    FOR EACH STATEMENT EXECUTE FUNCTION log.refuse_change();
ALTER TABLE proof.strip ENABLE ALWAYS TRIGGER strip_is_immutable;
ALTER TABLE proof.checkpoint ENABLE ALWAYS TRIGGER checkpoint_is_immutable;

GRANT USAGE ON SCHEMA proof TO fairlead;
GRANT SELECT, INSERT ON proof.strip, proof.checkpoint TO fairlead;
GRANT SELECT, INSERT, UPDATE ON proof.state, proof.witness TO fairlead;
