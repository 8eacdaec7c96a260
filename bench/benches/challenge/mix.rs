//! The reads, in the shares a running event has.

use atelier_bench::client::Call;
use atelier_bench::service::Service;
use atelier_domain::identity::Role;
use atelier_domain::kernel::UserId;

use crate::school::School;

const API: &str = "/api/v1";

/// A kind of read: its name in the table, and how many of a thousand are of it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Kind {
    pub(crate) name: &'static str,
    pub(crate) share: usize,
}

const fn kind(name: &'static str, share: usize) -> Kind {
    Kind { name, share }
}

/// All of them.
pub(crate) const KINDS: [Kind; 16] = [
    kind("hackathons", 100),
    kind("hackathon", 150),
    kind("own conversations", 200),
    kind("own conversation", 130),
    kind("its messages", 130),
    kind("quota", 100),
    kind("participant: me", 20),
    kind("student: evaluations", 30),
    kind("student: evaluation", 20),
    kind("evaluation statistics", 30),
    kind("examiner: evaluations", 30),
    kind("examiner: conversation by alias", 20),
    kind("examiner: messages by alias", 20),
    kind("examiner: queue", 10),
    kind("published leaderboard", 5),
    kind("admin: conversations of a hackathon", 5),
];

/// The kind of each of a thousand requests, spread evenly.
pub(crate) fn schedule() -> Vec<usize> {
    let total: usize = KINDS.iter().map(|kind| kind.share).sum();
    let mut credit = [0_usize; KINDS.len()];
    (0..total)
        .map(|_| {
            for (credit, kind) in credit.iter_mut().zip(KINDS) {
                *credit += kind.share;
            }
            let due = (0..KINDS.len()).max_by_key(|kind| credit[*kind]).unwrap();
            credit[due] = credit[due].saturating_sub(total);
            due
        })
        .collect()
}

/// Makes requests.
pub(crate) struct Reader<'s> {
    school: &'s School,
    students: Vec<String>,
    examiners: Vec<String>,
    admin: String,
    handed_in: Vec<usize>,
}

impl<'s> Reader<'s> {
    pub(crate) fn new(school: &'s School, service: &Service) -> Self {
        let tokens = |people: &[UserId], role| people.iter().map(|person| service.token(*person, role)).collect();
        let handed_in = (0..school.talks.len()).filter(|number| school.talks[*number].conversation.final_version.is_some());
        Self {
            school,
            students: tokens(&school.students, Role::Student),
            examiners: tokens(&school.examiners, Role::Examiner),
            admin: service.token(school.admin, Role::Admin),
            handed_in: handed_in.collect(),
        }
    }

    /// A request of this kind; `draw` decides whose, and of what.
    pub(crate) fn call(&self, kind: usize, draw: usize) -> Call {
        let School { hackathon, others, talks, evaluations, .. } = self.school;
        let id = hackathon.id;
        let student = draw % self.students.len();
        let own = &talks[student * talks.len() / self.students.len() + draw % 7].conversation;
        let examiner = draw % self.examiners.len();
        let seen = &talks[self.handed_in[draw % self.handed_in.len()]].conversation;
        let graded = &evaluations[draw % evaluations.len()];
        let of = |student| self.school.students.iter().position(|other| *other == student).unwrap();
        let (path, token) = match KINDS[kind].name {
            "hackathons" => ("/hackathons?limit=10".to_owned(), &self.students[student]),
            "hackathon" if draw.is_multiple_of(3) => (format!("/hackathons/{}", others[draw % others.len()].id), &self.students[student]),
            "hackathon" => (format!("/hackathons/{id}"), &self.students[student]),
            "own conversations" => (format!("/conversations?hackathonId={id}&limit=20"), &self.students[student]),
            "own conversation" => (format!("/conversations/{}", own.id), &self.students[student]),
            "its messages" => (format!("/conversations/{}/messages", own.id), &self.students[student]),
            "quota" => (format!("/hackathons/{id}/quota"), &self.students[student]),
            "participant: me" => ("/participants/me".to_owned(), &self.students[student]),
            "student: evaluations" => (format!("/evaluations?hackathonId={id}"), &self.students[student]),
            "student: evaluation" => (format!("/evaluations/{}", graded.id), &self.students[of(graded.student_id)]),
            "evaluation statistics" => (format!("/hackathons/{id}/evaluations/stats"), &self.students[student]),
            "examiner: evaluations" => (format!("/evaluations?hackathonId={id}&limit=20"), &self.examiners[examiner]),
            "examiner: conversation by alias" => (format!("/conversations/{}", seen.alias), &self.examiners[examiner]),
            "examiner: messages by alias" => (format!("/conversations/{}/messages", seen.alias), &self.examiners[examiner]),
            "examiner: queue" => (format!("/hackathons/{id}/assignments"), &self.examiners[examiner]),
            "published leaderboard" => (format!("/hackathons/{id}/leaderboard"), &self.students[student]),
            _admin => (format!("/hackathons/{id}/conversations?limit=20"), &self.admin),
        };
        Call::get(format!("{API}{path}")).bearer(token)
    }

    /// The leaderboard as it is now, for the administrator.
    pub(crate) fn live_leaderboard(&self) -> Call {
        Call::get(format!("{API}/hackathons/{}/leaderboard", self.school.hackathon.id)).bearer(&self.admin)
    }

    /// An export.
    pub(crate) fn export(&self, format: &str, what: &str) -> Call {
        Call::get(format!("{API}/hackathons/{}/export.{format}?what={what}", self.school.hackathon.id)).bearer(&self.admin)
    }

    /// Publishes the results.
    pub(crate) fn publish(&self) -> Call {
        let path = format!("{API}/hackathons/{}/results/publish", self.school.hackathon.id);
        Call::post(path, &serde_json::json!({})).bearer(&self.admin)
    }
}
