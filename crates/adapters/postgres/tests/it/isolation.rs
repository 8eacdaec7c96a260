//! Owners are kept apart twice, and each way holds alone.

use std::sync::Arc;

use atelier_adapter_postgres::PgRows;
use atelier_domain::dataservice::Tier;
use atelier_domain::dataservice::catalogue::Catalogue;
use atelier_domain::dataservice::queries::RowStore;
use serde_json::json;

use crate::database::{ALICE, BOB, TestDatabase, with_database};
use crate::queries::{plan, request, rows, tenant};

const TABLES: [&str; 7] =
    ["users", "projects", "user_preferences", "content_analysis", "media_assets", "generation_jobs", "project_versions"];

async fn a_row_of_each(database: &TestDatabase) {
    for owner in [ALICE, BOB] {
        let project: uuid::Uuid = sqlx::query_scalar("INSERT INTO projects (user_id, title) VALUES ($1, 'P') RETURNING id")
            .bind(owner)
            .fetch_one(&database.direct)
            .await
            .unwrap();
        sqlx::query("INSERT INTO user_preferences (user_id, preferences) VALUES ($1, '{}')")
            .bind(owner)
            .execute(&database.direct)
            .await
            .unwrap();
        for insert in [
            "INSERT INTO content_analysis (project_id, analysis_type, result) VALUES ($1, 'scene', '{}')",
            "INSERT INTO media_assets (project_id, asset_type, file_path) VALUES ($1, 'video', '/v')",
            "INSERT INTO generation_jobs (project_id) VALUES ($1)",
            "INSERT INTO project_versions (project_id, version, content) VALUES ($1, 1, '{}')",
        ] {
            sqlx::query(insert).bind(project).execute(&database.direct).await.unwrap();
        }
    }
}

async fn totals(store: &PgRows, tier: Tier) -> Vec<u64> {
    let mut totals = Vec::new();
    for table in TABLES {
        totals.push(store.select(&plan(&tenant(ALICE, tier), &request(table, json!({}))).unwrap()).await.unwrap().total);
    }
    totals
}

#[tokio::test]
async fn row_level_security_holds_without_the_predicate_in_the_statement() {
    for server in ["TEST_POSTGRES_URL", "TEST_POSTGRES15_URL"] {
        with_database(server, async |database| {
            a_row_of_each(database).await;
            let store = PgRows::new(database.store.clone(), Arc::new(Catalogue::visiobook(None))).by_row_level_security_alone();
            assert_eq!(totals(&store, Tier::User).await, [1; 7]);
            assert_eq!(totals(&store, Tier::Admin).await, [2; 7]);
        })
        .await;
    }
}

#[tokio::test]
async fn the_predicate_in_the_statement_holds_without_row_level_security() {
    with_database("TEST_POSTGRES_URL", async |database| {
        a_row_of_each(database).await;
        for table in TABLES {
            let disable = format!("ALTER TABLE {table} DISABLE ROW LEVEL SECURITY");
            sqlx::query(sqlx::AssertSqlSafe(disable)).execute(&database.direct).await.unwrap();
        }
        assert_eq!(totals(&rows(database), Tier::User).await, [1; 7]);
    })
    .await;
}

#[tokio::test]
async fn the_grants_are_those_of_the_catalogue() {
    with_database("TEST_POSTGRES_URL", async |database| {
        let catalogue = Catalogue::visiobook(None);
        for table in TABLES {
            let described = catalogue.table(atelier_domain::dataservice::Database::PostgreSql, table).unwrap();
            for column in &described.columns {
                let ask = "SELECT has_column_privilege(dataservice.group_role('tenant'), $1, $2, $3)";
                for (privilege, allowed) in
                    [("SELECT", column.readable_from), ("INSERT", column.insertable_from), ("UPDATE", column.updatable_from)]
                {
                    let granted: bool =
                        sqlx::query_scalar(ask).bind(table).bind(column.name).bind(privilege).fetch_one(&database.direct).await.unwrap();
                    assert_eq!(granted, allowed.is_some(), "{privilege} of {table}.{}", column.name);
                }
            }
        }
    })
    .await;
}
