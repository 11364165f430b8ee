-- The keys of persons' texts: beside the log, because they change and are deleted. Applied once, by the owner.
CREATE SCHEMA keys AUTHORIZATION fairlead;
SET LOCAL ROLE fairlead;

-- One key for each person, wrapped by a master key that is not in the database; erased, only that it was there.
CREATE TABLE keys.person_key (
    person uuid PRIMARY KEY,
    master_id text,
    wrapped bytea,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    erased_at timestamptz,
    CHECK ((wrapped IS NULL) = (erased_at IS NOT NULL)),
    CHECK ((wrapped IS NULL) = (master_id IS NULL))
);

-- How many erasures there were: who keeps keys in memory compares it, and forgets them when it moved.
CREATE TABLE keys.epoch (
    number bigint NOT NULL,
    is_only boolean PRIMARY KEY DEFAULT true CHECK (is_only)
);
INSERT INTO keys.epoch (number) VALUES (0);

-- Erasures decided in the log, and how far each is: with no `done_at` it is under way, also after a crash.
CREATE TABLE keys.erasure (
    person uuid PRIMARY KEY,
    position bigint NOT NULL,
    begun_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    done_at timestamptz
);

-- How far the log was looked through for such decisions.
CREATE TABLE keys.looked_through (
    position bigint NOT NULL,
    is_only boolean PRIMARY KEY DEFAULT true CHECK (is_only)
);
INSERT INTO keys.looked_through (position) VALUES (0);

RESET ROLE;
-- Statistics would keep values of states beyond their deletion.
ALTER TABLE log.snapshot ALTER COLUMN state SET STATISTICS 0;
GRANT MAINTAIN ON log.snapshot TO fairlead;
