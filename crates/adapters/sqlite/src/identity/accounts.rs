//! Accounts.

use atelier_domain::identity::{Account, AccountFilter, AccountQueries, AccountRepository, AccountStats, Consent, Name, Role};
use atelier_domain::kernel::{Email, ExposeSecret, Page, Paged, SecretString, StoreError, UserId};
use sqlx::sqlite::SqliteRow;
use sqlx::{QueryBuilder, Sqlite, SqliteConnection};

use crate::error::store_error;
use crate::page::{Order, time_cursor};
use crate::row::{Columns, millis};
use crate::store::SqliteStore;
use crate::transaction::SqliteTransaction;

#[async_trait::async_trait]
impl AccountQueries for SqliteStore {
    async fn find(&self, id: UserId) -> Result<Option<Account>, StoreError> {
        find(&mut *self.read("accounts.find").await?, id).await
    }

    async fn find_by_email(&self, email: &Email) -> Result<Option<Account>, StoreError> {
        find_by_email(&mut *self.read("accounts.find_by_email").await?, email).await
    }

    async fn list(&self, filter: &AccountFilter, page: &Page) -> Result<Paged<Account>, StoreError> {
        let mut connection = self.read("accounts.list").await?;
        let begin = |select: &str| {
            let mut query = QueryBuilder::<Sqlite>::new(format!("SELECT {select} FROM users WHERE TRUE"));
            if let Some(role) = filter.role {
                query.push(" AND role = ").push_bind(role.as_str());
            }
            query
        };
        let total: i64 = begin("COUNT(*)").build_query_scalar().fetch_one(&mut *connection).await.map_err(store_error)?;
        let mut query = begin("*");
        Order::NEWEST_FIRST.push(&mut query, page)?;
        let rows = query.build().fetch_all(&mut *connection).await.map_err(store_error)?;
        let accounts = rows.iter().map(account).collect::<Result<_, _>>()?;
        Ok(Paged::from_fetched(accounts, page.limit, total.unsigned_abs(), |account: &Account| {
            time_cursor(account.created_at, &account.id)
        }))
    }

    async fn stats(&self) -> Result<AccountStats, StoreError> {
        let mut connection = self.read("accounts.stats").await?;
        let rows = sqlx::query(
            "SELECT role, COUNT(*) AS total, SUM(is_active) AS active, SUM(email_verified) AS verified FROM users GROUP BY role",
        )
        .fetch_all(&mut *connection)
        .await
        .map_err(store_error)?;
        let mut stats = AccountStats::default();
        let mut counts = Vec::with_capacity(rows.len());
        for row in &rows {
            let columns = Columns::keyed("user", "role", row);
            let of_role: u64 = columns.number("total")?;
            stats.total += of_role;
            stats.active += columns.number::<u64>("active")?;
            stats.verified += columns.number::<u64>("verified")?;
            counts.push((columns.parse::<Role>("role")?, of_role));
        }
        stats.by_role = Role::ALL.into_iter().filter_map(|role| counts.iter().find(|(of, _)| *of == role).copied()).collect();
        Ok(stats)
    }
}

#[async_trait::async_trait]
impl AccountRepository for SqliteTransaction {
    async fn find(&mut self, id: UserId) -> Result<Option<Account>, StoreError> {
        find(&mut self.operation("accounts.find"), id).await
    }

    async fn find_by_email(&mut self, email: &Email) -> Result<Option<Account>, StoreError> {
        find_by_email(&mut self.operation("accounts.find_by_email"), email).await
    }

    async fn insert(&mut self, account: &Account) -> Result<(), StoreError> {
        let mut connection = self.operation("accounts.insert");
        let statement = sqlx::query(
            "INSERT INTO users (_id, email, password, name, role, has_avatar, is_active, email_verified, consent_version, consent_at, \
             created_at, updated_at, erasure_requested_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)",
        );
        bind(statement, account).execute(&mut *connection).await.map_err(store_error)?;
        Ok(())
    }

