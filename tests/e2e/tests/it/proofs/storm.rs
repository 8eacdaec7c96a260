//! Two replicas under load, killed at any moment: nothing is lost, nothing is done twice.

use std::sync::{Arc, RwLock};
use std::time::{Duration, Instant};

use tokio::task::JoinSet;

use super::bank::{Answer, Bank, Person};
use crate::process::Api;

pub(super) fn is_soak() -> bool {
    std::env::var("SOAK").is_ok_and(|soak| soak == "1")
}

/// Where the replicas are at the moment.
pub(super) type Replicas = Arc<RwLock<[String; 2]>>;

/// Numbers that look random and are the same every time.
pub(super) fn dice(seed: u64) -> u64 {
    let mut state = seed.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    state = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    state ^ (state >> 27)
}

/// One round of a client's: transfers under keys of its own, at whichever replica; what is not answered is asked again under its key, for
/// some tries. Answers the keys that were answered with a commit, and those that were not.
async fn client(person: Person, replicas: Replicas, number: u64, round: u64, transfers: u64) -> (Vec<String>, Vec<String>) {
    let (mut known, mut unknown) = (Vec::new(), Vec::new());
    for transfer in 0..transfers {
        let key = format!("c{number:03}-r{round:02}-t{transfer:02}");
        let mut is_committed = false;
        for attempt in 0..3 {
            let roll = dice(number * 10_000 + round * 100 + transfer * 3 + attempt);
            let base = replicas.read().unwrap()[usize::try_from(roll % 2).unwrap()].clone();
            match person.transfer(&base, &key).await {
                Answer::Committed { .. } => {
                    is_committed = true;
                    break;
                }
                Answer::Lost => tokio::time::sleep(Duration::from_millis(roll >> 32 & 127)).await,
                Answer::Refused { status: 409 | 429 | 503 | 504, .. } => {}
                refused => panic!("{key}: {refused:?}"),
            }
        }
        if is_committed { known.push(key) } else { unknown.push(key) }
    }
    (known, unknown)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_replicas_killed_under_load_no_write_is_lost_and_none_is_made_twice() {
    let (clients, rounds, transfers, kills_a_round) = if is_soak() { (100, 10, 4, 5) } else { (6, 3, 6, 1) };
    let Some(mut bank) = Bank::open().await else { return };
    let mut apis = [bank.replica().await, bank.replica().await];
    let administrator = bank.administrator(&apis[0]).await;
    let mut people = Vec::new();
    for number in 0..clients {
        let email = format!("client{number}@example.com");
        people.push(bank.person(&mut apis[0], &administrator, &email).await);
    }
    let replicas: Replicas = Arc::new(RwLock::new([apis[0].base.clone(), apis[1].base.clone()]));
    let mut committed: Vec<Vec<String>> = vec![Vec::new(); people.len()];
    let began = Instant::now();
    let (mut kills, mut answered) = (0_usize, 0);
    for round in 0..rounds {
        let mut working = JoinSet::new();
        for (number, person) in (0..).zip(&people) {
            let work = client(person.clone(), replicas.clone(), number, round, transfers);
            working.spawn(async move { (usize::try_from(number).unwrap(), work.await) });
        }
        // One dies in the midst, at a moment that is another each time, and the next takes its place.
        let mut dies = 0;
        for _ in 0..kills_a_round {
            dies = kills % 2;
            tokio::time::sleep(Duration::from_millis(20 + dice(u64::try_from(kills).unwrap()) % 400)).await;
            apis[dies].process.kill();
            kills += 1;
            apis[dies] = bank.replica().await;
            replicas.write().unwrap()[dies].clone_from(&apis[dies].base);
        }
        let mut open = Vec::new();
        while let Some(done) = working.join_next().await {
            let (number, (known, unknown)) = done.unwrap();
            answered += known.len();
            committed[number].extend(known);
            open.extend(unknown.into_iter().map(|key| (number, key)));
        }
        for (number, key) in open {
            bank.settle(&people[number], &apis[1 - dies].base, &key).await;
            committed[number].push(key);
        }
        bank.all_is_applied().await;
        for (person, keys) in people.iter().zip(&committed) {
            bank.assert_sound(person, keys).await;
        }
    }
    // Whatever was answered is answered the same by either of them, for each client's first key and last.
    for (person, keys) in people.iter().zip(&committed).take(10) {
        for key in [&keys[0], &keys[keys.len() - 1]] {
            let near = bank.settle(person, &apis[0].base, key).await;
            assert_eq!((near.1, &near), (true, &bank.settle(person, &apis[1].base, key).await), "{key}");
        }
    }
    let all: usize = committed.iter().map(Vec::len).sum();
    assert!(answered > 0 && all == usize::try_from(clients * rounds * transfers).unwrap());
    tell(&format!("{all} transactions, {answered} answered at once, {kills} kills, {:?}", began.elapsed()));
    stop(apis).await;
    bank.close().await;
}

/// Numbers of a soak are read by people.
fn tell(text: &str) {
    eprintln!("{text}");
}

async fn stop(apis: [Api; 2]) {
    for mut api in apis {
        let (code, took) = api.process.terminate().await;
        assert!(code == Some(0) && took < Duration::from_secs(20), "{code:?} after {took:?}");
    }
}
