//! What a transaction may do, and what is refused.

use atelier_domain::dataservice::Tier;
use atelier_domain::dataservice::transactions::TransactionStatus;
use atelier_domain::kernel::Coded;
use redis::AsyncTypedCommands;
use serde_json::json;
use uuid::Uuid;

use super::world::{count, failure, insert, operations, physical, somebody, somebody_with_a_shared_address, with_world};

#[tokio::test]
async fn the_samples_transaction_is_committed_in_both_stores() {
    with_world(async |world| {
        let alice = somebody(Tier::User);
        let set = json!({"database": "redis", "operation": "set", "key": "project:cache:proj_new", "value": "{\"status\": \"created\"}", "ttl": 3600});
        let insert = json!({"database": "postgresql", "operation": "insert", "table": "projects",
                            "data": {"title": "Nouveau projet", "user_id": alice.owner.to_string()}});
        let committed = world.commit(&alice, json!([insert, set])).await;
        assert!(committed.id.as_str().starts_with("tx_") && !committed.is_pending() && !committed.replayed);
        let states: Vec<_> = committed.results.iter().map(|result| (result.operation, result.state.as_str())).collect();
        assert_eq!(states, [(1, "success"), (2, "success")]);
        let data = committed.results[0].data.as_ref().unwrap();
        assert!(data["id"].as_str().unwrap().parse::<Uuid>().is_ok() && data["created_at"].as_str().unwrap().ends_with('Z'), "{data}");
        assert_eq!(data.as_object().unwrap().len(), 2);
        assert_eq!(world.titles(&alice).await, ["Nouveau projet"]);
        assert_eq!(world.held(&alice, "project:cache:proj_new").await.as_deref(), Some("{\"status\": \"created\"}"));
        let ttl = world.redis.clone().ttl(physical(&alice, "project:cache:proj_new")).await.unwrap();
        assert!(matches!(ttl, redis::IntegerReplyOrNoOp::IntegerReply(3500..=3600)), "{ttl:?}");

        let TransactionStatus::Committed(known) = world.status(&alice, committed.id.as_str()).await else { panic!("not committed") };
        assert_eq!(known.results, committed.results);
        let stranger = world.transactions.status(&somebody(Tier::User), committed.id.as_str()).await.unwrap_err();
        assert_eq!(stranger.code(), "TRANSACTION_NOT_FOUND");
        assert!(world.transactions.status(&somebody(Tier::Admin), committed.id.as_str()).await.is_ok());
    })
    .await;
}

