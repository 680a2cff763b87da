//! The house rules as tests: each reads the repository and lists what breaks it, as
//! `path:line: what is wrong`. Starts no process and looks at no build output.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]
#![expect(clippy::indexing_slicing, reason = "rules cut text where they have just looked")]

mod documents;
mod layers;
mod length;
mod marks;
mod places;
mod requests;
mod rust;
mod tree;

use tree::Tree;

/// Fails with one line per fault.
#[track_caller]
fn expect_none(faults: &[String]) {
    assert!(faults.is_empty(), "{} broken:\n{}\n", faults.len(), faults.join("\n"));
}

#[test]
fn modules_import_only_from_the_layers_below() {
    expect_none(&layers::faults(&Tree::read()));
}

#[test]
fn the_processes_meet_only_on_the_wire() {
    expect_none(&layers::strangers(&Tree::read()));
}

#[test]
fn the_core_knows_no_world_and_the_protocol_no_runtime() {
    expect_none(&layers::absences(&Tree::read()));
}

#[test]
fn no_file_has_grown_too_long() {
    expect_none(&length::faults(&Tree::read(), length::LONGER));
}

#[test]
fn nothing_unfinished_is_left_behind() {
    expect_none(&marks::unfinished(&Tree::read()));
}

#[test]
fn every_file_says_what_it_is() {
    expect_none(&marks::heads(&Tree::read()));
}

#[test]
fn only_one_file_of_the_client_prints() {
    expect_none(&marks::prints(&Tree::read()));
}

#[test]
fn no_file_names_a_place_on_one_machine() {
    expect_none(&places::machine_paths(&Tree::read()));
}

#[test]
fn files_are_where_and_what_their_names_say() {
    expect_none(&places::names(&Tree::read()));
}

#[test]
fn the_protocol_document_names_everything_on_the_wire() {
    let words = documents::protocol_words();
    expect_none(&documents::protocol_faults(&Tree::read(), &words));
}

#[test]
fn the_operating_document_names_every_configuration_key_and_every_figure() {
    let words = parlord::config_keys().chain(parlord::figure_names());
    expect_none(&documents::operating_faults(&Tree::read(), words));
}

#[test]
fn the_readme_shows_the_tour_that_is_walked() {
    expect_none(&documents::tour_faults(&Tree::read()));
}

#[test]
fn every_request_is_tried_in_the_core_through_both_doors_and_as_a_command() {
    expect_none(&requests::faults(&Tree::read(), &documents::requests()));
}

#[test]
fn every_command_is_run() {
    let commands: Vec<String> = parlor::command_names().collect();
    expect_none(&requests::commands(&Tree::read(), &commands));
}
