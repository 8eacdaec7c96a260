//! The one table of indexes: those of the source documents, and those that the lists' orders and the workers' queries need.
//!
//! Names are the ones MongoDB itself gives (`user_id_1_category_1`), so that a database made by another program has the same.

use mongodb::IndexModel;
use mongodb::bson::{Bson, Document, doc};
use mongodb::options::IndexOptions;

use crate::collections::{
    ANALYTICS, ASSIGNMENTS, AUDIT, AUDIT_SEALS, BODY, CLOTHING, CONVERSATIONS, EMAIL_VERIFICATIONS, ENROLMENTS, EVALUATIONS, EVENTS,
    FAVORITES, HACKATHONS, IDEMPOTENCY, JOBS, MAGIC_LINKS, PARTICIPANTS, PASSWORD_RESET, REFRESH_TOKENS, RESULTS, SESSIONS, STORED_ITEMS,
    TRYON, UPLOADS, USAGE, USERS, WEBHOOK_DELIVERIES, WEBHOOK_ENDPOINTS, WS_TICKETS,
};

/// The fields of an index, each with its direction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Keys(&'static [(&'static str, i32)]);

impl Keys {
    /// As sort, and as hint.
    pub(crate) fn document(self) -> Document {
        self.0.iter().map(|(field, direction)| ((*field).to_owned(), Bson::Int32(*direction))).collect()
    }

    /// The name MongoDB gives.
    pub(crate) fn name(self) -> String {
        self.0.iter().map(|(field, direction)| format!("{field}_{direction}")).collect::<Vec<_>>().join("_")
    }
}

/// Indexes that queries name.
pub(crate) mod keys {
    use super::Keys;

