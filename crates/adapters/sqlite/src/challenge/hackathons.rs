//! Hackathons, and the words by which they are searched.

use std::collections::BTreeSet;

use atelier_domain::challenge::hackathons::{
    Hackathon, HackathonDates, HackathonFilter, HackathonQueries, HackathonRepository, HackathonStatus, Quotas, Task,
};
use atelier_domain::challenge::words::words;
use atelier_domain::kernel::{HackathonId, Page, Paged, StoreError, Timestamp};
use serde::{Deserialize, Serialize};
use sqlx::query::Query;
use sqlx::sqlite::{SqliteArguments, SqliteRow};
use sqlx::{QueryBuilder, Sqlite, SqliteConnection};

use crate::error::store_error;
use crate::page::{Order, time_cursor};
use crate::row::{Columns, integer, millis, to_json};
use crate::store::SqliteStore;
use crate::transaction::SqliteTransaction;

#[async_trait::async_trait]
impl HackathonQueries for SqliteStore {
    async fn find(&self, id: HackathonId) -> Result<Option<Hackathon>, StoreError> {
        find(&mut *self.read("hackathons.find").await?, id).await
    }

    async fn list(&self, filter: &HackathonFilter, page: &Page) -> Result<Paged<Hackathon>, StoreError> {
        let mut connection = self.read("hackathons.list").await?;
        let mut count = filtered("SELECT COUNT(*) FROM hackathons", filter)?;
        let total: i64 = count.build_query_scalar().fetch_one(&mut *connection).await.map_err(store_error)?;
        let mut query = filtered("SELECT * FROM hackathons", filter)?;
        Order { key: "dates_debut", ..Order::NEWEST_FIRST }.push(&mut query, page)?;
        let hackathons = all(&mut connection, query.build()).await?;
        Ok(Paged::from_fetched(hackathons, page.limit, total.unsigned_abs(), |item: &Hackathon| {
            time_cursor(item.dates.starts_at, &item.id)
        }))
    }

    async fn of_status(&self, status: HackathonStatus) -> Result<Vec<Hackathon>, StoreError> {
        let mut connection = self.read("hackathons.of_status").await?;
        let query = sqlx::query("SELECT * FROM hackathons WHERE statut = ? ORDER BY dates_debut DESC, _id DESC LIMIT 1000");
        all(&mut connection, query.bind(status.as_str())).await
    }

    async fn due(&self, now: Timestamp) -> Result<Vec<Hackathon>, StoreError> {
        let mut connection = self.read("hackathons.due").await?;
        let query = sqlx::query(
            "SELECT * FROM hackathons WHERE statut = 'En cours' AND dates_fin < ?1 \
             UNION ALL SELECT * FROM hackathons WHERE statut = 'Terminé' AND dates_archiveLe <= ?1",
        );
        all(&mut connection, query.bind(millis(now))).await
    }
}

#[async_trait::async_trait]
impl HackathonRepository for SqliteTransaction {
    async fn find(&mut self, id: HackathonId) -> Result<Option<Hackathon>, StoreError> {
        find(&mut self.operation("hackathons.find"), id).await
    }

    /// There is one writer at a time, so nothing is kept from anybody by reading.
    async fn peek(&mut self, id: HackathonId) -> Result<Option<Hackathon>, StoreError> {
        find(&mut self.operation("hackathons.peek"), id).await
    }

    async fn insert(&mut self, hackathon: &Hackathon) -> Result<(), StoreError> {
        let mut connection = self.operation("hackathons.insert");
        let statement = sqlx::query(
            "INSERT INTO hackathons (_id, nom, description, objectifs, dates_debut, dates_fin, dates_archiveLe, anonymatActif, \
             quotas_promptsParEtudiant, quotas_tokensParEtudiant, taches, statut, publishedAt, version, createdAt, updatedAt) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)",
        );
        bind(statement, hackathon)?.execute(&mut *connection).await.map_err(store_error)?;
        put_words(&mut connection, hackathon).await
    }

    async fn update(&mut self, hackathon: &Hackathon) -> Result<(), StoreError> {
        let mut connection = self.operation("hackathons.update");
        let statement = sqlx::query(
            "UPDATE hackathons SET nom = ?2, description = ?3, objectifs = ?4, dates_debut = ?5, dates_fin = ?6, dates_archiveLe = ?7, \
             anonymatActif = ?8, quotas_promptsParEtudiant = ?9, quotas_tokensParEtudiant = ?10, taches = ?11, statut = ?12, \
             publishedAt = ?13, version = ?14, createdAt = ?15, updatedAt = ?16 WHERE _id = ?1",
        );
        let written = bind(statement, hackathon)?.execute(&mut *connection).await.map_err(store_error)?;
        if written.rows_affected() == 0 {
            return Ok(());
        }
        let query = sqlx::query("DELETE FROM hackathon_words WHERE hackathonId = ?").bind(hackathon.id.to_string());
        query.execute(&mut *connection).await.map_err(store_error)?;
        put_words(&mut connection, hackathon).await
    }

