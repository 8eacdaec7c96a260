//! Prompts under quotas: reserved before, settled once after, whatever happens between.

use std::time::Duration;

use atelier_domain::challenge::ChallengeError;
use atelier_domain::challenge::chat::{ChatError, ChatErrorKind, MicroCredits};
use atelier_domain::challenge::conversations::{AnswerEvent, HandIn, MessageRole, MessageState, SilentAnswers};
use atelier_domain::challenge::enrolments::{Ledger, QuotaKind};
use atelier_domain::challenge::hackathons::{HackathonStatus, Quotas};
use atelier_domain::identity::Role;
use atelier_domain::kernel::{Coded, JobHandler, JobQueue, NewJob};
use atelier_testkit::{ChatScript, ScriptedChatModel};

use super::world::{World, greeting};

/// Free, reserved and used come to the quota.
fn balanced(ledger: &Ledger, quotas: Quotas) {
    let left = ledger.left(quotas);
    assert_eq!(left.prompts_free() + left.prompts_reserved + left.prompts_used, u64::from(quotas.prompts), "{ledger:?}");
    assert_eq!(left.tokens_free() + left.tokens_reserved + left.tokens_used, quotas.tokens, "{ledger:?}");
}

#[tokio::test]
async fn a_prompt_is_answered_counted_and_paid_once() {
    let world = World::with(ScriptedChatModel::new(greeting()));
    let student = world.student().await;
    let hackathon = world.hackathon(30, 8_000).await;
    let conversation = world.begin(student, &hackathon).await;

    let mut told = Vec::new();
    let exchange = world.exchange(student, conversation.id, "Bonjour").await.unwrap();
    let held = world.ledger(&hackathon, student.user_id).await;
    assert_eq!(held.reservations.len(), 1);
    balanced(&held, hackathon.quotas);
    let (answer, left) = exchange.run(|event| told.push(event)).await.unwrap();

    assert!(matches!(told[0], AnswerEvent::Started { message_id, .. } if message_id == answer.id));
    assert_eq!(told[1..], [AnswerEvent::Delta("Bon".to_owned()), AnswerEvent::Delta("jour !".to_owned())]);
    assert_eq!((answer.content.as_str(), answer.state, answer.token_count), ("Bonjour !", MessageState::Complete, Some(30)));
    assert_eq!(
        (answer.model_used.as_deref(), answer.cost, answer.finish_reason.as_deref()),
        (Some("scripted-1"), Some(MicroCredits(50)), Some("stop"))
    );
    assert_eq!((left.prompts_used, left.tokens_used, left.tokens_reserved), (1, 50, 0));
    balanced(&world.ledger(&hackathon, student.user_id).await, hackathon.quotas);

    let conversation = world.conversation(conversation.id).await;
    let messages = world.messages(conversation.id).await;
    let counted: u64 = messages.iter().filter_map(|message| message.token_count).sum();
    assert_eq!(messages.iter().map(|message| message.role).collect::<Vec<_>>(), [MessageRole::Student, MessageRole::Assistant]);
    assert_eq!((conversation.tokens_total(), counted, conversation.message_count), (50, 50, 2));
    assert_eq!(
        (conversation.main_model(), conversation.max_tokens_used, conversation.temperature_used),
        (Some("scripted-1"), Some(30), Some(0.7))
    );
    assert_eq!(conversation.in_flight, None);
    let participant = world.participants.me(student).await.unwrap();
    assert_eq!((participant.tokens.used, participant.tokens.reserved), (50, 0));
}

