//! Evaluations.

use atelier_domain::challenge::evaluations::{
    Comment, Evaluation, EvaluationFilter, EvaluationQueries, EvaluationRepository, EvaluationStats, GivenNote, Note,
};
use atelier_domain::kernel::{ConversationId, EvaluationId, HackathonId, Page, Paged, StoreError, UserId};
use sqlx::query::Query;
use sqlx::sqlite::{SqliteArguments, SqliteRow};
use sqlx::{QueryBuilder, Sqlite, SqliteConnection};

use crate::error::store_error;
use crate::page::{Order, time_cursor};
use crate::row::{Columns, millis};
use crate::store::SqliteStore;
use crate::transaction::SqliteTransaction;

#[async_trait::async_trait]
impl EvaluationQueries for SqliteStore {
    async fn find(&self, id: EvaluationId) -> Result<Option<Evaluation>, StoreError> {
        find(&mut *self.read("evaluations.find").await?, id).await
    }

    async fn list(&self, filter: &EvaluationFilter, page: &Page) -> Result<Paged<Evaluation>, StoreError> {
        let mut connection = self.read("evaluations.list").await?;
        let mut count = filtered("SELECT COUNT(*) FROM evaluations", filter);
        let total: i64 = count.build_query_scalar().fetch_one(&mut *connection).await.map_err(store_error)?;
        let mut query = filtered("SELECT * FROM evaluations", filter);
        Order { key: "gradedAt", ..Order::NEWEST_FIRST }.push(&mut query, page)?;
        let evaluations = all(&mut connection, query.build()).await?;
        Ok(Paged::from_fetched(evaluations, page.limit, total.unsigned_abs(), |item: &Evaluation| time_cursor(item.graded_at, &item.id)))
    }

    async fn of_conversation(&self, conversation_id: ConversationId) -> Result<Vec<Evaluation>, StoreError> {
        let mut connection = self.read("evaluations.of_conversation").await?;
        let query = sqlx::query("SELECT * FROM evaluations WHERE conversationId = ? ORDER BY examinerId");
        all(&mut connection, query.bind(conversation_id.to_string())).await
    }

    async fn graded_by(&self, examiner_id: UserId, hackathon_id: HackathonId) -> Result<Vec<ConversationId>, StoreError> {
        let mut connection = self.read("evaluations.graded_by").await?;
        let query = sqlx::query("SELECT _id, conversationId FROM evaluations WHERE examinerId = ? AND hackathonId = ?")
            .bind(examiner_id.to_string())
            .bind(hackathon_id.to_string());
        let rows = query.fetch_all(&mut *connection).await.map_err(store_error)?;
        rows.iter().map(|row| Columns::of("evaluation", row).parse("conversationId")).collect()
    }

    async fn of_hackathon(
        &self,
        hackathon_id: HackathonId,
        after: Option<EvaluationId>,
        limit: u32,
    ) -> Result<Vec<Evaluation>, StoreError> {
        let mut connection = self.read("evaluations.of_hackathon").await?;
        let query = sqlx::query("SELECT * FROM evaluations WHERE hackathonId = ? AND _id > ? ORDER BY _id LIMIT ?")
            .bind(hackathon_id.to_string())
            .bind(after.map(|id| id.to_string()).unwrap_or_default())
            .bind(limit);
        all(&mut connection, query).await
    }

    async fn notes(&self, hackathon_id: HackathonId) -> Result<Vec<GivenNote>, StoreError> {
        let mut connection = self.read("evaluations.notes").await?;
        let query = sqlx::query("SELECT _id, conversationId, examinerId, note FROM evaluations WHERE hackathonId = ?");
        let rows = query.bind(hackathon_id.to_string()).fetch_all(&mut *connection).await.map_err(store_error)?;
        let given = |row| {
            let columns = Columns::of("evaluation", row);
            Ok(GivenNote {
                conversation_id: columns.parse("conversationId")?,
                examiner_id: columns.parse("examinerId")?,
                note: note(&columns, "note", columns.get("note")?)?,
            })
        };
        rows.iter().map(given).collect()
    }

    async fn stats(&self, hackathon_id: HackathonId) -> Result<EvaluationStats, StoreError> {
        let mut connection = self.read("evaluations.stats").await?;
        let row = sqlx::query(
            "SELECT ?1 AS hackathonId, AVG(note) AS average, COUNT(*) AS total, MAX(note) AS highest, MIN(note) AS lowest \
             FROM evaluations WHERE hackathonId = ?1",
        )
        .bind(hackathon_id.to_string())
        .fetch_one(&mut *connection)
        .await
        .map_err(store_error)?;
        let columns = Columns::keyed("evaluations", "hackathonId", &row);
        let note = |field| columns.optional::<f64>(field)?.map(|value| note(&columns, field, value)).transpose();
        Ok(EvaluationStats {
            average: columns.optional("average")?,
            total: columns.number("total")?,
            highest: note("highest")?,
            lowest: note("lowest")?,
        })
    }
}

#[async_trait::async_trait]
impl EvaluationRepository for SqliteTransaction {
    async fn find(&mut self, id: EvaluationId) -> Result<Option<Evaluation>, StoreError> {
        find(&mut self.operation("evaluations.find"), id).await
    }

