//! Reading one page and its total.

use std::sync::Arc;

use atelier_adapter_postgres::PgRows;
use atelier_domain::dataservice::catalogue::{Catalogue, Value};
use atelier_domain::dataservice::queries::{Pagination, QueryRequest, QueryType, RowStore, Rows, Select};
use atelier_domain::dataservice::{DataError, Database, Tenant, Tier};
use atelier_domain::kernel::{EntityId, UserId};
use serde_json::{Value as Json, json};
use uuid::Uuid;

use crate::database::{ALICE, BOB, TestDatabase, with_database};

pub(crate) fn tenant(owner: Uuid, tier: Tier) -> Tenant {
    Tenant { account_id: UserId::from_bytes([1; 12]), owner, tier }
}

pub(crate) fn request(table: &str, filters: Json) -> QueryRequest {
    QueryRequest {
        database: Database::PostgreSql,
        query_type: QueryType::Select,
        table: table.to_owned(),
        filters,
        select: None,
        order: Vec::new(),
        pagination: Pagination::default(),
    }
}

pub(crate) fn plan(who: &Tenant, request: &QueryRequest) -> Result<Select, DataError> {
    let table = Catalogue::visiobook(None).table(Database::PostgreSql, &request.table).unwrap();
    Select::check(table, who, request)
}

pub(crate) fn rows(database: &TestDatabase) -> PgRows {
    PgRows::new(database.store.clone(), Arc::new(Catalogue::visiobook(None)))
}

fn titles(rows: &Rows, shown: usize) -> Vec<String> {
    let text = |row: &Vec<Value>| {
        row[..shown].iter().find_map(|value| match value {
            Value::Text(text) => Some(text.clone()),
            _ => None,
        })
    };
    rows.rows.iter().filter_map(text).collect()
}

async fn projects(database: &TestDatabase, owner: Uuid, count: i32) {
    let insert = "INSERT INTO projects (user_id, title, status, created_at)
                  SELECT $1, 'P' || lpad(n::text, 3, '0'), CASE WHEN n % 2 = 0 THEN 'active' ELSE 'draft' END, timestamp '2024-01-15' + n * interval '1 microsecond'
                  FROM generate_series(1, $2) AS n";
    sqlx::query(insert).bind(owner).bind(count).execute(&database.direct).await.unwrap();
}

#[tokio::test]
async fn a_page_carries_the_exact_total_and_the_pages_are_disjoint() {
    with_database("TEST_POSTGRES_URL", async |database| {
        projects(database, ALICE, 45).await;
        projects(database, BOB, 7).await;
        let (store, alice) = (rows(database), tenant(ALICE, Tier::User));
        let mut seen = Vec::new();
        for page in 1..=4 {
            let mut wanted = request("projects", json!({}));
            wanted.pagination.page = Some(page);
            wanted.select = Some(vec!["title".into()]);
            let found = store.select(&plan(&alice, &wanted).unwrap()).await.unwrap();
            assert_eq!((found.total, found.version), (45, Some(1)), "page {page}");
            seen.extend(titles(&found, 1).into_iter().take(20));
        }
        let newest_first: Vec<_> = (1..=45).rev().map(|n| format!("P{n:03}")).collect();
        assert_eq!(seen, newest_first);
    })
    .await;
}

#[tokio::test]
async fn following_the_cursor_shows_every_row_once_though_rows_differ_by_microseconds() {
    with_database("TEST_POSTGRES_URL", async |database| {
        projects(database, ALICE, 25).await;
        sqlx::query("UPDATE projects SET description = title WHERE title < 'P010'").execute(&database.direct).await.unwrap();
        let (store, alice) = (rows(database), tenant(ALICE, Tier::User));
        for order in
            [vec![], vec!["created_at".to_owned()], vec!["description".to_owned()], vec!["-description".to_owned(), "status".to_owned()]]
        {
            let mut wanted = request("projects", json!({}));
            wanted.pagination.limit = Some(4);
            wanted.order = order.clone();
            let mut seen = Vec::new();
            loop {
                let plan = plan(&alice, &wanted).unwrap();
                let found = store.select(&plan).await.unwrap();
                assert_eq!(found.total, 25);
                let more = found.rows.len() > 4;
                seen.extend(found.rows.iter().take(4).map(|row| row[0].clone()));
                if !more {
                    break;
                }
                wanted.pagination.after = Some(plan.cursor(&found.rows[3]));
            }
            let distinct: std::collections::HashSet<_> = seen.iter().map(|id| format!("{id:?}")).collect();
            assert_eq!((seen.len(), distinct.len()), (25, 25), "{order:?}");
        }
    })
    .await;
}

