//! Answers kept in a cluster.

use std::num::NonZeroUsize;
use std::time::Duration;

use atelier_adapter_redis::{ConnectError, RedisAnswerCache, RedisCluster, RedisConnection};
use atelier_domain::dataservice::queries::AnswerCache;
use atelier_testkit::contract::present;
use uuid::Uuid;

fn nodes() -> Option<String> {
    present(std::env::var("TEST_REDIS_CLUSTER_URL").ok(), "a Redis cluster")
}

async fn on_cluster(nodes: &str) -> RedisAnswerCache {
    RedisAnswerCache::on_cluster(RedisCluster::connect(nodes, format!("test:{}:", Uuid::new_v4())).await.unwrap())
}

#[tokio::test]
async fn each_owners_answers_are_found_on_whichever_node_has_them() {
    let Some(nodes) = nodes() else { return };
    // One node is enough to find the others by.
    let (cache, other) = (on_cluster(&nodes).await, RedisCluster::connect(nodes.split(',').next().unwrap(), "test:").await.unwrap());
    assert!(other.answers().await);
    for owner in (0..60).map(|_| Uuid::new_v4()) {
        assert_eq!((cache.version("projects", owner).await, cache.get(owner, "k").await), (None, None));
        assert!(cache.raise("projects", owner, 7).await && cache.raise("projects", owner, 5).await);
        cache.put(owner, "k", &owner.to_string(), Duration::from_secs(60)).await;
        assert_eq!((cache.version("projects", owner).await, cache.get(owner, "k").await), (Some(7), Some(owner.to_string())));
    }
}

#[tokio::test]
async fn a_node_of_a_cluster_is_no_single_server_and_a_cluster_that_is_away_is_told() {
    let Some(nodes) = nodes() else { return };
    let one = nodes.split(',').next().unwrap();
    let refused = RedisConnection::pooled(one, "", NonZeroUsize::MIN).await.err().unwrap();
    assert!(matches!(refused, ConnectError::Cluster { .. }) && refused.to_string().contains("REDIS_CACHE_URL"), "{refused}");
    let away = RedisCluster::connect("redis://user:hunter2@127.0.0.1:1,redis://user:hunter2@127.0.0.1:2", "").await.err().unwrap();
    assert!(matches!(away, ConnectError::Unreachable { .. }) && !away.to_string().contains("hunter2"), "{away}");
    assert!(matches!(RedisCluster::connect("redis://a,http://b", "").await, Err(ConnectError::Url(_))));
}

#[tokio::test]
async fn so_many_connections_are_opened_as_are_asked_for() {
    let Some(url) = present(std::env::var("TEST_REDIS_URL").ok(), "Redis") else { return };
    let mut admin = redis::Client::open(url.as_str()).unwrap().get_multiplexed_async_connection().await.unwrap();
    let user = format!("pool-{}", Uuid::new_v4());
    redis::cmd("ACL").arg(&["SETUSER", &user, "on", ">secret", "~*", "+@all"]).query_async::<()>(&mut admin).await.unwrap();
    let mut as_user = url::Url::parse(&url).unwrap();
    as_user.set_username(&user).unwrap();
    as_user.set_password(Some("secret")).unwrap();
    let pool = RedisConnection::pooled(as_user.as_str(), "test:", NonZeroUsize::new(4).unwrap()).await.unwrap();
    for _ in 0..12 {
        assert!(pool.answers().await);
    }
    let clients: String = redis::cmd("CLIENT").arg("LIST").query_async(&mut admin).await.unwrap();
    assert_eq!(clients.lines().filter(|line| line.contains(&format!("user={user}"))).count(), 4);
    redis::cmd("ACL").arg(&["DELUSER", &user]).query_async::<()>(&mut admin).await.unwrap();
}
