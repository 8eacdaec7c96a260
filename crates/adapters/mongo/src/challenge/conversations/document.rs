//! A conversation as a document and back, without its messages.

use atelier_domain::challenge::chat::MicroCredits;
use atelier_domain::challenge::conversations::{Conversation, FinalVersion, Gradable, InFlight, ModelTokens, Parameters};
use atelier_domain::kernel::StoreError;
use mongodb::bson::{Bson, Document, doc};

use crate::document::{Fields, date, integer, oid, reference, stored};

/// What is read of a conversation: all but its messages.
pub(super) fn without_messages() -> Document {
    doc! { "messages": 0 }
}

/// Handed in: the source's own mark for "not yet" is a text that is empty, but that of a person who left is empty too.
pub(super) fn handed_in() -> Document {
    doc! { "$type": "date" }
}

/// Everything but id and messages.
pub(super) fn changeable(conversation: &Conversation) -> Document {
    let Parameters { model_name, temperature, max_tokens } = &conversation.parameters;
    doc! {
        "alias": reference(conversation.alias),
        "hackathonId": reference(conversation.hackathon_id),
        "tacheId": conversation.task_id.as_str(),
        "studentId": reference(conversation.student_id),
        "groupId": &conversation.group_id,
        "modelName": model_name,
        "maxTokens": i64::from(*max_tokens),
        "maxTokensUsed": conversation.max_tokens_used.map(integer),
        "temperature": *temperature,
        "temperatureUsed": conversation.temperature_used,
        "messageCount": i64::from(conversation.message_count),
        "size": integer(conversation.size),
        "versionFinale": final_document(conversation.final_version.as_ref()),
        "statistiquesIA": statistics_document(conversation),
        "inFlight": conversation.in_flight.as_ref().map(in_flight_document),
        "evaluationCount": i64::from(conversation.evaluation_count),
        "test": conversation.test,
        "archived": conversation.archived,
        "createdAt": date(conversation.created_at),
        "updatedAt": date(conversation.updated_at),
    }
}

/// A whole document, for insertion.
pub(super) fn document(conversation: &Conversation) -> Document {
    let mut document = doc! { "_id": oid(conversation.id), "messages": Bson::Array(Vec::new()) };
    document.extend(changeable(conversation));
    stored(document)
}

/// The source's document always has one (checklist CP14).
fn final_document(version: Option<&FinalVersion>) -> Document {
    match version {
        Some(version) => {
            doc! { "promptFinal": &version.prompt, "reponseIAFinale": &version.answer, "soumisLe": date(version.submitted_at) }
        }
        None => doc! { "promptFinal": "", "reponseIAFinale": "", "soumisLe": Bson::Null },
    }
}

/// What the source has is told beside what it comes from.
fn statistics_document(conversation: &Conversation) -> Document {
    let models = conversation.models.iter().map(|model| doc! { "model": &model.model, "tokens": integer(model.tokens) });
    stored(doc! {
        "modelUtilise": conversation.main_model(),
        "tokensTotal": integer(conversation.tokens_total()),
        "coutEstime": integer(conversation.cost.0),
        "models": models.collect::<Vec<_>>(),
    })
}

fn in_flight_document(answer: &InFlight) -> Document {
    doc! { "messageId": reference(answer.message_id), "seenAt": date(answer.seen_at), "stopRequested": answer.stop_requested }
}

