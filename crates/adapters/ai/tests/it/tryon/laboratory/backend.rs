//! The adapters with their vendors.

use std::sync::Arc;
use std::time::Duration;

use atelier_adapter_ai::{CogSettings, CogTryOn, FashnSettings, FashnTryOn, ReplicateSettings, ReplicateTryOn, TryOnModels};
use atelier_domain::kernel::SecretString;
use atelier_testkit::contract::TryOnProviderUnderTest;
use atelier_testkit::laboratory::{TryOnVendor, VendorKind};

use crate::tryon::wanted::http;

/// Nobody listens there.
const NOBODY: &str = "http://127.0.0.1:9";

pub(crate) fn models() -> TryOnModels {
    TryOnModels::load(None).unwrap()
}

pub(crate) fn cog_at(url: &str) -> CogTryOn {
    let mut settings = CogSettings::new(url, "idm-vton");
    settings.lost_after = Duration::from_secs(1);
    CogTryOn::new(http(), &models(), &settings).unwrap()
}

pub(crate) fn replicate_settings(url: &str) -> ReplicateSettings {
    let mut settings = ReplicateSettings::new(SecretString::from(TryOnVendor::KEY));
    settings.url = url.to_owned();
    settings.webhook_secret = Some(SecretString::from(TryOnVendor::WEBHOOK_SECRET));
    settings
}

pub(crate) fn replicate_with(settings: &ReplicateSettings) -> ReplicateTryOn {
    ReplicateTryOn::new(http(), &models(), settings).unwrap()
}

pub(crate) fn fashn_settings(url: &str) -> FashnSettings {
    let mut settings = FashnSettings::new(SecretString::from(TryOnVendor::KEY));
    settings.url = url.to_owned();
    settings
}

pub(crate) fn fashn_with(settings: &FashnSettings) -> FashnTryOn {
    FashnTryOn::new(http(), &models(), settings).unwrap()
}

pub(crate) async fn cog() -> Option<TryOnProviderUnderTest> {
    let vendor = Arc::new(TryOnVendor::start(VendorKind::Cog).await);
    let (provider, unreachable) = (Arc::new(cog_at(&vendor.url())), Arc::new(cog_at(NOBODY)));
    Some(TryOnProviderUnderTest { provider, unreachable, vendor })
}

pub(crate) async fn replicate() -> Option<TryOnProviderUnderTest> {
    let vendor = Arc::new(TryOnVendor::start(VendorKind::Replicate).await);
    let provider = Arc::new(replicate_with(&replicate_settings(&vendor.url())));
    let unreachable = Arc::new(replicate_with(&replicate_settings(NOBODY)));
    Some(TryOnProviderUnderTest { provider, unreachable, vendor })
}

pub(crate) async fn fashn() -> Option<TryOnProviderUnderTest> {
    let vendor = Arc::new(TryOnVendor::start(VendorKind::Fashn).await);
    let provider = Arc::new(fashn_with(&fashn_settings(&vendor.url())));
    let unreachable = Arc::new(fashn_with(&fashn_settings(NOBODY)));
    Some(TryOnProviderUnderTest { provider, unreachable, vendor })
}
