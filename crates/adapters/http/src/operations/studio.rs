//! The pages at `/` and what they load, inside the binary.

use std::borrow::Cow;

use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, ETag, EntityTag, Header, IfNoneMatch};
use actix_web::{HttpRequest, HttpResponse, web};
use rust_embed::RustEmbed;
use sha2::{Digest, Sha256};

use crate::error::ApiError;
use crate::settings::HttpSettings;

/// The page that loads everything else.
const PAGE: &str = "index.html";
/// Where it says which products there are, as it stands in the folder.
const PRODUCTS: &str = r#"data-products="wearit challenge data""#;
/// Where it says which text of consent is asked for.
const CONSENT: &str = r#"data-consent="""#;

/// Every file of the folder, as it was when the binary was built; a path can lead nowhere else.
#[derive(RustEmbed)]
#[folder = "../../../apps/studio"]
struct Studio;

/// Serves the page and what it loads.
pub(crate) fn serve(config: &mut web::ServiceConfig) {
    config.route("/", web::get().to(page)).route("/studio/{path:.+}", web::get().to(file));
}

async fn page(request: HttpRequest, settings: web::Data<HttpSettings>) -> Result<HttpResponse, ApiError> {
    let file = Studio::get(PAGE).ok_or_else(missing)?;
    let text = String::from_utf8_lossy(&file.data);
    let told = text.replace(PRODUCTS, &format!(r#"data-products="{}""#, names(&settings))).replace(CONSENT, &consent(&settings));
    Ok(respond(&request, "text/html", &Sha256::digest(&told), told.into_bytes().into()))
}

async fn file(request: HttpRequest, path: web::Path<String>) -> Result<HttpResponse, ApiError> {
    answer(&request, &path)
}

fn missing() -> ApiError {
    ApiError::new(StatusCode::NOT_FOUND, "NOT_FOUND", "there is no such page: the first one is at /")
}

/// The products that are served, as the page reads them.
fn names(settings: &HttpSettings) -> String {
    let products = settings.products;
    let named = [("wearit", products.wearit), ("challenge", products.challenge), ("data", products.data)];
    named.into_iter().filter(|(_, is_served)| *is_served).map(|(name, _)| name).collect::<Vec<_>>().join(" ")
}

/// The version of the consent that is asked for, as an attribute: the operator's text is not read as markup.
fn consent(settings: &HttpSettings) -> String {
    let version = settings.consent_version.as_deref().unwrap_or_default();
    let version = version.replace('&', "&amp;").replace('"', "&quot;").replace('<', "&lt;");
    format!(r#"data-consent="{version}""#)
}

fn answer(request: &HttpRequest, path: &str) -> Result<HttpResponse, ApiError> {
    let file = Studio::get(path).filter(|_| path != PAGE).ok_or_else(missing)?;
    Ok(respond(request, file.metadata.mimetype(), &file.metadata.sha256_hash(), file.data))
}

/// The content, or that the browser has it already: it asks each time, since a newer binary may have another one.
fn respond(request: &HttpRequest, kind: &str, hash: &[u8], content: Cow<'static, [u8]>) -> HttpResponse {
    // Weak: the same file is sent compressed and not (RFC 9110, section 8.8.1).
    let tag = EntityTag::new_weak(hex::encode(hash));
    let fresh = match IfNoneMatch::parse(request) {
        Ok(IfNoneMatch::Any) => true,
        Ok(IfNoneMatch::Items(tags)) => tags.iter().any(|known| known.weak_eq(&tag)),
        Err(_unreadable) => false,
    };
    let mut response = if fresh { HttpResponse::NotModified() } else { HttpResponse::Ok() };
    response.insert_header(ETag(tag)).insert_header((CACHE_CONTROL, "no-cache"));
    if fresh {
        return response.finish();
    }
    let kind = if kind.starts_with("text/") { format!("{kind}; charset=utf-8") } else { kind.to_owned() };
    response.content_type(kind).body(content.into_owned())
}

#[cfg(test)]
mod tests {
    use actix_web::body::MessageBody as _;
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
            ("studio.js", "text/javascript; charset=utf-8"),
            ("challenge/student.js", "text/javascript; charset=utf-8"),
            ("challenge/challenge.css", "text/css; charset=utf-8"),
            ("wearit/wearit.css", "text/css; charset=utf-8"),
            ("wearit/demo-after.jpg", "image/jpeg"),
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

    async fn page_of(settings: HttpSettings) -> String {
        let response = page(TestRequest::default().to_http_request(), web::Data::new(settings)).await;
        let body = response.map(|response| response.into_body().try_into_bytes());
        body.ok().and_then(Result::ok).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default()
    }

    #[actix_web::test]
    async fn the_page_says_which_products_are_served_and_which_consent_is_asked_for() {
        let all = page_of(HttpSettings::default()).await;
        assert!(all.contains(r#"data-products="wearit challenge data" data-consent="""#), "{all}");
        let products = crate::settings::Products { wearit: true, challenge: false, data: true };
        let consent_version = Some(r#"2026-11 "><script>"#.to_owned());
        let some = page_of(HttpSettings { products, consent_version, ..HttpSettings::default() }).await;
        assert!(some.contains(r#"data-products="wearit data" data-consent="2026-11 &quot;>&lt;script>""#), "{some}");
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
        for path in ["../api/src/main.rs", "challenge/../../../Cargo.toml", "/etc/passwd", "challenge", "", "Studio.js", "index.html"] {
            assert!(get(path).is_err_and(|error| error.code() == "NOT_FOUND"), "{path}");
        }
    }
}