pub(super) fn conversation(document: &Document) -> Result<Conversation, StoreError> {
    let fields = Fields::of("conversation", document);
    let created_at = fields.time("createdAt")?;
    let statistics = fields.nested("statistiquesIA")?;
    Ok(Conversation {
        id: fields.id("_id")?,
        alias: fields.parse("alias")?,
        hackathon_id: fields.parse("hackathonId")?,
        task_id: fields.parse("tacheId")?,
        student_id: fields.parse("studentId")?,
        group_id: fields.text_optional("groupId")?.map(str::to_owned),
        parameters: Parameters {
            model_name: fields.text("modelName")?.to_owned(),
            temperature: fields.float_optional("temperature")?.unwrap_or(Parameters::DEFAULT_TEMPERATURE),
            max_tokens: fields.number_optional("maxTokens")?.unwrap_or(Parameters::DEFAULT_MAX_TOKENS),
        },
        max_tokens_used: fields.number_optional("maxTokensUsed")?,
        temperature_used: fields.float_optional("temperatureUsed")?,
        message_count: fields.number_optional("messageCount")?.unwrap_or_default(),
        size: fields.number_optional("size")?.unwrap_or_default(),
        models: statistics.as_ref().map(models).transpose()?.unwrap_or_default(),
        cost: MicroCredits(match &statistics {
            Some(statistics) => statistics.number_optional("coutEstime")?.unwrap_or_default(),
            None => 0,
        }),
        final_version: fields.nested("versionFinale")?.as_ref().map(final_version).transpose()?.flatten(),
        in_flight: fields.nested("inFlight")?.as_ref().map(in_flight).transpose()?,
        evaluation_count: fields.number_optional("evaluationCount")?.unwrap_or_default(),
        test: fields.flag("test", false)?,
        archived: fields.flag("archived", false)?,
        created_at,
        updated_at: fields.time_optional("updatedAt")?.unwrap_or(created_at),
    })
}

/// What is read of a gradable conversation: fields of the index of those.
pub(super) fn only_gradable() -> Document {
    doc! {
        "_id": 1,
        "alias": 1,
        "tacheId": 1,
        "studentId": 1,
        "statistiquesIA.tokensTotal": 1,
        "versionFinale.soumisLe": 1,
        "evaluationCount": 1,
    }
}

pub(super) fn gradable(document: &Document) -> Result<Gradable, StoreError> {
    let fields = Fields::of("conversation", document);
    let tokens = fields.nested("statistiquesIA")?.map(|statistics| statistics.number_optional("tokensTotal")).transpose()?;
    Ok(Gradable {
        id: fields.id("_id")?,
        alias: fields.parse("alias")?,
        task_id: fields.parse("tacheId")?,
        student_id: fields.parse("studentId")?,
        tokens: tokens.flatten().unwrap_or_default(),
        submitted_at: fields.nested("versionFinale")?.ok_or_else(|| fields.corrupt("versionFinale"))?.time("soumisLe")?,
        evaluation_count: fields.number_optional("evaluationCount")?.unwrap_or_default(),
    })
}

/// Documents of the source tell the main model only, and all tokens.
fn models(statistics: &Fields<'_>) -> Result<Vec<ModelTokens>, StoreError> {
    let row = |row: &Fields<'_>| Ok::<_, StoreError>(ModelTokens { model: row.text("model")?.to_owned(), tokens: row.number("tokens")? });
    let rows = statistics.list("models")?.iter().map(row).collect::<Result<Vec<_>, _>>()?;
    match statistics.text_optional("modelUtilise")? {
        Some(model) if rows.is_empty() => {
            let tokens = statistics.number_optional("tokensTotal")?.unwrap_or_default();
            Ok(vec![ModelTokens { model: model.to_owned(), tokens }])
        }
        _ => Ok(rows),
    }
}

fn final_version(fields: &Fields<'_>) -> Result<Option<FinalVersion>, StoreError> {
    let Some(submitted_at) = fields.time_optional("soumisLe")? else { return Ok(None) };
    Ok(Some(FinalVersion {
        prompt: fields.text("promptFinal")?.to_owned(),
        answer: fields.text("reponseIAFinale")?.to_owned(),
        submitted_at,
    }))
}

fn in_flight(fields: &Fields<'_>) -> Result<InFlight, StoreError> {
    Ok(InFlight {
        message_id: fields.parse("messageId")?,
        seen_at: fields.time("seenAt")?,
        stop_requested: fields.flag("stopRequested", false)?,
    })
}
