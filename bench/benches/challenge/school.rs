//! A generated hackathon, always the same: ids and texts count up from a seed, so that a database filled by an earlier run fits.

use atelier_adapter_credentials::{InstallationSecrets, RandomSecrets};
use atelier_bench::service::SECRET;
use atelier_domain::challenge::chat::MicroCredits;
use atelier_domain::challenge::conversations::{Conversation, FinalVersion, Message, ModelTokens};
use atelier_domain::challenge::enrolments::{Enrolment, Ledger};
use atelier_domain::challenge::evaluations::{Assignment, Comment, Evaluation, Note};
use atelier_domain::challenge::hackathons::{Hackathon, HackathonDates, HackathonStatus, Quotas, Task};
use atelier_domain::challenge::participants::{Participant, ParticipantProfile, StudentProfile};
use atelier_domain::identity::{Account, Role};
use atelier_domain::kernel::{ConversationId, HackathonId, SecretGenerator, SecretString, UserId};
use atelier_testkit::{SeededIds, account_of, answer, claim, conversation, enrolment, evaluation, hackathon, noon, participant, prompt};
use chrono::TimeDelta;

use crate::texts;

pub(crate) const STUDENTS: usize = 1_000;
pub(crate) const CONVERSATIONS: usize = 10_000;
pub(crate) const EVALUATIONS: usize = 5_000;
pub(crate) const EXAMINERS: usize = 50;
const HACKATHONS: usize = 20;
const PER_STUDENT: usize = CONVERSATIONS / STUDENTS;
/// Every student hands in one conversation, so that the leaderboard has a row for each.
pub(crate) const NOTES: usize = EVALUATIONS / STUDENTS;
/// Claims that have run out.
const CLAIMS: usize = 200;

/// A conversation with its messages.
pub(crate) struct Talk {
    pub(crate) conversation: Conversation,
    pub(crate) messages: Vec<Message>,
}

/// Everything there is.
pub(crate) struct School {
    pub(crate) people: Vec<(Account, Participant)>,
    pub(crate) admin: UserId,
    pub(crate) examiners: Vec<UserId>,
    pub(crate) students: Vec<UserId>,
    pub(crate) hackathon: Hackathon,
    pub(crate) others: Vec<Hackathon>,
    pub(crate) enrolments: Vec<Enrolment>,
    pub(crate) talks: Vec<Talk>,
    pub(crate) evaluations: Vec<Evaluation>,
    pub(crate) claims: Vec<Assignment>,
}

fn alias(secrets: &RandomSecrets, hackathon: HackathonId, id: ConversationId) -> ConversationId {
    secrets.digest(&format!("challenge.alias:{hackathon}"), &id.to_string())[..24].parse().unwrap()
}

fn person(ids: &SeededIds, role: Role, number: usize) -> (Account, Participant) {
    let id: UserId = ids.make();
    let account = Account { role, ..account_of(id, &format!("{}{number}@ecole.example.com", role.as_str())) };
    let student = (role == Role::Student).then(|| StudentProfile {
        level: "L3".to_owned(),
        field_of_study: "Informatique".to_owned(),
        group_id: Some(format!("groupe-{}", number / 25)),
    });
    let profile = ParticipantProfile {
        first_name: format!("Prénom{number}"),
        last_name: format!("Nom-de-famille{number}"),
        student_number: student.as_ref().map(|_| format!("E{number:06}")),
        student,
        ..ParticipantProfile::default()
    };
    let created_at = noon() + TimeDelta::seconds(i64::try_from(number).unwrap());
    (account, Participant { role, profile, created_at, ..participant(id) })
}

fn event(ids: &SeededIds, number: usize, anonymous: bool) -> Hackathon {
    let starts_at = noon() - TimeDelta::days(30 + i64::try_from(number).unwrap());
    Hackathon {
        id: ids.make(),
        name: format!("Hackathon d'ingénierie de prompts n° {number}"),
        description: texts::prompt(number),
        objectives: texts::answer(number),
        dates: HackathonDates { starts_at, ends_at: starts_at + TimeDelta::days(7), archive_at: None },
        anonymous,
        quotas: Quotas { prompts: 50, tokens: 15_000 },
        tasks: (0..PER_STUDENT).map(task).collect(),
        status: HackathonStatus::Finished,
        ..hackathon()
    }
}

fn task(number: usize) -> Task {
    Task { id: format!("tache-{number}").parse().unwrap(), label: format!("Tâche {number} : {}", texts::prompt(number)) }
}

