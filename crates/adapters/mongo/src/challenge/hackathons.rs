//! Hackathons.

use atelier_domain::challenge::hackathons::{
    Hackathon, HackathonDates, HackathonFilter, HackathonQueries, HackathonRepository, HackathonStatus, Quotas, Task, TaskId,
};
use atelier_domain::challenge::words::words;
use atelier_domain::kernel::{HackathonId, Page, Paged, StoreError, Timestamp};
use mongodb::bson::{Document, doc};
use mongodb::options::{FindOptions, Hint};

use crate::collections::HACKATHONS;
use crate::document::{Fields, date, integer, oid, replacing, stored};
use crate::indexes::{Keys, keys};
use crate::page::{Order, time_cursor};
use crate::statements::by;
use crate::store::MongoStore;
use crate::transaction::MongoTransaction;

/// Most hackathons of one status that are read at once.
const MOST: i64 = 1_000;

#[async_trait::async_trait]
impl HackathonQueries for MongoStore {
    async fn find(&self, id: HackathonId) -> Result<Option<Hackathon>, StoreError> {
        let document = self.one("hackathons.find", HACKATHONS, by("_id", oid(id))).await?;
        document.as_ref().map(hackathon).transpose()
    }

    async fn list(&self, filter: &HackathonFilter, page: &Page) -> Result<Paged<Hackathon>, StoreError> {
        let (wanted, index) = filtered(filter);
        let total = self.count("hackathons.count", HACKATHONS, wanted.clone(), index.document()).await?;
        let order = Order::latest("dates.debut");
        let found = self.all("hackathons.list", HACKATHONS, order.continued(wanted, page)?, order.options(page, index.document())).await?;
        let hackathons = found.iter().map(hackathon).collect::<Result<_, _>>()?;
        Ok(Paged::from_fetched(hackathons, page.limit, total, |item: &Hackathon| time_cursor(item.dates.starts_at, &item.id)))
    }

    async fn of_status(&self, status: HackathonStatus) -> Result<Vec<Hackathon>, StoreError> {
        let latest = doc! { "dates.debut": -1, "_id": -1 };
        self.hackathons("hackathons.of_status", by("statut", status.as_str()), latest, keys::STATUS_START).await
    }

    async fn due(&self, now: Timestamp) -> Result<Vec<Hackathon>, StoreError> {
        let over = doc! { "statut": HackathonStatus::Running.as_str(), "dates.fin": { "$lt": date(now) } };
        let put_away = doc! { "statut": HackathonStatus::Finished.as_str(), "dates.archiveLe": { "$lte": date(now) } };
        let mut due = self.hackathons("hackathons.over", over, doc! { "dates.fin": 1 }, keys::STATUS_END).await?;
        due.extend(self.hackathons("hackathons.put_away", put_away, doc! { "dates.archiveLe": 1 }, keys::STATUS_ARCHIVE).await?);
        Ok(due)
    }
}

impl MongoStore {
    async fn hackathons(
        &self,
        operation: &'static str,
        filter: Document,
        order: Document,
        index: Keys,
    ) -> Result<Vec<Hackathon>, StoreError> {
        let options = FindOptions::builder().sort(order).limit(MOST).hint(Hint::Keys(index.document())).build();
        let found = self.all(operation, HACKATHONS, filter, options).await?;
        found.iter().map(hackathon).collect()
    }
}

#[async_trait::async_trait]
impl HackathonRepository for MongoTransaction {
    async fn find(&mut self, id: HackathonId) -> Result<Option<Hackathon>, StoreError> {
        let document = self.locked("hackathons.find", HACKATHONS, by("_id", oid(id))).await?;
        document.as_ref().map(hackathon).transpose()
    }

    async fn peek(&mut self, id: HackathonId) -> Result<Option<Hackathon>, StoreError> {
        let document = self.seen("hackathons.peek", HACKATHONS, by("_id", oid(id))).await?;
        document.as_ref().map(hackathon).transpose()
    }

    async fn insert(&mut self, hackathon: &Hackathon) -> Result<(), StoreError> {
        let mut document = doc! { "_id": oid(hackathon.id) };
        document.extend(changeable(hackathon));
        self.add("hackathons.insert", HACKATHONS, stored(document)).await
    }

    async fn update(&mut self, hackathon: &Hackathon) -> Result<(), StoreError> {
        let update = replacing(changeable(hackathon));
        self.change("hackathons.update", HACKATHONS, by("_id", oid(hackathon.id)), update).await.map(drop)
    }

