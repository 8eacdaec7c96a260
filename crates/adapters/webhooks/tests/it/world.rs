//! Receivers, and names that lead where a test wants.

use std::collections::VecDeque;
use std::io;
use std::net::IpAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use atelier_adapter_webhooks::{HostLookup, WebhookHttp, WebhookTargets};
use atelier_domain::kernel::SecretString;
use atelier_domain::wearit::webhooks::{AttemptOutcome, OutgoingMessage, Sent, WebhookSender};
use chrono::{DateTime, Utc};

/// Answers each look-up of a name with the next of its lists, the last one again and again.
pub(crate) struct Names(Mutex<VecDeque<Vec<IpAddr>>>);

impl Names {
    pub(crate) fn leading_to(lists: &[&[&str]]) -> Arc<Self> {
        let addresses = |list: &&[&str]| list.iter().map(|text| text.parse().unwrap()).collect();
        Arc::new(Self(Mutex::new(lists.iter().map(addresses).collect())))
    }
}

#[async_trait::async_trait]
impl HostLookup for Names {
    async fn addresses(&self, _host: &str) -> io::Result<Vec<IpAddr>> {
        let mut lists = self.0.lock().unwrap();
        let list = if lists.len() > 1 { lists.pop_front() } else { lists.front().cloned() };
        Ok(list.unwrap_or_default())
    }
}

/// Lenient targets: plain HTTP, and this machine.
pub(crate) fn loopback() -> WebhookTargets {
    WebhookTargets { networks: "127.0.0.0/8".parse().unwrap(), allow_http: true, timeout: Duration::from_secs(5) }
}

pub(crate) fn at() -> DateTime<Utc> {
    DateTime::from_timestamp(1_614_265_330, 0).unwrap()
}

pub(crate) const ID: &str = "msg_p5jXN8AQM9LWM0D4loKWxJek";
pub(crate) const PAYLOAD: &str = r#"{"test": 2432232314}"#;
pub(crate) const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

pub(crate) async fn send(sender: &WebhookHttp, url: &str) -> Sent {
    send_signed(sender, url, &[SECRET]).await
}

pub(crate) async fn send_signed(sender: &WebhookHttp, url: &str, secrets: &[&str]) -> Sent {
    let secrets: Vec<SecretString> = secrets.iter().map(|secret| SecretString::from(*secret)).collect();
    sender.send(&OutgoingMessage { url, id: ID, at: at(), payload: PAYLOAD, secrets: &secrets }).await
}

pub(crate) async fn outcome(sender: &WebhookHttp, url: &str) -> AttemptOutcome {
    send(sender, url).await.outcome
}
