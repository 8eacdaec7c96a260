//! The table: routes, what a good request to each is, and what gives each status. A new route is a constant in [`OF_THE_PRODUCT`], with lines of
//! [`particular`] for what only that route can answer.

use serde_json::{Value as Json, json};

use super::stores::Mood;

/// Who asks when nothing else is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Who {
    Nobody,
    User,
    Admin,
}

/// What a route answers like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// The product's own: ten status codes, required headers.
    Data,
    /// `/health` and `/metrics`.
    Operations,
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Route {
    pub(super) method: &'static str,
    /// As in the OpenAPI document, in the first version.
    path: &'static str,
    /// The path of a good request. `{lease}` and `{transaction}` are such as the caller has.
    good_path: &'static str,
    /// The body of a good request, likewise.
    pub(super) body: Option<&'static str>,
    pub(super) who: Who,
    pub(super) kind: Kind,
    /// Its status of success.
    success: u16,
    /// The version asked.
    version: Version,
}

/// The versions of the product's routes, side by side.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Version {
    V1,
    V2,
}

impl Route {
    /// As in the OpenAPI document.
    pub(super) fn path(&self) -> String {
        self.in_its_version(self.path)
    }

    /// Of a good request.
    pub(super) fn good_path(&self) -> String {
        self.in_its_version(self.good_path)
    }

    /// A path of the first version in this route's.
    pub(super) fn in_its_version(&self, path: &str) -> String {
        match self.version {
            Version::V1 => path.to_owned(),
            Version::V2 => path.replace("/api/v1/", "/api/v2/").replace("/data/query", "/data/search"),
        }
    }
}

const fn of_user(method: &'static str, path: &'static str, body: &'static str) -> Route {
    Route { method, path, good_path: path, body: Some(body), who: Who::User, kind: Kind::Data, success: 200, version: Version::V1 }
}

const fn of_admin(method: &'static str, path: &'static str, good_path: &'static str, body: Option<&'static str>, success: u16) -> Route {
    Route { method, path, good_path, body, who: Who::Admin, kind: Kind::Data, success, version: Version::V1 }
}

const fn of_operations(path: &'static str, who: Who) -> Route {
    Route { method: "GET", path, good_path: path, body: None, who, kind: Kind::Operations, success: 200, version: Version::V1 }
}

