//! The audit trail: entries wait for their seal, the chain has no gaps, and erasure does not break it.

use atelier_domain::identity::{AuditFault, AuditService, KnownSeal};
use atelier_domain::kernel::{
    AuditDigest, AuditEntry, AuditFilter, AuditRecord, AuditSeal, Cursor, EntityId, Page, SealFault, SealedEntry, StoreError, UserId,
};
use chrono::TimeDelta;

use super::StoreUnderTest;
use super::concurrency::concurrently;
use crate::{noon, user};

/// An entry of an actor about a subject, `number` seconds after noon.
fn entry(number: u8, actor: Option<UserId>, subject: &str) -> AuditEntry {
    AuditEntry {
        id: EntityId::from_bytes([number; 12]),
        at: noon() + TimeDelta::seconds(i64::from(number)),
        actor,
        action: if number.is_multiple_of(2) { "contract.even" } else { "contract.odd" }.into(),
        subject: subject.to_owned(),
        details: format!("number={number}"),
    }
}

async fn write(store: &StoreUnderTest, entries: &[AuditEntry]) {
    let mut uow = store.identity.begin().await.unwrap();
    for entry in entries {
        uow.audit().append(entry).await.unwrap();
    }
    uow.commit().await.unwrap();
}

/// Everything there is, in the order of numbers.
async fn five(store: &StoreUnderTest) -> Vec<AuditEntry> {
    let entries: Vec<AuditEntry> = (1..=5).map(|number| entry(number, Some(user()), "thing:x")).collect();
    // Not in order: units of work commit as they like.
    for index in [2, 0, 4, 1, 3] {
        write(store, &entries[index..=index]).await;
    }
    entries
}

/// Links for these entries behind the chain as it is.
async fn links(store: &StoreUnderTest, entries: &[AuditEntry]) -> Vec<(AuditSeal, AuditEntry)> {
    let mut last = store.identity.audit().last_seal().await.unwrap();
    let mut links = Vec::new();
    for entry in entries {
        let seal = AuditSeal::after(last.as_ref(), entry, [format!("a{}", entry.id), format!("s{}", entry.id)]);
        last = Some(seal.clone());
        links.push((seal, entry.clone()));
    }
    links
}

async fn try_to_seal(store: &StoreUnderTest) -> Result<(), StoreError> {
    let waiting = store.identity.audit().unsealed(noon() + TimeDelta::days(1), 100).await?;
    let links = links(store, &waiting).await;
    store.identity.audit().seal(&links).await
}

async fn verified(store: &StoreUnderTest) -> (u64, u64, Option<SealFault>) {
    let report = AuditService::new(store.identity.clone()).verify(None).await.unwrap();
    (report.sealed, report.unsealed, report.fault.map(|fault| fault.fault))
}

/// What is not sealed is given oldest first, up to a moment and a number.
pub async fn entries_wait_for_their_seal_oldest_first(store: &StoreUnderTest) {
    let trail = store.identity.audit();
    assert_eq!(trail.unsealed(noon(), 10).await.unwrap(), []);
    assert_eq!(trail.last_seal().await.unwrap(), None);
    let entries = five(store).await;
    assert_eq!(trail.unsealed(noon() + TimeDelta::seconds(5), 10).await.unwrap(), entries);
    assert_eq!(trail.unsealed(noon() + TimeDelta::seconds(4), 10).await.unwrap(), entries[..4]);
    assert_eq!(trail.unsealed(noon() + TimeDelta::seconds(5), 2).await.unwrap(), entries[..2]);
    assert_eq!(trail.unsealed(noon(), 10).await.unwrap(), []);
}

