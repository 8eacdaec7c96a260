//! The enrolment.

use crate::kernel::{HackathonId, Timestamp, UserId};

use super::Ledger;

/// A student in a hackathon; what happens while it is in test is apart (checklist CP22).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EnrolmentKey {
    /// The hackathon.
    pub hackathon_id: HackathonId,
    /// The student.
    pub student_id: UserId,
    /// Whether the hackathon is in test.
    pub test: bool,
}

/// That a student takes part in a hackathon; made with the first conversation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Enrolment {
    /// Who and where.
    pub key: EnrolmentKey,
    /// The name under which the student is shown while the hackathon is anonymous, `Candidat-XXXX`; unique in the hackathon.
    pub pseudonym: String,
    /// What was used of the quota.
    pub ledger: Ledger,
    /// When it began.
    pub created_at: Timestamp,
}
