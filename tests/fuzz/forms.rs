//! Whatever body is sent as an upload's form: its parts, or a refusal that is the sender's fault.
#![no_main]

use actix_multipart::form::MultipartForm;
use actix_multipart::form::tempfile::TempFile;
use actix_multipart::form::text::Text;
use actix_web::FromRequest;
use actix_web::test::TestRequest;
use atelier_adapter_http::SpooledForm;
use libfuzzer_sys::fuzz_target;

#[derive(MultipartForm)]
#[multipart(deny_unknown_fields, duplicate_field = "deny")]
struct Sent {
    #[multipart(limit = "16KiB")]
    image: Option<TempFile>,
    #[multipart(limit = "1KiB")]
    name: Option<Text<String>>,
}

fuzz_target!(|body: &[u8]| {
    let request = TestRequest::post().insert_header(("content-type", "multipart/form-data; boundary=b")).set_payload(body.to_vec());
    let (request, mut payload) = request.to_http_parts();
    let read = actix_web::rt::System::new().block_on(SpooledForm::<Sent>::from_request(&request, &mut payload));
    match read {
        Ok(SpooledForm(form)) => {
            assert!(form.image.is_none_or(|file| file.size <= 16 * 1024));
            assert!(form.name.is_none_or(|name| name.len() <= 1024));
        }
        Err(error) => assert!(error.as_response_error().status_code().is_client_error(), "{error:?}"),
    }
});
