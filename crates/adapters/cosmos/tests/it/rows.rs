//! The service's queries, answered from an owner's partition: as the domain means them, and nobody else's.

use std::sync::Arc;

use atelier_adapter_cosmos::{BatchOp, CosmosOwnedData, CosmosRows, CosmosStore};
use atelier_adapter_memory::MemoryRows;
use atelier_domain::dataservice::catalogue::{Catalogue, Table, Value};
use atelier_domain::dataservice::queries::{Pagination, QueryRequest, QueryType, RowStore, Rows, Select};
use atelier_domain::dataservice::{DataError, Database, OwnedData, Tenant, Tier};
use atelier_domain::kernel::{Coded, EntityId, UserId};
use proptest::collection::vec;
use proptest::prelude::{Just, Strategy, prop_oneof};
use proptest::strategy::{BoxedStrategy, ValueTree as _};
use proptest::test_runner::TestRunner;
use serde_json::{Value as Json, json};
use uuid::Uuid;

const QUERIES: usize = 250;
const TEXTS: [&str; 8] = ["", "a", "A", "ab", "a%b", "a_b\\", "[a-b]!^", "é"];
const ALICE: Uuid = Uuid::from_u128(0xa11ce);
const BOB: Uuid = Uuid::from_u128(0xb0b);

fn catalogue() -> Arc<Catalogue> {
    Arc::new(Catalogue::visiobook(None))
}

fn documents() -> Arc<Table> {
    catalogue().table(Database::CosmosDb, "documents").unwrap()
}

fn tenant(owner: Uuid, tier: Tier) -> Tenant {
    Tenant { account_id: UserId::from_bytes([1; 12]), owner, tier }
}

fn request(filters: Json) -> QueryRequest {
    QueryRequest {
        database: Database::CosmosDb,
        query_type: QueryType::Select,
        table: "documents".to_owned(),
        filters,
        select: Some(["id", "user_id", "kind", "title", "version", "is_public", "data"].map(str::to_owned).to_vec()),
        order: Vec::new(),
        pagination: Pagination::default(),
    }
}

fn plan(who: &Tenant, request: &QueryRequest) -> Result<Select, DataError> {
    Select::check(documents(), who, request)
}

fn code<T: std::fmt::Debug>(refused: Result<T, DataError>) -> &'static str {
    refused.unwrap_err().code()
}

/// A database of its own, with the service's container.
async fn store(case: &str) -> Option<Arc<CosmosStore>> {
    let store = Arc::new(crate::store(case).await?);
    store.ensure_container("documents", "/user_id").await.unwrap();
    Some(store)
}

/// The same documents in both. Some properties are missing, some null, some of a type they should not have.
async fn fill(store: &CosmosStore, memory: &MemoryRows) {
    let table = documents();
    for owner in [ALICE, BOB] {
        let mut operations = Vec::new();
        for at in 0..30_usize {
            let (id, kind, title) = (format!("d{:02}", at * 7 % 30), TEXTS[at % 8], (at % 4 > 1).then_some(TEXTS[at / 3 % 8]));
            let (version, is_public) =
                ((at % 3 > 0).then(|| i64::try_from(at % 5).unwrap() - 2), [None, Some(true), Some(false)][at / 2 % 3]);
            let data = (at % 2 == 0).then(|| json!({"page": at}));
            let mut document = json!({"id": id, "user_id": owner.to_string(), "kind": kind, "version": version, "data": data});
            document["title"] = title.map_or([Json::Null, json!(5)][at % 2].clone(), Json::from);
            if let Some(is_public) = is_public {
                document["is_public"] = json!(is_public);
            }
            operations.push(BatchOp::Create { document });
            let text = |text: &str| Value::Text(text.to_owned());
            let row = vec![
                text(&id),
                Value::Uuid(owner),
                text(kind),
                title.map_or(Value::Null, text),
                version.map_or(Value::Null, Value::Integer),
                is_public.map_or(Value::Null, Value::Boolean),
                data.map_or(Value::Null, Value::Json),
                Value::Null,
            ];
            memory.insert(&table, row);
        }
        let fence = json!({"id": "~fence:tx_1:1", "user_id": owner.to_string(), "kind": "a", "ttl": 600});
        operations.push(BatchOp::Create { document: fence });
        store.batch("documents", &owner.to_string(), operations).await.unwrap();
    }
}

fn one_of(values: Vec<Json>) -> BoxedStrategy<Json> {
    proptest::sample::select(values).boxed()
}

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

