//! The pages at `/` and what they load, inside the binary.

use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, ETag, EntityTag, Header, IfNoneMatch};
use actix_web::{HttpRequest, HttpResponse, web};
use rust_embed::RustEmbed;

use crate::error::ApiError;

/// Every file of the folder, as it was when the binary was built; a path can lead nowhere else.
#[derive(RustEmbed)]
#[folder = "../../../apps/studio"]
struct Studio;

/// Serves the page and what it loads.
pub(crate) fn serve(config: &mut web::ServiceConfig) {
    config.route("/", web::get().to(page)).route("/studio/{path:.+}", web::get().to(file));
}

async fn page(request: HttpRequest) -> Result<HttpResponse, ApiError> {
    answer(&request, "index.html")
}

async fn file(request: HttpRequest, path: web::Path<String>) -> Result<HttpResponse, ApiError> {
    answer(&request, &path)
}

/// The file, or that the browser has it already: it asks each time, since a newer binary may have another one.
fn answer(request: &HttpRequest, path: &str) -> Result<HttpResponse, ApiError> {
    let missing = || ApiError::new(StatusCode::NOT_FOUND, "NOT_FOUND", "there is no such page: the first one is at /");
    let file = Studio::get(path).ok_or_else(missing)?;
    // Weak: the same file is sent compressed and not (RFC 9110, section 8.8.1).
    let tag = EntityTag::new_weak(hex::encode(file.metadata.sha256_hash()));
    let fresh = match IfNoneMatch::parse(request) {
        Ok(IfNoneMatch::Any) => true,
        Ok(IfNoneMatch::Items(tags)) => tags.iter().any(|known| known.weak_eq(&tag)),
        Err(_unreadable) => false,
    };
    let mut response = if fresh { HttpResponse::NotModified() } else { HttpResponse::Ok() };
    response.insert_header(ETag(tag)).insert_header((CACHE_CONTROL, "no-cache"));
    if fresh {
        return Ok(response.finish());
    }
    let kind = file.metadata.mimetype();
    let kind = if kind.starts_with("text/") { format!("{kind}; charset=utf-8") } else { kind.to_owned() };
    Ok(response.content_type(kind).body(file.data.into_owned()))
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::IF_NONE_MATCH;
    use actix_web::test::TestRequest;

    use super::*;

    fn get(path: &str) -> Result<HttpResponse, ApiError> {
        answer(&TestRequest::default().to_http_request(), path)
    }

    fn header(response: &HttpResponse, name: &str) -> String {
        response.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned()
    }

    #[test]
    fn every_file_of_the_folder_has_its_type_and_a_tag() -> Result<(), ApiError> {
        for (path, kind) in [
            ("index.html", "text/html; charset=utf-8"),
            ("studio.js", "text/javascript; charset=utf-8"),
            ("challenge/student.js", "text/javascript; charset=utf-8"),
            ("challenge/challenge.css", "text/css; charset=utf-8"),
            ("icon.svg", "image/svg+xml"),
        ] {
            let response = get(path)?;
            assert_eq!(
                (header(&response, "content-type").as_str(), header(&response, "cache-control").as_str()),
                (kind, "no-cache"),
                "{path}"
            );
            let again = TestRequest::default().insert_header((IF_NONE_MATCH, header(&response, "etag"))).to_http_request();
            assert_eq!(answer(&again, path)?.status(), StatusCode::NOT_MODIFIED, "{path}");
        }
        Ok(())
    }

    #[test]
    fn a_script_is_among_the_files_for_every_import_of_another() {
        for path in Studio::iter().filter(|path| path.ends_with(".js")) {
            let text = Studio::get(&path).map(|file| String::from_utf8_lossy(&file.data).into_owned()).unwrap_or_default();
            let folder = path.rsplit_once('/').map(|(folder, _)| format!("{folder}/")).unwrap_or_default();
            for (_, rest) in text.match_indices(" from '.").map(|(at, _)| text.split_at(at + 7)) {
                let imported = rest.split('\'').next().unwrap_or_default();
                let target = match imported.strip_prefix("../") {
                    Some(above) => above.to_owned(),
                    None => format!("{folder}{}", imported.trim_start_matches("./")),
                };
                assert!(Studio::get(&target).is_some(), "{path} imports {imported}");
            }
        }
    }

    #[test]
    fn nothing_outside_the_folder_is_served() {
        for path in ["../api/src/main.rs", "challenge/../../../Cargo.toml", "/etc/passwd", "challenge", "", "Studio.js"] {
            assert!(get(path).is_err_and(|error| error.code() == "NOT_FOUND"), "{path}");
        }
    }
}
