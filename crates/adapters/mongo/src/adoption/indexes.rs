//! Indexes of the source's program that stand in the way of those of this one.

use futures_util::TryStreamExt;
use mongodb::bson::Document;
use mongodb::error::Error;
use mongodb::{Database, IndexModel};

use crate::collections::{HACKATHONS, USERS};
use crate::indexes;

/// Drops an expiry of `users`, which would remove people with their expired links (checklist CP6), and a text index of another language,
/// beside which there can be no other.
pub(super) async fn make_way(database: &Database) -> Result<(), Error> {
    let present = database.list_collection_names().await?;
    for collection in [USERS, HACKATHONS].into_iter().filter(|name| present.iter().any(|there| there == name)) {
        let documents = database.collection::<Document>(collection);
        let found: Vec<IndexModel> = documents.list_indexes().await?.try_collect().await?;
        for index in found.iter().filter(|index| is_in_the_way(collection, index)) {
            let Some(name) = index.options.as_ref().and_then(|options| options.name.as_deref()) else { continue };
            tracing::warn!(collection, name, "an index of another program was dropped");
            documents.drop_index(name).await?;
        }
    }
    Ok(())
}

fn is_in_the_way(collection: &str, index: &IndexModel) -> bool {
    let Some(options) = &index.options else { return false };
    if collection == USERS {
        return options.expire_after.is_some();
    }
    let ours = indexes::of(collection).find_map(|ours| ours.text);
    options.weights.is_some() && options.default_language.as_deref() != ours
}
