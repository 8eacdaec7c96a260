//! Prompt Challenge's duty towards a person's data: exported on demand, erased on demand (B8 of the design: grades of finished hackathons
//! stay, under nobody's name).

use std::sync::Arc;

use serde_json::{Value, json};

use crate::kernel::{
    EvaluationId, ExportSection, HackathonId, IdGenerator, Page, PersonalData, PersonalDataError, StoreError, Timestamp, UserId,
};

use super::conversations::{Conversation, ConversationFilter, Message};
use super::evaluations::{Evaluation, EvaluationFilter};
use super::hackathons::{HackathonFilter, HackathonStatus};
use super::participants::Participant;
use super::{ChallengeStore, Erasure};

/// Rows read at a time.
const BATCH: u32 = 100;

/// Exports and erases participants, enrolments, conversations, evaluations, assignments and analytics events.
pub struct ChallengePersonalData {
    store: Arc<dyn ChallengeStore>,
    ids: Arc<dyn IdGenerator>,
}

fn time(at: Timestamp) -> Value {
    json!(at.to_rfc3339_opts(chrono::SecondsFormat::Millis, true))
}

impl ChallengePersonalData {
    /// Over these ports.
    pub fn new(store: Arc<dyn ChallengeStore>, ids: Arc<dyn IdGenerator>) -> Self {
        Self { store, ids }
    }

    async fn conversations(&self, user_id: UserId) -> Result<Vec<Value>, StoreError> {
        let filter = ConversationFilter { student_id: Some(user_id), hackathon_id: None, with_archived: true };
        let mut rows = Vec::new();
        let mut page = Some(Page { limit: BATCH, ..Page::default() });
        while let Some(wanted) = page {
            let found = self.store.conversations().list(&filter, &wanted).await?;
            for conversation in &found.items {
                rows.push(self.conversation(conversation).await?);
            }
            page = found.next.map(|cursor| Page { skip: 0, limit: BATCH, after: Some(cursor) });
        }
        Ok(rows)
    }

    async fn conversation(&self, conversation: &Conversation) -> Result<Value, StoreError> {
        let messages = self.store.conversations().messages(conversation.id, 0, conversation.message_count).await?;
        let final_version = conversation.final_version.as_ref().map(
            |version| json!({ "promptFinal": version.prompt, "reponseIAFinale": version.answer, "soumisLe": time(version.submitted_at) }),
        );
        Ok(json!({
            "id": conversation.id,
            "hackathonId": conversation.hackathon_id,
            "tacheId": conversation.task_id.as_str(),
            "groupId": conversation.group_id,
            "modelName": conversation.parameters.model_name,
            "temperature": conversation.parameters.temperature,
            "maxTokens": conversation.parameters.max_tokens,
            "messages": messages.iter().map(message).collect::<Vec<_>>(),
            "versionFinale": final_version,
            "tokensTotal": conversation.tokens_total(),
            "createdAt": time(conversation.created_at),
            "updatedAt": time(conversation.updated_at),
        }))
    }

    /// Evaluations about the person, without who gave them, or given by the person, without whom they are about.
    async fn evaluations(&self, filter: &EvaluationFilter) -> Result<Vec<Value>, StoreError> {
        let mut rows = Vec::new();
        let mut page = Some(Page { limit: BATCH, ..Page::default() });
        while let Some(wanted) = page {
            let found = self.store.evaluations().list(filter, &wanted).await?;
            rows.extend(found.items.iter().map(evaluation));
            page = found.next.map(|cursor| Page { skip: 0, limit: BATCH, after: Some(cursor) });
        }
        Ok(rows)
    }

    /// Those whose grades are kept: the jury was done, or nearly.
    async fn kept(&self) -> Result<Vec<HackathonId>, StoreError> {
        let mut kept = Vec::new();
        for status in [HackathonStatus::Finished, HackathonStatus::Archived] {
            let filter = HackathonFilter { status: Some(status), ..HackathonFilter::default() };
            let mut page = Some(Page { limit: BATCH, ..Page::default() });
            while let Some(wanted) = page {
                let found = self.store.hackathons().list(&filter, &wanted).await?;
                kept.extend(found.items.iter().map(|hackathon| hackathon.id));
                page = found.next.map(|cursor| Page { skip: 0, limit: BATCH, after: Some(cursor) });
            }
        }
        Ok(kept)
    }
}

