//! Accounts with money in PostgreSQL, counters in Redis, people who move money from one account to another, and what must hold of it all.

use std::str::FromStr;
use std::time::Duration;

use ::redis::AsyncTypedCommands;
use ::redis::aio::MultiplexedConnection;
use atelier_testkit::contract::present;
use reqwest::{Client, Method};
use serde_json::{Value, json};
use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{AssertSqlSafe, ConnectOptions};
use tempfile::TempDir;

use super::wire::{Protocol, Wire};
use crate::commands::run_with;
use crate::dataservice::Database;
use crate::process::{Api, Process};

const ACCOUNTS: usize = 3;
const START: i64 = 1000;
const PASSWORD: &str = "securepassword123";

/// The stores of a test's own, and the way to them that can be cut.
pub(super) struct Bank {
    pub(super) folder: TempDir,
    pub(super) database: Database,
    pub(super) postgres: Wire,
    pub(super) redis: Wire,
    redis_url: String,
    direct: PgConnection,
    counters: MultiplexedConnection,
}

/// Somebody with accounts of their own.
#[derive(Clone)]
pub(super) struct Person {
    client: Client,
    pub(super) token: String,
    pub(super) owner: String,
    accounts: Vec<String>,
}

/// What a request came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Answer {
    Committed {
        id: String,
        replayed: bool,
        pending: bool,
    },
    Refused {
        status: u16,
        code: String,
    },
    /// The process or the connection is gone.
    Lost,
}

fn settings<'u>(postgres: &'u str, redis: &'u str) -> [(&'static str, &'u str); 7] {
    [
        ("PRODUCTS", "data"),
        ("DATABASE_URL", postgres),
        ("REDIS_URL", redis),
        ("DB_POOL_MIN", "2"),
        ("LEASE_MAX", "200"),
        ("RATE_LIMIT_ADDRESS_PER_MINUTE", "100000"),
        ("DB_ENCRYPTION_KEY", "8f1b6d0e9a7c4e52b3d1f0a98c7e6d5b4a3f2e1d8f1b6d0e9a7c4e52b3d1f0a9"),
    ]
}

impl Bank {
    /// On the servers of the test run, if there are any.
    pub(super) async fn open() -> Option<Self> {
        let redis_url = present(std::env::var("TEST_REDIS_URL").ok(), "Redis")?;
        let database = Database::create().await?;
        Some(Self {
            folder: tempfile::tempdir().unwrap(),
            postgres: Wire::before(&database.url, Protocol::PostgreSql).await,
            redis: Wire::before(&redis_url, Protocol::Redis).await,
            direct: PgConnectOptions::from_str(&database.url).unwrap().connect().await.unwrap(),
            counters: ::redis::Client::open(redis_url.as_str()).unwrap().get_multiplexed_async_connection().await.unwrap(),
            database,
            redis_url,
        })
    }

    /// A process of the service that reaches the stores through the proxies, and may not be ready yet.
    pub(super) fn begin_victim(&self) -> Process {
        Process::start(
            "atelier-api",
            self.folder.path(),
            &settings(&self.postgres.url(&self.database.url), &self.redis.url(&self.redis_url)),
        )
    }

    /// One that is ready.
    pub(super) async fn victim(&self) -> Api {
        Api::start(self.folder.path(), &settings(&self.postgres.url(&self.database.url), &self.redis.url(&self.redis_url))).await
    }

    /// One that reaches them without anything between.
    pub(super) async fn replica(&self) -> Api {
        Api::start(self.folder.path(), &settings(&self.database.url, &self.redis_url)).await
    }

    /// An administrator's token.
    pub(super) async fn administrator(&self, api: &Api) -> String {
        let arguments = ["create-admin", "--email", "admin@example.com", "--name", "Admin"];
        let made = run_with("atelier-admin", &arguments, self.folder.path(), &[], &format!("{PASSWORD}\n"));
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        let body = json!({"email": "admin@example.com", "password": PASSWORD});
        let answer = api.call(Method::POST, "/auth/login", |request| request.json(&body)).await;
        answer["access_token"].as_str().unwrap().to_owned()
    }

