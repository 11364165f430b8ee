-- The event log: one gapless order, appended by one function, never changed. Applied once, by the owner.
CREATE SCHEMA IF NOT EXISTS log;

CREATE TABLE log.identity (
    log_id uuid NOT NULL DEFAULT uuidv7(),
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    is_only boolean PRIMARY KEY DEFAULT true CHECK (is_only)
);
INSERT INTO log.identity DEFAULT VALUES;

CREATE TABLE log.event (
    position bigint PRIMARY KEY,
    event_id uuid NOT NULL,
    stream uuid NOT NULL,
    version integer NOT NULL CHECK (version > 0),
    type text NOT NULL,
    project_id uuid,
    actor_id uuid NOT NULL,
    correlation_id uuid NOT NULL,
    causation_id uuid,
    command_id uuid NOT NULL,
    reason text,
    occurred_at timestamptz NOT NULL,
    recorded_at timestamptz NOT NULL,
    data bytea NOT NULL,
    UNIQUE (stream, version)
);
CREATE INDEX event_project ON log.event (project_id, position);
CREATE INDEX event_actor ON log.event (actor_id, position);

-- What each command was answered: the same id again gets the same answer.
CREATE TABLE log.command (
    command_id uuid PRIMARY KEY,
    digest bytea NOT NULL,
    stream uuid NOT NULL,
    version integer NOT NULL,
    position bigint NOT NULL,
    event_count integer NOT NULL
);

-- States of long streams, so that loading one does not read it whole; derived, and so may be deleted.
CREATE TABLE log.snapshot (
    originator_id uuid NOT NULL,
    originator_version bigint NOT NULL,
    topic text NOT NULL,
    state bytea NOT NULL,
    PRIMARY KEY (originator_id, originator_version)
);

CREATE FUNCTION log.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the log is append-only: % on %.% is refused', TG_OP, TG_TABLE_SCHEMA, TG_TABLE_NAME
        USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER event_is_immutable BEFORE UPDATE OR DELETE OR TRUNCATE ON log.event
    FOR EACH STATEMENT EXECUTE FUNCTION log.refuse_change();
CREATE TRIGGER command_is_immutable BEFORE UPDATE OR DELETE OR TRUNCATE ON log.command
    FOR EACH STATEMENT EXECUTE FUNCTION log.refuse_change();
CREATE TRIGGER identity_is_immutable BEFORE UPDATE OR DELETE OR TRUNCATE ON log.identity
    FOR EACH STATEMENT EXECUTE FUNCTION log.refuse_change();
ALTER TABLE log.event ENABLE ALWAYS TRIGGER event_is_immutable;
ALTER TABLE log.command ENABLE ALWAYS TRIGGER command_is_immutable;
ALTER TABLE log.identity ENABLE ALWAYS TRIGGER identity_is_immutable;

-- Append a batch of commands in one transaction, each with its own verdict.
--   c_…  one element per command: its id, the digest of its body, its stream, that stream's version after it,
--        how many events it has, actor, correlation, causation, reason, occurred time
--   x_…  expectations: command number (from 1), stream, the version that stream must be at
--   e_…  events in order: command number, stream, version, type, project, data
-- Verdicts: 'appended', 'repeated' (the stored answer), 'other_body', 'conflict'.
-- No two commands of a batch may share an id, and none may expect a stream another one writes: the caller sees to it,
-- and the primary keys refuse the whole batch where it did not. The look-ups are scalar subqueries because their plan
-- is made when the log may still be empty and is kept: a join or an EXISTS could then read the whole log each time.
CREATE FUNCTION log.append(
    c_id uuid[], c_digest bytea[], c_stream uuid[], c_version integer[], c_events integer[],
    c_actor uuid[], c_correlation uuid[], c_causation uuid[], c_reason text[], c_occurred timestamptz[],
    x_command integer[], x_stream uuid[], x_version integer[],
    e_command integer[], e_stream uuid[], e_version integer[], e_type text[], e_project uuid[], e_data bytea[]
) RETURNS TABLE (number integer, verdict text, stream uuid, version integer, "position" bigint, event_count integer)
LANGUAGE plpgsql
SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET enable_bitmapscan = off
AS $$
#variable_conflict use_column
DECLARE
    head bigint;
    recorded timestamptz;
    repeated integer[];
    refused integer[];
    appended bigint;
