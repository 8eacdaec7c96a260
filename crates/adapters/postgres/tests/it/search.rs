//! The nearest embeddings.

use std::sync::Arc;
use std::time::Duration;

use atelier_adapter_memory::MemoryRows;
use atelier_adapter_postgres::{PgRows, index_embeddings};
use atelier_domain::dataservice::catalogue::{Catalogue, Table, Value};
use atelier_domain::dataservice::queries::{Neighbours, RowStore, Search, SearchRequest};
use atelier_domain::dataservice::{Database, Tenant, Tier};
use chrono::{DateTime, Utc};
use serde_json::{Value as Json, json};
use sqlx::AssertSqlSafe;
use uuid::Uuid;

use crate::database::{ALICE, BOB, TestDatabase, with_database};
use crate::queries::tenant;

const SERVER: &str = "TEST_POSTGRES_URL";
const KINDS: [&str; 3] = ["scene", "shot", "face"];
/// What the catalogue takes embeddings to be.
const DIMENSIONS: usize = 3;

pub(crate) fn catalogue() -> Arc<Catalogue> {
    Arc::new(Catalogue::visiobook(Some(DIMENSIONS)))
}

pub(crate) fn embeddings() -> Arc<Table> {
    catalogue().table(Database::Vector, "embeddings").unwrap()
}

fn store(database: &TestDatabase) -> PgRows {
    PgRows::new(database.store.clone(), catalogue())
}

fn request(vector: Json, filters: Json) -> SearchRequest {
    SearchRequest { table: "embeddings".to_owned(), vector, top_k: None, min_score: None, filters, select: None }
}

fn plan(who: &Tenant, request: &SearchRequest) -> Search {
    Search::check(embeddings(), who, request).unwrap()
}

fn ids(found: &Neighbours) -> Vec<Uuid> {
    let id = |value: &Value| if let Value::Uuid(id) = value { *id } else { Uuid::nil() };
    found.rows.iter().map(|row| id(&row.cells[0])).collect()
}

/// Numbers that look random and are the same in every run.
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        self.0 >> 33
    }

    /// From −8 to 8, in steps that 32-bit numbers hold exactly.
    fn component(&mut self) -> f32 {
        f32::from(i16::try_from(self.next() % 129).unwrap() - 64) / 8.0
    }
}

async fn insert(database: &TestDatabase, id: Uuid, owner: Uuid, kind: &str, metadata: Option<&Json>, embedding: &str) {
    let insert = "INSERT INTO embeddings (id, user_id, kind, metadata, embedding, created_at) VALUES ($1, $2, $3, $4, $5::vector, $6)";
    let made: DateTime<Utc> = "2024-01-15T10:00:00Z".parse().unwrap();
    let values = sqlx::query(insert).bind(id).bind(owner).bind(kind).bind(metadata).bind(embedding).bind(made.naive_utc());
    values.execute(&database.direct).await.unwrap();
}

/// So many embeddings of an owner around `(1, 0, 0)`, in one statement.
async fn crowd(database: &TestDatabase, owner: Uuid, count: i32, kind: &str) {
    let insert = "INSERT INTO embeddings (user_id, kind, embedding)
                  SELECT $1, $3, ARRAY[1, sin(n) / 100, cos(n) / 100]::real[]::vector FROM generate_series(1, $2) AS n";
    sqlx::query(insert).bind(owner).bind(count).bind(kind).execute(&database.direct).await.unwrap();
    sqlx::query("ANALYZE embeddings").execute(&database.direct).await.unwrap();
}

async fn index(database: &TestDatabase) {
    let create = format!(
        "CREATE INDEX idx_embeddings_hnsw_{DIMENSIONS} ON embeddings USING hnsw ((embedding::vector({DIMENSIONS})) vector_cosine_ops)
         WHERE vector_dims(embedding) = {DIMENSIONS}"
    );
    sqlx::query(AssertSqlSafe(create)).execute(&database.direct).await.unwrap();
}

async fn index_scans(database: &TestDatabase) -> i64 {
    let scans = "SELECT coalesce(sum(idx_scan), 0)::bigint FROM pg_stat_user_indexes WHERE indexrelname LIKE 'idx_embeddings_hnsw%'";
    sqlx::query_scalar(scans).fetch_one(&database.direct).await.unwrap()
}

