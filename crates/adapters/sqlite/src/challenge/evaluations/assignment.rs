//! Which examiner has which conversation.

use atelier_domain::challenge::evaluations::{Assignment, AssignmentQueries, AssignmentRepository, AssignmentState};
use atelier_domain::kernel::{ConversationId, HackathonId, StoreError, UserId};
use sqlx::query::Query;
use sqlx::sqlite::{SqliteArguments, SqliteRow};
use sqlx::{Sqlite, SqliteConnection};

use crate::error::store_error;
use crate::row::{Columns, millis};
use crate::store::SqliteStore;
use crate::transaction::SqliteTransaction;

const CLAIMED: &str = "claimed";
const RECUSED: &str = "recused";

#[async_trait::async_trait]
impl AssignmentQueries for SqliteStore {
    async fn of_examiner(&self, examiner_id: UserId, hackathon_id: HackathonId) -> Result<Vec<Assignment>, StoreError> {
        let mut connection = self.read("assignments.of_examiner").await?;
        let query = sqlx::query("SELECT * FROM assignments WHERE examinerId = ? AND hackathonId = ?")
            .bind(examiner_id.to_string())
            .bind(hackathon_id.to_string());
        assignments(&mut connection, query).await
    }

    async fn of_hackathon(&self, hackathon_id: HackathonId) -> Result<Vec<Assignment>, StoreError> {
        let mut connection = self.read("assignments.of_hackathon").await?;
        let query = sqlx::query("SELECT * FROM assignments WHERE hackathonId = ?").bind(hackathon_id.to_string());
        assignments(&mut connection, query).await
    }
}

#[async_trait::async_trait]
impl AssignmentRepository for SqliteTransaction {
    async fn of_conversation(&mut self, conversation_id: ConversationId) -> Result<Vec<Assignment>, StoreError> {
        let mut connection = self.operation("assignments.of_conversation");
        let query = sqlx::query("SELECT * FROM assignments WHERE conversationId = ?").bind(conversation_id.to_string());
        assignments(&mut connection, query).await
    }

    async fn put(&mut self, assignment: &Assignment) -> Result<(), StoreError> {
        let mut connection = self.operation("assignments.put");
        let (state, until) = match assignment.state {
            AssignmentState::Claimed { until } => (CLAIMED, Some(millis(until))),
            AssignmentState::Recused => (RECUSED, None),
        };
        sqlx::query(
            "INSERT INTO assignments (conversationId, examinerId, hackathonId, state, until, at) VALUES (?1, ?2, ?3, ?4, ?5, ?6) \
             ON CONFLICT (conversationId, examinerId) DO UPDATE SET hackathonId = ?3, state = ?4, until = ?5, at = ?6",
        )
        .bind(assignment.conversation_id.to_string())
        .bind(assignment.examiner_id.to_string())
        .bind(assignment.hackathon_id.to_string())
        .bind(state)
        .bind(until)
        .bind(millis(assignment.at))
        .execute(&mut *connection)
        .await
        .map_err(store_error)?;
        Ok(())
    }

    async fn delete(&mut self, conversation_id: ConversationId, examiner_id: UserId) -> Result<bool, StoreError> {
        let mut connection = self.operation("assignments.delete");
        let query = sqlx::query("DELETE FROM assignments WHERE conversationId = ? AND examinerId = ?")
            .bind(conversation_id.to_string())
            .bind(examiner_id.to_string());
        Ok(query.execute(&mut *connection).await.map_err(store_error)?.rows_affected() > 0)
    }
}

async fn assignments(connection: &mut SqliteConnection, query: Query<'_, Sqlite, SqliteArguments>) -> Result<Vec<Assignment>, StoreError> {
    let rows = query.fetch_all(connection).await.map_err(store_error)?;
    rows.iter().map(assignment).collect()
}

fn assignment(row: &SqliteRow) -> Result<Assignment, StoreError> {
    let columns = Columns::keyed("assignment", "conversationId", row);
    Ok(Assignment {
        conversation_id: columns.parse("conversationId")?,
        examiner_id: columns.parse("examinerId")?,
        hackathon_id: columns.parse("hackathonId")?,
        state: match columns.get("state")? {
            CLAIMED => AssignmentState::Claimed { until: columns.time("until")? },
            RECUSED => AssignmentState::Recused,
            _ => return Err(columns.corrupt("state")),
        },
        at: columns.time("at")?,
    })
}
