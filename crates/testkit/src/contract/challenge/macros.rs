//! The macro that makes one test of each case.

/// One test per promise of a store of Prompt Challenge. Takes the name of an `async fn() -> Option<ChallengeUnderTest>`.
#[macro_export]
macro_rules! challenge_contract {
    ($backend:ident) => {
        $crate::contract_tests! { $backend of challenge_suites;
            participants {
                a_participant_is_read_as_it_was_written,
                an_unknown_participant_is_not_found,
                a_put_replaces_every_field,
                the_names_of_the_known_among_ids_are_found,
                participants_are_paged_newest_first,
                roles_are_counted_most_frequent_first,
                concurrent_changes_of_a_budget_are_not_lost,
            }
            hackathons {
                a_hackathon_is_read_as_it_was_written,
                an_unknown_hackathon_is_not_found,
                an_update_replaces_every_field,
                a_deleted_hackathon_is_gone,
                of_concurrent_transitions_one_happens,
            }
            hackathon_lists {
                hackathons_are_paged_latest_beginning_first,
                words_are_found_whole_whatever_case_and_accents,
                a_search_follows_changes,
                a_filter_applies_every_condition,
                those_of_a_status_are_listed_latest_first,
                at_most_a_thousand_of_a_status_are_listed,
                those_whose_time_has_come_are_due,
            }
            enrolments {
                an_enrolment_is_read_as_it_was_written,
                an_unknown_enrolment_is_not_found,
                a_student_is_enrolled_once,
                a_pseudonym_is_given_once_in_a_hackathon,
                of_concurrent_enrolments_of_a_student_one_is_stored,
                of_concurrent_namesakes_one_is_stored,
                an_update_stores_the_ledger,
                enrolments_are_found_by_hackathon_and_by_student,
            }
            quotas {
                concurrent_prompts_never_exceed_the_quota,
                concurrent_tokens_never_exceed_the_quota,
                giving_up_after_some_tries_reserves_nothing,
                the_first_prompts_of_a_student_share_one_ledger,
                a_reservation_is_settled_once,
            }
            conversations {
                a_conversation_is_read_as_it_was_written,
                an_unknown_conversation_is_not_found,
                an_update_replaces_everything_but_the_messages,
                statistics_keep_the_order_of_first_use,
                a_hackathon_has_a_conversation_or_none,
                concurrent_changes_of_a_conversation_are_not_lost,
            }
            messages {
                a_message_is_read_as_it_was_written,
                messages_keep_their_order,
                messages_are_read_in_slices,
                a_replaced_message_keeps_its_place,
                messages_belong_to_their_conversation,
                messages_leave_the_conversation_as_it_is,
                an_answer_is_recognised_by_its_exact_text,
            }
            conversation_lists {
                conversations_are_paged_newest_first,
                a_listed_conversation_is_whole,
                what_was_handed_in_is_paged_last_changed_first,
                the_gradable_come_by_alias,
                handing_in_makes_gradable,
            }
            answers {
                a_partial_text_is_noted,
                a_late_partial_text_is_refused,
                the_receiver_learns_that_it_is_to_stop,
                what_is_not_on_its_way_cannot_be_stopped,
                the_silent_are_found,
                of_concurrent_prompts_one_is_answered,
                a_partial_text_never_overwrites_the_whole,
                a_wish_to_stop_is_not_overwritten,
            }
            evaluations {
                an_evaluation_is_read_as_it_was_written,
                an_unknown_evaluation_is_not_found,
                an_update_replaces_the_fields,
                an_examiner_grades_a_conversation_once,
                of_concurrent_evaluations_one_is_stored,
                a_deleted_evaluation_is_gone,
                of_concurrent_changes_of_a_version_one_happens,
            }
            evaluation_lists {
                evaluations_are_paged_last_graded_first,
                those_of_a_conversation_come_by_examiner,
                the_conversations_an_examiner_graded_are_told,
                those_of_a_hackathon_come_by_id,
                the_notes_of_a_hackathon_are_told,
                notes_are_put_in_figures,
            }
            assignments {
                an_assignment_is_read_as_it_was_written,
                a_pair_has_one_assignment,
                a_deleted_assignment_is_gone,
                assignments_are_found_by_each_of_their_ends,
            }
            results {
                results_are_read_as_they_were_written,
                results_are_published_once,
                of_concurrent_publications_one_happens,
                removed_results_are_gone,
            }
            analytics {
                events_are_read_as_they_were_written,
                old_events_go,
                events_of_the_erased_go,
            }
            integrity {
                references_that_lead_nowhere_are_counted,
                what_an_erasure_kept_leads_nowhere_on_purpose,
                students_without_a_profile_get_an_empty_one,
                a_diagnosis_tells_what_there_is,
                old_conversations_of_some_hackathons_are_archived,
            }
            erasure {
                participant_and_enrolments_go,
                what_is_not_kept_goes,
                what_is_kept_stays_without_texts,
                nothing_is_kept_unless_asked,
                an_examiner_leaves_the_notes_behind,
            }
            atomicity {
                a_commit_shows_every_write,
                nothing_is_seen_before_the_commit,
                a_dropped_unit_of_work_leaves_nothing,
                a_dropped_change_changes_nothing,
            }
            isolation {
                a_found_participant_stays,
                a_found_hackathon_stays,
                a_found_enrolment_stays,
                a_found_conversation_stays,
                a_found_evaluation_stays,
            }
        }
    };
}
