//! Many leases, and processes that die in the middle.

use std::time::Duration;

use atelier_domain::dataservice::Tier;
use atelier_domain::dataservice::leases::LeaseSettings;
use tokio::task::JoinSet;

use super::world::{SERVERS, SERVICE, assert_nothing_left, assert_sound, forget_claims, now, request, tenant, until, world};
use crate::database::{ALICE, with_database};

/// How many leases a server gives in this test.
const LEASES: usize = 500;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn hundreds_of_leases_under_processes_that_die_leave_nothing_behind() {
    for server in SERVERS {
        with_database(server, async |database| {
            let time_to_live = Duration::from_secs(2);
            let settings = LeaseSettings { time_to_live, wait: Duration::from_millis(200), ..LeaseSettings::default() };
            let mut asked = 0;
            for process in 0..10 {
                let world = world(database, settings.clone());
                let mut clients = JoinSet::new();
                for client in 0..8_u8 {
                    let leases = world.leases.clone();
                    let count = LEASES / 80 + 1;
                    asked += count;
                    clients.spawn(async move {
                        let who = tenant(ALICE, Tier::Admin, client);
                        for n in 0..count {
                            // Busy and exhausted are answers, too: what counts is what is left behind.
                            let Ok(acquired) = leases.acquire(&who, &request("postgresql", "read"), None).await else { continue };
                            if n % 5 != 0 {
                                let _ended_or_closed = leases.release(&who, acquired.connection_id.as_str(), SERVICE).await;
                            }
                        }
                    });
                }
                if process % 2 == 0 {
                    // Dies when some have finished: wherever the others are just then.
                    for _ in 0..2 {
                        clients.join_next().await;
                    }
                    clients.abort_all();
                }
                while clients.join_next().await.is_some() {}
                assert_sound(database).await;
                world.sweeper.sweep().await.unwrap();
            }
            assert!(asked >= LEASES);
            let last = now() + time_to_live;
            until("every lease's end", async || now() > last).await;
            let world = world(database, settings);
            forget_claims(database).await;
            world.sweeper.sweep().await.unwrap();
            // A statement of an aborted task may still have been on its way to the server.
            until("the last of them", async || {
                forget_claims(database).await;
                world.sweeper.sweep().await.unwrap();
                super::world::logins(database).await.is_empty()
            })
            .await;
            assert_nothing_left(database).await;
            let granted: i64 = sqlx::query_scalar("SELECT count(*) FROM dataservice.leases").fetch_one(&database.direct).await.unwrap();
            assert!(granted > 150, "few were granted at all: {granted}");
            let members: i64 =
                sqlx::query_scalar("SELECT count(*) FROM pg_auth_members WHERE NOT EXISTS (SELECT FROM pg_roles WHERE oid = member)")
                    .fetch_one(&database.direct)
                    .await
                    .unwrap();
            assert_eq!(members, 0, "memberships of roles that are gone");
        })
        .await;
    }
}
