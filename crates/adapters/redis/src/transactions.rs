//! Redis as a participant in transactions: one script for each change, which sets the operation's fence with it.
//!
//! A script runs as one: <https://redis.io/docs/latest/develop/programmability/eval-intro/>. Key and fence carry the owner as their hash tag
//! and so are in one slot of a cluster.

use std::collections::HashMap;
use std::time::Duration;

use async_trait::async_trait;
use atelier_domain::dataservice::transactions::{ApplyError, Fence, Participant, RedisCommand, RedisWrite, StoreWrite};
use atelier_domain::dataservice::{DataError, Database, Rejected};
use redis::{RedisError, RedisResult, Script};
use serde_json::Value as Json;

use crate::RedisConnection;

/// A store that answers later than this is as good as away.
const ANSWER_WITHIN: Duration = Duration::from_secs(1);
/// How long a fence is kept. The outbox gives up before.
const FENCE_SECONDS: u64 = 7 * 24 * 3600;

/// `KEYS` fence, key; `ARGV` the fence's life, the command, its arguments. Answers `done` or `already` with the command's answer, or
/// `refused` with the server's words, in which case nothing has changed.
const APPLY: &str = "
    if redis.call('EXISTS', KEYS[1]) == 1 then
        return {'already', redis.call('GET', KEYS[1])}
    end
    -- The fence first: a server that is full refuses it, and with it the rest.
    redis.call('SET', KEYS[1], '', 'EX', ARGV[1])
    local arguments = {}
    for place = 3, #ARGV do arguments[#arguments + 1] = ARGV[place] end
    local answer = redis.pcall(ARGV[2], KEYS[2], unpack(arguments))
    if type(answer) == 'table' and answer.err then
        redis.call('DEL', KEYS[1])
        return {'refused', answer.err}
    end
    if ARGV[2] ~= 'INCRBY' then return {'done', ''} end
    local number = string.format('%s', redis.call('GET', KEYS[2]))
    redis.call('SET', KEYS[1], number, 'EX', ARGV[1])
    return {'done', number}";

/// `KEYS` any; answers each key's type, and its first bytes when it is text.
const LOOK: &str = "
    local seen = {}
    for place, key in ipairs(KEYS) do
        local kind = redis.call('TYPE', key)['ok']
        local text = ''
        if kind == 'string' then text = redis.call('GETRANGE', key, 0, 31) end
        seen[#seen + 1] = {kind, text}
    end
    return seen";

/// Keys of the tenants, in one Redis.
pub struct RedisParticipant {
    connection: RedisConnection,
    apply: Script,
    look: Script,
}

impl RedisParticipant {
    /// Takes part with this server.
    pub fn new(connection: RedisConnection) -> Self {
        Self { connection, apply: Script::new(APPLY), look: Script::new(LOOK) }
    }

    async fn in_time<T>(&self, operation: &'static str, call: impl Future<Output = RedisResult<T>>) -> RedisResult<T> {
        let started = std::time::Instant::now();
        let answer = tokio::time::timeout(ANSWER_WITHIN, call).await;
        metrics::histogram!("atelier_redis_seconds", "operation" => operation).record(started.elapsed().as_secs_f64());
        let answer = answer.unwrap_or_else(|_late| Err(RedisError::from((redis::ErrorKind::Io, "no answer in time"))));
        if answer.is_err() {
            metrics::counter!("atelier_redis_errors_total", "operation" => operation).increment(1);
        }
        answer
    }

    async fn looked_at(&self, keys: &[String]) -> RedisResult<Vec<(String, String)>> {
        let mut manager = self.connection.manager();
        let mut look = self.look.prepare_invoke();
        for key in keys {
            look.key(key);
        }
        self.in_time("transaction_check", look.invoke_async(&mut manager)).await
    }
}

fn away(error: RedisError) -> DataError {
    DataError::Unavailable { database: Database::Redis, source: error.into() }
}

/// What a key is known to hold, so far as `INCRBY` asks.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Held {
    Number(i64),
    Text,
    Other,
}

impl Held {
    fn of(kind: &str, text: &str) -> Self {
        match kind {
            "none" => Self::Number(0),
            "string" => text.parse().map_or(Self::Text, Self::Number),
            _ => Self::Other,
        }
    }
}

fn refused(message: &str) -> DataError {
    DataError::Conflict(Rejected::new("PRECONDITION_FAILED", message))
}

