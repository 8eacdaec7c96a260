use std::time::Duration;

use atelier_adapter_mail::{SmtpMailer, SmtpMailerError};
use atelier_domain::identity::{MailError, Mailer};
use tokio::net::TcpListener;

use crate::inbox::Inbox;
use crate::{FROM, mail};

#[tokio::test]
async fn a_mail_arrives_with_its_accents() {
    let Some(inbox) = Inbox::present("a_mail_arrives_with_its_accents") else { return };
    let sent = mail("arrives@example.com");
    let before = inbox.mails_to("arrives@example.com").await.len();
    SmtpMailer::new(&inbox.url(), FROM).unwrap().send(&sent).await.unwrap();
    let mails = inbox.mails_to("arrives@example.com").await;
    assert_eq!(mails.len(), before + 1);
    let arrived = mails.last().unwrap();
    assert_eq!(arrived["sender"], "no-reply@atelier.example");
    assert_eq!(arrived["from"], FROM);
    assert_eq!(arrived["subject"], sent.subject.as_str());
    assert_eq!(arrived["text"].as_str().unwrap().trim_end().replace("\r\n", "\n"), sent.text.trim_end());
    assert!(arrived["date"].is_string());
}

#[tokio::test]
async fn a_subject_cannot_add_header_lines() {
    let Some(inbox) = Inbox::present("a_subject_cannot_add_header_lines") else { return };
    let mut sent = mail("victim@example.com");
    sent.subject = "Hello\r\nBcc: injected@example.com\r\n\r\nNot the text".to_owned();
    let _refused_or_encoded = SmtpMailer::new(&inbox.url(), FROM).unwrap().send(&sent).await;
    assert!(inbox.mails_to("injected@example.com").await.is_empty());
    for arrived in inbox.mails_to("victim@example.com").await {
        assert_eq!(arrived["bcc"], serde_json::Value::Null);
        assert!(arrived["text"].as_str().unwrap().starts_with("Votre code"));
    }
}

#[tokio::test]
async fn a_wrong_password_is_permanent_and_not_repeated_in_the_error() {
    let Some(inbox) = Inbox::present("a_wrong_password_is_permanent_and_not_repeated_in_the_error") else { return };
    let (front, host) = inbox.smtp_url.rsplit_once('@').unwrap();
    let (user, _) = front.rsplit_once(':').unwrap();
    let mailer = SmtpMailer::new(&format!("{user}:wrong-password@{host}").into(), FROM).unwrap();
    let error = mailer.send(&mail("nobody@example.com")).await.unwrap_err();
    assert!(matches!(error, MailError::Permanent(_)), "{error:?}");
    assert!(!format!("{error:?}").contains("wrong-password"));
    assert!(inbox.mails_to("nobody@example.com").await.is_empty());
}

#[tokio::test]
async fn a_refused_recipient_is_permanent_and_not_named_in_the_error() {
    let Some(inbox) = Inbox::present("a_refused_recipient_is_permanent_and_not_named_in_the_error") else { return };
    let mailer = SmtpMailer::new(&inbox.url(), FROM).unwrap();
    let error = mailer.send(&mail("reject@example.com")).await.unwrap_err();
    assert!(matches!(error, MailError::Permanent(_)), "{error:?}");
    assert!(!format!("{error:?}").contains("example.com"));
}

#[tokio::test]
async fn a_server_that_asks_to_come_later_is_transient() {
    let Some(inbox) = Inbox::present("a_server_that_asks_to_come_later_is_transient") else { return };
    let mailer = SmtpMailer::new(&inbox.url(), FROM).unwrap();
    let error = mailer.send(&mail("later@example.com")).await.unwrap_err();
    assert!(matches!(error, MailError::Transient(_)), "{error:?}");
}

#[tokio::test]
async fn nobody_listening_is_transient() {
    let address = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let mailer = SmtpMailer::new(&format!("smtp://{address}").into(), FROM).unwrap();
    let error = mailer.send(&mail("nobody@example.com")).await.unwrap_err();
    assert!(matches!(error, MailError::Transient(_)), "{error:?}");
}

#[tokio::test]
async fn a_server_that_says_nothing_is_transient() {
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("smtp://{}", silent.local_addr().unwrap());
    let mailer = SmtpMailer::with_timeout(&url.into(), FROM, Duration::from_millis(50)).unwrap();
    let error = tokio::time::timeout(Duration::from_secs(5), mailer.send(&mail("nobody@example.com"))).await.unwrap().unwrap_err();
    assert!(matches!(error, MailError::Transient(_)), "{error:?}");
}

#[tokio::test]
async fn settings_that_cannot_work_are_refused_at_once_and_without_the_password() {
    for url in ["http://u:hunter2@host", "mail.example", "", "smtp://u:hunter2@host?tls=maybe"] {
        let error = SmtpMailer::new(&url.into(), FROM).err().unwrap();
        assert!(matches!(error, SmtpMailerError::Url(_)), "{url}");
        assert!(!format!("{error:?} {error}").contains("hunter2"), "{url}");
    }
    for from in ["", "no address", "a@b@c"] {
        assert!(matches!(SmtpMailer::new(&"smtp://host".into(), from), Err(SmtpMailerError::Sender(_))), "{from}");
    }
}
