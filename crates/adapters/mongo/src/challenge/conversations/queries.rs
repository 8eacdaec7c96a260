//! Reading conversations, and noting what arrives of an answer.

use atelier_domain::challenge::conversations::{Conversation, ConversationFilter, ConversationQueries, Gradable, Message, MessageRole};
use atelier_domain::kernel::{ConversationId, HackathonId, MessageId, Page, Paged, StoreError, Timestamp, UserId};
use mongodb::bson::{Document, doc};
use mongodb::options::{FindOptions, Hint};

use super::document::{conversation, gradable, handed_in, only_gradable, without_messages};
use super::message::messages;
use crate::collections::CONVERSATIONS;
use crate::document::{Fields, date, oid, reference};
use crate::indexes::{Keys, keys};
use crate::page::{Order, time_cursor};
use crate::statements::by;
use crate::store::MongoStore;

#[async_trait::async_trait]
impl ConversationQueries for MongoStore {
    async fn find(&self, id: ConversationId) -> Result<Option<Conversation>, StoreError> {
        let document = self.part("conversations.find", CONVERSATIONS, by("_id", oid(id)), without_messages()).await?;
        document.as_ref().map(conversation).transpose()
    }

    async fn find_by_alias(&self, alias: ConversationId) -> Result<Option<Conversation>, StoreError> {
        let filter = by("alias", reference(alias));
        let document = self.part("conversations.find_by_alias", CONVERSATIONS, filter, without_messages()).await?;
        document.as_ref().map(conversation).transpose()
    }

    async fn list(&self, filter: &ConversationFilter, page: &Page) -> Result<Paged<Conversation>, StoreError> {
        let (wanted, index) = filtered(filter);
        let found = self.page_of_conversations("conversations.list", wanted.clone(), &Order::latest("createdAt"), page, index).await?;
        let total = self.total("conversations.count", CONVERSATIONS, wanted, index.document(), (page, found.len())).await?;
        Ok(Paged::from_fetched(found, page.limit, total, |item: &Conversation| time_cursor(item.created_at, &item.id)))
    }

    async fn submitted_by(&self, student_id: UserId, page: &Page) -> Result<Paged<Conversation>, StoreError> {
        let wanted = doc! { "studentId": reference(student_id), "versionFinale.soumisLe": handed_in() };
        let index = keys::STUDENT_CHANGED;
        let order = Order::latest("updatedAt");
        let found = self.page_of_conversations("conversations.submitted_by", wanted.clone(), &order, page, index).await?;
        let total = self.total("conversations.count_submitted", CONVERSATIONS, wanted, index.document(), (page, found.len())).await?;
        Ok(Paged::from_fetched(found, page.limit, total, |item: &Conversation| time_cursor(item.updated_at, &item.id)))
    }

    async fn gradable(
        &self,
        hackathon_id: HackathonId,
        after: Option<ConversationId>,
        limit: u32,
    ) -> Result<Vec<Conversation>, StoreError> {
        let after = after.map(|after| after.to_string()).unwrap_or_default();
        let filter = doc! {
            "hackathonId": reference(hackathon_id),
            "alias": { "$gt": after },
            "versionFinale.soumisLe": handed_in(),
            "test": { "$ne": true },
        };
        self.conversations("conversations.gradable", filter, doc! { "alias": 1 }, keys::GRADABLE, limit).await
    }

    /// From the index alone.
    async fn all_gradable(&self, hackathon_id: HackathonId) -> Result<Vec<Gradable>, StoreError> {
        let filter = doc! {
            "hackathonId": reference(hackathon_id),
            "alias": { "$gt": "" },
            "versionFinale.soumisLe": handed_in(),
            "test": { "$ne": true },
        };
        let index = Hint::Keys(keys::GRADABLE.document());
        let options = FindOptions::builder().sort(doc! { "alias": 1 }).projection(only_gradable()).hint(index).build();
        let found = self.all("conversations.all_gradable", CONVERSATIONS, filter, options).await?;
        found.iter().map(gradable).collect()
    }

    async fn messages(&self, id: ConversationId, skip: u32, limit: u32) -> Result<Vec<Message>, StoreError> {
        if limit == 0 {
            return Ok(Vec::new());
        }
        let slice = doc! { "$slice": ["$messages", i64::from(skip).min(MOST), i64::from(limit).min(MOST)] };
        let pipeline = vec![doc! { "$match": { "_id": oid(id) } }, doc! { "$project": { "messages": slice } }];
        let found = self.aggregated("conversations.messages", CONVERSATIONS, pipeline, doc! { "_id": 1 }).await?;
        found.first().map(messages).transpose().map(Option::unwrap_or_default)
    }

