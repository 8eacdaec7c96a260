//! Accounts.

use atelier_domain::identity::{Account, AccountFilter, Consent, Role};
use atelier_domain::kernel::{AuditEntry, EntityId, ExposeSecret, IdempotencyKey, IdempotencyRecord, Page, StoreError, UserId};
use chrono::TimeDelta;

use super::StoreUnderTest;
use super::concurrency::{TASKS, assert_one_succeeded, concurrently};
use super::paging::{check_paging, out_of_order};
use crate::{account, account_of, email, job, name, noon, user};

/// Everything stored of an account, comparable.
fn facts(account: &Account) -> impl PartialEq + std::fmt::Debug {
    (
        (account.id, account.email.as_str().to_owned(), account.password_hash.expose_secret().to_owned(), account.name.clone()),
        (account.role, account.has_avatar, account.is_active, account.email_verified, account.consent.clone()),
        (account.created_at, account.updated_at, account.erasure_requested_at),
    )
}

/// An account whose every field differs from the builder's.
fn changed(mut account: Account) -> Account {
    account.email = email("changed@example.org");
    account.password_hash = "$2b$12$another".to_owned().into();
    account.name = name("Åsa Öberg 李");
    account.role = Role::Examiner;
    account.has_avatar = true;
    account.is_active = false;
    account.email_verified = true;
    account.consent = Some(Consent { version: "2026-01".to_owned(), at: noon() + TimeDelta::milliseconds(7) });
    account.updated_at = noon() + TimeDelta::milliseconds(999);
    account.erasure_requested_at = Some(noon() + TimeDelta::seconds(5));
    account
}

/// Every field of an account survives the store, whichever way it is read.
pub async fn an_account_is_read_as_it_was_written(store: &StoreUnderTest) {
    let mut person = changed(account("x@example.org"));
    person.erasure_requested_at = None;
    store.add_account(&person).await;
    let by_id = store.identity.accounts().find(person.id).await.unwrap().unwrap();
    let by_email = store.identity.accounts().find_by_email(&person.email).await.unwrap().unwrap();
    let mut uow = store.identity.begin().await.unwrap();
    let inside = uow.accounts().find(person.id).await.unwrap().unwrap();
    let inside_by_email = uow.accounts().find_by_email(&person.email).await.unwrap().unwrap();
    for found in [by_id, by_email, inside, inside_by_email] {
        assert_eq!(facts(&found), facts(&person));
    }
}

/// Who is not there is not found.
pub async fn an_unknown_account_is_not_found(store: &StoreUnderTest) {
    store.add_account(&account("known@example.org")).await;
    assert!(store.identity.accounts().find(user()).await.unwrap().is_none());
    assert!(store.identity.accounts().find_by_email(&email("unknown@example.org")).await.unwrap().is_none());
}

/// A second account with the same address is a conflict on `users.email`, also when the case differs.
pub async fn an_address_has_one_account(store: &StoreUnderTest) {
    store.add_account(&account("once@example.org")).await;
    let mut uow = store.identity.begin().await.unwrap();
    let clash = uow.accounts().insert(&account("ONCE@Example.org")).await.unwrap_err();
    assert!(clash.is_conflict_on("users.email"), "{clash:?}");
}

/// Of many concurrent sign-ups with one address, one succeeds and the others meet the conflict.
pub async fn of_concurrent_inserts_of_one_address_one_succeeds(store: &StoreUnderTest) {
    let outcomes = concurrently(store, |store, _| async move {
        let mut uow = store.identity.begin().await?;
        uow.accounts().insert(&account("race@example.org")).await?;
        uow.commit().await
    })
    .await;
    assert_one_succeeded(&outcomes, "users.email");
}

/// An update replaces every field; an unknown account is answered with `false`.
pub async fn an_update_replaces_the_fields(store: &StoreUnderTest) {
    let person = account("before@example.org");
    store.add_account(&person).await;
    let after = changed(person.clone());
    let mut uow = store.identity.begin().await.unwrap();
    assert!(uow.accounts().update(&after).await.unwrap());
    assert!(!uow.accounts().update(&account("nobody@example.org")).await.unwrap());
    uow.commit().await.unwrap();
    let mut uow = store.identity.begin().await.unwrap();
    assert_eq!(facts(&uow.accounts().find(person.id).await.unwrap().unwrap()), facts(&after));
    assert!(uow.accounts().find_by_email(&person.email).await.unwrap().is_none(), "the old address is free");
    assert!(uow.accounts().find_by_email(&email("nobody@example.org")).await.unwrap().is_none(), "an update inserts nothing");
}

