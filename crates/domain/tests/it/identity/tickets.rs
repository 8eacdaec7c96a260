//! Tickets of live connections.

use std::time::Duration;

use atelier_domain::identity::IdentityError;
use atelier_domain::kernel::ExposeSecret;

use super::world::{PASSWORD, World, client};

#[tokio::test]
async fn a_ticket_opens_one_connection() {
    let world = World::new();
    let me = world.person("user@example.com").await;
    let ticket = world.tickets.issue(&me).await.unwrap();
    assert_eq!(ticket.expires_in_seconds, 60);
    let opened = world.tickets.consume(ticket.ticket.expose_secret()).await.unwrap();
    assert_eq!((opened.user_id, opened.role), (me.user_id, me.role));
    assert!(matches!(world.tickets.consume(ticket.ticket.expose_secret()).await, Err(IdentityError::BadCredentials)));
}

#[tokio::test]
async fn a_ticket_is_refused_at_sixty_seconds() {
    let world = World::new();
    let me = world.person("user@example.com").await;
    let ticket = world.tickets.issue(&me).await.unwrap();
    world.clock.advance(Duration::from_secs(60));
    assert!(matches!(world.tickets.consume(ticket.ticket.expose_secret()).await, Err(IdentityError::BadCredentials)));
}

#[tokio::test]
async fn a_ticket_of_a_closed_account_is_refused_and_none_is_given_out() {
    let world = World::new();
    let me = world.person("user@example.com").await;
    let ticket = world.tickets.issue(&me).await.unwrap();
    world.personal_data.request_erasure(&me, &PASSWORD.into(), &client()).await.unwrap();
    assert!(world.tickets.consume(ticket.ticket.expose_secret()).await.is_err());
    assert!(world.tickets.issue(&me).await.is_err());
}