#[tokio::test]
async fn random_searches_find_what_comparing_every_row_in_memory_finds() {
    with_database(SERVER, async |database| {
        let (memory, table, mut numbers) = (MemoryRows::new(catalogue()), embeddings(), Numbers(7));
        for at in 0..300_u128 {
            let id = Uuid::from_u128((at + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835));
            let (owner, kind) = ([ALICE, BOB][usize::try_from(at % 2).unwrap()], KINDS[usize::try_from(at % 3).unwrap()]);
            // Every tenth has no direction, and every seventh other dimensions than the service is set to.
            let length = if at % 7 == 3 { 2 } else { DIMENSIONS };
            let vector: Vec<f32> = (0..length).map(|_| if at % 10 == 9 { 0.0 } else { numbers.component() }).collect();
            let metadata = [None, Some(json!({"page": at % 4})), Some(json!({"page": at % 4, "tags": ["a"]}))]
                [usize::try_from(at % 3).unwrap()]
            .clone();
            insert(database, id, owner, kind, metadata.as_ref(), &json!(vector).to_string()).await;
            let made = Value::Timestamp("2024-01-15T10:00:00Z".parse().unwrap());
            let metadata = metadata.map_or(Value::Null, Value::Json);
            memory.insert(
                &table,
                vec![Value::Uuid(id), Value::Uuid(owner), Value::Text(kind.to_owned()), metadata, Value::Vector(vector), made],
            );
        }
        let store = store(database);
        let mut found = 0;
        for at in 0..200_u64 {
            let to: Vec<f32> = (0..DIMENSIONS).map(|_| numbers.component()).collect();
            if to.iter().all(|number| *number == 0.0) {
                continue;
            }
            let filters = [
                json!({}),
                json!({"kind": KINDS[usize::try_from(at % 3).unwrap()]}),
                json!({"or": [{"kind": "shot"}, {"metadata": {"contains": {"page": 1}}}]}),
                json!({"not": {"metadata": {"contains": {"tags": ["a"]}}}}),
                json!({"kind": "nothing"}),
            ][usize::try_from(at % 5).unwrap()]
            .clone();
            let mut wanted = request(json!(to), filters);
            wanted.top_k = Some(1 + numbers.next() % 100);
            wanted.min_score = (at % 4 == 0).then_some(0.25);
            let who = tenant(ALICE, if at % 6 == 0 { Tier::Admin } else { Tier::User });
            let plan = plan(&who, &wanted);
            let (expected, got) = (memory.search(&plan).await.unwrap(), store.search(&plan).await.unwrap());
            assert_eq!(got.rows.len(), expected.rows.len(), "{wanted:?}");
            for (got, expected) in got.rows.iter().zip(&expected.rows) {
                // pgvector counts with 32 bits: of two that are as good as equally near either may come first.
                assert!((got.score - expected.score).abs() < 1e-5, "{wanted:?} {got:?} {expected:?}");
                let apart = expected.score - got.score;
                assert!(got.cells == expected.cells || apart.abs() < 1e-5, "{wanted:?}");
            }
            found += got.rows.len();
        }
        assert!(found > 1000, "the searches find something: {found}");
    })
    .await;
}

