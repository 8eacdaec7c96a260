//! Databases as a whole: made, removed, renamed.

use std::time::Duration;

use atelier_backup::BackupError;
use atelier_domain::kernel::Timestamp;
use sqlx::{AssertSqlSafe, Connection, PgConnection};

use super::login::{Login, quoted};
use super::{adopt, survey};

/// Bytes of a name.
const LONGEST_NAME: usize = 63;
/// A new database is a copy of a template, which one session at a time may be busy with.
const TEMPLATE_ATTEMPTS: u32 = 50;
const TEMPLATE_PAUSE: Duration = Duration::from_millis(100);

impl Login {
    /// Whether there is a database of this name.
    ///
    /// # Errors
    /// [`BackupError::Store`].
    pub(super) async fn has_database(&self, name: &str) -> Result<bool, BackupError> {
        let mut session = self.maintenance().await?;
        let there = sqlx::query_scalar("SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)").bind(name);
        let there = there.fetch_one(&mut session).await.map_err(BackupError::store("looking for the database"))?;
        session.close().await.map_err(BackupError::store("looking for the database"))?;
        Ok(there)
    }

    pub(super) async fn create_database(&self, name: &str) -> Result<(), BackupError> {
        let mut session = self.maintenance().await?;
        let mut attempts = 1;
        while let Err(error) = statement(&mut session, format!("CREATE DATABASE {}", quoted(name))).await {
            let code = error.as_database_error().and_then(sqlx::error::DatabaseError::code).unwrap_or_default().into_owned();
            attempts += 1;
            match code.as_str() {
                "55006" if attempts < TEMPLATE_ATTEMPTS => tokio::time::sleep(TEMPLATE_PAUSE).await,
                "42501" => {
                    let text = "the login of DATABASE_URL may not make databases, which a restore needs: an administrator lets it with ALTER \
                                ROLE name CREATEDB, or makes an empty database and names it";
                    return Err(BackupError::Refused(text.to_owned()));
                }
                _ => return Err(BackupError::store(format!("making the database {name}"))(error)),
            }
        }
        // Nobody else has business there before all is in its place.
        let closed = statement(&mut session, format!("REVOKE CONNECT ON DATABASE {} FROM PUBLIC", quoted(name))).await;
        closed.and(session.close().await).map_err(BackupError::store(format!("making the database {name}")))
    }

    /// Removes a database that a restore has made, and the group roles of its name.
    pub(super) async fn discard(&self, name: &str) -> Result<(), BackupError> {
        let failed = || BackupError::store(format!("removing the database {name}"));
        // PostgreSQL cuts a longer name, and what is left may be that of another database.
        if name == self.database() || name.len() > LONGEST_NAME {
            return Err(BackupError::Refused(format!("{name} is not removed: it is no database that a restore has made")));
        }
        let mut session = self.maintenance().await?;
        statement(&mut session, format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", quoted(name))).await.map_err(failed())?;
        for role in adopt::group_roles(&mut session, name).await.map_err(failed())? {
            statement(&mut session, format!("DROP ROLE IF EXISTS {}", quoted(&role))).await.map_err(failed())?;
        }
        session.close().await.map_err(failed())
    }

    pub(super) async fn open_to_all(&self, database: &str) -> Result<(), BackupError> {
        let mut session = self.maintenance().await?;
        let opened = statement(&mut session, format!("GRANT CONNECT ON DATABASE {} TO PUBLIC", quoted(database))).await;
        opened.and(session.close().await).map_err(BackupError::store("opening the restored database"))
    }

    /// Puts the restored database into the place of another one, which keeps its rows under a new name.
    pub(super) async fn exchange(&self, restored: &str, place: &str, now: Timestamp) -> Result<String, BackupError> {
        let aside = format!("{place}_before_{}", now.format("%Y%m%d_%H%M%S"));
        let mut session = self.maintenance().await?;
        let mut renamed = Ok(());
        for (from, to) in [(place, aside.as_str()), (restored, place)] {
            renamed = renamed.and(statement(&mut session, format!("ALTER DATABASE {} RENAME TO {}", quoted(from), quoted(to))).await);
        }
        session.close().await.map_err(BackupError::store("renaming the databases"))?;
        match renamed {
            Ok(()) => Ok(aside),
            Err(error) if error.as_database_error().is_some_and(|error| error.code().as_deref() == Some("55006")) => {
                Err(BackupError::Refused(format!("{place} is in use: stop the service and everybody else who is connected to it")))
            }
            Err(error) => Err(BackupError::store("renaming the databases")(error)),
        }
    }

    /// The database for restore tests: one for each live database.
    pub(super) async fn scratch_name(&self) -> Result<String, BackupError> {
        let mut session = self.maintenance().await?;
        let name = sqlx::query_scalar("SELECT 'atelier_restore_test_' || left(md5($1), 8)").bind(self.database());
        let name = name.fetch_one(&mut session).await.map_err(BackupError::store("naming the scratch database"))?;
        session.close().await.map_err(BackupError::store("naming the scratch database"))?;
        Ok(name)
    }

    pub(super) async fn is_empty(&self, database: &str) -> Result<bool, BackupError> {
        let failed = || BackupError::store(format!("looking into {database}"));
        let mut session = self.connect(database).await.map_err(failed())?;
        let found = survey::has_tables(&mut session).await.map_err(failed())?;
        session.close().await.map_err(failed())?;
        Ok(!found)
    }
}

/// A statement whose names are quoted.
async fn statement(session: &mut PgConnection, text: String) -> Result<(), sqlx::Error> {
    sqlx::raw_sql(AssertSqlSafe(text)).execute(session).await.map(drop)
}
