//! The page at `/`, inside the binary.

use actix_web::http::header;
use actix_web::{HttpResponse, web};

const PAGE: &str = include_str!("../../../../../apps/studio/index.html");
const SCRIPT: &str = include_str!("../../../../../apps/studio/studio.js");
const STYLE: &str = include_str!("../../../../../apps/studio/studio.css");

/// Serves the page and what it loads.
pub(crate) fn serve(config: &mut web::ServiceConfig) {
    for (path, content_type, body) in [
        ("/", "text/html; charset=utf-8", PAGE),
        ("/studio/studio.js", "text/javascript; charset=utf-8", SCRIPT),
        ("/studio/studio.css", "text/css; charset=utf-8", STYLE),
    ] {
        let answer = move || async move {
            HttpResponse::Ok().content_type(content_type).insert_header((header::CACHE_CONTROL, "no-cache")).body(body)
        };
        config.route(path, web::get().to(answer));
    }
}
