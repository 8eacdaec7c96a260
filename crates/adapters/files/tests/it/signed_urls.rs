use std::time::Duration;

use atelier_domain::kernel::{
    AccessError, ByteStream, Clock, DirectObjectAccess, ObjectKey, ObjectStore, ObjectStoreError, SignedMethod, SignedRequest,
};
use bytes::Bytes;
use futures_util::{TryStreamExt, stream};
use proptest::prelude::*;

use crate::{Embedded, key};

const HOUR: Duration = Duration::from_secs(3_600);

/// What a server that parsed this URL would ask for.
fn request(method: SignedMethod, url: &str) -> SignedRequest {
    let (path, query) = url.split_once('?').unwrap();
    let (_, path) = path.split_once("/files/").unwrap();
    let path = percent_encoding::percent_decode_str(path).decode_utf8().unwrap();
    SignedRequest { method, key: ObjectKey::parse(&path).unwrap(), query: query.to_owned(), content_type: None, content_length: None }
}

fn pieces(pieces: &[&'static [u8]]) -> ByteStream {
    let pieces: Vec<_> = pieces.iter().map(|piece| Ok(Bytes::from_static(piece))).collect();
    Box::pin(stream::iter(pieces))
}

impl Embedded {
    async fn with_picture() -> (Self, SignedRequest) {
        let embedded = Self::new();
        let picture = key("body/u/b.jpg");
        embedded.store.put(&picture, Bytes::from_static(b"picture"), "image/jpeg").await.unwrap();
        let url = embedded.store.presign_get(&picture, HOUR).await.unwrap().url;
        (embedded, request(SignedMethod::Get, &url))
    }

    async fn upload(&self, size: u64) -> SignedRequest {
        let url = self.store.presign_put(&key("temp/u/x.tmp"), "image/png", size, HOUR).await.unwrap().url;
        SignedRequest { content_type: Some("image/png".to_owned()), content_length: Some(size), ..request(SignedMethod::Put, &url) }
    }

    async fn refuses_read(&self, request: &SignedRequest) -> bool {
        matches!(self.store.read(request).await, Err(AccessError::Refused))
    }

    async fn refuses_write(&self, request: &SignedRequest) -> bool {
        let answer = self.store.write(request, pieces(&[b"12345"])).await;
        assert_eq!(self.files_on_disk(), 0);
        matches!(answer, Err(AccessError::Refused))
    }
}

#[tokio::test]
async fn a_signed_url_opens_its_object() {
    let (embedded, request) = Embedded::with_picture().await;
    let opened = embedded.store.read(&request).await.ok().unwrap();
    assert_eq!((opened.info.key.as_str(), opened.info.size), ("body/u/b.jpg", 7));
    assert_eq!(opened.content_type, "image/jpeg");
    assert_eq!(opened.body.try_collect::<Vec<_>>().await.unwrap().concat(), b"picture");
}

#[tokio::test]
async fn a_large_object_comes_in_pieces() {
    let embedded = Embedded::new();
    let (object, bytes) = (key("temp/u/large.tmp"), Bytes::from((0..1_000_000_u32).flat_map(u32::to_le_bytes).collect::<Vec<_>>()));
    embedded.store.put(&object, bytes.clone(), "").await.unwrap();
    let url = embedded.store.presign_get(&object, HOUR).await.unwrap().url;
    let opened = embedded.store.read(&request(SignedMethod::Get, &url)).await.ok().unwrap();
    assert_eq!(opened.content_type, "application/octet-stream");
    let received: Vec<Bytes> = opened.body.try_collect().await.unwrap();
    assert!(received.iter().all(|piece| piece.len() <= 64 * 1024));
    assert!(received.concat() == bytes);
}

#[tokio::test]
async fn urls_have_the_documented_form() {
    let embedded = Embedded::with_public_url("https://atelier.example/");
    let link = embedded.store.presign_get(&key("body/u/b.jpg"), HOUR).await.unwrap();
    assert_eq!(link.expires_at, embedded.clock.now() + HOUR);
    let expires = link.expires_at.timestamp();
    let (front, signature) = link.url.rsplit_once('=').unwrap();
    assert_eq!(front, format!("https://atelier.example/files/body/u/b.jpg?expires={expires}&signature"));
    assert!(signature.len() == 64 && signature.bytes().all(|byte| byte.is_ascii_hexdigit()));

    let upload = embedded.store.presign_put(&key("temp/u/x.tmp"), "image/jpeg", 12, HOUR).await.unwrap();
    assert!(upload.url.ends_with("&size=12&type=image%2Fjpeg"), "{}", upload.url);

    let relative = Embedded::with_public_url("");
    assert!(relative.store.presign_get(&key("a.jpg"), HOUR).await.unwrap().url.starts_with("/files/a.jpg?expires="));
}

#[tokio::test]
async fn a_link_works_until_its_last_second() {
    let (embedded, request) = Embedded::with_picture().await;
    embedded.clock.advance(Duration::from_millis(3_599_999));
    assert!(embedded.store.read(&request).await.is_ok());
    embedded.clock.advance(Duration::from_millis(1));
    assert!(embedded.refuses_read(&request).await);
    embedded.clock.advance(Duration::from_secs(1));
    assert!(embedded.refuses_read(&request).await);
}

#[tokio::test]
async fn the_life_of_a_link_is_between_a_second_and_a_week() {
    let embedded = Embedded::new();
    let lasts = async |asked: Duration| {
        let link = embedded.store.presign_get(&key("a.jpg"), asked).await.unwrap();
        (link.expires_at - embedded.clock.now()).num_seconds()
    };
    assert_eq!(lasts(Duration::ZERO).await, 1);
    assert_eq!(lasts(Duration::from_millis(1_500)).await, 2);
    assert_eq!(lasts(Duration::from_secs(604_800)).await, 604_800);
    assert_eq!(lasts(Duration::from_secs(604_801)).await, 604_800);
    assert_eq!(lasts(Duration::MAX).await, 604_800);
}

#[tokio::test]
async fn a_link_of_another_key_method_or_query_is_refused() {
    let (embedded, good) = Embedded::with_picture().await;
    let query = good.query.clone();
    let (expires, signature) = query.split_once('&').unwrap();
    let later = format!("expires={}", good.query["expires=".len()..expires.len()].parse::<i64>().unwrap() + 1);
    let queries = [
        String::new(),
        expires.to_owned(),
        signature.to_owned(),
        format!("{later}&{signature}"),
        format!("{expires}&signature="),
        format!("{expires}&{}", &signature[..signature.len() - 2]),
        format!("{query}00"),
        format!("{query}&{expires}"),
        format!("{query}&{signature}"),
        format!("{query}&size=7"),
        format!("{query}&x=1"),
        format!("{}&{signature}", expires.replace('=', "=0")),
        format!("{}&{signature}", expires.replace('=', "=%2B")),
        format!("expires=9223372036854775807&{signature}"),
        format!("expires=-1&{signature}"),
    ];
    for query in queries {
        assert!(embedded.refuses_read(&SignedRequest { query: query.clone(), ..good.clone() }).await, "{query}");
    }
    for other in ["body/u/c.jpg", "body/u", "body/u/b.jp"] {
        assert!(embedded.refuses_read(&SignedRequest { key: key(other), ..good.clone() }).await, "{other}");
    }
    let answer = embedded.store.write(&SignedRequest { method: SignedMethod::Put, ..good.clone() }, pieces(&[b"x"])).await;
    assert!(matches!(answer, Err(AccessError::Refused)));
    assert!(embedded.store.read(&good).await.is_ok());
}

#[tokio::test]
async fn a_link_signed_with_another_key_is_refused() {
    let (embedded, good) = Embedded::with_picture().await;
    let clock = std::sync::Arc::new(embedded.clock.clone());
    let other = atelier_adapter_files::FileObjectStore::open(embedded.folder.path(), "", &"other key".into(), clock).unwrap();
    assert!(matches!(other.read(&good).await, Err(AccessError::Refused)));
}

#[tokio::test]
async fn a_good_link_to_nothing_says_that_there_is_nothing() {
    let embedded = Embedded::new();
    let url = embedded.store.presign_get(&key("body/u/gone.jpg"), HOUR).await.unwrap().url;
    let answer = embedded.store.read(&request(SignedMethod::Get, &url)).await;
    assert!(matches!(answer, Err(AccessError::Store(ObjectStoreError::NotFound(_)))));
}

#[tokio::test]
async fn an_upload_of_the_signed_size_is_stored() {
    let embedded = Embedded::new();
    let upload = embedded.upload(5).await;
    embedded.store.write(&upload, pieces(&[b"12", b"", b"345"])).await.unwrap();
    assert_eq!(embedded.store.get(&key("temp/u/x.tmp")).await.unwrap(), "12345");
    assert_eq!(embedded.files_on_disk(), 1);
    let chunked = SignedRequest { content_length: None, ..upload };
    embedded.store.write(&chunked, pieces(&[b"abcde"])).await.unwrap();
    assert_eq!(embedded.store.get(&key("temp/u/x.tmp")).await.unwrap(), "abcde");
}

#[tokio::test]
async fn nothing_is_stored_of_a_body_of_another_size() {
    let embedded = Embedded::new();
    let upload = embedded.upload(5).await;
    let bodies: [&[&'static [u8]]; 5] = [&[], &[b"1234"], &[b"123456"], &[b"12345", b"6"], &[b"12", b"3"]];
    for body in bodies {
        let answer = embedded.store.write(&upload, pieces(body)).await;
        assert!(matches!(answer, Err(AccessError::WrongSize)), "{body:?}");
        assert_eq!(embedded.files_on_disk(), 0, "{body:?}");
    }
    let announced = SignedRequest { content_length: Some(6), ..upload };
    assert!(matches!(embedded.store.write(&announced, pieces(&[b"12345"])).await, Err(AccessError::WrongSize)));
}

#[tokio::test]
async fn no_more_than_the_signed_size_is_ever_read() {
    let embedded = Embedded::new();
    let upload = SignedRequest { content_length: None, ..embedded.upload(5).await };
    let endless: ByteStream = Box::pin(stream::repeat_with(|| Ok(Bytes::from_static(b"more"))));
    assert!(matches!(embedded.store.write(&upload, endless).await, Err(AccessError::WrongSize)));
    assert_eq!(embedded.files_on_disk(), 0);
}

#[tokio::test]
async fn an_upload_that_breaks_off_leaves_what_was_there() {
    let embedded = Embedded::new();
    let upload = embedded.upload(5).await;
    embedded.store.write(&upload, pieces(&[b"first"])).await.unwrap();
    let broken: ByteStream = Box::pin(stream::iter([Ok(Bytes::from_static(b"sec")), Err("connection reset".into())]));
    assert!(embedded.store.write(&upload, broken).await.is_err());
    assert_eq!(embedded.store.get(&key("temp/u/x.tmp")).await.unwrap(), "first");
    assert_eq!(embedded.files_on_disk(), 1);
}

#[tokio::test]
async fn an_upload_that_is_given_up_leaves_nothing() {
    let embedded = Embedded::new();
    let upload = embedded.upload(5).await;
    let stuck: ByteStream = Box::pin(futures_util::StreamExt::chain(pieces(&[b"12"]), stream::pending()));
    let given_up = tokio::time::timeout(Duration::from_millis(50), embedded.store.write(&upload, stuck)).await;
    assert!(given_up.is_err());
    let cleaned = async {
        while embedded.files_on_disk() > 0 {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), cleaned).await.unwrap();
}

#[tokio::test]
async fn an_upload_of_another_type_or_with_a_changed_link_is_refused() {
    let embedded = Embedded::new();
    let good = embedded.upload(5).await;
    for content_type in [None, Some("image/jpeg".to_owned()), Some("image/png; charset=x".to_owned()), Some(String::new())] {
        assert!(embedded.refuses_write(&SignedRequest { content_type, ..good.clone() }).await);
    }
    for (from, to) in
        [("size=5", "size=50"), ("size=5", "size=05"), ("image%2Fpng", "image%2Fgif"), ("&size=5", ""), ("&type=image%2Fpng", "")]
    {
        assert!(good.query.contains(from));
        assert!(
            embedded.refuses_write(&SignedRequest { query: good.query.replace(from, to), content_length: None, ..good.clone() }).await,
            "{to}"
        );
    }
    assert!(embedded.refuses_write(&SignedRequest { key: key("temp/u/y.tmp"), ..good.clone() }).await);
    assert!(embedded.refuses_read(&SignedRequest { method: SignedMethod::Get, ..good.clone() }).await);
    embedded.clock.advance(HOUR);
    assert!(embedded.refuses_write(&good).await);
}

#[tokio::test]
async fn a_signed_url_of_any_key_is_one_url_and_opens_it() {
    let embedded = Embedded::new();
    for name in ["temp/u/a b&c=d?e#f%20g.jpg", "temp/é/日本.tmp", "temp/u/..jpg", "temp/u/+.jpg"] {
        embedded.store.put(&key(name), Bytes::from_static(b"x"), "").await.unwrap();
        let url = embedded.store.presign_get(&key(name), HOUR).await.unwrap().url;
        assert!(url.is_ascii() && !url.contains([' ', '#']) && url.matches('?').count() == 1, "{url}");
        let asked = request(SignedMethod::Get, &url);
        assert_eq!(asked.key.as_str(), name);
        assert!(embedded.store.read(&asked).await.is_ok(), "{name}");
    }
}

proptest! {
    #[test]
    fn any_query_is_refused_without_panicking(query in ".{0,200}", method in prop_oneof![Just(SignedMethod::Get), Just(SignedMethod::Put)]) {
        tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
            let request = SignedRequest { method, key: key("a.jpg"), query, content_type: None, content_length: None };
            let embedded = Embedded::new();
            assert!(embedded.refuses_read(&request).await);
            assert!(embedded.refuses_write(&request).await);
        });
    }
}
