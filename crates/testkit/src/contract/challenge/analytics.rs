//! What people do, for a while.

use atelier_domain::challenge::Erasure;
use atelier_domain::challenge::analytics::{AnalyticsEvent, AnalyticsKind, Datum};
use chrono::TimeDelta;

use super::ChallengeUnderTest;
use crate::{analytics_event, hackathon, noon, user};

impl ChallengeUnderTest {
    async fn add_events(&self, events: &[AnalyticsEvent]) {
        let mut uow = self.begin().await;
        for event in events {
            uow.analytics().append(event).await.unwrap();
        }
        uow.commit().await.unwrap();
    }

    async fn events(&self, user_id: atelier_domain::kernel::UserId) -> Vec<AnalyticsEvent> {
        self.challenge.analytics().of_user(user_id).await.unwrap()
    }
}

/// Events of every kind are read as they were written, of their person only, oldest first.
pub async fn events_are_read_as_they_were_written(store: &ChallengeUnderTest) {
    let (person, other) = (user(), user());
    let mut events: Vec<AnalyticsEvent> = AnalyticsKind::ALL.into_iter().map(|kind| analytics_event(kind, person)).collect();
    events[0].hackathon_id = None;
    events[0].metadata.clear();
    events[1].metadata.insert("ok".to_owned(), Datum::Flag(false));
    events[1].metadata.insert("tokens".to_owned(), Datum::Number(0));
    events[1].metadata.insert("most".to_owned(), Datum::Number(u64::from(u32::MAX) + 1));
    events[2].at = noon() - TimeDelta::milliseconds(7);
    store.add_events(&events).await;
    store.add_events(&[analytics_event(AnalyticsKind::UserAction, other)]).await;
    let earliest = events.remove(2);
    events.insert(0, earliest);
    assert_eq!(store.events(person).await, events);
    assert_eq!(store.events(other).await.len(), 1);
    assert_eq!(store.events(user()).await, []);

    let mut dropped = store.begin().await;
    dropped.analytics().append(&analytics_event(AnalyticsKind::UserAction, person)).await.unwrap();
    drop(dropped);
    assert_eq!(store.events(person).await, events, "what was not committed did not happen");
}

/// What is older goes, the instant itself stays; a second time there is nothing to do.
pub async fn old_events_go(store: &ChallengeUnderTest) {
    let person = user();
    let at = |milliseconds| AnalyticsEvent {
        at: noon() + TimeDelta::milliseconds(milliseconds),
        ..analytics_event(AnalyticsKind::PromptAnswered, person)
    };
    let (old, kept) = ([at(-9_000), at(-1)], [at(0), at(1)]);
    store.add_events(&old).await;
    store.add_events(&kept).await;
    assert_eq!(store.challenge.analytics().purge(noon()).await.unwrap(), 2);
    assert_eq!(store.events(person).await, kept);
    assert_eq!(store.challenge.analytics().purge(noon()).await.unwrap(), 0);
}

/// The events of an erased person go, also those of a hackathon whose grades are kept; those of others stay.
pub async fn events_of_the_erased_go(store: &ChallengeUnderTest) {
    let (leaving, staying, finished) = (user(), user(), hackathon().id);
    for person in [leaving, staying] {
        let in_finished = AnalyticsEvent { hackathon_id: Some(finished), ..analytics_event(AnalyticsKind::UserAction, person) };
        store.add_events(&[in_finished, analytics_event(AnalyticsKind::UserAction, person)]).await;
    }
    for _ in 0..2 {
        store.challenge.erase_rows(leaving, &Erasure { kept: vec![finished], stand_in: user() }).await.unwrap();
        assert_eq!(store.events(leaving).await, []);
        assert_eq!(store.events(staying).await.len(), 2);
    }
}
