//! Random bytes in the form of WebSocket frames (RFC 6455, 5.2), sent to the live connection: it lets go of who does not keep to the rules, and the
//! server goes on.

use std::time::Duration;

use proptest::collection::vec;
use proptest::prelude::{Just, Strategy, any, prop_oneof};
use proptest::sample::select;
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestError, TestRng, TestRunner};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio_tungstenite::MaybeTlsStream;

use crate::app::{TestApp, User};
use crate::live::{bearer, connect, next};
use crate::panics::Panics;

/// A frame, or what looks like one.
#[derive(Debug, Clone)]
struct Frame {
    last: bool,
    reserved: u8,
    opcode: u8,
    masked: bool,
    /// In place of the payload's length.
    says: Option<u64>,
    payload: Vec<u8>,
}

impl Frame {
    fn bytes(&self) -> Vec<u8> {
        let length = self.says.unwrap_or(self.payload.len() as u64);
        let mask_bit = if self.masked { 0x80 } else { 0 };
        let mut bytes = vec![if self.last { 0x80 } else { 0 } | (self.reserved << 4) | self.opcode];
        match (u8::try_from(length), u16::try_from(length)) {
            (Ok(short @ 0..126), _) => bytes.push(mask_bit | short),
            (_, Ok(middle)) => {
                bytes.push(mask_bit | 126);
                bytes.extend(middle.to_be_bytes());
            }
            _ => {
                bytes.push(mask_bit | 127);
                bytes.extend(length.to_be_bytes());
            }
        }
        let mask = [0x37, 0xfa, 0x21, 0x3d];
        if self.masked {
            bytes.extend(mask);
            bytes.extend(self.payload.iter().zip(mask.iter().cycle()).map(|(byte, mask)| byte ^ mask));
        } else {
            bytes.extend(&self.payload);
        }
        bytes
    }
}

fn payload() -> impl Strategy<Value = Vec<u8>> {
    let close = |code: u16, text: &[u8]| [&code.to_be_bytes(), text].concat();
    let sizes = select(vec![125_usize, 126, 127, 4_095, 4_096, 4_097, 65_535, 65_536, 300_000]);
    prop_oneof![
        3 => vec(any::<u8>(), 0..40),
        3 => any::<String>().prop_map(String::into_bytes),
        2 => select(vec![b"\xff\xfe\xfd".to_vec(), b"\xed\xa0\x80".to_vec(), b"\xf4\x90\x80\x80".to_vec(), b"{\"type\":\"subscribe\"}".to_vec()]),
        2 => (sizes, any::<u8>()).prop_map(|(size, byte)| vec![byte; size]),
        3 => (prop_oneof![select(vec![0_u16, 999, 1000, 1005, 1006, 1015, 2999, 3000, 4401, 5000, u16::MAX]), any::<u16>()], any::<String>())
            .prop_map(move |(code, text)| close(code, text.as_bytes())),
        1 => any::<u16>().prop_map(move |code| close(code, b"\xff")),
    ]
}

fn frame() -> impl Strategy<Value = Frame> {
    let opcode = prop_oneof![4 => select(vec![0_u8, 1, 2]), 3 => select(vec![8_u8, 9, 10]), 1 => 0..16_u8];
    let says =
        prop_oneof![12 => Just(None), 1 => select(vec![0_u64, 1, 125, 126, 65_536, u64::from(u32::MAX), 1 << 62, u64::MAX]).prop_map(Some)];
    let reserved = prop_oneof![9 => Just(0_u8), 1 => 0..8_u8];
    let masked = prop_oneof![12 => Just(true), 1 => Just(false)];
    (prop_oneof![3 => Just(true), 1 => Just(false)], reserved, opcode, masked, says, payload())
        .prop_map(|(last, reserved, opcode, masked, says, payload)| Frame { last, reserved, opcode, masked, says, payload })
}

/// The bytes go out in pieces of this size, as networks cut them.
async fn send(app: &TestApp, user: &User, frames: &[Frame], piece: usize) -> Result<(), String> {
    let mut socket = connect(app, "", &bearer(user)).await;
    next(&mut socket).await;
    let MaybeTlsStream::Plain(stream) = socket.into_inner() else { return Err("no plain connection".to_owned()) };
    let (mut reading, mut writing) = stream.into_split();
    let bytes: Vec<u8> = frames.iter().flat_map(Frame::bytes).collect();
    let heard = tokio::spawn(async move {
        let mut heard = Vec::new();
        // A reset is an end, too.
        drop(reading.read_to_end(&mut heard).await);
        heard
    });
    for piece in bytes.chunks(piece) {
        // It may have let go already.
        if writing.write_all(piece).await.is_err() {
            break;
        }
    }
    drop(writing.shutdown().await);
    match tokio::time::timeout(Duration::from_secs(10), heard).await {
        Ok(Ok(_)) => Ok(()),
        _ => Err("the connection is held on to".to_owned()),
    }
}

#[test]
fn random_frames_end_a_connection_at_most_and_never_the_server() {
    let panics = Panics::watch();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let (app, user) = runtime.block_on(async {
        let app = TestApp::start().await;
        let user = app.user("a").await;
        app.body(&user).await;
        app.tryon(&user).await;
        (app, user)
    });
    let cases = crate::cases(300, 20_000);
    let config = Config { cases, failure_persistence: None, max_shrink_iters: 300, ..Config::default() };
    let mut runner = TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha));
    let programs = (vec(frame(), 1..8), select(vec![1_usize, 7, 1_000, usize::MAX]));
    let outcome = runner.run(&programs, |(frames, piece)| {
        let piece = if frames.iter().any(|frame| frame.payload.len() > 10_000) { piece.max(1_000) } else { piece };
        runtime.block_on(async {
            send(&app, &user, &frames, piece).await.map_err(TestCaseError::fail)?;
            if let Some(panic) = panics.seen().first() {
                return Err(TestCaseError::fail(panic.clone()));
            }
            let alive = app.get("/health/live", &user).await.status.as_u16();
            if alive == 200 { Ok(()) } else { Err(TestCaseError::fail(format!("/health/live answers {alive}"))) }
        })
    });
    match outcome {
        Ok(()) => {}
        Err(TestError::Fail(reason, (frames, piece))) => panic!("{reason}\nin pieces of {piece}: {frames:?}"),
        Err(TestError::Abort(reason)) => panic!("{reason}"),
    }
    runtime.block_on(async {
        let mut socket = connect(&app, "", &bearer(&user)).await;
        assert_eq!(next(&mut socket).await["type"], "snapshot", "who keeps to the rules is served as before");
        app.stop().await;
    });
}
