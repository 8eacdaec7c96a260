-- description: Decisions, what follows them and versions by statements that are planned once; logins of leases made and removed outside the lock of the budget
-- estimated: 1 minute

-- Versions are raised by every statement that writes: no statement here is put together, and so each is planned once for a session.
CREATE OR REPLACE FUNCTION dataservice.raise_versions(tables TEXT[], owners UUID[]) RETURNS VOID LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    -- In one order, so that two writers never wait for each other in a circle.
    INSERT INTO dataservice.data_versions AS kept (table_name, owner, version)
    SELECT called, whose, 1
      FROM unnest(tables) AS called CROSS JOIN (SELECT DISTINCT unnest(owners) AS whose) AS every
     WHERE whose IS NOT NULL
     ORDER BY called, whose
    ON CONFLICT (table_name, owner) DO UPDATE SET version = kept.version + 1;
END $$;

CREATE OR REPLACE FUNCTION dataservice.rows_changed() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    owners UUID[];
BEGIN
    -- Each table has one of the two columns, and its trigger plans the statement of that one alone.
    IF TG_ARGV[0] = 'id' THEN
        SELECT array_agg(DISTINCT changed.id) INTO owners FROM changed;
    ELSE
        SELECT array_agg(DISTINCT changed.user_id) INTO owners FROM changed;
    END IF;
    IF owners IS NULL THEN
        RETURN NULL;
    END IF;
    -- What goes with its project or user is not seen by its own trigger any more.
    IF TG_OP = 'DELETE' AND TG_TABLE_NAME IN ('projects', 'users') THEN
        PERFORM dataservice.raise_versions(
            ARRAY['projects', 'content_analysis', 'media_assets', 'generation_jobs', 'project_versions', 'user_preferences', 'users'], owners);
    ELSE
        INSERT INTO dataservice.data_versions AS kept (table_name, owner, version)
        SELECT TG_TABLE_NAME, whose, 1 FROM unnest(owners) AS whose WHERE whose IS NOT NULL ORDER BY whose
        ON CONFLICT (table_name, owner) DO UPDATE SET version = kept.version + 1;
    END IF;
    RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION dataservice.project_rows_changed() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO dataservice.data_versions AS kept (table_name, owner, version)
    SELECT TG_TABLE_NAME, every.whose, 1
      FROM (SELECT DISTINCT p.user_id AS whose FROM public.projects AS p WHERE p.id IN (SELECT project_id FROM changed)) AS every
     WHERE every.whose IS NOT NULL
     ORDER BY every.whose
    ON CONFLICT (table_name, owner) DO UPDATE SET version = kept.version + 1;
    RETURN NULL;
END $$;

-- What follows is planned once for a session, maybe while the tables are empty: every row is found by its key, and the statements leave no
-- other way, since one that is best for a hundred rows would still be taken for a million.

-- The log and the outbox of a decision, in the transaction of its rows, which stays in the caller's group: granted to the groups, and for the
-- service's own sessions alone. Answers which entries may be applied at once, the newest version of the tables written, and every version the
-- cache has not been told of; those not to a serializable transaction, which would meet every other in their index.
CREATE FUNCTION dataservice.record_decision(decided TEXT, whose UUID, its_key TEXT, how_many INT, sealed BYTEA, numbers INT[], stores TEXT[],
                                            targets TEXT[], payloads BYTEA[], pause FLOAT8, tables TEXT[],
                                            OUT ready BOOLEAN[], OUT newest BIGINT, OUT raised TEXT[], OUT versions BIGINT[])
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $$
BEGIN
    IF session_user <> current_user THEN
        RAISE EXCEPTION 'permission denied for function record_decision' USING ERRCODE = 'insufficient_privilege';
    END IF;
    INSERT INTO dataservice.tx_log (tx_id, owner, state, idempotency_key, operations, answer)
    VALUES (decided, whose, 'committed', its_key, how_many, sealed);
    ready := '{}';
    FOR place IN 1..cardinality(numbers) LOOP
        ready[place] := NOT EXISTS (SELECT FROM dataservice.tx_outbox WHERE target = targets[place] AND state = 'pending');
    END LOOP;
    FOR place IN 1..cardinality(numbers) LOOP
        INSERT INTO dataservice.tx_outbox (tx_id, operation, database_type, target, payload, due_at)
        VALUES (decided, numbers[place], stores[place], targets[place], payloads[place],
                -- Behind older changes of the same target: for whoever has applied those.
                clock_timestamp() + CASE WHEN ready[place] THEN make_interval(secs => pause) ELSE interval '0' END);
    END LOOP;
    SELECT max(kept.version) INTO newest
      FROM dataservice.data_versions AS kept WHERE kept.owner = whose AND kept.table_name = ANY (tables);
    IF current_setting('transaction_isolation') <> 'serializable' THEN
        SELECT coalesce(array_agg(kept.table_name), '{}'), coalesce(array_agg(kept.version), '{}') INTO raised, versions
          FROM dataservice.data_versions AS kept WHERE kept.owner = whose AND kept.published < kept.version;
    END IF;