#[tokio::test]
async fn what_is_refused_by_looking_at_it_takes_no_connection() {
    with_world(async |world| {
        let alice = somebody(Tier::User);
        let bob = somebody(Tier::User).owner.to_string();
        let sql = |operation: &str, table: &str, more: serde_json::Value| {
            let mut all = json!({"database": "postgresql", "operation": operation, "table": table});
            all.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            all
        };
        let redis = |operation: &str, more: serde_json::Value| {
            let mut all = json!({"database": "redis", "operation": operation});
            all.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            all
        };
        world.database.store.close().await;
        for (refused, code) in [
            (sql("insert", "projects", json!({"data": {"title": "a", "user_id": bob}})), "OWNERSHIP_VIOLATION"),
            (sql("insert", "projects", json!({"data": {"title": "a", "user_id": "user_123"}})), "INVALID_VALUE"),
            (sql("insert", "projects", json!({"data": {"title": null}})), "INVALID_VALUE"),
            (sql("insert", "projects", json!({"data": {"title": 1}})), "INVALID_VALUE"),
            (sql("insert", "projects", json!({"data": {"title\"; DROP TABLE users": 1}})), "UNKNOWN_COLUMN"),
            (sql("insert", "projects", json!({"data": {"title": "a", "created_at": "2024-01-15T10:30:00Z"}})), "COLUMN_NOT_WRITABLE"),
            (sql("insert", "projects", json!({"data": {}})), "VALIDATION_FAILED"),
            (sql("insert", "projects", json!({"data": {"title": "a"}, "filters": {"title": "a"}})), "VALIDATION_FAILED"),
            (sql("insert", "pg_authid", json!({"data": {"title": "a"}})), "TABLE_NOT_FOUND"),
            (sql("insert", "users", json!({"data": {"email": "a@b.cd"}})), "COLUMN_NOT_WRITABLE"),
            (sql("update", "users", json!({"data": {"role": "admin"}, "filters": {"project_count": 0}})), "COLUMN_NOT_WRITABLE"),
            (sql("update", "users", json!({"data": {"password_hash": "a"}, "filters": {"project_count": 0}})), "COLUMN_NOT_WRITABLE"),
            (sql("update", "projects", json!({"data": {"user_id": bob}, "filters": {"title": "a"}})), "OWNERSHIP_VIOLATION"),
            (sql("update", "projects", json!({"data": {"title": "a"}, "filters": {"user_id": bob}})), "OWNERSHIP_VIOLATION"),
            (sql("update", "projects", json!({"data": {"title": "a"}})), "VALIDATION_FAILED"),
            (sql("update", "projects", json!({"data": {"title": "a"}, "filters": {"and": [{}]}})), "VALIDATION_FAILED"),
            (sql("update", "projects", json!({"data": {"title": "a"}, "filters": {"title": "a"}, "max_affected": 0})), "INVALID_VALUE"),
            (sql("delete", "projects", json!({"filters": {}})), "VALIDATION_FAILED"),
            (sql("delete", "users", json!({"filters": {"project_count": 0}})), "COLUMN_NOT_WRITABLE"),
            (sql("upsert", "projects", json!({"data": {"title": "a"}})), "VALIDATION_FAILED"),
            (sql("truncate", "projects", json!({"filters": {"title": "a"}})), "VALIDATION_FAILED"),
            (sql("insert", "media_assets", json!({"data": {"asset_type": "a", "file_path": "b"}})), "VALIDATION_FAILED"),
            (redis("set", json!({"key": "", "value": "v"})), "INVALID_VALUE"),
            (redis("set", json!({"key": "a\nb", "value": "v"})), "INVALID_VALUE"),
            (redis("set", json!({"key": "k".repeat(513), "value": "v"})), "LIMIT_EXCEEDED"),
            (redis("set", json!({"key": "~fence:1", "value": "v"})), "OWNERSHIP_VIOLATION"),
            (redis("set", json!({"key": "k", "value": 1})), "VALIDATION_FAILED"),
            (redis("set", json!({"key": "k", "value": "v", "ttl": 0})), "INVALID_VALUE"),
            (redis("set", json!({"key": "k", "value": "v", "nx": true})), "VALIDATION_FAILED"),
            (redis("expire", json!({"key": "k"})), "VALIDATION_FAILED"),
            (redis("incrby", json!({"key": "k", "by": 1.5})), "INVALID_VALUE"),
            (redis("flushall", json!({"key": "k"})), "VALIDATION_FAILED"),
            (json!({"database": "mysql", "operation": "insert"}), "VALIDATION_FAILED"),
            (json!("DROP TABLE users"), "VALIDATION_FAILED"),
        ] {
            let result = world.execute(&alice, &operations(json!([insert("first"), refused]))).await;
            assert_eq!(failure(result), (code, Some(2)), "{refused}");
        }
        let many = |count: usize| operations(json!(vec![insert("a"); count]));
        for (body, code) in [
            (operations(json!([])), "VALIDATION_FAILED"),
            (json!([]), "VALIDATION_FAILED"),
            (json!({"operations": [insert("a")], "isolation": "CHAOS"}), "VALIDATION_FAILED"),
            (json!({"operations": [insert("a")], "dry_run": true}), "VALIDATION_FAILED"),
            (many(21), "LIMIT_EXCEEDED"),
        ] {
            assert_eq!(failure(world.execute(&alice, &body).await), (code, None), "{body}");
        }
        assert_eq!(failure(world.execute(&somebody(Tier::Premium), &many(51)).await).0, "LIMIT_EXCEEDED");
        assert_eq!(failure(world.execute(&somebody(Tier::Admin), &many(101)).await).0, "LIMIT_EXCEEDED");
        // One that is right does ask for a connection.
        assert_eq!(failure(world.execute(&alice, &operations(json!([insert("a")]))).await).0, "DATABASE_UNAVAILABLE");
    })
    .await;
}

