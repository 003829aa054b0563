//! Tests against real parts: the binary itself, real registries, an engine, a terminal.
//!
//! A test that needs a part which is missing is reported as ignored by name, and fails when
//! `EXITBAR_REQUIRE` (a comma-separated list) names that part.

mod attest;
mod audit_real;
mod building;
mod clearing;
mod cockpit;
mod conformance;
mod credentials;
mod demo;
mod dockerd;
mod enduring;
mod engines;
mod faults;
mod github;
mod go_live;
mod health;
mod history;
mod image;
mod init;
mod jobs;
mod login;
mod mutations;
mod operating;
mod osv;
mod parts;
mod plain;
mod podman;
mod private_sigstore;
mod programs;
mod pushing;
mod registries;
mod release;
mod report_from_life;
mod requests;
mod sboms;
mod sboms_made;
mod scanned;
mod scanners;
mod scans;
mod screen;
mod several_engines;
mod sign;
mod signatures;
mod signing;
mod staged;
mod structure;
mod trouble;
mod unsigned;
mod verifying;
mod walkthrough;
mod watching;

use libtest_mimic::{Arguments, Trial};
use parts::Part;

macro_rules! trials {
    ($($module:ident::$test:ident $([$($part:ident),*])?),* $(,)?) => {
        vec![$(trial(
            concat!(stringify!($module), "::", stringify!($test)),
            &[$($(Part::$part),*)?],
            $module::$test,
        )),*]
    };
}

