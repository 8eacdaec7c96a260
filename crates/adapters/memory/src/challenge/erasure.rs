//! How a person leaves.

use std::collections::BTreeSet;
use std::sync::Arc;

use atelier_domain::challenge::Erasure;
use atelier_domain::kernel::{ConversationId, UserId};

use crate::challenge::ConversationRow;
use crate::state::{State, purge};

impl State {
    pub(super) fn erase_participant(&mut self, user_id: UserId, erasure: &Erasure) {
        Arc::make_mut(&mut self.participants).remove(&user_id);
        purge(&mut self.enrolments, |row| row.key.student_id == user_id);
        purge(&mut self.assignments, |row| row.examiner_id == user_id);
        purge(&mut self.analytics, |row| row.user_id == user_id);
        self.erase_conversations(user_id, erasure);
        for evaluation in Arc::make_mut(&mut self.evaluations).values_mut() {
            if evaluation.student_id == user_id {
                evaluation.student_id = erasure.stand_in;
            }
            if evaluation.examiner_id == user_id {
                evaluation.examiner_id = erasure.stand_in;
            }
        }
    }

    fn erase_conversations(&mut self, user_id: UserId, erasure: &Erasure) {
        let conversations = Arc::make_mut(&mut self.conversations);
        let of_person = |row: &ConversationRow| row.conversation.student_id == user_id;
        let goes = |row: &ConversationRow| of_person(row) && !erasure.kept.contains(&row.conversation.hackathon_id);
        let gone: BTreeSet<ConversationId> = conversations.iter().filter(|(_, row)| goes(row)).map(|(id, _)| *id).collect();
        conversations.retain(|id, _| !gone.contains(id));
        for row in conversations.values_mut().filter(|row| of_person(row)) {
            row.take_texts();
            row.conversation.student_id = erasure.stand_in;
            row.student_erased = true;
        }
        purge(&mut self.evaluations, |row| gone.contains(&row.conversation_id));
        purge(&mut self.assignments, |row| gone.contains(&row.conversation_id));
    }
}

impl ConversationRow {
    /// Leaves what grades rest on, without a word of the student's.
    fn take_texts(&mut self) {
        self.messages = Arc::default();
        let conversation = &mut self.conversation;
        conversation.message_count = 0;
        conversation.size = 0;
        conversation.group_id = None;
        conversation.in_flight = None;
        if let Some(last) = &mut conversation.final_version {
            last.prompt.clear();
            last.answer.clear();
        }
    }
}
