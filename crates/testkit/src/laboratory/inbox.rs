//! Where messages arrive when there is no route for them.

use std::time::Duration;

use atelier_domain::wearit::tryon::{CallbackMessage, Heard, TryOnProvider};
use chrono::Utc;

use super::{Answer, LabServer, SeenRequest};

/// A receiver of messages that takes every one.
#[derive(Debug)]
pub struct Inbox(LabServer);

impl Inbox {
    /// An empty one.
    pub async fn open() -> Self {
        Self(LabServer::start(|_| Answer::status(204)).await)
    }

    /// The address to give to a provider; it holds a secret.
    pub fn address(&self) -> String {
        format!("{}/webhooks/providers/test?token=s3cr3t", self.0.url())
    }

    /// What arrived so far, oldest first.
    pub fn messages(&self) -> Vec<CallbackMessage> {
        self.0.requests().iter().map(message_of).collect()
    }

    /// What a provider reads out of it.
    pub fn heard(&self, provider: &dyn TryOnProvider) -> Vec<Heard> {
        self.messages().iter().map(|message| provider.read_callback(message).unwrap()).collect()
    }

    /// The newest that was heard of a request; once it was heard to be at its end, that.
    pub fn newest(&self, provider: &dyn TryOnProvider, external_id: &str) -> Option<Heard> {
        let of_it: Vec<_> = self.heard(provider).into_iter().filter(|heard| heard.external_id == external_id).collect();
        of_it.iter().find(|heard| heard.finished).or(of_it.last()).cloned()
    }

    /// Waits until something is heard that is as wanted, for half a minute at most.
    pub async fn until(&self, provider: &dyn TryOnProvider, wanted: impl Fn(&Heard) -> bool) -> Heard {
        let found = async {
            loop {
                let so_far = self.0.tally().requests;
                if let Some(heard) = self.heard(provider).into_iter().find(|heard| wanted(heard)) {
                    return heard;
                }
                self.0.until(|tally| tally.requests > so_far).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(30), found).await.unwrap()
    }
}

/// A request as a route hands it on, received now.
#[expect(clippy::disallowed_methods, reason = "a server that signs with the time has just sent it")]
pub fn message_of(seen: &SeenRequest) -> CallbackMessage {
    let headers = seen.headers.iter().map(|(name, value)| (name.as_str().to_owned(), value.to_str().unwrap().to_owned())).collect();
    CallbackMessage { headers, body: seen.body.clone(), received_at: Utc::now() }
}
