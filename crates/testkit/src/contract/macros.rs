//! The macros that make one test of each case.

/// One test per promise of a store, its queue and its event feed. Takes the name of an `async fn() -> Option<StoreUnderTest>`.
#[macro_export]
macro_rules! store_contract {
    ($backend:ident) => {
        $crate::contract_tests! { $backend of contract;
            unit_of_work {
                a_commit_shows_every_write,
                nothing_is_seen_before_the_commit,
                a_dropped_unit_of_work_writes_nothing,
                a_unit_of_work_sees_its_own_writes,
                contexts_share_the_kernel,
                concurrent_changes_of_one_row_are_not_lost,
            }
            identity {
                an_account_is_read_as_it_was_written,
                an_unknown_account_is_not_found,
                an_address_has_one_account,
                of_concurrent_inserts_of_one_address_one_succeeds,
                an_update_replaces_the_fields,
                an_update_cannot_take_anothers_address,
                a_deleted_account_is_gone,
                an_inactive_account_is_found,
                accounts_are_paged_newest_first,
                accounts_are_counted,
                active_accounts_of_a_role_are_counted,
                concurrent_demotions_leave_one_administrator,
                kernel_rows_of_one_person_are_erased,
                the_audit_trail_of_a_person_is_read_and_outlives_them_without_naming_them,
                erasing_a_running_job_takes_its_lease,
            }
            audit_trail {
                entries_wait_for_their_seal_oldest_first,
                a_sealed_entry_waits_no_longer,
                a_number_is_given_once,
                an_entry_is_sealed_once,
                an_entry_that_changed_since_it_was_read_is_not_sealed,
                of_concurrent_sealings_one_succeeds,
                an_erased_person_leaves_a_chain_that_fits,
                erasing_beside_sealing_leaves_a_chain_that_fits,
                a_verification_counts_what_is_sealed_and_what_waits,
                an_entry_that_came_long_after_younger_ones_is_found,
                entries_are_listed_newest_first,
                a_filter_applies_every_condition,
            }
            sessions {
                a_session_is_read_as_it_was_written,
                live_sessions_are_listed_last_used_first,
                revoking_all_spares_the_exception,
                a_refresh_token_is_good_once,
                an_uncommitted_use_of_a_token_does_not_count,
                of_concurrent_uses_of_a_token_one_is_fresh,
                deleting_all_takes_sessions_and_tokens,
                what_ended_long_ago_is_purged,
            }
            tokens {
                a_new_reset_code_voids_the_older,
                wrong_tries_are_counted,
                concurrent_wrong_tries_are_all_counted,
                a_reset_code_is_deleted,
                expired_reset_codes_are_purged,
                a_one_time_token_is_taken_once,
                purposes_do_not_mix,
                an_expired_token_is_not_given,
                of_concurrent_takers_one_gets_the_token,
                tokens_of_one_purpose_are_deleted,
                expired_tokens_of_every_purpose_are_purged,
            }
            wardrobe {
                a_garment_is_read_as_it_was_written,
                another_persons_garments_are_out_of_reach,
                the_owners_garments_among_ids_are_found,
                an_update_keeps_what_never_changes,
                a_deleted_garment_is_gone,
                every_order_is_total_and_pages_agree,
                a_cursor_survives_changes_before_it,
                a_filter_applies_every_condition,
                a_filtered_list_is_paged,
                categories_are_counted_highest_first,
                rows_of_one_person_are_erased,
            }
            body {
                a_body_is_read_as_it_was_written,
                a_body_belongs_to_its_person,
                a_person_has_one_body,
                of_concurrent_creates_one_succeeds,
                an_update_keeps_id_and_creation,
                deleting_answers_the_id,
            }
            tryon {
                a_tryon_is_read_as_it_was_written,
                a_tryon_may_have_lost_its_garments_and_body,
                another_persons_tryons_are_out_of_reach,
                an_update_replaces_all_but_id_owner_and_creation,
                deleting_a_tryon_takes_its_favorite,
                a_forgotten_garment_leaves_finished_tryons,
                a_forgotten_body_leaves_finished_tryons,
            }
            tryon_queries {
                the_owners_tryons_among_ids_are_found,
                tryons_are_paged_newest_first,
                a_filter_applies_every_condition,
                the_unfinished_of_everyone_are_found_oldest_first,
                the_completed_of_everyone_are_found,
                unfinished_tryons_are_found_by_garment_and_body,
            }
            favorites {
                a_favorite_is_read_as_it_was_written,
                a_tryon_is_marked_once,
                of_concurrent_marks_one_is_stored,
                another_persons_marks_are_out_of_reach,
                a_removed_mark_is_gone,
                the_marked_among_tryons_are_told,
                favorites_are_paged_newest_mark_first,
            }
            uploads {
                an_upload_is_read_as_it_was_written,
                another_persons_uploads_are_out_of_reach,
                of_concurrent_deletes_one_succeeds,
                expired_uploads_are_taken_once,
                a_dropped_taking_takes_nothing,
            }
            quotas {
                usage_is_read_as_it_was_written,
                usage_belongs_to_its_person,
                items_are_remembered_with_their_size,
                of_concurrent_reservations_no_more_than_the_limit_succeed,
                a_dropped_reservation_was_never_made,
                erasing_a_person_takes_usage_and_items,
            }
            webhooks {
                an_endpoint_is_read_as_it_was_written,
                another_persons_endpoints_are_out_of_reach,
                endpoints_are_listed_oldest_first,
                an_update_keeps_what_never_changes,
                of_concurrent_additions_no_more_than_the_limit_are_stored,
                deleting_an_endpoint_takes_its_log,
                a_delivery_is_read_as_it_was_written,
                another_persons_deliveries_are_out_of_reach,
                deliveries_are_paged_newest_first,
                a_filter_applies_every_condition,
                what_ended_long_ago_is_purged,
                rows_of_one_person_are_erased,
            }
            file_owners {
                rows_that_own_files_are_listed_by_id,
            }
            jobs {
                a_claimed_job_is_the_one_enqueued,
                a_job_waits_until_it_is_due,
                only_the_kinds_asked_for_are_given,
                the_oldest_due_job_comes_first,
                each_job_is_given_to_one_of_many_claimers,
                a_unique_key_has_one_job,
                a_duplicate_does_not_spoil_the_unit_of_work,
                of_concurrent_enqueues_under_one_key_one_enters,
                a_job_is_live_until_it_is_finished,
                jobs_are_counted_by_state,
                the_place_in_the_queue_is_counted,
                finished_jobs_and_expired_records_are_purged,
                an_enqueue_wakes_who_waits,
                waiting_for_work_ends_in_time,
            }
            leases {
                an_ended_lease_is_taken_over,
                a_heartbeat_extends_the_lease,
                an_ended_lease_nobody_took_over_is_good,
                a_completed_job_is_done,
                a_dropped_completion_does_not_count,
                a_forgotten_job_leaves_no_row,
                a_retried_job_comes_again,
                a_failed_job_is_given_up,
                a_released_job_does_not_count_the_attempt,
                a_lost_lease_keeps_its_writes_out,
            }
            events {
                an_event_is_read_as_it_was_written,
                numbers_have_no_gaps,
                concurrent_writers_share_one_numbering,
                reading_continues_after_a_number,
                without_events_the_bounds_are_zero,
                only_the_newest_events_are_kept,
                a_commit_wakes_who_waits,
                waiting_for_events_ends_in_time,
            }
            idempotency {
                a_record_is_read_as_it_was_written,
                keys_belong_to_an_account,
                a_key_in_use_is_a_conflict,
                an_expired_key_may_be_used_again,
                of_concurrent_uses_of_a_key_one_is_recorded,
            }
        }
    };
}

