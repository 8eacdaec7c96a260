//! Credentials: bcrypt hashing, access tokens, secrets, sealed records, identifiers and the system's clock.
//!
//! | port | adapter |
//! | --- | --- |
//! | [`PasswordHasher`](atelier_domain::identity::PasswordHasher) | [`BcryptHasher`] |
//! | [`TokenSigner`](atelier_domain::identity::TokenSigner) | [`JwtSigner`] |
//! | [`SecretGenerator`](atelier_domain::kernel::SecretGenerator) | [`RandomSecrets`] |
//! | [`IdGenerator`](atelier_domain::kernel::IdGenerator) | [`ObjectIds`] |
//! | [`Clock`](atelier_domain::kernel::Clock) | [`SystemClock`] |
//! | [`Sealer`](atelier_domain::dataservice::Sealer), [`StreamSealer`](atelier_domain::dataservice::StreamSealer) | [`AesGcmSealer`] |
//!
//! [`InstallationSecrets`] keeps the keys of an installation that was given none.

mod clock;
mod ids;
mod installation;
mod password;
mod random;
mod sealing;
mod streams;
mod token;

pub use clock::SystemClock;
pub use ids::ObjectIds;
pub use installation::{InstallationSecrets, InstallationSecretsError};
pub use password::{BcryptHasher, CostOutOfRange};
pub use random::RandomSecrets;
pub use sealing::{AesGcmSealer, EncryptionKeyError};
pub use token::JwtSigner;