#[tokio::test]
async fn what_was_said_before_goes_with_the_next_prompt_and_system_messages_do_not() {
    let world = World::with(ScriptedChatModel::new(greeting()));
    let student = world.student().await;
    let hackathon = world.hackathon(30, 8_000).await;
    let conversation = world.begin(student, &hackathon).await;
    world.say(student, conversation.id, "one").await.unwrap();
    world.model.follow(ChatScript::Refuse(ChatError::refused(ChatErrorKind::Overloaded, "")));
    world.say(student, conversation.id, "two").await.unwrap_err();
    world.model.follow(greeting());
    world.say(student, conversation.id, "three").await.unwrap();
    let sent: Vec<_> = world.model.asked().last().unwrap().messages.iter().map(|message| message.content.clone()).collect();
    assert_eq!(sent, ["one", "Bonjour !", "two", "three"]);
}

#[tokio::test]
async fn a_long_conversation_is_cut_to_the_models_window() {
    let world = World::with(ScriptedChatModel::new(greeting()));
    let student = world.student().await;
    let hackathon = world.hackathon(30, 80_000).await;
    let conversation = world.begin(student, &hackathon).await;
    for _ in 0..4 {
        world.say(student, conversation.id, &"x".repeat(6_000)).await.unwrap();
    }
    let sent = world.model.asked().last().unwrap().messages.clone();
    assert!(sent.len() < 7 && sent.len() > 1, "{}", sent.len());
    let error = world.say(student, conversation.id, &"é".repeat(16_000)).await.unwrap_err();
    assert!(matches!(error, ChallengeError::Chat(ChatError { kind: ChatErrorKind::ContextTooLong, .. })), "{error:?}");
    assert_eq!(world.ledger(&hackathon, student.user_id).await.prompts_used, 4);
}

