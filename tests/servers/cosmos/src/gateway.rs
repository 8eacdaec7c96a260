//! Requests of the network made requests of the emulator, and its answers answers of the network.

use std::sync::Arc;

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use azure_core::http::{Method, Request, Url};
use azure_data_cosmos_driver::in_memory_emulator::{InMemoryEmulatorHttpClient, VirtualAccountConfig, VirtualRegion};

use crate::signature::MasterKey;

/// The one region of the account; clients must name one.
const REGION: &str = "East US";

/// The account behind its endpoint.
pub(crate) struct Gateway {
    endpoint: String,
    key: MasterKey,
    emulator: Arc<InMemoryEmulatorHttpClient>,
}

impl Gateway {
    /// An empty account whose only region answers on this port of loopback.
    pub(crate) fn new(port: u16, key: MasterKey) -> Result<Self, Box<dyn std::error::Error>> {
        let endpoint = format!("http://127.0.0.1:{port}");
        let account = VirtualAccountConfig::new(vec![VirtualRegion::new(REGION, endpoint.parse()?)])?;
        Ok(Self { endpoint, key, emulator: Arc::new(InMemoryEmulatorHttpClient::try_new(account)?) })
    }

    async fn answer(&self, request: &HttpRequest, body: &web::Bytes) -> Result<HttpResponse, Box<dyn std::error::Error>> {
        let Some(method) = method(request) else { return Ok(HttpResponse::MethodNotAllowed().finish()) };
        let target = request.uri().path_and_query().map_or("/", |target| target.as_str());
        let url: Url = format!("{}{target}", self.endpoint).parse()?;
        let mut passed = Request::new(url, method);
        for (name, value) in request.headers() {
            passed.headers_mut().insert(name.as_str().to_owned(), value.to_str()?.to_owned());
        }
        passed.set_body(body.to_vec());
        let answer = self.emulator.execute_request(&passed).await?.try_into_raw_response().await?;
        let mut response = HttpResponse::build(StatusCode::from_u16(answer.status().into())?);
        for (name, value) in answer.headers().iter() {
            if !matches!(name.as_str(), "content-length" | "transfer-encoding") {
                response.append_header((name.as_str(), value.as_str()));
            }
        }
        if request.path() == "/" {
            // The account tells where its regions are; clients that came through a proxy are to stay behind it.
            let asked = format!("http://{}", request.connection_info().host());
            return Ok(response.body(String::from_utf8_lossy(answer.body()).replace(&self.endpoint, &asked)));
        }
        Ok(response.body(answer.body().to_vec()))
    }
}

fn method(request: &HttpRequest) -> Option<Method> {
    Some(match request.method().as_str() {
        "GET" => Method::Get,
        "HEAD" => Method::Head,
        "POST" => Method::Post,
        "PUT" => Method::Put,
        "PATCH" => Method::Patch,
        "DELETE" => Method::Delete,
        _ => return None,
    })
}

/// Answers whatever is asked by somebody who signs with the key, and 401 to anybody else.
pub(crate) async fn serve(gateway: web::Data<Gateway>, request: HttpRequest, body: web::Bytes) -> HttpResponse {
    let header = |name| request.headers().get(name).and_then(|value| value.to_str().ok());
    if !gateway.key.signed(request.method().as_str(), request.path(), header("x-ms-date"), header("authorization")) {
        return HttpResponse::Unauthorized()
            .content_type("application/json")
            .body(r#"{"code":"Unauthorized","message":"The input authorization token can't serve the request."}"#);
    }
    gateway.answer(&request, &body).await.unwrap_or_else(|error| HttpResponse::ServiceUnavailable().body(error.to_string()))
}