/// Goes through the changes in order, as Redis will.
fn foresee(held: &mut HashMap<String, Held>, write: &RedisWrite) -> Result<(), DataError> {
    let key = write.physical_key();
    match &write.command {
        RedisCommand::Set { value, .. } => {
            held.insert(key, Held::of("string", value));
        }
        RedisCommand::Del => {
            held.insert(key, Held::Number(0));
        }
        RedisCommand::Expire { .. } => {}
        RedisCommand::IncrBy(by) => match held.get(&key).copied().unwrap_or(Held::Number(0)) {
            Held::Number(number) => {
                let sum = number.checked_add(*by).ok_or_else(|| refused("the number of the key would be too large"))?;
                held.insert(key, Held::Number(sum));
            }
            Held::Text | Held::Other => return Err(refused("the key holds something that is no whole number")),
        },
    }
    Ok(())
}

fn command(write: &RedisWrite) -> (&'static str, Vec<String>) {
    match &write.command {
        RedisCommand::Set { value, ttl: None } => ("SET", vec![value.clone()]),
        RedisCommand::Set { value, ttl: Some(ttl) } => ("SET", vec![value.clone(), "EX".to_owned(), ttl.to_string()]),
        RedisCommand::Del => ("DEL", Vec::new()),
        RedisCommand::IncrBy(by) => ("INCRBY", vec![by.to_string()]),
        RedisCommand::Expire { ttl } => ("EXPIRE", vec![ttl.to_string()]),
    }
}

/// The first word of the server's answer, which names the kind of refusal.
fn code_of(words: &str) -> String {
    words.trim_start_matches('-').split_whitespace().next().unwrap_or("ERR").to_owned()
}

/// Whether the server will say the same for ever: the key holds something else than the change needs.
fn is_permanent(words: &str) -> bool {
    ["WRONGTYPE", "ERR value is not an integer", "ERR increment or decrement", "ERR invalid expire"]
        .iter()
        .any(|start| words.trim_start_matches('-').starts_with(start))
}

fn of_redis(write: &StoreWrite) -> Option<&RedisWrite> {
    match write {
        StoreWrite::Redis(write) => Some(write),
        StoreWrite::CosmosDb(_) | StoreWrite::Vector(_) => None,
    }
}

#[async_trait]
impl Participant for RedisParticipant {
    async fn reach(&self) -> Result<(), DataError> {
        let mut manager = self.connection.manager();
        let ping = redis::cmd("PING");
        self.in_time("transaction_reach", ping.query_async::<()>(&mut manager)).await.map_err(away)
    }

    async fn check(&self, writes: &[&StoreWrite]) -> Result<(), (usize, DataError)> {
        let counted = |write: &&RedisWrite| matches!(write.command, RedisCommand::IncrBy(_));
        let mut keys: Vec<String> =
            writes.iter().filter_map(|write| of_redis(write)).filter(counted).map(RedisWrite::physical_key).collect();
        keys.sort_unstable();
        keys.dedup();
        if keys.is_empty() {
            return Ok(());
        }
        let seen = self.looked_at(&keys).await.map_err(|error| (0, away(error)))?;
        let mut held: HashMap<_, _> = keys.into_iter().zip(seen.iter().map(|(kind, text)| Held::of(kind, text))).collect();
        for (at, write) in writes.iter().enumerate() {
            if let Some(write) = of_redis(write) {
                foresee(&mut held, write).map_err(|error| (at, error))?;
            }
        }
        Ok(())
    }

    async fn apply(&self, write: &StoreWrite, fence: &Fence) -> Result<Option<Json>, ApplyError> {
        let Some(write) = of_redis(write) else { return Err(ApplyError::Never { code: "NOT_FOR_REDIS".to_owned() }) };
        let (name, arguments) = command(write);
        let mut manager = self.connection.manager();
        let mut apply = self.apply.prepare_invoke();
        apply.key(write.fence_key(fence)).key(write.physical_key()).arg(FENCE_SECONDS).arg(name);
        for argument in &arguments {
            apply.arg(argument);
        }
        let answer: RedisResult<(String, String)> = self.in_time("transaction_apply", apply.invoke_async(&mut manager)).await;
        match answer {
            Ok((outcome, words)) if outcome == "refused" && is_permanent(&words) => Err(ApplyError::Never { code: code_of(&words) }),
            Ok((outcome, words)) if outcome == "refused" => Err(ApplyError::Later { code: code_of(&words), source: None }),
            Ok((_, number)) => Ok(number.parse::<i64>().ok().map(|number| serde_json::json!({ "value": number }))),
            Err(error) => {
                let code = error.code().unwrap_or("CONNECTION").to_owned();
                Err(ApplyError::Later { code, source: Some(error.into()) })
            }
        }
    }
}
