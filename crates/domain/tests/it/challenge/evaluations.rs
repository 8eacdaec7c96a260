//! The jury: what it sees, how it grades, what it never learns.

use atelier_domain::challenge::conversations::{Conversation, HandIn};
use atelier_domain::challenge::evaluations::{ChangeEvaluation, EvaluationFilter, NewEvaluation, QueueState};
use atelier_domain::challenge::hackathons::{Hackathon, HackathonStatus};
use atelier_domain::challenge::results::ResultsService;
use atelier_domain::challenge::{ChallengeError, ChallengeStore};
use atelier_domain::identity::{Actor, Role};
use atelier_domain::kernel::{Coded, ConversationId, Page};
use atelier_testkit::ScriptedChatModel;

use super::world::{World, greeting};

const COMMENT: &str = "Un travail clair et complet.";

async fn world() -> World {
    World::with(ScriptedChatModel::new(greeting()))
}

/// A conversation that was handed in.
async fn handed_in(world: &World, student: Actor, hackathon: &Hackathon) -> Conversation {
    let conversation = world.begin(student, hackathon).await;
    world.say(student, conversation.id, "Bonjour, je suis Ada Lovelace (countess@analytical.example)").await.unwrap();
    let command =
        HandIn { prompt: "Bonjour, je suis Ada Lovelace (countess@analytical.example)".to_owned(), answer: "Bonjour !".to_owned() };
    world.conversations.hand_in(student, conversation.id, &command).await.unwrap()
}

fn note(conversation_id: ConversationId, note: f64) -> NewEvaluation {
    NewEvaluation { conversation_id, note, comment: COMMENT.to_owned() }
}

