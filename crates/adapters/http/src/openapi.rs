//! The OpenAPI 3.1 document, made from the registered routes, and Swagger UI with its assets inside the binary.

use actix_web::{App, HttpResponse, web};
use utoipa::openapi::path::{Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::schema::{ObjectBuilder, Schema, Type};
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{Info, OpenApi, RefOr, Required};
use utoipa_actix_web::AppExt;
use utoipa_swagger_ui::{Config, SwaggerUi};

use crate::api;
use crate::dataservice::{REQUIRED_HEADERS, is_data_path};
use crate::settings::Products;

/// The document of every route.
pub fn document(version: &str) -> OpenApi {
    let mut document = routes_of(Products::ALL);
    // Most of v2 is what v1 is, but a name stands for one operation only.
    for (_, item) in document.paths.paths.iter_mut().filter(|(path, _)| path.starts_with("/api/v2/")) {
        for operation in [&mut item.get, &mut item.post].into_iter().flatten() {
            operation.operation_id = operation.operation_id.take().map(|id| format!("{id}_v2"));
        }
    }
    for (path, item) in &mut document.paths.paths {
        for operation in [&mut item.get, &mut item.post, &mut item.put, &mut item.patch, &mut item.delete].into_iter().flatten() {
            let parameters = operation.parameters.get_or_insert_default();
            if is_data_path(path) {
                parameters.extend(REQUIRED_HEADERS.map(|header| RefOr::T(required_header(header))));
            } else {
                parameters.iter_mut().for_each(say_what_ids_are);
            }
        }
    }
    let mut info = Info::new("Atelier", version);
    info.description = Some(
        "WearIT, virtual try-on: wardrobe, body photo, try-ons with live progress, favourites. Prompt Challenge: hackathons, \
         conversations with models under quotas, jury, results. Sign up, send the access token as `Authorization: Bearer …`. Errors \
         always have the same shape; `code` is stable. `Idempotency-Key` is accepted by every POST that creates or spends. This is every \
         route there is; those of a product that this process does not serve answer 404."
            .to_owned(),
    );
    info.license = Some(utoipa::openapi::License::new("MIT OR Apache-2.0"));
    document.info = info;
    let bearer = SecurityScheme::Http(HttpBuilder::new().scheme(HttpAuthScheme::Bearer).bearer_format("JWT").build());
    document.components.get_or_insert_default().security_schemes.insert("bearer".to_owned(), bearer.into());
    document
}

fn required_header((name, longest, description): (&str, usize, &str)) -> Parameter {
    let schema = ObjectBuilder::new().schema_type(Type::String).pattern(Some("^[!-~]+$")).min_length(Some(1)).max_length(Some(longest));
    let header = ParameterBuilder::new().name(name).parameter_in(ParameterIn::Header).required(Required::True);
    header.description(Some(description)).schema(Some(schema)).build()
}

/// Ids in paths are those of [`EntityId`](atelier_domain::kernel::EntityId), but for the Core Database Service's.
fn say_what_ids_are(parameter: &mut RefOr<Parameter>) {
    if let RefOr::T(Parameter { name, parameter_in: ParameterIn::Path, schema: Some(RefOr::T(Schema::Object(text))), .. }) = parameter
        && name.ends_with("id")
    {
        text.pattern = Some("^[0-9a-fA-F]{24}$".to_owned());
    }
}

/// The routes of these products, and those that every process has.
pub(crate) fn routes_of(products: Products) -> OpenApi {
    let (_app, document) = App::new().into_utoipa_app().configure(|config| api::routes(config, products)).split_for_parts();
    document
}

/// The document as it is served.
pub(crate) fn document_json(version: &str) -> web::Bytes {
    serde_json::to_vec(&document(version)).unwrap_or_default().into()
}

/// Serves the document and Swagger UI.
pub(crate) fn serve(config: &mut web::ServiceConfig, json: web::Bytes) {
    let answer = move || {
        let json = json.clone();
        async move { HttpResponse::Ok().content_type("application/json").body(json) }
    };
    config
        .route("/api-docs/openapi.json", web::get().to(answer))
        .route("/docs", web::get().to(|| async { web::Redirect::to("/docs/") }))
        .service(SwaggerUi::new("/docs/{_:.*}").config(Config::from("/api-docs/openapi.json").persist_authorization(true)));
}