/// One test per promise of an object store. Takes the name of an `async fn() -> Option<ObjectStoreUnderTest>`.
#[macro_export]
macro_rules! object_store_contract {
    ($backend:ident) => {
        $crate::contract_tests! { $backend of contract;
            object_store {
                an_object_is_read_as_it_was_written,
                unusual_keys_are_kept_apart,
                a_missing_object_is_not_found,
                a_put_replaces_the_object,
                readers_never_see_a_mixture,
                a_deleted_object_is_gone,
                a_listing_is_in_key_order,
                a_listing_tells_sizes,
                a_prefix_never_matches_a_longer_name,
                a_large_prefix_is_deleted_whole,
                an_empty_prefix_is_deleted_already,
                urls_are_signed_without_the_object,
            }
        }
    };
}

/// One test per promise of an object store that answers its signed URLs itself. Takes the name of an
/// `async fn() -> Option<DirectAccessUnderTest>`.
#[macro_export]
macro_rules! direct_access_contract {
    ($backend:ident) => {
        $crate::contract_tests! { $backend of contract;
            direct_access {
                a_signed_url_opens_its_object,
                a_signed_url_expires,
                a_signature_opens_one_object,
                a_missing_object_is_told_to_the_holder_only,
                reading_and_writing_are_signed_apart,
                a_signed_body_is_taken,
                a_body_of_another_size_is_refused,
                an_endless_body_is_cut_off,
                a_body_that_breaks_off_leaves_the_old_object,
                a_write_that_was_not_signed_is_refused,
            }
        }
    };
}

