//! Receiving an answer: every piece is told, the text is saved each second, and the end is settled, whoever still listens.

use std::future::{Future, poll_fn};
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use chrono::TimeDelta;

use crate::challenge::ChallengeError;
use crate::challenge::chat::{AnswerEnd, ChatAnswer, ChatError, ChatEvent, ChatModel, ChatRequest, ChatStream, Price};
use crate::challenge::conversations::{Message, MessageState};
use crate::challenge::enrolments::QuotaLeft;
use crate::challenge::hackathons::{Hackathon, HackathonStatus};
use crate::kernel::{ConversationId, MessageId};

use super::ConversationPorts;
use super::settle::{Ending, settle};

/// How often the text is saved, a stop is looked for, and life is shown.
const TICK: Duration = Duration::from_secs(1);
/// How long an answer may go on after the hackathon's end.
const AFTER_THE_END: TimeDelta = TimeDelta::seconds(60);
/// How often the books are tried to be closed before that is left to [`super::SettleSilent`].
const SETTLE_TRIES: u32 = 20;

/// What is told while an answer arrives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AnswerEvent {
    /// The prompt was stored and `reserved` tokens are held; the answer will have this id.
    Started {
        /// The answer's message.
        message_id: MessageId,
        /// The tokens held.
        reserved: u64,
    },
    /// The next piece of the text.
    Delta(String),
}

/// A prompt that is reserved and waits to be answered.
pub struct Exchange {
    pub(super) ports: ConversationPorts,
    pub(super) model: Arc<dyn ChatModel>,
    pub(super) price: Option<Price>,
    pub(super) request: ChatRequest,
    pub(super) conversation_id: ConversationId,
    pub(super) prompt_id: MessageId,
    pub(super) answer: Message,
    pub(super) hackathon: Hackathon,
    pub(super) reserved: u64,
}

/// Why receiving ended before the model did.
enum Cut {
    /// The student asked for it, or the hackathon is long over.
    Stopped,
    /// The books were closed by somebody else, who took this process for dead.
    Settled,
}

impl Exchange {
    /// Asks the model, tells every piece, saves what arrives, settles the end. The answer's end is the same whether anybody listens or not:
    /// who drops the listener's other end loses nothing.
    ///
    /// # Errors
    /// [`ChallengeError::Chat`] when the provider failed; what arrived is kept and the quota settled. [`ChallengeError::Store`] when the
    /// end cannot be stored; then the books are closed later from what was saved.
    pub async fn run(self, mut tell: impl FnMut(AnswerEvent) + Send) -> Result<(Message, QuotaLeft), ChallengeError> {
        tell(AnswerEvent::Started { message_id: self.answer.id, reserved: self.reserved });
        let mut received = ChatAnswer::to(&self.request.messages);
        let cut = self.receive(&mut received, &mut tell).await;
        let state = match (&cut, received.end()) {
            (Some(Cut::Settled), _) => return self.settled_elsewhere().await,
            (_, Some(AnswerEnd::Completed(_))) => MessageState::Complete,
            (_, Some(AnswerEnd::Failed(_))) => MessageState::Failed,
            (Some(Cut::Stopped) | None, None) => MessageState::Stopped,
        };
        let ending = self.ending(&received, state);
        let mut tries = 0;
        let settled = loop {
            match settle(&self.ports, &ending).await {
                Err(ChallengeError::Store(error)) if tries < SETTLE_TRIES => {
                    tracing::warn!(conversation_id = %self.conversation_id, %error, "the answer's end is not stored yet");
                    tries += 1;
                    self.ports.timer.sleep(TICK).await;
                }
                other => break other?,
            }
        };
        match received.end() {
            Some(AnswerEnd::Failed(error)) => {
                tracing::warn!(conversation_id = %self.conversation_id, model = self.request.model, %error, "no answer from the model");
                Err(ChallengeError::Chat(error.clone()))
            }
            _ => settled.ok_or(ChallengeError::NotFound),
        }
    }

