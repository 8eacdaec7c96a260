-- description: Leases, group roles, and row-level security on every table
-- estimated: 1 minute

CREATE SCHEMA IF NOT EXISTS dataservice;

-- One row for each credential handed out. The row and its role are made in one transaction, so neither is ever without the other.
CREATE TABLE dataservice.leases (
    id TEXT PRIMARY KEY,
    account_id TEXT NOT NULL,
    owner UUID NOT NULL,
    tier TEXT NOT NULL,
    service_name TEXT NOT NULL,
    database_type TEXT NOT NULL CHECK (database_type IN ('postgresql', 'redis')),
    operation_type TEXT NOT NULL CHECK (operation_type IN ('read', 'write')),
    -- The login at the store.
    login TEXT NOT NULL UNIQUE,
    -- The password, encrypted; gone once the lease has ended.
    secret BYTEA,
    state TEXT NOT NULL CHECK (state IN ('granting', 'active', 'revoking', 'released', 'expired')),
    idempotency_key TEXT,
    acquired_at TIMESTAMPTZ NOT NULL,
    expires_at TIMESTAMPTZ NOT NULL,
    -- A lease may be renewed up to here.
    ends_at TIMESTAMPTZ NOT NULL,
    -- When and why access was closed; from then on they stay.
    ended_at TIMESTAMPTZ,
    ended_by TEXT CHECK (ended_by IN ('released', 'expired')),
    attempts INT NOT NULL DEFAULT 0,
    -- Who ends a lease has it to itself until then; after a failure, not before then.
    next_attempt_at TIMESTAMPTZ,
    last_error TEXT,
    CHECK ((ended_at IS NULL) = (state IN ('granting', 'active')) AND (ended_by IS NULL) = (ended_at IS NULL))
);
CREATE INDEX leases_of_account ON dataservice.leases(account_id) WHERE state IN ('granting', 'active');
CREATE INDEX leases_unfinished ON dataservice.leases(expires_at) WHERE state IN ('granting', 'active', 'revoking');
CREATE INDEX leases_ended ON dataservice.leases(ended_at) WHERE state IN ('released', 'expired');
CREATE UNIQUE INDEX leases_idempotency ON dataservice.leases(account_id, idempotency_key)
    WHERE idempotency_key IS NOT NULL AND state IN ('granting', 'active');

-- How many leases each store bears: taken and given back in the transaction of the lease.
CREATE TABLE dataservice.lease_budget (
    database_type TEXT PRIMARY KEY,
    used INT NOT NULL DEFAULT 0 CHECK (used >= 0)
);
INSERT INTO dataservice.lease_budget (database_type) VALUES ('postgresql'), ('redis');

-- Roles belong to the whole server: their names carry a mark of this database.
CREATE FUNCTION dataservice.group_role(called TEXT) RETURNS TEXT LANGUAGE sql STABLE AS $$
    SELECT 'atelier_' || left(md5(current_database()), 8) || '_' || called
$$;

DO $$
DECLARE
    called TEXT;
    group_name TEXT;
BEGIN
    FOREACH called IN ARRAY ARRAY['tenant', 'tenant_reader', 'admin', 'admin_reader'] LOOP
        group_name := dataservice.group_role(called);
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = group_name) THEN
            EXECUTE format('CREATE ROLE %I NOLOGIN', group_name);
        END IF;
        -- The service steps into the group for each request. Without this clause version 15 and before grant it the same way.
        IF current_setting('server_version_num')::int >= 160000 THEN
            EXECUTE format('GRANT %I TO CURRENT_USER WITH SET TRUE, INHERIT FALSE', group_name);
        ELSE
            EXECUTE format('GRANT %I TO CURRENT_USER', group_name);
        END IF;
        -- Functions only: no table of the service's own schema is granted to anybody.
        EXECUTE format('GRANT USAGE ON SCHEMA public, dataservice TO %I', group_name);
    END LOOP;
END $$;

-- Whose rows the session may see. The service says it for the transaction; a leased login cannot say anything: its lease decides, and
-- ends with the minute it ends.
CREATE FUNCTION dataservice.current_owner() RETURNS UUID LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF session_user = current_user THEN
        RETURN nullif(current_setting('atelier.owner', true), '')::uuid;
    END IF;
    RETURN (SELECT owner FROM dataservice.leases
             WHERE login = session_user AND state = 'active' AND expires_at > clock_timestamp());