    /// Signs somebody up, with the allowance of `premium`, and opens their accounts.
    pub(super) async fn person(&self, api: &mut Api, administrator: &str, email: &str) -> Person {
        api.sign_up(email).await;
        let me = api.call(Method::GET, "/users/me", |request| request).await["data"]["user"].clone();
        let token = std::mem::replace(&mut api.token, administrator.to_owned());
        let path = format!("/users/{}", me["id"].as_str().unwrap());
        api.call(Method::PATCH, &path, |request| request.json(&json!({"role": "premium"}))).await;
        let body = json!({"email": email, "password": PASSWORD});
        let answer = api.call(Method::POST, "/auth/login", |request| request.json(&body)).await;
        api.token = token;
        let project = uuid::Uuid::new_v4().to_string();
        let person = Person {
            client: api.client.clone(),
            token: answer["access_token"].as_str().unwrap().to_owned(),
            owner: me["data_user_id"].as_str().unwrap().to_owned(),
            accounts: (0..ACCOUNTS).map(|_| uuid::Uuid::new_v4().to_string()).collect(),
        };
        let bank = json!({"database": "postgresql", "operation": "insert", "table": "projects", "data": {"id": project, "title": "bank"}});
        let open = |id: &String| {
            json!({"database": "postgresql", "operation": "insert", "table": "media_assets",
                   "data": {"id": id, "project_id": project, "asset_type": "account", "file_path": "/", "size_bytes": START}})
        };
        let operations: Vec<_> = std::iter::once(bank).chain(person.accounts.iter().map(open)).collect();
        let opened = person.send(&api.base, &json!({ "operations": operations }), None).await;
        assert!(matches!(opened, Answer::Committed { .. }), "{opened:?}");
        person
    }

    /// Lets the claims of dead processes and the pauses of the outbox pass.
    pub(super) async fn let_time_pass(&mut self) {
        for pass in [
            "UPDATE dataservice.tx_claims SET heartbeat_at = now() - interval '31 seconds'",
            "UPDATE dataservice.tx_outbox SET due_at = now() WHERE state = 'pending' AND due_at > now()",
        ] {
            sqlx::query(pass).execute(&mut self.direct).await.unwrap();
        }
    }

