//! Enrolments. What is held for answers on their way is kept as JSON beside what was used: the ledger is one row.

use atelier_domain::challenge::enrolments::{Enrolment, EnrolmentKey, EnrolmentQueries, EnrolmentRepository, Ledger, Reservation};
use atelier_domain::kernel::{HackathonId, MessageId, StoreError, UserId};
use chrono::DateTime;
use serde::{Deserialize, Serialize};
use sqlx::sqlite::SqliteRow;
use sqlx::{SqlSafeStr, SqliteConnection};

use crate::error::store_error;
use crate::row::{Columns, integer, millis, to_json};
use crate::store::SqliteStore;
use crate::transaction::SqliteTransaction;

#[async_trait::async_trait]
impl EnrolmentQueries for SqliteStore {
    async fn find(&self, key: EnrolmentKey) -> Result<Option<Enrolment>, StoreError> {
        find(&mut *self.read("enrolments.find").await?, key).await
    }

    async fn of_hackathon(&self, hackathon_id: HackathonId) -> Result<Vec<Enrolment>, StoreError> {
        let mut connection = self.read("enrolments.of_hackathon").await?;
        all(&mut connection, "SELECT * FROM enrolments WHERE hackathonId = ?", hackathon_id.to_string()).await
    }

    async fn of_student(&self, student_id: UserId) -> Result<Vec<Enrolment>, StoreError> {
        let mut connection = self.read("enrolments.of_student").await?;
        all(&mut connection, "SELECT * FROM enrolments WHERE studentId = ?", student_id.to_string()).await
    }
}

#[async_trait::async_trait]
impl EnrolmentRepository for SqliteTransaction {
    async fn find(&mut self, key: EnrolmentKey) -> Result<Option<Enrolment>, StoreError> {
        find(&mut self.operation("enrolments.find"), key).await
    }

    async fn insert(&mut self, enrolment: &Enrolment) -> Result<(), StoreError> {
        let mut connection = self.operation("enrolments.insert");
        let inserted = sqlx::query(
            "INSERT INTO enrolments (key, hackathonId, studentId, test, pseudonym, promptsUsed, tokensUsed, reservations, createdAt) \
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        )
        .bind(key_text(enrolment.key))
        .bind(enrolment.key.hackathon_id.to_string())
        .bind(enrolment.key.student_id.to_string())
        .bind(enrolment.key.test)
        .bind(enrolment.pseudonym.as_str())
        .bind(integer(enrolment.ledger.prompts_used))
        .bind(integer(enrolment.ledger.tokens_used))
        .bind(reservations(&enrolment.ledger)?)
        .bind(millis(enrolment.created_at))
        .execute(&mut *connection)
        .await
        .map_err(store_error);
        match inserted {
            Ok(_) => Ok(()),
            // Of two clashes SQLite names one; that the student is enrolled is what counts.
            Err(clash) if clash.is_conflict_on("enrolments.pseudonym") && find(&mut connection, enrolment.key).await?.is_some() => {
                Err(StoreError::Conflict { constraint: "enrolments.key".to_owned() })
            }
            Err(error) => Err(error),
        }
    }

    async fn update(&mut self, enrolment: &Enrolment) -> Result<(), StoreError> {
        let mut connection = self.operation("enrolments.update");
        sqlx::query("UPDATE enrolments SET promptsUsed = ?, tokensUsed = ?, reservations = ? WHERE key = ?")
            .bind(integer(enrolment.ledger.prompts_used))
            .bind(integer(enrolment.ledger.tokens_used))
            .bind(reservations(&enrolment.ledger)?)
            .bind(key_text(enrolment.key))
            .execute(&mut *connection)
            .await
            .map_err(store_error)?;
        Ok(())
    }
}

/// One column, so that a clash on it has a name of its own.
fn key_text(EnrolmentKey { hackathon_id, student_id, test }: EnrolmentKey) -> String {
    format!("{hackathon_id}.{student_id}{}", if test { ".test" } else { "" })
}

async fn find(connection: &mut SqliteConnection, key: EnrolmentKey) -> Result<Option<Enrolment>, StoreError> {
    let query = sqlx::query("SELECT * FROM enrolments WHERE key = ?").bind(key_text(key));
    let row = query.fetch_optional(connection).await.map_err(store_error)?;
    row.as_ref().map(enrolment).transpose()
}

async fn all(connection: &mut SqliteConnection, statement: impl SqlSafeStr, of: String) -> Result<Vec<Enrolment>, StoreError> {
    let rows = sqlx::query(statement).bind(of).fetch_all(connection).await.map_err(store_error)?;
    rows.iter().map(enrolment).collect()
}

fn enrolment(row: &SqliteRow) -> Result<Enrolment, StoreError> {
    let columns = Columns::keyed("enrolment", "key", row);
    let held: Vec<ReservationDocument> = columns.json("reservations")?;
    let reservation = |ReservationDocument { message_id, tokens, at }| {
        let at = DateTime::from_timestamp_millis(at).ok_or_else(|| columns.corrupt("reservations"))?;
        Ok(Reservation { message_id, tokens, at })
    };
    Ok(Enrolment {
        key: EnrolmentKey {
            hackathon_id: columns.parse("hackathonId")?,
            student_id: columns.parse("studentId")?,
            test: columns.get("test")?,
        },
        pseudonym: columns.get("pseudonym")?,
        ledger: Ledger {
            prompts_used: columns.number("promptsUsed")?,
            tokens_used: columns.number("tokensUsed")?,
            reservations: held.into_iter().map(reservation).collect::<Result<_, StoreError>>()?,
        },
        created_at: columns.time("createdAt")?,
    })
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct ReservationDocument {
    message_id: MessageId,
    tokens: u64,
    at: i64,
}

fn reservations(ledger: &Ledger) -> Result<String, StoreError> {
    let document =
        |held: &Reservation| ReservationDocument { message_id: held.message_id, tokens: held.tokens, at: held.at.timestamp_millis() };
    to_json(&ledger.reservations.iter().map(document).collect::<Vec<_>>())
}