    pub(crate) const NEWEST: Keys = Keys(&[("created_at", -1), ("_id", -1)]);
    pub(crate) const ROLE_NEWEST: Keys = Keys(&[("role", 1), ("created_at", -1), ("_id", -1)]);
    pub(crate) const ROLE_COUNTS: Keys = Keys(&[("role", 1), ("is_active", 1), ("email_verified", 1)]);
    pub(crate) const USER_LAST_USED: Keys = Keys(&[("user_id", 1), ("last_used_at", -1), ("_id", -1)]);
    pub(crate) const USER_NEWEST: Keys = Keys(&[("user_id", 1), ("created_at", -1), ("_id", -1)]);
    pub(crate) const USER_CATEGORY_NEWEST: Keys = Keys(&[("user_id", 1), ("category", 1), ("created_at", -1), ("_id", -1)]);
    pub(crate) const USER_BRAND_NEWEST: Keys = Keys(&[("user_id", 1), ("brand", 1), ("created_at", -1), ("_id", -1)]);
    pub(crate) const USER_NAME: Keys = Keys(&[("user_id", 1), ("name", 1), ("_id", 1)]);
    pub(crate) const USER_BODY_NEWEST: Keys = Keys(&[("user_id", 1), ("body_id", 1), ("created_at", -1), ("_id", -1)]);
    pub(crate) const USER_STATUS_NEWEST: Keys = Keys(&[("user_id", 1), ("status", 1), ("created_at", -1), ("_id", -1)]);
    pub(crate) const USER_GARMENT_NEWEST: Keys = Keys(&[("user_id", 1), ("clothing_ids", 1), ("created_at", -1), ("_id", -1)]);
    pub(crate) const STATUS_OLDEST: Keys = Keys(&[("status", 1), ("created_at", 1), ("_id", 1)]);
    pub(crate) const STATUS_COMPLETED: Keys = Keys(&[("status", 1), ("completed_at", 1), ("_id", 1)]);
    pub(crate) const USER_OLDEST: Keys = Keys(&[("user_id", 1), ("created_at", 1), ("_id", 1)]);
    pub(crate) const USER_ENDPOINT_NEWEST: Keys = Keys(&[("user_id", 1), ("endpoint_id", 1), ("created_at", -1), ("_id", -1)]);
    pub(crate) const ENDED: Keys = Keys(&[("ended_at", 1), ("_id", 1)]);
    pub(crate) const EXPIRY: Keys = Keys(&[("expires_at", 1), ("_id", 1)]);
    pub(crate) const LATEST: Keys = Keys(&[("createdAt", -1), ("_id", -1)]);
    pub(crate) const ROLE: Keys = Keys(&[("role", 1)]);
    pub(crate) const ROLE_LATEST: Keys = Keys(&[("role", 1), ("createdAt", -1), ("_id", -1)]);
    pub(crate) const START: Keys = Keys(&[("dates.debut", -1), ("_id", -1)]);
    pub(crate) const STATUS_START: Keys = Keys(&[("statut", 1), ("dates.debut", -1), ("_id", -1)]);
    pub(crate) const STATUS_END: Keys = Keys(&[("statut", 1), ("dates.fin", 1)]);
    pub(crate) const STATUS_ARCHIVE: Keys = Keys(&[("statut", 1), ("dates.archiveLe", 1)]);
    pub(crate) const WORDS_START: Keys = Keys(&[("mots", 1), ("dates.debut", -1), ("_id", -1)]);
    pub(crate) const PERSON: Keys = Keys(&[("userId", 1)]);
    pub(crate) const STUDENT: Keys = Keys(&[("studentId", 1)]);
    pub(crate) const HACKATHON: Keys = Keys(&[("hackathonId", 1)]);
    pub(crate) const HACKATHON_STUDENT_TEST: Keys = Keys(&[("hackathonId", 1), ("studentId", 1), ("test", 1)]);
    pub(crate) const STUDENT_LATEST: Keys = Keys(&[("studentId", 1), ("createdAt", -1), ("_id", -1)]);
    pub(crate) const STUDENT_CHANGED: Keys = Keys(&[("studentId", 1), ("updatedAt", -1), ("_id", -1)]);
    pub(crate) const HACKATHON_LATEST: Keys = Keys(&[("hackathonId", 1), ("createdAt", -1), ("_id", -1)]);
    pub(crate) const HACKATHON_STUDENT_LATEST: Keys = Keys(&[("hackathonId", 1), ("studentId", 1), ("createdAt", -1), ("_id", -1)]);
    /// With everything that a [`Gradable`](atelier_domain::challenge::conversations::Gradable) has.
    pub(crate) const GRADABLE: Keys = Keys(&[
        ("hackathonId", 1),
        ("alias", 1),
        ("versionFinale.soumisLe", 1),
        ("test", 1),
        ("_id", 1),
        ("tacheId", 1),
        ("studentId", 1),
        ("statistiquesIA.tokensTotal", 1),
        ("evaluationCount", 1),
    ]);
    pub(crate) const IN_FLIGHT: Keys = Keys(&[("inFlight.seenAt", 1), ("_id", 1)]);
    pub(crate) const GRADED: Keys = Keys(&[("gradedAt", -1), ("_id", -1)]);
    pub(crate) const EXAMINER_GRADED: Keys = Keys(&[("examinerId", 1), ("gradedAt", -1), ("_id", -1)]);
    pub(crate) const EXAMINER_HACKATHON_GRADED: Keys = Keys(&[("examinerId", 1), ("hackathonId", 1), ("gradedAt", -1), ("_id", -1)]);
    pub(crate) const HACKATHON_GRADED: Keys = Keys(&[("hackathonId", 1), ("gradedAt", -1), ("_id", -1)]);
    pub(crate) const STUDENT_GRADED: Keys = Keys(&[("studentId", 1), ("gradedAt", -1), ("_id", -1)]);
    pub(crate) const HACKATHON_NOTE: Keys = Keys(&[("hackathonId", 1), ("note", -1)]);
    /// With everything that a [`GivenNote`](atelier_domain::challenge::evaluations::GivenNote) has.
    pub(crate) const HACKATHON_NOTES: Keys = Keys(&[("hackathonId", 1), ("conversationId", 1), ("examinerId", 1), ("note", 1)]);
    pub(crate) const HACKATHON_ID: Keys = Keys(&[("hackathonId", 1), ("_id", 1)]);
    pub(crate) const CONVERSATION_EXAMINER: Keys = Keys(&[("conversationId", 1), ("examinerId", 1)]);
    pub(crate) const EXAMINER_HACKATHON: Keys = Keys(&[("examinerId", 1), ("hackathonId", 1)]);
    pub(crate) const AUDIT_NEWEST: Keys = Keys(&[("at", -1), ("_id", -1)]);
    pub(crate) const AUDIT_SUBJECT_NEWEST: Keys = Keys(&[("subject", 1), ("at", -1), ("_id", -1)]);
    pub(crate) const AUDIT_ACTION_NEWEST: Keys = Keys(&[("action", 1), ("at", -1), ("_id", -1)]);
    pub(crate) const AUDIT_UNSEALED: Keys = Keys(&[("unsealed", 1), ("at", 1), ("_id", 1)]);
    pub(crate) const JOBS_DUE: Keys = Keys(&[("run_at", 1), ("created_at", 1), ("_id", 1)]);
    pub(crate) const JOBS_STATE: Keys = Keys(&[("state", 1), ("kind", 1), ("created_at", 1)]);
}