/// A sealed entry is read with its seal, in the chain's order and in the trail's.
pub async fn a_sealed_entry_waits_no_longer(store: &StoreUnderTest) {
    let trail = store.identity.audit();
    let entries = five(store).await;
    let made = links(store, &entries[..3]).await;
    trail.seal(&made).await.unwrap();
    assert_eq!(trail.unsealed(noon() + TimeDelta::days(1), 10).await.unwrap(), entries[3..]);
    assert_eq!(trail.last_seal().await.unwrap().as_ref(), Some(&made[2].0));
    let sealed: Vec<SealedEntry> =
        made.iter().map(|(seal, entry)| SealedEntry { seal: seal.clone(), entry: Some(entry.clone()) }).collect();
    assert_eq!(trail.sealed(0, 10).await.unwrap(), sealed);
    assert_eq!(trail.sealed(1, 1).await.unwrap(), sealed[1..2]);
    assert_eq!(trail.sealed(3, 10).await.unwrap(), []);
    let seal = |index: usize| made.get(index).map(|(seal, _)| seal.clone());
    let records: Vec<AuditRecord> =
        entries.iter().enumerate().map(|(index, entry)| AuditRecord { entry: entry.clone(), seal: seal(index) }).collect();
    assert_eq!(trail.walk(None, 10).await.unwrap(), records);
    assert_eq!(trail.walk(Some((entries[1].at, entries[1].id)), 2).await.unwrap(), records[2..4]);
}

/// Two links cannot have one number, and of links written together either all are there or none.
pub async fn a_number_is_given_once(store: &StoreUnderTest) {
    let trail = store.identity.audit();
    let entries = five(store).await;
    let mine = links(store, &entries[..1]).await;
    let theirs = links(store, &entries[1..3]).await;
    trail.seal(&mine).await.unwrap();
    let refused = trail.seal(&theirs).await.unwrap_err();
    assert!(refused.is_conflict_on("audit_seals.seq"), "{refused:?}");
    assert_eq!(trail.sealed(0, 10).await.unwrap().len(), 1);
    assert_eq!(trail.unsealed(noon() + TimeDelta::days(1), 10).await.unwrap(), entries[1..]);
}

/// An entry cannot have two links.
pub async fn an_entry_is_sealed_once(store: &StoreUnderTest) {
    let trail = store.identity.audit();
    let entries = five(store).await;
    trail.seal(&links(store, &entries[..1]).await).await.unwrap();
    let again = links(store, &entries[..1]).await;
    assert_eq!(again[0].0.seq, 2);
    let refused = trail.seal(&again).await.unwrap_err();
    assert!(refused.is_conflict_on("audit_seals.entry"), "{refused:?}");
    assert_eq!(trail.sealed(0, 10).await.unwrap().len(), 1);
}

/// An entry that lost its person after it was read is read again.
pub async fn an_entry_that_changed_since_it_was_read_is_not_sealed(store: &StoreUnderTest) {
    let person = user();
    write(store, &[entry(1, None, "thing:x"), entry(2, Some(person), "thing:x")]).await;
    let waiting = store.identity.audit().unsealed(noon() + TimeDelta::days(1), 10).await.unwrap();
    let stale = links(store, &waiting).await;
    store.identity.erase_kernel_rows(person).await.unwrap();
    let refused = store.identity.audit().seal(&stale).await.unwrap_err();
    assert!(matches!(refused, StoreError::Contention(_)), "{refused:?}");
    assert_eq!(store.identity.audit().sealed(0, 10).await.unwrap(), [], "all or none");
    try_to_seal(store).await.unwrap();
    assert_eq!(verified(store).await, (2, 0, None));
}

/// Whoever seals beside another finds the numbers taken, and the chain has every entry once.
pub async fn of_concurrent_sealings_one_succeeds(store: &StoreUnderTest) {
    five(store).await;
    let outcomes = concurrently(store, |store, _| async move { try_to_seal(&store).await }).await;
    for outcome in &outcomes {
        let allowed = match outcome {
            Ok(()) | Err(StoreError::Contention(_)) => true,
            Err(error) => error.is_conflict_on("audit_seals.seq") || error.is_conflict_on("audit_seals.entry"),
        };
        assert!(allowed, "{outcome:?}");
    }
    assert_eq!(verified(store).await, (5, 0, None));
}

