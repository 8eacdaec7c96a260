//! Random queries, answered by PostgreSQL and by the rules of the domain over rows in memory: the same rows, in the same order.

use std::sync::Arc;

use atelier_adapter_memory::MemoryRows;
use atelier_domain::dataservice::catalogue::{Catalogue, Table, Value};
use atelier_domain::dataservice::queries::{RowStore, Rows};
use atelier_domain::dataservice::{Database, Tier};
use chrono::{DateTime, Utc};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::{Just, Strategy, prop_oneof};
use proptest::strategy::{BoxedStrategy, ValueTree as _};
use proptest::test_runner::TestRunner;
use serde_json::{Value as Json, json};
use uuid::Uuid;

use crate::database::{ALICE, BOB, TestDatabase, with_database};
use crate::queries::{plan, request, rows, tenant};

const QUERIES: usize = 400;
const TEXTS: [&str; 7] = ["", "a", "A", "ab", "a%b", "a_b\\", "é"];

fn times() -> [DateTime<Utc>; 3] {
    ["2024-01-15T10:00:00Z", "2024-01-15T10:00:00.000001Z", "2024-02-01T00:00:00.5Z"].map(|time| time.parse().unwrap())
}

/// The same rows in both: projects of two owners, and media of the projects.
async fn fill(database: &TestDatabase, memory: &MemoryRows, projects: &Table, media: &Table) {
    let mut number = 0_u128;
    // In no order of their making.
    let mut next = || {
        number += 1;
        Uuid::from_u128(number.wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835))
    };
    for (at, owner) in [ALICE, BOB].into_iter().cycle().take(40).enumerate() {
        let (id, title, description) = (next(), TEXTS[at % 7], (at % 3 > 0).then_some(TEXTS[at / 3 % 7]));
        let (status, made) = (["draft", "active", "archived"][at % 3], times()[at % 3]);
        let insert =
            "INSERT INTO projects (id, user_id, title, description, status, created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $6, $6)";
        sqlx::query(insert)
            .bind(id)
            .bind(owner)
            .bind(title)
            .bind(description)
            .bind(status)
            .bind(made.naive_utc())
            .execute(&database.direct)
            .await
            .unwrap();
        let text = |text: &str| Value::Text(text.to_owned());
        let optional = |value: Option<Value>| value.unwrap_or(Value::Null);
        let row = vec![
            Value::Uuid(id),
            Value::Uuid(owner),
            text(title),
            optional(description.map(text)),
            text(status),
            Value::Null,
            Value::Timestamp(made),
            Value::Timestamp(made),
        ];
        memory.insert(projects, row);
        let (asset, size) = (next(), (at % 4 > 0).then(|| i64::try_from(at % 5).unwrap() - 2));
        let metadata = [json!(null), json!({"a": 1}), json!({"a": [1, 2], "b": {"c": "x"}}), json!([1, "x"])][at % 4].clone();
        let stored = (!metadata.is_null()).then(|| metadata.clone());
        let insert = "INSERT INTO media_assets (id, project_id, asset_type, file_path, metadata, size_bytes, created_at) VALUES ($1, $2, $3, '/v', $4, $5, $6)";
        sqlx::query(insert)
            .bind(asset)
            .bind(id)
            .bind(title)
            .bind(&stored)
            .bind(size)
            .bind(made.naive_utc())
            .execute(&database.direct)
            .await
            .unwrap();
        let row = vec![
            Value::Uuid(asset),
            Value::Uuid(id),
            text(title),
            text("/v"),
            optional(stored.map(Value::Json)),
            optional(size.map(Value::Integer)),
            Value::Timestamp(made),
        ];
        memory.insert(media, row);
    }
}

fn one_of(values: Vec<Json>) -> BoxedStrategy<Json> {
    proptest::sample::select(values).boxed()
}

fn texts() -> BoxedStrategy<Json> {
    one_of(TEXTS.iter().map(|text| json!(text)).collect())
}

/// `{"column": {"operator": value}}`.
fn comparison(column: &'static str, values: BoxedStrategy<Json>) -> BoxedStrategy<Json> {
    let plain = proptest::sample::select(vec!["eq", "ne", "gt", "gte", "lt", "lte"]);
    prop_oneof![
        (plain, values.clone()).prop_map(move |(operator, value)| json!({ column: { operator: value } })),
        (proptest::sample::select(vec!["in", "nin"]), vec(values.clone(), 0..3))
            .prop_map(move |(operator, list)| json!({ column: { operator: list } })),
        (values.clone(), values).prop_map(move |(low, high)| json!({column: {"between": [low, high]}})),
        proptest::bool::ANY.prop_map(move |is| json!({column: {"is_null": is}})),
    ]
    .boxed()
}

