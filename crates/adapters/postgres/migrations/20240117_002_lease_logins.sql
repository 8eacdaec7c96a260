-- description: Leased logins: made with their row, closed, and removed with all they own
-- estimated: 1 minute

-- Each function is one transaction of the service's own login, in one round trip. None of them waits long for somebody else's lock. No
-- advisory locks: whoever holds a lease could take them, too.

CREATE FUNCTION dataservice.has_login(called TEXT) RETURNS BOOLEAN LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp AS $$
    SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = called)
$$;

-- Nobody signs in with it any more. The service joins the role, which lets it end the role's sessions and drop what it owns.
CREATE FUNCTION dataservice.close_login(called TEXT) RETURNS VOID LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp SET lock_timeout = '2s' AS $$
BEGIN
    IF NOT dataservice.has_login(called) THEN
        RETURN;
    END IF;
    EXECUTE format('ALTER ROLE %I NOLOGIN', called);
    IF current_setting('server_version_num')::int >= 160000 THEN
        EXECUTE format('GRANT %I TO CURRENT_USER WITH INHERIT TRUE, SET TRUE', called);
    ELSE
        EXECUTE format('GRANT %I TO CURRENT_USER', called);
    END IF;
END $$;

-- Ends the sessions of a closed login and waits until they are gone.
CREATE FUNCTION dataservice.end_sessions(called TEXT) RETURNS VOID LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    session INT;
BEGIN
    FOR tried IN 1..3 LOOP
        PERFORM pg_stat_clear_snapshot();
        SELECT pid INTO session FROM pg_stat_activity WHERE usename = called LIMIT 1;
        EXIT WHEN session IS NULL;
        PERFORM pg_terminate_backend(pid, 2000) FROM pg_stat_activity WHERE usename = called;
    END LOOP;
    IF session IS NOT NULL THEN
        PERFORM pg_stat_clear_snapshot();
        IF EXISTS (SELECT FROM pg_stat_activity WHERE usename = called) THEN
            RAISE EXCEPTION 'a session of % does not end', called USING ERRCODE = 'lock_not_available';
        END IF;
    END IF;
END $$;

-- What it owns here goes with it: large objects, settings, default privileges. What it owns in other databases makes this fail with
-- dependent_objects_still_exist.
CREATE FUNCTION dataservice.drop_login(called TEXT) RETURNS VOID LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp SET lock_timeout = '2s' AS $$
BEGIN
    IF dataservice.has_login(called) THEN
        -- Such a transaction outlives its role and its session, and only a superuser could end it then.
        IF EXISTS (SELECT FROM pg_prepared_xacts WHERE owner = called) THEN
            RAISE EXCEPTION 'transactions prepared by % are open', called USING ERRCODE = 'object_in_use';
        END IF;
        EXECUTE format('DROP OWNED BY %I', called);
        EXECUTE format('DROP ROLE %I', called);
    END IF;
END $$;

-- Row, place in the budget and, for PostgreSQL, login: all of it or nothing. The login in `candidate` is its last part.
CREATE FUNCTION dataservice.grant_lease(candidate JSONB, verifier TEXT, statement_time BIGINT, quota INT, most INT,
                                        OUT outcome TEXT, OUT granted TEXT, OUT bears INT, OUT until TIMESTAMPTZ)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET lock_timeout = '2s' AS $$
DECLARE
    lease dataservice.leases := jsonb_populate_record(NULL::dataservice.leases, candidate);
    kept dataservice.leases;
    live INT;
    member_of TEXT;
BEGIN
    -- One grant after the other, over all stores: the quota is for all of them together.
    PERFORM FROM dataservice.lease_budget ORDER BY database_type FOR UPDATE;
    SELECT used INTO bears FROM dataservice.lease_budget WHERE database_type = lease.database_type;
    IF lease.idempotency_key IS NOT NULL THEN
        SELECT * INTO kept FROM dataservice.leases
         WHERE account_id = lease.account_id AND idempotency_key = lease.idempotency_key AND state IN ('granting', 'active');
        IF FOUND AND kept.expires_at > lease.acquired_at THEN
            granted := kept.id;
            outcome := CASE WHEN (kept.service_name, kept.database_type, kept.operation_type)
                               = (lease.service_name, lease.database_type, lease.operation_type) THEN 'same' ELSE 'reused' END;
            RETURN;
        ELSIF FOUND THEN
            UPDATE dataservice.leases SET idempotency_key = NULL WHERE id = kept.id;
        END IF;
    END IF;
    SELECT count(*), min(expires_at) INTO live, until FROM dataservice.leases
     WHERE account_id = lease.account_id AND state IN ('granting', 'active') AND expires_at > lease.acquired_at;
    IF live >= quota THEN
        outcome := 'quota';
        RETURN;
    END IF;
    UPDATE dataservice.lease_budget SET used = used + 1
     WHERE database_type = lease.database_type AND used < most RETURNING used INTO bears;
    IF NOT FOUND THEN
        outcome := 'full';
        RETURN;
    END IF;
    lease.login := dataservice.group_role('lease_' || lease.login);
    lease.state := CASE WHEN lease.database_type = 'postgresql' THEN 'active' ELSE 'granting' END;
    lease.attempts := 0;
    INSERT INTO dataservice.leases SELECT lease.*;
    IF lease.database_type = 'postgresql' THEN
        member_of := dataservice.group_role(CASE WHEN lease.tier = 'admin' THEN 'admin' ELSE 'tenant' END
                                            || CASE WHEN lease.operation_type = 'read' THEN '_reader' ELSE '' END);
        -- The login outlives the lease by seconds, so that it never ends before it; rows end with the lease.
        EXECUTE format('CREATE ROLE %I LOGIN INHERIT CONNECTION LIMIT 1 PASSWORD %L VALID UNTIL %L',
                       lease.login, verifier, lease.expires_at + interval '5 seconds');
        -- Inheriting is enough to read and write; as the group itself it could leave things behind that are not dropped with it.
        IF current_setting('server_version_num')::int >= 160000 THEN
            EXECUTE format('GRANT %I TO %I WITH INHERIT TRUE, SET FALSE', member_of, lease.login);
        ELSE
            EXECUTE format('GRANT %I TO %I', member_of, lease.login);
        END IF;
        -- How sessions begin; grants and policies are what holds.
        EXECUTE format('ALTER ROLE %I SET timezone = ''UTC''', lease.login);
        EXECUTE format('ALTER ROLE %I SET statement_timeout = %L', lease.login, statement_time);
        EXECUTE format('ALTER ROLE %I SET idle_in_transaction_session_timeout = ''60s''', lease.login);
        IF lease.operation_type = 'read' THEN
            EXECUTE format('ALTER ROLE %I SET default_transaction_read_only = on', lease.login);
        END IF;
    END IF;
    granted := lease.login;
    outcome := 'granted';
