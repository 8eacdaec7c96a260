//! The commands of Redis (<https://redis.io/docs/latest/develop/reference/protocol-spec/>): arrays of strings on their way to the server.

use std::sync::Mutex;

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader, copy, sink};
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};

use super::wire::{Shared, Then, Verdict};

/// What a script of the outbox answers when it has done its work.
const DONE: &[u8] = b"done";

/// Passes commands and answers until an end closes or is cut off.
pub(super) async fn pass(near: TcpStream, far: TcpStream, shared: &Shared) {
    let ((near_in, near_out), (far_in, far_out)) = (near.into_split(), far.into_split());
    let unanswered = Mutex::new(None);
    tokio::select! {
        _closed = ask(BufReader::new(near_in), far_out, shared, &unanswered) => {}
        _closed = answer(far_in, near_out, shared, &unanswered) => {}
    }
}

/// A line with its end.
async fn line(from: &mut BufReader<OwnedReadHalf>, whole: &mut Vec<u8>) -> Option<usize> {
    let start = whole.len();
    from.read_until(b'\n', whole).await.ok().filter(|read| *read > 2)?;
    std::str::from_utf8(&whole[start + 1..whole.len() - 2]).ok()?.parse().ok()
}

/// A command as it came, and its words.
async fn command(from: &mut BufReader<OwnedReadHalf>) -> Option<(Vec<u8>, String)> {
    let (mut whole, mut words) = (Vec::new(), String::new());
    for _ in 0..line(from, &mut whole).await? {
        let length = line(from, &mut whole).await?;
        let start = whole.len();
        whole.resize(start + length + 2, 0);
        from.read_exact(&mut whole[start..]).await.ok()?;
        words.push_str(&String::from_utf8_lossy(&whole[start..start + length]));
        words.push(' ');
    }
    Some((whole, words))
}

async fn ask(mut from: BufReader<OwnedReadHalf>, mut to: OwnedWriteHalf, shared: &Shared, unanswered: &Mutex<Option<Then>>) -> Option<()> {
    loop {
        let (whole, words) = command(&mut from).await?;
        match shared.judge(&words, "") {
            Verdict::Passes => {}
            Verdict::Stops(Then::Cut) => return None,
            Verdict::Stops(Then::Hold) => shared.let_go().await,
            Verdict::Stops(Then::Freeze) => {
                let _closed = copy(&mut from, &mut sink()).await;
                return None;
            }
            Verdict::Unanswered(then) => *unanswered.lock().unwrap() = Some(then),
        }
        to.write_all(&whole).await.ok()?;
    }
}

async fn answer(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, shared: &Shared, unanswered: &Mutex<Option<Then>>) -> Option<()> {
    let (mut bytes, mut kept_back) = (vec![0; 16 * 1024], Vec::new());
    loop {
        let read = from.read(&mut bytes).await.ok().filter(|read| *read > 0)?;
        let then = *unanswered.lock().unwrap();
        let Some(then) = then else {
            to.write_all(&bytes[..read]).await.ok()?;
            continue;
        };
        kept_back.extend_from_slice(&bytes[..read]);
        if kept_back.windows(DONE.len()).any(|window| window == DONE) {
            shared.answered();
            if then == Then::Freeze {
                let _closed = copy(&mut from, &mut sink()).await;
                std::future::pending::<()>().await;
            }
            return None;
        }
    }
}
