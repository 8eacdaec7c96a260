//! Reading connection strings.

use atelier_adapter_cosmos::{BadConnectionString, ConnectionString};
use secrecy::ExposeSecret;

const KEY: &str = "c2VjcmV0IGtleSBvZiB0ZXN0cw==";

fn read(text: &str) -> Result<ConnectionString, BadConnectionString> {
    text.parse()
}

#[test]
fn what_the_portal_shows_is_read() {
    let account = read(&format!("AccountEndpoint=https://shop.documents.azure.com:443/;AccountKey={KEY};")).unwrap();
    assert_eq!(account.endpoint().as_str(), "https://shop.documents.azure.com/");
    assert_eq!(account.key().expose_secret(), KEY);
    let other = read(&format!(" accountkey = {KEY} ; Database=x;ACCOUNTENDPOINT=https://shop.documents.azure.com/ ")).unwrap();
    assert_eq!(account, other);
}

#[test]
fn cleartext_is_for_this_machine_only() {
    for host in ["127.0.0.1:8081", "localhost:8081", "[::1]:8081"] {
        assert!(read(&format!("AccountEndpoint=http://{host}/;AccountKey={KEY}")).is_ok(), "{host}");
    }
    for host in ["shop.documents.azure.com", "10.0.0.1", "localhost.example.com"] {
        assert_eq!(read(&format!("AccountEndpoint=http://{host}/;AccountKey={KEY}")), Err(BadConnectionString::Cleartext), "{host}");
    }
}

#[test]
fn what_is_wrong_is_told_apart() {
    let endpoint = "AccountEndpoint=https://shop.documents.azure.com/";
    for (text, expected) in [
        (String::new(), BadConnectionString::NoEndpoint),
        (KEY.trim_end_matches('=').to_owned(), BadConnectionString::NotPairs),
        (format!("AccountKey={KEY}"), BadConnectionString::NoEndpoint),
        (format!("AccountEndpoint=;AccountKey={KEY}"), BadConnectionString::NoEndpoint),
        (format!("AccountEndpoint=shop;AccountKey={KEY}"), BadConnectionString::BadEndpoint),
        (format!("AccountEndpoint=file:///etc;AccountKey={KEY}"), BadConnectionString::BadEndpoint),
        (endpoint.to_owned(), BadConnectionString::NoKey),
        (format!("{endpoint};AccountKey=;"), BadConnectionString::NoKey),
        (format!("{endpoint};AccountKey=not base64!"), BadConnectionString::BadKey),
    ] {
        assert_eq!(read(&text), Err(expected), "{text}");
    }
}

#[test]
fn the_key_is_not_shown() {
    let account = read(&format!("AccountEndpoint=https://shop.documents.azure.com/;AccountKey={KEY}")).unwrap();
    let text = format!("{account:?} {account:#?}");
    assert!(text.contains("shop.documents.azure.com") && !text.contains(KEY), "{text}");
}
