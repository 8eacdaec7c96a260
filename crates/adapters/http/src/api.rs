//! The whole surface: middlewares, routes, fallback, and the server with its graceful end.

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::time::Duration;

use actix_cors::Cors;
use actix_web::dev::ServerHandle;
use actix_web::middleware::{Compress, DefaultHeaders, from_fn};
use actix_web::{App, HttpServer, web};
use tokio_util::sync::CancellationToken;
use utoipa_actix_web::AppExt;
use utoipa_actix_web::service_config::ServiceConfig;

use crate::caller::KnownAccounts;
use crate::challenge::{Comparisons, Exchanges};
use crate::dataservice::Allowances;
use crate::fallback::KnownPaths;
use crate::middleware::observe::observe;
use crate::middleware::rate_limit::{Limiters, limit};
use crate::operations::health::LastHealth;
use crate::settings::{HttpSettings, Products};
use crate::state::HttpServices;
use crate::{challenge, dataservice, extract, fallback, identity, openapi, operations, uploaded, wearit};

/// A server that listens.
pub struct Server {
    /// Where it listens; the port is the real one.
    pub addresses: Vec<SocketAddr>,
    handle: ServerHandle,
    shutdown: CancellationToken,
    exchanges: web::Data<Exchanges>,
    drain_timeout: Duration,
    task: tokio::task::JoinHandle<io::Result<()>>,
}

impl Server {
    /// Stops taking requests, tells live connections to go, waits for requests in flight and for answers of models that nobody waits for
    /// any more, together not longer than the drain timeout, and ends.
    ///
    /// # Errors
    /// What the server ended with.
    pub async fn drain(self) -> io::Result<()> {
        let until = tokio::time::Instant::now() + self.drain_timeout;
        self.shutdown.cancel();
        self.handle.stop(true).await;
        if tokio::time::timeout_at(until, self.exchanges.ended()).await.is_err() {
            tracing::warn!("answers of models are cut off: they are settled from what was saved of them");
        }
        self.task.await.map_err(io::Error::other)?
    }
}

/// Told to handlers that live long, so that they end before the server does.
#[derive(Clone)]
pub(crate) struct Draining(pub(crate) CancellationToken);

/// Every route of these products under `/api/v1` and `/api/v2`, and what is outside them. The OpenAPI document is collected from the same registrations.
pub(crate) fn routes(config: &mut ServiceConfig<'_>, products: Products) {
    let mut scope = utoipa_actix_web::scope("/api/v1").configure(identity::routes);
    if products.wearit {
        scope = scope.configure(wearit::routes);
    }
    if products.challenge {
        scope = scope.configure(challenge::routes);
    }
    if products.data {
        scope = scope.configure(dataservice::versions::v1);
    }
    config.service(scope);
    if products.data {
        config.service(utoipa_actix_web::scope("/api/v2").configure(dataservice::versions::v2));
    }
    config.configure(operations::routes);
}

fn cors(settings: &HttpSettings) -> Cors {
    let mut cors = Cors::default()
        .allowed_methods(["GET", "PUT", "POST", "PATCH", "DELETE"])
        .allow_any_header()
        .expose_headers(["ETag", "X-Request-ID", "Retry-After", "Content-Disposition", "X-Cache", "X-Data-Version", "Idempotent-Replayed"])
        .expose_headers(["Deprecation", "Sunset", "Link"])
        .max_age(3000);
    for origin in &settings.cors_origins {
        cors = if origin == "*" { cors.allow_any_origin() } else { cors.allowed_origin(origin) };
    }
    cors
}

/// Serves on the listener and returns at once. It ends by [`Server::drain`] only, never by a signal of its own.
///
/// # Errors
/// When the listener cannot be used.
pub fn run(services: HttpServices, settings: HttpSettings, listener: TcpListener) -> io::Result<Server> {
    let settings = web::Data::new(settings);
    let limiters = web::Data::from(Limiters::new(settings.rate_limits));
    let allowances = web::Data::new(Allowances::default());
    let services = web::Data::new(services);
    let shutdown = CancellationToken::new();
    let draining = web::Data::new(Draining(shutdown.clone()));
    let known = web::Data::new(KnownAccounts::default());
    let exchanges = web::Data::new(Exchanges::on(tokio::runtime::Handle::current()));
    let comparisons = web::Data::new(Comparisons::default());
    let health = web::Data::new(LastHealth::default());
    let drain_timeout = settings.drain_timeout;
    let running = exchanges.clone();
    let document = openapi::document_json(&settings.version);
    let (products, paths) = (settings.products, web::Data::new(KnownPaths::of(settings.products)));
    let shared = settings.clone();
    tokio::spawn(every(Duration::from_secs(60), shutdown.clone(), {
        let (limiters, allowances) = (limiters.clone(), allowances.clone());
        move || {
            limiters.sweep();
            allowances.sweep();
        }
    }));
    let app = move || {
        let document = document.clone();
        let (app, _collected) = App::new()
            .into_utoipa_app()
            .app_data(services.clone())
            .app_data(shared.clone())
            .app_data(limiters.clone())
            .app_data(allowances.clone())
            .app_data(draining.clone())
            .app_data(known.clone())
            .app_data(running.clone())
            .app_data(comparisons.clone())
            .app_data(health.clone())
            .app_data(paths.clone())
            .map(|app| app.configure(extract::configure).configure(uploaded::configure))
            .configure(|config| routes(config, products))
            .map(|app| app.configure(operations::studio::serve).configure(|config| openapi::serve(config, document)))
            .split_for_parts();
        // The last wrapped is the outermost.
        app.default_service(web::to(fallback::unmatched))
            .wrap(from_fn(limit))
            .wrap(from_fn(dataservice::announce))
            .wrap(Compress::default())
            .wrap(cors(&shared))
            .wrap(security_headers())
            .wrap(from_fn(observe))
    };
    let mut server = HttpServer::new(app)
        .disable_signals()
        .shutdown_timeout(settings.drain_timeout.as_secs())
        .client_request_timeout(Duration::from_secs(15))
        .keep_alive(Duration::from_secs(75));
    if let Some(threads) = settings.threads {
        server = server.workers(threads);
    }
    let server = server.listen(listener)?;
    let addresses = server.addrs();
    let server = server.run();
    let handle = server.handle();
    Ok(Server { addresses, handle, shutdown, exchanges, drain_timeout, task: tokio::spawn(server) })
}

fn security_headers() -> DefaultHeaders {
    DefaultHeaders::new()
        .add(("X-Content-Type-Options", "nosniff"))
        .add(("X-Frame-Options", "DENY"))
        .add(("Referrer-Policy", "no-referrer"))
        .add(("Cross-Origin-Resource-Policy", "same-site"))
        .add((
            "Content-Security-Policy",
            "default-src 'self'; img-src 'self' data: blob: https: http:; style-src 'self' 'unsafe-inline'; frame-ancestors 'none'",
        ))
}

/// Does something again and again until the token is cancelled.
async fn every(period: Duration, until: CancellationToken, mut work: impl FnMut() + Send + 'static) {
    while tokio::time::timeout(period, until.cancelled()).await.is_err() {
        work();
    }
}