fn talk(ids: &SeededIds, secrets: &RandomSecrets, hackathon: &Hackathon, student: UserId, number: usize) -> Talk {
    let created_at = hackathon.dates.starts_at + TimeDelta::seconds(i64::try_from(number * 53).unwrap());
    let mut messages = Vec::new();
    for turn in 0..2 + number % 3 {
        let at = created_at + TimeDelta::minutes(i64::try_from(turn).unwrap());
        let seed = number * 4 + turn;
        messages.push(Message { id: ids.make(), created_at: at, ..prompt(&texts::prompt(seed)) });
        messages.push(Message {
            id: ids.make(),
            created_at: at,
            token_count: Some(300),
            model_used: Some("gpt-3.5-turbo".to_owned()),
            cost: Some(MicroCredits(450)),
            finish_reason: Some("stop".to_owned()),
            ..answer(&texts::answer(seed))
        });
    }
    let handed_in = number % PER_STUDENT == (number / PER_STUDENT) % PER_STUDENT;
    let last = &messages[messages.len() - 2..];
    let updated_at = created_at + TimeDelta::minutes(10);
    let id: ConversationId = ids.make();
    let conversation = Conversation {
        id,
        alias: alias(secrets, hackathon.id, id),
        task_id: hackathon.tasks[number % PER_STUDENT].id.clone(),
        message_count: u32::try_from(messages.len()).unwrap(),
        size: messages.iter().map(|message| message.content.len() as u64).sum(),
        models: vec![ModelTokens { model: "gpt-3.5-turbo".to_owned(), tokens: 700 + (number % 97) as u64 }],
        cost: MicroCredits(1_350),
        final_version: handed_in.then(|| FinalVersion {
            prompt: last[0].content.clone(),
            answer: last[1].content.clone(),
            submitted_at: updated_at,
        }),
        evaluation_count: if handed_in { u32::try_from(NOTES).unwrap() } else { 0 },
        created_at,
        updated_at,
        ..conversation(hackathon.id, student)
    };
    Talk { conversation, messages }
}

impl School {
    /// Makes it.
    pub(crate) fn generate() -> Self {
        let ids = SeededIds::new(0x00c4_a11e);
        let secrets = RandomSecrets::new(&InstallationSecrets::derived_from(&SecretString::from(SECRET)).digest);
        let hackathon = event(&ids, 0, true);
        let others = (1..HACKATHONS).map(|number| event(&ids, number, number % 2 == 0)).collect();
        let mut people: Vec<_> = (0..STUDENTS).map(|number| person(&ids, Role::Student, number)).collect();
        let students: Vec<UserId> = people.iter().map(|(account, _)| account.id).collect();
        let jury: Vec<_> = (0..EXAMINERS).map(|number| person(&ids, Role::Examiner, number)).collect();
        let examiners: Vec<UserId> = jury.iter().map(|(account, _)| account.id).collect();
        people.extend(jury);
        people.push(person(&ids, Role::Admin, 0));
        let admin = people[people.len() - 1].0.id;
        let used = Ledger { prompts_used: 30, tokens_used: 9_000, ..Ledger::default() };
        let enrol = |(number, student): (usize, &UserId)| Enrolment {
            pseudonym: format!("Candidat-{number:04}"),
            ledger: used.clone(),
            ..enrolment(hackathon.id, *student)
        };
        let enrolments = students.iter().enumerate().map(enrol).collect();
        let talks: Vec<Talk> =
            (0..CONVERSATIONS).map(|number| talk(&ids, &secrets, &hackathon, students[number / PER_STUDENT], number)).collect();
        let handed_in = talks.iter().map(|talk| &talk.conversation).filter(|conversation| conversation.final_version.is_some());
        let (mut evaluations, mut claims) = (Vec::new(), Vec::new());
        for (number, conversation) in handed_in.enumerate() {
            for note in 0..NOTES {
                // 11 is prime to the number of examiners: no conversation meets one twice.
                let examiner = examiners[(number * 7 + note * 11) % EXAMINERS];
                let seed = number * NOTES + note;
                let graded_at = noon() + TimeDelta::seconds(i64::try_from(seed).unwrap());
                evaluations.push(Evaluation {
                    id: ids.make(),
                    note: Note::from_halves(2 + u8::try_from((seed * 31 + number) % 19).unwrap()).unwrap(),
                    comment: Comment::parse(&texts::comment(seed)).unwrap(),
                    graded_at,
                    ..evaluation(conversation, examiner)
                });
            }
            if number < CLAIMS {
                claims.push(claim(conversation, examiners[(number * 7 + NOTES * 11) % EXAMINERS]));
            }
        }
        Self { people, admin, examiners, students, hackathon, others, enrolments, talks, evaluations, claims }
    }
}
