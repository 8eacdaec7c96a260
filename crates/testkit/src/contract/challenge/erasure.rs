//! How a person leaves.

use atelier_domain::challenge::Erasure;
use atelier_domain::challenge::conversations::{Conversation, ConversationFilter, FinalVersion, InFlight};
use atelier_domain::challenge::enrolments::{Enrolment, EnrolmentKey};
use atelier_domain::challenge::evaluations::Evaluation;
use atelier_domain::kernel::{HackathonId, Page, UserId};

use super::ChallengeUnderTest;
use crate::{answer, claim, conversation, enrolment, evaluation, final_version, hackathon, noon, participant, prompt, user};

/// The ends of what a person has: who leaves and who stays, a finished hackathon and one that goes on.
struct People {
    leaving: UserId,
    staying: UserId,
    finished: HackathonId,
    running: HackathonId,
}

impl People {
    /// Two students, enrolled in both hackathons and in a test.
    async fn enrolled(store: &ChallengeUnderTest) -> Self {
        let people = Self { leaving: user(), staying: user(), finished: hackathon().id, running: hackathon().id };
        for student in [people.leaving, people.staying] {
            let real = enrolment(people.finished, student);
            let test = EnrolmentKey { test: true, ..real.key };
            let test = Enrolment { key: test, ..enrolment(people.finished, student) };
            store.add_participants(&[participant(student)]).await;
            store.add_enrolments(&[real, test, enrolment(people.running, student)]).await;
        }
        people
    }

    fn erasure(&self) -> Erasure {
        Erasure { kept: vec![self.finished], stand_in: user() }
    }

    /// A stored conversation with texts of all kinds, graded by an examiner who has also claimed it.
    async fn work(&self, store: &ChallengeUnderTest, student: UserId, hackathon_id: HackathonId) -> (Conversation, Evaluation) {
        let messages = [prompt("my name is Ada"), answer("hello Ada")];
        let work = Conversation {
            group_id: Some("ada's group".to_owned()),
            final_version: Some(final_version()),
            message_count: 2,
            size: 23,
            evaluation_count: 1,
            ..conversation(hackathon_id, student)
        };
        let note = evaluation(&work, user());
        store.add_conversations(std::slice::from_ref(&work)).await;
        store.append(work.id, &messages).await;
        store.add_evaluations(std::slice::from_ref(&note)).await;
        store.assign(&[claim(&work, note.examiner_id)]).await;
        (work, note)
    }
}

async fn count(store: &ChallengeUnderTest, student_id: UserId) -> u64 {
    let filter = ConversationFilter { student_id: Some(student_id), with_archived: true, ..ConversationFilter::default() };
    store.challenge.conversations().list(&filter, &Page::default()).await.unwrap().total
}

/// What is left of a kept conversation.
fn without_texts(work: &Conversation, stand_in: UserId) -> Conversation {
    let blank = |last: &FinalVersion| FinalVersion { prompt: String::new(), answer: String::new(), submitted_at: last.submitted_at };
    Conversation {
        student_id: stand_in,
        group_id: None,
        message_count: 0,
        size: 0,
        final_version: work.final_version.as_ref().map(blank),
        in_flight: None,
        ..work.clone()
    }
}

/// Participant and enrolments go, those of others stay; a second time is no error.
pub async fn participant_and_enrolments_go(store: &ChallengeUnderTest) {
    let people = People::enrolled(store).await;
    for _ in 0..2 {
        store.challenge.erase_rows(people.leaving, &people.erasure()).await.unwrap();
        assert_eq!(store.challenge.participants().find(people.leaving).await.unwrap(), None);
        assert_eq!(store.challenge.enrolments().of_student(people.leaving).await.unwrap(), []);
        assert_eq!(store.challenge.participants().find(people.staying).await.unwrap(), Some(participant(people.staying)));
        assert_eq!(store.challenge.enrolments().of_student(people.staying).await.unwrap().len(), 3);
        assert_eq!(store.challenge.enrolments().of_hackathon(people.finished).await.unwrap().len(), 2);
    }
}

/// A conversation of a hackathon that is not kept goes with its messages, evaluations and claims; those of others stay whole.
pub async fn what_is_not_kept_goes(store: &ChallengeUnderTest) {
    let people = People::enrolled(store).await;
    let (gone, note) = people.work(store, people.leaving, people.running).await;
    let archived = Conversation { archived: true, ..conversation(people.running, people.leaving) };
    store.add_conversations(&[archived]).await;
    let (kept, kept_note) = people.work(store, people.staying, people.running).await;
    let texts = store.messages(kept.id).await;
    for _ in 0..2 {
        store.challenge.erase_rows(people.leaving, &people.erasure()).await.unwrap();
        assert_eq!(store.challenge.conversations().find(gone.id).await.unwrap(), None);
        assert_eq!(store.challenge.conversations().find_by_alias(gone.alias).await.unwrap(), None);
        assert_eq!(store.messages(gone.id).await, []);
        assert_eq!(count(store, people.leaving).await, 0);
        assert_eq!(store.challenge.evaluations().find(note.id).await.unwrap(), None);
        assert_eq!(store.conversation(kept.id).await, kept);
        assert_eq!(store.messages(kept.id).await, texts);
        assert_eq!(store.challenge.evaluations().of_hackathon(people.running, None, 10).await.unwrap(), std::slice::from_ref(&kept_note));
        let claims = store.challenge.assignments().of_hackathon(people.running).await.unwrap();
        assert_eq!(claims, [claim(&kept, kept_note.examiner_id)], "nobody is left with a claim of nothing");
    }
}