    /// Asks again as a good client does, until it is committed.
    pub(super) async fn settle(&mut self, person: &Person, base: &str, key: &str) -> (String, bool) {
        for _ in 0..200 {
            match person.transfer(base, key).await {
                Answer::Committed { id, replayed, .. } => return (id, replayed),
                Answer::Refused { code, .. } if code == "IDEMPOTENCY_IN_PROGRESS" => self.let_time_pass().await,
                Answer::Refused { status: 429 | 503 | 504, .. } | Answer::Lost => {}
                Answer::Refused { status: 409, code } if code == "SERIALIZATION_FAILURE" => {}
                refused => panic!("{key}: {refused:?}"),
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("{key} is never committed")
    }

    pub(super) async fn number(&mut self, sql: &str) -> i64 {
        sqlx::query_scalar(AssertSqlSafe(sql)).fetch_one(&mut self.direct).await.unwrap()
    }

    pub(super) async fn texts(&mut self, sql: &str) -> Vec<String> {
        sqlx::query_scalar(AssertSqlSafe(sql)).fetch_all(&mut self.direct).await.unwrap()
    }

    pub(super) async fn run(&mut self, sql: &str) {
        sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut self.direct).await.unwrap();
    }

    /// What a key of this person's holds.
    pub(super) async fn held(&mut self, person: &Person, key: &str) -> Option<String> {
        self.counters.get(format!("u:{{{}}}:{key}", person.owner)).await.unwrap()
    }

    /// Waits until nothing is left to be applied.
    pub(super) async fn all_is_applied(&mut self) {
        let applied = async {
            while self.number("SELECT count(*) FROM dataservice.tx_outbox WHERE state <> 'applied'").await > 0 {
                self.let_time_pass().await;
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(60), applied).await.expect("something is never applied");
    }

    /// The money is all there, each of the committed keys has had its effect once in both stores, and nothing else has had any.
    pub(super) async fn assert_sound(&mut self, person: &Person, committed: &[String]) {
        let owner = &person.owner;
        let of_owner = format!("FROM media_assets WHERE project_id IN (SELECT id FROM projects WHERE user_id = '{owner}')");
        let money = self.number(&format!("SELECT sum(size_bytes)::bigint {of_owner}")).await;
        assert_eq!(money, START * i64::try_from(ACCOUNTS).unwrap(), "money is made or lost");
        let mut titles =
            self.texts(&format!("SELECT title FROM projects WHERE user_id = '{owner}' AND title <> 'bank' ORDER BY title")).await;
        let mut keys = committed.to_vec();
        keys.sort();
        titles.sort();
        assert_eq!(titles, keys, "one row for each commit, and none besides");
        let logged = format!("SELECT count(*) FROM dataservice.tx_log WHERE state = 'committed' AND owner = '{owner}'");
        let all = i64::try_from(committed.len()).unwrap();
        assert_eq!(self.number(&logged).await, all + 1, "one entry of the log for each commit, and one for the accounts");
        for (key, by) in [("commits", 1), ("twice", 2)] {
            let held = self.held(person, key).await;
            assert_eq!(held.map_or(0, |number| number.parse().unwrap()), all * by, "the counter {key}");
        }
    }

    pub(super) async fn close(self) {
        drop(self.direct);
        self.database.drop().await;
    }
}

impl Person {
    /// Whoever has this token, without accounts.
    pub(super) fn administrator(api: &Api, token: String) -> Self {
        Self { client: api.client.clone(), token, owner: String::new(), accounts: Vec::new() }
    }

    /// A request of this person's.
    pub(super) async fn request(&self, method: Method, url: String, key: Option<&str>, body: Option<&Value>) -> Option<(u16, bool, Value)> {
        let mut request = self.client.request(method, url).bearer_auth(&self.token);
        request = request.header("X-Request-ID", "req_1").header("X-Client-Version", "1.0.0");
        if let Some(key) = key {
            request = request.header("Idempotency-Key", key);
        }
        if let Some(body) = body {
            request = request.json(body);
        }
        let answer = request.send().await.ok()?;
        let (status, replayed) = (answer.status().as_u16(), answer.headers().contains_key("idempotent-replayed"));
        let text = answer.text().await.ok()?;
        Some((status, replayed, serde_json::from_str(&text).unwrap_or_default()))
    }

    /// What a query answers, behind what `X-Cache` says.
    pub(super) async fn answer(&self, method: Method, url: String, body: &Value) -> (String, Value) {
        let request = self.client.request(method, url).bearer_auth(&self.token).header("X-Request-ID", "req_1");
        let answer = request.header("X-Client-Version", "1.0.0").json(body).send().await.unwrap();
        let cache = answer.headers().get("x-cache").map(|state| state.to_str().unwrap().to_owned());
        (cache.unwrap_or_default(), answer.json().await.unwrap())
    }

    /// Sends these bytes as if they were JSON.
    pub(super) async fn raw(&self, url: String, body: &'static str) -> (u16, Value) {
        let request = self.client.post(url).bearer_auth(&self.token).header("X-Request-ID", "req_1").header("X-Client-Version", "1.0.0");
        let answer = request.header("Content-Type", "application/json").body(body).send().await.unwrap();
        (answer.status().as_u16(), answer.json().await.unwrap())
    }

    async fn send(&self, base: &str, body: &Value, key: Option<&str>) -> Answer {
        let url = format!("{base}/api/v1/data/transaction");
        match self.request(Method::POST, url, key, Some(body)).await {
            None => Answer::Lost,
            Some((200, replayed, body)) => {
                Answer::Committed { id: body["transaction_id"].as_str().unwrap().to_owned(), replayed, pending: body["pending"] == true }
            }
            Some((status, _, body)) => Answer::Refused { status, code: body["error"]["code"].as_str().unwrap_or_default().to_owned() },
        }
    }

    /// Moves money from one account to another, leaves a row with the key's name, and counts in Redis. The key says all of it.
    pub(super) async fn transfer(&self, base: &str, key: &str) -> Answer {
        let roll = key.bytes().fold(7_usize, |sum, byte| sum.wrapping_mul(31).wrapping_add(usize::from(byte)));
        let (from, to) = (roll % ACCOUNTS, (roll / 7 + 1) % ACCOUNTS);
        let by = i64::try_from(roll % 90 + 1).unwrap();
        let add = |account: usize, by: i64| {
            json!({"database": "postgresql", "operation": "update", "table": "media_assets",
                   "data": {"size_bytes": {"increment": by}}, "filters": {"id": self.accounts[account]}})
        };
        let count = |key: &str, by: i64| json!({"database": "redis", "operation": "incrby", "key": key, "by": by});
        let body = json!({"operations": [
            {"database": "postgresql", "operation": "insert", "table": "projects", "data": {"title": key}},
            add(from, -by),
            count("commits", 1),
            {"database": "redis", "operation": "set", "key": "last", "value": key},
            add(to, by),
            count("twice", 2),
        ]});
        self.send(base, &body, Some(key)).await
    }

    /// The states of a transaction's operations, by its id.
    pub(super) async fn states(&self, base: &str, id: &str) -> (Value, Vec<Value>) {
        let (status, _, body) = self.request(Method::GET, format!("{base}/api/v1/data/transaction/{id}"), None, None).await.unwrap();
        assert_eq!(status, 200, "{body}");
        let states = body["results"].as_array().unwrap().iter().map(|result| result["status"].clone()).collect();
        (body["status"].clone(), states)
    }
}