    async fn of_pair(&mut self, examiner_id: UserId, conversation_id: ConversationId) -> Result<Option<Evaluation>, StoreError> {
        let mut connection = self.operation("evaluations.of_pair");
        let query = sqlx::query("SELECT * FROM evaluations WHERE examinerId = ? AND conversationId = ?")
            .bind(examiner_id.to_string())
            .bind(conversation_id.to_string());
        let row = query.fetch_optional(&mut *connection).await.map_err(store_error)?;
        row.as_ref().map(evaluation).transpose()
    }

    async fn insert(&mut self, evaluation: &Evaluation) -> Result<(), StoreError> {
        let mut connection = self.operation("evaluations.insert");
        let statement = sqlx::query(
            "INSERT INTO evaluations (_id, conversationId, studentId, examinerId, hackathonId, tacheId, note, comment, version, \
             gradedAt, createdAt, updatedAt) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
        );
        bind(statement, evaluation).execute(&mut *connection).await.map_err(store_error)?;
        Ok(())
    }

    async fn update(&mut self, evaluation: &Evaluation) -> Result<(), StoreError> {
        let mut connection = self.operation("evaluations.update");
        let statement = sqlx::query(
            "UPDATE evaluations SET conversationId = ?2, studentId = ?3, examinerId = ?4, hackathonId = ?5, tacheId = ?6, note = ?7, \
             comment = ?8, version = ?9, gradedAt = ?10, createdAt = ?11, updatedAt = ?12 WHERE _id = ?1",
        );
        bind(statement, evaluation).execute(&mut *connection).await.map_err(store_error)?;
        Ok(())
    }

    async fn delete(&mut self, id: EvaluationId) -> Result<bool, StoreError> {
        let mut connection = self.operation("evaluations.delete");
        let query = sqlx::query("DELETE FROM evaluations WHERE _id = ?").bind(id.to_string());
        Ok(query.execute(&mut *connection).await.map_err(store_error)?.rows_affected() > 0)
    }
}

/// The rarest condition leads by its index; the plus keeps the others from leading in its place, after which the list would be sorted.
fn filtered(select: &str, filter: &EvaluationFilter) -> QueryBuilder<Sqlite> {
    let mut query = QueryBuilder::new(format!("{select} WHERE TRUE"));
    let plus = if filter.student_id.is_some() { "+" } else { "" };
    if let Some(student) = filter.student_id {
        query.push(" AND studentId = ").push_bind(student.to_string());
    }
    if let Some(examiner) = filter.examiner_id {
        query.push(format_args!(" AND {plus}examinerId = ")).push_bind(examiner.to_string());
    }
    if let Some(hackathon) = filter.hackathon_id {
        query.push(format_args!(" AND {plus}hackathonId = ")).push_bind(hackathon.to_string());
    }
    query
}

async fn find(connection: &mut SqliteConnection, id: EvaluationId) -> Result<Option<Evaluation>, StoreError> {
    let query = sqlx::query("SELECT * FROM evaluations WHERE _id = ?").bind(id.to_string());
    let row = query.fetch_optional(connection).await.map_err(store_error)?;
    row.as_ref().map(evaluation).transpose()
}

async fn all(connection: &mut SqliteConnection, query: Query<'_, Sqlite, SqliteArguments>) -> Result<Vec<Evaluation>, StoreError> {
    let rows = query.fetch_all(connection).await.map_err(store_error)?;
    rows.iter().map(evaluation).collect()
}

/// Every column, the id first.
fn bind<'q>(statement: Query<'q, Sqlite, SqliteArguments>, evaluation: &Evaluation) -> Query<'q, Sqlite, SqliteArguments> {
    statement
        .bind(evaluation.id.to_string())
        .bind(evaluation.conversation_id.to_string())
        .bind(evaluation.student_id.to_string())
        .bind(evaluation.examiner_id.to_string())
        .bind(evaluation.hackathon_id.to_string())
        .bind(evaluation.task_id.to_string())
        .bind(evaluation.note.value())
        .bind(evaluation.comment.as_str().to_owned())
        .bind(evaluation.version)
        .bind(millis(evaluation.graded_at))
        .bind(millis(evaluation.created_at))
        .bind(millis(evaluation.updated_at))
}

fn note(columns: &Columns<'_>, field: &'static str, value: f64) -> Result<Note, StoreError> {
    Note::parse(value).map_err(|_invalid| columns.corrupt(field))
}

fn evaluation(row: &SqliteRow) -> Result<Evaluation, StoreError> {
    let columns = Columns::of("evaluation", row);
    Ok(Evaluation {
        id: columns.parse("_id")?,
        conversation_id: columns.parse("conversationId")?,
        student_id: columns.parse("studentId")?,
        examiner_id: columns.parse("examinerId")?,
        hackathon_id: columns.parse("hackathonId")?,
        task_id: columns.parse("tacheId")?,
        note: note(&columns, "note", columns.get("note")?)?,
        comment: columns.check("comment", Comment::parse)?,
        version: columns.number("version")?,
        graded_at: columns.time("gradedAt")?,
        created_at: columns.time("createdAt")?,
        updated_at: columns.time("updatedAt")?,
    })
}
