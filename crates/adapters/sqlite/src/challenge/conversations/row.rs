//! A conversation as a row and back.

use atelier_domain::challenge::chat::MicroCredits;
use atelier_domain::challenge::conversations::{Conversation, FinalVersion, Gradable, InFlight, ModelTokens, Parameters};
use atelier_domain::kernel::{ConversationId, StoreError};
use serde::{Deserialize, Serialize};
use sqlx::query::Query;
use sqlx::sqlite::{SqliteArguments, SqliteRow};
use sqlx::{Sqlite, SqliteConnection};

use crate::error::store_error;
use crate::row::{Columns, integer, millis, to_json};

pub(super) async fn find(connection: &mut SqliteConnection, id: ConversationId) -> Result<Option<Conversation>, StoreError> {
    let query = sqlx::query("SELECT * FROM conversations WHERE _id = ?").bind(id.to_string());
    let row = query.fetch_optional(connection).await.map_err(store_error)?;
    row.as_ref().map(conversation).transpose()
}

pub(super) fn conversation(row: &SqliteRow) -> Result<Conversation, StoreError> {
    let columns = Columns::of("conversation", row);
    let models: Vec<ModelDocument> = columns.json("statistiquesIA_models")?;
    Ok(Conversation {
        id: columns.parse("_id")?,
        alias: columns.parse("alias")?,
        hackathon_id: columns.parse("hackathonId")?,
        task_id: columns.parse("tacheId")?,
        student_id: columns.parse("studentId")?,
        group_id: columns.optional("groupId")?,
        parameters: Parameters {
            model_name: columns.get("modelName")?,
            temperature: columns.get("temperature")?,
            max_tokens: columns.number("maxTokens")?,
        },
        max_tokens_used: columns.number_optional("maxTokensUsed")?,
        temperature_used: columns.optional("temperatureUsed")?,
        message_count: columns.number("messageCount")?,
        size: columns.number("size")?,
        models: models.into_iter().map(|ModelDocument { model, tokens }| ModelTokens { model, tokens }).collect(),
        cost: MicroCredits(columns.number("statistiquesIA_coutEstime")?),
        final_version: final_version(&columns)?,
        in_flight: in_flight(&columns)?,
        evaluation_count: columns.number("evaluationCount")?,
        test: columns.get("test")?,
        archived: columns.get("archived")?,
        created_at: columns.time("createdAt")?,
        updated_at: columns.time("updatedAt")?,
    })
}

/// A row without its texts.
pub(super) fn gradable(row: &SqliteRow) -> Result<Gradable, StoreError> {
    let columns = Columns::of("conversation", row);
    let models: Vec<ModelDocument> = columns.json("statistiquesIA_models")?;
    Ok(Gradable {
        id: columns.parse("_id")?,
        alias: columns.parse("alias")?,
        task_id: columns.parse("tacheId")?,
        student_id: columns.parse("studentId")?,
        tokens: models.iter().map(|model| model.tokens).sum(),
        submitted_at: columns.time("versionFinale_soumisLe")?,
        evaluation_count: columns.number("evaluationCount")?,
    })
}

fn final_version(columns: &Columns<'_>) -> Result<Option<FinalVersion>, StoreError> {
    let Some(submitted_at) = columns.time_optional("versionFinale_soumisLe")? else { return Ok(None) };
    Ok(Some(FinalVersion {
        prompt: columns.get("versionFinale_promptFinal")?,
        answer: columns.get("versionFinale_reponseIAFinale")?,
        submitted_at,
    }))
}

fn in_flight(columns: &Columns<'_>) -> Result<Option<InFlight>, StoreError> {
    let Some(message_id) = columns.parse_optional("inFlight_messageId")? else { return Ok(None) };
    Ok(Some(InFlight { message_id, seen_at: columns.time("inFlight_seenAt")?, stop_requested: columns.get("inFlight_stopRequested")? }))
}

/// Every column, the id first.
pub(super) fn bind<'q>(
    statement: Query<'q, Sqlite, SqliteArguments>,
    conversation: &Conversation,
) -> Result<Query<'q, Sqlite, SqliteArguments>, StoreError> {
    let models: Vec<ModelDocument> =
        conversation.models.iter().map(|row| ModelDocument { model: row.model.clone(), tokens: row.tokens }).collect();
    let handed_in = conversation.final_version.as_ref();
    let in_flight = conversation.in_flight.as_ref();
    Ok(statement
        .bind(conversation.id.to_string())
        .bind(conversation.alias.to_string())
        .bind(conversation.hackathon_id.to_string())
        .bind(conversation.task_id.to_string())
        .bind(conversation.student_id.to_string())
        .bind(conversation.group_id.clone())
        .bind(conversation.parameters.model_name.clone())
        .bind(conversation.parameters.temperature)
        .bind(conversation.parameters.max_tokens)
        .bind(conversation.max_tokens_used.map(integer))
        .bind(conversation.temperature_used)
        .bind(conversation.message_count)
        .bind(integer(conversation.size))
        .bind(to_json(&models)?)
        .bind(integer(conversation.cost.0))
        .bind(in_flight.map(|answer| answer.message_id.to_string()))
        .bind(in_flight.map(|answer| millis(answer.seen_at)))
        .bind(in_flight.map(|answer| answer.stop_requested))
        .bind(conversation.evaluation_count)
        .bind(conversation.test)
        .bind(conversation.archived)
        .bind(millis(conversation.created_at))
        .bind(millis(conversation.updated_at))
        .bind(handed_in.map(|version| millis(version.submitted_at)))
        .bind(handed_in.map(|version| version.prompt.clone()))
        .bind(handed_in.map(|version| version.answer.clone())))
}

#[derive(Serialize, Deserialize)]
struct ModelDocument {
    model: String,
    tokens: u64,
}