/// Erasure takes the names and their salts; what is left fits.
pub async fn an_erased_person_leaves_a_chain_that_fits(store: &StoreUnderTest) {
    let (erased, other) = (user(), user());
    let entries = [
        entry(1, Some(erased), &AuditEntry::account(other)),
        entry(2, Some(other), &AuditEntry::account(erased)),
        entry(3, Some(erased), &AuditEntry::account(erased)),
        entry(4, Some(other), &AuditEntry::account(other)),
    ];
    write(store, &entries).await;
    try_to_seal(store).await.unwrap();
    for _ in 0..2 {
        store.identity.erase_kernel_rows(erased).await.unwrap();
        assert_eq!(verified(store).await, (4, 0, None));
    }
    let salted: Vec<[bool; 2]> = store
        .identity
        .audit()
        .sealed(0, 10)
        .await
        .unwrap()
        .iter()
        .map(|link| [link.seal.actor.salt.is_some(), link.seal.subject.salt.is_some()])
        .collect();
    assert_eq!(salted, [[false, true], [true, false], [false, false], [true, true]], "what tells nobody's name stays sealed");
}

/// Whichever is first, no salt stays of a name that is gone.
pub async fn erasing_beside_sealing_leaves_a_chain_that_fits(store: &StoreUnderTest) {
    let people: Vec<UserId> = (0..4).map(|_| user()).collect();
    let entries: Vec<AuditEntry> = (0..80u8).map(|number| entry(number, Some(people[usize::from(number) % 4]), "thing:x")).collect();
    write(store, &entries).await;
    concurrently(store, move |store, task| {
        let people = people.clone();
        async move {
            match people.get(task) {
                Some(person) => store.identity.erase_kernel_rows(*person).await,
                None => try_to_seal(&store).await,
            }
        }
    })
    .await;
    while let Err(error) = try_to_seal(store).await {
        assert!(matches!(error, StoreError::Contention(_) | StoreError::Conflict { .. }), "{error:?}");
    }
    assert_eq!(verified(store).await, (80, 0, None));
}

/// The unsealed tail is no fault; a link that somebody wrote down is looked for.
pub async fn a_verification_counts_what_is_sealed_and_what_waits(store: &StoreUnderTest) {
    assert_eq!(verified(store).await, (0, 0, None));
    let entries = five(store).await;
    assert_eq!(verified(store).await, (0, 5, None));
    let made = links(store, &entries[..3]).await;
    store.identity.audit().seal(&made).await.unwrap();
    assert_eq!(verified(store).await, (3, 2, None));
    let service = AuditService::new(store.identity.clone());
    let (last, entry) = &made[2];
    let good = KnownSeal { seq: last.seq, digest: last.digest };
    assert_eq!(service.verify(Some(good)).await.unwrap().head, Some((3, last.digest)));
    let other = KnownSeal { digest: AuditDigest([0; 32]), ..good };
    let fault = AuditFault { entry: entry.id, seq: Some(3), fault: SealFault::Other };
    assert_eq!(service.verify(Some(other)).await.unwrap().fault, Some(fault));
    let cut_off = KnownSeal { seq: 4, ..good };
    assert_eq!(service.verify(Some(cut_off)).await.unwrap().fault.unwrap().fault, SealFault::CutOff);
}

/// An entry that claims to be older than what was sealed before it, by more than clocks differ, was put in; sealed or not.
pub async fn an_entry_that_came_long_after_younger_ones_is_found(store: &StoreUnderTest) {
    five(store).await;
    try_to_seal(store).await.unwrap();
    let mut late = entry(6, None, "thing:x");
    late.at = noon() - TimeDelta::minutes(50);
    write(store, &[late]).await;
    assert_eq!(verified(store).await, (5, 1, None), "that much is allowed");
    let mut inserted = entry(7, None, "thing:x");
    inserted.at = noon() - TimeDelta::hours(2);
    write(store, &[inserted]).await;
    assert_eq!(verified(store).await, (5, 0, Some(SealFault::Inserted)));
    try_to_seal(store).await.unwrap();
    assert_eq!(verified(store).await, (5, 0, Some(SealFault::Inserted)));
}

