//! Identity's use cases. `account` is what people do with their account, `recovery` what they do when they cannot sign in,
//! `administration` what administrators do, `audit` what they read of it all, `personal_data` export and erasure, `live_ticket` the tickets of live connections.
//! `sign_in` begins a session wherever one is begun; `confirmation` checks passwords,
//! `attempts` counts failed tries.

mod account;
mod administration;
mod attempts;
mod audit;
mod confirmation;
mod live_ticket;
mod personal_data;
mod profile;
mod recovery;
mod sign_in;
mod wiring;

pub use account::{AccountService, LogIn, SessionInfo, SignUp, UpdateMe};
pub use administration::{AccountAdministration, ChangeAccount, CreateAdmin};
pub use audit::{AuditFault, AuditReport, AuditService, KnownSeal};
pub use live_ticket::{LiveTicket, LiveTickets};
pub use personal_data::{IdentityPersonalData, PersonalDataService};
pub use profile::Profile;
pub use recovery::{RecoveryService, ResetPassword};
pub use sign_in::{Client, SignedIn, Tokens};
pub use wiring::IdentityPorts;