#[tokio::test]
async fn rows_of_others_are_neither_made_nor_changed_nor_taken_over() {
    with_world(async |world| {
        let (alice, bob, admin) = (somebody(Tier::User), somebody(Tier::User), somebody(Tier::Admin));
        let made = world.commit(&bob, json!([insert("Bob's")])).await;
        let project = made.results[0].data.as_ref().unwrap()["id"].clone();
        let asset = json!({"database": "postgresql", "operation": "insert", "table": "media_assets",
                           "data": {"project_id": project, "asset_type": "video", "file_path": "/v"}});
        let takeover =
            json!({"database": "postgresql", "operation": "upsert", "table": "projects", "data": {"id": project, "title": "mine"}});
        for refused in [&asset, &takeover] {
            let result = world.execute(&alice, &operations(json!([insert("first"), refused]))).await;
            assert_eq!(failure(result), ("OWNERSHIP_VIOLATION", Some(2)), "{refused}");
        }
        let change = json!({"database": "postgresql", "operation": "update", "table": "projects",
                            "data": {"title": "changed"}, "filters": {"id": project}});
        let delete = json!({"database": "postgresql", "operation": "delete", "table": "projects", "filters": {"id": project}});
        let nothing = world.commit(&alice, json!([change, delete])).await;
        assert!(nothing.results.iter().all(|result| result.data == Some(json!({"affected": 0}))));
        assert_eq!((world.titles(&bob).await, world.titles(&alice).await), (vec!["Bob's".to_owned()], vec![]));

        world.commit(&bob, json!([asset])).await;
        let for_bob = json!({"database": "postgresql", "operation": "insert", "table": "projects",
                             "data": {"title": "given", "user_id": bob.owner.to_string()}});
        world.commit(&admin, json!([for_bob, change, insert("the administrator's")])).await;
        assert_eq!(world.titles(&bob).await, ["changed", "given"]);
        assert_eq!(world.titles(&admin).await, ["the administrator's"]);
    })
    .await;
}

#[tokio::test]
async fn a_failing_operation_undoes_all_and_is_named() {
    with_world(async |world| {
        let alice = somebody(Tier::User);
        let id = Uuid::from_u128(0xfeed);
        let row =
            json!({"database": "postgresql", "operation": "insert", "table": "projects", "data": {"id": id.to_string(), "title": "once"}});
        world.commit(&alice, json!([row])).await;
        let error = world.execute(&alice, &operations(json!([insert("a"), count("n"), row]))).await.unwrap_err();
        let details = error.details().unwrap();
        assert_eq!((error.code(), &details["operation"]), ("UNIQUE_VIOLATION", &json!(3)));
        let status = world.status(&alice, details["transaction_id"].as_str().unwrap()).await;
        assert_eq!(status, TransactionStatus::Aborted { code: Some("UNIQUE_VIOLATION".into()), operation: Some(3) });
        assert_eq!((world.titles(&alice).await, world.held(&alice, "n").await), (vec!["once".to_owned()], None));

        let many: Vec<_> = (0..5).map(|_| insert("many")).collect();
        world.commit(&alice, json!(many)).await;
        let update = json!({"database": "postgresql", "operation": "update", "table": "projects",
                            "data": {"status": "archived"}, "filters": {"title": "many"}, "max_affected": 4});
        assert_eq!(failure(world.execute(&alice, &operations(json!([update]))).await), ("MAX_AFFECTED_EXCEEDED", Some(1)));
        let archived: i64 =
            sqlx::query_scalar("SELECT count(*) FROM projects WHERE status = 'archived'").fetch_one(&world.database.direct).await.unwrap();
        assert_eq!(archived, 0);
        let status =
            json!({"database": "postgresql", "operation": "insert", "table": "projects", "data": {"title": "a", "status": "nowhere"}});
        assert_eq!(failure(world.execute(&alice, &operations(json!([status]))).await), ("CONSTRAINT_VIOLATION", Some(1)));
    })
    .await;
}

