//! The try-on providers that the settings name, each within the operator's limits.

use std::sync::Arc;

use atelier_adapter_ai::{
    CogSettings, CogTryOn, FashnSettings, FashnTryOn, GovernedTryOn, HttpLimits, InputMode, ProviderHttp, ProviderLimits,
    ProviderSetupError, ReplicateSettings, ReplicateTryOn, TryOnModels,
};
use atelier_adapter_fitting::LocalTryOn;
use atelier_domain::wearit::tryon::TryOnProvider;

use crate::config::{ProviderInputs, TryOnSettings};
use crate::product::{StartError, TryOnEngines, failed};

/// Every provider of `TRYON_PROVIDERS`, and the local engine to look at body photos, whoever makes the pictures.
pub(crate) fn tryon_engines(settings: &TryOnSettings) -> Result<TryOnEngines, StartError> {
    let local = Arc::new(LocalTryOn::new(settings.own_concurrency()));
    let remote = settings.tryon_providers.iter().any(|name| name != "local");
    let remote = if remote { Some(Remote::new(settings)?) } else { None };
    let mut providers: Vec<Arc<dyn TryOnProvider>> = Vec::with_capacity(settings.tryon_providers.len());
    for name in &settings.tryon_providers {
        let provider = match &remote {
            Some(remote) if name != "local" => remote.provider(name).map_err(failed("a try-on provider"))?,
            _ => local.clone(),
        };
        providers.push(provider);
    }
    Ok(TryOnEngines { providers, examiner: Some(local) })
}

/// What providers of others share.
struct Remote<'a> {
    settings: &'a TryOnSettings,
    http: ProviderHttp,
    models: TryOnModels,
}

impl<'a> Remote<'a> {
    fn new(settings: &'a TryOnSettings) -> Result<Self, StartError> {
        let http = ProviderHttp::new(HttpLimits::default()).map_err(failed("the client of try-on providers"))?;
        let models = TryOnModels::load(settings.tryon_models_file.as_deref()).map_err(failed("the table of try-on models"))?;
        Ok(Self { settings, http, models })
    }

    fn provider(&self, name: &str) -> Result<Arc<dyn TryOnProvider>, ProviderSetupError> {
        let Self { settings, http, models } = self;
        let inputs = match settings.tryon_inputs {
            ProviderInputs::Url => InputMode::SignedUrl,
            ProviderInputs::Inline => InputMode::Inline,
            ProviderInputs::Upload => InputMode::Upload,
        };
        let provider: Arc<dyn TryOnProvider> = match name {
            "cog" => {
                let server = CogSettings::new(settings.cog_url.clone().unwrap_or_default(), settings.cog_model.clone());
                Arc::new(CogTryOn::new(http.clone(), models, &CogSettings { token: settings.cog_token.clone(), inputs, ..server })?)
            }
            "replicate" => {
                let account = ReplicateSettings::new(settings.replicate_api_token.clone().unwrap_or_default());
                let account = ReplicateSettings {
                    url: settings.replicate_base_url.clone().unwrap_or(account.url),
                    webhook_secret: settings.replicate_webhook_secret.clone(),
                    models: settings.replicate_models.clone(),
                    inputs,
                    ..account
                };
                Arc::new(ReplicateTryOn::new(http.clone(), models, &account)?)
            }
            _ => {
                let account = FashnSettings::new(settings.fashn_api_key.clone().unwrap_or_default());
                let account = FashnSettings {
                    url: settings.fashn_base_url.clone().unwrap_or(account.url),
                    models: settings.fashn_models.clone(),
                    inputs,
                    ..account
                };
                Arc::new(FashnTryOn::new(http.clone(), models, &account)?)
            }
        };
        let limits = ProviderLimits {
            concurrency: if name == "cog" { settings.cog_concurrency } else { settings.provider_concurrency }.get(),
            per_minute: settings.provider_requests_per_minute,
            ..ProviderLimits::default()
        };
        Ok(Arc::new(GovernedTryOn::new(provider, &limits)))
    }
}
