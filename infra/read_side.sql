-- What the projectors keep about themselves; everything in this schema can be rebuilt from the log.
CREATE TABLE IF NOT EXISTS rows.read_model (
    name text PRIMARY KEY,
    generation integer NOT NULL,
    fingerprint text NOT NULL,
    position bigint NOT NULL DEFAULT 0, -- all events up to here were in it when it became the live one
    built_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
-- What is there in its former form is taken over. Otherwise no table is altered: that would wait for who reads.
DO $$ BEGIN
    IF EXISTS (
        SELECT FROM pg_attribute WHERE attrelid = to_regclass('rows.checkpoint') AND attname = 'model'
    ) THEN
        CREATE TEMPORARY TABLE come ON COMMIT DROP AS
            SELECT partition, min(position) AS position FROM rows.checkpoint GROUP BY partition;
        DROP TABLE rows.checkpoint;
        CREATE TABLE rows.checkpoint (partition integer PRIMARY KEY, position bigint NOT NULL)
            WITH (fillfactor = 10);
        INSERT INTO rows.checkpoint SELECT partition, position FROM come;
        ALTER TABLE rows.read_model ADD COLUMN IF NOT EXISTS position bigint NOT NULL DEFAULT 0;
    END IF;
END $$;
CREATE TABLE IF NOT EXISTS rows.checkpoint (partition integer PRIMARY KEY, position bigint NOT NULL)
    WITH (fillfactor = 10);
CREATE TABLE IF NOT EXISTS rows.parked (
    model text NOT NULL,
    key uuid NOT NULL,
    partition integer NOT NULL,
    position bigint NOT NULL,
    type text NOT NULL,
    problem text NOT NULL,
    attempts integer NOT NULL,
    parked_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (model, key)
);
CREATE TABLE IF NOT EXISTS rows.skipped (
    model text NOT NULL,
    position bigint NOT NULL,
    PRIMARY KEY (model, position)
);
CREATE TABLE IF NOT EXISTS rows.reach (
    model text NOT NULL,
    generation integer NOT NULL,
    column_name text NOT NULL,
    stretch bigint NOT NULL,
    writer integer NOT NULL,
    reached timestamptz NOT NULL,
    PRIMARY KEY (model, generation, column_name, stretch, writer)
);
CREATE TABLE IF NOT EXISTS rows.wish (
    command_id uuid PRIMARY KEY,
    position bigint NOT NULL,
    aggregate text NOT NULL,
    stream uuid NOT NULL,
    command_type text NOT NULL,
    command text NOT NULL,
    at timestamptz NOT NULL,
    correlation_id uuid NOT NULL,
    causation_id uuid NOT NULL
);
