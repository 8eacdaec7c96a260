//! The application over stores of a mood, and a request for each row of the table.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use atelier_bootstrap::worker::TokioTimer;
use atelier_domain::dataservice::Database;
use atelier_domain::dataservice::leases::Leases;
use atelier_domain::dataservice::transactions::{Owners, TransactionPorts};
use atelier_domain::identity::IdentitySettings;
use atelier_testkit::SeededSecrets;
use metrics_exporter_prometheus::PrometheusBuilder;
use serde_json::Value as Json;

use super::super::backups::OneBackup;
use super::super::connections::{MemoryLeases, Plain, leases_in};
use super::stores::{Log, Mood, Moody, MoodyBackups, MoodyLeases, MoodyRows};
use super::table::{How, Row, Who};
use crate::app::{Answer, TestApp, User};

pub(super) struct Stage {
    app: TestApp,
    /// Without metrics, and with room for three leases.
    small: TestApp,
    mood: Moody,
    admin: User,
    small_admin: User,
    people: AtomicU32,
}

/// Leases for everybody, in the mood of the day.
fn leases(mood: &Moody, parts: &atelier_bootstrap::Parts) -> Arc<Leases> {
    let store = Arc::new(MoodyLeases(mood.clone(), MemoryLeases::default()));
    leases_in(store, 100_000, Arc::new(SeededSecrets::new()), parts.identity.clock.clone(), Arc::new(TokioTimer))
}

impl Stage {
    pub(super) async fn start() -> Self {
        let mood = Moody::default();
        let disposed = mood.clone();
        let change = |parts: &mut atelier_bootstrap::Parts| {
            let log = Log::of(&disposed);
            let rows = parts.data.rows[&Database::PostgreSql].clone();
            parts.data.rows.insert(Database::PostgreSql, Arc::new(MoodyRows(disposed.clone(), rows)));
            parts.data.answers = None;
            parts.data.migrator = Some(Arc::new(disposed.clone()));
            parts.data.leases = Some(leases(&disposed, parts));
            parts.data.backups = Some(Arc::new(MoodyBackups(disposed.clone(), OneBackup::default())));
            parts.data.transactions = Some(TransactionPorts {
                catalogue: parts.data.catalogue.clone(),
                coordinator: Arc::new(log.clone()),
                outbox: Arc::new(log.clone()),
                participants: [].into(),
                owners: Arc::new(Owners::new(Arc::new(log.clone()), Arc::new(log))),
                versions: None,
                sealer: Arc::new(Plain),
                secrets: Arc::new(SeededSecrets::new()),
                timer: Arc::new(TokioTimer),
            });
            parts.health = vec![Arc::new(disposed)];
        };
        let metrics = PrometheusBuilder::new().build_recorder().handle();
        let app = TestApp::start_over(|_| {}, IdentitySettings::default(), change, Some(metrics)).await;
        let small = TestApp::start().await;
        let (admin, small_admin) = (app.admin().await, small.admin().await);
        Self { app, small, mood, admin, small_admin, people: AtomicU32::new(0) }
    }

    pub(super) async fn stop(self) {
        self.app.stop().await;
        self.small.stop().await;
    }

    async fn somebody(&self, app: &TestApp) -> User {
        app.user(&format!("somebody{}", self.people.fetch_add(1, Ordering::Relaxed))).await
    }

