//! Executes the steps of one owner and writes down what that owner is told, in words that are the same wherever the program is executed.

use std::sync::{Arc, Mutex, MutexGuard};

use atelier_adapter_postgres::PgRows;
use atelier_domain::dataservice::catalogue::Value;
use atelier_domain::dataservice::leases::{LeaseSettings, Leases};
use atelier_domain::dataservice::queries::{Pagination, QueryRequest, QueryType, RowStore, Search, SearchRequest, Select};
use atelier_domain::dataservice::transactions::{Committed, OperationState, Transactions};
use atelier_domain::dataservice::{Database, Tenant, Tier};
use atelier_domain::kernel::{Coded, ExposeSecret};
use serde_json::{Value as Json, json};
use sqlx::postgres::PgConnection;
use sqlx::{Connection, Row};
use uuid::Uuid;

use super::embeddings::{Model, agree};
use super::program::{ASKED, EMBEDDINGS, Filter, Id, Operation, Parent, Statement, Step, TABLES, VECTORS, Who};
use crate::leases::world::{SERVICE, request, world as lease_world};
use crate::search::{catalogue, embeddings};
use crate::transactions::world::{World, operations, somebody};

/// Two owners of one execution. Where the other one does nothing, its ids are such as nobody has.
pub(super) struct Execution<'w> {
    rows: &'w PgRows,
    transactions: &'w Transactions,
    leases: Arc<Leases>,
    world: &'w World<'w>,
    /// Random, and in every id of this execution.
    mark: u64,
    tenants: [Tenant; 2],
    /// So many of the tables are there.
    tables: usize,
    model: Mutex<Model>,
}

impl<'w> Execution<'w> {
    pub(super) fn new(rows: &'w PgRows, transactions: &'w Transactions, world: &'w World<'w>, tables: usize) -> Self {
        let tenants = [somebody(Tier::Premium), somebody(Tier::Premium)];
        let mark = u64::from_le_bytes(tenants[0].owner.as_bytes()[..8].try_into().unwrap());
        let leases = lease_world(world.database, LeaseSettings::default()).leases;
        Self { rows, transactions, leases, world, mark, tenants, tables, model: Mutex::default() }
    }

