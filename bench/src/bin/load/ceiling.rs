//! How fast the harness itself is: the same connections against a responder that does nothing.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};

use atelier_bench::client::Failure;

/// A page of garments has about this many bytes.
const BODY: usize = 16 * 1024;

/// Answers every request with a page's worth of bytes, each connection in a thread of its own; returns the address.
pub(crate) fn responder() -> Result<String, Failure> {
    let listener = TcpListener::bind(("127.0.0.1", 0))?;
    let address = listener.local_addr()?.to_string();
    let answer = format!("HTTP/1.1 200 OK\r\ncontent-length: {BODY}\r\n\r\n{}", "x".repeat(BODY)).into_bytes();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let answer = answer.clone();
            std::thread::spawn(move || answer_all(stream, &answer));
        }
    });
    Ok(address)
}

fn answer_all(mut stream: TcpStream, answer: &[u8]) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    let mut request = [0; 4_096];
    // A GET arrives in one piece: one read is one request.
    while stream.read(&mut request)? > 0 {
        stream.write_all(answer)?;
    }
    Ok(())
}