/// Moving to another account's address is a conflict; keeping one's own is none.
pub async fn an_update_cannot_take_anothers_address(store: &StoreUnderTest) {
    let (first, second) = (account("first@example.org"), account("second@example.org"));
    store.add_account(&first).await;
    store.add_account(&second).await;
    let mut uow = store.identity.begin().await.unwrap();
    assert!(uow.accounts().update(&second).await.unwrap());
    let clash = uow.accounts().update(&account_of(second.id, "first@example.org")).await.unwrap_err();
    assert!(clash.is_conflict_on("users.email"), "{clash:?}");
}

/// A deleted account is gone and its address free.
pub async fn a_deleted_account_is_gone(store: &StoreUnderTest) {
    let person = account("gone@example.org");
    store.add_account(&person).await;
    let mut uow = store.identity.begin().await.unwrap();
    assert!(uow.accounts().delete(person.id).await.unwrap());
    assert!(!uow.accounts().delete(person.id).await.unwrap());
    uow.commit().await.unwrap();
    assert!(store.identity.accounts().find(person.id).await.unwrap().is_none());
    store.add_account(&account("gone@example.org")).await;
}

/// Inactive accounts are found: who may do what is the use case's to say.
pub async fn an_inactive_account_is_found(store: &StoreUnderTest) {
    let person = Account { is_active: false, ..account("inactive@example.org") };
    store.add_account(&person).await;
    assert!(store.identity.accounts().find(person.id).await.unwrap().is_some());
}

/// Accounts are listed newest first, ties by id descending, page by page, by role or all.
pub async fn accounts_are_paged_newest_first(store: &StoreUnderTest) {
    let mut people = Vec::new();
    for (number, minutes) in [3, 1, 2, 2, 2, 5].into_iter().enumerate() {
        let role = if number % 2 == 0 { Role::User } else { Role::Premium };
        let created_at = noon() + TimeDelta::minutes(minutes);
        let person = Account { role, created_at, ..account(&format!("page{number}@example.org")) };
        people.push(person);
    }
    for person in out_of_order(&people) {
        store.add_account(&person).await;
    }
    people.sort_by_key(|person| std::cmp::Reverse((person.created_at, person.id)));
    let ids = |role: Option<Role>| -> Vec<UserId> {
        people.iter().filter(|person| role.is_none_or(|role| person.role == role)).map(|person| person.id).collect()
    };
    for role in [None, Some(Role::Premium), Some(Role::Admin)] {
        let filter = AccountFilter { role };
        let list = |page: Page| {
            let filter = &filter;
            async move { store.identity.accounts().list(filter, &page).await }
        };
        check_paging(&ids(role), |person: &Account| person.id, list).await;
    }
}

/// Statistics count all, active, verified, and each role that occurs.
pub async fn accounts_are_counted(store: &StoreUnderTest) {
    let nobody = store.identity.accounts().stats().await.unwrap();
    assert_eq!((nobody.total, nobody.active, nobody.verified, nobody.by_role), (0, 0, 0, Vec::new()));
    for (number, (role, is_active, email_verified)) in
        [(Role::User, true, true), (Role::User, false, true), (Role::Admin, true, false)].into_iter().enumerate()
    {
        store.add_account(&Account { role, is_active, email_verified, ..account(&format!("stats{number}@example.org")) }).await;
    }
    let mut stats = store.identity.accounts().stats().await.unwrap();
    stats.by_role.sort_by_key(|(role, _)| role.as_str());
    assert_eq!((stats.total, stats.active, stats.verified), (3, 2, 2));
    assert_eq!(stats.by_role, [(Role::Admin, 1), (Role::User, 2)]);
}

/// Only active accounts of the role count.
pub async fn active_accounts_of_a_role_are_counted(store: &StoreUnderTest) {
    for (number, (role, is_active)) in
        [(Role::Admin, true), (Role::Admin, false), (Role::Admin, true), (Role::User, true)].into_iter().enumerate()
    {
        store.add_account(&Account { role, is_active, ..account(&format!("active{number}@example.org")) }).await;
    }
    let mut uow = store.identity.begin().await.unwrap();
    assert_eq!(uow.accounts().count_active(Role::Admin).await.unwrap(), 2);
    assert_eq!(uow.accounts().count_active(Role::Examiner).await.unwrap(), 0);
}

