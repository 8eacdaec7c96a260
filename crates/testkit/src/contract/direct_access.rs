//! The server side of signed URLs.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use atelier_domain::kernel::{AccessError, ByteStream, Clock, ObjectKey, ObjectStoreError, SignedMethod, SignedRequest, SignedUrl, Source};
use bytes::Bytes;
use futures_util::{StreamExt, stream};

use super::DirectAccessUnderTest;

const HOUR: Duration = Duration::from_secs(3_600);
const BODY: &[u8] = b"\xff\xd8\xff twelve more";

fn key(text: &str) -> ObjectKey {
    ObjectKey::parse(text).unwrap()
}

fn query(signed: &SignedUrl) -> String {
    signed.url.split_once('?').map(|(_, query)| query.to_owned()).unwrap()
}

fn get_request(key: &ObjectKey, signed: &SignedUrl) -> SignedRequest {
    SignedRequest { method: SignedMethod::Get, key: key.clone(), query: query(signed), content_type: None, content_length: None }
}

fn put_request(key: &ObjectKey, signed: &SignedUrl, content_type: &str, content_length: Option<u64>) -> SignedRequest {
    SignedRequest {
        method: SignedMethod::Put,
        key: key.clone(),
        query: query(signed),
        content_type: Some(content_type.to_owned()),
        content_length,
    }
}

fn pieces(pieces: &[&[u8]]) -> ByteStream {
    let pieces: Vec<Result<Bytes, Source>> = pieces.iter().map(|piece| Ok(Bytes::copy_from_slice(piece))).collect();
    Box::pin(stream::iter(pieces))
}

async fn stored(store: &DirectAccessUnderTest, key: &ObjectKey) -> Option<Bytes> {
    match store.objects.get(key).await {
        Ok(body) => Some(body),
        Err(ObjectStoreError::NotFound(_)) => None,
        Err(error) => panic!("{error:?}"),
    }
}

async fn read(store: &DirectAccessUnderTest, request: &SignedRequest) -> Result<Bytes, AccessError> {
    let mut stream = store.access.read(request).await?.body;
    let mut body = Vec::new();
    while let Some(piece) = stream.next().await {
        body.extend_from_slice(&piece.unwrap());
    }
    Ok(body.into())
}

async fn assert_read_refused(store: &DirectAccessUnderTest, request: &SignedRequest) {
    assert!(matches!(read(store, request).await, Err(AccessError::Refused)), "{request:?}");
}

async fn assert_write_refused(store: &DirectAccessUnderTest, request: &SignedRequest) {
    let before = stored(store, &request.key).await;
    assert!(matches!(store.access.write(request, pieces(&[BODY])).await, Err(AccessError::Refused)), "{request:?}");
    assert_eq!(stored(store, &request.key).await, before, "nothing is written");
}

/// A signed URL opens its object: the bytes, size and content type that were put.
pub async fn a_signed_url_opens_its_object(store: &DirectAccessUnderTest) {
    let large: Bytes = vec![7; 400_000].into();
    for (name, body) in [("small", Bytes::from_static(BODY)), ("empty", Bytes::new()), ("large", large)] {
        let key = key(&format!("clothing/u/{name}.jpg"));
        store.objects.put(&key, body.clone(), "image/jpeg").await.unwrap();
        let request = get_request(&key, &store.objects.presign_get(&key, HOUR).await.unwrap());
        let opened = store.access.read(&request).await.unwrap();
        assert_eq!((&opened.info.key, opened.info.size), (&key, body.len() as u64));
        assert_eq!(opened.content_type, "image/jpeg");
        assert_eq!(read(store, &request).await.unwrap(), body);
        assert_eq!(read(store, &request).await.unwrap(), body, "as often as one likes");
    }
}

/// A URL tells when it expires, and works until then.
pub async fn a_signed_url_expires(store: &DirectAccessUnderTest) {
    let key = key("clothing/u/expiring.jpg");
    store.objects.put(&key, Bytes::from_static(BODY), "image/jpeg").await.unwrap();
    let signed = store.objects.presign_get(&key, HOUR).await.unwrap();
    assert_eq!(signed.expires_at, store.clock.now() + HOUR);
    let request = get_request(&key, &signed);
    store.clock.advance(HOUR - Duration::from_secs(1));
    assert!(read(store, &request).await.is_ok());
    store.clock.advance(Duration::from_secs(2));
    assert_read_refused(store, &request).await;
}