/// Where grades are kept the texts go, and what was graded stays under the stand-in, evaluations included; a second time changes nothing.
pub async fn what_is_kept_stays_without_texts(store: &ChallengeUnderTest) {
    let people = People::enrolled(store).await;
    let (graded, note) = people.work(store, people.leaving, people.finished).await;
    let on_its_way = InFlight { message_id: prompt("").id, seen_at: noon(), stop_requested: false };
    let unfinished = Conversation {
        group_id: Some("ada's group".to_owned()),
        in_flight: Some(on_its_way),
        archived: true,
        ..conversation(people.finished, people.leaving)
    };
    store.add_conversations(std::slice::from_ref(&unfinished)).await;
    let (other, others_note) = people.work(store, people.staying, people.finished).await;
    let texts = store.messages(other.id).await;
    let erasure = people.erasure();
    for erasure in [&erasure, &people.erasure()] {
        let stand_in = erasure.stand_in;
        store.challenge.erase_rows(people.leaving, erasure).await.unwrap();
        let first = store.conversation(graded.id).await.student_id;
        assert!(first != people.leaving && first != people.staying, "{stand_in}");
        for work in [&graded, &unfinished] {
            assert_eq!(store.conversation(work.id).await, without_texts(work, first));
            assert_eq!(store.messages(work.id).await, []);
        }
        assert!(!store.challenge.conversations().has_answer(graded.id, "hello Ada").await.unwrap());
        assert_eq!(count(store, people.leaving).await, 0);
        let kept = Evaluation { student_id: first, ..note.clone() };
        assert_eq!(store.challenge.evaluations().find(note.id).await.unwrap(), Some(kept));
        assert_eq!(store.challenge.conversations().gradable(people.finished, None, 10).await.unwrap().len(), 2, "the grade counts on");
        assert_eq!(store.conversation(other.id).await, other);
        assert_eq!(store.messages(other.id).await, texts);
        assert_eq!(store.challenge.evaluations().find(others_note.id).await.unwrap().as_ref(), Some(&others_note));
        assert_eq!(store.challenge.assignments().of_hackathon(people.finished).await.unwrap().len(), 2);
    }
    assert_eq!(store.conversation(graded.id).await.student_id, erasure.stand_in, "the first stand-in stays");
}

/// Without anything kept, conversations of every hackathon go.
pub async fn nothing_is_kept_unless_asked(store: &ChallengeUnderTest) {
    let people = People::enrolled(store).await;
    let works = [people.work(store, people.leaving, people.finished).await, people.work(store, people.leaving, people.running).await];
    store.challenge.erase_rows(people.leaving, &Erasure { kept: Vec::new(), stand_in: user() }).await.unwrap();
    for (work, note) in works {
        assert_eq!(store.challenge.conversations().find(work.id).await.unwrap(), None);
        assert_eq!(store.challenge.evaluations().find(note.id).await.unwrap(), None);
    }
}

/// Evaluations an examiner gave stay under the stand-in, in every hackathon; the examiner's claims and recusals go.
pub async fn an_examiner_leaves_the_notes_behind(store: &ChallengeUnderTest) {
    let people = People::enrolled(store).await;
    let works = [people.work(store, people.staying, people.finished).await.0, people.work(store, people.staying, people.running).await.0];
    let notes = works.each_ref().map(|work| evaluation(work, people.leaving));
    store.add_evaluations(&notes).await;
    store.assign(&works.each_ref().map(|work| claim(work, people.leaving))).await;
    let erasure = people.erasure();
    for erasure in [&erasure, &people.erasure()] {
        store.challenge.erase_rows(people.leaving, erasure).await.unwrap();
        assert_eq!(store.challenge.evaluations().graded_by(people.leaving, people.running).await.unwrap(), []);
        for work in &works {
            assert_eq!(store.challenge.assignments().of_examiner(people.leaving, work.hackathon_id).await.unwrap(), []);
            assert_eq!(store.challenge.assignments().of_hackathon(work.hackathon_id).await.unwrap().len(), 1, "others keep their claims");
            assert_eq!(store.challenge.evaluations().of_conversation(work.id).await.unwrap().len(), 2);
        }
    }
    for note in notes {
        let kept = Evaluation { examiner_id: erasure.stand_in, ..note };
        assert_eq!(store.challenge.evaluations().find(kept.id).await.unwrap(), Some(kept));
    }
}
