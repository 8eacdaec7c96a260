use std::collections::HashSet;
use std::sync::Arc;

use atelier_adapter_credentials::{ObjectIds, SystemClock};
use atelier_domain::kernel::{Clock, IdGenerator, Timestamp};

struct At(i64);

impl Clock for At {
    fn now(&self) -> Timestamp {
        chrono::DateTime::from_timestamp(self.0, 0).unwrap()
    }
}

#[test]
fn ids_begin_with_the_seconds_and_share_the_process_part() {
    let ids = ObjectIds::new(Arc::new(At(0x0102_0304)));
    let (first, second) = (ids.next_bytes(), ids.next_bytes());
    assert_eq!(first[..4], [1, 2, 3, 4]);
    assert_eq!(first[4..9], second[4..9]);
    assert_ne!(first, second);
}

#[test]
fn ids_are_unique_over_threads_and_generators() {
    let clock: Arc<dyn Clock> = Arc::new(At(7));
    let generators: Vec<_> = (0..2).map(|_| Arc::new(ObjectIds::new(Arc::clone(&clock)))).collect();
    let threads: Vec<_> = (0..8)
        .map(|number| {
            let ids = Arc::clone(&generators[number % 2]);
            std::thread::spawn(move || (0..10_000).map(|_| ids.next_bytes()).collect::<Vec<_>>())
        })
        .collect();
    let all: HashSet<_> = threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect();
    assert_eq!(all.len(), 80_000);
}

#[test]
fn the_system_clock_keeps_whole_milliseconds() {
    assert_eq!(SystemClock.now().timestamp_subsec_nanos() % 1_000_000, 0);
}
