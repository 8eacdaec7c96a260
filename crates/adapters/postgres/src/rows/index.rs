//! The index over embeddings, made once there are so many that comparing them one by one takes its time.

use atelier_domain::dataservice::DataError;
use sqlx::{AssertSqlSafe, Connection, PgConnection};

use super::search::COMPARED_ONE_BY_ONE;
use crate::error::data_error;
use crate::pool::PgStore;

/// [What pgvector indexes](https://github.com/pgvector/pgvector#hnsw): vectors of at most so many dimensions.
const MOST_DIMENSIONS: usize = 2_000;
/// The first version whose index goes on until there are enough rows that pass the filter.
const ITERATIVE_SINCE: [u32; 2] = [0, 8];
/// `atelier` in the keypad's digits: one process makes the index.
const LOCK: i64 = 2_835_437;

/// The name of the index over embeddings of so many dimensions.
pub(crate) fn index_name(table: &str, dimensions: usize) -> String {
    format!("idx_{table}_hnsw_{dimensions}")
}

fn is_iterative(version: &str) -> bool {
    let numbers: Vec<u32> = version.split('.').map_while(|part| part.parse().ok()).collect();
    numbers.as_slice() >= ITERATIVE_SINCE.as_slice()
}

/// Makes the index where it would be used: writers go on meanwhile. Answers whether it was made now.
///
/// # Errors
/// When the server does not answer.
pub async fn index_embeddings(store: &PgStore, table: &'static str, dimensions: usize) -> Result<bool, DataError> {
    index(store, table, dimensions, COMPARED_ONE_BY_ONE).await.map_err(data_error)
}

pub(crate) async fn index(store: &PgStore, table: &str, dimensions: usize, above: u64) -> Result<bool, sqlx::Error> {
    if dimensions > MOST_DIMENSIONS {
        return Ok(false);
    }
    let ask = format!(
        "SELECT (SELECT extversion FROM pg_extension WHERE extname = 'vector'),
                (SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass($1)),
                (SELECT count(*) FROM (SELECT 1 FROM \"{table}\" LIMIT $2) AS counted)"
    );
    let name = index_name(table, dimensions);
    let limit = i64::try_from(above.saturating_add(1)).unwrap_or(i64::MAX);
    let (version, valid, rows): (Option<String>, Option<bool>, i64) =
        sqlx::query_as(AssertSqlSafe(ask)).bind(&name).bind(limit).fetch_one(store.pool()).await?;
    let wanted = version.is_some_and(|version| is_iterative(&version)) && valid != Some(true) && rows == limit;
    if !wanted {
        return Ok(false);
    }
    // Beside the pool: it may take minutes.
    let mut connection = PgConnection::connect_with(store.options()).await?;
    let mine: bool = sqlx::query_scalar("SELECT pg_try_advisory_lock($1)").bind(LOCK).fetch_one(&mut connection).await?;
    if mine {
        // One that was broken off is there and of no use.
        for statement in [
            format!("DROP INDEX CONCURRENTLY IF EXISTS \"{name}\""),
            format!(
                "CREATE INDEX CONCURRENTLY \"{name}\" ON \"{table}\" USING hnsw ((embedding::vector({dimensions})) vector_cosine_ops)
                 WHERE vector_dims(embedding) = {dimensions}"
            ),
        ] {
            sqlx::query(AssertSqlSafe(statement)).execute(&mut connection).await?;
        }
        tracing::info!(index = name, "embeddings are indexed");
    }
    connection.close().await?;
    Ok(mine)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_index_is_for_pgvector_from_0_8_on() {
        assert!(["0.8.0", "0.8.6", "0.10", "1.0"].into_iter().all(is_iterative));
        assert!(["0.7.4", "0.5", ""].into_iter().all(|version| !is_iterative(version)));
    }
}
