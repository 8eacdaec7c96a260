//! Signed URLs against an independent reckoning of AWS Signature Version 4.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use atelier_adapter_s3::S3ObjectStore;
use atelier_domain::kernel::{ObjectStore, SignedUrl, Timestamp};
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};

use crate::key;
use crate::scripted::{Reply, Scripted};

const SECRET: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";

fn mac(key: &[u8], text: &str) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).unwrap();
    mac.update(text.as_bytes());
    mac.finalize().into_bytes().to_vec()
}

/// The signature of a URL, reckoned from its other parameters and the values of the headers it signs.
fn signature_of(url: &reqwest::Url, method: &str, headers: &[(&str, &str)]) -> String {
    let parameters: BTreeMap<&str, &str> = url.query().unwrap().split('&').map(|pair| pair.split_once('=').unwrap()).collect();
    let query: Vec<_> =
        parameters.iter().filter(|(name, _)| **name != "X-Amz-Signature").map(|(name, value)| format!("{name}={value}")).collect();
    let mut headers: Vec<_> = headers.iter().map(|(name, value)| format!("{name}:{value}\n")).collect();
    headers.push(format!("host:{}\n", url.host_str().unwrap()));
    headers.sort();
    let signed = parameters["X-Amz-SignedHeaders"].replace("%3B", ";");
    let canonical = format!("{method}\n{}\n{}\n{}\n{signed}\nUNSIGNED-PAYLOAD", url.path(), query.join("&"), headers.concat());
    let (time, scope) = (parameters["X-Amz-Date"], parameters["X-Amz-Credential"].replace("%2F", "/"));
    let (_, scope) = scope.split_once('/').unwrap();
    let text = format!("AWS4-HMAC-SHA256\n{time}\n{scope}\n{}", hex::encode(Sha256::digest(canonical.as_bytes())));
    let key = scope.split('/').fold(format!("AWS4{SECRET}").into_bytes(), |key, part| mac(&key, part));
    hex::encode(mac(&key, &text))
}

fn is_signed(signed: &SignedUrl, method: &str, headers: &[(&str, &str)]) {
    let url: reqwest::Url = signed.url.parse().unwrap();
    let (_, signature) = url.query_pairs().find(|(name, _)| name == "X-Amz-Signature").unwrap();
    assert_eq!(signature, signature_of(&url, method, headers), "{url}");
}

#[test]
fn the_reckoning_agrees_with_the_example_in_the_documentation_of_aws() {
    let url = "https://examplebucket.s3.amazonaws.com/test.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256\
        &X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request&X-Amz-Date=20130524T000000Z\
        &X-Amz-Expires=86400&X-Amz-SignedHeaders=host";
    let expected = "aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404";
    assert_eq!(signature_of(&url.parse().unwrap(), "GET", &[]), expected);
}

#[tokio::test]
async fn urls_carry_the_signature_their_life_and_the_public_address() {
    let mut server = Scripted::start(|_| Reply::empty()).await;
    server.settings.bucket = "examplebucket".to_owned();
    server.settings.access_key = "AKIAIOSFODNN7EXAMPLE".to_owned();
    server.settings.secret_key = SECRET.into();
    server.settings.public_endpoint = Some("https://files.example.org".to_owned());
    let clock = atelier_testkit::FixedClock::new();
    clock.set(Timestamp::from_timestamp(1_369_353_600, 0).unwrap());
    let store = S3ObjectStore::connect(server.settings.clone(), Arc::new(clock)).await.unwrap();
    let picture = key("body/u/a b+c&é.jpg");

    let get = store.presign_get(&picture, Duration::from_secs(3_600)).await.unwrap();
    assert!(get.url.starts_with("https://files.example.org/examplebucket/body/u/a%20b%2Bc%26%C3%A9.jpg?"), "{}", get.url);
    assert!(get.url.contains("X-Amz-Date=20130524T000000Z") && get.url.contains("X-Amz-Expires=3600&"), "{}", get.url);
    assert_eq!(get.expires_at.timestamp(), 1_369_353_600 + 3_600);
    is_signed(&get, "GET", &[]);

    let put = store.presign_put(&picture, "image/png", 1_234, Duration::from_secs(60)).await.unwrap();
    assert!(put.url.contains("X-Amz-SignedHeaders=content-length%3Bcontent-type%3Bhost"), "{}", put.url);
    is_signed(&put, "PUT", &[("content-length", "1234"), ("content-type", "image/png")]);

    for (asked, given) in [(Duration::ZERO, 1), (Duration::from_millis(1_001), 2), (Duration::from_secs(10_000_000), 604_800)] {
        let signed = store.presign_get(&picture, asked).await.unwrap();
        assert!(signed.url.contains(&format!("X-Amz-Expires={given}&")), "{}", signed.url);
    }
    assert!(server.requests().is_empty(), "signing asks nobody");
}
