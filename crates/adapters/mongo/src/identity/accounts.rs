//! Accounts.

use atelier_domain::identity::{Account, AccountFilter, AccountQueries, AccountRepository, AccountStats, Consent, Name, Role};
use atelier_domain::kernel::{Email, ExposeSecret, Page, Paged, SecretString, StoreError, UserId};
use mongodb::bson::{Bson, Document, doc};

use crate::collections::{GUARDS, USERS};
use crate::document::{Fields, date, lock, oid, replacing, stored};
use crate::indexes::keys;
use crate::page::{Order, time_cursor};
use crate::statements::by;
use crate::store::MongoStore;
use crate::transaction::MongoTransaction;

#[async_trait::async_trait]
impl AccountQueries for MongoStore {
    async fn find(&self, id: UserId) -> Result<Option<Account>, StoreError> {
        let document = self.one("accounts.find", USERS, by("_id", oid(id))).await?;
        document.as_ref().map(account).transpose()
    }

    async fn find_by_email(&self, email: &Email) -> Result<Option<Account>, StoreError> {
        let document = self.one("accounts.find_by_email", USERS, by("email", email.as_str())).await?;
        document.as_ref().map(account).transpose()
    }

    async fn list(&self, filter: &AccountFilter, page: &Page) -> Result<Paged<Account>, StoreError> {
        let (wanted, index) = match filter.role {
            Some(role) => (of_role(role), keys::ROLE_NEWEST),
            None => (Document::new(), keys::NEWEST),
        };
        let total = self.count("accounts.count", USERS, wanted.clone(), index.document()).await?;
        let order = Order::NEWEST_FIRST;
        let found = self.all("accounts.list", USERS, order.continued(wanted, page)?, order.options(page, index.document())).await?;
        let accounts = found.iter().map(account).collect::<Result<_, _>>()?;
        Ok(Paged::from_fetched(accounts, page.limit, total, |account: &Account| time_cursor(account.created_at, &account.id)))
    }

    async fn stats(&self) -> Result<AccountStats, StoreError> {
        let one_if = |field: &str, absent: bool| doc! { "$sum": { "$cond": [{ "$ifNull": [field, absent] }, 1_i64, 0_i64] } };
        let pipeline = vec![doc! { "$group": {
            "_id": { "$ifNull": ["$role", Role::User.as_str()] },
            "total": { "$sum": 1_i64 },
            "active": one_if("$is_active", true),
            "verified": one_if("$email_verified", false),
        } }];
        let documents = self.aggregated("accounts.stats", USERS, pipeline, keys::ROLE_COUNTS.document()).await?;
        let mut stats = AccountStats::default();
        let mut counts = Vec::with_capacity(documents.len());
        for document in &documents {
            let fields = Fields::of("user", document);
            let of_role: u64 = fields.number("total")?;
            stats.total += of_role;
            stats.active += fields.number::<u64>("active")?;
            stats.verified += fields.number::<u64>("verified")?;
            let role: Role = document.get_str("_id").ok().and_then(|role| role.parse().ok()).ok_or_else(|| fields.corrupt("role"))?;
            counts.push((role, of_role));
        }
        let sum = |role: Role| counts.iter().filter(|(of, _)| *of == role).map(|(_, count)| count).sum::<u64>();
        stats.by_role = Role::ALL.into_iter().map(|role| (role, sum(role))).filter(|(_, count)| *count > 0).collect();
        Ok(stats)
    }
}

#[async_trait::async_trait]
impl AccountRepository for MongoTransaction {
    async fn find(&mut self, id: UserId) -> Result<Option<Account>, StoreError> {
        let document = self.locked("accounts.find", USERS, by("_id", oid(id))).await?;
        document.as_ref().map(account).transpose()
    }

    async fn find_by_email(&mut self, email: &Email) -> Result<Option<Account>, StoreError> {
        let document = self.locked("accounts.find_by_email", USERS, by("email", email.as_str())).await?;
        document.as_ref().map(account).transpose()
    }

    async fn insert(&mut self, account: &Account) -> Result<(), StoreError> {
        self.add("accounts.insert", USERS, stored(document(account))).await
    }

    async fn update(&mut self, account: &Account) -> Result<bool, StoreError> {
        let mut fields = document(account);
        fields.remove("_id");
        self.change("accounts.update", USERS, by("_id", oid(account.id)), replacing(fields)).await
    }

    /// Whoever counts writes the role's guard, so that of two units of work that count one conflicts.
    async fn count_active(&mut self, role: Role) -> Result<u64, StoreError> {
        let guarded = self.put("accounts.guard", GUARDS, by("_id", format!("users.role.{role}")), lock()).await;
        self.settled_race(guarded).await?;
        let mut filter = of_role(role);
        filter.insert("is_active", doc! { "$ne": false });
        self.counted("accounts.count_active", USERS, filter, keys::ROLE_COUNTS.document()).await
    }

    async fn delete(&mut self, id: UserId) -> Result<bool, StoreError> {
        self.remove("accounts.delete", USERS, by("_id", oid(id))).await
    }
}

/// Documents of the source have no role: theirs is the one that sign-up gives.
fn of_role(role: Role) -> Document {
    match role {
        Role::User => doc! { "role": { "$in": [role.as_str(), Bson::Null] } },
        _ => doc! { "role": role.as_str() },
    }
}

fn document(account: &Account) -> Document {
    doc! {
        "_id": oid(account.id),
        "email": account.email.as_str(),
        "password": account.password_hash.expose_secret(),
        "name": account.name.as_str(),
        "role": account.role.as_str(),
        "has_avatar": account.has_avatar,
        "is_active": account.is_active,
        "email_verified": account.email_verified,
        "consent": account.consent.as_ref().map(|consent| doc! { "version": &consent.version, "at": date(consent.at) }),
        "created_at": date(account.created_at),
        "updated_at": date(account.updated_at),
        "erasure_requested_at": account.erasure_requested_at.map(date),
    }
}

fn account(document: &Document) -> Result<Account, StoreError> {
    let fields = Fields::of("user", document);
    let consent = match fields.nested("consent")? {
        Some(consent) => Some(Consent { version: consent.text("version")?.to_owned(), at: consent.time("at")? }),
        None => None,
    };
    let created_at = fields.time("created_at")?;
    Ok(Account {
        id: fields.id("_id")?,
        email: fields.check("email", Email::parse)?,
        password_hash: SecretString::from(fields.text("password")?),
        name: fields.check("name", Name::parse)?,
        role: fields.parse_optional("role")?.unwrap_or(Role::User),
        has_avatar: fields.flag("has_avatar", false)?,
        is_active: fields.flag("is_active", true)?,
        email_verified: fields.flag("email_verified", false)?,
        consent,
        created_at,
        updated_at: fields.time_optional("updated_at")?.unwrap_or(created_at),
        erasure_requested_at: fields.time_optional("erasure_requested_at")?,
    })
}
