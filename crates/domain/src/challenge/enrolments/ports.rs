//! What enrolments need from a store. Collection `enrolments`, one document per student and hackathon, and one more for its test.

use crate::kernel::{HackathonId, StoreError, UserId};

use super::{Enrolment, EnrolmentKey};

/// Reads enrolments outside a unit of work.
#[async_trait::async_trait]
pub trait EnrolmentQueries: Send + Sync {
    /// One of them.
    async fn find(&self, key: EnrolmentKey) -> Result<Option<Enrolment>, StoreError>;
    /// Every enrolment of the hackathon, tests included, in any order.
    async fn of_hackathon(&self, hackathon_id: HackathonId) -> Result<Vec<Enrolment>, StoreError>;
    /// Every enrolment of the student, in any order.
    async fn of_student(&self, student_id: UserId) -> Result<Vec<Enrolment>, StoreError>;
}

/// Enrolments inside a unit of work.
#[async_trait::async_trait]
pub trait EnrolmentRepository: Send {
    /// One of them.
    async fn find(&mut self, key: EnrolmentKey) -> Result<Option<Enrolment>, StoreError>;
    /// Stores a new one.
    ///
    /// MUST answer [`StoreError::Conflict`] on `enrolments.key` when the student is enrolled, on `enrolments.pseudonym` when the pseudonym
    /// is taken in the hackathon.
    async fn insert(&mut self, enrolment: &Enrolment) -> Result<(), StoreError>;
    /// Stores a changed ledger.
    async fn update(&mut self, enrolment: &Enrolment) -> Result<(), StoreError>;
}