    async fn message(&self, id: ConversationId, message_id: MessageId) -> Result<Option<Message>, StoreError> {
        let only = doc! { "messages": { "$elemMatch": { "_id": oid(message_id) } } };
        let Some(document) = self.part("conversations.message", CONVERSATIONS, by("_id", oid(id)), only).await? else { return Ok(None) };
        Ok(messages(&document)?.pop())
    }

    async fn has_answer(&self, id: ConversationId, content: &str) -> Result<bool, StoreError> {
        let answer = doc! { "$elemMatch": { "role": MessageRole::Assistant.as_str(), "content": content } };
        let filter = doc! { "_id": oid(id), "messages": answer };
        let found = self.part("conversations.has_answer", CONVERSATIONS, filter, doc! { "_id": 1 }).await?;
        Ok(found.is_some())
    }

    async fn silent_since(&self, before: Timestamp, limit: u32) -> Result<Vec<Conversation>, StoreError> {
        let filter = doc! { "inFlight.seenAt": { "$lt": date(before) } };
        let longest = doc! { "inFlight.seenAt": 1, "_id": 1 };
        self.conversations("conversations.silent_since", filter, longest, keys::IN_FLIGHT, limit).await
    }

    async fn save_partial(
        &self,
        id: ConversationId,
        message_id: MessageId,
        content: &str,
        now: Timestamp,
    ) -> Result<Option<bool>, StoreError> {
        let update = doc! { "$set": { "messages.$[answer].content": content, "inFlight.seenAt": date(now) } };
        let work = async {
            let conversations = self.collection(CONVERSATIONS);
            let saving = conversations.find_one_and_update(on_its_way(id, message_id), update);
            saving.array_filters([doc! { "answer._id": oid(message_id) }]).projection(doc! { "inFlight": 1 }).await
        };
        let Some(document) = self.run("conversations.save_partial", work).await? else { return Ok(None) };
        let in_flight = Fields::of("conversation", &document).nested("inFlight")?;
        in_flight.map(|in_flight| in_flight.flag("stopRequested", false)).transpose()
    }

    async fn request_stop(&self, id: ConversationId, message_id: MessageId) -> Result<bool, StoreError> {
        let update = doc! { "$set": { "inFlight.stopRequested": true } };
        self.change_one("conversations.request_stop", CONVERSATIONS, on_its_way(id, message_id), update).await
    }
}

/// The server takes numbers of 32 bits as the bounds of a slice.
const MOST: i64 = i32::MAX as i64;

impl MongoStore {
    async fn page_of_conversations(
        &self,
        operation: &'static str,
        wanted: Document,
        order: &Order,
        page: &Page,
        index: Keys,
    ) -> Result<Vec<Conversation>, StoreError> {
        let mut options = order.options(page, index.document());
        options.projection = Some(without_messages());
        let found = self.all(operation, CONVERSATIONS, order.continued(wanted, page)?, options).await?;
        found.iter().map(conversation).collect()
    }

    async fn conversations(
        &self,
        operation: &'static str,
        filter: Document,
        order: Document,
        index: Keys,
        limit: u32,
    ) -> Result<Vec<Conversation>, StoreError> {
        if limit == 0 {
            return Ok(Vec::new());
        }
        let options = FindOptions::builder().sort(order).limit(i64::from(limit)).projection(without_messages());
        let found = self.all(operation, CONVERSATIONS, filter, options.hint(Hint::Keys(index.document())).build()).await?;
        found.iter().map(conversation).collect()
    }
}

/// The conversation while this answer is on its way.
fn on_its_way(id: ConversationId, message_id: MessageId) -> Document {
    doc! { "_id": oid(id), "inFlight.messageId": reference(message_id) }
}

/// The filter, and the index that has the list's order for the narrowest of its conditions.
fn filtered(filter: &ConversationFilter) -> (Document, Keys) {
    let mut wanted = Document::new();
    let mut index = keys::HACKATHON_LATEST;
    if let Some(hackathon) = filter.hackathon_id {
        wanted.insert("hackathonId", reference(hackathon));
    }
    if let Some(student) = filter.student_id {
        wanted.insert("studentId", reference(student));
        index = if filter.hackathon_id.is_some() { keys::HACKATHON_STUDENT_LATEST } else { keys::STUDENT_LATEST };
    }
    if !filter.with_archived {
        wanted.insert("archived", doc! { "$ne": true });
    }
    (wanted, index)
}
