//! The indexes as they are, compared with the table: what is missing, what differs, what nobody uses.

use std::collections::BTreeMap;
use std::fmt;

use futures_util::TryStreamExt;
use mongodb::bson::{Bson, Document, doc};
use mongodb::error::Error;
use mongodb::options::IndexOptions;
use mongodb::{Database, IndexModel};

use crate::collections::ALL;
use crate::error;
use crate::indexes::{self, Index};

/// One index that is not as the table says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum IndexDrift {
    /// It should be there.
    Missing {
        /// The collection.
        collection: String,
        /// The index.
        name: String,
    },
    /// It is there under the same name, with other fields or options.
    Differing {
        /// The collection.
        collection: String,
        /// The index.
        name: String,
        /// What is other than it should be, e.g. `unique`.
        in_what: Vec<&'static str>,
    },
    /// It is there, and this program does not know it. Such an index costs writes and harms nothing else.
    Unexpected {
        /// The collection.
        collection: String,
        /// The index.
        name: String,
    },
}

impl IndexDrift {
    /// Whether the program cannot do without it being put right.
    pub fn is_harmful(&self) -> bool {
        !matches!(self, Self::Unexpected { .. })
    }
}

impl fmt::Display for IndexDrift {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing { collection, name } => write!(f, "{collection}.{name} is missing"),
            Self::Differing { collection, name, in_what } => write!(f, "{collection}.{name} differs in {}", in_what.join(", ")),
            Self::Unexpected { collection, name } => write!(f, "{collection}.{name} is not known"),
        }
    }
}

/// An index that no query used since the server that was asked started.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnusedIndex {
    /// The collection.
    pub collection: String,
    /// The index.
    pub name: String,
}

/// Makes every collection and index that is not there. Repeatable; one that differs is an error.
pub(crate) async fn ensure(database: &Database) -> Result<(), Error> {
    for name in ALL {
        ensure_collection(database, name).await?;
    }
    Ok(())
}

async fn ensure_collection(database: &Database, name: &str) -> Result<(), Error> {
    let models: Vec<IndexModel> = indexes::of(name).map(Index::model).collect();
    if !models.is_empty() {
        // Makes the collection too.
        return database.collection::<Document>(name).create_indexes(models).await.map(drop);
    }
    match database.create_collection(name).await {
        Err(error) if error::answer(&error).is_none_or(|(code, _)| code != NAMESPACE_EXISTS) => Err(error),
        _ => Ok(()),
    }
}

const NAMESPACE_EXISTS: i32 = 48;

/// Every index that is not as the table says, by collection and name.
pub(crate) async fn verify(database: &Database) -> Result<Vec<IndexDrift>, Error> {
    let present = database.list_collection_names().await?;
    let mut drift = Vec::new();
    for collection in ALL {
        let mut found = BTreeMap::new();
        if present.iter().any(|there| there == collection) {
            let mut listed = database.collection::<Document>(collection).list_indexes().await?;
            while let Some(index) = listed.try_next().await? {
                let options = index.options.clone().unwrap_or_default();
                found.insert(options.name.clone().unwrap_or_default(), (index.keys, options));
            }
        }
        found.remove("_id_");
        for index in indexes::of(collection) {
            let name = index.name();
            match found.remove(&name) {
                None => drift.push(IndexDrift::Missing { collection: collection.to_owned(), name }),
                Some((keys, options)) => {
                    let in_what = differences(index, &keys, &options);
                    if !in_what.is_empty() {
                        drift.push(IndexDrift::Differing { collection: collection.to_owned(), name, in_what });
                    }
                }
            }
        }
        drift.extend(found.into_keys().map(|name| IndexDrift::Unexpected { collection: collection.to_owned(), name }));
    }
    Ok(drift)
}

fn differences(index: &Index, keys: &Document, options: &IndexOptions) -> Vec<&'static str> {
    let wanted = index.model().options.unwrap_or_default();
    let mut in_what = Vec::new();
    if !same_keys(keys, &index.listed_keys()) {
        in_what.push("keys");
    }
    if options.unique.unwrap_or(false) != wanted.unique.unwrap_or(false) {
        in_what.push("unique");
    }
    if options.partial_filter_expression != wanted.partial_filter_expression {
        in_what.push("partialFilterExpression");
    }
    if options.expire_after != wanted.expire_after {
        in_what.push("expireAfterSeconds");
    }
    if index.text.is_some() && options.default_language != wanted.default_language {
        in_what.push("default_language");
    }
    if !same_keys(&sorted(options.weights.as_ref()), &sorted(wanted.weights.as_ref())) {
        in_what.push("weights");
    }
    if options.sparse.unwrap_or(false) {
        in_what.push("sparse");
    }
    if options.hidden.unwrap_or(false) {
        in_what.push("hidden");
    }
    if options.collation.is_some() {
        in_what.push("collation");
    }
    in_what
}

/// The server keeps weights in the order of their fields' names.
fn sorted(weights: Option<&Document>) -> Document {
    let weights: BTreeMap<_, _> = weights.into_iter().flatten().collect();
    weights.into_iter().map(|(field, weight)| (field.clone(), weight.clone())).collect()
}

/// Other programs may have written a direction as another type of number.
fn same_keys(left: &Document, right: &Document) -> bool {
    let number = |value: &Bson| match value {
        Bson::Int32(number) => Some(f64::from(*number)),
        Bson::Int64(number) => Some(*number as f64),
        Bson::Double(number) => Some(*number),
        _ => None,
    };
    left.len() == right.len()
        && left
            .iter()
            .zip(right)
            .all(|((field, to), (same, too))| field == same && (to == too || (number(to).is_some() && number(to) == number(too))))
}

/// The indexes that were never used since the server started: `$indexStats` of the server that answers, so ask after a while of real work.
pub(crate) async fn usage(database: &Database) -> Result<Vec<UnusedIndex>, Error> {
    let mut unused = Vec::new();
    for collection in ALL {
        let stats = database.collection::<Document>(collection).aggregate([doc! { "$indexStats": {} }]).await?;
        let stats: Vec<Document> = stats.try_collect().await?;
        for index in stats {
            let name = index.get_str("name").unwrap_or_default();
            let uses = index.get_document("accesses").ok().and_then(|accesses| accesses.get_i64("ops").ok());
            if name != "_id_" && uses == Some(0) {
                unused.push(UnusedIndex { collection: collection.to_owned(), name: name.to_owned() });
            }
        }
    }
    unused.sort_by(|left, right| (&left.collection, &left.name).cmp(&(&right.collection, &right.name)));
    Ok(unused)
}
