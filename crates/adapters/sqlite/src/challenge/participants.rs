//! Participants. The profiles of students and jury are kept as JSON, under the source document's names.

use atelier_domain::challenge::participants::{
    AccountTokens, ConsentGiven, Expertise, JuryProfile, Participant, ParticipantProfile, ParticipantQueries, ParticipantRepository,
    PersonName, StudentProfile,
};
use atelier_domain::identity::Role;
use atelier_domain::kernel::{Page, Paged, StoreError, UserId};
use serde::{Deserialize, Serialize};
use sqlx::sqlite::SqliteRow;
use sqlx::{QueryBuilder, Sqlite, SqliteConnection};

use crate::error::store_error;
use crate::page::{Order, time_cursor};
use crate::row::{Columns, id_list, integer, millis, to_json};
use crate::store::SqliteStore;
use crate::transaction::SqliteTransaction;

#[async_trait::async_trait]
impl ParticipantQueries for SqliteStore {
    async fn find(&self, account_id: UserId) -> Result<Option<Participant>, StoreError> {
        find(&mut *self.read("participants.find").await?, account_id).await
    }

    async fn names(&self, account_ids: &[UserId]) -> Result<Vec<PersonName>, StoreError> {
        let mut connection = self.read("participants.names").await?;
        let query = sqlx::query("SELECT _id, prenom, nom FROM participants WHERE _id IN (SELECT value FROM json_each(?))");
        let rows = query.bind(id_list(account_ids)?).fetch_all(&mut *connection).await.map_err(store_error)?;
        let name = |row| {
            let columns = Columns::of("participant", row);
            Ok(PersonName { account_id: columns.parse("_id")?, first_name: columns.get("prenom")?, last_name: columns.get("nom")? })
        };
        rows.iter().map(name).collect()
    }

    async fn list(&self, role: Option<Role>, page: &Page) -> Result<Paged<Participant>, StoreError> {
        let mut connection = self.read("participants.list").await?;
        let begin = |select: &str| {
            let mut query = QueryBuilder::<Sqlite>::new(format!("SELECT {select} FROM participants WHERE TRUE"));
            if let Some(role) = role {
                query.push(" AND role = ").push_bind(role.as_str());
            }
            query
        };
        let total: i64 = begin("COUNT(*)").build_query_scalar().fetch_one(&mut *connection).await.map_err(store_error)?;
        let mut query = begin("*");
        Order { key: "createdAt", ..Order::NEWEST_FIRST }.push(&mut query, page)?;
        let rows = query.build().fetch_all(&mut *connection).await.map_err(store_error)?;
        let items = rows.iter().map(participant).collect::<Result<_, _>>()?;
        Ok(Paged::from_fetched(items, page.limit, total.unsigned_abs(), |item: &Participant| {
            time_cursor(item.created_at, &item.account_id)
        }))
    }

    async fn count_by_role(&self) -> Result<Vec<(Role, u64)>, StoreError> {
        let mut connection = self.read("participants.count_by_role").await?;
        let query = sqlx::query("SELECT role, COUNT(*) AS total FROM participants GROUP BY role ORDER BY total DESC, role");
        let rows = query.fetch_all(&mut *connection).await.map_err(store_error)?;
        let count = |row| {
            let columns = Columns::keyed("participant", "role", row);
            Ok((columns.parse("role")?, columns.number("total")?))
        };
        rows.iter().map(count).collect()
    }
}

#[async_trait::async_trait]
impl ParticipantRepository for SqliteTransaction {
    async fn find(&mut self, account_id: UserId) -> Result<Option<Participant>, StoreError> {
        find(&mut self.operation("participants.find"), account_id).await
    }

    async fn put(&mut self, participant: &Participant) -> Result<(), StoreError> {
        let mut connection = self.operation("participants.put");
        let Participant { account_id, role, profile, consent, tokens, created_at, updated_at } = participant;
        let consent = consent.as_ref();
        sqlx::query(
            "INSERT INTO participants (_id, role, prenom, nom, dateNaissance, numeroEtudiant, profilEtudiant, profilJury, \
             consentementRGPD, consentementRGPD_version, consentementRGPD_at, tokensAuthorized, tokensUsed, tokensReserved, createdAt, \
             updatedAt) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16) \
             ON CONFLICT (_id) DO UPDATE SET role = ?2, prenom = ?3, nom = ?4, dateNaissance = ?5, numeroEtudiant = ?6, \
             profilEtudiant = ?7, profilJury = ?8, consentementRGPD = ?9, consentementRGPD_version = ?10, consentementRGPD_at = ?11, \
             tokensAuthorized = ?12, tokensUsed = ?13, tokensReserved = ?14, createdAt = ?15, updatedAt = ?16",
        )
        .bind(account_id.to_string())
        .bind(role.as_str())
        .bind(profile.first_name.as_str())
        .bind(profile.last_name.as_str())
        .bind(profile.birth_date.map(|date| date.to_string()))
        .bind(profile.student_number.as_deref())
        .bind(profile.student.as_ref().map(|student| to_json(&StudentDocument::from(student))).transpose()?)
        .bind(profile.jury.as_ref().map(|jury| to_json(&JuryDocument::from(jury))).transpose()?)
        .bind(consent.map(|consent| consent.given))
        .bind(consent.map(|consent| consent.version.as_str()))
        .bind(consent.map(|consent| millis(consent.at)))
        .bind(tokens.authorized.map(integer))
        .bind(integer(tokens.used))
        .bind(integer(tokens.reserved))
        .bind(millis(*created_at))
        .bind(millis(*updated_at))
        .execute(&mut *connection)
        .await
        .map_err(store_error)?;
        Ok(())
    }
}