/// Administrators who give their role up at the same time, each after counting, leave one administrator.
pub async fn concurrent_demotions_leave_one_administrator(store: &StoreUnderTest) {
    let mut admins = Vec::new();
    for number in 0..TASKS {
        let admin = Account { role: Role::Admin, ..account(&format!("admin{number}@example.org")) };
        store.add_account(&admin).await;
        admins.push(admin);
    }
    let outcomes = concurrently(store, move |store, number| {
        let demoted = Account { role: Role::User, ..admins[number].clone() };
        async move {
            let mut uow = store.identity.begin().await?;
            if uow.accounts().count_active(Role::Admin).await? < 2 {
                return Ok(false);
            }
            uow.accounts().update(&demoted).await?;
            uow.commit().await?;
            Ok(true)
        }
    })
    .await;
    assert_eq!(outcomes.into_iter().filter(|demoted| *demoted.as_ref().unwrap()).count(), TASKS - 1);
    assert_eq!(
        store.identity.accounts().stats().await.unwrap().by_role.iter().find(|(role, _)| *role == Role::Admin),
        Some(&(Role::Admin, 1))
    );
}

/// Erasing a person's kernel rows takes events, jobs and idempotency records of that person and of nobody else; a second time is no error.
pub async fn kernel_rows_of_one_person_are_erased(store: &StoreUnderTest) {
    let (erased, other) = (user(), user());
    let key = IdempotencyKey::parse("k").unwrap();
    for owner in [erased, other] {
        store.append_event(owner, EntityId::from_bytes([1; 12])).await;
        store.enqueue(&job("contract.erasure.work").for_user(owner)).await;
        let mut uow = store.wearit.begin().await.unwrap();
        let record = IdempotencyRecord {
            user_id: owner,
            key: key.clone(),
            fingerprint: String::new(),
            resource: String::new(),
            expires_at: noon() + TimeDelta::hours(1),
        };
        uow.idempotency().insert(&record, noon()).await.unwrap();
        uow.commit().await.unwrap();
    }
    store.enqueue(&job("contract.erasure.of_nobody")).await;
    for _ in 0..2 {
        store.identity.erase_kernel_rows(erased).await.unwrap();
        assert_eq!(store.events.bounds(erased).await.unwrap(), (0, 0));
        assert_eq!(store.events.bounds(other).await.unwrap(), (1, 1));
        assert_eq!(store.jobs.counts().await.unwrap().queued, 2);
        let mut uow = store.wearit.begin().await.unwrap();
        assert!(uow.idempotency().find(erased, &key, noon()).await.unwrap().is_none());
        assert!(uow.idempotency().find(other, &key, noon()).await.unwrap().is_some());
    }
}

/// The audit trail of a person: what they did and what was done to their account, in order; erasure leaves the entries without the name.
pub async fn the_audit_trail_of_a_person_is_read_and_outlives_them_without_naming_them(store: &StoreUnderTest) {
    let (erased, other) = (user(), user());
    let entry = |number: u8, actor: UserId, subject: String| AuditEntry {
        id: EntityId::from_bytes([number; 12]),
        at: noon() + TimeDelta::seconds(i64::from(number)),
        actor: Some(actor),
        action: "contract.audited".into(),
        subject,
        details: "from=user to=admin".to_owned(),
    };
    let done = entry(2, erased, "tryon:x".to_owned());
    let suffered = entry(1, other, AuditEntry::account(erased));
    let both = entry(3, erased, AuditEntry::account(erased));
    let foreign = entry(4, other, AuditEntry::account(other));
    let mut uow = store.identity.begin().await.unwrap();
    for entry in [&done, &suffered, &both, &foreign] {
        uow.audit().append(entry).await.unwrap();
    }
    uow.commit().await.unwrap();
    assert_eq!(store.identity.audit_of(erased).await.unwrap(), [suffered.clone(), done, both]);
    store.identity.erase_kernel_rows(erased).await.unwrap();
    assert_eq!(store.identity.audit_of(erased).await.unwrap(), []);
    let blanked = AuditEntry { subject: AuditEntry::ERASED.to_owned(), ..suffered };
    assert_eq!(store.identity.audit_of(other).await.unwrap(), [blanked, foreign], "entries of others stay, the name is gone");
}

/// A worker whose job is erased learns it at its next guarded write.
pub async fn erasing_a_running_job_takes_its_lease(store: &StoreUnderTest) {
    let owner = user();
    store.enqueue(&job("contract.erasure.running").for_user(owner)).await;
    let claimed = store.jobs.claim("w", &["contract.erasure.running"], noon(), super::jobs::LEASE).await.unwrap().unwrap();
    store.identity.erase_kernel_rows(owner).await.unwrap();
    let mut uow = store.wearit.begin().await.unwrap();
    assert!(matches!(uow.jobs().guard(claimed.lease).await, Err(StoreError::LeaseLost)));
}
