//! What handlers are given.

use std::sync::Arc;

use atelier_domain::challenge::conversations::ConversationService;
use atelier_domain::challenge::evaluations::EvaluationService;
use atelier_domain::challenge::hackathons::HackathonService;
use atelier_domain::challenge::maintenance::MaintenanceService;
use atelier_domain::challenge::participants::ParticipantService;
use atelier_domain::challenge::results::ResultsService;
use atelier_domain::dataservice::backups::BackupService;
use atelier_domain::dataservice::leases::Leases;
use atelier_domain::dataservice::migrations::MigrationService;
use atelier_domain::dataservice::queries::QueryService;
use atelier_domain::dataservice::transactions::{Recovery, Transactions};
use atelier_domain::identity::{
    AccountAdministration, AccountService, AuditService, IdentitySettings, LiveTickets, PersonalDataService, RecoveryService, TokenSigner,
};
use atelier_domain::kernel::{Clock, DirectObjectAccess, EventFeed, IdGenerator, ObjectStore, RateLimiter};
use atelier_domain::wearit::body::BodyService;
use atelier_domain::wearit::favorites::FavoriteService;
use atelier_domain::wearit::quotas::QuotaService;
use atelier_domain::wearit::tryon::{ProviderCallbacks, TryOnService};
use atelier_domain::wearit::uploads::UploadService;
use atelier_domain::wearit::wardrobe::WardrobeService;
use atelier_domain::wearit::webhooks::WebhookService;
use metrics_exporter_prometheus::PrometheusHandle;

use crate::operations::health::HealthCheck;

/// Every service the surface offers; built by `bootstrap`.
pub struct HttpServices {
    /// Accounts and sessions.
    pub accounts: Arc<AccountService>,
    /// What administrators do with accounts.
    pub administration: Arc<AccountAdministration>,
    /// The audit trail.
    pub audit: Arc<AuditService>,
    /// Password reset, magic links, address verification.
    pub recovery: Arc<RecoveryService>,
    /// Tickets for live connections.
    pub tickets: Arc<LiveTickets>,
    /// Export and erasure.
    pub personal_data: Arc<PersonalDataService>,
    /// Garments.
    pub wardrobe: Arc<WardrobeService>,
    /// The body.
    pub body: Arc<BodyService>,
    /// Favourites.
    pub favorites: Arc<FavoriteService>,
    /// Direct uploads.
    pub uploads: Arc<UploadService>,
    /// Try-ons.
    pub tryons: Arc<TryOnService>,
    /// What is left of people's quotas.
    pub quotas: Arc<QuotaService>,
    /// Webhook endpoints and what was sent to them.
    pub webhooks: Arc<WebhookService>,
    /// What try-on providers tell by themselves.
    pub callbacks: Arc<ProviderCallbacks>,
    /// Prompt Challenge.
    pub challenge: ChallengeServices,
    /// The Core Database Service.
    pub data: DataServices,
    /// Live events.
    pub events: Arc<dyn EventFeed>,
    /// Signs the URLs in answers.
    pub objects: Arc<dyn ObjectStore>,
    /// Answers signed URLs itself, when the object store has no server of its own.
    pub direct_objects: Option<Arc<dyn DirectObjectAccess>>,
    /// Tells accounts from addresses for the rate limits.
    pub token_signer: Arc<dyn TokenSigner>,
    /// Rate limits shared with the other processes, where there is something to share them through.
    pub shared_limits: Option<Arc<dyn RateLimiter>>,
    /// One check per configured store.
    pub health: Vec<Arc<dyn HealthCheck>>,
    /// Renders the metrics.
    pub metrics: Option<PrometheusHandle>,
    /// What the operator decided about accounts.
    pub identity: IdentitySettings,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Request ids.
    pub ids: Arc<dyn IdGenerator>,
}

/// Prompt Challenge's services.
pub struct ChallengeServices {
    /// The people who take part, and their consent.
    pub participants: Arc<ParticipantService>,
    /// The events.
    pub hackathons: Arc<HackathonService>,
    /// Prompts and answers.
    pub conversations: Arc<ConversationService>,
    /// The jury's work.
    pub evaluations: Arc<EvaluationService>,
    /// What the notes come to.
    pub results: Arc<ResultsService>,
    /// What is done to the data as a whole.
    pub maintenance: Arc<MaintenanceService>,
}

/// The Core Database Service's services. Each is there without a database too, and says what is not configured.
pub struct DataServices {
    /// Reading rows.
    pub queries: Arc<QueryService>,
    /// Bringing the schema forward.
    pub migrations: Arc<MigrationService>,
    /// Copies of the database.
    pub backups: Arc<BackupService>,
    /// Changing several stores at once; none without a database.
    pub transactions: Option<Arc<Transactions>>,
    /// What administrators do with operations that cannot be applied; none without a database.
    pub recovery: Option<Arc<Recovery>>,
    /// Credentials of services, where there is a database.
    pub leases: Option<Arc<Leases>>,
}