END $$;

-- What became of entries. Not waited for on the disk: lost with a crash of the server, the entry is applied once more and its fence knows it.
CREATE FUNCTION dataservice.settle_outbox(ids TEXT[], numbers INT[], outcomes TEXT[], results BYTEA[], tried INT[], pauses INT[],
                                          reasons TEXT[]) RETURNS VOID
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $$
BEGIN
    PERFORM set_config('synchronous_commit', 'off', true);
    FOR place IN 1..cardinality(ids) LOOP
        UPDATE dataservice.tx_outbox AS entry
           SET state = outcomes[place],
               payload = CASE WHEN outcomes[place] = 'applied' THEN NULL ELSE entry.payload END,
               result = results[place],
               attempts = entry.attempts + tried[place],
               due_at = clock_timestamp() + make_interval(secs => pauses[place]),
               last_error = reasons[place]
         WHERE entry.tx_id = ids[place] AND entry.operation = numbers[place]
           -- Not by an index of what is pending, which may be long while a store is away.
           AND coalesce(entry.state, '') = 'pending';
    END LOOP;
END $$;

-- Row, place in the budget and, for PostgreSQL, login: all of it or nothing. The login in `candidate` is its last part.
CREATE OR REPLACE FUNCTION dataservice.grant_lease(candidate JSONB, verifier TEXT, statement_time BIGINT, quota INT, most INT,
                                                   OUT outcome TEXT, OUT granted TEXT, OUT bears INT, OUT until TIMESTAMPTZ)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET lock_timeout = '2s' AS $$
DECLARE
    lease dataservice.leases := jsonb_populate_record(NULL::dataservice.leases, candidate);
    kept dataservice.leases;
    live INT;
    member_of TEXT;
    -- 1 is a look without the lock, so that the server hashes a password for nobody who will be refused. The login is made between the two:
    -- the hashing takes milliseconds, which nobody else shall wait for.
    look INT := CASE WHEN lease.database_type = 'postgresql' THEN 1 ELSE 2 END;
    is_made BOOLEAN := FALSE;
BEGIN
    lease.login := dataservice.group_role('lease_' || lease.login);
    LOOP
        outcome := NULL;
        IF look = 2 THEN
            -- One grant after the other, over all stores: the quota is for all of them together.
            PERFORM FROM dataservice.lease_budget ORDER BY database_type FOR UPDATE;
        END IF;
        SELECT used, CASE WHEN used >= most THEN 'full' END INTO bears, outcome
          FROM dataservice.lease_budget WHERE database_type = lease.database_type;
        IF NOT FOUND THEN
            outcome := 'full';
        END IF;
        SELECT count(*), min(expires_at) INTO live, until FROM dataservice.leases
         WHERE account_id = lease.account_id AND state IN ('granting', 'active') AND expires_at > lease.acquired_at;
        IF live >= quota THEN
            outcome := 'quota';
        END IF;
        IF lease.idempotency_key IS NOT NULL THEN
            SELECT * INTO kept FROM dataservice.leases
             WHERE account_id = lease.account_id AND idempotency_key = lease.idempotency_key AND state IN ('granting', 'active');
            IF FOUND AND kept.expires_at > lease.acquired_at THEN
                granted := kept.id;
                outcome := CASE WHEN (kept.service_name, kept.database_type, kept.operation_type)
                                   = (lease.service_name, lease.database_type, lease.operation_type) THEN 'same' ELSE 'reused' END;
            ELSIF FOUND AND look = 2 THEN
                UPDATE dataservice.leases SET idempotency_key = NULL WHERE id = kept.id;
            END IF;
        END IF;
        EXIT WHEN look = 2;
        IF outcome IS NULL THEN
            is_made := TRUE;
            PERFORM dataservice.make_login(lease, verifier, statement_time);
        END IF;
        granted := NULL;
        look := 2;
    END LOOP;
    IF outcome IS NOT NULL THEN
        IF is_made THEN
            EXECUTE format('DROP ROLE %I', lease.login);
        END IF;
        RETURN;
    END IF;
    UPDATE dataservice.lease_budget SET used = used + 1 WHERE database_type = lease.database_type RETURNING used INTO bears;
    lease.state := CASE WHEN lease.database_type = 'postgresql' THEN 'active' ELSE 'granting' END;
    lease.attempts := 0;
    INSERT INTO dataservice.leases SELECT lease.*;
    IF lease.database_type = 'postgresql' THEN
        IF NOT is_made THEN
            PERFORM dataservice.make_login(lease, verifier, statement_time);
        END IF;
        member_of := dataservice.group_role(CASE WHEN lease.tier = 'admin' THEN 'admin' ELSE 'tenant' END
                                            || CASE WHEN lease.operation_type = 'read' THEN '_reader' ELSE '' END);
        -- Inheriting is enough to read and write; as the group itself it could leave things behind that are not dropped with it.
        IF current_setting('server_version_num')::int >= 160000 THEN
            EXECUTE format('GRANT %I TO %I WITH INHERIT TRUE, SET FALSE', member_of, lease.login);
        ELSE
            EXECUTE format('GRANT %I TO %I', member_of, lease.login);
        END IF;
    END IF;
    granted := lease.login;
    outcome := 'granted';
