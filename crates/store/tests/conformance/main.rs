//! What every ledger does, run on each kind of it.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod builds;
mod checks;
mod deciding;
mod fixture;
mod history;
mod logs;
mod losing;
mod needing;
mod opening;
mod outputs;
mod passed;
mod pipelines;
mod rerunning;
mod starting;
mod ticks;

/// A module per kind, with each test in it.
macro_rules! conformance {
    ($($module:ident: $($test:ident),* $(,)?);* $(;)?) => {
        mod memory {
            $($(#[test]
            fn $test() {
                crate::$module::$test(&crate::fixture::Ledger::memory());
            })*)*
        }
        mod file {
            $($(#[test]
            fn $test() {
                crate::$module::$test(&crate::fixture::Ledger::file());
            })*)*
        }
    };
}

conformance! {
    needing:
        however_many_builds_wait_for_versions_all_get_them,
        a_build_that_waits_for_a_check_has_the_new_one_made_once_there_is_another,
        what_a_build_that_waits_needs_from_now_on_is_checked;
    pipelines:
        a_pipeline_is_set_and_shown,
        the_same_text_is_the_same_revision,
        a_job_that_is_taken_out_and_put_back_keeps_its_history,
        a_revision_replaces_the_one_that_it_expects,
        the_same_text_with_another_effect_is_another_revision,
        revisions_say_who_set_what_from_where,
        an_archived_pipeline_is_at_rest_and_comes_back_whole,
        what_a_revision_ends_is_told,
        of_many_jobs_that_are_due_it_is_said_that_there_are_more,
        what_a_job_holds_and_needs_is_read_by_decisions,
        resources_that_are_the_same_outside_share_what_is_known,
        a_rehearsal_leaves_nothing,
        changes_of_builds_can_be_followed;
    deciding:
        a_job_begins_with_the_newest_and_goes_on_with_each,
        more_than_a_decision_reads_is_read_by_the_next,
        each_space_goes_its_own_way,
        a_space_with_a_long_name_is_told_apart_all_the_same,
        what_comes_from_outside_does_not_start_a_job_with_secrets,
        after_a_pause_or_a_pin_only_the_newest_counts,
        after_a_pause_of_many_spaces_only_the_newest_of_each_counts,
        what_an_input_is_held_at,
        a_brake_makes_a_decision_miss,
        what_a_newer_build_ends,
        an_older_build_that_starts_while_a_newer_one_is_decided_on_is_interrupted_too,
        a_build_waits_for_the_checks_that_it_needs,
        who_takes_what_moves_which_mark,
        a_job_that_comes_back_catches_up,
        an_input_that_comes_back_has_overlooked_nothing,
        a_space_that_was_there_while_an_input_was_held_begins_after_it,
        an_input_that_stays_keeps_nothing_that_is_gone,
        what_a_job_looked_at_says_nothing_of_an_input_that_changed,
        a_build_that_waits_fits_the_newest_revision,
        a_wish_of_somebody_says_who;
    passed:
        versions_flow_through_a_chain_with_a_fan_in,
        what_lets_a_version_through,
        more_builds_than_a_decision_reads_are_read_by_the_next,
        a_job_that_begins_takes_the_newest_that_passed;
    rerunning:
        a_rerun_takes_what_its_original_took,
        a_rerun_takes_the_newest_at_an_input_that_was_added,
        a_rerun_of_an_older_build_says_nothing_of_its_job,
        what_cannot_be_run_again;
    builds:
        the_colour_of_a_job_is_that_of_its_highest_number,
        builds_of_a_job_are_numbered_and_made_once_for_one_cause,
        a_build_starts_once,
        an_ask_is_used_once,
        a_session_that_is_over_starts_nothing,
        pending_builds_are_offered_oldest_first,
        a_build_ends_once_and_its_steps_are_kept,
        events_are_taken_only_where_the_attempt_stands,
        a_lost_attempt_ends_its_build_or_makes_it_pending_again,
        trouble_with_a_build_that_is_to_be_cancelled_is_a_cancel,
        a_pending_build_is_cancelled_at_once_and_a_running_one_on_its_result,
        a_decision_on_old_facts_makes_nothing;
    starting:
        a_build_does_not_start_once_what_was_read_has_changed,
        what_runs_of_a_pipeline_and_what_was_started_last_is_known,
        a_hold_has_one_owner,
        where_a_newer_build_counts_an_older_one_does_not_start_after_it,
        the_queue_has_the_oldest_builds_of_each_job;
    losing:
        what_becomes_of_the_build_of_a_lost_attempt,
        what_becomes_of_a_build_whose_worker_had_to_stop,
        a_build_is_lost_twice_at_most,
        the_log_of_a_lost_attempt_is_still_there_after_a_retry,
        a_lease_ends_only_where_its_worker_stood_still,
        a_worker_that_is_gone_for_a_day_is_forgotten,
        the_lease_of_a_session_is_that_of_the_sessions_before_too,
        what_a_lost_attempt_holds_stays_its_own_until_it_is_released,
        a_build_that_waits_for_processes_to_be_gone_can_be_cancelled,
        what_the_ledger_knows_of_a_worker;
    ticks:
        a_schedule_makes_a_version_for_all_who_share_it,
        a_schedule_that_never_comes_again_is_not_due;
    checks:
        new_versions_make_their_jobs_due,
        an_array_with_a_new_version_is_numbered_anew,
        a_known_version_that_is_all_there_is_becomes_the_newest_again,
        a_check_runs_once_at_a_time_and_is_due_again_after_its_interval,
        a_request_during_a_check_repeats_it,
        a_check_that_no_worker_can_do_keeps_nothing_from_others,
        a_check_that_is_wanted_later_is_made_then_or_when_somebody_cannot_wait,
        a_failed_check_stores_nothing_and_says_why,
        a_check_that_fails_is_made_less_often_but_for_who_asks,
        a_check_on_demand_is_made_only_when_it_is_wanted,
        a_check_whose_worker_is_lost_or_stops_is_wanted_again,
        a_long_answer_without_the_newest_version_is_read_to_its_end,
        a_check_that_tells_the_same_again_and_again_fails,
        who_waits_for_a_check_that_is_lost_waits_for_the_next,
        a_check_starts_as_it_was_read,
        who_waits_for_a_check_hears_of_its_end,
        requests_make_no_rows,
        old_runs_are_removed_a_few_at_a_time,
        what_was_sealed_of_a_run_goes_with_it,
        a_check_that_nobody_uses_is_forgotten,
        versions_and_result_may_come_apart,
        what_a_job_took_is_not_next;
    outputs:
        what_a_put_makes_counts_as_soon_as_it_is_told,
        an_output_is_recorded_once_and_of_the_current_attempt_only,
        a_version_that_was_known_is_an_output_too,
        a_resource_that_nobody_has_is_passed_over,
        a_check_that_looked_before_a_put_does_not_undo_it,
        a_warning_stays_at_its_step_and_its_build;
    logs:
        a_short_log_is_one_row,
        a_long_log_is_sealed_and_reads_the_same,
        a_page_reads_no_further_than_it_gives,
        a_short_tail_is_left_to_the_end,
        a_short_tail_that_an_end_has_left_becomes_one_row,
        a_log_that_is_being_sealed_reads_without_a_gap,
        reading_may_begin_anywhere,
        what_was_announced_and_not_finished_is_swept,
        what_could_not_be_sealed_can_be_later,
        a_full_disk_takes_nothing_and_leaves_what_was_stored,
        the_log_of_an_ended_attempt_is_still_taken;
}