END $$;

CREATE FUNCTION dataservice.renew_lease(renewed TEXT, later TIMESTAMPTZ) RETURNS BOOLEAN LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp SET lock_timeout = '2s' AS $$
DECLARE
    lease dataservice.leases;
BEGIN
    UPDATE dataservice.leases SET expires_at = greatest(expires_at, later)
     WHERE id = renewed AND state = 'active' AND expires_at > clock_timestamp() RETURNING * INTO lease;
    IF NOT FOUND THEN
        RETURN FALSE;
    END IF;
    IF lease.database_type = 'postgresql' THEN
        EXECUTE format('ALTER ROLE %I VALID UNTIL %L', lease.login, lease.expires_at + interval '5 seconds');
    END IF;
    RETURN TRUE;
END $$;

CREATE FUNCTION dataservice.close_lease(closed TEXT, at TIMESTAMPTZ, by TEXT, claimed_until TIMESTAMPTZ) RETURNS BOOLEAN LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp SET lock_timeout = '2s' AS $$
DECLARE
    lease dataservice.leases;
BEGIN
    -- A lease renewed meanwhile does not expire.
    UPDATE dataservice.leases SET state = 'revoking', ended_at = at, ended_by = by, next_attempt_at = claimed_until
     WHERE id = closed AND state IN ('granting', 'active') AND (by = 'released' OR expires_at <= at) RETURNING * INTO lease;
    IF NOT FOUND THEN
        RETURN FALSE;
    END IF;
    IF lease.database_type = 'postgresql' THEN
        PERFORM dataservice.close_login(lease.login);
    END IF;
    RETURN TRUE;
END $$;

CREATE FUNCTION dataservice.end_lease(which TEXT) RETURNS VOID LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp SET lock_timeout = '2s' AS $$
DECLARE
    lease dataservice.leases;
BEGIN
    SELECT * INTO lease FROM dataservice.leases WHERE id = which AND state = 'revoking' FOR UPDATE;
    IF NOT FOUND THEN
        RETURN;
    END IF;
    IF lease.database_type = 'postgresql' THEN
        -- Before the budget is locked: ending sessions may take seconds, and others want their leases meanwhile.
        PERFORM dataservice.end_sessions(lease.login);
    END IF;
    -- In the order of grants, so that neither waits for the other in a circle.
    UPDATE dataservice.lease_budget SET used = used - 1 WHERE database_type = lease.database_type;
    IF lease.database_type = 'postgresql' THEN
        PERFORM dataservice.drop_login(lease.login);
    END IF;
    UPDATE dataservice.leases SET state = ended_by, secret = NULL, next_attempt_at = NULL, last_error = NULL WHERE id = which;
END $$;

-- Logins of ours that no unfinished lease has.
CREATE FUNCTION dataservice.stray_logins() RETURNS SETOF TEXT LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp AS $$
    SELECT rolname::text FROM pg_roles
     WHERE starts_with(rolname::text, dataservice.group_role('lease_'))
       AND NOT EXISTS (SELECT FROM dataservice.leases
                        WHERE login = rolname::text AND database_type = 'postgresql' AND state IN ('granting', 'active', 'revoking'))
$$;

REVOKE ALL ON FUNCTION dataservice.has_login(TEXT), dataservice.close_login(TEXT), dataservice.end_sessions(TEXT),
    dataservice.drop_login(TEXT), dataservice.grant_lease(JSONB, TEXT, BIGINT, INT, INT), dataservice.renew_lease(TEXT, TIMESTAMPTZ),
    dataservice.close_lease(TEXT, TIMESTAMPTZ, TEXT, TIMESTAMPTZ), dataservice.end_lease(TEXT), dataservice.stray_logins() FROM PUBLIC;