#[tokio::test]
async fn an_examiner_grades_by_the_alias_once_and_learns_nothing_of_the_student() {
    let world = world().await;
    let (student, examiner) = (world.student().await, world.actor(Role::Examiner));
    let hackathon = world.hackathon(30, 8_000).await;
    let conversation = handed_in(&world, student, &hackathon).await;

    let queue = world.evaluations.queue(examiner, hackathon.id).await.unwrap();
    assert_eq!((queue.len(), queue[0].conversation_id, queue[0].state), (1, conversation.alias, QueueState::Open));
    let seen = world.conversations.get(examiner, conversation.alias).await.unwrap();
    let mask = seen.mask.as_ref().unwrap();
    let shown = mask.masked(&seen.conversation.final_version.as_ref().unwrap().prompt);
    assert_eq!(shown, "Bonjour, je suis [masqué] ([masqué])");
    let by_id = world.conversations.get(examiner, conversation.id).await.map(drop).unwrap_err();
    assert_eq!(by_id.code(), "NOT_FOUND", "the conversation's own id tells when it was made");

    let given = world.evaluations.grade(examiner, &note(conversation.alias, 7.5), None).await.unwrap();
    assert_eq!((given.conversation_id, given.student_id), (conversation.alias, None));
    let again = world.evaluations.grade(examiner, &note(conversation.alias, 8.0), None).await.unwrap_err();
    assert!(matches!(again, ChallengeError::AlreadyEvaluated { existing: Some(id) } if id == given.evaluation.id), "{again:?}");
    assert_eq!(world.conversation(conversation.id).await.evaluation_count, 1);
    assert_eq!(world.evaluations.queue(examiner, hackathon.id).await.unwrap()[0].state, QueueState::Graded);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_50_evaluations_of_one_examiner_at_once_one_is_stored() {
    let world = world().await;
    let (student, examiner) = (world.student().await, world.actor(Role::Examiner));
    let hackathon = world.hackathon(30, 8_000).await;
    let conversation = handed_in(&world, student, &hackathon).await;
    let tasks: Vec<_> = (0..50)
        .map(|_| {
            let service = world.evaluations.clone();
            tokio::spawn(async move { service.grade(examiner, &note(conversation.alias, 5.0), None).await.map(drop) })
        })
        .collect();
    let mut stored = 0;
    for task in tasks {
        match task.await.unwrap() {
            Ok(()) => stored += 1,
            Err(error) => assert_eq!(error.code(), "EVALUATION_EXISTS"),
        }
    }
    assert_eq!((stored, world.conversation(conversation.id).await.evaluation_count), (1, 1));
}

#[tokio::test]
async fn trials_unfinished_work_and_ones_own_are_not_graded() {
    let world = world().await;
    let (student, examiner) = (world.student().await, world.actor(Role::Examiner));
    let hackathon = world.hackathon(30, 8_000).await;
    let open = world.begin(student, &hackathon).await;
    assert_eq!(world.evaluations.grade(examiner, &note(open.alias, 5.0), None).await.unwrap_err().code(), "NOT_FOUND");
    let conversation = handed_in(&world, student, &hackathon).await;
    for role in [Role::Student, Role::User, Role::Premium] {
        let error = world.evaluations.grade(world.actor(role), &note(conversation.alias, 5.0), None).await.unwrap_err();
        assert_eq!(error.code(), "FORBIDDEN");
    }
    let turned_examiner = Actor { role: Role::Examiner, ..student };
    let own = world.evaluations.grade(turned_examiner, &note(conversation.alias, 10.0), None).await.unwrap_err();
    assert_eq!(own.code(), "NOT_FOUND");
}

#[tokio::test]
async fn wrong_notes_and_comments_are_refused_in_the_words_of_the_source() {
    let world = world().await;
    let examiner = world.actor(Role::Examiner);
    let id = world.hackathon(1, 1).await.id;
    let wrong = NewEvaluation {
        conversation_id: atelier_domain::kernel::EntityId::from_bytes(atelier_domain::kernel::EntityId::bytes(&id)),
        note: 10.5,
        comment: "  9 lettres  ".to_owned(),
    };
    let error = world.evaluations.grade(examiner, &wrong, None).await.unwrap_err();
    let messages: Vec<_> = error.fields().iter().map(|field| field.message.as_str()).collect();
    assert_eq!(messages, ["La note doit être au maximum de 10", "Le commentaire doit contenir au moins 10 caractères"]);
}

#[tokio::test]
async fn an_evaluation_is_changed_by_its_version_and_fixed_once_published() {
    let world = world().await;
    let (student, examiner, admin) = (world.student().await, world.actor(Role::Examiner), world.actor(Role::Admin));
    let hackathon = world.hackathon(30, 8_000).await;
    let conversation = handed_in(&world, student, &hackathon).await;
    let id = world.evaluations.grade(examiner, &note(conversation.alias, 4.0), None).await.unwrap().evaluation.id;
    let change = |note, expected_version| ChangeEvaluation { note: Some(note), comment: None, expected_version };
    let changed = world.evaluations.change(examiner, id, &change(6.0, Some(1))).await.unwrap();
    assert_eq!((changed.evaluation.note.value(), changed.evaluation.version), (6.0, 2));
    let stale = world.evaluations.change(examiner, id, &change(9.0, Some(1))).await.unwrap_err();
    assert_eq!(stale.code(), "PRECONDITION_FAILED");
    let other = world.evaluations.change(world.actor(Role::Examiner), id, &change(9.0, None)).await.unwrap_err();
    assert_eq!(other.code(), "NOT_FOUND");
    let edits: Vec<_> = world
        .store
        .audit_trail()
        .into_iter()
        .filter(|entry| entry.action == "challenge.evaluation_changed")
        .map(|entry| entry.details)
        .collect();
    assert_eq!(edits, ["note=4->6 comment_changed=false version=2"]);

    world.hackathons.transition(admin, hackathon.id, HackathonStatus::Finished).await.unwrap();
    let results = ResultsService::new(world.jury());
    results.publish(admin, hackathon.id).await.unwrap();
    for error in [
        world.evaluations.change(examiner, id, &change(9.0, None)).await.unwrap_err(),
        world.evaluations.delete(examiner, id).await.unwrap_err(),
        world.evaluations.grade(world.actor(Role::Examiner), &note(conversation.alias, 5.0), None).await.unwrap_err(),
    ] {
        assert_eq!(error.code(), "INVALID_STATE");
    }
    assert_eq!(results.publish(admin, hackathon.id).await.unwrap_err().code(), "INVALID_STATE");
}

#[tokio::test]
async fn others_notes_are_hidden_until_ones_own_is_in() {
    let world = world().await;
    let (student, first, second) = (world.student().await, world.actor(Role::Examiner), world.actor(Role::Examiner));
    let hackathon = world.hackathon(30, 8_000).await;
    let conversation = handed_in(&world, student, &hackathon).await;
    let id = world.evaluations.grade(first, &note(conversation.alias, 4.0), None).await.unwrap().evaluation.id;
    assert_eq!(world.evaluations.get(second, id).await.unwrap_err().code(), "NOT_FOUND");
    world.evaluations.grade(second, &note(conversation.alias, 9.0), None).await.unwrap();
    let shown = world.evaluations.get(second, id).await.unwrap();
    assert_eq!((shown.conversation_id, shown.student_id), (conversation.alias, None));
    assert_eq!(world.evaluations.get(student, id).await.unwrap_err().code(), "NOT_FOUND", "students wait for the publication");

    let all = EvaluationFilter::default();
    assert_eq!(world.evaluations.list(second, &all, &Page::default()).await.unwrap().total, 1);
    assert_eq!(world.evaluations.list(student, &all, &Page::default()).await.unwrap().total, 0);
    assert_eq!(world.evaluations.list(world.actor(Role::Admin), &all, &Page::default()).await.unwrap().total, 2);
    let stats = world.evaluations.stats(first, hackathon.id).await.unwrap();
    assert_eq!((stats.average, stats.total), (Some(6.5), 2));
}

#[tokio::test]
async fn two_examiners_claim_a_conversation_a_third_finds_no_place_until_one_recuses() {
    let world = world().await;
    let student = world.student().await;
    let hackathon = world.hackathon(30, 8_000).await;
    let alias = handed_in(&world, student, &hackathon).await.alias;
    let [first, second, third] = [0; 3].map(|_| world.actor(Role::Examiner));
    world.evaluations.claim(first, alias).await.unwrap();
    world.evaluations.claim(second, alias).await.unwrap();
    world.evaluations.claim(second, alias).await.unwrap();
    assert_eq!(world.evaluations.claim(third, alias).await.unwrap_err().code(), "ALREADY_CLAIMED");
    assert!(world.evaluations.queue(third, hackathon.id).await.unwrap().is_empty());
    world.evaluations.recuse(first, alias).await.unwrap();
    assert_eq!(world.evaluations.grade(first, &note(alias, 5.0), None).await.unwrap_err().code(), "INVALID_STATE");
    assert!(world.evaluations.queue(first, hackathon.id).await.unwrap().is_empty());
    world.evaluations.claim(third, alias).await.unwrap();
    world.clock.advance(std::time::Duration::from_secs(30 * 60));
    world.evaluations.claim(world.actor(Role::Examiner), alias).await.unwrap();
}

#[tokio::test]
async fn results_are_ranked_published_once_and_shown_to_students_only_then() {
    let world = world().await;
    let admin = world.actor(Role::Admin);
    let hackathon = world.hackathon(30, 8_000).await;
    let (good, weak, ungraded) = (world.student().await, world.student().await, world.student().await);
    let mut aliases = Vec::new();
    for student in [good, weak, ungraded] {
        aliases.push(handed_in(&world, student, &hackathon).await.alias);
    }
    for (alias, notes) in [(aliases[0], [9.0, 8.0]), (aliases[1], [3.0, 7.0])] {
        for value in notes {
            world.evaluations.grade(world.actor(Role::Examiner), &note(alias, value), None).await.unwrap();
        }
    }
    let results = ResultsService::new(world.jury());
    assert_eq!(results.leaderboard(good, hackathon.id).await.unwrap_err().code(), "NOT_FOUND");
    assert_eq!(results.publish(admin, hackathon.id).await.unwrap_err().code(), "INVALID_STATE", "it still runs");
    world.hackathons.transition(admin, hackathon.id, HackathonStatus::Finished).await.unwrap();
    let live = results.leaderboard(admin, hackathon.id).await.unwrap();
    let ranks: Vec<_> = live.rows.iter().map(|row| (row.rank, row.conversation, row.mean, row.divergent)).collect();
    assert_eq!(ranks, [(Some(1), aliases[0], Some(8.5), false), (Some(2), aliases[1], Some(5.0), true), (None, aliases[2], None, false),]);
    assert!(live.rows.iter().all(|row| row.pseudonym.starts_with("Candidat-")));
    let (published, _) = results.publish(admin, hackathon.id).await.unwrap();
    assert_eq!((published == live, results.leaderboard(weak, hackathon.id).await.unwrap() == live), (true, true));

    let jury = results.agreement(admin, hackathon.id).await.unwrap();
    assert_eq!((jury.compared, jury.judges.len(), jury.divergent), (2, 4, vec![aliases[1]]));
    let mut export = results.begin_export(admin, hackathon.id, atelier_domain::challenge::results::Exported::Evaluations).await.unwrap();
    let mut rows = 0;
    while let Some(batch) = export.next().await.unwrap() {
        assert!(batch.iter().all(|row| row.len() == export.what().columns().len()));
        rows += batch.len();
    }
    assert_eq!(rows, 4);
    let found = results.similarity(admin, hackathon.id).await.unwrap().compute();
    assert_eq!((found[0].compared, found[0].found.total), (3, 3), "three students, one prompt");
}

#[tokio::test]
async fn names_stand_beside_pseudonyms_unless_the_hackathon_is_anonymous_or_the_person_is_gone() {
    use atelier_domain::challenge::ChallengePersonalData;
    use atelier_domain::challenge::hackathons::Hackathon;
    use atelier_domain::kernel::{EntityId, PersonalData};
    let world = world().await;
    let (ada, grace) = (world.student().await, world.student().await);
    let open = Hackathon { id: EntityId::from_bytes([9; 12]), anonymous: false, ..atelier_testkit::hackathon() };
    world.keep(&open).await;
    let anonymous = world.hackathon(30, 8_000).await;
    for hackathon in [&open, &anonymous] {
        for student in [ada, grace] {
            handed_in(&world, student, hackathon).await;
        }
    }
    let results = ResultsService::new(world.jury());
    assert!(results.names(anonymous.id).await.unwrap().is_empty());
    let board = results.leaderboard(world.actor(Role::Admin), open.id).await.unwrap();
    let names = results.names(open.id).await.unwrap();
    assert_eq!(names.len(), 2);
    assert!(board.rows.iter().all(|row| !names[&row.pseudonym].first_name.is_empty() && !names[&row.pseudonym].last_name.is_empty()));
    ChallengePersonalData::new(world.ports.store.clone(), world.ports.ids.clone()).erase(ada.user_id).await.unwrap();
    assert_eq!(results.names(open.id).await.unwrap().len(), 1);
}

#[tokio::test]
async fn erasure_after_the_end_keeps_the_notes_under_nobodys_name() {
    use atelier_domain::challenge::ChallengePersonalData;
    use atelier_domain::kernel::PersonalData;
    let world = world().await;
    let (student, admin) = (world.student().await, world.actor(Role::Admin));
    let hackathon = world.hackathon(30, 8_000).await;
    let conversation = handed_in(&world, student, &hackathon).await;
    world.evaluations.grade(world.actor(Role::Examiner), &note(conversation.alias, 6.0), None).await.unwrap();
    world.hackathons.transition(admin, hackathon.id, HackathonStatus::Finished).await.unwrap();
    let duty = ChallengePersonalData::new(world.ports.store.clone(), world.ports.ids.clone());
    let exported = duty.export(student.user_id).await.unwrap().data;
    assert_eq!(exported["conversations"][0]["messages"][0]["content"], "Bonjour, je suis Ada Lovelace (countess@analytical.example)");
    assert_eq!(exported["evaluationsReceived"][0]["note"], 6.0);
    for _ in 0..2 {
        duty.erase(student.user_id).await.unwrap();
        let held = world.store.collections_holding(student.user_id);
        assert!(!duty.collections().iter().any(|collection| held.contains(collection)), "{held:?}");
    }
    let left = world.conversation(conversation.id).await;
    assert_eq!(left.final_version.map(|version| version.prompt), Some(String::new()));
    assert_eq!(ChallengeStore::evaluations(&world.store).stats(hackathon.id).await.unwrap().total, 1);
}

#[tokio::test]
async fn a_hackathon_is_archived_when_no_examiner_is_grading_unless_forced() {
    let world = world().await;
    let (admin, one, two) = (world.actor(Role::Admin), world.actor(Role::Examiner), world.actor(Role::Examiner));
    let hackathon = world.hackathon(30, 8_000).await;
    let (first, second) = (world.student().await, world.student().await);
    let works = [handed_in(&world, first, &hackathon).await, handed_in(&world, second, &hackathon).await];
    world.hackathons.transition(admin, hackathon.id, HackathonStatus::Finished).await.unwrap();
    world.evaluations.claim(one, works[0].alias).await.unwrap();
    world.evaluations.claim(two, works[1].alias).await.unwrap();
    world.evaluations.recuse(two, works[1].alias).await.unwrap();
    let archive = async || world.hackathons.transition(admin, hackathon.id, HackathonStatus::Archived).await;
    let refused = archive().await.unwrap_err();
    assert!(matches!(&refused, ChallengeError::Transition(refused) if refused.because.is_some()), "{refused:?}");
    assert_eq!(refused.code(), "INVALID_TRANSITION");

    world.evaluations.grade(one, &note(works[0].alias, 6.0), None).await.unwrap();
    assert_eq!(archive().await.unwrap().status, HackathonStatus::Archived, "what is given or refused for good is not open");
}

#[tokio::test]
async fn a_claim_that_is_over_or_force_lets_a_hackathon_be_archived() {
    let world = world().await;
    let (admin, examiner) = (world.actor(Role::Admin), world.actor(Role::Examiner));
    for force in [false, true] {
        let hackathon = world.hackathon(30, 8_000).await;
        let work = handed_in(&world, world.student().await, &hackathon).await;
        world.hackathons.transition(admin, hackathon.id, HackathonStatus::Finished).await.unwrap();
        world.evaluations.claim(examiner, work.alias).await.unwrap();
        world.hackathons.transition(admin, hackathon.id, HackathonStatus::Archived).await.unwrap_err();
        let archived = if force {
            world.hackathons.force_transition(admin, hackathon.id, HackathonStatus::Archived).await.unwrap()
        } else {
            world.clock.advance(std::time::Duration::from_secs(30 * 60));
            world.hackathons.transition(admin, hackathon.id, HackathonStatus::Archived).await.unwrap()
        };
        assert_eq!(archived.status, HackathonStatus::Archived);
        let error = world.hackathons.force_transition(examiner, hackathon.id, HackathonStatus::Archived).await.unwrap_err();
        assert_eq!(error.code(), "FORBIDDEN");
        let error = world.hackathons.force_transition(admin, hackathon.id, HackathonStatus::Draft).await.unwrap_err();
        assert_eq!(error.code(), "INVALID_TRANSITION", "force opens no way that is not there");
    }
}

#[tokio::test]
async fn figures_tell_an_examiner_no_note_that_is_hidden_from_her() {
    let world = world().await;
    let (admin, one, two) = (world.actor(Role::Admin), world.actor(Role::Examiner), world.actor(Role::Examiner));
    let hackathon = world.hackathon(30, 8_000).await;
    let (first, second) = (world.student().await, world.student().await);
    let works = [handed_in(&world, first, &hackathon).await, handed_in(&world, second, &hackathon).await];
    world.evaluations.grade(one, &note(works[0].alias, 3.0), None).await.unwrap();
    world.evaluations.grade(one, &note(works[1].alias, 9.5), None).await.unwrap();
    let seen = async |actor| {
        let stats = world.evaluations.stats(actor, hackathon.id).await.unwrap();
        (stats.total, stats.average, stats.lowest.map(|note| note.value()), stats.highest.map(|note| note.value()))
    };
    assert_eq!(seen(two).await, (0, None, None, None));
    world.evaluations.grade(two, &note(works[0].alias, 4.0), None).await.unwrap();
    assert_eq!(seen(two).await, (2, Some(3.5), Some(3.0), Some(4.0)), "of the conversation she has graded");
    assert_eq!(seen(one).await, (3, Some(5.5), Some(3.0), Some(9.5)));
    assert_eq!(seen(admin).await, seen(one).await);
    world.hackathons.transition(admin, hackathon.id, HackathonStatus::Finished).await.unwrap();
    assert_eq!(seen(two).await.0, 2, "the jury goes on");
    ResultsService::new(world.jury()).publish(admin, hackathon.id).await.unwrap();
    assert_eq!(seen(two).await.0, 3);
}
