//! What answers when no route does: 405 with `Allow` when the path exists under another method, else 404.

use std::sync::LazyLock;

use actix_web::http::{StatusCode, header};
use actix_web::{HttpRequest, Responder, ResponseError};

use crate::error::ApiError;
use crate::openapi;

/// Path templates of the OpenAPI document with their methods.
static ROUTES: LazyLock<Vec<(Vec<String>, String)>> = LazyLock::new(|| {
    let document = openapi::document("");
    let allow = |item: &utoipa::openapi::path::PathItem| {
        let methods = [
            ("GET", item.get.is_some()),
            ("POST", item.post.is_some()),
            ("PUT", item.put.is_some()),
            ("PATCH", item.patch.is_some()),
            ("DELETE", item.delete.is_some()),
        ];
        methods.iter().filter(|(_, there)| *there).map(|(name, _)| *name).collect::<Vec<_>>().join(", ")
    };
    document.paths.paths.iter().map(|(path, item)| (path.split('/').map(str::to_owned).collect(), allow(item))).collect()
});

fn matches(template: &[String], path: &str) -> bool {
    let parts: Vec<_> = path.split('/').collect();
    parts.len() == template.len() && template.iter().zip(parts).all(|(t, p)| t.starts_with('{') && !p.is_empty() || t == p)
}

/// The fallback.
pub(crate) async fn unmatched(request: HttpRequest) -> impl Responder {
    let path = request.path();
    let allowed: Vec<_> = ROUTES.iter().filter(|(template, _)| matches(template, path)).map(|(_, allow)| allow.as_str()).collect();
    let error = if allowed.is_empty() {
        ApiError::new(StatusCode::NOT_FOUND, "NOT_FOUND", "there is nothing at this path: see /docs")
    } else {
        let allow = allowed.join(", ");
        ApiError::new(StatusCode::METHOD_NOT_ALLOWED, "METHOD_NOT_ALLOWED", format!("this path takes {allow}"))
            .with_header(header::ALLOW, allow)
    };
    error.error_response()
}
