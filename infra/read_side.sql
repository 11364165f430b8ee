-- What the projectors keep about themselves; everything in this schema can be rebuilt from the log.
CREATE TABLE IF NOT EXISTS rows.read_model (
    name text PRIMARY KEY,
    generation integer NOT NULL,
    fingerprint text NOT NULL,
    built_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE TABLE IF NOT EXISTS rows.checkpoint (
    model text NOT NULL,
    partition integer NOT NULL,
    position bigint NOT NULL,
    PRIMARY KEY (model, partition)
) WITH (fillfactor = 50);
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
