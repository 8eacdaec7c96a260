//! The database of a run, made and removed.

use std::path::{Path, PathBuf};
use std::str::FromStr;

use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{AssertSqlSafe, ConnectOptions};
use url::Url;

use crate::people::{PROJECTS, People};

const NAME: &str = "bench_data";

/// Where it is, and what the sides keep beside it.
pub(crate) struct Database {
    server: String,
    pub(crate) url: String,
    pub(crate) redis: String,
    pub(crate) data: PathBuf,
}

async fn connect(url: &str) -> PgConnection {
    PgConnectOptions::from_str(url).unwrap().connect().await.unwrap()
}

impl Database {
    pub(crate) async fn create(server: &str, redis: &str, data: &Path) -> Self {
        let mut url = Url::parse(server).unwrap();
        url.set_path(NAME);
        let made = Self { server: server.to_owned(), url: url.into(), redis: redis.to_owned(), data: data.to_owned() };
        made.drop_database().await;
        sqlx::query(AssertSqlSafe(format!("CREATE DATABASE {NAME}"))).execute(&mut connect(server).await).await.unwrap();
        made
    }

    /// Every other project is active, so that the filter has something to do. A table without triggers and policies is there for the bare
    /// commit.
    pub(crate) async fn fill(&self, people: &People) {
        let mut connection = connect(&self.url).await;
        let insert =
            "INSERT INTO users (id, email, password_hash, role) SELECT id, id || '@example.com', '!', 'premium' FROM unnest($1) AS id";
        sqlx::query(insert).bind(&people.owners).execute(&mut connection).await.unwrap();
        let insert = "INSERT INTO projects (user_id, title, description, status, content_path, created_at)
                      SELECT owner, 'Projet ' || n, repeat('Une description. ', 8), CASE WHEN n % 2 = 0 THEN 'active' ELSE 'draft' END,
                             '/users/content/' || n, now() - n * interval '1 hour'
                      FROM generate_series(1, $2) AS n, unnest($1) AS owner";
        sqlx::query(insert).bind(&people.owners).bind(i32::try_from(PROJECTS).unwrap()).execute(&mut connection).await.unwrap();
        // Several statements at once would be one transaction, in which nothing is vacuumed.
        for statement in ["CREATE TABLE bare_projects (LIKE projects INCLUDING ALL)", "VACUUM ANALYZE"] {
            sqlx::raw_sql(statement).execute(&mut connection).await.unwrap();
        }
    }

    async fn drop_database(&self) {
        let mut connection = connect(&self.server).await;
        let drop = format!("DROP DATABASE IF EXISTS {NAME} WITH (FORCE)");
        sqlx::query(AssertSqlSafe(drop)).execute(&mut connection).await.unwrap();
        let find = "SELECT rolname::text FROM pg_roles WHERE rolname LIKE 'atelier_' || left(md5($1), 8) || '_%'";
        let roles: Vec<String> = sqlx::query_scalar(find).bind(NAME).fetch_all(&mut connection).await.unwrap();
        for role in roles {
            sqlx::query(AssertSqlSafe(format!("DROP ROLE \"{role}\""))).execute(&mut connection).await.unwrap();
        }
    }

    pub(crate) async fn remove(self) {
        self.drop_database().await;
    }
}
