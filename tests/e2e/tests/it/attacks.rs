//! What an attacker tries against the built API: to leave the folder of files, to forge a token, to learn by the clock who has an account.

use std::time::{Duration, Instant};

use reqwest::StatusCode;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::process::Api;

const PERSON: &str = "person_1.jpg";
/// A client's library would tidy these up before it sends them.
const PATHS: [&str; 16] = [
    "/files/../atelier.sqlite",
    "/files/clothing/../../atelier.sqlite",
    "/files/%2e%2e/atelier.sqlite",
    "/files/..%2fatelier.sqlite",
    "/files/..%252fatelier.sqlite",
    "/files/..%5catelier.sqlite",
    "/files/clothing/%2e%2e/%2e%2e/atelier.sqlite",
    "/files/./atelier.sqlite",
    "/files//etc/passwd",
    "/files/%2fetc%2fpasswd",
    "/files/etc/passwd%00.jpg",
    "/files/....//....//atelier.sqlite",
    "/files/%c0%ae%c0%ae/atelier.sqlite",
    "/../atelier.sqlite",
    "/docs/../../atelier.sqlite",
    "//etc/passwd",
];

/// Status line and everything behind it, as they come.
async fn raw(host: &str, target: &str) -> (u16, Vec<u8>) {
    let mut stream = TcpStream::connect(host).await.unwrap();
    stream.write_all(format!("GET {target} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n").as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    let status = String::from_utf8_lossy(&answer[..answer.len().min(12)]).split(' ').nth(1).and_then(|code| code.parse().ok());
    (status.unwrap_or_default(), answer)
}

#[tokio::test]
async fn no_path_leaves_the_folder_of_files_even_with_a_good_signature() {
    let data = tempfile::tempdir().unwrap();
    let mut api = Api::start(data.path(), &[]).await;
    api.sign_up("user@example.com").await;
    let body = api.put_body(PERSON).await;
    let url = body["image_url"].as_str().unwrap();
    let host = api.base.strip_prefix("http://").unwrap();
    let (path, query) = url.strip_prefix(&api.base).unwrap().split_once('?').unwrap();
    assert_eq!(raw(host, &format!("{path}?{query}")).await.0, 200, "the signature itself is good");
    for target in PATHS {
        for target in [target.to_owned(), format!("{target}?{query}")] {
            let (status, answer) = raw(host, &target).await;
            assert!([400, 403, 404].contains(&status), "{target}: {}", String::from_utf8_lossy(&answer));
            let text = String::from_utf8_lossy(&answer);
            assert!(!text.contains("SQLite format") && !text.contains("root:"), "{target}");
        }
    }
    // The signature of one file opens no other, and not for longer.
    let other = path.replace(".jpg", "_thumb.jpg");
    let later = query.split('&').map(|pair| pair.strip_prefix("expires=").map_or(pair.to_owned(), |_| "expires=4102444800".to_owned()));
    for target in [format!("{other}?{query}"), format!("{path}?{}", later.collect::<Vec<_>>().join("&")), path.to_owned()] {
        assert_eq!(raw(host, &target).await.0, 403, "{target}");
    }
}

#[tokio::test]
async fn cut_and_swapped_tokens_open_nothing() {
    let data = tempfile::tempdir().unwrap();
    let mut api = Api::start(data.path(), &[]).await;
    api.sign_up("user@example.com").await;
    let mine = api.token.clone();
    api.sign_up("other@example.com").await;
    let (mine, other): (Vec<&str>, Vec<&str>) = (mine.split('.').collect(), api.token.split('.').collect());
    let forged = [
        format!("{}.{}.", mine[0], mine[1]),
        format!("{}.{}", mine[0], mine[1]),
        // {"alg":"none","typ":"JWT"}
        format!("eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0.{}.", mine[1]),
        format!("{}.{}.{}", mine[0], mine[1], other[2]),
        format!("{}.{}.{}", mine[0], other[1], mine[2]),
        format!("{}.{}.{}.{}", mine[0], mine[1], mine[2], mine[2]),
        "A".repeat(8_000),
        ".".repeat(4_000),
    ];
    let me = |token: String| api.client.get(format!("{}/api/v1/users/me", api.base)).bearer_auth(token).send();
    assert_eq!(me(mine.join(".")).await.unwrap().status(), StatusCode::OK);
    for token in forged {
        assert_eq!(me(token.clone()).await.unwrap().status(), StatusCode::UNAUTHORIZED, "{token}");
    }
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}

/// Without the comparison with a stand-in an unknown address would be answered a hundred times sooner: what is between is no noise.
#[tokio::test]
async fn an_unknown_address_is_refused_no_sooner_than_a_wrong_password() {
    let data = tempfile::tempdir().unwrap();
    let mut api = Api::start(data.path(), &[("BCRYPT_COST", "10")]).await;
    api.sign_up("user@example.com").await;
    let refused = async |email: &str| {
        let begun = Instant::now();
        let attempt = json!({"email": email, "password": "not the password"});
        let answer = api.client.post(format!("{}/api/v1/auth/login", api.base)).json(&attempt).send().await.unwrap();
        let (status, text) = (answer.status(), answer.text().await.unwrap());
        assert_eq!(status, StatusCode::UNAUTHORIZED, "{text}");
        begun.elapsed()
    };
    let (mut known, mut unknown) = (Vec::new(), Vec::new());
    for number in 0..4 {
        known.push(refused("user@example.com").await);
        unknown.push(refused(&format!("nobody{number}@example.com")).await);
    }
    let (known, unknown) = (median(known), median(unknown));
    assert!(unknown > known / 2 && known > unknown / 2, "known {known:?}, unknown {unknown:?}");
}
