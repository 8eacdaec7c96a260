//! What the server says of every statement the reads were made of: which index, how much was examined, for how much that was answered.

use std::collections::BTreeMap;

use futures_util::TryStreamExt;
use mongodb::Client;
use mongodb::bson::{Document, doc};

/// The statements of one shape, at their worst.
#[derive(Default)]
struct Shape {
    times: usize,
    keys: i32,
    documents: i32,
    returned: i32,
    millis: i32,
}

fn number(entry: &Document, field: &str) -> i32 {
    entry.get_i32(field).unwrap_or_default()
}

/// Takes down what arrives while the reads are sent.
pub(crate) struct Profiler(mongodb::Database);

impl Profiler {
    pub(crate) async fn start(uri: &str, database: &str) -> Self {
        let database = Client::with_uri_str(uri).await.unwrap().database(database);
        database.run_command(doc! { "profile": 0 }).await.unwrap();
        database.collection::<Document>("system.profile").drop().await.unwrap();
        database.run_command(doc! { "create": "system.profile", "capped": true, "size": 64 * 1024 * 1024 }).await.unwrap();
        database.run_command(doc! { "profile": 2 }).await.unwrap();
        Self(database)
    }

    /// Prints every shape; answers those that read a whole collection, sort in memory or examine more documents than a page needs.
    pub(crate) async fn report(self) -> Vec<String> {
        self.0.run_command(doc! { "profile": 0 }).await.unwrap();
        let cursor = self.0.collection::<Document>("system.profile").find(doc! {}).await.unwrap();
        let entries: Vec<Document> = cursor.try_collect().await.unwrap();
        let (mut shapes, mut complaints) = (BTreeMap::<String, Shape>::new(), Vec::new());
        for entry in entries.iter().filter(|entry| entry.contains_key("planSummary")) {
            let plan = entry.get_str("planSummary").unwrap();
            let collection = entry.get_str("ns").unwrap().split_once('.').unwrap().1;
            if collection.starts_with("system.") || collection == "schema_migrations" {
                continue;
            }
            let command = entry.get_document("command").ok();
            let verb = command.and_then(|command| command.keys().next()).map_or("?", String::as_str);
            let shape = shapes.entry(format!("| {collection} | {verb} | {plan} |")).or_default();
            shape.times += 1;
            shape.keys = shape.keys.max(number(entry, "keysExamined"));
            shape.documents = shape.documents.max(number(entry, "docsExamined"));
            shape.returned = shape.returned.max(number(entry, "nreturned"));
            shape.millis = shape.millis.max(number(entry, "millis"));
            if plan.contains("COLLSCAN") {
                complaints.push(format!("a whole collection is read: {entry}"));
            }
            if entry.get_bool("hasSortStage").unwrap_or(false) {
                complaints.push(format!("sorted in memory: {entry}"));
            }
        }
        println!("| collection | command | plan | times | keys | documents | returned | most ms |");
        println!("| --- | --- | --- | --- | --- | --- | --- | --- |");
        for (name, Shape { times, keys, documents, returned, millis }) in &shapes {
            println!("{name} {times} | {keys} | {documents} | {returned} | {millis} |");
        }
        complaints
    }
}
