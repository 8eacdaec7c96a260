//! Typed identifiers: 12 bytes, written as 24 lower-case hex digits, the form of a BSON ObjectId.

use std::fmt;
use std::str::FromStr;

/// The text is not 24 hex digits.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a valid {entity} id: 24 hex digits expected")]
pub struct InvalidId {
    /// Which entity's id was expected.
    pub entity: &'static str,
}

/// What every typed identifier can do.
pub trait EntityId: Copy + Eq + Ord + std::hash::Hash + fmt::Display + FromStr<Err = InvalidId> + Send + Sync + 'static {
    /// The entity's name, for error messages.
    const ENTITY: &'static str;
    /// Makes the id from its 12 bytes.
    fn from_bytes(bytes: [u8; 12]) -> Self;
    /// The 12 bytes of the id.
    fn bytes(&self) -> [u8; 12];
}

/// Makes identifiers that are unique across processes and roughly ordered by time.
pub trait IdGenerator: Send + Sync {
    /// The next 12 bytes: 4 of seconds, 5 of process, 3 of counter, as a BSON ObjectId.
    fn next_bytes(&self) -> [u8; 12];
}

impl dyn IdGenerator + '_ {
    /// A new id of the entity `T`.
    pub fn generate<T: EntityId>(&self) -> T {
        T::from_bytes(self.next_bytes())
    }
}

fn parse_hex(text: &str) -> Option<[u8; 12]> {
    let digits = text.as_bytes();
    if digits.len() != 24 {
        return None;
    }
    let mut bytes = [0; 12];
    for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
        let high = char::from(pair[0]).to_digit(16)?;
        let low = char::from(pair[1]).to_digit(16)?;
        *byte = u8::try_from(high * 16 + low).ok()?;
    }
    Some(bytes)
}

macro_rules! entity_ids {
    ($($(#[$doc:meta])* $name:ident = $entity:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name([u8; 12]);

        impl EntityId for $name {
            const ENTITY: &'static str = $entity;
            fn from_bytes(bytes: [u8; 12]) -> Self {
                Self(bytes)
            }
            fn bytes(&self) -> [u8; 12] {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({self})", stringify!($name))
            }
        }

        impl FromStr for $name {
            type Err = InvalidId;
            fn from_str(text: &str) -> Result<Self, InvalidId> {
                parse_hex(text).map(Self).ok_or(InvalidId { entity: $entity })
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    )*};
}

entity_ids! {
    /// An account.
    UserId = "user";
    /// A signed-in device: the family of refresh tokens that began with one sign-in.
    SessionId = "session";
    /// A one-time token (magic link, e-mail verification, WebSocket ticket).
    TokenId = "token";
    /// A password reset code.
    ResetId = "password reset";
    /// A garment in a wardrobe.
    ClothingId = "clothing";
    /// A body: photo and measurements.
    BodyId = "body";
    /// A try-on.
    TryOnId = "tryon";
    /// A favourite.
    FavoriteId = "favorite";
    /// A direct upload.
    UploadId = "upload";
    /// An address that is told what happens.
    EndpointId = "webhook endpoint";
    /// One message to one endpoint.
    DeliveryId = "webhook delivery";
    /// A background job.
    JobId = "job";
    /// An audit entry.
    AuditId = "audit entry";
    /// A hackathon.
    HackathonId = "hackathon";
    /// A conversation, or the alias under which the jury knows it.
    ConversationId = "conversation";
    /// A message of a conversation.
    MessageId = "message";
    /// An examiner's evaluation.
    EvaluationId = "evaluation";
    /// An analytics event.
    AnalyticsId = "analytics event";
}

/// The namespace of [`data_user_id`]: UUIDv5 of the URL `https://atelier.dev/data-users`.
pub const DATA_USER_NAMESPACE: uuid::Uuid = uuid::Uuid::from_u128(0x6d0f_5a3c_8e1b_5c7d_9a42_3b6c_1f0e_d5a7);

/// The owner id of an account's rows in the Core Database Service.
pub fn data_user_id(account_id: UserId) -> uuid::Uuid {
    uuid::Uuid::new_v5(&DATA_USER_NAMESPACE, account_id.to_string().as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_survives_text_and_back() {
        let id = ClothingId::from_bytes([1, 2, 3, 250, 0, 9, 8, 7, 6, 5, 4, 255]);
        assert_eq!(id.to_string(), "010203fa00090807060504ff");
        assert_eq!(id.to_string().parse(), Ok(id));
    }

    #[test]
    fn anything_but_24_hex_digits_is_refused() {
        for text in ["", "0102", "zz0203fa00090807060504ff", "010203fa00090807060504ff0", "é10203fa00090807060504f"] {
            assert!(text.parse::<UserId>().is_err(), "{text:?}");
        }
    }
}
