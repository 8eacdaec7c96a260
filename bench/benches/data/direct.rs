//! The limit: the harness itself calls sqlx, without HTTP, authentication, roles or a log.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use chrono::NaiveDateTime;
use serde::Serialize;
use sqlx::PgPool;
use sqlx::postgres::PgPoolOptions;
use uuid::Uuid;

use crate::sides::Load;

/// A row of the page.
#[derive(sqlx::FromRow, Serialize)]
struct Project {
    id: Uuid,
    user_id: Uuid,
    title: String,
    description: Option<String>,
    status: String,
    content_path: Option<String>,
    created_at: NaiveDateTime,
    updated_at: NaiveDateTime,
}

/// As many connections as the service has.
pub(crate) async fn pool(url: &str) -> PgPool {
    PgPoolOptions::new().max_connections(20).min_connections(20).test_before_acquire(false).connect(url).await.unwrap()
}

/// The page and its total, written as JSON.
async fn query(pool: &PgPool, owner: Uuid) {
    let page = "SELECT id, user_id, title, description, status, content_path, created_at, updated_at FROM projects
                WHERE user_id = $1 AND status = $2 ORDER BY created_at DESC, id DESC LIMIT 20";
    let mut connection = pool.acquire().await.unwrap();
    let rows: Vec<Project> = sqlx::query_as(page).bind(owner).bind("active").fetch_all(&mut *connection).await.unwrap();
    let count = "SELECT count(*) FROM projects WHERE user_id = $1 AND status = $2";
    let total: i64 = sqlx::query_scalar(count).bind(owner).bind("active").fetch_one(&mut *connection).await.unwrap();
    let text = serde_json::to_vec(&(rows, total)).unwrap();
    assert!(total == 50 && text.len() > 5_000);
}

/// One row committed.
async fn commit(pool: &PgPool, owner: Uuid) {
    let mut transaction = pool.begin().await.unwrap();
    let insert = "INSERT INTO bare_projects (user_id, title) VALUES ($1, $2) RETURNING id, user_id, title, description, status, content_path, \
                  created_at, updated_at";
    let row: Project = sqlx::query_as(insert).bind(owner).bind("Mon projet").fetch_one(&mut *transaction).await.unwrap();
    transaction.commit().await.unwrap();
    assert!(!serde_json::to_vec(&row).unwrap().is_empty());
}

async fn by_clients<F, D>(load: Load, work: F) -> Vec<Duration>
where
    F: Fn(usize) -> D + Clone + Send + 'static,
    D: Future<Output = ()> + Send,
{
    let (ends, next) = (Instant::now() + load.long, Arc::new(AtomicUsize::new(0)));
    let clients: Vec<_> = (0..load.clients)
        .map(|_| {
            let (work, next) = (work.clone(), next.clone());
            tokio::spawn(async move {
                let mut measured = Vec::new();
                while Instant::now() < ends {
                    let begun = Instant::now();
                    work(next.fetch_add(1, Ordering::Relaxed)).await;
                    measured.push(begun.elapsed());
                }
                measured
            })
        })
        .collect();
    let mut latencies = Vec::new();
    for client in clients {
        latencies.extend(client.await.unwrap());
    }
    latencies.sort_unstable();
    latencies
}

/// Latencies of queries.
pub(crate) async fn queries(pool: PgPool, owners: Arc<[Uuid]>, load: Load) -> Vec<Duration> {
    by_clients(load, move |number| {
        let (pool, owner) = (pool.clone(), owners[number % owners.len()]);
        async move { query(&pool, owner).await }
    })
    .await
}

/// Latencies of commits.
pub(crate) async fn commits(pool: PgPool, owners: Arc<[Uuid]>, load: Load) -> Vec<Duration> {
    by_clients(load, move |number| {
        let (pool, owner) = (pool.clone(), owners[number % owners.len()]);
        async move { commit(&pool, owner).await }
    })
    .await
}