/// Newest first, ties by id, pages as every list has them, each entry with its seal.
pub async fn entries_are_listed_newest_first(store: &StoreUnderTest) {
    let trail = store.identity.audit();
    let mut entries = five(store).await;
    let twin = AuditEntry { id: EntityId::from_bytes([0; 12]), ..entries[4].clone() };
    write(store, std::slice::from_ref(&twin)).await;
    entries.insert(4, twin);
    trail.seal(&links(store, &entries[..2]).await).await.unwrap();
    let all = trail.list(&AuditFilter::default(), &Page::default()).await.unwrap();
    assert_eq!((all.total, all.next), (6, None));
    let newest_first: Vec<AuditEntry> = entries.iter().rev().cloned().collect();
    assert_eq!(all.items.iter().map(|record| record.entry.clone()).collect::<Vec<_>>(), newest_first);
    let numbers: Vec<Option<u64>> = all.items.iter().map(|record| record.seal.as_ref().map(|seal| seal.seq)).collect();
    assert_eq!(numbers, [None, None, None, None, Some(2), Some(1)]);
    let first = trail.list(&AuditFilter::default(), &Page { limit: 2, ..Page::default() }).await.unwrap();
    assert_eq!(first.items, all.items[..2]);
    let second = trail.list(&AuditFilter::default(), &Page { limit: 3, after: first.next, ..Page::default() }).await.unwrap();
    assert_eq!((second.items.as_slice(), second.total), (&all.items[2..5], 6));
    let skipped = trail.list(&AuditFilter::default(), &Page { limit: 10, skip: 5, ..Page::default() }).await.unwrap();
    assert_eq!(skipped.items, all.items[5..]);
}

/// By action and by subject, alone and together.
pub async fn a_filter_applies_every_condition(store: &StoreUnderTest) {
    let entries = [entry(1, None, "thing:x"), entry(2, None, "thing:x"), entry(3, None, "thing:y"), entry(4, None, "thing:y")];
    write(store, &entries).await;
    for (action, subject, expected) in [
        (Some("contract.odd"), None, vec![3, 1]),
        (None, Some("thing:y"), vec![4, 3]),
        (Some("contract.even"), Some("thing:x"), vec![2]),
        (Some("contract"), None, vec![]),
    ] {
        let filter = AuditFilter { action: action.map(str::to_owned), subject: subject.map(str::to_owned) };
        let found = store.identity.audit().list(&filter, &Page::default()).await.unwrap();
        let numbers: Vec<u8> = found.items.iter().map(|record| record.entry.id.bytes()[0]).collect();
        assert_eq!((numbers, found.total), (expected.clone(), expected.len() as u64), "{filter:?}");
    }
}

/// Each operation once.
pub(super) async fn every_operation(store: &StoreUnderTest, person: UserId) {
    let trail = store.identity.audit();
    write(store, &[entry(201, Some(person), "thing:x"), entry(202, Some(person), &AuditEntry::account(person))]).await;
    trail.seal(&links(store, &trail.unsealed(noon() + TimeDelta::days(1), 10).await.unwrap()).await).await.unwrap();
    trail.last_seal().await.unwrap();
    trail.sealed(0, 10).await.unwrap();
    trail.walk(None, 10).await.unwrap();
    trail.walk(Some((noon(), EntityId::from_bytes([0; 12]))), 10).await.unwrap();
    let after = Cursor { key: noon().timestamp_millis().to_string(), id: [1; 12] };
    for page in [Page::default(), Page { skip: 10, ..Page::default() }, Page { after: Some(after), ..Page::default() }] {
        for (action, subject) in [(None, None), (Some("a"), None), (None, Some("s")), (Some("a"), Some("s"))] {
            let filter = AuditFilter { action: action.map(str::to_owned), subject: subject.map(str::to_owned) };
            trail.list(&filter, &page).await.unwrap();
        }
    }
}
