//! Credentials: bcrypt hashing, access tokens, secrets, identifiers and the system's clock.
//!
//! | port | adapter |
//! | --- | --- |
//! | [`PasswordHasher`](atelier_domain::identity::PasswordHasher) | [`BcryptHasher`] |
//! | [`TokenSigner`](atelier_domain::identity::TokenSigner) | [`JwtSigner`] |
//! | [`SecretGenerator`](atelier_domain::kernel::SecretGenerator) | [`RandomSecrets`] |
//! | [`IdGenerator`](atelier_domain::kernel::IdGenerator) | [`ObjectIds`] |
//! | [`Clock`](atelier_domain::kernel::Clock) | [`SystemClock`] |
//!
//! [`InstallationSecrets`] keeps the keys of an installation that was given none.

mod clock;
mod ids;
mod installation;
mod password;
mod random;
mod token;

pub use clock::SystemClock;
pub use ids::ObjectIds;
pub use installation::{InstallationSecrets, InstallationSecretsError};
pub use password::{BcryptHasher, CostOutOfRange};
pub use random::RandomSecrets;
pub use token::JwtSigner;