    async fn delete(&mut self, id: HackathonId) -> Result<bool, StoreError> {
        self.remove("hackathons.delete", HACKATHONS, by("_id", oid(id))).await
    }
}

/// The filter, and the index that has the list's order for the narrowest of its conditions. The text index of the source stems words and
/// asks for one of them only, so that it is not what searches.
fn filtered(filter: &HackathonFilter) -> (Document, Keys) {
    let (mut wanted, mut index) = (Document::new(), keys::START);
    if filter.without_drafts {
        wanted.insert("statut", doc! { "$ne": HackathonStatus::Draft.as_str() });
    }
    if let Some(status) = filter.status {
        let mut only = doc! { "$eq": status.as_str() };
        if filter.without_drafts {
            only.insert("$ne", HackathonStatus::Draft.as_str());
        }
        wanted.insert("statut", only);
        index = keys::STATUS_START;
    }
    let asked = searched_words(filter.words.iter().map(String::as_str));
    if !asked.is_empty() {
        wanted.insert("mots", doc! { "$all": asked });
        index = keys::WORDS_START;
    }
    (wanted, index)
}

/// Every word once, without case and accents.
pub(crate) fn searched_words<'t>(texts: impl IntoIterator<Item = &'t str>) -> Vec<String> {
    let mut found: Vec<String> = texts.into_iter().flat_map(words).map(|word| word.folded).collect();
    found.sort_unstable();
    found.dedup();
    found
}

fn changeable(hackathon: &Hackathon) -> Document {
    let Hackathon { id: _, name, description, objectives, dates, anonymous, quotas, tasks, status, .. } = hackathon;
    let dates = stored(doc! { "debut": date(dates.starts_at), "fin": date(dates.ends_at), "archiveLe": dates.archive_at.map(date) });
    doc! {
        "nom": name,
        "description": description,
        "objectifs": objectives,
        "dates": dates,
        "anonymatActif": *anonymous,
        "quotas": { "promptsParEtudiant": i64::from(quotas.prompts), "tokensParEtudiant": integer(quotas.tokens) },
        "taches": tasks.iter().map(|task| task.label.as_str()).collect::<Vec<_>>(),
        "tacheIds": tasks.iter().map(|task| task.id.as_str()).collect::<Vec<_>>(),
        "statut": status.as_str(),
        "mots": searched_words([name.as_str(), description.as_str()]),
        "publishedAt": hackathon.published_at.map(date),
        "version": i64::from(hackathon.version),
        "createdAt": date(hackathon.created_at),
        "updatedAt": date(hackathon.updated_at),
    }
}

fn hackathon(document: &Document) -> Result<Hackathon, StoreError> {
    let fields = Fields::of("hackathon", document);
    let text = |field| Ok::<_, StoreError>(fields.text_optional(field)?.unwrap_or_default().to_owned());
    let dates = fields.nested("dates")?.ok_or_else(|| fields.corrupt("dates"))?;
    let quotas = fields.nested("quotas")?.ok_or_else(|| fields.corrupt("quotas"))?;
    let created_at = fields.time("createdAt")?;
    Ok(Hackathon {
        id: fields.id("_id")?,
        name: fields.text("nom")?.to_owned(),
        description: text("description")?,
        objectives: text("objectifs")?,
        dates: HackathonDates {
            starts_at: dates.time("debut")?,
            ends_at: dates.time("fin")?,
            archive_at: dates.time_optional("archiveLe")?,
        },
        anonymous: fields.flag("anonymatActif", false)?,
        quotas: Quotas { prompts: quotas.number("promptsParEtudiant")?, tokens: quotas.number("tokensParEtudiant")? },
        tasks: tasks(&fields)?,
        status: fields.parse("statut")?,
        published_at: fields.time_optional("publishedAt")?,
        version: fields.number_optional("version")?.unwrap_or(1),
        created_at,
        updated_at: fields.time_optional("updatedAt")?.unwrap_or(created_at),
    })
}

/// The source stores labels only; the ids stand beside them, in the same order.
fn tasks(fields: &Fields<'_>) -> Result<Vec<Task>, StoreError> {
    let (labels, ids) = (fields.texts("taches")?, fields.texts("tacheIds")?);
    if labels.len() != ids.len() {
        return Err(fields.corrupt("tacheIds"));
    }
    let task = |(label, id): (String, String)| {
        let id: TaskId = id.parse().map_err(|_no_slug| fields.corrupt("tacheIds"))?;
        Ok(Task { id, label })
    };
    labels.into_iter().zip(ids).map(task).collect()
}
