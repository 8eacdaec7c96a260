//! Evaluations.

use atelier_domain::challenge::evaluations::{
    Comment, Evaluation, EvaluationFilter, EvaluationQueries, EvaluationRepository, EvaluationStats, GivenNote, Note,
};
use atelier_domain::kernel::{ConversationId, EvaluationId, HackathonId, Page, Paged, StoreError, UserId};
use mongodb::bson::{Document, doc};
use mongodb::options::{FindOptions, Hint};

use crate::collections::EVALUATIONS;
use crate::document::{Fields, date, oid, reference, replacing};
use crate::indexes::{Keys, keys};
use crate::page::{Order, time_cursor};
use crate::statements::by;
use crate::store::MongoStore;
use crate::transaction::MongoTransaction;

#[async_trait::async_trait]
impl EvaluationQueries for MongoStore {
    async fn find(&self, id: EvaluationId) -> Result<Option<Evaluation>, StoreError> {
        let document = self.one("evaluations.find", EVALUATIONS, by("_id", oid(id))).await?;
        document.as_ref().map(evaluation).transpose()
    }

    async fn list(&self, filter: &EvaluationFilter, page: &Page) -> Result<Paged<Evaluation>, StoreError> {
        let (wanted, index) = filtered(filter);
        let (order, continued) = (Order::latest("gradedAt"), wanted.clone());
        let found =
            self.all("evaluations.list", EVALUATIONS, order.continued(continued, page)?, order.options(page, index.document())).await?;
        let total = self.total("evaluations.count", EVALUATIONS, wanted, index.document(), (page, found.len())).await?;
        let evaluations = found.iter().map(evaluation).collect::<Result<_, _>>()?;
        Ok(Paged::from_fetched(evaluations, page.limit, total, |item: &Evaluation| time_cursor(item.graded_at, &item.id)))
    }

    async fn of_conversation(&self, conversation_id: ConversationId) -> Result<Vec<Evaluation>, StoreError> {
        let index = Hint::Keys(keys::CONVERSATION_EXAMINER.document());
        let options = FindOptions::builder().sort(doc! { "examinerId": 1 }).hint(index).build();
        let filter = by("conversationId", reference(conversation_id));
        let found = self.all("evaluations.of_conversation", EVALUATIONS, filter, options).await?;
        found.iter().map(evaluation).collect()
    }

    async fn graded_by(&self, examiner_id: UserId, hackathon_id: HackathonId) -> Result<Vec<ConversationId>, StoreError> {
        let filter = doc! { "examinerId": reference(examiner_id), "hackathonId": reference(hackathon_id) };
        let index = Hint::Keys(keys::EXAMINER_HACKATHON_GRADED.document());
        let options = FindOptions::builder().projection(doc! { "conversationId": 1 }).hint(index).build();
        let found = self.all("evaluations.graded_by", EVALUATIONS, filter, options).await?;
        found.iter().map(|document| Fields::of("evaluation", document).parse("conversationId")).collect()
    }

    async fn of_hackathon(
        &self,
        hackathon_id: HackathonId,
        after: Option<EvaluationId>,
        limit: u32,
    ) -> Result<Vec<Evaluation>, StoreError> {
        if limit == 0 {
            return Ok(Vec::new());
        }
        let mut filter = by("hackathonId", reference(hackathon_id));
        if let Some(after) = after {
            filter.insert("_id", doc! { "$gt": oid(after) });
        }
        let index = Hint::Keys(keys::HACKATHON_ID.document());
        let options = FindOptions::builder().sort(doc! { "_id": 1 }).limit(i64::from(limit)).hint(index).build();
        let found = self.all("evaluations.of_hackathon", EVALUATIONS, filter, options).await?;
        found.iter().map(evaluation).collect()
    }

    /// From the index alone.
    async fn notes(&self, hackathon_id: HackathonId) -> Result<Vec<GivenNote>, StoreError> {
        let index = Hint::Keys(keys::HACKATHON_NOTES.document());
        let only = doc! { "_id": 0, "conversationId": 1, "examinerId": 1, "note": 1 };
        let options = FindOptions::builder().projection(only).hint(index).build();
        let found = self.all("evaluations.notes", EVALUATIONS, by("hackathonId", reference(hackathon_id)), options).await?;
        let given = |document| {
            let fields = Fields::of("evaluation", document);
            Ok(GivenNote {
                conversation_id: fields.parse("conversationId")?,
                examiner_id: fields.parse("examinerId")?,
                note: note(&fields, "note")?,
            })
        };
        found.iter().map(given).collect()
    }

