//! Azure Cosmos DB for tests: Microsoft's in-memory emulator, which the driver carries for its own tests, served on loopback.
//!
//! `atelier-cosmos-emulator PORT KEY` answers on `http://127.0.0.1:PORT/` over HTTP/1.1 and cleartext HTTP/2, as the driver opens
//! connections to `http://` endpoints. Requests must carry the [signature] of the master key, which the emulator itself does not look at.
//! What is written is forgotten when the process ends.
//!
//! [signature]: https://learn.microsoft.com/en-us/rest/api/cosmos-db/access-control-on-cosmosdb-resources

mod gateway;
mod signature;

use std::sync::Arc;

use actix_web::{App, HttpServer, web};

use crate::gateway::{Gateway, serve};
use crate::signature::MasterKey;

/// A request's body is 2 MB at most; with one that is larger the emulator itself is to refuse, not the server before it.
const BODY_LIMIT: usize = 8 * 1024 * 1024;

#[actix_web::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let (Some(port), Some(key)) = (arguments.next(), arguments.next()) else {
        return Err("usage: atelier-cosmos-emulator PORT KEY".into());
    };
    let port: u16 = port.parse()?;
    let gateway = Arc::new(Gateway::new(port, MasterKey::from_base64(&key)?)?);
    HttpServer::new(move || {
        App::new()
            .app_data(web::PayloadConfig::new(BODY_LIMIT))
            .app_data(web::Data::from(Arc::clone(&gateway)))
            .default_service(web::to(serve))
    })
    .workers(1)
    .shutdown_timeout(1)
    .bind_auto_h2c(("127.0.0.1", port))?
    .run()
    .await?;
    Ok(())
}
