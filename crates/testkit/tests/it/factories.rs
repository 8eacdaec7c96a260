//! The source document's test factories, with its literal values.

use atelier_domain::challenge::conversations::MessageRole;
use atelier_domain::identity::Role;
use atelier_domain::kernel::ExposeSecret;
use atelier_testkit::{hackathon, test_conversation, test_student};

#[test]
fn the_test_student_is_the_source_documents() {
    let (account, participant) = test_student();
    assert_eq!((participant.profile.first_name.as_str(), participant.profile.last_name.as_str()), ("Test", "User"));
    assert_eq!(account.name.as_str(), "Test User");
    let address = account.email.as_str();
    assert!(address.starts_with("test") && address.ends_with("@example.com"), "{address}");
    assert!(account.password_hash.expose_secret().starts_with("$2b$10$"));
    assert_eq!((account.role, participant.role, participant.account_id), (Role::Student, Role::Student, account.id));
    assert_ne!(test_student().0.email, account.email);
}

#[test]
fn the_test_conversation_is_the_source_documents() {
    let (account, _) = test_student();
    let (conversation, message) = test_conversation(hackathon().id, account.id);
    assert_eq!((conversation.student_id, conversation.parameters.model_name.as_str()), (account.id, "gpt-3.5-turbo"));
    assert_eq!((message.role, message.content.as_str()), (MessageRole::Student, "Bonjour, comment ça va ?"));
    assert_eq!((conversation.message_count, conversation.size), (1, message.content.len() as u64));
}