    fn model(&self) -> MutexGuard<'_, Model> {
        self.model.lock().unwrap()
    }

    /// Where the database and the model in memory said different things.
    pub(super) fn contradiction(&self) -> Option<String> {
        self.model().contradicted.clone()
    }

    fn tenant(&self, who: Who) -> &Tenant {
        &self.tenants[who as usize]
    }

    fn other(who: Who) -> Who {
        if who == Who::Alice { Who::Bob } else { Who::Alice }
    }

    fn id(&self, who: Who, table: usize, Id { own, slot }: Id) -> Uuid {
        let whose = if own { who } else { Self::other(who) };
        if TABLES[table].parent == Parent::Itself {
            return self.tenant(whose).owner;
        }
        let (who, table) = (whose as u8, u8::try_from(table).unwrap());
        Uuid::from_u128(u128::from(self.mark) << 64 | u128::from(who) << 16 | u128::from(table) << 8 | u128::from(slot))
    }

    /// The same words in every execution: ids by whose they are, and where.
    fn told(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for who in [Who::Alice, Who::Bob] {
            for table in 1..TABLES.len() {
                for slot in 0..3 {
                    let id = self.id(who, table, Id { own: true, slot });
                    text = text.replace(&id.to_string(), &format!("<{who:?} {table} {slot}>"));
                }
            }
            text = text.replace(&self.tenant(who).owner.to_string(), &format!("<{who:?}>"));
        }
        text
    }

    fn parent(&self, who: Who, table: usize, id: Id) -> (&'static str, Uuid) {
        match TABLES[table].parent {
            Parent::Itself => ("id", self.id(who, 0, id)),
            Parent::Owner => ("user_id", self.id(who, 0, id)),
            Parent::Project => ("project_id", self.id(who, 1, id)),
        }
    }

    fn filter(&self, who: Who, table: usize, filter: &Filter) -> Json {
        match filter {
            Filter::Key(id) => json!({"id": self.id(who, table, *id)}),
            Filter::Keys(ids) => json!({"id": {"in": ids.iter().map(|id| self.id(who, table, *id)).collect::<Vec<_>>()}}),
            Filter::OfParent(id) => {
                let (column, id) = self.parent(who, table, *id);
                json!({ column: id })
            }
            Filter::Every => json!({"id": {"is_null": false}}),
            Filter::Small => match TABLES[table].name {
                "users" => json!({"project_count": {"lt": 3}}),
                "projects" => json!({"title": {"lt": "m3"}}),
                "media_assets" => json!({"size_bytes": {"lt": 3}}),
                "project_versions" => json!({"version": {"lt": 3}}),
                "embeddings" => json!({"kind": "k0"}),
                _ => json!({"created_at": {"gt": "2000-01-01T00:00:00Z"}}),
            },
            Filter::Not(one) => json!({"not": self.filter(who, table, one)}),
            Filter::Or(one, other) => json!({"or": [self.filter(who, table, one), self.filter(who, table, other)]}),
        }
    }

    fn data(&self, who: Who, table: usize, slot: u8, parent: Id) -> Json {
        let (column, parent) = self.parent(who, table, parent);
        let id = self.id(who, table, Id { own: true, slot });
        match TABLES[table].name {
            "users" => json!({"id": id, "project_count": slot}),
            "projects" => json!({"id": id, "title": format!("m{slot}"), "description": "d"}),
            "user_preferences" => json!({"id": id, "preferences": {"m": slot}}),
            "content_analysis" => json!({"id": id, column: parent, "analysis_type": "scene", "result": {"m": slot}}),
            "media_assets" => json!({"id": id, column: parent, "asset_type": "video", "file_path": "/", "size_bytes": slot}),
            "generation_jobs" => json!({"id": id, column: parent, "parameters": {"m": slot}}),
            "embeddings" => json!({"id": id, "kind": "m", "metadata": {"m": slot}, "embedding": VECTORS[usize::from(slot)]}),
            _ => json!({"id": id, column: parent, "version": slot, "content": {"m": slot}}),
        }
    }

    fn change(table: usize, mark: u8) -> Json {
        match TABLES[table].name {
            "users" => json!({"project_count": mark}),
            "projects" => json!({"title": format!("m{mark}")}),
            "user_preferences" => json!({"preferences": {"m": mark}}),
            "content_analysis" => json!({"result": {"m": mark}}),
            "media_assets" => json!({"size_bytes": {"increment": mark}}),
            "generation_jobs" => json!({"parameters": {"m": mark}}),
            _ => json!({"content": {"m": mark}}),
        }
    }

    fn operation(&self, who: Who, operation: &Operation) -> Json {
        let sql = |verb: &str, table: usize| json!({"database": "postgresql", "operation": verb, "table": TABLES[table].name});
        match operation {
            Operation::Insert { table, slot, parent, says_owner } => {
                let mut json = sql("insert", *table);
                json["data"] = self.data(who, *table, *slot, *parent);
                if let (Some(own), Parent::Owner) = (says_owner, TABLES[*table].parent) {
                    json["data"]["user_id"] = json!(self.id(who, 0, Id { own: *own, slot: 0 }));
                }
                json
            }
            Operation::Upsert { table, slot, parent } => {
                let mut json = sql("upsert", *table);
                json["data"] = self.data(who, *table, *slot, *parent);
                json
            }
            Operation::Update { table, filter, mark } => {
                let mut json = sql("update", *table);
                json["filters"] = self.filter(who, *table, filter);
                json["data"] = Self::change(*table, *mark);
                json
            }
            Operation::Delete { table, filter } => {
                let mut json = sql("delete", *table);
                json["filters"] = self.filter(who, *table, filter);
                json
            }
            Operation::Embed { slot, value, says_owner } => {
                let mut json = json!({"database": "vector", "operation": "upsert", "table": "embeddings"});
                json["data"] = self.data(who, EMBEDDINGS, *slot, Id { own: true, slot: 0 });
                json["data"]["kind"] = json!(format!("k{}", value % 2));
                json["data"]["embedding"] = json!(VECTORS[*value]);
                if let Some(own) = says_owner {
                    json["data"]["user_id"] = json!(self.id(who, 0, Id { own: *own, slot: 0 }));
                }
                json
            }
            Operation::Unembed { id } => {
                json!({"database": "vector", "operation": "delete", "table": "embeddings", "id": self.id(who, EMBEDDINGS, *id)})
            }
            Operation::Set { key, value } => {
                json!({"database": "redis", "operation": "set", "key": format!("k{key}"), "value": value.to_string()})
            }
            Operation::Count { key } => json!({"database": "redis", "operation": "incrby", "key": format!("k{key}")}),
            Operation::Remove { key } => json!({"database": "redis", "operation": "del", "key": format!("k{key}")}),
        }
    }

    async fn select(&self, who: Who, table: usize, filter: Json, query_type: QueryType) -> String {
        let database = if table == EMBEDDINGS { Database::Vector } else { Database::PostgreSql };
        let request = QueryRequest {
            database,
            query_type,
            table: TABLES[table].name.to_owned(),
            filters: filter,
            select: Some(TABLES[table].shown.iter().map(|column| (*column).to_owned()).collect()),
            order: Vec::new(),
            pagination: Pagination { limit: Some(500), ..Pagination::default() },
        };
        let described = catalogue().table(database, TABLES[table].name).unwrap();
        let found = match Select::check(described, self.tenant(who), &request) {
            Ok(plan) => self.rows.select(&plan).await,
            Err(error) => Err(error),
        };
        match found {
            Ok(found) => {
                let shown = TABLES[table].shown.len();
                let text = |row: &Vec<Value>| {
                    self.told(&row[..shown].iter().map(|value| value.to_json().to_string()).collect::<Vec<_>>().join(" "))
                };
                let mut rows: Vec<String> = found.rows.iter().map(text).collect();
                rows.sort();
                format!("{} of version {:?}: {rows:?}", found.total, found.version)
            }
            Err(error) => self.told(&format!("{} {:?}", error.code(), error.details())),
        }
    }

    async fn search(&self, who: Who, request: SearchRequest) -> String {
        let plan = match Search::check(embeddings(), self.tenant(who), &request) {
            Ok(plan) => plan,
            Err(error) => return self.told(&format!("{} {:?}", error.code(), error.details())),
        };
        let found = self.rows.search(&plan).await.unwrap();
        let model = self.model().clone();
        let expected = model.search(&plan).await;
        if !agree(&found, &expected) {
            self.model().compare(&format!("{request:?}"), &found.rows, &expected.rows);
        }
        let told = found.rows.iter().map(|row| {
            let cells: Vec<_> = row.cells.iter().map(|cell| cell.to_json().to_string()).collect();
            self.told(&format!("{:.4} {}", row.score, cells.join(" ")))
        });
        format!("the nearest of version {:?}: {:?}", found.version, told.collect::<Vec<_>>())
    }

    /// What a transaction that was committed has done to the embeddings.
    fn follow(&self, who: Who, listed: &[Json], committed: &Committed) {
        let owner = self.tenant(who).owner;
        for (operation, result) in listed.iter().zip(&committed.results).filter(|(operation, _)| operation["database"] == "vector") {
            self.model().compare(&operation.to_string(), &result.state, &OperationState::Success);
            match operation["data"].is_object() {
                true => self.model().put(owner, &operation["data"]),
                false => {
                    self.model().remove(owner, operation["id"].as_str().unwrap().parse().unwrap());
                }
            }
        }
    }

    async fn transact(&self, who: Who, listed: &[Operation]) -> String {
        let listed: Vec<Json> = listed.iter().map(|operation| self.operation(who, operation)).collect();
        match self.transactions.execute(self.tenant(who), &operations(json!(listed)), None).await {
            Ok(committed) => {
                self.follow(who, &listed, &committed);
                let results = committed.results.into_iter().map(|mut result| {
                    if let Some(data) = result.data.as_mut().and_then(Json::as_object_mut) {
                        data.remove("created_at");
                    }
                    format!("{:?} {:?}", result.state, result.data.map(|data| data.to_string()))
                });
                self.told(&format!("{:?} at version {:?}", results.collect::<Vec<_>>(), committed.data_version))
            }
            Err(error) => {
                let mut details = error.details().unwrap_or_default();
                details.as_object_mut().unwrap().remove("transaction_id");
                self.told(&format!("{} {details}", error.code()))
            }
        }
    }

    async fn leased(&self, who: Who, writes: bool, statements: &[(usize, Statement)]) -> String {
        let tenant = self.tenant(who);
        let asked = request("postgresql", if writes { "write" } else { "read" });
        let lease = self.leases.acquire(tenant, &asked, None).await.unwrap();
        let url: sqlx::postgres::PgConnectOptions = lease.database_url.expose_secret().parse().unwrap();
        let mut session = sqlx::ConnectOptions::connect(&url).await.unwrap();
        let mut told = Vec::new();
        for (table, statement) in statements {
            let answer = self.statement(&mut session, who, *table, *statement).await;
            if *table == EMBEDDINGS && answer.starts_with('[') {
                self.follow_statement(who, *statement, &answer);
            }
            told.push(answer);
        }
        session.close().await.unwrap();
        self.leases.release(tenant, lease.connection_id.as_str(), SERVICE).await.unwrap();
        told.join("; ")
    }

    /// What a leased login's statement that was not refused has done to the embeddings, and that it was told so.
    fn follow_statement(&self, who: Who, statement: Statement, answer: &str) {
        let (owner, id) = (self.tenant(who).owner, |id| self.id(who, EMBEDDINGS, id));
        let mut model = self.model();
        let touched = match statement {
            Statement::UpdateAll => model.rename(owner, None, "leased"),
            Statement::UpdateKey(key) => model.rename(owner, Some(id(key)), "leased"),
            Statement::DeleteKey(key) => {
                if model.remove(owner, id(key)) {
                    vec![id(key)]
                } else {
                    Vec::new()
                }
            }
            Statement::InsertUnder(slot, parent) => {
                let key = Id { own: true, slot };
                model.put(owner, &self.data(who, EMBEDDINGS, slot, parent));
                vec![id(key)]
            }
            Statement::CountAll => {
                let rows = vec!["rows"; model.of(owner).len()];
                return model.compare("counted by a leased login", &answer.to_owned(), &format!("{rows:?}"));
            }
            Statement::ReadKey(_) | Statement::Join => return,
        };
        let mut touched: Vec<_> = touched.iter().map(|id| self.told(&id.to_string())).collect();
        touched.sort();
        model.compare("changed by a leased login", &answer.to_owned(), &format!("{touched:?}"));
    }

    async fn statement(&self, session: &mut PgConnection, who: Who, table: usize, statement: Statement) -> String {
        let (name, shown) = (TABLES[table].name, TABLES[table].shown.join(", "));
        let set = match name {
            "users" => "project_count = 4",
            "projects" => "title = 'leased'",
            "user_preferences" => "preferences = '{}'",
            "content_analysis" => "result = '{}'",
            "media_assets" => "size_bytes = 4",
            "generation_jobs" => "parameters = '{}'",
            "embeddings" => "kind = 'leased'",
            _ => "content = '{}'",
        };
        let sql = match statement {
            Statement::CountAll => format!("SELECT 'rows' FROM {name}"),
            Statement::ReadKey(id) => format!("SELECT concat_ws(' ', {shown}) FROM {name} WHERE id = '{}'", self.id(who, table, id)),
            Statement::UpdateAll => format!("UPDATE {name} SET {set} RETURNING id::text"),
            Statement::UpdateKey(id) => format!("UPDATE {name} SET {set} WHERE id = '{}' RETURNING id::text", self.id(who, table, id)),
            Statement::DeleteKey(id) => format!("DELETE FROM {name} WHERE id = '{}' RETURNING id::text", self.id(who, table, id)),
            Statement::InsertUnder(slot, parent) => {
                let mut data = self.data(who, table, slot, parent);
                let (column, parent) = self.parent(who, table, parent);
                data[column] = json!(parent);
                let columns = data.as_object().unwrap().keys().map(String::as_str).collect::<Vec<_>>().join(", ");
                format!(
                    "INSERT INTO {name} ({columns}) SELECT {columns} FROM json_populate_record(NULL::{name}, '{data}') RETURNING id::text"
                )
            }
            Statement::Join => "SELECT concat_ws(' ', p.id, m.id) FROM projects AS p FULL JOIN media_assets AS m ON true".to_owned(),
        };
        match sqlx::query(sqlx::AssertSqlSafe(sql)).fetch_all(session).await {
            Ok(rows) => {
                let mut rows: Vec<String> = rows.iter().map(|row| self.told(row.get(0))).collect();
                rows.sort();
                format!("{rows:?}")
            }
            Err(error) => {
                let reported = error.as_database_error().unwrap();
                self.told(&format!("{:?} {}", reported.code(), reported.message()))
            }
        }
    }

    /// What the step tells its owner.
    pub(super) async fn run(&self, who: Who, step: &Step) -> String {
        match step {
            Step::Select { table, filter } => self.select(who, *table, self.filter(who, *table, filter), QueryType::Select).await,
            Step::Count { table, filter } => self.select(who, *table, self.filter(who, *table, filter), QueryType::Count).await,
            Step::Search { to, top_k, min_score, filter } => {
                let filters = self.filter(who, EMBEDDINGS, filter);
                let (table, vector) = ("embeddings".to_owned(), json!(ASKED[*to]));
                let select = Some(TABLES[EMBEDDINGS].shown.iter().map(|column| (*column).to_owned()).collect());
                self.search(who, SearchRequest { table, vector, top_k: Some(*top_k), min_score: *min_score, filters, select }).await
            }
            Step::Transact(listed) => self.transact(who, listed).await,
            Step::Lease { writes, statements } => self.leased(who, *writes, statements).await,
        }
    }

    /// Everything an owner has in the end, read past both walls.
    pub(super) async fn belongings(&self, who: Who) -> Vec<String> {
        let owner = self.tenant(who).owner;
        let mut found = Vec::new();
        for table in &TABLES[..self.tables] {
            let condition = match table.parent {
                Parent::Itself => "id = $1",
                Parent::Owner => "user_id = $1",
                Parent::Project => "project_id IN (SELECT id FROM projects WHERE user_id = $1)",
            };
            let sql = format!("SELECT concat_ws(' ', {}) FROM {} WHERE {condition}", table.shown.join(", "), table.name);
            let rows: Vec<String> =
                sqlx::query_scalar(sqlx::AssertSqlSafe(sql)).bind(owner).fetch_all(&self.world.database.direct).await.unwrap();
            let mut rows: Vec<String> = rows.iter().map(|row| format!("{}: {}", table.name, self.told(row))).collect();
            rows.sort();
            found.extend(rows);
        }
        if self.tables > EMBEDDINGS {
            let modelled: Vec<_> = self.model().of(owner).iter().map(|id| self.told(&id.to_string())).collect();
            let ids: Vec<_> = found
                .iter()
                .filter_map(|row| {
                    row.strip_prefix("embeddings: ")?.split(' ').map(str::to_owned).take(3).reduce(|one, next| one + " " + &next)
                })
                .collect();
            self.model().compare("embeddings in the end", &ids, &modelled);
        }
        for key in ["k0", "k1"] {
            found.push(format!("{key}: {:?}", self.world.held(self.tenant(who), key).await));
        }
        found
    }
}