    async fn delete(&mut self, id: HackathonId) -> Result<bool, StoreError> {
        let mut connection = self.operation("hackathons.delete");
        // Its words go with it.
        let query = sqlx::query("DELETE FROM hackathons WHERE _id = ?").bind(id.to_string());
        Ok(query.execute(&mut *connection).await.map_err(store_error)?.rows_affected() > 0)
    }
}

fn filtered(select: &str, filter: &HackathonFilter) -> Result<QueryBuilder<Sqlite>, StoreError> {
    let mut query = QueryBuilder::new(format!("{select} WHERE TRUE"));
    if let Some(status) = filter.status {
        query.push(" AND statut = ").push_bind(status.as_str());
    }
    if filter.without_drafts {
        query.push(" AND statut <> 'Brouillon'");
    }
    let words: BTreeSet<String> = filter.words.iter().flat_map(|text| words(text)).map(|word| word.folded).collect();
    if !words.is_empty() {
        // The plus keeps the words from leading the query, which would then have to be sorted.
        query.push(" AND +_id IN (SELECT hackathonId FROM hackathon_words WHERE word IN (SELECT value FROM json_each(");
        query.push_bind(to_json(&words)?).push(")) GROUP BY hackathonId HAVING COUNT(*) = ");
        query.push_bind(integer(words.len() as u64)).push(")");
    }
    Ok(query)
}

async fn find(connection: &mut SqliteConnection, id: HackathonId) -> Result<Option<Hackathon>, StoreError> {
    let query = sqlx::query("SELECT * FROM hackathons WHERE _id = ?").bind(id.to_string());
    let row = query.fetch_optional(connection).await.map_err(store_error)?;
    row.as_ref().map(hackathon).transpose()
}

async fn all(connection: &mut SqliteConnection, query: Query<'_, Sqlite, SqliteArguments>) -> Result<Vec<Hackathon>, StoreError> {
    let rows = query.fetch_all(connection).await.map_err(store_error)?;
    rows.iter().map(hackathon).collect()
}

async fn put_words(connection: &mut SqliteConnection, hackathon: &Hackathon) -> Result<(), StoreError> {
    let texts = [&hackathon.name, &hackathon.description];
    let words: BTreeSet<String> = texts.into_iter().flat_map(|text| words(text)).map(|word| word.folded).collect();
    sqlx::query("INSERT INTO hackathon_words (word, hackathonId) SELECT value, ?1 FROM json_each(?2)")
        .bind(hackathon.id.to_string())
        .bind(to_json(&words)?)
        .execute(connection)
        .await
        .map_err(store_error)?;
    Ok(())
}

/// Every column, the id first.
fn bind<'q>(
    statement: Query<'q, Sqlite, SqliteArguments>,
    hackathon: &Hackathon,
) -> Result<Query<'q, Sqlite, SqliteArguments>, StoreError> {
    let tasks: Vec<TaskDocument> =
        hackathon.tasks.iter().map(|task| TaskDocument { id: task.id.to_string(), label: task.label.clone() }).collect();
    Ok(statement
        .bind(hackathon.id.to_string())
        .bind(hackathon.name.clone())
        .bind(hackathon.description.clone())
        .bind(hackathon.objectives.clone())
        .bind(millis(hackathon.dates.starts_at))
        .bind(millis(hackathon.dates.ends_at))
        .bind(hackathon.dates.archive_at.map(millis))
        .bind(hackathon.anonymous)
        .bind(hackathon.quotas.prompts)
        .bind(integer(hackathon.quotas.tokens))
        .bind(to_json(&tasks)?)
        .bind(hackathon.status.as_str())
        .bind(hackathon.published_at.map(millis))
        .bind(hackathon.version)
        .bind(millis(hackathon.created_at))
        .bind(millis(hackathon.updated_at)))
}

fn hackathon(row: &SqliteRow) -> Result<Hackathon, StoreError> {
    let columns = Columns::of("hackathon", row);
    let tasks: Vec<TaskDocument> = columns.json("taches")?;
    let task = |TaskDocument { id, label }: TaskDocument| {
        let id = id.parse().map_err(|_invalid| columns.corrupt("taches"))?;
        Ok(Task { id, label })
    };
    Ok(Hackathon {
        id: columns.parse("_id")?,
        name: columns.get("nom")?,
        description: columns.get("description")?,
        objectives: columns.get("objectifs")?,
        dates: HackathonDates {
            starts_at: columns.time("dates_debut")?,
            ends_at: columns.time("dates_fin")?,
            archive_at: columns.time_optional("dates_archiveLe")?,
        },
        anonymous: columns.get("anonymatActif")?,
        quotas: Quotas { prompts: columns.number("quotas_promptsParEtudiant")?, tokens: columns.number("quotas_tokensParEtudiant")? },
        tasks: tasks.into_iter().map(task).collect::<Result<_, StoreError>>()?,
        status: columns.parse("statut")?,
        published_at: columns.time_optional("publishedAt")?,
        version: columns.number("version")?,
        created_at: columns.time("createdAt")?,
        updated_at: columns.time("updatedAt")?,
    })
}

#[derive(Serialize, Deserialize)]
struct TaskDocument {
    id: String,
    label: String,
}
