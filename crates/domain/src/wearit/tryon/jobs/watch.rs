//! The provider's progress, handed from its threads to the run that persists it.

use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::task::Poll;

use crate::wearit::tryon::{Control, HeardMark, Progress, ProgressSink, TryOn};

/// Keeps only the last report: a slow store must never make the provider wait. Also hands what was heard of the provider to its poll.
#[derive(Default)]
pub(super) struct Watch {
    latest: Mutex<Option<Progress>>,
    heard: Mutex<Option<HeardMark>>,
    stopped: AtomicBool,
}

impl Watch {
    /// What the try-on remembers of the provider's messages.
    pub(super) fn heard(&self) -> Option<HeardMark> {
        self.heard.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Notes what the try-on remembers of the provider's messages.
    pub(super) fn hear(&self, tryon: Option<&TryOn>) {
        let mark = tryon.and_then(|tryon| tryon.attempts.last()).and_then(|attempt| attempt.heard.clone());
        *self.heard.lock().unwrap_or_else(PoisonError::into_inner) = mark;
    }

    /// The last report since the previous call.
    pub(super) fn take(&self) -> Option<Progress> {
        self.latest.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// From now on the provider is told to stop.
    pub(super) fn stop(&self) {
        self.stopped.store(true, Ordering::Release);
    }
}

impl ProgressSink for Watch {
    fn report(&self, progress: Progress) -> Control {
        *self.latest.lock().unwrap_or_else(PoisonError::into_inner) = Some(progress);
        if self.stopped.load(Ordering::Acquire) { Control::Stop } else { Control::Continue }
    }
}

/// Waits for `work` until `tick` ends; the work goes on with the next call.
pub(super) async fn until<T>(mut work: Pin<&mut (impl Future<Output = T> + Send)>, tick: impl Future<Output = ()> + Send) -> Option<T> {
    let mut tick = std::pin::pin!(tick);
    poll_fn(|context| {
        if let Poll::Ready(done) = work.as_mut().poll(context) {
            return Poll::Ready(Some(done));
        }
        tick.as_mut().poll(context).map(|()| None)
    })
    .await
}
