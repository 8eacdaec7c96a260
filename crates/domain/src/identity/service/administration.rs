//! What administrators do with accounts.

use crate::identity::{Account, AccountFilter, AccountStats, Actor, IdentityError, IdentityUnitOfWork, Role};
use crate::kernel::{Email, Page, Paged, SecretString, UserId, retry_on_contention};

use super::account::{NewAccount, change_email};
use super::wiring::{email_taken, store_error};
use super::{IdentityPorts, Profile};

/// Changes to somebody's account; what is `None` stays.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ChangeAccount {
    /// Another role.
    pub role: Option<Role>,
    /// Whether the account may sign in.
    pub is_active: Option<bool>,
    /// Another address, unconfirmed.
    pub email: Option<String>,
}

/// The operator's way to the first administrator.
#[derive(Debug, Clone)]
pub struct CreateAdmin {
    /// The address.
    pub email: String,
    /// The name.
    pub name: String,
    /// The password.
    pub password: SecretString,
}

/// Administration of accounts. Every method but [`create_admin`](AccountAdministration::create_admin), which is the operator's, needs the
/// role `admin`.
#[derive(Clone)]
pub struct AccountAdministration {
    ports: IdentityPorts,
}

impl AccountAdministration {
    /// Makes the service.
    pub fn new(ports: IdentityPorts) -> Self {
        Self { ports }
    }

    /// A page of accounts, newest first.
    ///
    /// # Errors
    /// [`IdentityError::Forbidden`] without the role.
    #[tracing::instrument(name = "identity.administration.list", skip_all, err(level = "debug"))]
    pub async fn list(&self, actor: &Actor, filter: &AccountFilter, page: &Page) -> Result<Paged<Profile>, IdentityError> {
        require_admin(actor)?;
        page.check_sorted_by_time()?;
        let found = self.ports.store.accounts().list(filter, page).await?;
        let mut items = Vec::with_capacity(found.items.len());
        for account in found.items {
            items.push(self.ports.profile(account).await?);
        }
        Ok(Paged { items, total: found.total, next: found.next })
    }

    /// Counts of accounts.
    ///
    /// # Errors
    /// [`IdentityError::Forbidden`] without the role.
    #[tracing::instrument(name = "identity.administration.stats", skip_all, err(level = "debug"))]
    pub async fn stats(&self, actor: &Actor) -> Result<AccountStats, IdentityError> {
        require_admin(actor)?;
        Ok(self.ports.store.accounts().stats().await?)
    }

    /// Changes role, activity or address of an account; each is audited. Deactivating signs every device out.
    ///
    /// # Errors
    /// [`IdentityError::Forbidden`]; [`IdentityError::NotFound`], also for an account being erased; [`IdentityError::EmailTaken`];
    /// [`IdentityError::LastAdmin`] when no active administrator would be left.
    #[tracing::instrument(name = "identity.administration.change", skip_all, fields(account = %id), err(level = "debug"))]
    pub async fn change(&self, actor: &Actor, id: UserId, command: ChangeAccount) -> Result<Profile, IdentityError> {
        require_admin(actor)?;
        let email = command.email.as_deref().map(Email::parse).transpose()?;
        let account = retry_on_contention(|| self.change_once(actor, id, &command, email.as_ref()), store_error).await?;
        self.ports.profile(account).await
    }

    /// Deactivates an account and signs every device out; nothing is erased.
    ///
    /// # Errors
    /// As [`change`](AccountAdministration::change).
    #[tracing::instrument(name = "identity.administration.deactivate", skip_all, fields(account = %id), err(level = "debug"))]
    pub async fn deactivate(&self, actor: &Actor, id: UserId) -> Result<(), IdentityError> {
        require_admin(actor)?;
        let command = ChangeAccount { is_active: Some(false), ..ChangeAccount::default() };
        retry_on_contention(|| self.change_once(actor, id, &command, None), store_error).await?;
        Ok(())
    }

    async fn change_once(
        &self,
        actor: &Actor,
        id: UserId,
        command: &ChangeAccount,
        email: Option<&Email>,
    ) -> Result<Account, IdentityError> {
        let now = self.ports.clock.now();
        let mut uow = self.ports.store.begin().await?;
        let before = uow.accounts().find(id).await?.filter(|account| account.erasure_requested_at.is_none());
        let before = before.ok_or(IdentityError::NotFound)?;
        let mut account = before.clone();
        let mut entries = Vec::new();
        if let Some(role) = command.role.filter(|role| *role != before.role) {
            account.role = role;
            entries.push(("identity.role_changed", format!("from={} to={role}", before.role)));
        }
        if let Some(is_active) = command.is_active.filter(|is_active| *is_active != before.is_active) {
            account.is_active = is_active;
            entries.push(if is_active {
                ("identity.account_activated", String::new())
            } else {
                let revoked = uow.sessions().revoke_all(id, None, now).await?;
                ("identity.account_deactivated", format!("sessions_revoked={revoked}"))
            });
        }
        if let Some(email) = email.filter(|email| **email != before.email) {
            change_email(uow.as_mut(), &mut account, email).await?;
            entries.push(("identity.email_changed", String::new()));
        }
        if entries.is_empty() {
            return Ok(before);
        }
        keep_an_admin(uow.as_mut(), &before, &account).await?;
        account.updated_at = now;
        uow.accounts().update(&account).await.map_err(email_taken)?;
        for (action, details) in entries {
            uow.audit().append(&self.ports.audit(Some(actor.user_id), action, id, details, now)).await?;
        }
        uow.commit().await.map_err(email_taken)?;
        Ok(account)
    }

    /// Makes an administrator with a confirmed address. Only for the operator's command line: it asks for no actor.
    ///
    /// # Errors
    /// [`IdentityError::Invalid`] with every field at fault; [`IdentityError::EmailTaken`].
    #[tracing::instrument(name = "identity.administration.create_admin", skip_all, err(level = "debug"))]
    pub async fn create_admin(&self, command: CreateAdmin) -> Result<Account, IdentityError> {
        let new = NewAccount::parse(&command.email, command.password, &command.name)?;
        let hash = self.ports.hasher.hash(&new.password).await?;
        let now = self.ports.clock.now();
        let account = Account { email_verified: true, ..new.into_account(self.ports.ids.generate(), hash, Role::Admin, now) };
        retry_on_contention(
            || async {
                let mut uow = self.ports.store.begin().await?;
                uow.accounts().insert(&account).await.map_err(email_taken)?;
                uow.audit().append(&self.ports.audit(None, "identity.admin_created", account.id, String::new(), now)).await?;
                uow.commit().await.map_err(email_taken)
            },
            store_error,
        )
        .await?;
        Ok(account)
    }
}

fn require_admin(actor: &Actor) -> Result<(), IdentityError> {
    if actor.is_admin() { Ok(()) } else { Err(IdentityError::Forbidden) }
}

/// Refuses a change after which no administrator could sign in.
pub(crate) async fn keep_an_admin(uow: &mut dyn IdentityUnitOfWork, before: &Account, after: &Account) -> Result<(), IdentityError> {
    let counts = |account: &Account| account.role == Role::Admin && account.is_active;
    if counts(before) && !counts(after) && uow.accounts().count_active(Role::Admin).await? <= 1 {
        return Err(IdentityError::LastAdmin);
    }
    Ok(())
}
