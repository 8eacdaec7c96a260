//! One change stream per process for jobs and one for events: what any process commits wakes this one, without polling.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use atelier_domain::kernel::{EntityId, UserId};
use atelier_waking::{Wakes, Waking};
use mongodb::Database;
use mongodb::bson::{Document, doc};
use mongodb::change_stream::ChangeStream;
use mongodb::change_stream::event::ResumeToken;
use mongodb::error::{Error, ErrorKind};
use tokio::task::AbortHandle;
use tokio::time::sleep;

use crate::collections::{EVENTS, JOBS};

/// How long the server holds an empty answer back.
const AWAIT: Duration = Duration::from_secs(10);
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// What a stream is for.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Purpose {
    Jobs,
    Events,
}

/// The streams of this process, each opened when first needed: an API process need not hear of jobs, nor a worker of events.
#[derive(Default)]
pub(crate) struct ChangeStreams {
    jobs: OnceLock<AbortHandle>,
    events: OnceLock<AbortHandle>,
}

impl ChangeStreams {
    /// Opens the stream unless it is open.
    pub(crate) fn ensure(&self, purpose: Purpose, database: &Database, waking: &Arc<Waking>) {
        let slot = match purpose {
            Purpose::Jobs => &self.jobs,
            Purpose::Events => &self.events,
        };
        slot.get_or_init(|| tokio::spawn(follow(purpose, database.clone(), Arc::clone(waking))).abort_handle());
    }

    pub(crate) fn stop(&self) {
        for stream in [&self.jobs, &self.events].into_iter().filter_map(OnceLock::get) {
            stream.abort();
        }
    }
}

impl Drop for ChangeStreams {
    fn drop(&mut self) {
        self.stop();
    }
}

/// Runs until its task is aborted. Whenever the stream is opened, everyone is woken: what was committed before is seen by looking, what is
/// committed after comes through the stream, so that nothing falls between, whether or not the resume token was still good.
async fn follow(purpose: Purpose, database: Database, waking: Arc<Waking>) {
    let mut token = None;
    let mut pause = FIRST_PAUSE;
    loop {
        let error = match open(purpose, &database, token.clone()).await {
            Ok(mut stream) => {
                pause = FIRST_PAUSE;
                match purpose {
                    Purpose::Jobs => waking.work_may_wait(),
                    Purpose::Events => waking.everyone_may_have_events(),
                }
                let ended = listen(purpose, &mut stream, &waking).await;
                token = stream.resume_token();
                ended
            }
            Err(error) => Some(error),
        };
        // The oplog went past the token, or the collection is gone: begin at the present.
        if error.as_ref().is_none_or(is_beyond_resuming) {
            token = None;
        }
        if let Some(error) = error {
            tracing::debug!(?purpose, error = &error as &dyn std::error::Error, "a change stream ended and is opened again");
        }
        sleep(pause).await;
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

async fn open(purpose: Purpose, database: &Database, token: Option<ResumeToken>) -> Result<ChangeStream<Document>, Error> {
    let (collection, pipeline) = match purpose {
        Purpose::Jobs => (
            JOBS,
            [
                doc! { "$match": { "$or": [
                    { "operationType": "insert" },
                    { "operationType": "update", "updateDescription.updatedFields.state": "queued" },
                ] } },
                doc! { "$project": { "_id": 1 } },
            ],
        ),
        Purpose::Events => {
            (EVENTS, [doc! { "$match": { "operationType": "insert" } }, doc! { "$project": { "user_id": "$fullDocument.user_id" } }])
        }
    };
    let stream = database.collection::<Document>(collection).watch().pipeline(pipeline).max_await_time(AWAIT).resume_after(token).await?;
    Ok(stream.with_type())
}

/// Until the stream ends, with an error or because its collection went.
async fn listen(purpose: Purpose, stream: &mut ChangeStream<Document>, waking: &Waking) -> Option<Error> {
    while stream.is_alive() {
        match stream.next_if_any().await {
            Ok(None) => {}
            Ok(Some(change)) => match purpose {
                Purpose::Jobs => waking.work_may_wait(),
                Purpose::Events => match change.get_object_id("user_id") {
                    Ok(user) => waking.committed(Wakes { jobs: false, users: vec![UserId::from_bytes(user.bytes())] }),
                    Err(_) => waking.everyone_may_have_events(),
                },
            },
            Err(error) => return Some(error),
        }
    }
    None
}

fn is_beyond_resuming(error: &Error) -> bool {
    matches!(error.kind.as_ref(), ErrorKind::Command(_)) && !error.contains_label("ResumableChangeStreamError")
}
