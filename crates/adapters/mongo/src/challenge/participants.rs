//! Participants.

use std::cmp::Reverse;

use atelier_domain::challenge::participants::{
    AccountTokens, ConsentGiven, Expertise, JuryProfile, Participant, ParticipantProfile, ParticipantQueries, ParticipantRepository,
    PersonName, StudentProfile,
};
use atelier_domain::identity::Role;
use atelier_domain::kernel::{Page, Paged, StoreError, UserId};
use chrono::NaiveTime;
use mongodb::bson::{Document, doc};
use mongodb::options::FindOptions;

use crate::collections::PARTICIPANTS;
use crate::document::{Fields, date, integer, oid, oids, replacing, stored};
use crate::indexes::keys;
use crate::page::{Order, time_cursor};
use crate::statements::by;
use crate::store::MongoStore;
use crate::transaction::MongoTransaction;

#[async_trait::async_trait]
impl ParticipantQueries for MongoStore {
    async fn find(&self, account_id: UserId) -> Result<Option<Participant>, StoreError> {
        let document = self.one("participants.find", PARTICIPANTS, by("_id", oid(account_id))).await?;
        document.as_ref().map(participant).transpose()
    }

    async fn names(&self, account_ids: &[UserId]) -> Result<Vec<PersonName>, StoreError> {
        if account_ids.is_empty() {
            return Ok(Vec::new());
        }
        let filter = doc! { "_id": { "$in": oids(account_ids) } };
        let options = FindOptions::builder().projection(doc! { "prenom": 1, "nom": 1 }).build();
        let found = self.all("participants.names", PARTICIPANTS, filter, options).await?;
        let name = |document| {
            let fields = Fields::of("participant", document);
            let text = |field| Ok::<_, StoreError>(fields.text(field)?.to_owned());
            Ok(PersonName { account_id: fields.id("_id")?, first_name: text("prenom")?, last_name: text("nom")? })
        };
        found.iter().map(name).collect()
    }

    async fn list(&self, role: Option<Role>, page: &Page) -> Result<Paged<Participant>, StoreError> {
        let (wanted, index) = match role {
            Some(role) => (of_role(role), keys::ROLE_LATEST),
            None => (Document::new(), keys::LATEST),
        };
        let order = Order::latest("createdAt");
        let options = order.options(page, index.document());
        let found = self.all("participants.list", PARTICIPANTS, order.continued(wanted.clone(), page)?, options).await?;
        let total = self.total("participants.count", PARTICIPANTS, wanted, index.document(), (page, found.len())).await?;
        let participants = found.iter().map(participant).collect::<Result<_, _>>()?;
        Ok(Paged::from_fetched(participants, page.limit, total, |person: &Participant| time_cursor(person.created_at, &person.account_id)))
    }

    async fn count_by_role(&self) -> Result<Vec<(Role, u64)>, StoreError> {
        let pipeline = vec![doc! { "$group": { "_id": "$role", "total": { "$sum": 1_i64 } } }];
        let documents = self.aggregated("participants.count_by_role", PARTICIPANTS, pipeline, keys::ROLE.document()).await?;
        let mut counted = Vec::with_capacity(documents.len());
        for document in &documents {
            let fields = Fields::of("participant", document);
            let role = read_role(document.get_str("_id").unwrap_or_default()).ok_or_else(|| fields.corrupt("role"))?;
            counted.push((role, fields.number::<u64>("total")?));
        }
        let sum = |role: Role| counted.iter().filter(|(of, _)| *of == role).map(|(_, total)| total).sum::<u64>();
        let mut totals: Vec<_> = Role::ALL.into_iter().map(|role| (role, sum(role))).filter(|(_, total)| *total > 0).collect();
        totals.sort_by_key(|(role, total)| (Reverse(*total), role.as_str()));
        Ok(totals)
    }
}

#[async_trait::async_trait]
impl ParticipantRepository for MongoTransaction {
    async fn find(&mut self, account_id: UserId) -> Result<Option<Participant>, StoreError> {
        let document = self.locked("participants.find", PARTICIPANTS, by("_id", oid(account_id))).await?;
        document.as_ref().map(participant).transpose()
    }

    async fn put(&mut self, participant: &Participant) -> Result<(), StoreError> {
        let filter = by("_id", oid(participant.account_id));
        let written = MongoTransaction::put(self, "participants.put", PARTICIPANTS, filter, replacing(document(participant))).await;
        self.settled_race(written).await.map(drop)
    }
}

/// The values the source stores for a role (checklist P36); an empty one gives no right, as does `user`.
pub(super) fn of_role(role: Role) -> Document {
    let names: &[&str] = match role {
        Role::User => &["user", ""],
        Role::Student => &["student", "etudiant"],
        Role::Examiner => &["examiner", "examinateur"],
        Role::Premium | Role::Admin => return doc! { "role": role.as_str() },
    };
    doc! { "role": { "$in": names } }
}

