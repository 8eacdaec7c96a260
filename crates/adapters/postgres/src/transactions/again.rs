//! Statements that may be sent again: they ask, or say the same twice.

use atelier_domain::dataservice::DataError;

use crate::error::{data_error, is_transient};

/// So many times in all: a connection that was lost while it was idle is found out by its first statement.
const TRIES: u32 = 3;

/// The statement's answer, sent again when its connection was lost or the server is starting.
pub(super) async fn again<T, F>(mut statement: impl FnMut() -> F) -> Result<T, DataError>
where
    F: Future<Output = Result<T, sqlx::Error>>,
{
    let mut tries = 1;
    loop {
        match statement().await {
            Err(error) if is_transient(&error) && tries < TRIES => tries += 1,
            answer => return answer.map_err(data_error),
        }
    }
}