fn leaves() -> BoxedStrategy<Json> {
    let texts = || one_of(TEXTS.iter().map(|text| json!(text)).collect());
    let patterns = vec!["%", "a%", "%b", "_", "a_b", r"a\%b", r"%\\", "A%", "[a%", "%!^", "%[a-b]%"];
    let pattern = |column: &'static str| {
        (proptest::sample::select(vec!["like", "ilike"]), proptest::sample::select(patterns.clone()))
            .prop_map(move |(operator, pattern)| json!({ column: { operator: pattern } }))
    };
    prop_oneof![
        comparison("kind", texts()),
        comparison("title", texts()),
        comparison("version", one_of((-2..3).map(|number| json!(number)).collect())),
        comparison("is_public", one_of(vec![json!(true), json!(false)])),
        comparison("id", one_of(vec![json!("d07"), json!("d20"), json!("~fence:tx_1:1")])),
        pattern("kind"),
        pattern("title"),
        proptest::bool::ANY.prop_map(|is| json!({"data": {"is_null": is}})),
        Just(json!({"user_id": ALICE.to_string()})),
        Just(json!({"title": null})),
    ]
    .boxed()
}

fn filters() -> BoxedStrategy<Json> {
    let group = |of: BoxedStrategy<Json>| {
        prop_oneof![
            3 => of.clone(),
            1 => vec(of.clone(), 1..3).prop_map(|list| json!({ "and": list })),
            1 => vec(of.clone(), 1..3).prop_map(|list| json!({ "or": list })),
            1 => of.prop_map(|one| json!({ "not": one })),
        ]
        .boxed()
    };
    group(group(group(leaves())))
}

/// Every page of a query.
async fn all(rows: &dyn RowStore, who: &Tenant, wanted: &QueryRequest) -> (u64, Vec<Vec<Value>>) {
    let (mut wanted, mut seen) = (wanted.clone(), Vec::new());
    loop {
        let plan = plan(who, &wanted).unwrap();
        let Rows { rows, total, continuation, .. } = rows.select(&plan).await.unwrap();
        assert!(rows.len() <= plan.limit as usize, "{wanted:?}");
        seen.extend(rows);
        let Some(continuation) = continuation else { return (total, seen) };
        wanted.pagination.after = Some(plan.continued(&continuation));
    }
}

#[tokio::test]
async fn random_queries_are_answered_as_the_domain_means_them_and_from_ones_own_partition() {
    let Some(store) = store("random queries").await else { return };
    let memory = MemoryRows::new(catalogue());
    fill(&store, &memory).await;
    let real = CosmosRows::new(store.clone());
    let mut runner = TestRunner::deterministic();
    let (mut found, alice) = (0, tenant(ALICE, Tier::User));
    for at in 0..QUERIES {
        let mut wanted = request(filters().new_tree(&mut runner).unwrap().current());
        wanted.order = [vec![], vec!["-id".to_owned()], vec!["kind".to_owned()]][at % 3].clone();
        wanted.pagination.limit = Some(if at % 4 == 0 { 100 } else { 7 });
        let (total, got) = all(&real, &alice, &wanted).await;
        let whole = QueryRequest { pagination: Pagination { limit: Some(100), ..Pagination::default() }, ..wanted.clone() };
        let expected = memory.select(&plan(&alice, &whole).unwrap()).await.unwrap();
        assert_eq!((total, got.len() as u64), (expected.total, expected.total), "{wanted:?}");
        // What is equally far in the order may come in any.
        let by = usize::from(wanted.order == ["kind"]) * 2;
        let key = |rows: &[Vec<Value>]| rows.iter().map(|row| row[by].clone()).collect::<Vec<_>>();
        assert_eq!(key(&got), key(&expected.rows), "{wanted:?}");
        assert!(expected.rows.iter().all(|row| got.contains(row)), "{wanted:?} {got:?}");
        found += total;
    }
    assert!(found > 1000, "the queries find something: {found}");
    store.drop_database().await.unwrap();
}

