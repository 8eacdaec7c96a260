//! What is said to the server, word for word.

use atelier_adapter_s3::setup::{Outcome, SetupSettings, apply};
use atelier_domain::kernel::{ObjectStore, ObjectStoreError};
use bytes::Bytes;

use crate::scripted::{Reply, Request, Scripted};
use crate::{key, prefix};

fn upload_begun() -> Reply {
    Reply::Answer(200, "<InitiateMultipartUploadResult><UploadId>the-upload</UploadId></InitiateMultipartUploadResult>".to_owned())
}

fn large() -> Bytes {
    Bytes::from(vec![7; (8 << 20) + 1])
}

#[tokio::test]
async fn an_acl_is_sent_only_when_it_is_asked_for() {
    for send_acl in [false, true] {
        let mut server = Scripted::start(|request| match request.method.as_str() {
            "POST" if request.target.contains("uploads") => upload_begun(),
            "POST" => Reply::Answer(200, "<CompleteMultipartUploadResult/>".to_owned()),
            _ => Reply::empty(),
        })
        .await;
        server.settings.send_acl = send_acl;
        let store = server.connect().await;
        store.put(&key("body/u/b.jpg"), Bytes::from_static(b"picture"), "image/jpeg").await.unwrap();
        store.put(&key("body/u/large.jpg"), large(), "image/jpeg").await.unwrap();
        let requests = server.requests();
        let described: Vec<&Request> = requests.iter().filter(|request| request.header("content-type") == Some("image/jpeg")).collect();
        assert_eq!(described.len(), 2, "one written whole, one begun: {:?}", requests.iter().map(|one| &one.target).collect::<Vec<_>>());
        for request in described {
            assert_eq!(request.header("x-amz-acl"), send_acl.then_some("private"), "{}", request.target);
        }
        assert!(requests[0].target.starts_with("/bucket/body/u/b.jpg"), "{}", requests[0].target);
        assert_eq!((requests[0].method.as_str(), requests[0].body.as_str()), ("PUT", "picture"));
    }
}

#[tokio::test]
async fn an_upload_whose_part_fails_is_aborted() {
    let mut server = Scripted::start(|request| match request.method.as_str() {
        "POST" => upload_begun(),
        "PUT" if request.target.contains("partNumber=2") => Reply::error(500, "InternalError"),
        "DELETE" => Reply::Answer(204, String::new()),
        _ => Reply::empty(),
    })
    .await;
    server.settings.timeouts.attempts = 1;
    let store = server.connect().await;
    let result = store.put(&key("body/u/large.jpg"), large(), "image/jpeg").await;
    assert!(matches!(result, Err(ObjectStoreError::Unavailable(_))), "{result:?}");
    let last = server.requests().pop().unwrap();
    assert_eq!(last.method, "DELETE");
    assert!(last.target.contains("uploadId=the-upload"), "{}", last.target);
}

#[tokio::test]
async fn errors_inside_a_successful_answer_are_told_key_by_key() {
    let versions = "<ListVersionsResult><IsTruncated>false</IsTruncated>\
        <Version><Key>body/u/a.jpg</Key><VersionId>1</VersionId><IsLatest>true</IsLatest></Version>\
        <Version><Key>body/u/b.jpg</Key><VersionId>2</VersionId><IsLatest>true</IsLatest></Version>\
        <DeleteMarker><Key>body/u/c.jpg</Key><VersionId>3</VersionId><IsLatest>true</IsLatest></DeleteMarker></ListVersionsResult>";
    let server = Scripted::start(move |request| match request.method.as_str() {
        "GET" if request.target.contains("versions") => Reply::Answer(200, versions.to_owned()),
        "GET" => Reply::error(501, "NotImplemented"),
        _ if request.body.contains("b.jpg") => Reply::Answer(
            200,
            "<DeleteResult><Error><Key>body/u/b.jpg</Key><VersionId>2</VersionId><Code>AccessDenied</Code><Message>locked</Message>\
             </Error></DeleteResult>"
                .to_owned(),
        ),
        _ => Reply::Answer(200, "<DeleteResult/>".to_owned()),
    })
    .await;
    let deletion = server.connect().await.delete_prefix(&prefix("body/u/")).await.unwrap();
    assert_eq!(deletion.failed, [("body/u/b.jpg".to_owned(), "AccessDenied: locked".to_owned())]);
    let deletes: Vec<_> = server.requests().into_iter().filter(|request| request.method == "POST").collect();
    for named in ["<Key>body/u/a.jpg</Key><VersionId>1</VersionId>", "<Key>body/u/c.jpg</Key><VersionId>3</VersionId>"] {
        assert!(deletes[0].body.contains(named), "{}", deletes[0].body);
    }
    assert!(!deletes[1].body.contains("b.jpg"), "what was refused is asked once");
    assert!(deletes.len() <= 5, "a listing that never gets empty is given up");
}

