//! How a person leaves.

use atelier_domain::challenge::Erasure;
use atelier_domain::kernel::{ConversationId, EntityId, StoreError, UserId};
use mongodb::bson::{Bson, Document, doc};
use mongodb::options::{FindOptions, Hint};

use crate::collections::{ANALYTICS, ASSIGNMENTS, CONVERSATIONS, ENROLMENTS, EVALUATIONS, PARTICIPANTS};
use crate::document::{Fields, oid, oids, reference};
use crate::indexes::keys;
use crate::statements::by;
use crate::store::MongoStore;

/// How many conversations go at a time.
const BATCH: i64 = 500;
/// Marks a conversation that an erasure kept.
pub(super) const STUDENT_ERASED: &str = "etudiantEfface";
const OPERATION: &str = "challenge.erase_rows";

impl MongoStore {
    /// Not one transaction: a person may have more rows than fit one, and erasure is repeated until it is done. What tells that something
    /// is left to do goes last.
    pub(super) async fn erase_participant(&self, user_id: UserId, erasure: &Erasure) -> Result<(), StoreError> {
        let person = reference(user_id);
        self.remove_all(OPERATION, PARTICIPANTS, by("_id", oid(user_id))).await?;
        self.remove_all(OPERATION, ENROLMENTS, by("studentId", person.clone())).await?;
        self.remove_all(OPERATION, ASSIGNMENTS, by("examinerId", person.clone())).await?;
        self.remove_all(OPERATION, ANALYTICS, by("userId", person.clone())).await?;
        self.erase_conversations(user_id, erasure).await?;
        let stand_in = reference(erasure.stand_in);
        for field in ["studentId", "examinerId"] {
            let update = doc! { "$set": { field: stand_in.clone() } };
            self.change_all(OPERATION, EVALUATIONS, by(field, person.clone()), update).await?;
        }
        Ok(())
    }

    async fn erase_conversations(&self, user_id: UserId, erasure: &Erasure) -> Result<(), StoreError> {
        let goes = doc! { "studentId": reference(user_id), "hackathonId": { "$nin": references(&erasure.kept) } };
        self.remove_all(OPERATION, EVALUATIONS, goes.clone()).await?;
        let index = Hint::Keys(keys::STUDENT_LATEST.document());
        let next = FindOptions::builder().projection(doc! { "_id": 1 }).limit(BATCH).hint(index).build();
        loop {
            let found = self.all(OPERATION, CONVERSATIONS, goes.clone(), next.clone()).await?;
            if found.is_empty() {
                break;
            }
            let ids: Vec<ConversationId> =
                found.iter().map(|document| Fields::of("conversation", document).id("_id")).collect::<Result<_, _>>()?;
            for collection in [EVALUATIONS, ASSIGNMENTS] {
                self.remove_all(OPERATION, collection, doc! { "conversationId": { "$in": references(&ids) } }).await?;
            }
            self.remove_all(OPERATION, CONVERSATIONS, doc! { "_id": { "$in": oids(&ids) } }).await?;
        }
        let kept = by("studentId", reference(user_id));
        self.change_all(OPERATION, CONVERSATIONS, kept, without_texts(erasure.stand_in)).await.map(drop)
    }
}

/// That it was handed in, and when, stays.
fn without_texts(stand_in: UserId) -> Vec<Document> {
    let wordless = doc! { "$mergeObjects": ["$versionFinale", { "promptFinal": "", "reponseIAFinale": "" }] };
    let fields = doc! {
        "messages": Bson::Array(Vec::new()),
        "messageCount": 0_i64,
        "size": 0_i64,
        "versionFinale": wordless,
        "studentId": reference(stand_in),
        STUDENT_ERASED: true,
    };
    vec![doc! { "$set": fields }, doc! { "$unset": ["groupId", "inFlight"] }]
}

fn references<T: EntityId>(ids: &[T]) -> Vec<Bson> {
    ids.iter().map(|id| reference(*id)).collect()
}