END $$;

-- Whether the session may see every owner's rows: the service in the administrators' group, or an administrator's lease that lasts.
CREATE FUNCTION dataservice.sees_everything() RETURNS BOOLEAN LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF session_user = current_user THEN
        RETURN TRUE;
    END IF;
    RETURN EXISTS (SELECT FROM dataservice.leases
                    WHERE login = session_user AND tier = 'admin' AND state = 'active' AND expires_at > clock_timestamp());
END $$;

REVOKE ALL ON FUNCTION dataservice.current_owner(), dataservice.sees_everything() FROM PUBLIC;

DO $$
DECLARE
    tenant TEXT := dataservice.group_role('tenant');
    tenant_reader TEXT := dataservice.group_role('tenant_reader');
    admin TEXT := dataservice.group_role('admin');
    admin_reader TEXT := dataservice.group_role('admin_reader');
    protected RECORD;
BEGIN
    EXECUTE format('GRANT EXECUTE ON FUNCTION dataservice.current_owner(), dataservice.sees_everything() TO %I, %I, %I, %I',
                   tenant, tenant_reader, admin, admin_reader);
    FOR protected IN
        SELECT * FROM (VALUES
            ('users', 'id = (SELECT dataservice.current_owner())',
             'id, email, role, created_at, updated_at, project_count', NULL, 'project_count'),
            ('projects', 'user_id = (SELECT dataservice.current_owner())',
             NULL, 'id, user_id, title, description, status, content_path', 'title, description, status, content_path'),
            ('user_preferences', 'user_id = (SELECT dataservice.current_owner())',
             NULL, 'id, user_id, preferences', 'preferences'),
            ('content_analysis', 'through_project',
             NULL, 'id, project_id, analysis_type, result, confidence_score', 'analysis_type, result, confidence_score'),
            ('media_assets', 'through_project',
             NULL, 'id, project_id, asset_type, file_path, metadata, size_bytes', 'asset_type, file_path, metadata, size_bytes'),
            ('generation_jobs', 'through_project',
             NULL, 'id, project_id, status, parameters, result', 'status, parameters, result'),
            ('project_versions', 'through_project',
             NULL, 'id, project_id, version, content', 'version, content')
        ) AS rules(called, own, read, made, changed)
    LOOP
        IF protected.own = 'through_project' THEN
            protected.own := 'EXISTS (SELECT FROM projects WHERE projects.id = project_id'
                          || ' AND projects.user_id = (SELECT dataservice.current_owner()))';
        END IF;
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY', protected.called);
        EXECUTE format('CREATE POLICY own ON %I TO %I, %I USING (%s) WITH CHECK (%s)',
                       protected.called, tenant, tenant_reader, protected.own, protected.own);
        EXECUTE format('CREATE POLICY everything ON %I TO %I, %I USING ((SELECT dataservice.sees_everything()))'
                       ' WITH CHECK ((SELECT dataservice.sees_everything()))', protected.called, admin, admin_reader);
        EXECUTE format('CREATE POLICY keeper ON %I TO CURRENT_USER USING (TRUE) WITH CHECK (TRUE)', protected.called);
        EXECUTE format('GRANT SELECT %s ON %I TO %I, %I, %I, %I',
                       coalesce('(' || protected.read || ')', ''), protected.called, tenant, tenant_reader, admin, admin_reader);
        EXECUTE format('GRANT UPDATE (%s) ON %I TO %I, %I', protected.changed, protected.called, tenant, admin);
        IF protected.made IS NOT NULL THEN
            EXECUTE format('GRANT INSERT (%s), DELETE ON %I TO %I, %I', protected.made, protected.called, tenant, admin);
        END IF;
    END LOOP;
END $$;

-- Strangers and leases leave nothing behind. A database that is not ours keeps its own rule.
DO $$
BEGIN
    EXECUTE format('REVOKE TEMPORARY ON DATABASE %I FROM PUBLIC', current_database());
EXCEPTION WHEN insufficient_privilege THEN
    RAISE NOTICE 'temporary tables stay allowed: the database belongs to somebody else';
END $$;