/// One test per promise of an attempt limiter. Takes the name of an `async fn() -> Option<AttemptLimiterUnderTest>`.
#[macro_export]
macro_rules! attempt_limiter_contract {
    ($backend:ident) => {
        $crate::contract_tests! { $backend of contract;
            attempt_limiter {
                the_limit_blocks,
                keys_are_counted_apart,
                the_window_slides,
                a_reset_forgets,
            }
        }
    };
}

/// One test per promise of a try-on provider, faults included. Takes the name of an `async fn() -> Option<TryOnProviderUnderTest>`.
#[cfg(feature = "laboratory")]
#[macro_export]
macro_rules! tryon_provider_contract {
    ($backend:ident) => {
        $crate::contract_tests! { $backend of contract;
            tryon_provider {
                a_picture_comes_back_with_what_it_was_made_with,
                a_seed_is_drawn_when_none_is_chosen,
                what_is_not_served_is_refused_unasked,
                a_throttled_request_is_sent_again,
                a_long_throttle_is_handed_on,
                a_lost_answer_is_no_second_payment,
                a_server_error_is_no_second_payment,
                nobody_there_is_no_ambiguity,
                what_only_the_operator_can_mend_is_asked_once,
                an_unknown_status_goes_on,
                looks_that_fail_are_looked_again,
                a_failure_is_canonical,
                a_black_picture_is_no_success,
                an_expired_picture_is_a_failure_of_its_own,
                a_picture_that_breaks_off_is_fetched_again,
                a_message_tells_of_the_end,
                a_lost_message_costs_no_payment,
                what_is_no_message_is_not_read,
                cancelling_is_repeatable,
                a_forgotten_request_comes_to_an_end,
            }
        }
    };
}

/// The expansion shared by the suites: a module per topic, a test per case. `$suites` is the folder's module at the crate's root.
#[doc(hidden)]
#[macro_export]
macro_rules! contract_tests {
    ($backend:ident of $suites:ident; $($topic:ident { $($case:ident,)* })*) => {$(
        mod $topic {
            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $case() {
                    let name = concat!(module_path!(), "::", stringify!($case));
                    if let Some(backend) = $crate::contract::present(super::$backend().await, name) {
                        $crate::$suites::$topic::$case(&backend).await;
                    }
                }
            )*
        }
    )*};
}