/// One index.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Index {
    pub(crate) collection: &'static str,
    pub(crate) keys: Keys,
    /// The constraint it stands for, as ports name it.
    pub(crate) unique: Option<&'static str>,
    /// Only documents that have this field are in it.
    pub(crate) partial: Option<&'static str>,
    /// Only documents in which this field is an instant are in it.
    pub(crate) dated: Option<&'static str>,
    /// Documents go this many seconds after the time in its field.
    pub(crate) expires: Option<u64>,
    /// Its fields' words are in it, by this language's rules; directions mean nothing.
    pub(crate) text: Option<&'static str>,
}

const fn index(collection: &'static str, keys: Keys) -> Index {
    Index { collection, keys, unique: None, partial: None, dated: None, expires: None, text: None }
}

const fn on(collection: &'static str, fields: &'static [(&'static str, i32)]) -> Index {
    index(collection, Keys(fields))
}

impl Index {
    const fn unique(mut self, constraint: &'static str) -> Self {
        self.unique = Some(constraint);
        self
    }

    const fn partial(mut self, field: &'static str) -> Self {
        self.partial = Some(field);
        self
    }

    const fn dated(mut self, field: &'static str) -> Self {
        self.dated = Some(field);
        self
    }

    const fn expires(mut self, seconds: u64) -> Self {
        self.expires = Some(seconds);
        self
    }

    const fn text(mut self, language: &'static str) -> Self {
        self.text = Some(language);
        self
    }

    /// The name MongoDB gives.
    pub(crate) fn name(&self) -> String {
        match self.text {
            Some(_) => self.keys.0.iter().map(|(field, _)| format!("{field}_text")).collect::<Vec<_>>().join("_"),
            None => self.keys.name(),
        }
    }

    /// Its fields as `listIndexes` shows them.
    pub(crate) fn listed_keys(&self) -> Document {
        match self.text {
            Some(_) => doc! { "_fts": "text", "_ftsx": 1 },
            None => self.keys.document(),
        }
    }

    /// What the server is asked to make.
    pub(crate) fn model(&self) -> IndexModel {
        let mut options = IndexOptions::default();
        options.name = Some(self.name());
        options.unique = self.unique.map(|_| true);
        let present = self.partial.map(|field| doc! { field: { "$exists": true } });
        options.partial_filter_expression = present.or_else(|| self.dated.map(|field| doc! { field: { "$type": "date" } }));
        options.expire_after = self.expires.map(std::time::Duration::from_secs);
        options.default_language = self.text.map(str::to_owned);
        options.weights = self.text.map(|_| self.each_field(&Bson::Int32(1)));
        let keys = if self.text.is_some() { self.each_field(&Bson::from("text")) } else { self.keys.document() };
        IndexModel::builder().keys(keys).options(options).build()
    }

    fn each_field(&self, value: &Bson) -> Document {
        self.keys.0.iter().map(|(field, _)| ((*field).to_owned(), value.clone())).collect()
    }
}

/// Every index but those on `_id`.
pub(crate) const INDEXES: &[Index] = &[
    // Those of the source documents (checklist W25–W26, W35–W37, W48, W58–W61, W65–W66, W70–W71), to the letter.
    on(USERS, &[("email", 1)]).unique("users.email"),
    on(USERS, &[("created_at", -1)]),
    on(CLOTHING, &[("user_id", 1)]),
    on(CLOTHING, &[("user_id", 1), ("category", 1)]),
    on(CLOTHING, &[("user_id", 1), ("brand", 1)]),
    on(BODY, &[("user_id", 1)]).unique("body.user_id"),
    on(TRYON, &[("user_id", 1)]),
    on(TRYON, &[("user_id", 1), ("body_id", 1)]),
    on(TRYON, &[("user_id", 1), ("status", 1)]),
    on(TRYON, &[("created_at", -1)]),
    on(FAVORITES, &[("user_id", 1)]),
    on(FAVORITES, &[("user_id", 1), ("tryon_id", 1)]).unique("favorites.tryon_id"),
    on(PASSWORD_RESET, &[("user_id", 1)]),
    on(PASSWORD_RESET, &[("expires_at", 1)]).expires(0),
    // The orders of lists, with the keys that break ties.
    index(USERS, keys::NEWEST),
    index(USERS, keys::ROLE_NEWEST),
    index(USERS, keys::ROLE_COUNTS),
    index(SESSIONS, keys::USER_LAST_USED),
    index(CLOTHING, keys::USER_NEWEST),
    index(CLOTHING, keys::USER_CATEGORY_NEWEST),
    index(CLOTHING, keys::USER_BRAND_NEWEST),
    index(CLOTHING, keys::USER_NAME),
    index(TRYON, keys::USER_NEWEST),
    index(TRYON, keys::USER_BODY_NEWEST),
    index(TRYON, keys::USER_STATUS_NEWEST),
    index(TRYON, keys::USER_GARMENT_NEWEST),
    index(FAVORITES, keys::USER_NEWEST),
    // Those of Prompt Challenge's source (checklist P60–P62, P96–P99, P131–P133, P162–P165, P187–P188), to the letter. What it recommends on
    // the end of magic links would delete the person (CP6).
    index(PARTICIPANTS, keys::ROLE),
    on(PARTICIPANTS, &[("createdAt", 1)]),
    on(PARTICIPANTS, &[("role", 1), ("createdAt", -1)]),
    on(CONVERSATIONS, &[("studentId", 1), ("createdAt", -1)]),
    on(CONVERSATIONS, &[("hackathonId", 1), ("createdAt", -1)]),
    on(CONVERSATIONS, &[("hackathonId", 1), ("studentId", 1)]),
    on(CONVERSATIONS, &[("versionFinale.soumisLe", 1)]),
    on(CONVERSATIONS, &[("studentId", 1), ("updatedAt", -1)]),
    on(HACKATHONS, &[("statut", 1), ("dates.debut", -1)]),
    on(HACKATHONS, &[("dates.debut", 1), ("dates.fin", 1)]),
    on(HACKATHONS, &[("nom", 1), ("description", 1)]).text("french"),
    on(EVALUATIONS, &[("examinerId", 1), ("conversationId", 1)]).unique("evaluations.conversationId"),
    on(EVALUATIONS, &[("examinerId", 1), ("gradedAt", -1)]),
    index(EVALUATIONS, keys::HACKATHON_NOTE),
    on(EVALUATIONS, &[("studentId", 1), ("gradedAt", -1)]),
    on(EVALUATIONS, &[("hackathonId", 1), ("gradedAt", -1)]),
    on(ANALYTICS, &[("timestamp", 1)]).expires(30 * 24 * 60 * 60),
    index(ANALYTICS, keys::PERSON),
    // Its lists' orders, and what it looks for.
    index(PARTICIPANTS, keys::LATEST),
    index(PARTICIPANTS, keys::ROLE_LATEST),
    index(HACKATHONS, keys::START),
    index(HACKATHONS, keys::STATUS_START),
    index(HACKATHONS, keys::STATUS_END),
    index(HACKATHONS, keys::STATUS_ARCHIVE),
    index(HACKATHONS, keys::WORDS_START),
    index(ENROLMENTS, keys::HACKATHON_STUDENT_TEST).unique("enrolments.key"),
    on(ENROLMENTS, &[("hackathonId", 1), ("pseudonym", 1)]).unique("enrolments.pseudonym"),
    index(ENROLMENTS, keys::STUDENT),
    on(CONVERSATIONS, &[("alias", 1)]).unique("conversations.alias").partial("alias"),
    index(CONVERSATIONS, keys::STUDENT_LATEST),
    index(CONVERSATIONS, keys::STUDENT_CHANGED),
    index(CONVERSATIONS, keys::HACKATHON_LATEST),
    index(CONVERSATIONS, keys::HACKATHON_STUDENT_LATEST),
    index(CONVERSATIONS, keys::GRADABLE).dated("versionFinale.soumisLe"),
    index(CONVERSATIONS, keys::IN_FLIGHT).partial("inFlight.seenAt"),
    index(EVALUATIONS, keys::GRADED),
    index(EVALUATIONS, keys::EXAMINER_GRADED),
    index(EVALUATIONS, keys::EXAMINER_HACKATHON_GRADED),
    index(EVALUATIONS, keys::HACKATHON_GRADED),
    index(EVALUATIONS, keys::STUDENT_GRADED),
    index(EVALUATIONS, keys::HACKATHON_ID),
    index(EVALUATIONS, keys::HACKATHON_NOTES),
    index(EVALUATIONS, keys::CONVERSATION_EXAMINER),
    index(ASSIGNMENTS, keys::CONVERSATION_EXAMINER).unique("assignments.examinerId"),
    index(ASSIGNMENTS, keys::EXAMINER_HACKATHON),
    index(ASSIGNMENTS, keys::HACKATHON),
    // Secrets by digest, and what each person has of them.
    on(REFRESH_TOKENS, &[("digest", 1)]).unique("refresh_tokens.digest"),
    on(REFRESH_TOKENS, &[("user_id", 1)]),
    on(MAGIC_LINKS, &[("digest", 1)]).unique("magic_links.digest"),
    on(MAGIC_LINKS, &[("user_id", 1)]),
    on(EMAIL_VERIFICATIONS, &[("digest", 1)]).unique("email_verifications.digest"),
    on(EMAIL_VERIFICATIONS, &[("user_id", 1)]),
    on(WS_TICKETS, &[("digest", 1)]).unique("ws_tickets.digest"),
    on(WS_TICKETS, &[("user_id", 1)]),
    on(UPLOADS, &[("user_id", 1)]),
    // What the background work looks for: everybody's, by time.
    index(TRYON, keys::STATUS_OLDEST),
    index(TRYON, keys::STATUS_COMPLETED),
    index(UPLOADS, keys::EXPIRY),
    on(USAGE, &[("user_id", 1)]).unique("usage.user_id"),
    on(STORED_ITEMS, &[("user_id", 1), ("item", 1)]).unique("stored_items.item"),
    index(WEBHOOK_ENDPOINTS, keys::USER_OLDEST),
    index(WEBHOOK_DELIVERIES, keys::USER_NEWEST),
    index(WEBHOOK_DELIVERIES, keys::USER_STATUS_NEWEST),
    index(WEBHOOK_DELIVERIES, keys::USER_ENDPOINT_NEWEST),
    index(WEBHOOK_DELIVERIES, keys::ENDED).partial("ended_at"),
    on(SESSIONS, &[("expires_at", 1)]),
    on(SESSIONS, &[("revoked_at", 1)]).partial("revoked_at"),
    on(REFRESH_TOKENS, &[("expires_at", 1)]),
    on(MAGIC_LINKS, &[("expires_at", 1)]),
    on(EMAIL_VERIFICATIONS, &[("expires_at", 1)]),
    on(WS_TICKETS, &[("expires_at", 1)]),
    // The kernel's.
    index(JOBS, keys::JOBS_DUE).partial("due_at"),
    index(JOBS, keys::JOBS_STATE),
    on(JOBS, &[("unique_key", 1)]).unique("jobs.unique_key").partial("unique_key"),
    on(JOBS, &[("finished_at", 1)]).partial("finished_at"),
    on(JOBS, &[("user_id", 1)]).partial("user_id"),
    on(EVENTS, &[("user_id", 1), ("seq", 1)]).unique("events.seq"),
    index(AUDIT, keys::AUDIT_NEWEST),
    on(AUDIT, &[("actor", 1), ("at", -1), ("_id", -1)]).partial("actor"),
    index(AUDIT, keys::AUDIT_SUBJECT_NEWEST),
    index(AUDIT, keys::AUDIT_ACTION_NEWEST),
    index(AUDIT, keys::AUDIT_UNSEALED),
    on(AUDIT_SEALS, &[("seq", 1)]).unique("audit_seals.seq"),
    on(IDEMPOTENCY, &[("user_id", 1), ("key", 1)]).unique("idempotency.key"),
    on(IDEMPOTENCY, &[("expires_at", 1)]),
];

/// The indexes of one collection.
pub(crate) fn of(collection: &str) -> impl Iterator<Item = &'static Index> {
    INDEXES.iter().filter(move |index| index.collection == collection)
}

/// The constraint named in the message of a duplicate key, which is all the server tells:
/// `E11000 duplicate key error collection: wearit.users index: email_1 dup key: { email: "…" }`. The key's value is left behind.
pub(crate) fn constraint(message: &str) -> String {
    let word_after = |mark: &str| message.split_once(mark).and_then(|(_, rest)| rest.split_whitespace().next());
    let collection = word_after("collection: ").and_then(|namespace| namespace.split_once('.')).map_or("unknown", |(_, name)| name);
    let name = word_after("index: ").unwrap_or("unknown");
    if (collection, name) == (RESULTS, "_id_") {
        return "results.hackathonId".to_owned();
    }
    if (collection, name) == (AUDIT_SEALS, "_id_") {
        return "audit_seals.entry".to_owned();
    }
    let known = of(collection).find(|index| index.name() == name).and_then(|index| index.unique);
    known.map_or_else(|| format!("{collection}.{}", name.trim_end_matches('_')), str::to_owned)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::collections::{ALL, GUARDS};

    #[test]
    fn a_clash_is_named_as_the_ports_name_it() {
        let message = r#"E11000 duplicate key error collection: t.users index: email_1 dup key: { email: "ada@example.org" }"#;
        assert_eq!(constraint(message), "users.email");
        let message = "E11000 duplicate key error collection: t.favorites index: user_id_1_tryon_id_1 dup key: { … }";
        assert_eq!(constraint(message), "favorites.tryon_id");
        assert_eq!(constraint("E11000 duplicate key error collection: t.audit index: _id_ dup key: { _id: 1 }"), "audit._id");
    }

    #[test]
    fn no_index_is_listed_twice_and_no_collection_goes_without() {
        let names: BTreeSet<_> = INDEXES.iter().map(|index| (index.collection, index.name())).collect();
        assert_eq!(names.len(), INDEXES.len());
        for collection in ALL.into_iter().filter(|collection| ![GUARDS, RESULTS].contains(collection)) {
            assert!(of(collection).next().is_some(), "{collection}");
        }
    }
}