#[tokio::test]
async fn every_type_is_read_as_it_was_written() {
    with_database("TEST_POSTGRES15_URL", async |database| {
        let project: Uuid = sqlx::query_scalar("INSERT INTO projects (user_id, title) VALUES ($1, 'P') RETURNING id")
            .bind(ALICE)
            .fetch_one(&database.direct)
            .await
            .unwrap();
        sqlx::query(
            "INSERT INTO content_analysis (project_id, analysis_type, result, confidence_score) VALUES ($1, 'scene', '{\"a\": [1]}', 9.99)",
        )
        .bind(project)
        .execute(&database.direct)
        .await
        .unwrap();
        sqlx::query(
            "INSERT INTO media_assets (project_id, asset_type, file_path, size_bytes) VALUES ($1, 'video', '/v', 9223372036854775807)",
        )
        .bind(project)
        .execute(&database.direct)
        .await
        .unwrap();
        let (store, alice) = (rows(database), tenant(ALICE, Tier::User));
        let shown = async |table: &str, filters: Json| {
            let plan = plan(&alice, &request(table, filters)).unwrap();
            let found = store.select(&plan).await.unwrap();
            let row = &found.rows[0];
            plan.shown().zip(row).map(|(column, value)| (column.name.to_owned(), value.to_json())).collect::<serde_json::Map<_, _>>()
        };
        let analysis = shown("content_analysis", json!({"confidence_score": {"gte": 9.985}, "result": {"contains": {"a": [1]}}})).await;
        assert_eq!((&analysis["confidence_score"], &analysis["result"]), (&json!(9.99), &json!({"a": [1]})));
        let asset = shown("media_assets", json!({"size_bytes": "9223372036854775807", "metadata": null})).await;
        assert_eq!(asset["size_bytes"], json!("9223372036854775807"));
        let made = asset["created_at"].as_str().unwrap();
        assert!(made.ends_with('Z') && made.len() == 24, "{made}");
    })
    .await;
}

#[tokio::test]
async fn a_statement_that_runs_too_long_is_ended() {
    with_database("TEST_POSTGRES_URL", async |database| {
        projects(database, ALICE, 1).await;
        let mut plan = plan(&tenant(ALICE, Tier::User), &request("projects", json!({}))).unwrap();
        plan.statement_time = std::time::Duration::from_millis(200);
        let mut blocker = database.direct.begin().await.unwrap();
        sqlx::query("LOCK TABLE projects IN ACCESS EXCLUSIVE MODE").execute(&mut *blocker).await.unwrap();
        let error = rows(database).select(&plan).await.unwrap_err();
        assert!(matches!(error, DataError::Timeout { .. }), "{error:?}");
    })
    .await;
}

#[tokio::test]
async fn a_lost_connection_is_replaced_without_the_reader_noticing() {
    with_database("TEST_POSTGRES_URL", async |database| {
        projects(database, ALICE, 3).await;
        let (store, alice) = (rows(database), tenant(ALICE, Tier::User));
        let plan = plan(&alice, &request("projects", json!({}))).unwrap();
        store.select(&plan).await.unwrap();
        sqlx::query(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()",
        )
        .execute(&database.direct)
        .await
        .unwrap();
        assert_eq!(store.select(&plan).await.unwrap().total, 3);
    })
    .await;
}