/// A URL opens no other object, and no changed or missing signature opens any.
pub async fn a_signature_opens_one_object(store: &DirectAccessUnderTest) {
    let (mine, foreign) = (key("body/u1/a.jpg"), key("body/u2/a.jpg"));
    for key in [&mine, &foreign] {
        store.objects.put(key, Bytes::from_static(BODY), "image/jpeg").await.unwrap();
    }
    let signed = store.objects.presign_get(&mine, HOUR).await.unwrap();
    assert!(read(store, &get_request(&mine, &signed)).await.is_ok());
    assert_read_refused(store, &get_request(&foreign, &signed)).await;
    let good = query(&signed);
    for pair in good.split('&') {
        let without: Vec<&str> = good.split('&').filter(|other| *other != pair).collect();
        let (name, value) = pair.split_once('=').unwrap();
        if value.is_empty() || (name == "size" && value == "0") {
            continue;
        }
        let first = value.chars().next().unwrap();
        let other = if first == '1' { '2' } else { '1' };
        let changed = good.replace(pair, &format!("{name}={other}{}", &value[first.len_utf8()..]));
        for query in [without.join("&"), changed] {
            assert_read_refused(store, &SignedRequest { query, ..get_request(&mine, &signed) }).await;
        }
    }
    for query in ["", "x", "&&=&", "signature=", "%", "expires=99999999999999999999&signature=0"] {
        assert_read_refused(store, &SignedRequest { query: query.to_owned(), ..get_request(&mine, &signed) }).await;
    }
}

/// The signature is checked before the object is looked for: without one nobody learns what is there. With one, nothing is not found.
pub async fn a_missing_object_is_told_to_the_holder_only(store: &DirectAccessUnderTest) {
    let missing = key("tryon/u/missing.jpg");
    let signed = store.objects.presign_get(&missing, HOUR).await.unwrap();
    let request = get_request(&missing, &signed);
    let result = store.access.read(&request).await.map(|_opened| ());
    assert!(matches!(result, Err(AccessError::Store(ObjectStoreError::NotFound(_)))));
    assert_read_refused(store, &SignedRequest { query: String::new(), ..request }).await;
}

/// A URL to read does not write, and one to write does not read.
pub async fn reading_and_writing_are_signed_apart(store: &DirectAccessUnderTest) {
    let key = key("temp/u/apart.tmp");
    store.objects.put(&key, Bytes::from_static(b"old"), "image/jpeg").await.unwrap();
    let size = BODY.len() as u64;
    let get = store.objects.presign_get(&key, HOUR).await.unwrap();
    let put = store.objects.presign_put(&key, "image/jpeg", size, HOUR).await.unwrap();
    assert_write_refused(store, &put_request(&key, &get, "image/jpeg", Some(size))).await;
    assert_read_refused(store, &get_request(&key, &put)).await;
    assert_write_refused(store, &get_request(&key, &get)).await;
    assert_read_refused(store, &put_request(&key, &put, "image/jpeg", Some(size))).await;
}

/// A body of the signed type and size is taken, in whatever pieces it comes, and replaces an older object.
pub async fn a_signed_body_is_taken(store: &DirectAccessUnderTest) {
    let key = key("temp/u/taken.tmp");
    let size = BODY.len() as u64;
    let signed = store.objects.presign_put(&key, "image/jpeg", size, HOUR).await.unwrap();
    let (front, back) = BODY.split_at(5);
    for (length, body) in [(Some(size), pieces(&[BODY])), (Some(size), pieces(&[front, b"", back])), (None, pieces(&[front, back]))] {
        store.objects.put(&key, Bytes::from_static(b"an older and longer object"), "image/png").await.unwrap();
        store.access.write(&put_request(&key, &signed, "image/jpeg", length), body).await.unwrap();
        assert_eq!(stored(store, &key).await.as_deref(), Some(BODY));
    }
}

