//! People: the source has one document for account and participant. The participant gets a document of its own under the account's id.

use atelier_domain::identity::Role;
use mongodb::Database;
use mongodb::bson::{Bson, Document, doc};

use super::{Adopted, AdoptionError, batch, made_at, set, text, value};
use crate::collections::{PARTICIPANTS, USERS};

/// A hash of no password: who signed in by links only goes on doing so.
const NO_PASSWORD: &str = "$2b$10$.....................................................";
/// Most characters of an account's name.
const LONGEST_NAME: usize = 100;
/// What is the participant's.
const MOVED: [&str; 9] = [
    "prenom",
    "nom",
    "dateNaissance",
    "numeroEtudiant",
    "profilEtudiant",
    "profilJury",
    "consentementRGPD",
    "tokensAuthorized",
    "tokensUsed",
];
/// What has another name here, and links, of which none is still good.
const REPLACED: [&str; 4] = ["passwordHash", "createdAt", "updatedAt", "magicLink"];

pub(super) async fn adopt(database: &Database) -> Result<Adopted, AdoptionError> {
    // Accounts of this program have `created_at` and never one of these.
    let of_source = doc! { "email": { "$type": "string" }, "prenom": { "$exists": true }, "createdAt": { "$exists": true } };
    let (mut adopted, mut after) = (Adopted::default(), None);
    loop {
        let people = batch(database, USERS, &of_source, after.as_ref()).await?;
        let Some(last) = people.last() else { return Ok(adopted) };
        after = last.get("_id").cloned();
        for person in &people {
            // The participant first: its fields leave the account only when they stand there.
            if let Some(id) = person.get("_id") {
                let insert = doc! { "$setOnInsert": participant(person) };
                database.collection::<Document>(PARTICIPANTS).update_one(doc! { "_id": id }, insert).upsert(true).await?;
            }
            let gone: Document = MOVED.iter().chain(&REPLACED).map(|field| ((*field).to_owned(), Bson::from(""))).collect();
            set(database, USERS, person, doc! { "$set": account(person), "$unset": gone }).await?;
            adopted.count(true);
        }
    }
}

/// The role as this program writes it; one that is empty or unknown gives no right.
fn role(person: &Document) -> Role {
    text(person, "role").and_then(|role| role.parse().ok()).unwrap_or(Role::User)
}

fn account(person: &Document) -> Document {
    let email = person.get_str("email").unwrap_or_default().trim().to_lowercase();
    let name = [text(person, "prenom"), text(person, "nom")].into_iter().flatten().collect::<Vec<_>>().join(" ");
    let name = if name.chars().count() < 2 { email.clone() } else { name };
    let made = made_at(person);
    doc! {
        "email": email,
        "name": name.chars().take(LONGEST_NAME).collect::<String>(),
        "password": text(person, "passwordHash").unwrap_or(NO_PASSWORD),
        "role": role(person).as_str(),
        "created_at": &made,
        "updated_at": value(person, "updatedAt").unwrap_or(&made),
    }
}

fn participant(person: &Document) -> Document {
    let made = made_at(person);
    let mut participant = doc! {
        "role": role(person).as_str(),
        "createdAt": &made,
        "updatedAt": value(person, "updatedAt").unwrap_or(&made),
    };
    for field in MOVED {
        if let Some(value) = value(person, field) {
            participant.insert(field, value);
        }
    }
    for name in ["prenom", "nom"] {
        if participant.get_str(name).is_err() {
            participant.insert(name, "");
        }
    }
    if !participant.contains_key("consentementRGPD") {
        participant.insert("consentementRGPD", false);
    }
    participant
}
