//! Signing up.

use crate::identity::jobs::{MailPurpose, mail_job};
use crate::identity::service::wiring::{email_taken, store_error};
use crate::identity::service::{Client, SignedIn};
use crate::identity::{Account, IdentityError, Name, Password, Role};
use crate::kernel::{Email, FieldError, Invalid, SecretString, Timestamp, retry_on_contention};

use super::AccountService;

/// What a new person sends (W128–W130).
#[derive(Debug, Clone)]
pub struct SignUp {
    /// An e-mail address.
    pub email: String,
    /// 8 characters to 72 bytes.
    pub password: SecretString,
    /// 2 to 100 characters.
    pub name: String,
}

/// A checked sign-up.
pub(crate) struct NewAccount {
    pub(crate) email: Email,
    pub(crate) password: Password,
    pub(crate) name: Name,
}

impl NewAccount {
    /// Checks every field and names each one at fault.
    pub(crate) fn parse(email: &str, password: SecretString, name: &str) -> Result<Self, Invalid> {
        let email = Email::parse(email).map_err(|error| Invalid::field("email", error.to_string()));
        let password = Password::parse("password", password);
        let name = Name::parse(name);
        match (email, password, name) {
            (Ok(email), Ok(password), Ok(name)) => Ok(Self { email, password, name }),
            (email, password, name) => {
                let at_fault: Vec<FieldError> =
                    [email.err(), password.err(), name.err()].into_iter().flatten().flat_map(|Invalid(fields)| fields).collect();
                Err(Invalid(at_fault))
            }
        }
    }

    pub(crate) fn into_account(self, id: crate::kernel::UserId, password_hash: SecretString, role: Role, now: Timestamp) -> Account {
        Account {
            id,
            email: self.email,
            password_hash,
            name: self.name,
            role,
            has_avatar: false,
            is_active: true,
            email_verified: false,
            consent: None,
            created_at: now,
            updated_at: now,
            erasure_requested_at: None,
        }
    }
}

impl AccountService {
    /// Makes an account, signs its first device in and mails a link to confirm the address.
    ///
    /// # Errors
    /// [`IdentityError::Invalid`] with every field at fault; [`IdentityError::EmailTaken`] whatever the case of the letters.
    #[tracing::instrument(name = "identity.account.sign_up", skip_all, err(level = "debug"))]
    pub async fn sign_up(&self, command: SignUp, client: &Client) -> Result<SignedIn, IdentityError> {
        let new = NewAccount::parse(&command.email, command.password, &command.name)?;
        let hash = self.ports.hasher.hash(&new.password).await?;
        let now = self.ports.clock.now();
        let account = new.into_account(self.ports.ids.generate(), hash, Role::User, now);
        let tokens = retry_on_contention(
            || async {
                let mut uow = self.ports.store.begin().await?;
                uow.accounts().insert(&account).await.map_err(email_taken)?;
                let job = mail_job(&self.ports, Some(account.id), MailPurpose::VerifyEmail, now)?;
                uow.jobs().enqueue(&job).await?;
                let tokens = self.ports.open_session(uow.as_mut(), &account, client, &self.settings, now).await?;
                uow.commit().await.map_err(email_taken)?;
                Ok(tokens)
            },
            store_error,
        )
        .await?;
        self.ports.signed_in(account, tokens).await
    }
}