fn read_role(name: &str) -> Option<Role> {
    if name.is_empty() { Some(Role::User) } else { name.parse().ok() }
}

fn document(participant: &Participant) -> Document {
    let Participant { account_id: _, role, profile, consent, tokens, created_at, updated_at } = participant;
    let born = profile.birth_date.map(|day| date(day.and_time(NaiveTime::MIN).and_utc()));
    doc! {
        "role": role.as_str(),
        "prenom": &profile.first_name,
        "nom": &profile.last_name,
        "dateNaissance": born,
        "numeroEtudiant": &profile.student_number,
        "profilEtudiant": profile.student.as_ref().map(student_document),
        "profilJury": profile.jury.as_ref().map(jury_document),
        "consentementRGPD": participant.consents(),
        "consentement": consent.as_ref().map(|said| doc! { "given": said.given, "version": &said.version, "at": date(said.at) }),
        "tokensAuthorized": tokens.authorized.map(integer),
        "tokensUsed": integer(tokens.used),
        "tokensReserved": integer(tokens.reserved),
        "createdAt": date(*created_at),
        "updatedAt": date(*updated_at),
    }
}

fn student_document(student: &StudentProfile) -> Document {
    stored(doc! { "niveauFormation": &student.level, "typeEtude": &student.field_of_study, "groupId": &student.group_id })
}

fn jury_document(jury: &JuryProfile) -> Document {
    let expertise = |known: &Expertise| doc! { "domaine": &known.domain, "niveauAutoEvaluation": i32::from(known.self_assessment) };
    doc! {
        "niveauDiplome": &jury.degree,
        "posteOccupe": &jury.position,
        "secteurActivite": &jury.sector,
        "anneesExperience": jury.years_of_experience,
        "nombreETPEmployeur": i64::from(jury.employer_size),
        "expertises": jury.expertises.iter().map(expertise).collect::<Vec<_>>(),
    }
}

fn participant(document: &Document) -> Result<Participant, StoreError> {
    let fields = Fields::of("participant", document);
    let created_at = fields.time("createdAt")?;
    let text = |field| Ok::<_, StoreError>(fields.text_optional(field)?.map(str::to_owned));
    Ok(Participant {
        account_id: fields.id("_id")?,
        role: read_role(fields.text_optional("role")?.unwrap_or_default()).ok_or_else(|| fields.corrupt("role"))?,
        profile: ParticipantProfile {
            first_name: fields.text("prenom")?.to_owned(),
            last_name: fields.text("nom")?.to_owned(),
            birth_date: fields.time_optional("dateNaissance")?.map(|at| at.date_naive()),
            student_number: text("numeroEtudiant")?,
            student: fields.nested("profilEtudiant")?.as_ref().map(student).transpose()?,
            jury: fields.nested("profilJury")?.as_ref().map(jury).transpose()?,
        },
        consent: fields.nested("consentement")?.as_ref().map(consent).transpose()?,
        tokens: AccountTokens {
            authorized: fields.number_optional("tokensAuthorized")?,
            used: fields.number_optional("tokensUsed")?.unwrap_or_default(),
            reserved: fields.number_optional("tokensReserved")?.unwrap_or_default(),
        },
        created_at,
        updated_at: fields.time_optional("updatedAt")?.unwrap_or(created_at),
    })
}

fn student(fields: &Fields<'_>) -> Result<StudentProfile, StoreError> {
    let text = |field| Ok::<_, StoreError>(fields.text_optional(field)?.unwrap_or_default().to_owned());
    Ok(StudentProfile {
        level: text("niveauFormation")?,
        field_of_study: text("typeEtude")?,
        group_id: fields.text_optional("groupId")?.map(str::to_owned),
    })
}

fn jury(fields: &Fields<'_>) -> Result<JuryProfile, StoreError> {
    let text = |field| Ok::<_, StoreError>(fields.text_optional(field)?.unwrap_or_default().to_owned());
    let expertise = |known: &Fields<'_>| {
        Ok::<_, StoreError>(Expertise { domain: known.text("domaine")?.to_owned(), self_assessment: known.number("niveauAutoEvaluation")? })
    };
    Ok(JuryProfile {
        degree: text("niveauDiplome")?,
        position: text("posteOccupe")?,
        sector: text("secteurActivite")?,
        years_of_experience: fields.float_optional("anneesExperience")?.unwrap_or_default(),
        employer_size: fields.number_optional("nombreETPEmployeur")?.unwrap_or_default(),
        expertises: fields.list("expertises")?.iter().map(expertise).collect::<Result<_, _>>()?,
    })
}

/// A bare `consentementRGPD: true` of another program tells neither the text's version nor the day and is no consent (CP7).
fn consent(fields: &Fields<'_>) -> Result<ConsentGiven, StoreError> {
    Ok(ConsentGiven { given: fields.flag("given", false)?, version: fields.text("version")?.to_owned(), at: fields.time("at")? })
}
