//! What people do with their own account, by verb: `signup`, `login`, `session` (refresh, log-out, devices), `profile`, `password`,
//! `avatar`.

mod avatar;
mod login;
mod password;
mod profile;
mod session;
mod signup;

use crate::identity::IdentitySettings;

use super::IdentityPorts;

pub use login::LogIn;
pub use profile::UpdateMe;
pub use session::SessionInfo;
pub use signup::SignUp;

pub(crate) use profile::change_email;
pub(crate) use signup::NewAccount;

/// Accounts and their sessions (W117: constructed with its ports).
#[derive(Clone)]
pub struct AccountService {
    ports: IdentityPorts,
    settings: IdentitySettings,
}

impl AccountService {
    /// Makes the service.
    pub fn new(ports: IdentityPorts, settings: IdentitySettings) -> Self {
        Self { ports, settings }
    }
}
