-- description: Embeddings, owned as the other rows are
-- estimated: 1 minute
-- requires: vector

-- Of any number of dimensions: the service holds to the one it is set to. Searched owner by owner, where reading every row of the owner is
-- both exact and quick.
CREATE TABLE embeddings (
    id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
    user_id UUID REFERENCES users(id) ON DELETE CASCADE,
    kind VARCHAR(100) NOT NULL,
    metadata JSONB,
    embedding vector NOT NULL,
    created_at TIMESTAMP DEFAULT NOW()
);
CREATE INDEX idx_embeddings_owner_newest ON embeddings(user_id, created_at, id);
CREATE INDEX idx_embeddings_owner_kind ON embeddings(user_id, kind);

ALTER TABLE embeddings ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
DO $$
DECLARE
    tenant TEXT := dataservice.group_role('tenant');
    tenant_reader TEXT := dataservice.group_role('tenant_reader');
    admin TEXT := dataservice.group_role('admin');
    admin_reader TEXT := dataservice.group_role('admin_reader');
BEGIN
    EXECUTE format('CREATE POLICY own ON embeddings TO %I, %I USING (user_id = (SELECT dataservice.current_owner()))'
                   ' WITH CHECK (user_id = (SELECT dataservice.current_owner()))', tenant, tenant_reader);
    EXECUTE format('CREATE POLICY everything ON embeddings TO %I, %I USING ((SELECT dataservice.sees_everything()))'
                   ' WITH CHECK ((SELECT dataservice.sees_everything()))', admin, admin_reader);
    CREATE POLICY keeper ON embeddings TO CURRENT_USER USING (TRUE) WITH CHECK (TRUE);
    EXECUTE format('GRANT SELECT ON embeddings TO %I, %I, %I, %I', tenant, tenant_reader, admin, admin_reader);
    EXECUTE format('GRANT INSERT (id, user_id, kind, metadata, embedding), UPDATE (kind, metadata, embedding), DELETE'
                   ' ON embeddings TO %I, %I', tenant, admin);
END $$;

CREATE TRIGGER raise_version_on_insert AFTER INSERT ON embeddings REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION dataservice.rows_changed('user_id');
CREATE TRIGGER raise_version_on_update AFTER UPDATE ON embeddings REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION dataservice.rows_changed('user_id');
CREATE TRIGGER raise_version_on_delete AFTER DELETE ON embeddings REFERENCING OLD TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION dataservice.rows_changed('user_id');
