//! Enrolments: the source has none. Who has a conversation takes part, and has used what the conversations say.

use atelier_domain::challenge::conversations::{MessageRole, pseudonym_of};
use atelier_domain::challenge::enrolments::EnrolmentKey;
use atelier_domain::kernel::{HackathonId, SecretGenerator, UserId};
use futures_util::TryStreamExt;
use mongodb::Database;
use mongodb::bson::{Bson, Document, doc};

use super::{Adopted, AdoptionError, reference_of, value};
use crate::collections::{CONVERSATIONS, ENROLMENTS};
use crate::error::is_duplicate;

/// How often another pseudonym is tried; a new enrolment tries as often.
const PSEUDONYMS: u32 = 16;

pub(super) async fn adopt(database: &Database, secrets: &dyn SecretGenerator) -> Result<Adopted, AdoptionError> {
    let prompts = doc! { "$filter": {
        "input": { "$ifNull": ["$messages", []] },
        "as": "message",
        "cond": { "$eq": ["$$message.role", MessageRole::Student.as_str()] },
    } };
    let enrolled = doc! {
        "from": ENROLMENTS,
        "let": { "hackathon": "$_id.hackathonId", "student": "$_id.studentId" },
        "pipeline": [{ "$match": { "$expr": { "$and": [
            { "$eq": ["$hackathonId", "$$hackathon"] },
            { "$eq": ["$studentId", "$$student"] },
            { "$eq": ["$test", false] },
        ] } } }],
        "as": "enrolled",
    };
    let pipeline = vec![
        doc! { "$match": { "alias": { "$type": "string" }, "test": { "$ne": true } } },
        doc! { "$group": {
            "_id": { "hackathonId": "$hackathonId", "studentId": "$studentId" },
            "prompts": { "$sum": { "$size": prompts } },
            "tokens": { "$sum": "$statistiquesIA.tokensTotal" },
            "createdAt": { "$min": "$createdAt" },
        } },
        doc! { "$lookup": enrolled },
        doc! { "$match": { "enrolled": [] } },
    ];
    let mut missing = database.collection::<Document>(CONVERSATIONS).aggregate(pipeline).allow_disk_use(true).await?;
    let mut adopted = Adopted::default();
    while let Some(used) = missing.try_next().await? {
        adopted.count(insert(database, secrets, &used).await?);
    }
    Ok(adopted)
}

/// Whether it was inserted; not when the references are none, or no pseudonym is left.
async fn insert(database: &Database, secrets: &dyn SecretGenerator, used: &Document) -> Result<bool, AdoptionError> {
    let Ok(of) = used.get_document("_id") else { return Ok(false) };
    let (hackathon, student) = (reference_of::<HackathonId>(of, "hackathonId"), reference_of::<UserId>(of, "studentId"));
    let (Some(hackathon_id), Some(student_id)) = (hackathon, student) else { return Ok(false) };
    let number = |field| value(used, field).and_then(super::whole).unwrap_or_default();
    let key = EnrolmentKey { hackathon_id, student_id, test: false };
    for roll in 0..PSEUDONYMS {
        let enrolment = doc! {
            "hackathonId": hackathon_id.to_string(),
            "studentId": student_id.to_string(),
            "test": false,
            "pseudonym": pseudonym_of(secrets, key, roll)?,
            "createdAt": value(used, "createdAt"),
            "promptsUsed": number("prompts"),
            "tokensUsed": number("tokens"),
            "reservations": Bson::Array(Vec::new()),
        };
        match database.collection::<Document>(ENROLMENTS).insert_one(enrolment).await {
            Err(error) if is_duplicate(&error) => {}
            settled => return Ok(settled.map(|_| true)?),
        }
    }
    Ok(false)
}