#[allow(clippy::too_many_lines, reason = "one line per test")]
fn main() {
    let arguments = Arguments::from_args();
    let mut trials = trials![
        structure::nobody_names_whom_he_must_not,
        structure::paths_in_any_place_are_seen,
        structure::what_is_allowed_is_left_alone,
        demo::the_demo_plays_to_its_end_by_the_numbers_of_its_plans,
        demo::a_demo_without_a_terminal_plays_headless,
        demo::the_first_audit_has_the_ten_statuses_of_the_report,
        demo::readonly_refuses_what_is_not_reading,
        cockpit::the_demo_turns_on_every_key_by_the_numbers_of_its_plans_at_120x35,
        cockpit::the_demo_turns_on_every_key_by_the_numbers_of_its_plans_at_80x24,
        cockpit::enter_does_not_confirm_a_plan,
        cockpit::sigterm_restores_the_terminal,
        cockpit::sighup_restores_the_terminal,
        cockpit::it_stops_for_the_shell_and_comes_back,
        cockpit::ctrl_c_restores_the_terminal,
        cockpit::a_resize_is_followed,
        operating::the_audit_is_driven_by_the_keyboard_alone,
        operating::the_audit_is_driven_by_the_mouse_alone,
        operating::the_palette_finds_a_command_by_some_letters_and_runs_it,
        operating::a_search_finds_in_a_log_and_in_a_table,
        enduring::a_resize_in_the_middle_of_a_job_draws_everything_anew_and_the_job_goes_on,
        enduring::a_question_survives_a_resize,
        enduring::a_terminal_that_is_taken_away_ends_it,
        enduring::sigterm_gives_back_the_terminal_with_its_modes,
        enduring::a_panic_gives_back_the_terminal_and_is_told_on_it,
        go_live::without_a_terminal_the_walkthrough_is_printed_and_nothing_is_done,
        go_live::it_goes_as_far_as_nobody_is_needed_says_what_to_do_and_goes_on_another_day,
        go_live::where_both_platforms_run_it_goes_to_go_and_writes_the_report [Engine, Emulation],
        go_live::a_step_that_is_not_there_is_refused_with_those_that_are,
        history::a_tag_that_is_lost_and_a_signature_that_is_removed_are_named,
        history::a_replay_gives_the_same_verdict_and_a_changed_file_is_refused,
        history::a_damaged_store_is_said_and_costs_no_audit,
        history::two_audits_at_once_are_both_kept,
        history::without_a_store_nothing_is_kept,
        history::a_password_and_a_build_argument_are_not_in_the_store,
        github::the_cockpit_starts_the_workflow_with_its_inputs_and_watches_the_run,
        github::the_cockpit_reruns_what_failed_of_the_release_s_run,
        github::a_run_is_started_watched_and_its_success_is_the_exit_code,
        github::a_run_that_fails_shows_the_log_of_its_step_and_can_be_run_again,
        github::a_run_that_never_starts_is_unknown_after_its_time,
        github::a_run_is_cancelled_by_its_number,
        github::the_run_of_a_silent_dispatch_is_the_new_one_and_no_older,
        github::what_is_wrong_is_refused_before_anything_is_sent,
        github::a_secret_that_is_not_set_is_found_by_the_audit,
        github::trouble_with_github_is_unknown_and_no_fail,
        github::without_a_token_or_where_it_is_off_nobody_is_asked,
        github::a_run_that_is_under_way_is_said_before_another_is_started,
        walkthrough::the_demo_goes_to_go_by_what_the_screen_names [Engine, Emulation],
        walkthrough::where_one_platform_cannot_run_it_ends_undecided_and_says_what_is_missing,
        walkthrough::it_is_left_in_the_middle_and_goes_on_in_another_process,
        faults::an_anonymous_401_or_403_is_missing_or_private,
        faults::an_error_of_the_server_is_unknown,
        faults::a_rate_limit_is_unknown_and_not_waited_for_an_hour,
        faults::an_endless_answer_is_unknown_and_bounded,
        faults::broken_json_is_unknown,
        faults::a_truncated_answer_is_unknown,
        faults::bytes_with_another_digest_are_unknown,
        faults::a_dropped_connection_is_unknown,
        faults::a_registry_that_is_down_is_unknown,
        faults::a_slow_registry_is_waited_for,
        faults::a_short_rate_limit_is_waited_for,
        faults::a_registry_without_digest_headers_is_read,
        faults::paged_referrers_are_read_to_the_end,
        faults::both_registries_down_leave_nothing_decided_by_them,
        credentials::a_public_image_is_read_with_an_anonymous_token,
        credentials::a_package_that_is_private_by_mistake_fails,
        credentials::a_stranger_sees_missing_or_private,
        credentials::an_image_marked_private_is_read_with_credentials,
        credentials::credentials_do_not_follow_a_redirect_to_another_host,
        credentials::a_password_is_nowhere_in_the_output,
        mutations::a_good_image_loses_nothing,
        mutations::root_fails_item_6,
        mutations::a_user_that_passwd_does_not_know_fails_item_6,
        mutations::a_named_user_that_passwd_knows_passes,
        mutations::no_healthcheck_fails_item_6,
        mutations::a_shell_healthcheck_without_a_shell_fails_item_6,
        mutations::a_missing_label_fails_item_10,
        mutations::a_label_of_another_version_fails_item_10,
        mutations::an_image_over_its_budget_is_partial,
        mutations::a_missing_platform_fails_item_2,
        mutations::a_platform_twice_in_the_index_fails_item_2,
        mutations::a_program_of_another_machine_fails_item_2,
        requests::no_registry_is_asked_twice_for_the_same_bytes,
        requests::a_second_audit_reads_no_bytes_again,
        sboms::an_attested_sbom_on_each_platform_completes_item_4_and_is_gone_with_its_attestation,
        sboms::an_sbom_of_the_index_covers_the_platforms_that_its_packages_name,
        sboms::an_sbom_that_nobody_or_a_stranger_signed_is_partial,
        sboms::an_sbom_of_another_image_or_without_a_package_fails,
        sboms::an_attestation_of_another_image_fails,
        sboms::a_document_that_cannot_be_read_is_unknown,
        sboms::buildkit_s_sbom_counts_through_the_signed_index_only,
        sboms::a_registry_that_does_not_give_the_sbom_is_unknown,
        sboms::a_store_that_cannot_be_written_costs_requests_and_no_verdict,
        sboms::a_real_registry_gives_attested_sboms [Registry],
        sboms_made::syft_reads_the_layout_or_the_registry_by_digest [Syft, Busybox],
        sboms_made::a_damaged_layout_is_not_what_the_sbom_is_made_of [Syft, Busybox],
        sboms_made::without_syft_buildkit_s_sbom_is_taken_out_of_its_statement [Busybox],
        sboms_made::a_file_is_taken_where_the_configuration_names_one [Busybox],
        sboms_made::a_syft_that_fails_is_told_with_what_it_said [Busybox],
        sboms::what_syft_makes_of_an_image_passes_when_it_is_signed_and_lacks_suppliers [Syft, Busybox],
        staged::a_digest_given_by_the_operator_is_judged_before_any_tag_points_to_it,
        registries::an_embedded_registry_takes_and_gives_a_real_index,
        registries::two_docker_registries_take_and_give_a_real_index[Registry],
        registries::the_embedded_registry_answers_as_docker_registry_does[Registry],
        audit_real::the_attested_index_audits_as_its_source_says[Registry],
        audit_real::only_amd64_asked_for_is_not_failed[Registry],
        audit_real::another_image_under_the_tag_is_a_hard_stop[Registry],
        audit_real::an_arm64_manifest_with_an_amd64_program_fails_without_an_engine[Registry],
        audit_real::the_markdown_report_is_filled_from_the_evidence[Registry],
        audit_real::what_is_staged_here_is_published_there[Registry],
        audit_real::an_image_of_the_engine_is_judged_by_what_it_is[Engine],
        building::every_platform_of_an_image_is_built_under_a_name_of_its_own[Engine],
        building::the_context_is_sent_as_it_is_without_what_is_ignored[Engine],
        building::a_dockerfile_outside_of_the_context_brings_its_own_ignore_file[Engine],
        building::a_secret_reaches_its_step_and_is_seen_nowhere[Engine, Busybox],
        building::a_secret_that_is_not_there_is_said_before_anything_is_built[Engine],
        building::a_failing_step_is_named_with_its_line_and_its_last_words[Engine, Busybox],
        building::what_buildkit_refuses_is_said_with_its_line[Engine],
        building::a_dropped_build_is_stopped_in_the_engine[Engine, Busybox],
        building::an_image_with_programs_of_another_architecture_is_refused[Engine],
        building::two_builds_at_once_give_each_its_own_image[Engine],
        building::a_second_build_is_cached_unless_told_otherwise[Engine],
        private_sigstore::an_independent_client_accepts_what_it_makes[PythonSigstore],
        private_sigstore::an_independent_client_rejects_each_flaw[PythonSigstore],
        private_sigstore::an_independent_client_signs_by_its_services[PythonSigstore],
        engines::images_of_the_engine_are_run_pushed_published_and_proven[Engine, Registry, Emulation, Skopeo],
        engines::a_release_is_built_run_pushed_and_published_headless[Engine, Registry, Emulation],
        engines::a_release_is_built_run_pushed_and_published_by_keys[Engine, Registry, Emulation],
        engines::a_release_that_is_half_published_is_promoted[Registry],
        engines::a_version_tag_is_moved_only_by_name[Registry],
        engines::a_program_that_refuses_the_option_fails[Engine],
        engines::another_version_fails_also_one_that_only_contains_ours[Engine],
        engines::a_native_program_that_hangs_fails[Engine],
        engines::a_native_program_that_floods_fails[Engine],
        engines::an_emulated_program_that_floods_is_unknown[Engine, Emulation],
        engines::escape_sequences_are_taken_out_before_the_output_is_read[Engine],
        engines::an_image_rebuilt_counts_nothing_of_the_old_one[Engine],
        engines::nothing_is_kept_without_a_store[Engine],
        engines::a_container_does_not_outlive_an_exitbar_that_is_killed[Engine],
        engines::ctrl_c_leaves_no_container[Engine],
        engines::the_doctor_says_which_engine_serves_which_platform[Engine, Registry],
        engines::a_stopped_engine_is_unknown_and_says_what_to_do,
        init::two_dockerfiles_and_three_workflows_give_a_configuration_that_audits_at_once[Registry],
        init::a_bake_file_gives_a_configuration_that_audits_at_once[Registry],
        init::goreleaser_s_file_gives_a_configuration_that_audits_at_once[Registry],
        init::an_image_of_the_engine_is_found_and_judged[Engine, Registry],
        init::a_configuration_that_is_there_is_not_overwritten_without_a_word,
        init::a_folder_that_cannot_be_written_is_said_and_nothing_is_left_there,
        init::an_empty_folder_and_one_without_git_give_what_has_to_be_filled_in,
        init::broken_and_hostile_files_cost_only_their_own_facts,
        report_from_life::the_sample_report_comes_out_of_its_state_and_changes_with_it[Engine, Registry, Busybox],
        several_engines::each_platform_is_built_and_run_in_the_engine_that_is_configured_for_it[Dockerd, Emulation],
        trouble::an_engine_that_stops_in_mid_build_leaves_nothing_named_and_builds_the_next_time[Dockerd, Busybox],
        trouble::a_cockpit_goes_on_with_an_engine_that_was_started_again[Dockerd, Busybox],
        trouble::a_full_disk_of_the_engine_is_named_and_the_next_build_completes[Dockerd],
        trouble::an_image_that_does_not_fit_on_the_disk_is_unknown_until_it_does[Dockerd],
        trouble::a_registry_that_is_lost_in_mid_push_moves_no_tag_and_takes_the_next_push[Registry],
        jobs::runs_of_one_image_share_it_and_the_last_one_removes_it[Dockerd],
        jobs::what_was_loaded_for_a_run_does_not_outlive_an_exitbar_that_is_killed[Dockerd],
        jobs::an_image_stays_until_the_last_run_that_uses_it_has_ended[Dockerd],
        podman::a_podman_that_does_not_probe_is_no_failure_of_the_image[Podman, Registry],
        podman::images_of_podman_are_run_pushed_published_and_proven[Podman, Registry, Emulation],
        podman::a_build_by_podman_is_refused_with_what_to_do_and_the_doctor_says_so[Podman, Registry],
        podman::beside_podman_it_is_docker_engine_that_builds[Podman, Dockerd],
        health::a_healthy_container_is_evidence_for_item_6[Dockerd, Busybox],
        health::an_unhealthy_container_fails_item_6_with_its_last_probe[Dockerd, Busybox],
        health::a_container_that_ends_before_it_is_healthy_fails_item_6[Dockerd, Busybox],
        health::a_container_that_is_still_starting_is_a_warning[Dockerd, Busybox],
        jobs::the_whole_output_of_a_job_is_in_a_file_that_the_screen_names,
        jobs::a_job_is_not_started_twice_and_another_one_runs_beside_it[Dockerd],
        signatures::a_classic_signature_in_both_registries_completes_item_3,
        signatures::a_signature_in_one_registry_only_is_partial_and_says_which_lacks_it,
        signatures::a_stranger_alone_is_the_hard_stop_and_beside_a_good_signature_does_not_hurt,
        signatures::a_bundle_as_a_referrer_completes_item_3,
        signatures::every_flaw_of_a_signature_is_rejected,
        signatures::a_registry_that_does_not_give_the_signature_is_unknown,
        verifying::a_real_attestation_verifies_from_a_layout_with_its_identity_and_time,
        verifying::a_real_attestation_verifies_from_a_real_registry[Registry],
        verifying::another_identity_issuer_source_or_digest_is_rejected_with_both_values,
        verifying::a_retired_log_entry_is_not_supported_and_exits_4,
        verifying::a_real_private_sigstore_verifies_by_its_root_and_not_without_it,
        verifying::a_bundle_of_cosign_3_verifies_as_a_file,
        verifying::an_unsigned_image_is_not_signed_and_a_missing_one_is_not_there,
        verifying::both_formats_verify_and_who_can_read_them_is_said,
        verifying::without_a_rule_it_shows_who_signed_and_exits_2,
        verifying::a_rule_that_is_too_wide_verifies_with_a_warning,
        verifying::a_stranger_beside_a_good_signature_is_a_warning_and_alone_is_rejected,
        verifying::a_platform_is_judged_by_its_own_signature,
        verifying::a_key_signed_image_verifies_with_its_key_only,
        verifying::a_registry_that_fails_could_not_be_looked_at,
        verifying::several_images_are_verified_and_the_worst_decides,
        verifying::bad_usage_is_told_with_what_was_expected,
        watching::the_first_look_is_the_baseline_and_nothing_changed_is_0_and_silent,
        watching::a_moved_digest_is_1_with_both_digests_and_its_missing_signature_and_is_said_once,
        watching::without_an_update_the_next_look_compares_with_the_same,
        watching::a_registry_that_is_down_is_4_and_never_unchanged_and_back_is_0,
        watching::a_removed_signature_is_1_also_where_no_digest_moved,
        watching::a_stranger_s_signature_in_place_of_ours_is_named,
        watching::a_signature_that_cannot_be_read_is_4_and_no_alarm,
        watching::a_waiver_is_said_to_end_and_to_have_ended,
        watching::a_rate_limit_is_4_with_its_reason_and_not_waited_for,
        watching::a_warm_look_is_one_head_per_tag_and_more_only_when_verification_is_due,
        watching::images_are_watched_without_a_configuration_by_the_rule_that_is_given,
        watching::bad_usage_of_a_watch_is_told,
        watching::a_real_registry_s_tag_moves_and_goes[Registry],
        watching::the_stream_says_a_sentence_per_change_and_hands_it_to_the_command,
        watching::the_stream_as_json_is_a_line_per_change,
        watching::the_screen_shows_a_tag_that_moves_in_a_pane_of_a_few_rows,
        watching::a_dumb_terminal_gets_sentences,
        watching::a_watch_stops_for_the_shell_and_comes_back,
        watching::a_watch_heeds_the_settings_of_the_screen,
        watching::the_cockpit_leads_to_a_watch_and_back,
        plain::the_demo_is_driven_to_its_end_by_words_and_every_line_is_a_sentence,
        plain::no_and_an_empty_line_leave_everything_as_it_is,
        plain::readonly_holds_in_line_mode,
        signatures::the_configured_key_completes_item_3_and_another_key_does_not,
        signatures::the_staged_index_of_the_demo_is_signed_and_its_item_3_completes,
        login::a_person_at_the_terminal_logs_in_with_a_browser_and_signs,
        login::a_login_that_is_refused_signs_nothing,
        login::a_person_in_the_cockpit_logs_in_once_and_signs,
        login::a_stranger_who_logs_in_in_the_cockpit_signs_nothing,
        attest::an_attested_run_counts_on_a_machine_that_never_ran_it,
        attest::an_attested_example_counts_on_a_machine_that_never_ran_it,
        attest::an_attested_example_of_another_command_or_image_does_not_count,
        attest::an_attested_result_that_failed_fails_item_7_until_it_is_gone,
        attest::the_classic_att_tag_of_every_kind_is_written_when_asked_for_and_counts_by_itself,
        sign::what_it_signs_completes_item_3_with_and_without_the_referrers_api,
        sign::a_real_registry_without_the_referrers_api_keeps_every_signature_in_its_fallback_tag[Registry],
        sign::two_who_sign_at_once_lose_nothing[Registry],
        sign::a_key_of_cosign_signs_and_verifies,
        sign::the_classic_tag_is_written_when_asked_for,
        sign::the_classic_tag_is_written_for_what_a_plain_sign_left_without_it,
        sign::what_goes_wrong_is_named_and_the_next_try_completes,
        sign::an_independent_client_verifies_what_it_signed[PythonSigstore],
        attest::an_sbom_is_attested_in_a_real_registry_and_in_one_with_the_referrers_api[Registry],
        attest::an_sbom_that_says_nothing_or_is_of_another_image_is_not_attested,
        attest::an_attested_scan_counts_on_a_machine_that_never_scanned,
        attest::a_dry_run_of_scan_and_attest_says_who_will_attest_what_and_where,
        scans::a_release_without_a_scan_is_not_started,
        scans::a_clean_newest_attested_scan_completes_item_5,
        scans::a_finding_at_or_over_the_threshold_fails,
        scans::an_old_database_is_soft,
        scans::an_old_scan_is_conditional,
        scans::a_stranger_s_scan_is_shown_and_not_counted,
        scans::an_attested_scan_of_another_image_does_not_count,
        scans::a_null_result_is_unknown,
        scans::a_scan_attested_to_another_digest_does_not_count,
        scans::a_scan_that_looked_at_nothing_is_unknown,
        scans::a_report_in_a_file_counts_for_the_platform_that_it_names,
        scans::a_report_of_another_image_is_shown_and_not_counted,
        scans::a_report_that_cannot_be_read_is_unknown,
        clearing::an_ignored_finding_does_not_count_until_its_day,
        clearing::what_vex_clears_does_not_count,
        clearing::a_vex_document_that_cannot_be_read_clears_nothing_and_fails_nothing,
        clearing::only_findings_with_a_fix_count_where_that_is_asked,
        scanners::the_scan_action_completes_item_5_and_a_later_audit_knows_it,
        scanners::a_scanner_that_is_configured_and_not_there_is_unknown,
        scans::a_scan_attested_on_the_index_counts_for_the_platforms_that_it_names,
        scanners::grype_is_asked_as_well_and_the_worst_counts,
        scanners::a_scanner_that_fails_is_unknown,
        scanners::a_scanner_that_says_fatal_and_exits_with_0_is_unknown,
        scanners::a_scanner_that_catalogues_nothing_is_unknown,
        scanners::a_scanner_that_answers_about_another_image_is_unknown,
        scanners::an_audit_scans_only_where_it_is_asked,
        scanners::a_scanner_gets_no_secret_and_its_settings_hide_nothing,
        osv::without_a_scanner_osv_is_asked_about_the_attested_sbom,
        osv::what_osv_knows_of_a_package_fails_and_its_record_is_asked_for_once,
        osv::osv_that_limits_fails_or_breaks_off_is_unknown,
        osv::packages_that_osv_cannot_be_asked_about_are_unknown,
        osv::osv_is_not_asked_about_a_stranger_s_sbom,
        osv::an_sbom_attested_on_the_index_is_asked_about_for_the_platforms_that_its_packages_cover,
        scans::a_real_registry_takes_and_gives_attested_scans[Registry],
        demo::both_platforms_run_where_this_host_emulates[Emulation],
        demo::several_on_one_engine_at_once_each_play_to_100[Engine, Emulation],
    ];
    trials.extend(conformance::trials());
    libtest_mimic::run(&arguments, trials).exit();
}

fn trial(name: &str, needs: &'static [Part], test: fn()) -> Trial {
    let missing = needs.iter().find_map(|part| part.missing().map(|why| (*part, why)));
    match missing {
        None => Trial::test(name, move || {
            test();
            Ok(())
        }),
        Some((part, why)) if parts::is_required(part) => {
            let why = format!("EXITBAR_REQUIRE names {}, but {why}", part.name());
            Trial::test(name, move || Err(why.into()))
        }
        Some((part, why)) => {
            let name = format!("{name} (needs {}: {why})", part.name());
            Trial::test(name, || Ok(())).with_ignored_flag(true)
        }
    }
}
