//! The messages of PostgreSQL (<https://www.postgresql.org/docs/current/protocol-message-formats.html>), as far as it takes to know which
//! statement is executed and where its answer ends.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::io::{AsyncReadExt, AsyncWriteExt, BufReader, copy, sink};
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};

use super::wire::{Shared, Then, Verdict};

/// Codes in the place of a protocol version that ask for encryption.
const ASKS_FOR_ENCRYPTION: [u32; 2] = [80_877_103, 80_877_104];
const NEVER: u64 = u64::MAX;

/// What both directions of a connection know.
struct Line<'s> {
    shared: &'s Shared,
    /// Which of the server's `ReadyForQuery` ends the answer that is kept back.
    kept_back: AtomicU64,
    /// Whether the connection is closed then.
    is_cut: std::sync::atomic::AtomicBool,
}

/// Passes messages both ways until an end closes or is cut off.
pub(super) async fn pass(near: TcpStream, far: TcpStream, shared: &Shared) {
    let ((near_in, mut near_out), (far_in, mut far_out)) = (near.into_split(), far.into_split());
    let mut near_in = BufReader::new(near_in);
    if begin(&mut near_in, &mut near_out, &mut far_out).await.is_none() {
        return;
    }
    let line = Line { shared, kept_back: AtomicU64::new(NEVER), is_cut: false.into() };
    tokio::select! {
        _closed = line.ask(near_in, far_out) => {}
        _closed = line.answer(BufReader::new(far_in), near_out) => {}
    }
}

/// The first message, which has no type; encryption is refused.
async fn begin(from: &mut BufReader<OwnedReadHalf>, back: &mut OwnedWriteHalf, to: &mut OwnedWriteHalf) -> Option<()> {
    loop {
        let (length, code) = (from.read_u32().await.ok()?, from.read_u32().await.ok()?);
        if ASKS_FOR_ENCRYPTION.contains(&code) {
            back.write_all(b"N").await.ok()?;
            continue;
        }
        let mut rest = vec![0; usize::try_from(length).unwrap() - 8];
        from.read_exact(&mut rest).await.ok()?;
        let message = [&length.to_be_bytes(), &code.to_be_bytes(), rest.as_slice()].concat();
        return to.write_all(&message).await.ok();
    }
}

/// A message with its type and length in front.
async fn message(from: &mut BufReader<OwnedReadHalf>) -> Option<(u8, Vec<u8>)> {
    let kind = from.read_u8().await.ok()?;
    let length = from.read_u32().await.ok()?;
    let mut whole = [&[kind], length.to_be_bytes().as_slice()].concat();
    whole.resize(1 + usize::try_from(length).unwrap(), 0);
    from.read_exact(&mut whole[5..]).await.ok()?;
    Some((kind, whole))
}

/// The text that ends with the next zero byte.
fn text(bytes: &[u8]) -> (String, &[u8]) {
    let end = bytes.iter().position(|byte| *byte == 0).unwrap();
    (String::from_utf8_lossy(&bytes[..end]).into_owned(), &bytes[end + 1..])
}

impl Line<'_> {
    async fn ask(&self, mut from: BufReader<OwnedReadHalf>, mut to: OwnedWriteHalf) -> Option<()> {
        let (mut prepared, mut before) = (HashMap::new(), String::new());
        // The server says once by itself that it is ready.
        let mut answers = 1;
        loop {
            let (kind, message) = message(&mut from).await?;
            let body = &message[5..];
            let ends_with = answers + 1;
            let mut said = None;
            match kind {
                b'Q' => {
                    said = Some(text(body).0);
                    answers += 1;
                }
                b'S' => answers += 1,
                b'P' => {
                    let (name, rest) = text(body);
                    prepared.insert(name, text(rest).0);
                }
                b'B' => said = prepared.get(&text(text(body).1).0).cloned(),
                _ => {}
            }
            let verdict = said.as_ref().map_or(Verdict::Passes, |said| self.shared.judge(said, &before));
            before = said.unwrap_or(before);
            match verdict {
                Verdict::Passes => {}
                Verdict::Stops(Then::Cut) => return None,
                Verdict::Stops(Then::Hold) => self.shared.let_go().await,
                Verdict::Stops(Then::Freeze) => {
                    let _closed = copy(&mut from, &mut sink()).await;
                    return None;
                }
                Verdict::Unanswered(then) => {
                    self.is_cut.store(then == Then::Cut, Ordering::SeqCst);
                    self.kept_back.store(ends_with, Ordering::SeqCst);
                }
            }
            to.write_all(&message).await.ok()?;
        }
    }

    async fn answer(&self, mut from: BufReader<OwnedReadHalf>, mut to: OwnedWriteHalf) -> Option<()> {
        let mut answers = 0;
        loop {
            let (kind, message) = message(&mut from).await?;
            let kept_back = self.kept_back.load(Ordering::SeqCst);
            if kind == b'Z' {
                answers += 1;
                if answers == kept_back {
                    self.shared.answered();
                    if !self.is_cut.load(Ordering::SeqCst) {
                        let _closed = copy(&mut from, &mut sink()).await;
                        std::future::pending::<()>().await;
                    }
                    return None;
                }
            } else if answers + 1 == kept_back {
                continue;
            }
            to.write_all(&message).await.ok()?;
        }
    }
}
