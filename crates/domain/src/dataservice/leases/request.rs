//! What is asked for, and which services may ask.

use std::collections::BTreeMap;

use super::model::{Operation, ServiceName};
use crate::dataservice::{DataError, Database, Rejected, Tier};

/// A credential is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AcquireRequest {
    /// By this service.
    pub service_name: ServiceName,
    /// At this store.
    pub database: Database,
    /// To do this.
    pub operation: Operation,
}

fn wrong(field: &'static str, message: &dyn std::fmt::Display) -> DataError {
    DataError::Invalid(Rejected::new("VALIDATION_FAILED", format!("{field}: {message}")).with("field", field))
}

/// The service's name as a client sent it.
///
/// # Errors
/// `VALIDATION_FAILED`.
pub(super) fn service_name(text: &str) -> Result<ServiceName, DataError> {
    text.parse().map_err(|error| wrong("service_name", &error))
}

impl AcquireRequest {
    /// From the texts of a client.
    ///
    /// # Errors
    /// `VALIDATION_FAILED` for a text that means nothing, `DATABASE_NOT_LEASABLE` for a store without credentials of this kind.
    pub fn parse(service_name: &str, database_type: &str, operation_type: &str) -> Result<Self, DataError> {
        let request = Self {
            service_name: self::service_name(service_name)?,
            database: database_type.parse().map_err(|error| wrong("database_type", &error))?,
            operation: operation_type.parse().map_err(|error| wrong("operation_type", &error))?,
        };
        if !matches!(request.database, Database::PostgreSql | Database::Redis) {
            let refused = Rejected::new("DATABASE_NOT_LEASABLE", "connections are leased to postgresql and redis only: query the others");
            return Err(DataError::Invalid(refused.with("database", request.database.as_str())));
        }
        Ok(request)
    }
}

/// `DATA_SERVICES` cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("DATA_SERVICES: {0}: it looks like core-user-service:user|premium|admin,ai-analysis-service:premium")]
pub struct InvalidServices(String);

/// Which services may ask, for callers of which level.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ServiceRegistry {
    /// None: every service, for everybody.
    services: Option<BTreeMap<String, Vec<Tier>>>,
}

impl ServiceRegistry {
    /// From the setting `DATA_SERVICES`: `name:level|level,…`, levels being user, premium and admin; a name alone is for all of them. Empty:
    /// any name, any level.
    ///
    /// # Errors
    /// [`InvalidServices`].
    pub fn parse(setting: &str) -> Result<Self, InvalidServices> {
        let mut services = BTreeMap::new();
        for entry in setting.split(',').map(str::trim).filter(|entry| !entry.is_empty()) {
            let (name, levels) = entry.split_once(':').unwrap_or((entry, "user|premium|admin"));
            let name: ServiceName = name.trim().parse().map_err(|error| InvalidServices(format!("{:?}: {error}", name.trim())))?;
            let tiers = levels.split('|').map(|level| {
                let level = level.trim();
                let known = Tier::ALL.into_iter().find(|tier| tier.as_str() == level);
                known.ok_or_else(|| InvalidServices(format!("{level:?} is none of user, premium, admin")))
            });
            services.insert(name.as_str().to_owned(), tiers.collect::<Result<_, _>>()?);
        }
        Ok(Self { services: (!services.is_empty()).then_some(services) })
    }

    /// Whether the service may ask for a caller of this level.
    ///
    /// # Errors
    /// `SERVICE_NOT_ALLOWED`, the same for an unknown service as for a level it is not registered for.
    pub fn permit(&self, name: &ServiceName, tier: Tier) -> Result<(), DataError> {
        let allowed = |services: &BTreeMap<String, Vec<Tier>>| services.get(name.as_str()).is_some_and(|tiers| tiers.contains(&tier));
        if self.services.as_ref().is_none_or(allowed) {
            return Ok(());
        }
        let refused = Rejected::new("SERVICE_NOT_ALLOWED", "this service may not lease connections for your role: see DATA_SERVICES");
        Err(DataError::Forbidden(refused.with("service_name", name.as_str())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_read_or_refused_with_the_field_at_fault() {
        let request = AcquireRequest::parse("core-user-service", "postgresql", "read").unwrap();
        assert_eq!((request.database, request.operation), (Database::PostgreSql, Operation::Read));
        for (name, database, operation, field) in [
            ("", "postgresql", "read", "service_name"),
            ("Core", "postgresql", "read", "service_name"),
            ("a_b", "postgresql", "read", "service_name"),
            ("a", "mysql", "read", "database_type"),
            ("a", "redis", "admin", "operation_type"),
        ] {
            let error = AcquireRequest::parse(name, database, operation).unwrap_err();
            let rejected = error.rejected().unwrap();
            assert_eq!((rejected.code, rejected.details["field"].as_str().unwrap()), ("VALIDATION_FAILED", field));
        }
        assert!(AcquireRequest::parse(&"a".repeat(63), "redis", "write").is_ok());
        assert!(AcquireRequest::parse(&"a".repeat(64), "redis", "write").is_err());
        for database in ["cosmosdb", "vector"] {
            let error = AcquireRequest::parse("a", database, "read").unwrap_err();
            assert_eq!(error.rejected().unwrap().code, "DATABASE_NOT_LEASABLE");
        }
    }

    #[test]
    fn registered_services_ask_for_their_levels_and_no_registry_lets_all_ask() {
        let name = |text: &str| text.parse::<ServiceName>().unwrap();
        let registry = ServiceRegistry::parse("core-user-service:user|premium, ai-analysis-service").unwrap();
        assert!(registry.permit(&name("core-user-service"), Tier::Premium).is_ok());
        assert!(registry.permit(&name("ai-analysis-service"), Tier::Admin).is_ok());
        for (service, tier) in [("core-user-service", Tier::Admin), ("another", Tier::User)] {
            assert_eq!(registry.permit(&name(service), tier).unwrap_err().rejected().unwrap().code, "SERVICE_NOT_ALLOWED");
        }
        assert!(ServiceRegistry::parse(" ").unwrap().permit(&name("another"), Tier::User).is_ok());
        for setting in ["a:root", "a:", "A:user", ":user"] {
            assert!(ServiceRegistry::parse(setting).is_err(), "{setting}");
        }
    }
}