async fn find(connection: &mut SqliteConnection, account_id: UserId) -> Result<Option<Participant>, StoreError> {
    let query = sqlx::query("SELECT * FROM participants WHERE _id = ?").bind(account_id.to_string());
    let row = query.fetch_optional(connection).await.map_err(store_error)?;
    row.as_ref().map(participant).transpose()
}

fn participant(row: &SqliteRow) -> Result<Participant, StoreError> {
    let columns = Columns::of("participant", row);
    let consent = match columns.optional("consentementRGPD")? {
        Some(given) => {
            Some(ConsentGiven { given, version: columns.get("consentementRGPD_version")?, at: columns.time("consentementRGPD_at")? })
        }
        None => None,
    };
    Ok(Participant {
        account_id: columns.parse("_id")?,
        role: columns.parse("role")?,
        profile: ParticipantProfile {
            first_name: columns.get("prenom")?,
            last_name: columns.get("nom")?,
            birth_date: columns.parse_optional("dateNaissance")?,
            student_number: columns.optional("numeroEtudiant")?,
            student: columns.json_optional::<StudentDocument>("profilEtudiant")?.map(StudentProfile::from),
            jury: columns.json_optional::<JuryDocument>("profilJury")?.map(JuryProfile::from),
        },
        consent,
        tokens: AccountTokens {
            authorized: columns.number_optional("tokensAuthorized")?,
            used: columns.number("tokensUsed")?,
            reserved: columns.number("tokensReserved")?,
        },
        created_at: columns.time("createdAt")?,
        updated_at: columns.time("updatedAt")?,
    })
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct StudentDocument {
    niveau_formation: String,
    type_etude: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    group_id: Option<String>,
}

impl From<&StudentProfile> for StudentDocument {
    fn from(StudentProfile { level, field_of_study, group_id }: &StudentProfile) -> Self {
        Self { niveau_formation: level.clone(), type_etude: field_of_study.clone(), group_id: group_id.clone() }
    }
}

impl From<StudentDocument> for StudentProfile {
    fn from(StudentDocument { niveau_formation, type_etude, group_id }: StudentDocument) -> Self {
        Self { level: niveau_formation, field_of_study: type_etude, group_id }
    }
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct JuryDocument {
    niveau_diplome: String,
    poste_occupe: String,
    secteur_activite: String,
    annees_experience: f64,
    #[serde(rename = "nombreETPEmployeur")]
    employer_size: u32,
    expertises: Vec<ExpertiseDocument>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct ExpertiseDocument {
    domaine: String,
    niveau_auto_evaluation: u8,
}

impl From<&JuryProfile> for JuryDocument {
    fn from(jury: &JuryProfile) -> Self {
        let expertise = |expertise: &Expertise| ExpertiseDocument {
            domaine: expertise.domain.clone(),
            niveau_auto_evaluation: expertise.self_assessment,
        };
        Self {
            niveau_diplome: jury.degree.clone(),
            poste_occupe: jury.position.clone(),
            secteur_activite: jury.sector.clone(),
            annees_experience: jury.years_of_experience,
            employer_size: jury.employer_size,
            expertises: jury.expertises.iter().map(expertise).collect(),
        }
    }
}

impl From<JuryDocument> for JuryProfile {
    fn from(document: JuryDocument) -> Self {
        let expertise =
            |document: ExpertiseDocument| Expertise { domain: document.domaine, self_assessment: document.niveau_auto_evaluation };
        Self {
            degree: document.niveau_diplome,
            position: document.poste_occupe,
            sector: document.secteur_activite,
            years_of_experience: document.annees_experience,
            employer_size: document.employer_size,
            expertises: document.expertises.into_iter().map(expertise).collect(),
        }
    }
}