    async fn stats(&self, hackathon_id: HackathonId) -> Result<EvaluationStats, StoreError> {
        let of_hackathon = by("hackathonId", reference(hackathon_id));
        let figures = doc! {
            "_id": null,
            "average": { "$avg": "$note" },
            "total": { "$sum": 1_i64 },
            "highest": { "$max": "$note" },
            "lowest": { "$min": "$note" },
        };
        let pipeline = vec![doc! { "$match": of_hackathon }, doc! { "$group": figures }];
        let documents = self.aggregated("evaluations.stats", EVALUATIONS, pipeline, keys::HACKATHON_NOTE.document()).await?;
        let Some(document) = documents.first() else { return Ok(EvaluationStats::default()) };
        let fields = Fields::of("evaluation", document);
        Ok(EvaluationStats {
            average: fields.float_optional("average")?,
            total: fields.number("total")?,
            highest: Some(note(&fields, "highest")?),
            lowest: Some(note(&fields, "lowest")?),
        })
    }
}

#[async_trait::async_trait]
impl EvaluationRepository for MongoTransaction {
    async fn find(&mut self, id: EvaluationId) -> Result<Option<Evaluation>, StoreError> {
        let document = self.locked("evaluations.find", EVALUATIONS, by("_id", oid(id))).await?;
        document.as_ref().map(evaluation).transpose()
    }

    async fn of_pair(&mut self, examiner_id: UserId, conversation_id: ConversationId) -> Result<Option<Evaluation>, StoreError> {
        let pair = doc! { "examinerId": reference(examiner_id), "conversationId": reference(conversation_id) };
        let document = self.locked("evaluations.of_pair", EVALUATIONS, pair).await?;
        document.as_ref().map(evaluation).transpose()
    }

    async fn insert(&mut self, evaluation: &Evaluation) -> Result<(), StoreError> {
        let mut document = doc! { "_id": oid(evaluation.id) };
        document.extend(changeable(evaluation));
        self.add("evaluations.insert", EVALUATIONS, document).await
    }

    async fn update(&mut self, evaluation: &Evaluation) -> Result<(), StoreError> {
        let update = replacing(changeable(evaluation));
        self.change("evaluations.update", EVALUATIONS, by("_id", oid(evaluation.id)), update).await.map(drop)
    }

    async fn delete(&mut self, id: EvaluationId) -> Result<bool, StoreError> {
        self.remove("evaluations.delete", EVALUATIONS, by("_id", oid(id))).await
    }
}

/// The filter, and the index that has the list's order for the narrowest of its conditions.
fn filtered(filter: &EvaluationFilter) -> (Document, Keys) {
    let mut wanted = Document::new();
    let mut index = keys::GRADED;
    if let Some(hackathon) = filter.hackathon_id {
        wanted.insert("hackathonId", reference(hackathon));
        index = keys::HACKATHON_GRADED;
    }
    if let Some(examiner) = filter.examiner_id {
        wanted.insert("examinerId", reference(examiner));
        index = if filter.hackathon_id.is_some() { keys::EXAMINER_HACKATHON_GRADED } else { keys::EXAMINER_GRADED };
    }
    if let Some(student) = filter.student_id {
        wanted.insert("studentId", reference(student));
        index = keys::STUDENT_GRADED;
    }
    (wanted, index)
}

fn changeable(evaluation: &Evaluation) -> Document {
    doc! {
        "conversationId": reference(evaluation.conversation_id),
        "studentId": reference(evaluation.student_id),
        "examinerId": reference(evaluation.examiner_id),
        "hackathonId": reference(evaluation.hackathon_id),
        "tacheId": evaluation.task_id.as_str(),
        "note": evaluation.note.value(),
        "comment": evaluation.comment.as_str(),
        "version": i64::from(evaluation.version),
        "gradedAt": date(evaluation.graded_at),
        "createdAt": date(evaluation.created_at),
        "updatedAt": date(evaluation.updated_at),
    }
}

fn evaluation(document: &Document) -> Result<Evaluation, StoreError> {
    let fields = Fields::of("evaluation", document);
    let graded_at = fields.time("gradedAt")?;
    let created_at = fields.time_optional("createdAt")?.unwrap_or(graded_at);
    Ok(Evaluation {
        id: fields.id("_id")?,
        conversation_id: fields.parse("conversationId")?,
        student_id: fields.parse("studentId")?,
        examiner_id: fields.parse("examinerId")?,
        hackathon_id: fields.parse("hackathonId")?,
        task_id: fields.parse("tacheId")?,
        note: note(&fields, "note")?,
        comment: fields.check("comment", Comment::parse)?,
        version: fields.number_optional("version")?.unwrap_or(1),
        graded_at,
        created_at,
        updated_at: fields.time_optional("updatedAt")?.unwrap_or(created_at),
    })
}

fn note(fields: &Fields<'_>, field: &'static str) -> Result<Note, StoreError> {
    let value = fields.float_optional(field)?.ok_or_else(|| fields.corrupt(field))?;
    Note::parse(value).map_err(|_illegal| fields.corrupt(field))
}
