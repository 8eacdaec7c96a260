//! What a test logs. The subscriber is the binary's only one and keeps each thread's lines apart: subscribers of single threads would hide
//! each other's events.

use std::cell::RefCell;
use std::io;
use std::sync::Once;

thread_local! {
    static LOGGED: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

struct ThisThread;

impl io::Write for ThisThread {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        LOGGED.with_borrow_mut(|logged| logged.extend_from_slice(bytes));
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Forgets what this thread logged so far.
pub(crate) fn begin() {
    static INSTALL: Once = Once::new();
    INSTALL.call_once(|| tracing_subscriber::fmt().with_ansi(false).with_writer(|| ThisThread).init());
    LOGGED.with_borrow_mut(Vec::clear);
}

/// The first line this thread logged that contains `text`.
pub(crate) fn line(text: &str) -> Option<String> {
    let logged = LOGGED.with_borrow(Clone::clone);
    String::from_utf8(logged).unwrap().lines().find(|line| line.contains(text)).map(str::to_owned)
}