#[tokio::test]
async fn one_answer_of_a_conversation_is_on_its_way_at_a_time() {
    let world = World::with(ScriptedChatModel::held(greeting()));
    let student = world.student().await;
    let hackathon = world.hackathon(30, 8_000).await;
    let conversation = world.begin(student, &hackathon).await;
    let first = world.exchange(student, conversation.id, "one").await.unwrap();
    let error = world.exchange(student, conversation.id, "two").await.map(drop).unwrap_err();
    assert_eq!(error.code(), "CONVERSATION_BUSY");
    world.model.release(2);
    first.run(|_| {}).await.unwrap();
    world.say(student, conversation.id, "two").await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_200_prompts_at_once_on_a_quota_of_30_exactly_30_are_answered() {
    let world = World::with(ScriptedChatModel::new(greeting()));
    let student = world.student().await;
    let hackathon = world.hackathon(30, 1_000_000).await;
    let mut conversations = Vec::new();
    for _ in 0..200 {
        conversations.push(world.begin(student, &hackathon).await.id);
    }
    let prompts = conversations.into_iter().map(|id| {
        let service = world.conversations.clone();
        tokio::spawn(async move {
            match service.ask(student, id, "Bonjour", None).await {
                Ok(atelier_domain::challenge::conversations::Asked::Now(exchange)) => exchange.run(|_| {}).await.map(drop),
                Ok(_) => panic!("there was no key"),
                Err(error) => Err(error),
            }
        })
    });
    let mut answered = 0;
    for prompt in prompts.collect::<Vec<_>>() {
        match prompt.await.unwrap() {
            Ok(()) => answered += 1,
            Err(error) => assert_eq!(error.quota(), Some(QuotaKind::Prompts), "{error}"),
        }
    }
    assert_eq!((answered, world.model.asked().len()), (30, 30));
    let ledger = world.ledger(&hackathon, student.user_id).await;
    balanced(&ledger, hackathon.quotas);
    assert_eq!((ledger.prompts_used, ledger.tokens_used), (30, 1_500));
}

#[tokio::test]
async fn a_token_quota_for_three_and_a_half_calls_answers_the_fourth_shorter_and_no_fifth() {
    let world = World::with(ScriptedChatModel::held(greeting()));
    let student = world.student().await;
    // A prompt of 4 characters is 1 + 4 tokens; an answer 512 at most.
    let hackathon = world.hackathon(30, 3 * 517 + 258).await;
    let mut exchanges = Vec::new();
    for _ in 0..4 {
        let conversation = world.begin(student, &hackathon).await;
        exchanges.push(world.exchange(student, conversation.id, "abcd").await.unwrap());
    }
    let conversation = world.begin(student, &hackathon).await;
    let error = world.exchange(student, conversation.id, "abcd").await.map(drop).unwrap_err();
    assert_eq!((error.code(), error.quota()), ("QUOTA_EXCEEDED", Some(QuotaKind::Tokens)));
    world.model.release(4);
    for exchange in exchanges {
        exchange.run(|_| {}).await.unwrap();
    }
    let asked: Vec<_> = world.model.asked().iter().map(|request| request.max_output_tokens).collect();
    assert_eq!(asked, [512, 512, 512, 253]);
    balanced(&world.ledger(&hackathon, student.user_id).await, hackathon.quotas);
}

#[tokio::test]
async fn the_accounts_own_budget_holds_over_all_hackathons() {
    let world = World::with(ScriptedChatModel::new(greeting()));
    let student = world.student().await;
    world.participants.authorize_tokens(world.actor(Role::Admin), student.user_id, Some(100)).await.unwrap();
    let (first, second) = (world.hackathon(30, 8_000).await, world.hackathon(30, 8_000).await);
    let here = world.begin(student, &first).await;
    let there = world.begin(student, &second).await;
    world.say(student, here.id, "abcd").await.unwrap();
    let error = world.say(student, there.id, "abcd").await.unwrap_err();
    assert_eq!(error.quota(), Some(QuotaKind::AccountTokens));
    assert_eq!(world.ledger(&second, student.user_id).await, Ledger::default());
}

#[tokio::test]
async fn a_request_the_provider_did_not_take_gives_the_prompt_back() {
    let world = World::with(ScriptedChatModel::new(ChatScript::Refuse(ChatError::refused(ChatErrorKind::RateLimited, "secret words"))));
    let student = world.student().await;
    let hackathon = world.hackathon(30, 8_000).await;
    let conversation = world.begin(student, &hackathon).await;
    let error = world.say(student, conversation.id, "Bonjour").await.unwrap_err();
    assert_eq!(error.code(), "MODEL_RATE_LIMITED");
    assert!(!error.to_string().contains("secret words"), "{error}");
    let ledger = world.ledger(&hackathon, student.user_id).await;
    assert_eq!((ledger.prompts_used, ledger.tokens_used, ledger.reservations.len()), (0, 0, 0));
    let messages = world.messages(conversation.id).await;
    assert_eq!(messages[1].state, MessageState::Failed);
    assert_eq!((messages[2].role, messages.len()), (MessageRole::System, 3));
    world.model.follow(greeting());
    world.say(student, conversation.id, "Encore").await.unwrap();
}

#[tokio::test]
async fn an_answer_that_breaks_off_is_kept_and_counted() {
    let error = ChatError::accepted(ChatErrorKind::Truncated, "");
    let world = World::with(ScriptedChatModel::new(ChatScript::Break { pieces: vec!["half of it".to_owned()], error }));
    let student = world.student().await;
    let hackathon = world.hackathon(30, 8_000).await;
    let conversation = world.begin(student, &hackathon).await;
    assert_eq!(world.say(student, conversation.id, "Bonjour").await.unwrap_err().code(), "MODEL_TRUNCATED");
    let messages = world.messages(conversation.id).await;
    assert_eq!((messages[1].content.as_str(), messages[1].state, messages[1].estimated), ("half of it", MessageState::Failed, true));
    let ledger = world.ledger(&hackathon, student.user_id).await;
    assert_eq!((ledger.prompts_used, ledger.reservations.len()), (1, 0));
    assert!(ledger.tokens_used > 0);
    balanced(&ledger, hackathon.quotas);
}

#[tokio::test]
async fn an_answer_can_be_stopped_and_what_arrived_is_kept_and_counted() {
    let world = World::with(ScriptedChatModel::new(ChatScript::Hang { pieces: vec!["So far".to_owned()] }));
    let student = world.student().await;
    let hackathon = world.hackathon(30, 8_000).await;
    let conversation = world.begin(student, &hackathon).await;
    let exchange = world.exchange(student, conversation.id, "Bonjour").await.unwrap();
    let answer_id = world.conversation(conversation.id).await.in_flight.unwrap().message_id;
    let running = tokio::spawn(exchange.run(|_| {}));
    world.conversations.stop(student, conversation.id, answer_id).await.unwrap();
    let (answer, left) = running.await.unwrap().unwrap();
    assert_eq!((answer.state, answer.content.as_str()), (MessageState::Stopped, "So far"));
    assert_eq!((left.prompts_used, left.tokens_reserved, world.model.dropped()), (1, 0, 1));
    let error = world.conversations.stop(student, conversation.id, answer_id).await.unwrap_err();
    assert_eq!(error.code(), "INVALID_STATE");
    let other = world.student().await;
    assert_eq!(world.conversations.stop(other, conversation.id, answer_id).await.unwrap_err().code(), "NOT_FOUND");
}

#[tokio::test]
async fn an_answer_whose_process_died_is_settled_from_what_was_saved() {
    let world = World::with(ScriptedChatModel::new(ChatScript::Hang { pieces: vec!["Saved".to_owned()] }));
    let student = world.student().await;
    let hackathon = world.hackathon(30, 8_000).await;
    let conversation = world.begin(student, &hackathon).await;
    let running = tokio::spawn(world.exchange(student, conversation.id, "Bonjour").await.unwrap().run(|_| {}));
    while world.messages(conversation.id).await[1].content.is_empty() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    running.abort();
    settle_silent(&world).await;
    assert!(world.conversation(conversation.id).await.in_flight.is_some(), "thirty seconds have not passed");
    world.clock.advance(Duration::from_secs(31));
    settle_silent(&world).await;

    let messages = world.messages(conversation.id).await;
    assert_eq!((messages[1].state, messages[1].content.as_str()), (MessageState::Interrupted, "Saved"));
    let ledger = world.ledger(&hackathon, student.user_id).await;
    assert_eq!((ledger.prompts_used, ledger.reservations.len()), (1, 0));
    assert_eq!(ledger.tokens_used, world.conversation(conversation.id).await.tokens_total());
    balanced(&ledger, hackathon.quotas);
    world.model.follow(greeting());
    world.say(student, conversation.id, "Encore").await.unwrap();
}

async fn settle_silent(world: &World) {
    use atelier_domain::challenge::ChallengeStore;
    use atelier_domain::challenge::conversations::SettleSilent;
    let now = atelier_domain::kernel::Clock::now(&world.clock);
    let id = world.actor(Role::User).user_id;
    let job_id = atelier_domain::kernel::EntityId::from_bytes(atelier_domain::kernel::EntityId::bytes(&id));
    let mut uow = ChallengeStore::begin(&world.store).await.unwrap();
    uow.jobs().enqueue(&NewJob::of(job_id, &SettleSilent::default(), now).unwrap()).await.unwrap();
    uow.commit().await.unwrap();
    let handler = SilentAnswers::new(world.ports.clone());
    let job = world.store.claim("test", &[handler.kind()], now, Duration::from_secs(60)).await.unwrap().unwrap();
    handler.run(&job).await.unwrap();
}

#[tokio::test]
async fn the_final_version_is_an_answer_replaced_until_the_jury_begins_and_then_fixed() {
    let world = World::with(ScriptedChatModel::new(greeting()));
    let student = world.student().await;
    let hackathon = world.hackathon(30, 8_000).await;
    let conversation = world.begin(student, &hackathon).await;
    world.say(student, conversation.id, "Bonjour").await.unwrap();
    let hand_in = |answer: &str| HandIn { prompt: "Bonjour".to_owned(), answer: answer.to_owned() };
    for wrong in ["", "Bonjour", "bonjour !", "something else"] {
        let error = world.conversations.hand_in(student, conversation.id, &hand_in(wrong)).await.unwrap_err();
        assert_eq!(error.fields()[0].field, "reponseIAFinale", "{wrong}");
    }
    world.conversations.hand_in(student, conversation.id, &hand_in("Bonjour !")).await.unwrap();
    let replaced = world.conversations.hand_in(student, conversation.id, &hand_in("Bonjour !")).await.unwrap();
    assert!(replaced.is_gradable());
    assert_eq!(world.say(student, conversation.id, "Encore").await.unwrap_err().code(), "INVALID_STATE");
    let other = world.student().await;
    assert_eq!(world.conversations.hand_in(other, conversation.id, &hand_in("Bonjour !")).await.unwrap_err().code(), "NOT_FOUND");

    world.hackathons.transition(world.actor(Role::Admin), hackathon.id, HackathonStatus::Finished).await.unwrap();
    let error = world.conversations.hand_in(student, conversation.id, &hand_in("Bonjour !")).await.unwrap_err();
    assert_eq!(error.code(), "HACKATHON_CLOSED");
}

#[tokio::test]
async fn nobody_takes_part_without_consent_or_outside_the_dates() {
    let world = World::with(ScriptedChatModel::new(greeting()));
    let hackathon = world.hackathon(30, 8_000).await;
    let stranger = world.actor(Role::User);
    assert_eq!(world.try_begin(stranger, &hackathon).await.unwrap_err().code(), "CONSENT_REQUIRED");
    let mut unwilling = atelier_testkit::participant(stranger.user_id);
    unwilling.consent = None;
    world.put(unwilling).await;
    assert_eq!(world.try_begin(stranger, &hackathon).await.unwrap_err().code(), "CONSENT_REQUIRED");
    let examiner = world.actor(Role::Examiner);
    world.put(atelier_testkit::participant(examiner.user_id)).await;
    assert_eq!(world.try_begin(examiner, &hackathon).await.unwrap_err().code(), "FORBIDDEN");

    let student = world.student().await;
    let conversation = world.begin(student, &hackathon).await;
    world.clock.set(hackathon.dates.ends_at + chrono::TimeDelta::milliseconds(1));
    assert_eq!(world.try_begin(student, &hackathon).await.unwrap_err().code(), "HACKATHON_CLOSED");
    assert_eq!(world.say(student, conversation.id, "Bonjour").await.unwrap_err().code(), "HACKATHON_CLOSED");
    world.clock.set(hackathon.dates.ends_at);
    world.say(student, conversation.id, "Bonjour").await.unwrap();
}

#[tokio::test]
async fn who_hands_in_is_warned_of_what_the_texts_tell() {
    use atelier_domain::challenge::anonymity::LeakKind::{Email, Name};
    use atelier_domain::challenge::conversations::LeakPlace::{Messages, Prompt};
    let world = World::with(ScriptedChatModel::new(greeting()));
    let student = world.student().await;
    let open = atelier_domain::challenge::hackathons::Hackathon { anonymous: false, ..atelier_testkit::hackathon() };
    world.keep(&open).await;
    for (hackathon, expected) in
        [(world.hackathon(30, 8_000).await, vec![(Prompt, Name), (Messages, Name), (Messages, Email)]), (open, Vec::new())]
    {
        let conversation = world.begin(student, &hackathon).await;
        world.say(student, conversation.id, "Je suis Lovelace").await.unwrap();
        world.say(student, conversation.id, "Écris à countess@analytical.example, signé Lovelace").await.unwrap();
        let version = HandIn { prompt: "Un texte d'аdalovelace".to_owned(), answer: "Bonjour !".to_owned() };
        let handed_in = world.conversations.hand_in(student, conversation.id, &version).await.unwrap();
        let leaks = world.conversations.leaks(&handed_in).await.unwrap();
        assert_eq!(leaks.iter().map(|leak| (leak.place, leak.kind)).collect::<Vec<_>>(), expected);
    }
}
