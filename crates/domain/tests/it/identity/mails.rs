//! The job that sends mails.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use atelier_adapter_memory::MemoryMailer;
use atelier_domain::identity::{IdentityPorts, IdentitySettings, Mail, MailError, Mailer, ResetPassword};
use atelier_domain::kernel::{Clock, JobCounts, JobError, JobQueue};

use super::world::{World, client};

/// Fails for a while, then sends.
struct Moody {
    failures: AtomicUsize,
    permanent: bool,
    mailer: MemoryMailer,
}

#[async_trait::async_trait]
impl Mailer for Moody {
    async fn send(&self, mail: &Mail) -> Result<(), MailError> {
        if self.failures.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1)).is_ok() {
            let cause = "the post office is closed".into();
            return Err(if self.permanent { MailError::Permanent(cause) } else { MailError::Transient(cause) });
        }
        self.mailer.send(mail).await
    }
}

fn world(failures: usize, permanent: bool) -> (World, MemoryMailer) {
    let mailer = MemoryMailer::new();
    let moody = Arc::new(Moody { failures: failures.into(), permanent, mailer: mailer.clone() });
    (World::with(IdentitySettings::default(), Vec::new(), |ports| IdentityPorts { mailer: moody, ..ports }), mailer)
}

#[tokio::test]
async fn a_mail_that_could_not_be_sent_is_sent_later_with_a_code_that_works() {
    let (world, mailer) = world(1, false);
    world.sign_up("user@example.com").await;
    let verification = world.claim().await.unwrap();
    assert!(matches!(world.run(&verification).await, Err(JobError::Retry { .. })));
    world.recovery.forgot_password("user@example.com").await.unwrap();
    let reset = world.claim().await.unwrap();
    world.run(&reset).await.unwrap();
    // A run after a lost one: the mail went out, the completion did not.
    world.store.retry(verification.lease, world.clock.now(), "post office").await.unwrap();
    let again = world.claim().await.unwrap();
    assert_eq!((again.lease.job_id, again.attempt), (verification.lease.job_id, 2));
    world.run(&again).await.unwrap();
    let mails = mailer.sent();
    assert_eq!(
        mails.iter().map(|mail| mail.subject.as_str()).collect::<Vec<_>>(),
        ["Your password reset code", "Confirm your e-mail address"]
    );
    let (_, token) = mails[1].text.split_once("/#verify=").unwrap();
    world.recovery.verify_email(&token.lines().next().unwrap().into(), &client()).await.unwrap();
}

#[tokio::test]
async fn a_code_mailed_twice_works_in_the_newer_mail() {
    let world = World::new();
    world.sign_up("user@example.com").await;
    world.work().await;
    world.recovery.forgot_password("user@example.com").await.unwrap();
    let job = world.claim().await.unwrap();
    world.run(&job).await.unwrap();
    let first = world.mailed_code();
    world.recovery.forgot_password("user@example.com").await.unwrap();
    world.work().await;
    let second = world.mailed_code();
    assert_ne!(first, second);
    let command = ResetPassword { email: "user@example.com".to_owned(), code: second.into(), new_password: "an even better one".into() };
    assert!(world.recovery.reset_password(command, &client()).await.is_ok());
}

#[tokio::test]
async fn a_refused_mail_is_given_up() {
    let (world, _mailer) = world(1, true);
    world.sign_up("user@example.com").await;
    let job = world.claim().await.unwrap();
    assert!(matches!(world.run(&job).await, Err(JobError::Fail(_))));
}

#[tokio::test]
async fn a_worker_that_lost_its_lease_sends_nothing() {
    let world = World::new();
    world.sign_up("user@example.com").await;
    let job = world.claim().await.unwrap();
    world.clock.advance(std::time::Duration::from_secs(61));
    let taken_over = world.claim().await.unwrap();
    assert_eq!(taken_over.lease.job_id, job.lease.job_id);
    assert!(matches!(world.run(&job).await, Err(JobError::LeaseLost)));
    assert!(world.mailer.sent().is_empty());
    world.run(&taken_over).await.unwrap();
    assert_eq!(world.mailer.sent().len(), 1);
}

#[tokio::test]
async fn no_job_holds_an_address_or_a_secret() {
    let world = World::new();
    let me = world.person("user@example.com").await;
    world.recovery.forgot_password("user@example.com").await.unwrap();
    world.recovery.request_magic_link("nobody@example.com").await.unwrap();
    world.recovery.request_verification(&me).await.unwrap();
    for purpose in ["verify_email", "reset_password", "magic_link", "verify_email"] {
        let job = world.claim().await.unwrap();
        let user = if purpose == "magic_link" { "null".to_owned() } else { format!("\"{}\"", me.user_id) };
        assert_eq!(job.payload, format!("{{\"user_id\":{user},\"purpose\":\"{purpose}\"}}"));
        world.run(&job).await.unwrap();
    }
    assert_eq!(world.store.counts().await.unwrap(), JobCounts { done: 4, ..JobCounts::default() });
}
