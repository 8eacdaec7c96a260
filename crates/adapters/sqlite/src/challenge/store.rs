//! Prompt Challenge's store.

use atelier_domain::challenge::analytics::AnalyticsQueries;
use atelier_domain::challenge::conversations::ConversationQueries;
use atelier_domain::challenge::enrolments::EnrolmentQueries;
use atelier_domain::challenge::evaluations::{AssignmentQueries, EvaluationQueries};
use atelier_domain::challenge::hackathons::HackathonQueries;
use atelier_domain::challenge::maintenance::Diagnosis;
use atelier_domain::challenge::participants::ParticipantQueries;
use atelier_domain::challenge::results::ResultsQueries;
use atelier_domain::challenge::{ChallengeStore, ChallengeUnitOfWork, Erasure, Orphans};
use atelier_domain::identity::Role;
use atelier_domain::kernel::{HackathonId, StoreError, Timestamp, UserId};

use crate::error::store_error;
use crate::row::{Columns, id_list, millis};
use crate::store::SqliteStore;

/// A person leaves. ?1 is the person, ?2 the hackathons whose grades are kept, ?3 who stands in.
const ERASURE: [&str; 11] = [
    "DELETE FROM participants WHERE _id = ?1",
    "DELETE FROM enrolments WHERE studentId = ?1",
    "DELETE FROM assignments WHERE examinerId = ?1",
    "DELETE FROM analytics WHERE userId = ?1",
    "UPDATE evaluations SET examinerId = ?3 WHERE examinerId = ?1",
    "DELETE FROM evaluations WHERE conversationId IN \
     (SELECT _id FROM conversations WHERE studentId = ?1 AND +hackathonId NOT IN (SELECT value FROM json_each(?2)))",
    "DELETE FROM assignments WHERE conversationId IN \
     (SELECT _id FROM conversations WHERE studentId = ?1 AND +hackathonId NOT IN (SELECT value FROM json_each(?2)))",
    // Their messages go with them.
    "DELETE FROM conversations WHERE studentId = ?1 AND +hackathonId NOT IN (SELECT value FROM json_each(?2))",
    "DELETE FROM messages WHERE conversationId IN (SELECT _id FROM conversations WHERE studentId = ?1)",
    "UPDATE evaluations SET studentId = ?3 WHERE studentId = ?1",
    "UPDATE conversations SET studentId = ?3, etudiantEfface = 1, groupId = NULL, messageCount = 0, size = 0, inFlight_messageId = NULL, \
     inFlight_seenAt = NULL, inFlight_stopRequested = NULL, \
     versionFinale_promptFinal = CASE WHEN versionFinale_soumisLe IS NOT NULL THEN '' END, \
     versionFinale_reponseIAFinale = CASE WHEN versionFinale_soumisLe IS NOT NULL THEN '' END WHERE studentId = ?1",
];

#[async_trait::async_trait]
impl ChallengeStore for SqliteStore {
    async fn begin(&self) -> Result<Box<dyn ChallengeUnitOfWork>, StoreError> {
        Ok(Box::new(self.begin_transaction().await?))
    }

    fn participants(&self) -> &dyn ParticipantQueries {
        self
    }

    fn hackathons(&self) -> &dyn HackathonQueries {
        self
    }

    fn enrolments(&self) -> &dyn EnrolmentQueries {
        self
    }

    fn conversations(&self) -> &dyn ConversationQueries {
        self
    }

    fn evaluations(&self) -> &dyn EvaluationQueries {
        self
    }

    fn assignments(&self) -> &dyn AssignmentQueries {
        self
    }

    fn results(&self) -> &dyn ResultsQueries {
        self
    }

    fn analytics(&self) -> &dyn AnalyticsQueries {
        self
    }

    async fn orphans(&self) -> Result<Orphans, StoreError> {
        let mut connection = self.read("challenge.orphans").await?;
        let row = sqlx::query(
            "SELECT (SELECT COUNT(*) FROM conversations \
             WHERE NOT EXISTS (SELECT 1 FROM participants WHERE participants._id = conversations.studentId)) \
             - (SELECT COUNT(*) FROM conversations WHERE etudiantEfface = 1) AS conversations, \
             (SELECT COUNT(*) FROM evaluations \
             WHERE NOT EXISTS (SELECT 1 FROM conversations WHERE conversations._id = evaluations.conversationId)) AS evaluations",
        )
        .fetch_one(&mut *connection)
        .await
        .map_err(store_error)?;
        let columns = Columns::keyed("orphans", "conversations", &row);
        Ok(Orphans { conversations: columns.number("conversations")?, evaluations: columns.number("evaluations")? })
    }

    async fn archive_conversations(&self, hackathons: &[HackathonId], created_before: Timestamp) -> Result<u64, StoreError> {
        let mut transaction = self.begin_transaction().await?;
        let mut connection = transaction.operation("challenge.archive_conversations");
        let archived = sqlx::query(
            "UPDATE conversations SET archived = TRUE \
             WHERE hackathonId IN (SELECT value FROM json_each(?)) AND createdAt < ? AND archived = FALSE",
        )
        .bind(id_list(hackathons)?)
        .bind(millis(created_before))
        .execute(&mut *connection)
        .await
        .map_err(store_error)?;
        drop(connection);
        transaction.finish().await?;
        Ok(archived.rows_affected())
    }

    /// A row without an answer has none: there is no missing field.
    async fn complete_consents(&self) -> Result<u64, StoreError> {
        Ok(0)
    }

    async fn complete_student_profiles(&self) -> Result<u64, StoreError> {
        let mut transaction = self.begin_transaction().await?;
        let mut connection = transaction.operation("challenge.complete_student_profiles");
        let completed = sqlx::query("UPDATE participants SET profilEtudiant = ? WHERE role = ? AND profilEtudiant IS NULL")
            .bind(r#"{"niveauFormation":"","typeEtude":""}"#)
            .bind(Role::Student.as_str())
            .execute(&mut *connection)
            .await
            .map_err(store_error)?;
        drop(connection);
        transaction.finish().await?;
        Ok(completed.rows_affected())
    }

    fn engine(&self) -> &'static str {
        "SQLite"
    }

    async fn diagnose(&self) -> Result<Diagnosis, StoreError> {
        let tables = self.table_sizes().await?;
        Ok(Diagnosis {
            engine: self.engine(),
            collections: tables.len() as u64,
            documents: tables.iter().map(|table| table.rows).sum(),
            data_bytes: self.size_bytes().await?,
            indexes: self.index_count().await?,
        })
    }

    async fn erase_rows(&self, user_id: UserId, erasure: &Erasure) -> Result<(), StoreError> {
        let mut transaction = self.begin_transaction().await?;
        let mut connection = transaction.operation("challenge.erase_rows");
        for statement in ERASURE {
            sqlx::query(statement)
                .bind(user_id.to_string())
                .bind(id_list(&erasure.kept)?)
                .bind(erasure.stand_in.to_string())
                .execute(&mut *connection)
                .await
                .map_err(store_error)?;
        }
        drop(connection);
        transaction.finish().await
    }
}