/// A body that is longer or shorter than signed is refused, and nothing is written.
pub async fn a_body_of_another_size_is_refused(store: &DirectAccessUnderTest) {
    let key = key("temp/u/size.tmp");
    let size = BODY.len() as u64;
    let signed = store.objects.presign_put(&key, "image/jpeg", size, HOUR).await.unwrap();
    let longer = [BODY, b"!"].concat();
    for length in [None, Some(size)] {
        for body in [&longer[..], &BODY[1..], b""] {
            let result = store.access.write(&put_request(&key, &signed, "image/jpeg", length), pieces(&[body])).await;
            assert!(matches!(result, Err(AccessError::WrongSize)), "{} bytes: {result:?}", body.len());
            assert_eq!(stored(store, &key).await, None);
        }
    }
    let announced = put_request(&key, &signed, "image/jpeg", Some(size + 1));
    let result = store.access.write(&announced, pieces(&[&longer])).await;
    assert!(matches!(result, Err(AccessError::WrongSize | AccessError::Refused)), "{result:?}");
    assert_eq!(stored(store, &key).await, None);
}

/// A body without end is cut off soon after the signed size.
pub async fn an_endless_body_is_cut_off(store: &DirectAccessUnderTest) {
    let key = key("temp/u/endless.tmp");
    let signed = store.objects.presign_put(&key, "image/jpeg", 1_000, HOUR).await.unwrap();
    let sent = Arc::new(AtomicUsize::new(0));
    let piece = {
        let sent = Arc::clone(&sent);
        move || {
            sent.fetch_add(1, Ordering::SeqCst);
            Ok(Bytes::from_static(&[0; 512]))
        }
    };
    let long: ByteStream = Box::pin(stream::repeat_with(piece).take(100_000));
    let result = store.access.write(&put_request(&key, &signed, "image/jpeg", None), long).await;
    assert!(matches!(result, Err(AccessError::WrongSize)), "{result:?}");
    assert!(sent.load(Ordering::SeqCst) < 100, "{sent:?} pieces of 512 bytes were taken for 1000 bytes");
    assert_eq!(stored(store, &key).await, None);
}

/// A body that breaks off leaves the older object as it was.
pub async fn a_body_that_breaks_off_leaves_the_old_object(store: &DirectAccessUnderTest) {
    let key = key("temp/u/broken.tmp");
    store.objects.put(&key, Bytes::from_static(b"old"), "image/jpeg").await.unwrap();
    let signed = store.objects.presign_put(&key, "image/jpeg", BODY.len() as u64, HOUR).await.unwrap();
    let broken: Vec<Result<Bytes, Source>> = vec![Ok(Bytes::from_static(&BODY[..5])), Err("the connection broke".into())];
    let result = store.access.write(&put_request(&key, &signed, "image/jpeg", None), Box::pin(stream::iter(broken))).await;
    assert!(result.is_err());
    assert_eq!(stored(store, &key).await.as_deref(), Some(b"old".as_slice()));
}

/// A write of another type, to another object, too late, or with a changed signature is refused.
pub async fn a_write_that_was_not_signed_is_refused(store: &DirectAccessUnderTest) {
    let (mine, foreign) = (key("temp/u1/a.tmp"), key("temp/u2/a.tmp"));
    let size = BODY.len() as u64;
    let signed = store.objects.presign_put(&mine, "image/jpeg", size, HOUR).await.unwrap();
    let good = put_request(&mine, &signed, "image/jpeg", Some(size));
    assert_write_refused(store, &SignedRequest { key: foreign, ..good.clone() }).await;
    assert_write_refused(store, &SignedRequest { content_type: Some("text/html".to_owned()), ..good.clone() }).await;
    assert_write_refused(store, &SignedRequest { content_type: None, ..good.clone() }).await;
    assert_write_refused(store, &SignedRequest { query: String::new(), ..good.clone() }).await;
    store.clock.advance(HOUR + Duration::from_secs(1));
    assert_write_refused(store, &good).await;
}