#[tokio::test]
async fn a_page_is_of_its_query_and_of_its_owner() {
    let Some(store) = store("a page is of its query").await else { return };
    fill(&store, &MemoryRows::new(catalogue())).await;
    let real = CosmosRows::new(store.clone());
    let (alice, bob, admin) = (tenant(ALICE, Tier::User), tenant(BOB, Tier::User), tenant(ALICE, Tier::Admin));
    let mut wanted = request(json!({}));
    wanted.pagination.limit = Some(10);
    let first = plan(&alice, &wanted).unwrap();
    let next = first.continued(&real.select(&first).await.unwrap().continuation.unwrap());
    wanted.pagination.after = Some(next);
    assert_eq!(real.select(&plan(&alice, &wanted).unwrap()).await.unwrap().rows.len(), 10);
    // by somebody else, for another order, or made up
    assert_eq!(code(plan(&bob, &wanted)), "VALIDATION_FAILED");
    let other = QueryRequest { order: vec!["-id".to_owned()], ..wanted.clone() };
    assert_eq!(code(plan(&alice, &other)), "VALIDATION_FAILED");
    wanted.pagination.after = Some(first.continued("nonsense"));
    assert_eq!(code(real.select(&plan(&alice, &wanted).unwrap()).await), "VALIDATION_FAILED");

    // an administrator says whose
    assert_eq!(code(plan(&admin, &request(json!({})))), "VALIDATION_FAILED");
    let of_bob = plan(&admin, &request(json!({"user_id": BOB.to_string(), "kind": "ab"}))).unwrap();
    let found = real.select(&of_bob).await.unwrap();
    assert!(found.total > 0 && found.rows.iter().all(|row| row[1] == Value::Uuid(BOB)), "{found:?}");
    let mut count = request(json!({}));
    count.query_type = QueryType::Count;
    let counted = real.select(&plan(&alice, &count).unwrap()).await.unwrap();
    assert_eq!((counted.total, counted.rows.len()), (30, 0), "the fence is not counted");
    store.drop_database().await.unwrap();
}

#[tokio::test]
async fn what_cosmos_db_does_not_do_is_told() {
    let Some(store) = store("what it does not do").await else { return };
    let (real, alice) = (CosmosRows::new(store.clone()), tenant(ALICE, Tier::User));
    let with = |change: &dyn Fn(&mut QueryRequest)| {
        let mut changed = request(json!({}));
        change(&mut changed);
        changed
    };
    for (wanted, expected) in [
        (request(json!({"data": {"contains": {"page": 1}}})), "UNSUPPORTED_OPERATOR"),
        (request(json!({"not": {"data": {"eq": {"page": 1}}}})), "UNSUPPORTED_OPERATOR"),
        (with(&|wanted| wanted.order = vec!["title".to_owned()]), "VALIDATION_FAILED"),
        (with(&|wanted| wanted.order = vec!["kind".to_owned(), "-id".to_owned(), "user_id".to_owned()]), "VALIDATION_FAILED"),
        (with(&|wanted| wanted.pagination.page = Some(2)), "VALIDATION_FAILED"),
    ] {
        let answered = match plan(&alice, &wanted) {
            Ok(plan) => real.select(&plan).await.map(drop),
            Err(error) => Err(error),
        };
        assert_eq!(code(answered), expected, "{wanted:?}");
    }
    let elsewhere = Arc::new(crate::store("without the container").await.unwrap());
    let missing = CosmosRows::new(elsewhere.clone()).select(&plan(&alice, &request(json!({}))).unwrap()).await;
    assert_eq!(code(missing), "TABLE_NOT_FOUND");
    elsewhere.drop_database().await.unwrap();
    store.drop_database().await.unwrap();
}

#[tokio::test]
async fn an_owners_documents_are_exported_and_erased_and_nobody_elses() {
    let Some(store) = store("export and erasure").await else { return };
    fill(&store, &MemoryRows::new(catalogue())).await;
    // more than one batch removes
    for round in 0..3 {
        let more = (0..50).map(|n| {
            let id = format!("more{round}-{n}");
            BatchOp::Create { document: json!({"id": id, "user_id": ALICE.to_string(), "kind": "more"}) }
        });
        store.batch("documents", &ALICE.to_string(), more.collect()).await.unwrap();
    }
    let owned = CosmosOwnedData::new(store.clone(), catalogue());
    let export = owned.export(ALICE).await.unwrap();
    let told = export["documents"].as_array().unwrap();
    assert_eq!(told.len(), 180);
    assert!(told.iter().all(|document| document["user_id"] == ALICE.to_string() && !document["id"].as_str().unwrap().starts_with('~')));
    for _ in 0..2 {
        owned.erase(ALICE).await.unwrap();
        assert_eq!(store.count("documents", &ALICE.to_string(), None, &[]).await, Ok(0), "fences go too");
    }
    assert_eq!(store.count("documents", &BOB.to_string(), None, &[]).await, Ok(31));
    store.drop_database().await.unwrap();
}
