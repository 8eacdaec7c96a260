//! Changes of the stores beside PostgreSQL, as they wait in the outbox.

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use uuid::Uuid;

use super::super::Database;
use super::Fence;

/// A change outside PostgreSQL's transaction, as it is written (sealed) to the outbox: our own stored format.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "database", rename_all = "lowercase")]
pub enum StoreWrite {
    /// In Redis.
    Redis(RedisWrite),
    /// In Cosmos DB.
    CosmosDb(CosmosWrite),
    /// Among the embeddings.
    Vector(VectorWrite),
}

impl StoreWrite {
    /// The store.
    pub fn database(&self) -> Database {
        match self {
            Self::Redis(_) => Database::Redis,
            Self::CosmosDb(_) => Database::CosmosDb,
            Self::Vector(_) => Database::Vector,
        }
    }

    /// What is changed, as one text: changes of the same target are applied in the order of their decisions.
    pub fn target(&self) -> String {
        match self {
            Self::Redis(write) => format!("redis/{}", write.physical_key()),
            Self::CosmosDb(write) => format!("cosmosdb/{}/{}/{}", write.container, write.owner, write.id),
            Self::Vector(write) => format!("vector/{}/{}", write.table, write.id),
        }
    }
}

/// A change of one key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RedisWrite {
    /// Whose key it is.
    #[serde(with = "uuid_text")]
    pub owner: Uuid,
    /// The key as the client names it.
    pub key: String,
    /// What happens to it.
    pub command: RedisCommand,
}

/// What happens to a key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RedisCommand {
    /// It gets this value, whatever it held.
    Set {
        /// The value.
        value: String,
        /// Seconds until it is gone; set with the value.
        ttl: Option<u64>,
    },
    /// It is removed.
    Del,
    /// Its number grows by so much.
    IncrBy(i64),
    /// It is gone after so many seconds.
    Expire {
        /// The seconds.
        ttl: u64,
    },
}

impl RedisWrite {
    /// What the keys of the service's own begin with, inside an owner's; refused to clients.
    pub const RESERVED: &'static str = "~";

    /// The key in Redis. The braces keep an owner's keys in one slot of a cluster.
    pub fn physical_key(&self) -> String {
        format!("u:{{{}}}:{}", self.owner, self.key)
    }

    /// The key that tells that the operation has been done.
    pub fn fence_key(&self, fence: &Fence) -> String {
        format!("u:{{{}}}:{}fence:{}:{}", self.owner, Self::RESERVED, fence.transaction_id, fence.operation)
    }
}

/// A change of one document.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CosmosWrite {
    /// Whose document it is; the partition.
    #[serde(with = "uuid_text")]
    pub owner: Uuid,
    /// The field that says so, by which the container is partitioned.
    pub owner_field: String,
    /// The container.
    pub container: String,
    /// The document's id.
    pub id: String,
    /// The ETag it must have.
    pub if_match: Option<String>,
    /// What happens to it.
    pub command: CosmosCommand,
}

impl CosmosWrite {
    /// What the ids of the service's own documents begin with; refused to clients.
    pub const RESERVED: &'static str = "~";

    /// The id of the document that tells that the operation has been done.
    pub fn fence_id(&self, fence: &Fence) -> String {
        format!("{}fence:{}:{}", Self::RESERVED, fence.transaction_id, fence.operation)
    }
}

/// What happens to a document.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CosmosCommand {
    /// It is made; one of that id must not be there.
    Create(Json),
    /// It is replaced; it must be there.
    Replace(Json),
    /// It is made or replaced.
    Upsert(Json),
    /// It is removed.
    Delete,
    /// Parts of it change: a list of `{op, path, value}`.
    Patch(Json),
}

/// A change of one embedding.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct VectorWrite {
    /// Whose it is.
    #[serde(with = "uuid_text")]
    pub owner: Uuid,
    /// Whether only embeddings of this owner may be touched; administrators may touch all.
    pub confined: bool,
    /// The table.
    pub table: String,
    /// The embedding's id, fixed before the decision: applied twice it is the same.
    #[serde(with = "uuid_text")]
    pub id: Uuid,
    /// Its columns beside id and owner, by name, as answers show them; none when it is removed.
    pub columns: Option<Vec<(String, Json)>>,
}

/// UUIDs as text: the crate's own support would be a feature for every crate of the workspace.
mod uuid_text {
    use serde::{Deserialize, Deserializer, Serializer};
    use uuid::Uuid;

    pub(super) fn serialize<S: Serializer>(uuid: &Uuid, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(uuid)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Uuid, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::super::TransactionId;
    use super::*;

    #[test]
    fn a_key_and_its_fence_share_the_hash_tag_of_the_owner() {
        let write = RedisWrite { owner: Uuid::from_u128(7), key: "a}b".into(), command: RedisCommand::Del };
        let fence = Fence { transaction_id: TransactionId::of("x"), operation: 2 };
        let tag = "u:{00000000-0000-0000-0000-000000000007}:";
        assert_eq!(write.physical_key(), format!("{tag}a}}b"));
        assert_eq!(write.fence_key(&fence), format!("{tag}~fence:tx_x:2"));
    }
}