#[tokio::test]
async fn a_server_without_versions_is_rid_of_its_objects() {
    let server = Scripted::start(|request| match (request.method.as_str(), request.target.as_str()) {
        ("GET", target) if target.contains("versions") || target.contains("uploads") => Reply::error(501, "NotImplemented"),
        ("GET", target) if target.contains("continuation-token=more") => {
            Reply::Answer(200, "<ListBucketResult><Contents><Key>body/u/b.jpg</Key></Contents></ListBucketResult>".to_owned())
        }
        ("GET", _) => Reply::Answer(
            200,
            "<ListBucketResult><IsTruncated>true</IsTruncated><NextContinuationToken>more</NextContinuationToken>\
             <Contents><Key>body/u/a.jpg</Key></Contents></ListBucketResult>"
                .to_owned(),
        ),
        _ => Reply::Answer(200, "<DeleteResult/>".to_owned()),
    })
    .await;
    let deletion = server.connect().await.delete_prefix(&prefix("body/u/")).await.unwrap();
    assert!(deletion.failed.is_empty() && deletion.deleted >= 2, "{deletion:?}");
    let deletes: Vec<_> = server.requests().into_iter().filter(|request| request.method == "POST").take(2).collect();
    assert!(deletes[0].body.contains("<Key>body/u/a.jpg</Key>") && deletes[1].body.contains("<Key>body/u/b.jpg</Key>"));
}

#[tokio::test]
async fn the_setup_sends_the_documents_word_for_word() {
    let server = Scripted::start(|request| match request.method.as_str() {
        "GET" if request.target.contains("versioning") => Reply::Answer(200, "<VersioningConfiguration/>".to_owned()),
        "GET" if request.target.contains("lifecycle") => Reply::error(404, "NoSuchLifecycleConfiguration"),
        "GET" if request.target.contains("cors") => Reply::error(404, "NoSuchCORSConfiguration"),
        "GET" => Reply::error(404, "NoSuchPublicAccessBlockConfiguration"),
        _ => Reply::empty(),
    })
    .await;
    let settings = SetupSettings { origins: vec!["https://app.example.org".to_owned()], production: true };
    let report = apply(&server.connect().await, &settings).await.unwrap();
    assert!(
        report.steps.iter().all(|step| matches!(&step.outcome, Outcome::Differs(found) if found.contains("keeps only"))),
        "a server that forgets what it was told is found out: {report}"
    );
    let sent: Vec<_> = server.requests().into_iter().filter(|request| request.method == "PUT").collect();
    let golden = [
        ("versioning", include_str!("golden/versioning.xml")),
        ("lifecycle", include_str!("golden/lifecycle.xml")),
        ("publicAccessBlock", include_str!("golden/public_access_block.xml")),
        ("cors", include_str!("golden/cors.xml")),
    ];
    assert_eq!(sent.len(), golden.len());
    for (request, (part, document)) in sent.iter().zip(golden) {
        assert!(request.target.contains(part), "{}", request.target);
        assert_eq!(request.body.replace("><", ">\n<"), document.trim_end(), "{part}");
    }
}
