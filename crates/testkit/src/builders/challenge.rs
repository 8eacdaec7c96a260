//! Prompt Challenge's entities.

use atelier_domain::challenge::analytics::{AnalyticsEvent, AnalyticsKind, Datum};
use atelier_domain::challenge::chat::MicroCredits;
use atelier_domain::challenge::conversations::{Conversation, FinalVersion, Message, MessageRole, MessageState, Parameters};
use atelier_domain::challenge::enrolments::{Enrolment, EnrolmentKey, Ledger};
use atelier_domain::challenge::evaluations::{Assignment, AssignmentState, Comment, Evaluation, Note};
use atelier_domain::challenge::hackathons::{Hackathon, HackathonDates, HackathonStatus, Quotas, Task};
use atelier_domain::challenge::participants::{AccountTokens, ConsentGiven, Participant, ParticipantProfile};
use atelier_domain::challenge::results::PublishedResults;
use atelier_domain::identity::{Account, Role};
use atelier_domain::kernel::{ConversationId, EntityId, HackathonId, UserId};
use chrono::TimeDelta;

use super::identity::fresh;
use crate::builders::{account_of, name, noon};

/// A student who agreed to the processing of the data, without an own budget of tokens, made at [`noon`].
pub fn participant(account_id: UserId) -> Participant {
    Participant {
        account_id,
        role: Role::Student,
        profile: ParticipantProfile { first_name: "Ada".to_owned(), last_name: "Lovelace".to_owned(), ..ParticipantProfile::default() },
        consent: Some(ConsentGiven { given: true, version: "2026-01".to_owned(), at: noon() }),
        tokens: AccountTokens::default(),
        created_at: noon(),
        updated_at: noon(),
    }
}

/// A running, anonymous hackathon of one task and the quotas of the preset `standard`, from a day before [`noon`] to a day after it.
pub fn hackathon() -> Hackathon {
    Hackathon {
        id: fresh(),
        name: "Spring hackathon".to_owned(),
        description: "Prompts for a good cause".to_owned(),
        objectives: "Write prompts".to_owned(),
        dates: HackathonDates { starts_at: noon() - TimeDelta::days(1), ends_at: noon() + TimeDelta::days(1), archive_at: None },
        anonymous: true,
        quotas: Quotas { prompts: 30, tokens: 8_000 },
        tasks: vec![Task { id: "summary".parse().unwrap(), label: "Summary".to_owned() }],
        status: HackathonStatus::Running,
        published_at: None,
        version: 1,
        created_at: noon(),
        updated_at: noon(),
    }
}

/// The enrolment of a student who has used nothing yet, under a pseudonym nobody else in this process has.
pub fn enrolment(hackathon_id: HackathonId, student_id: UserId) -> Enrolment {
    Enrolment {
        key: EnrolmentKey { hackathon_id, student_id, test: false },
        pseudonym: format!("Candidat-{}", fresh::<UserId>()),
        ledger: Ledger::default(),
        created_at: noon(),
    }
}

/// An empty conversation, begun at [`noon`]. Aliases have another order than ids.
pub fn conversation(hackathon_id: HackathonId, student_id: UserId) -> Conversation {
    let id: ConversationId = fresh();
    let mut alias = id.bytes();
    alias.reverse();
    Conversation {
        id,
        alias: ConversationId::from_bytes(alias),
        hackathon_id,
        task_id: "summary".parse().unwrap(),
        student_id,
        group_id: None,
        parameters: Parameters {
            model_name: "gpt-3.5-turbo".to_owned(),
            temperature: Parameters::DEFAULT_TEMPERATURE,
            max_tokens: Parameters::DEFAULT_MAX_TOKENS,
        },
        max_tokens_used: None,
        temperature_used: None,
        message_count: 0,
        size: 0,
        models: Vec::new(),
        cost: MicroCredits(0),
        final_version: None,
        in_flight: None,
        evaluation_count: 0,
        test: false,
        archived: false,
        created_at: noon(),
        updated_at: noon(),
    }
}

/// What a student hands in, at [`noon`].
pub fn final_version() -> FinalVersion {
    FinalVersion { prompt: "Summarise the text".to_owned(), answer: "A summary".to_owned(), submitted_at: noon() }
}

/// A student's message, written at [`noon`].
pub fn prompt(content: &str) -> Message {
    Message {
        id: fresh(),
        role: MessageRole::Student,
        content: content.to_owned(),
        state: MessageState::Complete,
        created_at: noon(),
        token_count: None,
        estimated: false,
        model_used: None,
        cost: None,
        finish_reason: None,
    }
}

/// A model's whole answer, written at [`noon`].
pub fn answer(content: &str) -> Message {
    Message { role: MessageRole::Assistant, ..prompt(content) }
}

/// An examiner's note of 7.5 on the conversation, given at [`noon`].
pub fn evaluation(conversation: &Conversation, examiner_id: UserId) -> Evaluation {
    Evaluation {
        id: fresh(),
        conversation_id: conversation.id,
        student_id: conversation.student_id,
        examiner_id,
        hackathon_id: conversation.hackathon_id,
        task_id: conversation.task_id.clone(),
        note: Note::parse(7.5).unwrap(),
        comment: Comment::parse("Clear and to the point").unwrap(),
        version: 1,
        graded_at: noon(),
        created_at: noon(),
        updated_at: noon(),
    }
}

/// An examiner's claim of the conversation, made at [`noon`].
pub fn claim(conversation: &Conversation, examiner_id: UserId) -> Assignment {
    Assignment {
        conversation_id: conversation.id,
        examiner_id,
        hackathon_id: conversation.hackathon_id,
        state: AssignmentState::Claimed { until: noon() + Assignment::CLAIMED_FOR },
        at: noon(),
    }
}

/// An event at [`noon`] with metadata.
pub fn analytics_event(kind: AnalyticsKind, user_id: UserId) -> AnalyticsEvent {
    let metadata = [("action".to_owned(), Datum::Code("contract".to_owned()))].into();
    AnalyticsEvent { id: fresh(), kind, user_id, hackathon_id: Some(fresh()), metadata, at: noon() }
}

/// An empty leaderboard, published at [`noon`].
pub fn published_results(hackathon_id: HackathonId) -> PublishedResults {
    PublishedResults { hackathon_id, published_at: noon(), content: r#"{"ranking":[]}"#.to_owned() }
}

/// The source document's test student: Test User, the password `password123` as bcrypt of cost 10, an address nobody else in this process
/// has. Account and participant.
pub fn test_student() -> (Account, Participant) {
    let id: UserId = fresh();
    let account = Account {
        password_hash: "$2b$10$N9qo8uLOickgx2ZMRZoMyeTfmMdmN8eFKxR3xiDBAJqt.vWQw1.JW".to_owned().into(),
        name: name("Test User"),
        role: Role::Student,
        ..account_of(id, &format!("test{id}@example.com"))
    };
    let profile = ParticipantProfile { first_name: "Test".to_owned(), last_name: "User".to_owned(), ..ParticipantProfile::default() };
    (account, Participant { profile, ..participant(id) })
}

/// The source document's test conversation with `gpt-3.5-turbo`, and its one message.
pub fn test_conversation(hackathon_id: HackathonId, student_id: UserId) -> (Conversation, Message) {
    let message = prompt("Bonjour, comment ça va ?");
    let conversation = Conversation { message_count: 1, size: message.content.len() as u64, ..conversation(hackathon_id, student_id) };
    (conversation, message)
}