BEGIN
    PERFORM pg_advisory_xact_lock(7021946201);
    SELECT e.position, e.recorded_at INTO head, recorded FROM log.event e ORDER BY e.position DESC LIMIT 1;
    head := coalesce(head, 0);
    recorded := greatest(clock_timestamp(), recorded);
    repeated := ARRAY(
        SELECT c.n FROM unnest(c_id) WITH ORDINALITY AS c (id, n)
        WHERE (SELECT k.position FROM log.command k WHERE k.command_id = c.id) IS NOT NULL
    );
    refused := repeated || ARRAY(
        SELECT x.command FROM unnest(x_command, x_stream, x_version) AS x (command, stream, version)
        WHERE (SELECT e.position FROM log.event e WHERE e.stream = x.stream AND e.version = x.version + 1) IS NOT NULL
           OR (x.version > 0
               AND (SELECT e.position FROM log.event e WHERE e.stream = x.stream AND e.version = x.version) IS NULL)
    );
    INSERT INTO log.event (position, event_id, stream, version, type, project_id, actor_id, correlation_id,
                           causation_id, command_id, reason, occurred_at, recorded_at, data)
    SELECT head + row_number() OVER (ORDER BY e.n), uuidv7(), e.stream, e.version, e.type, e.project,
           c_actor[e.command], c_correlation[e.command], c_causation[e.command], c_id[e.command],
           c_reason[e.command], c_occurred[e.command], recorded, e.data
    FROM unnest(e_command, e_stream, e_version, e_type, e_project, e_data)
         WITH ORDINALITY AS e (command, stream, version, type, project, data, n)
    WHERE e.command <> ALL (refused)
    ORDER BY e.n;
    GET DIAGNOSTICS appended = ROW_COUNT;
    INSERT INTO log.command (command_id, digest, stream, version, position, event_count)
    SELECT c_id[c.n], c_digest[c.n], c_stream[c.n], c_version[c.n], head + sum(c.events) OVER (ORDER BY c.n), c.events
    FROM unnest(c_events) WITH ORDINALITY AS c (events, n)
    WHERE c.n <> ALL (refused)
    ORDER BY c.n;
    RETURN QUERY
    SELECT c.n::integer, 'appended', c_stream[c.n], c_version[c.n], head + sum(c.events) OVER (ORDER BY c.n), c.events
    FROM unnest(c_events) WITH ORDINALITY AS c (events, n) WHERE c.n <> ALL (refused)
    UNION ALL
    SELECT c.n::integer, CASE WHEN k.digest = c_digest[c.n] THEN 'repeated' ELSE 'other_body' END,
           k.stream, k.version, k.position, k.event_count
    FROM unnest(repeated) AS c (n)
    CROSS JOIN LATERAL (SELECT * FROM log.command a WHERE a.command_id = c_id[c.n] OFFSET 0) k
    UNION ALL
    SELECT DISTINCT c.n, 'conflict', NULL::uuid, NULL::integer, NULL::bigint, NULL::integer
    FROM unnest(refused) AS c (n) WHERE c.n <> ALL (repeated);
    IF appended > 0 THEN
        PERFORM pg_notify('fairlead_log', (head + appended)::text);
    END IF;
END $$;

-- The last position recorded at or before a moment, 0 before the first: recorded times never step back.
CREATE FUNCTION log.position_at(moment timestamptz) RETURNS bigint LANGUAGE plpgsql STABLE AS $$
DECLARE
    low bigint := 0;
    high bigint;
    middle bigint;
    seen timestamptz;
BEGIN
    SELECT e.position INTO high FROM log.event e ORDER BY e.position DESC LIMIT 1;
    high := coalesce(high, 0);
    WHILE low < high LOOP
        middle := (low + high + 1) / 2;
        SELECT e.recorded_at INTO STRICT seen FROM log.event e WHERE e.position = middle;
        IF seen <= moment THEN low := middle; ELSE high := middle - 1; END IF;
    END LOOP;
    RETURN low;
END $$;

GRANT USAGE ON SCHEMA log TO fairlead;
GRANT SELECT, INSERT ON log.event, log.command, log.snapshot TO fairlead;
GRANT SELECT ON log.identity TO fairlead;
GRANT DELETE ON log.snapshot TO fairlead;
CREATE SCHEMA IF NOT EXISTS rows AUTHORIZATION fairlead;