const ACQUIRE: Route = of_user(
    "POST",
    "/api/v1/connections/acquire",
    r#"{"service_name": "core-user-service", "database_type": "postgresql", "operation_type": "read"}"#,
);
const RENEW: Route =
    of_user("POST", "/api/v1/connections/renew", r#"{"connection_id": "{lease}", "service_name": "core-user-service", "increment": 300}"#);
const RELEASE: Route =
    of_user("POST", "/api/v1/connections/release", r#"{"connection_id": "{lease}", "service_name": "core-user-service"}"#);
const QUERY: Route = of_user("POST", "/api/v1/data/query", r#"{"database": "postgresql", "query_type": "select", "table": "projects"}"#);
const TRANSACTION: Route = of_user(
    "POST",
    "/api/v1/data/transaction",
    r#"{"operations": [{"database": "postgresql", "operation": "insert", "table": "projects", "data": {"title": "Nouveau projet"}}]}"#,
);
const TRANSACTION_STATUS: Route = Route {
    method: "GET",
    path: "/api/v1/data/transaction/{id}",
    good_path: "/api/v1/data/transaction/{transaction}",
    body: None,
    who: Who::User,
    kind: Kind::Data,
    success: 200,
    version: Version::V1,
};
const MIGRATIONS_STATUS: Route = of_admin("GET", "/api/v1/migrations/status", "/api/v1/migrations/status", None, 200);
const RUN: Route = of_admin("POST", "/api/v1/migrations/run", "/api/v1/migrations/run", Some("{}"), 202);
const FIND_RUN: Route = of_admin("GET", "/api/v1/migrations/{id}", "/api/v1/migrations/mig_1", None, 200);
const RESOLVE: Route = of_admin(
    "POST",
    "/api/v1/migrations/{version}/resolve",
    "/api/v1/migrations/20240116_001/resolve",
    Some(r#"{"resolution": "applied"}"#),
    204,
);
const DEAD: Route = of_admin("GET", "/api/v1/data/operations/dead", "/api/v1/data/operations/dead", None, 200);
const RETRY: Route = of_admin("POST", "/api/v1/data/operations/{id}/retry", "/api/v1/data/operations/tx_dead:1/retry", None, 200);
const FORGET: Route = of_admin("POST", "/api/v1/data/operations/{id}/forget", "/api/v1/data/operations/tx_dead:1/forget", None, 200);
const BACKUPS: Route = of_admin("GET", "/api/v1/backups", "/api/v1/backups", None, 200);
const BACK_UP: Route = of_admin("POST", "/api/v1/backups", "/api/v1/backups", None, 202);
const VERIFY: Route = of_admin("POST", "/api/v1/backups/{id}/verify", "/api/v1/backups/bak_20260131_020000/verify", None, 202);
const RESTORE: Route = of_admin(
    "POST",
    "/api/v1/backups/{id}/restore",
    "/api/v1/backups/bak_20260131_020000/restore",
    Some(r#"{"target_database": "copy"}"#),
    202,
);
const HEALTH: Route = of_operations("/health", Who::Nobody);
const METRICS: Route = of_operations("/metrics", Who::Admin);

/// The product's routes, in the first version.
const OF_THE_PRODUCT: [Route; 17] = [
    ACQUIRE,
    RENEW,
    RELEASE,
    QUERY,
    TRANSACTION,
    TRANSACTION_STATUS,
    DEAD,
    RETRY,
    FORGET,
    MIGRATIONS_STATUS,
    RUN,
    FIND_RUN,
    RESOLVE,
    BACKUPS,
    BACK_UP,
    VERIFY,
    RESTORE,
];

/// The product's routes in every version.
fn of_the_product() -> impl Iterator<Item = Route> {
    let second = OF_THE_PRODUCT.into_iter().map(|route| Route { version: Version::V2, ..route });
    OF_THE_PRODUCT.into_iter().chain(second)
}

/// The routes the table is about.
pub(super) fn routes() -> impl Iterator<Item = Route> {
    of_the_product().chain([HEALTH, METRICS])
}

/// What is done to a good request, or to the world around it.
#[derive(Debug, Clone)]
pub(super) enum How {
    /// Nothing.
    Well,
    Unsigned,
    Forged,
    /// Signed, and long ago.
    Stale,
    WithoutRequestId,
    WithoutClientVersion,
    /// Asked for in another media type.
    Accepting(&'static str),
    Sending(&'static str),
    /// By somebody who is no administrator.
    AsUser,
    /// With other bytes for a body.
    Body(&'static str),
    /// With these fields in place of its own.
    Fields(Json),
    /// At another path.
    At(&'static str),
    /// With the key of another request.
    Key(&'static str),
    /// The stores behave otherwise.
    Stores(Mood),
    /// About what somebody else has.
    Foreign,
    /// When the caller, or everybody, has all the leases there may be.
    OfMany(Who),
    /// The caller has asked too often.
    Flooded,
    /// The process records none.
    WithoutMetrics,
}

#[derive(Debug, Clone)]
pub(super) struct Row {
    pub(super) route: Route,
    pub(super) status: u16,
    /// Empty for success.
    pub(super) code: &'static str,
    pub(super) how: How,
}

/// What every route of the product can answer.
fn general(route: Route) -> Vec<(u16, &'static str, How)> {
    let mut rows = vec![
        (route.success, "", How::Well),
        (401, "TOKEN_MISSING", How::Unsigned),
        (401, "TOKEN_INVALID", How::Forged),
        (400, "MISSING_HEADER", How::WithoutRequestId),
        (400, "MISSING_HEADER", How::WithoutClientVersion),
        (400, "NOT_ACCEPTABLE", How::Accepting("text/html")),
        (500, "INTERNAL", How::Stores(Mood::Broken)),
        (503, "DATABASE_UNAVAILABLE", How::Stores(Mood::Away)),
        (503, "DATABASE_CONNECTION_FAILED", How::Stores(Mood::Busy)),
        (504, "DATABASE_TIMEOUT", How::Stores(Mood::Late)),
    ];
    if route.body.is_some() {
        rows.push((400, "UNSUPPORTED_MEDIA_TYPE", How::Sending("text/plain")));
        rows.push((400, "INVALID_JSON", How::Body("{")));
        rows.push((400, "VALIDATION_FAILED", How::Fields(json!({"surplus": 1}))));
    }
    if route.who == Who::Admin {
        rows.push((403, "FORBIDDEN_ROLE", How::AsUser));
    }
    rows
}

/// What only this route can answer.
fn particular() -> Vec<(Route, u16, &'static str, How)> {
    let write = |change: Json| {
        let mut operation = json!({"database": "postgresql", "operation": "insert", "table": "projects", "data": {"title": "x"}});
        for (name, value) in change.as_object().unwrap() {
            operation[name] = value.clone();
        }
        How::Fields(json!({"operations": [operation]}))
    };
    let fields = How::Fields;
    let stores = |code| How::Stores(Mood::Refusing(code));
    let foreign = "a9a4e0f2-0000-4000-8000-000000000000";
    vec![
        (ACQUIRE, 400, "DATABASE_NOT_LEASABLE", fields(json!({"database_type": "vector"}))),
        (ACQUIRE, 403, "SERVICE_NOT_ALLOWED", fields(json!({"service_name": "maintenance"}))),
        (ACQUIRE, 409, "IDEMPOTENCY_KEY_REUSED", How::Key("used")),
        (ACQUIRE, 429, "LEASE_QUOTA_EXCEEDED", How::OfMany(Who::User)),
        (ACQUIRE, 503, "DATABASE_CONNECTION_FAILED", How::OfMany(Who::Nobody)),
        (ACQUIRE, 503, "NOT_CONFIGURED", fields(json!({"database_type": "redis"}))),
        (RENEW, 404, "CONNECTION_NOT_FOUND", fields(json!({"connection_id": "conn_123456789"}))),
        (RENEW, 404, "CONNECTION_NOT_FOUND", How::Foreign),
        (RENEW, 400, "VALIDATION_FAILED", fields(json!({"increment": 0}))),
        (RELEASE, 404, "CONNECTION_NOT_FOUND", fields(json!({"service_name": "another-service"}))),
        (RELEASE, 404, "CONNECTION_NOT_FOUND", How::Foreign),
        (QUERY, 400, "UNKNOWN_COLUMN", fields(json!({"filters": {"nothing": 1}}))),
        (QUERY, 400, "INVALID_VALUE", fields(json!({"filters": {"id": "proj_123"}}))),
        (QUERY, 400, "UNSUPPORTED_OPERATOR", fields(json!({"filters": {"title": {"~": "a"}}}))),
        (QUERY, 400, "UNSUPPORTED_QUERY_TYPE", fields(json!({"query_type": "delete"}))),
        (QUERY, 400, "LIMIT_EXCEEDED", fields(json!({"pagination": {"limit": 101}}))),
        (QUERY, 403, "OWNERSHIP_VIOLATION", fields(json!({"filters": {"user_id": foreign}}))),
        (QUERY, 404, "TABLE_NOT_FOUND", fields(json!({"table": "pg_shadow"}))),
        (QUERY, 503, "NOT_CONFIGURED", fields(json!({"database": "cosmosdb"}))),
        (TRANSACTION, 400, "VALIDATION_FAILED", fields(json!({"operations": []}))),
        (TRANSACTION, 400, "UNKNOWN_COLUMN", write(json!({"data": {"nothing": 1}}))),
        (TRANSACTION, 400, "INVALID_VALUE", write(json!({"data": {"title": 1}}))),
        (TRANSACTION, 400, "CONSTRAINT_VIOLATION", stores("CONSTRAINT_VIOLATION")),
        (TRANSACTION, 403, "OWNERSHIP_VIOLATION", write(json!({"data": {"title": "x", "user_id": foreign}}))),
        (TRANSACTION, 403, "COLUMN_NOT_WRITABLE", write(json!({"data": {"title": "x", "created_at": "2024-01-15T10:00:00Z"}}))),
        (TRANSACTION, 404, "TABLE_NOT_FOUND", write(json!({"table": "pg_shadow"}))),
        (TRANSACTION, 409, "UNIQUE_VIOLATION", stores("UNIQUE_VIOLATION")),
        (TRANSACTION, 409, "FOREIGN_KEY_VIOLATION", stores("FOREIGN_KEY_VIOLATION")),
        (TRANSACTION, 409, "SERIALIZATION_FAILURE", stores("SERIALIZATION_FAILURE")),
        (TRANSACTION, 409, "IDEMPOTENCY_KEY_REUSED", How::Key("used")),
        (TRANSACTION, 409, "IDEMPOTENCY_IN_PROGRESS", How::Key("busy")),
        (TRANSACTION, 503, "NOT_CONFIGURED", fields(json!({"operations": [{"database": "redis", "operation": "del", "key": "k"}]}))),
        (TRANSACTION_STATUS, 404, "TRANSACTION_NOT_FOUND", How::At("/api/v1/data/transaction/tx_789456123")),
        (TRANSACTION_STATUS, 404, "TRANSACTION_NOT_FOUND", How::Foreign),
        (DEAD, 400, "VALIDATION_FAILED", How::At("/api/v1/data/operations/dead?limit=0")),
        (RETRY, 404, "TRANSACTION_NOT_FOUND", How::At("/api/v1/data/operations/tx_alive:1/retry")),
        (FORGET, 404, "TRANSACTION_NOT_FOUND", How::At("/api/v1/data/operations/tx_alive:1/forget")),
        (RUN, 200, "", fields(json!({"dry_run": true}))),
        (RUN, 400, "VALIDATION_FAILED", fields(json!({"target_version": "20240116_001; DROP TABLE users"}))),
        (RUN, 404, "MIGRATION_NOT_FOUND", fields(json!({"target_version": "20990101_001"}))),
        (RUN, 409, "MIGRATION_IN_PROGRESS", stores("MIGRATION_IN_PROGRESS")),
        (RUN, 409, "MIGRATION_DIRTY", stores("MIGRATION_DIRTY")),
        (RUN, 409, "CHECKSUM_MISMATCH", stores("CHECKSUM_MISMATCH")),
        (RUN, 409, "MIGRATION_OUT_OF_ORDER", stores("MIGRATION_OUT_OF_ORDER")),
        (RUN, 409, "TARGET_BEHIND_CURRENT", stores("TARGET_BEHIND_CURRENT")),
        (FIND_RUN, 404, "MIGRATION_NOT_FOUND", How::At("/api/v1/migrations/mig_nothing")),
        (RESOLVE, 400, "VALIDATION_FAILED", fields(json!({"resolution": "forgotten"}))),
        (RESOLVE, 404, "MIGRATION_NOT_FOUND", How::At("/api/v1/migrations/20990101_001/resolve")),
        (BACK_UP, 409, "BACKUP_IN_PROGRESS", stores("BACKUP_IN_PROGRESS")),
        (VERIFY, 404, "BACKUP_NOT_FOUND", How::At("/api/v1/backups/bak_20260130_020000/verify")),
        (VERIFY, 404, "BACKUP_NOT_FOUND", How::At("/api/v1/backups/..%2F..%2Fetc/verify")),
        (VERIFY, 409, "BACKUP_IN_PROGRESS", stores("BACKUP_IN_PROGRESS")),
        (RESTORE, 400, "VALIDATION_FAILED", fields(json!({"target_database": "x\u{0}"}))),
        (RESTORE, 404, "BACKUP_NOT_FOUND", How::At("/api/v1/backups/bak_20260130_020000/restore")),
        (RESTORE, 409, "PRECONDITION_FAILED", fields(json!({"target_database": "taken"}))),
        (RESTORE, 409, "BACKUP_IN_PROGRESS", stores("BACKUP_IN_PROGRESS")),
        (HEALTH, 200, "", How::Well),
        (HEALTH, 503, "", How::Stores(Mood::Away)),
        (METRICS, 200, "", How::Well),
        (METRICS, 401, "UNAUTHORIZED", How::Unsigned),
        (METRICS, 401, "UNAUTHORIZED", How::Forged),
        (METRICS, 403, "FORBIDDEN", How::AsUser),
        (METRICS, 503, "NOT_CONFIGURED", How::WithoutMetrics),
    ]
}

/// Every row. Those that use an allowance up, and the one that lets tokens grow old, come last.
pub(super) fn rows() -> Vec<Row> {
    let row = |(route, status, code, how)| Row { route, status, code, how };
    let every = of_the_product().flat_map(|route| general(route).into_iter().map(move |(status, code, how)| (route, status, code, how)));
    let again = particular().into_iter().filter(|(route, ..)| route.kind == Kind::Data);
    let again = again.map(|(route, status, code, how)| (Route { version: Version::V2, ..route }, status, code, how));
    let mut rows: Vec<Row> = every.chain(particular()).chain(again).map(row).collect();
    rows.extend(of_the_product().map(|route| Row { route, status: 429, code: "RATE_LIMITED", how: How::Flooded }));
    rows.extend(of_the_product().map(|route| Row { route, status: 401, code: "TOKEN_EXPIRED", how: How::Stale }));
    rows
}