    async fn update(&mut self, account: &Account) -> Result<bool, StoreError> {
        let mut connection = self.operation("accounts.update");
        let statement = sqlx::query(
            "UPDATE users SET email = ?2, password = ?3, name = ?4, role = ?5, has_avatar = ?6, is_active = ?7, email_verified = ?8, \
             consent_version = ?9, consent_at = ?10, created_at = ?11, updated_at = ?12, erasure_requested_at = ?13 WHERE _id = ?1",
        );
        let written = bind(statement, account).execute(&mut *connection).await.map_err(store_error)?;
        Ok(written.rows_affected() > 0)
    }

    /// The unit of work holds the write lock, so the count stands until it ends.
    async fn count_active(&mut self, role: Role) -> Result<u64, StoreError> {
        let mut connection = self.operation("accounts.count_active");
        let accounts: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM users WHERE role = ? AND is_active = TRUE")
            .bind(role.as_str())
            .fetch_one(&mut *connection)
            .await
            .map_err(store_error)?;
        Ok(accounts.unsigned_abs())
    }

    async fn delete(&mut self, id: UserId) -> Result<bool, StoreError> {
        let mut connection = self.operation("accounts.delete");
        let deleted = sqlx::query("DELETE FROM users WHERE _id = ?").bind(id.to_string()).execute(&mut *connection).await;
        Ok(deleted.map_err(store_error)?.rows_affected() > 0)
    }
}

type Statement<'q> = sqlx::query::Query<'q, Sqlite, sqlx::sqlite::SqliteArguments>;

fn bind<'q>(statement: Statement<'q>, account: &Account) -> Statement<'q> {
    let consent = account.consent.as_ref();
    statement
        .bind(account.id.to_string())
        .bind(account.email.as_str().to_owned())
        .bind(account.password_hash.expose_secret().to_owned())
        .bind(account.name.as_str().to_owned())
        .bind(account.role.as_str())
        .bind(account.has_avatar)
        .bind(account.is_active)
        .bind(account.email_verified)
        .bind(consent.map(|consent| consent.version.clone()))
        .bind(consent.map(|consent| millis(consent.at)))
        .bind(millis(account.created_at))
        .bind(millis(account.updated_at))
        .bind(account.erasure_requested_at.map(millis))
}

async fn find(connection: &mut SqliteConnection, id: UserId) -> Result<Option<Account>, StoreError> {
    let query = sqlx::query("SELECT * FROM users WHERE _id = ?").bind(id.to_string());
    let row = query.fetch_optional(connection).await.map_err(store_error)?;
    row.as_ref().map(account).transpose()
}

async fn find_by_email(connection: &mut SqliteConnection, email: &Email) -> Result<Option<Account>, StoreError> {
    let query = sqlx::query("SELECT * FROM users WHERE email = ?").bind(email.as_str());
    let row = query.fetch_optional(connection).await.map_err(store_error)?;
    row.as_ref().map(account).transpose()
}

fn account(row: &SqliteRow) -> Result<Account, StoreError> {
    let columns = Columns::of("user", row);
    let version: Option<String> = columns.optional("consent_version")?;
    let consent = match (version, columns.time_optional("consent_at")?) {
        (Some(version), Some(at)) => Some(Consent { version, at }),
        (None, None) => None,
        _ => return Err(columns.corrupt("consent_version")),
    };
    Ok(Account {
        id: columns.parse("_id")?,
        email: columns.check("email", Email::parse)?,
        password_hash: SecretString::from(columns.get::<String>("password")?),
        name: columns.check("name", Name::parse)?,
        role: columns.parse("role")?,
        has_avatar: columns.get("has_avatar")?,
        is_active: columns.get("is_active")?,
        email_verified: columns.get("email_verified")?,
        consent,
        created_at: columns.time("created_at")?,
        updated_at: columns.time("updated_at")?,
        erasure_requested_at: columns.time_optional("erasure_requested_at")?,
    })
}
