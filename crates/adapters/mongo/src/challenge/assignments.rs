//! Claims and recusals of examiners.

use atelier_domain::challenge::evaluations::{Assignment, AssignmentQueries, AssignmentRepository, AssignmentState};
use atelier_domain::kernel::{ConversationId, HackathonId, StoreError, UserId};
use mongodb::bson::{Document, doc};
use mongodb::options::{FindOptions, Hint};

use crate::collections::{ASSIGNMENTS, CONVERSATIONS};
use crate::document::{Fields, date, lock, oid, reference, replacing};
use crate::indexes::{Keys, keys};
use crate::statements::by;
use crate::store::MongoStore;
use crate::transaction::MongoTransaction;

const CLAIMED: &str = "claimed";
const RECUSED: &str = "recused";

#[async_trait::async_trait]
impl AssignmentQueries for MongoStore {
    async fn of_examiner(&self, examiner_id: UserId, hackathon_id: HackathonId) -> Result<Vec<Assignment>, StoreError> {
        let filter = doc! { "examinerId": reference(examiner_id), "hackathonId": reference(hackathon_id) };
        self.assignments("assignments.of_examiner", filter, keys::EXAMINER_HACKATHON).await
    }

    async fn of_hackathon(&self, hackathon_id: HackathonId) -> Result<Vec<Assignment>, StoreError> {
        self.assignments("assignments.of_hackathon", by("hackathonId", reference(hackathon_id)), keys::HACKATHON).await
    }
}

impl MongoStore {
    async fn assignments(&self, operation: &'static str, filter: Document, index: Keys) -> Result<Vec<Assignment>, StoreError> {
        let options = FindOptions::builder().hint(Hint::Keys(index.document())).build();
        let found = self.all(operation, ASSIGNMENTS, filter, options).await?;
        found.iter().map(assignment).collect()
    }
}

#[async_trait::async_trait]
impl AssignmentRepository for MongoTransaction {
    /// Whoever counts the places of a conversation writes it, so that of two units of work that count one conflicts.
    async fn of_conversation(&mut self, conversation_id: ConversationId) -> Result<Vec<Assignment>, StoreError> {
        self.change("assignments.lock", CONVERSATIONS, by("_id", oid(conversation_id)), lock()).await?;
        let options = FindOptions::builder().hint(Hint::Keys(keys::CONVERSATION_EXAMINER.document())).build();
        let filter = by("conversationId", reference(conversation_id));
        let found = self.all_seen("assignments.of_conversation", ASSIGNMENTS, filter, options).await?;
        found.iter().map(assignment).collect()
    }

    async fn put(&mut self, assignment: &Assignment) -> Result<(), StoreError> {
        let until = match assignment.state {
            AssignmentState::Claimed { until } => Some(date(until)),
            AssignmentState::Recused => None,
        };
        let fields = doc! {
            "hackathonId": reference(assignment.hackathon_id),
            "state": if assignment.is_recused() { RECUSED } else { CLAIMED },
            "until": until,
            "at": date(assignment.at),
        };
        let pair = of_pair(assignment.conversation_id, assignment.examiner_id);
        let written = MongoTransaction::put(self, "assignments.put", ASSIGNMENTS, pair, replacing(fields)).await;
        self.settled_race(written).await.map(drop)
    }

    async fn delete(&mut self, conversation_id: ConversationId, examiner_id: UserId) -> Result<bool, StoreError> {
        self.remove("assignments.delete", ASSIGNMENTS, of_pair(conversation_id, examiner_id)).await
    }
}

fn of_pair(conversation_id: ConversationId, examiner_id: UserId) -> Document {
    doc! { "conversationId": reference(conversation_id), "examinerId": reference(examiner_id) }
}

fn assignment(document: &Document) -> Result<Assignment, StoreError> {
    let fields = Fields::of("assignment", document);
    let state = match fields.text("state")? {
        CLAIMED => AssignmentState::Claimed { until: fields.time("until")? },
        RECUSED => AssignmentState::Recused,
        _ => return Err(fields.corrupt("state")),
    };
    Ok(Assignment {
        conversation_id: fields.parse("conversationId")?,
        examiner_id: fields.parse("examinerId")?,
        hackathon_id: fields.parse("hackathonId")?,
        state,
        at: fields.time("at")?,
    })
}