    async fn receive(&self, received: &mut ChatAnswer, tell: &mut (impl FnMut(AnswerEvent) + Send)) -> Option<Cut> {
        let mut asking = std::pin::pin!(self.model.answer(&self.request));
        let mut stream: Option<ChatStream> = None;
        let mut tick = self.ports.timer.sleep(TICK);
        loop {
            let step = poll_fn(|context| {
                if let Some(stream) = &mut stream {
                    if let Poll::Ready(item) = stream.as_mut().poll_next(context) {
                        return Poll::Ready(Step::Item(item));
                    }
                } else if let Poll::Ready(opened) = asking.as_mut().poll(context) {
                    return Poll::Ready(Step::Opened(opened));
                }
                tick.as_mut().poll(context).map(|()| Step::Tick)
            })
            .await;
            match step {
                Step::Opened(Ok(opened)) => stream = Some(opened),
                Step::Opened(Err(error)) => received.take(Err(error)),
                Step::Item(Some(item)) => {
                    if let Ok(ChatEvent::Delta(delta)) = &item {
                        tell(AnswerEvent::Delta(delta.clone()));
                    }
                    received.take(item);
                }
                Step::Item(None) => return None,
                Step::Tick => {
                    if let Some(cut) = self.tick(received).await {
                        return Some(cut);
                    }
                    tick = self.ports.timer.sleep(TICK);
                }
            }
            if received.end().is_some() {
                return None;
            }
        }
    }

    /// Saves what arrived, and looks whether it is to go on.
    async fn tick(&self, received: &ChatAnswer) -> Option<Cut> {
        let now = self.ports.clock.now();
        let over = self.hackathon.status == HackathonStatus::Running && now > self.hackathon.dates.ends_at + AFTER_THE_END;
        match self.ports.store.conversations().save_partial(self.conversation_id, self.answer.id, received.text(), now).await {
            Ok(None) => Some(Cut::Settled),
            Ok(Some(stop)) if stop || over => Some(Cut::Stopped),
            Ok(Some(_)) => None,
            Err(error) => {
                tracing::warn!(conversation_id = %self.conversation_id, %error, "the answer so far is not saved");
                None
            }
        }
    }

    fn ending(&self, received: &ChatAnswer, state: MessageState) -> Ending {
        let usage = received.settle();
        let (finish_reason, model_used) = match received.end() {
            Some(AnswerEnd::Completed(end)) => (Some(end.finish_reason.to_string()), Some(end.model_used.clone())),
            Some(AnswerEnd::Failed(error)) => (Some(error.kind.as_str().to_owned()), None),
            None => (None, None),
        };
        let taken = !matches!(received.end(), Some(AnswerEnd::Failed(ChatError { accepted: false, .. })));
        Ending {
            conversation_id: self.conversation_id,
            message_id: self.answer.id,
            prompt_id: Some(self.prompt_id),
            text: received.text().to_owned(),
            state,
            usage: taken.then_some(usage),
            cost: self.price.map(|price| price.cost(&usage)).unwrap_or_default(),
            model_used: model_used.unwrap_or_else(|| self.request.model.clone()),
            finish_reason,
            temperature: self.request.temperature,
            quotas: self.hackathon.quotas,
        }
    }

    async fn settled_elsewhere(&self) -> Result<(Message, QuotaLeft), ChallengeError> {
        let message = self.ports.store.conversations().message(self.conversation_id, self.answer.id).await?;
        let conversation = self.ports.store.conversations().find(self.conversation_id).await?.ok_or(ChallengeError::NotFound)?;
        let enrolment = self.ports.store.enrolments().find(conversation.enrolment()).await?.ok_or(ChallengeError::NotFound)?;
        Ok((message.ok_or(ChallengeError::NotFound)?, enrolment.ledger.left(self.hackathon.quotas)))
    }
}

enum Step {
    Opened(Result<ChatStream, ChatError>),
    Item(Option<Result<ChatEvent, ChatError>>),
    Tick,
}
