//! Hackathons.

use atelier_domain::challenge::hackathons::{Hackathon, HackathonDates, HackathonFilter, HackathonStatus, Quotas, Task};
use atelier_domain::kernel::Page;
use chrono::TimeDelta;

use super::ChallengeUnderTest;
use crate::contract::concurrency::concurrently;
use crate::{hackathon, noon};

fn task(id: &str, label: &str) -> Task {
    Task { id: id.parse().unwrap(), label: label.to_owned() }
}

/// A hackathon whose every field but id and creation differs from the builder's.
fn changed(hackathon: &Hackathon) -> Hackathon {
    Hackathon {
        name: "L'été de l'IA — «œuvre» 李 '; --".to_owned(),
        description: "Écrire\nbien".to_owned(),
        objectives: String::new(),
        dates: HackathonDates {
            starts_at: noon() + TimeDelta::milliseconds(1),
            ends_at: noon() + TimeDelta::milliseconds(2),
            archive_at: Some(noon() + TimeDelta::days(9_000)),
        },
        anonymous: false,
        quotas: Quotas { prompts: u32::MAX, tokens: 5_000_000_000 },
        tasks: vec![task("z-9", "Zoologie"), task("a", "« Ça »"), task("m", "Milieu")],
        status: HackathonStatus::Archived,
        published_at: Some(noon() + TimeDelta::milliseconds(999)),
        version: 7,
        updated_at: noon() + TimeDelta::seconds(5),
        ..hackathon.clone()
    }
}

/// Every field of a hackathon survives the store, with every status, inside and outside a unit of work; a peek reads the same.
pub async fn a_hackathon_is_read_as_it_was_written(store: &ChallengeUnderTest) {
    let mut all = vec![Hackathon { tasks: Vec::new(), ..hackathon() }, changed(&hackathon())];
    all.extend(HackathonStatus::ALL.map(|status| Hackathon { status, ..hackathon() }));
    store.add_hackathons(&all).await;
    for written in all {
        let found = Some(written.clone());
        assert_eq!(store.challenge.hackathons().find(written.id).await.unwrap(), found);
        let mut uow = store.begin().await;
        assert_eq!(uow.hackathons().peek(written.id).await.unwrap(), found);
        assert_eq!(uow.hackathons().find(written.id).await.unwrap(), found);
    }
}

/// What is not there is not found.
pub async fn an_unknown_hackathon_is_not_found(store: &ChallengeUnderTest) {
    store.add_hackathons(&[hackathon()]).await;
    let unknown = hackathon().id;
    assert_eq!(store.challenge.hackathons().find(unknown).await.unwrap(), None);
    let mut uow = store.begin().await;
    assert_eq!(uow.hackathons().find(unknown).await.unwrap(), None);
    assert_eq!(uow.hackathons().peek(unknown).await.unwrap(), None);
}

/// An update replaces every field of this hackathon and of no other.
pub async fn an_update_replaces_every_field(store: &ChallengeUnderTest) {
    let (before, other) = (hackathon(), hackathon());
    store.add_hackathons(&[before.clone(), other.clone()]).await;
    for after in [changed(&before), before] {
        let mut uow = store.begin().await;
        uow.hackathons().update(&after).await.unwrap();
        assert_eq!(uow.hackathons().find(after.id).await.unwrap(), Some(after.clone()), "a unit of work sees its own writes");
        assert_eq!(uow.hackathons().peek(after.id).await.unwrap(), Some(after.clone()), "a peek sees them too");
        uow.commit().await.unwrap();
        assert_eq!(store.challenge.hackathons().find(after.id).await.unwrap(), Some(after));
    }
    assert_eq!(store.challenge.hackathons().find(other.id).await.unwrap(), Some(other));
}

/// A deleted hackathon is gone; deleting it again says so.
pub async fn a_deleted_hackathon_is_gone(store: &ChallengeUnderTest) {
    let (gone, kept) = (hackathon(), hackathon());
    store.add_hackathons(&[gone.clone(), kept.clone()]).await;
    let mut uow = store.begin().await;
    assert!(uow.hackathons().delete(gone.id).await.unwrap());
    assert!(!uow.hackathons().delete(gone.id).await.unwrap());
    uow.commit().await.unwrap();
    assert_eq!(store.challenge.hackathons().find(gone.id).await.unwrap(), None);
    let listed = store.challenge.hackathons().list(&HackathonFilter::default(), &Page::default()).await.unwrap();
    assert_eq!(listed.items, [kept]);
}

/// Of many who end a hackathon at the same time one does; the others find it ended.
pub async fn of_concurrent_transitions_one_happens(store: &ChallengeUnderTest) {
    let event = hackathon();
    store.add_hackathons(std::slice::from_ref(&event)).await;
    let id = event.id;
    let outcomes = concurrently(store, move |store, _| async move {
        let mut uow = store.challenge.begin().await?;
        let mut hackathon = uow.hackathons().find(id).await?.unwrap();
        if hackathon.status != HackathonStatus::Running {
            return Ok(false);
        }
        hackathon.status = HackathonStatus::Finished;
        hackathon.version += 1;
        uow.hackathons().update(&hackathon).await?;
        uow.commit().await?;
        Ok(true)
    })
    .await;
    assert_eq!(outcomes.iter().filter(|happened| *happened.as_ref().unwrap()).count(), 1);
    assert_eq!(store.challenge.hackathons().find(id).await.unwrap().unwrap().version, 2);
}