#[tokio::test]
async fn rows_are_counted_up_replaced_by_key_and_removed() {
    with_world(async |world| {
        let alice = somebody(Tier::User);
        let id = Uuid::from_u128(0xbeef).to_string();
        let upsert =
            |title: &str| json!({"database": "postgresql", "operation": "upsert", "table": "projects", "data": {"id": id, "title": title}});
        let up = json!({"database": "postgresql", "operation": "update", "table": "users",
                        "data": {"project_count": {"increment": 2}}, "filters": {"id": alice.owner.to_string()}});
        let done = world.commit(&alice, json!([upsert("first"), upsert("second"), up, up])).await;
        assert_eq!(done.results[1].data.as_ref().unwrap()["id"], json!(id));
        assert_eq!(done.results[3].data, Some(json!({"affected": 1})));
        assert_eq!(world.titles(&alice).await, ["second"]);
        let (counted, hash, role): (i32, String, String) =
            sqlx::query_as("SELECT project_count, password_hash, role FROM users WHERE id = $1")
                .bind(alice.owner)
                .fetch_one(&world.database.direct)
                .await
                .unwrap();
        assert_eq!((counted, hash.as_str(), role.as_str()), (4, "!", "user"));
        let delete = json!({"database": "postgresql", "operation": "delete", "table": "projects", "filters": {"title": {"like": "s%"}}});
        assert_eq!(world.commit(&alice, json!([delete])).await.results[0].data, Some(json!({"affected": 1})));
    })
    .await;
}

#[tokio::test]
async fn an_owner_gets_its_row_though_its_address_is_taken_or_its_row_was_removed() {
    with_world(async |world| {
        let (one, other) = (somebody_with_a_shared_address(), somebody_with_a_shared_address());
        for tenant in [&one, &other] {
            world.commit(tenant, json!([insert("a")])).await;
        }
        let emails: Vec<String> = sqlx::query_scalar("SELECT email FROM users WHERE id = ANY($1) ORDER BY email")
            .bind([one.owner, other.owner])
            .fetch_all(&world.database.direct)
            .await
            .unwrap();
        assert!(
            emails.contains(&"clash@example.org".to_owned()) && emails.iter().any(|email| email.ends_with("@users.invalid")),
            "{emails:?}"
        );
        sqlx::query("DELETE FROM users WHERE id = $1").bind(one.owner).execute(&world.database.direct).await.unwrap();
        world.commit(&one, json!([insert("again")])).await;
        assert_eq!(world.titles(&one).await, ["again"]);
    })
    .await;
}

#[tokio::test]
async fn what_redis_could_not_do_is_refused_before_anything_happens() {
    with_world(async |world| {
        let alice = somebody(Tier::User);
        world.redis.clone().lpush(physical(&alice, "list"), "a").await.unwrap();
        world.redis.clone().set(physical(&alice, "most"), i64::MAX.to_string()).await.unwrap();
        let set = json!({"database": "redis", "operation": "set", "key": "text", "value": "five"});
        for (key, before) in [("list", None), ("most", None), ("text", Some(set))] {
            let mut listed = vec![insert("a")];
            listed.extend(before);
            listed.push(count(key));
            let last = u32::try_from(listed.len()).unwrap();
            assert_eq!(failure(world.execute(&alice, &operations(json!(listed))).await), ("PRECONDITION_FAILED", Some(last)), "{key}");
        }
        assert!(world.titles(&alice).await.is_empty());
        let reset = json!({"database": "redis", "operation": "del", "key": "list"});
        let done = world.commit(&alice, json!([reset, count("list"), count("list")])).await;
        assert_eq!(done.results[2].data, Some(json!({"value": 2})));
    })
    .await;
}

#[tokio::test]
async fn writers_that_serialise_badly_are_tried_again() {
    with_world(async |world| {
        let alice = somebody(Tier::User);
        world.commit(&alice, json!([insert("a")])).await;
        let up = json!({"operations": [{"database": "postgresql", "operation": "update", "table": "users",
                        "data": {"project_count": {"increment": 1}}, "filters": {"id": alice.owner.to_string()}}],
                        "isolation": "SERIALIZABLE"});
        let (one, other) = tokio::join!(world.execute(&alice, &up), world.execute(&alice, &up));
        let committed = [one, other].into_iter().filter(Result::is_ok).count();
        let counted: i32 = sqlx::query_scalar("SELECT project_count FROM users WHERE id = $1")
            .bind(alice.owner)
            .fetch_one(&world.database.direct)
            .await
            .unwrap();
        assert_eq!((committed, counted), (2, 2));
    })
    .await;
}
