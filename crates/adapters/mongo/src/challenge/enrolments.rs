//! Enrolments with their ledgers.

use atelier_domain::challenge::enrolments::{Enrolment, EnrolmentKey, EnrolmentQueries, EnrolmentRepository, Ledger, Reservation};
use atelier_domain::kernel::{HackathonId, StoreError, UserId};
use mongodb::bson::{Document, doc};
use mongodb::options::{FindOptions, Hint};

use crate::collections::ENROLMENTS;
use crate::document::{Fields, date, integer, reference, replacing};
use crate::indexes::{Keys, keys};
use crate::statements::by;
use crate::store::MongoStore;
use crate::transaction::MongoTransaction;

#[async_trait::async_trait]
impl EnrolmentQueries for MongoStore {
    async fn find(&self, key: EnrolmentKey) -> Result<Option<Enrolment>, StoreError> {
        let document = self.one("enrolments.find", ENROLMENTS, of_key(key)).await?;
        document.as_ref().map(enrolment).transpose()
    }

    async fn of_hackathon(&self, hackathon_id: HackathonId) -> Result<Vec<Enrolment>, StoreError> {
        self.enrolments("enrolments.of_hackathon", by("hackathonId", reference(hackathon_id)), keys::HACKATHON_STUDENT_TEST).await
    }

    async fn of_student(&self, student_id: UserId) -> Result<Vec<Enrolment>, StoreError> {
        self.enrolments("enrolments.of_student", by("studentId", reference(student_id)), keys::STUDENT).await
    }
}

impl MongoStore {
    async fn enrolments(&self, operation: &'static str, filter: Document, index: Keys) -> Result<Vec<Enrolment>, StoreError> {
        let options = FindOptions::builder().hint(Hint::Keys(index.document())).build();
        let found = self.all(operation, ENROLMENTS, filter, options).await?;
        found.iter().map(enrolment).collect()
    }
}

#[async_trait::async_trait]
impl EnrolmentRepository for MongoTransaction {
    async fn find(&mut self, key: EnrolmentKey) -> Result<Option<Enrolment>, StoreError> {
        let document = self.locked("enrolments.find", ENROLMENTS, of_key(key)).await?;
        document.as_ref().map(enrolment).transpose()
    }

    async fn insert(&mut self, enrolment: &Enrolment) -> Result<(), StoreError> {
        let mut document = of_key(enrolment.key);
        document.extend(doc! { "pseudonym": &enrolment.pseudonym, "createdAt": date(enrolment.created_at) });
        document.extend(ledger_document(&enrolment.ledger));
        self.add("enrolments.insert", ENROLMENTS, document).await
    }

    async fn update(&mut self, enrolment: &Enrolment) -> Result<(), StoreError> {
        let update = replacing(ledger_document(&enrolment.ledger));
        self.change("enrolments.update", ENROLMENTS, of_key(enrolment.key), update).await.map(drop)
    }
}

fn of_key(key: EnrolmentKey) -> Document {
    doc! { "hackathonId": reference(key.hackathon_id), "studentId": reference(key.student_id), "test": key.test }
}

fn ledger_document(ledger: &Ledger) -> Document {
    let held = |held: &Reservation| doc! { "messageId": reference(held.message_id), "tokens": integer(held.tokens), "at": date(held.at) };
    doc! {
        "promptsUsed": integer(ledger.prompts_used),
        "tokensUsed": integer(ledger.tokens_used),
        "reservations": ledger.reservations.iter().map(held).collect::<Vec<_>>(),
    }
}

fn enrolment(document: &Document) -> Result<Enrolment, StoreError> {
    let fields = Fields::of("enrolment", document);
    let held = |held: &Fields<'_>| {
        Ok::<_, StoreError>(Reservation { message_id: held.parse("messageId")?, tokens: held.number("tokens")?, at: held.time("at")? })
    };
    Ok(Enrolment {
        key: EnrolmentKey {
            hackathon_id: fields.parse("hackathonId")?,
            student_id: fields.parse("studentId")?,
            test: fields.flag("test", false)?,
        },
        pseudonym: fields.text("pseudonym")?.to_owned(),
        ledger: Ledger {
            prompts_used: fields.number("promptsUsed")?,
            tokens_used: fields.number("tokensUsed")?,
            reservations: fields.list("reservations")?.iter().map(held).collect::<Result<_, _>>()?,
        },
        created_at: fields.time("createdAt")?,
    })
}