fn message(message: &Message) -> Value {
    json!({ "role": message.role.as_str(), "content": message.content, "tokenCount": message.token_count, "createdAt": time(message.created_at) })
}

fn evaluation(evaluation: &Evaluation) -> Value {
    let id: EvaluationId = evaluation.id;
    json!({
        "id": id,
        "hackathonId": evaluation.hackathon_id,
        "tacheId": evaluation.task_id.as_str(),
        "note": evaluation.note.value(),
        "comment": evaluation.comment.as_str(),
        "gradedAt": time(evaluation.graded_at),
    })
}

fn participant(participant: &Participant) -> Value {
    let profile = &participant.profile;
    let student = profile
        .student
        .as_ref()
        .map(|student| json!({ "niveauFormation": student.level, "typeEtude": student.field_of_study, "groupId": student.group_id }));
    let jury = profile.jury.as_ref().map(|jury| {
        let expertises: Vec<_> = jury
            .expertises
            .iter()
            .map(|expertise| json!({ "domaine": expertise.domain, "niveauAutoEvaluation": expertise.self_assessment }))
            .collect();
        json!({
            "niveauDiplome": jury.degree,
            "posteOccupe": jury.position,
            "secteurActivite": jury.sector,
            "anneesExperience": jury.years_of_experience,
            "nombreETPEmployeur": jury.employer_size,
            "expertises": expertises,
        })
    });
    let consent = participant
        .consent
        .as_ref()
        .map(|consent| json!({ "consentementRGPD": consent.given, "version": consent.version, "at": time(consent.at) }));
    json!({
        "prenom": profile.first_name,
        "nom": profile.last_name,
        "dateNaissance": profile.birth_date,
        "numeroEtudiant": profile.student_number,
        "profilEtudiant": student,
        "profilJury": jury,
        "consentement": consent,
        "tokensAuthorized": participant.tokens.authorized,
        "tokensUsed": participant.tokens.used,
        "createdAt": time(participant.created_at),
        "updatedAt": time(participant.updated_at),
    })
}

#[async_trait::async_trait]
impl PersonalData for ChallengePersonalData {
    fn context(&self) -> &'static str {
        "challenge"
    }

    fn collections(&self) -> &'static [&'static str] {
        &["participants", "enrolments", "conversations", "evaluations", "assignments", "analytics"]
    }

    async fn export(&self, user_id: UserId) -> Result<ExportSection, PersonalDataError> {
        let found = self.store.participants().find(user_id).await?;
        let about = EvaluationFilter { student_id: Some(user_id), ..EvaluationFilter::default() };
        let by = EvaluationFilter { examiner_id: Some(user_id), ..EvaluationFilter::default() };
        let enrolments = self.store.enrolments().of_student(user_id).await?;
        let data = json!({
            "participant": found.as_ref().map(participant),
            "enrolments": enrolments.iter().map(|enrolment| json!({
                "hackathonId": enrolment.key.hackathon_id,
                "test": enrolment.key.test,
                "promptsUsed": enrolment.ledger.prompts_used,
                "tokensUsed": enrolment.ledger.tokens_used,
                "createdAt": time(enrolment.created_at),
            })).collect::<Vec<_>>(),
            "conversations": self.conversations(user_id).await?,
            "evaluationsReceived": self.evaluations(&about).await?,
            "evaluationsGiven": self.evaluations(&by).await?,
            "analytics": self.store.analytics().of_user(user_id).await?.iter().map(|event| json!({
                "type": event.kind.as_str(),
                "hackathonId": event.hackathon_id,
                "metadata": event.metadata,
                "timestamp": time(event.at),
            })).collect::<Vec<_>>(),
        });
        Ok(ExportSection { context: "challenge", data })
    }

    async fn erase(&self, user_id: UserId) -> Result<(), PersonalDataError> {
        let erasure = Erasure { kept: self.kept().await?, stand_in: self.ids.generate() };
        Ok(self.store.erase_rows(user_id, &erasure).await?)
    }
}
