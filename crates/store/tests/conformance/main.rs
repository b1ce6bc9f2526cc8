//! What every ledger does, run on each kind of it.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod builds;
mod checks;
mod fixture;
mod logs;
mod opening;
mod outputs;
mod pipelines;

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
    pipelines:
        a_pipeline_is_set_and_shown,
        the_same_text_is_the_same_revision,
        a_job_that_is_taken_out_and_put_back_keeps_its_history;
    builds:
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
    checks:
        new_versions_make_their_jobs_due,
        an_array_with_a_new_version_is_numbered_anew,
        a_known_version_that_is_all_there_is_becomes_the_newest_again,
        a_check_runs_once_at_a_time_and_is_due_again_after_its_interval,
        a_request_during_a_check_repeats_it,
        a_failed_check_stores_nothing_and_says_why,
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
        a_log_that_is_being_sealed_reads_without_a_gap,
        reading_may_begin_anywhere,
        what_was_announced_and_not_finished_is_swept,
        the_log_of_an_ended_attempt_is_still_taken;
}