    /// Asks what the row asks.
    pub(super) async fn ask(&self, row: &Row) -> Answer {
        let (app, admin) = match row.how {
            How::WithoutMetrics | How::OfMany(Who::Nobody) => (&self.small, &self.small_admin),
            // The state of health is remembered for a second.
            How::Well if row.route.path() == "/health" => (&self.small, &self.small_admin),
            _ => (&self.app, &self.admin),
        };
        let signed = match (&row.how, row.route.who) {
            (_, Who::Nobody) => None,
            (How::AsUser, _) | (_, Who::User) => Some(self.somebody(app).await),
            (_, Who::Admin) => Some(admin.clone()),
        };
        if let (How::Flooded, Some(caller)) = (&row.how, &signed) {
            return self.flood(row, caller).await;
        }
        self.prepare(app, row, signed.as_ref()).await;
        let holder = match (&row.how, &signed) {
            (How::Foreign, _) => Some(self.somebody(app).await),
            (_, signed) => signed.clone(),
        };
        let (path, body) = self.addressed(app, row, holder.as_ref()).await;
        match &row.how {
            How::Stores(mood) => self.mood.set(*mood),
            How::Stale => app.clock.advance(Duration::from_secs(16 * 60)),
            _ => {}
        }
        let caller = match &row.how {
            How::Unsigned => None,
            How::Forged => signed.map(|user| User { token: format!("{}x", user.token), ..user }),
            _ => signed,
        };
        let mut request = app.request(row.route.method.parse().unwrap(), &path, caller.as_ref());
        if !matches!(row.how, How::WithoutRequestId) {
            request = request.header("X-Request-ID", "req_123456789");
        }
        if !matches!(row.how, How::WithoutClientVersion) {
            request = request.header("X-Client-Version", "1.0.0");
        }
        if let How::Accepting(what) = row.how {
            request = request.header("Accept", what);
        }
        if let How::Key(key) = row.how {
            request = request.header("Idempotency-Key", key);
        }
        if let Some(body) = body {
            let what = if let How::Sending(what) = row.how { what } else { "application/json" };
            request = request.header("Content-Type", what).body(body);
        }
        let answer = app.send(request).await;
        self.mood.set(Mood::Well);
        answer
    }

    /// What must have been before.
    async fn prepare(&self, app: &TestApp, row: &Row, caller: Option<&User>) {
        let acquire = row.route.body.unwrap_or_default();
        let lease = |user: User, times: usize| async move {
            let body: Json = serde_json::from_str(acquire).unwrap();
            for _ in 0..times {
                app.data(&row.route.path(), &user, body.clone()).await.expect(200);
            }
        };
        match (&row.how, caller) {
            (How::OfMany(Who::User), Some(caller)) => lease(caller.clone(), 2).await,
            (How::OfMany(_), _) => {
                let body: Json = serde_json::from_str(acquire).unwrap();
                while app.data(&row.route.path(), &self.somebody(app).await, body.clone()).await.status != 503 {}
            }
            (How::Key("used"), Some(caller)) if row.route.path().ends_with("/acquire") => {
                let mut body: Json = serde_json::from_str(acquire).unwrap();
                body["operation_type"] = "write".into();
                let first = app.data_request(reqwest::Method::POST, &row.route.path(), Some(caller)).header("Idempotency-Key", "used");
                app.send(first.json(&body)).await.expect(200);
            }
            _ => {}
        }
    }

    /// Path and body of the row, about what the holder has.
    async fn addressed(&self, app: &TestApp, row: &Row, holder: Option<&User>) -> (String, Option<String>) {
        let mut path = if let How::At(path) = row.how { row.route.in_its_version(path) } else { row.route.good_path() };
        let mut body = row.route.body.map(str::to_owned);
        let made = async |of: &str, body: &str, id: &str| {
            let body = serde_json::from_str(body).unwrap();
            let path = format!("/api/v1/{of}");
            app.data(&path, holder.unwrap(), body).await.expect(200).body[id].as_str().unwrap().to_owned()
        };
        if path.contains("{transaction}") {
            let insert =
                r#"{"operations": [{"database": "postgresql", "operation": "insert", "table": "projects", "data": {"title": "x"}}]}"#;
            path = path.replace("{transaction}", &made("data/transaction", insert, "transaction_id").await);
        }
        if body.as_ref().is_some_and(|body| body.contains("{lease}")) {
            let read = r#"{"service_name": "core-user-service", "database_type": "postgresql", "operation_type": "read"}"#;
            let lease = made("connections/acquire", read, "connection_id").await;
            body = body.map(|body| body.replace("{lease}", &lease));
        }
        match &row.how {
            How::Body(other) => body = Some((*other).to_owned()),
            How::Fields(fields) => {
                let mut changed: Json = serde_json::from_str(body.as_ref().unwrap()).unwrap();
                for (name, value) in fields.as_object().unwrap() {
                    changed[name] = value.clone();
                }
                body = Some(changed.to_string());
            }
            _ => {}
        }
        (path, body)
    }

    /// Asks until that is too much.
    async fn flood(&self, row: &Row, caller: &User) -> Answer {
        for _ in 0..10_000 {
            let request = self.app.data_request(row.route.method.parse().unwrap(), &row.route.good_path(), Some(caller));
            let answer = self.app.send(request.header("Content-Type", "application/json").body("{")).await;
            if answer.status == 429 {
                return answer;
            }
        }
        panic!("it is never too much");
    }
}