fn pattern(column: &'static str) -> BoxedStrategy<Json> {
    let patterns = vec!["%", "a%", "%b", "_", "a_b", r"a\%b", r"%\\", "A%"];
    (proptest::sample::select(vec!["like", "ilike"]), proptest::sample::select(patterns))
        .prop_map(move |(operator, pattern)| json!({ column: { operator: pattern } }))
        .boxed()
}

fn leaves(table: &'static str) -> BoxedStrategy<Json> {
    let moments = one_of(times().iter().map(|time| json!(time.to_rfc3339())).collect());
    if table == "projects" {
        let statuses = one_of(vec![json!("draft"), json!("active"), json!("none")]);
        return prop_oneof![
            comparison("title", texts()),
            comparison("description", texts()),
            comparison("status", statuses),
            comparison("created_at", moments),
            pattern("title"),
            pattern("description"),
            Just(json!({"user_id": ALICE.to_string()})),
            Just(json!({"description": null})),
        ]
        .boxed();
    }
    let numbers = one_of((-2..3).map(|number| json!(number)).collect());
    let contents = one_of(vec![json!({}), json!({"a": 1}), json!({"a": [2]}), json!({"b": {"c": "x"}}), json!([1]), json!("x"), json!([])]);
    prop_oneof![
        comparison("size_bytes", numbers),
        comparison("asset_type", texts()),
        comparison("created_at", moments),
        contents.prop_map(|content| json!({"metadata": {"contains": content}})),
        one_of(vec![json!({"a": 1}), json!([1, "x"])]).prop_map(|content| json!({"metadata": {"eq": content}})),
    ]
    .boxed()
}

fn filters(table: &'static str) -> BoxedStrategy<Json> {
    let group = |of: BoxedStrategy<Json>| {
        prop_oneof![
            3 => of.clone(),
            1 => vec(of.clone(), 1..3).prop_map(|list| json!({ "and": list })),
            1 => vec(of.clone(), 1..3).prop_map(|list| json!({ "or": list })),
            1 => of.prop_map(|one| json!({ "not": one })),
        ]
        .boxed()
    };
    group(group(group(leaves(table))))
}

fn orders(table: &'static str) -> BoxedStrategy<Vec<String>> {
    let columns = match table {
        "projects" => vec!["title", "-title", "description", "-description", "created_at", "-status"],
        _ => vec!["size_bytes", "-size_bytes", "asset_type", "-created_at"],
    };
    option::of(proptest::sample::select(columns)).prop_map(|column| column.into_iter().map(str::to_owned).collect()).boxed()
}

#[tokio::test]
async fn postgresql_answers_random_queries_as_the_domain_means_them() {
    with_database("TEST_POSTGRES_URL", async |database| {
        let catalogue = Catalogue::visiobook(None);
        let table = |name| catalogue.table(Database::PostgreSql, name).unwrap();
        let memory = MemoryRows::new(Arc::new(catalogue.clone()));
        fill(database, &memory, &table("projects"), &table("media_assets")).await;
        let real = rows(database);
        let mut runner = TestRunner::deterministic();
        let mut found = 0;
        for at in 0..QUERIES {
            let name = ["projects", "media_assets"][at % 2];
            let mut wanted = request(name, filters(name).new_tree(&mut runner).unwrap().current());
            wanted.order = orders(name).new_tree(&mut runner).unwrap().current();
            wanted.pagination.limit = Some(7);
            let who = tenant(ALICE, if at % 5 == 0 { Tier::Admin } else { Tier::User });
            // Two pages, the second by its cursor.
            for _ in 0..2 {
                let plan = plan(&who, &wanted).unwrap();
                let (expected, got) = (memory.select(&plan).await.unwrap(), real.select(&plan).await.unwrap());
                let comparable = |rows: &Rows| (rows.total, rows.rows.clone());
                assert_eq!(comparable(&got), comparable(&expected), "{} {wanted:?}", who.tier);
                found += got.total;
                let Some(last) = got.rows.get(6).filter(|_| got.rows.len() > 7) else { break };
                wanted.pagination.after = Some(plan.cursor(last));
            }
        }
        assert!(found > 1000, "the queries find something: {found}");
    })
    .await;
}
