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
use mongodb::bson::{Bson, Document, doc};

use super::erasure::STUDENT_ERASED;
use super::participants::of_role;
use crate::collections::{CONVERSATIONS, EVALUATIONS, PARTICIPANTS};
use crate::document::{Fields, date, reference};
use crate::indexes::{Keys, keys};
use crate::store::MongoStore;

#[async_trait::async_trait]
impl ChallengeStore for MongoStore {
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
        Ok(Orphans {
            conversations: self.orphans_of(CONVERSATIONS, "studentId", keys::STUDENT_LATEST, PARTICIPANTS, not_erased()).await?,
            evaluations: self.orphans_of(EVALUATIONS, "conversationId", keys::CONVERSATION_EXAMINER, CONVERSATIONS, Vec::new()).await?,
        })
    }

    async fn archive_conversations(&self, hackathons: &[HackathonId], created_before: Timestamp) -> Result<u64, StoreError> {
        let mut archived = 0;
        for hackathon in hackathons {
            let filter = doc! {
                "hackathonId": reference(*hackathon),
                "createdAt": { "$lt": date(created_before) },
                "archived": { "$ne": true },
            };
            let update = doc! { "$set": { "archived": true } };
            archived += self.change_all("challenge.archive_conversations", CONVERSATIONS, filter, update).await?;
        }
        Ok(archived)
    }

    async fn complete_consents(&self) -> Result<u64, StoreError> {
        let missing = doc! { "consentementRGPD": { "$exists": false } };
        let refused = doc! { "$set": { "consentementRGPD": false } };
        self.change_all("challenge.complete_consents", PARTICIPANTS, missing, refused).await
    }

    async fn complete_student_profiles(&self) -> Result<u64, StoreError> {
        let mut without = of_role(Role::Student);
        without.insert("profilEtudiant", Bson::Null);
        let empty = doc! { "niveauFormation": "", "typeEtude": "", "groupId": Bson::Null };
        self.change_all("challenge.complete_student_profiles", PARTICIPANTS, without, doc! { "$set": { "profilEtudiant": empty } }).await
    }

    fn engine(&self) -> &'static str {
        "MongoDB"
    }

    async fn diagnose(&self) -> Result<Diagnosis, StoreError> {
        self.database_stats().await
    }

    async fn erase_rows(&self, user_id: UserId, erasure: &Erasure) -> Result<(), StoreError> {
        self.erase_participant(user_id, erasure).await
    }
}

impl MongoStore {
    /// How many documents have a reference that leads nowhere. References are strings and ids are not (checklist CP11); what is no id
    /// leads nowhere. `recount` corrects `documents` of each reference, its `_id`, that leads nowhere.
    async fn orphans_of(
        &self,
        collection: &str,
        reference: &str,
        index: Keys,
        target: &str,
        recount: Vec<Document>,
    ) -> Result<u64, StoreError> {
        let id = doc! { "$convert": { "input": "$_id", "to": "objectId", "onError": null, "onNull": null } };
        let lookup = doc! {
            "from": target,
            "localField": "id",
            "foreignField": "_id",
            "pipeline": [{ "$project": { "_id": 1 } }],
            "as": "found",
        };
        let mut pipeline = vec![
            doc! { "$group": { "_id": format!("${reference}"), "documents": { "$sum": 1_i64 } } },
            doc! { "$set": { "id": id } },
            doc! { "$lookup": lookup },
            doc! { "$match": { "found": [] } },
        ];
        pipeline.extend(recount);
        pipeline.push(doc! { "$group": { "_id": null, "documents": { "$sum": "$documents" } } });
        let counted = self.aggregated("challenge.orphans", collection, pipeline, index.document()).await?;
        counted.first().map_or(Ok(0), |document| Fields::of("orphans", document).number("documents"))
    }
}

/// Counts of a student who is nowhere only what no erasure kept. Few students are nowhere, so their conversations are read once more.
fn not_erased() -> Vec<Document> {
    let lookup = doc! {
        "from": CONVERSATIONS,
        "localField": "_id",
        "foreignField": "studentId",
        "pipeline": [{ "$match": { STUDENT_ERASED: { "$ne": true } } }, { "$project": { "_id": 1 } }],
        "as": "lost",
    };
    vec![doc! { "$lookup": lookup }, doc! { "$set": { "documents": { "$toLong": { "$size": "$lost" } } } }]
}
