-- description: A version for each owner's rows of each table, raised by the same commit, which tells caches what is stale
-- estimated: 1 minute

CREATE TABLE dataservice.data_versions (
    table_name TEXT NOT NULL,
    owner UUID NOT NULL,
    version BIGINT NOT NULL,
    -- The version the shared cache has been told of.
    published BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (table_name, owner)
);
CREATE INDEX data_versions_unpublished ON dataservice.data_versions(owner) WHERE published < version;

CREATE FUNCTION dataservice.raise_versions(tables TEXT[], owners UUID[]) RETURNS VOID LANGUAGE sql
SET search_path = pg_catalog, pg_temp AS $$
    -- In one order, so that two writers never wait for each other in a circle.
    INSERT INTO dataservice.data_versions AS kept (table_name, owner, version)
    SELECT called, whose, 1
      FROM unnest(tables) AS called CROSS JOIN (SELECT DISTINCT unnest(owners) AS whose) AS every
     WHERE whose IS NOT NULL
     ORDER BY called, whose
    ON CONFLICT (table_name, owner) DO UPDATE SET version = kept.version + 1
$$;

-- The version of the session's owner, for what it reads in the same snapshot.
CREATE FUNCTION dataservice.data_version(called TEXT) RETURNS BIGINT LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce((SELECT version FROM dataservice.data_versions
                      WHERE table_name = called AND owner = dataservice.current_owner()), 0)
$$;
REVOKE ALL ON FUNCTION dataservice.data_version(TEXT), dataservice.raise_versions(TEXT[], UUID[]) FROM PUBLIC;
DO $$
BEGIN
    EXECUTE format('GRANT EXECUTE ON FUNCTION dataservice.data_version(TEXT) TO %I, %I',
                   dataservice.group_role('tenant'), dataservice.group_role('tenant_reader'));
END $$;

-- Statement triggers: one for rows that carry their owner, one for rows that belong to a project.
CREATE FUNCTION dataservice.rows_changed() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    owners UUID[];
BEGIN
    EXECUTE format('SELECT array_agg(DISTINCT %I) FROM changed', TG_ARGV[0]) INTO owners;
    -- What goes with its project or user is not seen by its own trigger any more.
    IF TG_OP = 'DELETE' AND TG_TABLE_NAME IN ('projects', 'users') THEN
        PERFORM dataservice.raise_versions(
            ARRAY['projects', 'content_analysis', 'media_assets', 'generation_jobs', 'project_versions', 'user_preferences', 'users'], owners);
    ELSE
        PERFORM dataservice.raise_versions(ARRAY[TG_TABLE_NAME::text], owners);
    END IF;
    RETURN NULL;
END $$;

CREATE FUNCTION dataservice.project_rows_changed() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    owners UUID[];
BEGIN
    SELECT array_agg(DISTINCT p.user_id) INTO owners
      FROM public.projects AS p WHERE p.id IN (SELECT project_id FROM changed);
    PERFORM dataservice.raise_versions(ARRAY[TG_TABLE_NAME::text], owners);
    RETURN NULL;
END $$;

DO $$
DECLARE
    watched RECORD;
BEGIN
    FOR watched IN
        SELECT * FROM (VALUES
            ('users', 'rows_changed', 'id'), ('projects', 'rows_changed', 'user_id'), ('user_preferences', 'rows_changed', 'user_id'),
            ('content_analysis', 'project_rows_changed', ''), ('media_assets', 'project_rows_changed', ''),
            ('generation_jobs', 'project_rows_changed', ''), ('project_versions', 'project_rows_changed', '')
        ) AS rules(called, function, argument)
    LOOP
        EXECUTE format('CREATE TRIGGER raise_version_on_insert AFTER INSERT ON %I REFERENCING NEW TABLE AS changed'
                       ' FOR EACH STATEMENT EXECUTE FUNCTION dataservice.%I(%L)', watched.called, watched.function, watched.argument);
        -- Owners never change, so the new rows tell all of them.
        EXECUTE format('CREATE TRIGGER raise_version_on_update AFTER UPDATE ON %I REFERENCING NEW TABLE AS changed'
                       ' FOR EACH STATEMENT EXECUTE FUNCTION dataservice.%I(%L)', watched.called, watched.function, watched.argument);
        EXECUTE format('CREATE TRIGGER raise_version_on_delete AFTER DELETE ON %I REFERENCING OLD TABLE AS changed'
                       ' FOR EACH STATEMENT EXECUTE FUNCTION dataservice.%I(%L)', watched.called, watched.function, watched.argument);
    END LOOP;
END $$;