#[tokio::test]
async fn a_tenant_with_few_embeddings_finds_them_among_thousands_that_are_nearer() {
    with_database(SERVER, async |database| {
        crowd(database, BOB, 5_000, "scene").await;
        index(database).await;
        let own: Vec<Uuid> = (1..=12).map(Uuid::from_u128).collect();
        for (at, id) in own.iter().enumerate() {
            // Farther from what is asked for than any of the others', each a little farther than the one before.
            insert(database, *id, ALICE, "scene", None, &format!("[1,{},0]", 2 + at)).await;
        }
        let (alice, bob, admin) = (tenant(ALICE, Tier::User), tenant(BOB, Tier::User), tenant(ALICE, Tier::Admin));
        let nearest = request(json!([1, 0, 0]), json!({"kind": "scene"}));
        // As it decides itself; with the index whatever the numbers; and with either of the two walls between owners alone.
        for (case, store) in [
            ("compared", store(database)),
            ("indexed", store(database).comparing_one_by_one(0)),
            ("compared, by row-level security", store(database).by_row_level_security_alone()),
            ("indexed, by row-level security", store(database).comparing_one_by_one(0).by_row_level_security_alone()),
        ] {
            let found = store.search(&plan(&alice, &nearest)).await.unwrap();
            assert_eq!(ids(&found), own[..10], "{case}");
            assert!(found.rows.windows(2).all(|pair| pair[0].score >= pair[1].score), "{case}: {found:?}");
            assert_eq!(found.version, Some(12), "{case}");
            let mut all = nearest.clone();
            all.top_k = Some(100);
            assert_eq!(ids(&store.search(&plan(&alice, &all)).await.unwrap()), own, "{case}");
            assert_eq!(store.search(&plan(&bob, &all)).await.unwrap().rows.len(), 100, "{case}");
            all.min_score = Some(0.2);
            let near = store.search(&plan(&alice, &all)).await.unwrap();
            assert!(!near.rows.is_empty() && near.rows.iter().all(|row| row.score >= 0.2), "{case}: {near:?}");
            let foreign = store.search(&plan(&admin, &nearest)).await.unwrap();
            assert!(ids(&foreign).iter().all(|id| !own.contains(id)), "{case}: an administrator sees the nearest of all");
        }
        let nothing = request(json!([1, 0, 0]), json!({"kind": "nothing"}));
        assert!(store(database).comparing_one_by_one(0).search(&plan(&alice, &nothing)).await.unwrap().rows.is_empty());
    })
    .await;
}

#[tokio::test]
async fn the_index_is_made_when_there_are_many_and_used_where_it_helps() {
    with_database(SERVER, async |database| {
        crowd(database, BOB, 9_000, "scene").await;
        assert!(!index_embeddings(&database.store, "embeddings", DIMENSIONS).await.unwrap(), "so many are compared one by one");
        crowd(database, BOB, 3_000, "shot").await;
        insert(database, Uuid::from_u128(1), ALICE, "scene", None, "[1,2]").await;
        assert!(index_embeddings(&database.store, "embeddings", DIMENSIONS).await.unwrap());
        assert!(!index_embeddings(&database.store, "embeddings", DIMENSIONS).await.unwrap(), "it is there");
        assert!(!index_embeddings(&database.store, "embeddings", 3_072).await.unwrap(), "pgvector has none for so many dimensions");
        let (store, bob) = (store(database), tenant(BOB, Tier::User));
        let mut wanted = request(json!([1, 0.002, 0.002]), json!({}));
        wanted.top_k = Some(50);
        let found = store.search(&plan(&bob, &wanted)).await.unwrap();
        assert_eq!(found.rows.len(), 50);
        // A session tells what it has used a second later, at the end of its next transaction.
        let used = async {
            while index_scans(database).await == 0 {
                store.search(&plan(&bob, &wanted)).await.unwrap();
            }
        };
        tokio::time::timeout(Duration::from_secs(30), used).await.expect("twelve thousand are not compared one by one");
        let exact = store_comparing_all(database).search(&plan(&bob, &wanted)).await.unwrap();
        // Points so close together that 32 bits hardly tell them apart: what counts is that what is found is as near.
        for (near, nearest) in found.rows.iter().zip(&exact.rows) {
            assert!(nearest.score - near.score < 1e-6, "{near:?} {nearest:?}");
        }
        wanted.filters = json!({"kind": "shot"});
        assert_eq!(store.search(&plan(&bob, &wanted)).await.unwrap().rows.len(), 50);
    })
    .await;
}

fn store_comparing_all(database: &TestDatabase) -> PgRows {
    store(database).comparing_one_by_one(u64::from(u32::MAX))
}

#[tokio::test]
async fn a_search_ends_after_the_time_of_the_role() {
    with_database(SERVER, async |database| {
        crowd(database, ALICE, 3_000, "scene").await;
        let mut slow = plan(&tenant(ALICE, Tier::User), &request(json!([1, 0, 0]), json!({})));
        slow.statement_time = Duration::from_millis(1);
        slow.top_k = 100;
        let mut blocked = database.direct.begin().await.unwrap();
        sqlx::query("LOCK TABLE embeddings").execute(&mut *blocked).await.unwrap();
        let late = store(database).search(&slow).await.unwrap_err();
        assert!(matches!(late, atelier_domain::dataservice::DataError::Timeout { .. }), "{late:?}");
        blocked.rollback().await.unwrap();
    })
    .await;
}
