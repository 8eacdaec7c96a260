//! Hackathons: tasks, dates, quotas, and the way from draft to archive.

mod command;
mod jobs;
mod model;
mod ports;
mod service;
mod status;

pub use command::{ChangeHackathon, NewHackathon, tasks_of};
pub use jobs::{AdvanceHackathons, HackathonSchedule};
pub use model::{Hackathon, HackathonDates, InvalidTaskId, Preset, Quotas, Task, TaskId};
pub use ports::{HackathonFilter, HackathonQueries, HackathonRepository};
pub use service::{HackathonSearch, HackathonService};
pub use status::{HackathonStatus, InvalidTransition, UnknownHackathonStatus};
