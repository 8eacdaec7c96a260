//! What the Core Database Service needs.

use std::collections::BTreeMap;
use std::sync::Arc;

use atelier_adapter_http::DataServices;
use atelier_domain::dataservice::backups::{BackupKeeper, BackupService};
use atelier_domain::dataservice::catalogue::Catalogue;
use atelier_domain::dataservice::leases::Leases;
use atelier_domain::dataservice::migrations::{MigrationService, Migrator};
use atelier_domain::dataservice::queries::{AnswerCache, QueryService, RowStore};
use atelier_domain::dataservice::transactions::{Recovery, TransactionPorts, Transactions};
use atelier_domain::dataservice::{DataPersonalData, Database, OwnedData};
use atelier_domain::identity::IdentityPorts;
use atelier_domain::kernel::PersonalData;

use super::trail::AuditedDecisions;

/// What the Core Database Service needs. Without any of it, it says what is not configured.
#[derive(Clone, Default)]
pub struct DataParts {
    /// What requests can point to.
    pub catalogue: Arc<Catalogue>,
    /// The stores of rows.
    pub rows: BTreeMap<Database, Arc<dyn RowStore>>,
    /// Keeps answers, where there is something to keep them in.
    pub answers: Option<Arc<dyn AnswerCache>>,
    /// Keeps copies of the database.
    pub backups: Option<Arc<dyn BackupKeeper>>,
    /// Brings the schema forward.
    pub migrator: Option<Arc<dyn Migrator>>,
    /// What transactions are made with, where there is a database to decide them.
    pub transactions: Option<TransactionPorts>,
    /// What holds data of persons.
    pub owned: Vec<Arc<dyn OwnedData>>,
    /// Hands out credentials.
    pub leases: Option<Arc<Leases>>,
}

impl DataParts {
    /// Its duty towards a person's data.
    pub(crate) fn personal_data(&self) -> Arc<dyn PersonalData> {
        Arc::new(DataPersonalData::new(self.owned.clone()))
    }

    /// What administrators do with operations that cannot be applied; each decision is audited.
    pub(crate) fn recovery(&self, identity: &IdentityPorts) -> Option<Recovery> {
        let ports = self.transactions.as_ref()?;
        Some(Recovery::new(ports, identity.clock.clone()).with_trail(Arc::new(AuditedDecisions::new(identity))))
    }

    /// The services on these parts.
    pub(crate) fn http(&self, identity: &IdentityPorts) -> DataServices {
        DataServices {
            recovery: self.recovery(identity).map(Arc::new),
            leases: self.leases.clone(),
            backups: Arc::new(BackupService::new(self.backups.clone())),
            migrations: Arc::new(MigrationService::new(self.migrator.clone(), identity.secrets.clone())),
            transactions: self.transactions.as_ref().map(|ports| Arc::new(Transactions::new(ports.clone()))),
            queries: Arc::new(QueryService::new(self.catalogue.clone(), self.rows.clone(), self.answers.clone())),
        }
    }
}
