//! What answers when no route does: 405 with `Allow` when the path exists under another method, else 404.

use actix_web::http::{StatusCode, header};
use actix_web::{HttpRequest, Responder, ResponseError, web};
use utoipa::openapi::path::PathItem;

use crate::dataservice::is_data_path;
use crate::error::ApiError;
use crate::openapi;
use crate::settings::Products;

/// Path templates of what is served, with their methods.
pub(crate) struct KnownPaths(Vec<(Vec<String>, String)>);

impl KnownPaths {
    /// The paths of these products, and those that every process has.
    pub(crate) fn of(products: Products) -> Self {
        let paths = openapi::routes_of(products).paths.paths;
        Self(paths.iter().map(|(path, item)| (path.split('/').map(str::to_owned).collect(), allowed(item))).collect())
    }
}

fn allowed(item: &PathItem) -> String {
    let methods = [
        ("GET", item.get.is_some()),
        ("POST", item.post.is_some()),
        ("PUT", item.put.is_some()),
        ("PATCH", item.patch.is_some()),
        ("DELETE", item.delete.is_some()),
    ];
    methods.iter().filter(|(_, there)| *there).map(|(name, _)| *name).collect::<Vec<_>>().join(", ")
}

fn matches(template: &[String], path: &str) -> bool {
    let parts: Vec<_> = path.split('/').collect();
    parts.len() == template.len() && template.iter().zip(parts).all(|(t, p)| t.starts_with('{') && !p.is_empty() || t == p)
}

/// The fallback.
pub(crate) async fn unmatched(request: HttpRequest) -> impl Responder {
    let path = request.path();
    let known = request.app_data::<web::Data<KnownPaths>>().map(|known| known.0.as_slice()).unwrap_or_default();
    // A path that is written out is what answers, not one that an id would make the same.
    let written_out = known.iter().find(|(template, _)| template.iter().map(String::as_str).eq(path.split('/')));
    let allowed = written_out.or_else(|| known.iter().find(|(template, _)| matches(template, path))).map(|(_, allow)| allow.clone());
    let error = if is_data_path(path) {
        // The table of that product has no 405.
        ApiError::new(StatusCode::NOT_FOUND, "ROUTE_NOT_FOUND", "there is nothing at this path with this method: see /docs")
    } else if let Some(allow) = allowed {
        ApiError::new(StatusCode::METHOD_NOT_ALLOWED, "METHOD_NOT_ALLOWED", format!("this path takes {allow}"))
            .with_header(header::ALLOW, allow)
    } else {
        ApiError::new(StatusCode::NOT_FOUND, "NOT_FOUND", "there is nothing at this path: see /docs")
    };
    error.error_response()
}
