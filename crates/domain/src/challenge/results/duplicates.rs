//! Nearly equal final prompts of a hackathon, task by task.

use crate::challenge::conversations::Conversation;
use crate::challenge::hackathons::{Task, TaskId};
use crate::kernel::ConversationId;

use super::{NearDuplicates, Prompt, near_duplicates};

/// Most pairs of a task that are told.
const MOST_PAIRS: usize = 200;

/// What the search works on.
pub struct SimilarityInput {
    tasks: Vec<Task>,
    conversations: Vec<Conversation>,
}

/// What was found in a task, by the conversations' aliases.
#[derive(Debug, Clone, PartialEq)]
pub struct SimilarTask {
    /// The task.
    pub task_id: TaskId,
    /// How many final prompts were compared.
    pub compared: u64,
    /// The pairs.
    pub found: NearDuplicates<ConversationId>,
}

impl SimilarityInput {
    pub(super) fn new(tasks: Vec<Task>, conversations: Vec<Conversation>) -> Self {
        Self { tasks, conversations }
    }

    /// Compares the final prompts of each task. Takes CPU: not for an async thread.
    pub fn compute(&self) -> Vec<SimilarTask> {
        self.tasks
            .iter()
            .map(|task| {
                let prompts: Vec<_> = self
                    .conversations
                    .iter()
                    .filter(|conversation| conversation.task_id == task.id)
                    .filter_map(|conversation| {
                        let text = conversation.final_version.as_ref()?.prompt.as_str();
                        let group = conversation.group_id.as_deref();
                        Some(Prompt { conversation: conversation.alias, student: conversation.student_id, group, text })
                    })
                    .collect();
                let found = near_duplicates(&task.label, &prompts, MOST_PAIRS);
                SimilarTask { task_id: task.id.clone(), compared: prompts.len() as u64, found }
            })
            .collect()
    }
}
