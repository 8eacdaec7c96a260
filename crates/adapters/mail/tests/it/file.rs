use std::fs;
use std::os::unix::fs::PermissionsExt;

use atelier_adapter_mail::{FileMailer, FileMailerError};
use atelier_domain::identity::{MailError, Mailer};

use crate::{FROM, mail};

#[tokio::test]
async fn a_mail_becomes_a_file_of_its_own() {
    let data = tempfile::tempdir().unwrap();
    let folder = data.path().join("mails");
    let mailer = FileMailer::new(&folder, FROM).unwrap();
    for _ in 0..3 {
        mailer.send(&mail("someone@example.com")).await.unwrap();
    }
    let files: Vec<_> = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert_eq!(files.len(), 3);
    for file in files {
        assert_eq!(file.extension().unwrap(), "eml");
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
        let text = fs::read_to_string(&file).unwrap();
        for line in ["To: someone@example.com\r\n", "Subject: =?utf-8?", "Date: ", "Content-Type: text/plain; charset=utf-8\r\n"] {
            assert!(text.contains(line), "{line} in {text}");
        }
        assert!(text.contains("From: ") && text.contains("<no-reply@atelier.example>"), "{text}");
    }
    assert_eq!(fs::metadata(&folder).unwrap().permissions().mode() & 0o777, 0o700);
}

#[tokio::test]
async fn plain_text_can_be_read_in_the_file() {
    let data = tempfile::tempdir().unwrap();
    let mailer = FileMailer::new(data.path(), "no-reply@atelier.example").unwrap();
    let mut plain = mail("someone@example.com");
    plain.text = "Your code is 012345.\nOpen http://127.0.0.1:8000/#magic=abc".to_owned();
    mailer.send(&plain).await.unwrap();
    let file = fs::read_dir(data.path()).unwrap().next().unwrap().unwrap().path();
    let text = fs::read_to_string(file).unwrap();
    assert!(text.contains("\r\n\r\nYour code is 012345.\r\nOpen http://127.0.0.1:8000/#magic=abc"), "{text}");
}

#[tokio::test]
async fn a_directory_that_went_away_is_transient() {
    let data = tempfile::tempdir().unwrap();
    let mailer = FileMailer::new(data.path().join("mails"), FROM).unwrap();
    fs::remove_dir(data.path().join("mails")).unwrap();
    assert!(matches!(mailer.send(&mail("someone@example.com")).await, Err(MailError::Transient(_))));
}

#[test]
fn settings_that_cannot_work_are_refused_at_once() {
    let file = tempfile::NamedTempFile::new().unwrap();
    assert!(matches!(FileMailer::new(file.path().join("mails"), FROM), Err(FileMailerError::Directory { .. })));
    assert!(matches!(FileMailer::new(file.path(), "nobody"), Err(FileMailerError::Sender(_))));
}