END $$;

-- A login that may do nothing yet.
CREATE FUNCTION dataservice.make_login(lease dataservice.leases, verifier TEXT, statement_time BIGINT) RETURNS VOID LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    -- The login outlives the lease by seconds, so that it never ends before it; rows end with the lease.
    EXECUTE format('CREATE ROLE %I LOGIN INHERIT CONNECTION LIMIT 1 PASSWORD %L VALID UNTIL %L',
                   lease.login, verifier, lease.expires_at + interval '5 seconds');
    -- How sessions begin; grants and policies are what holds.
    EXECUTE format('ALTER ROLE %I SET timezone = ''UTC''', lease.login);
    EXECUTE format('ALTER ROLE %I SET statement_timeout = %L', lease.login, statement_time);
    EXECUTE format('ALTER ROLE %I SET idle_in_transaction_session_timeout = ''60s''', lease.login);
    IF lease.operation_type = 'read' THEN
        EXECUTE format('ALTER ROLE %I SET default_transaction_read_only = on', lease.login);
    END IF;
END $$;

CREATE OR REPLACE FUNCTION dataservice.end_lease(which TEXT) RETURNS VOID LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp SET lock_timeout = '2s' AS $$
DECLARE
    lease dataservice.leases;
BEGIN
    SELECT * INTO lease FROM dataservice.leases WHERE id = which AND state = 'revoking' FOR UPDATE;
    IF NOT FOUND THEN
        RETURN;
    END IF;
    IF lease.database_type = 'postgresql' THEN
        PERFORM dataservice.end_sessions(lease.login);
        PERFORM dataservice.drop_login(lease.login);
    END IF;
    UPDATE dataservice.leases SET state = ended_by, secret = NULL, next_attempt_at = NULL, last_error = NULL WHERE id = which;
    -- Last: everybody who wants a lease waits for the budget. Nothing that a grant holds before it is waited for here.
    UPDATE dataservice.lease_budget SET used = used - 1 WHERE database_type = lease.database_type;
END $$;

REVOKE ALL ON FUNCTION
    dataservice.record_decision(TEXT, UUID, TEXT, INT, BYTEA, INT[], TEXT[], TEXT[], BYTEA[], FLOAT8, TEXT[]),
    dataservice.settle_outbox(TEXT[], INT[], TEXT[], BYTEA[], INT[], INT[], TEXT[]),
    dataservice.make_login(dataservice.leases, TEXT, BIGINT) FROM PUBLIC;
DO $$
BEGIN
    EXECUTE format('GRANT EXECUTE ON FUNCTION dataservice.record_decision(TEXT, UUID, TEXT, INT, BYTEA, INT[], TEXT[], TEXT[], BYTEA[],'
                   ' FLOAT8, TEXT[]) TO %I, %I', dataservice.group_role('tenant'), dataservice.group_role('admin'));
END $$;
