//! Completions and man pages, made from the declaration of the arguments. Needs neither
//! configuration nor a server.

use std::fs;
use std::path::Path;

use clap::CommandFactory as _;
use clap_complete::Shell;
use clap_mangen::Man;

use crate::args::{Args, Command};
use crate::failure::{Exit, Failure, Result};
use crate::out::Out;

const NAME: &str = "parlor";

/// Does what was typed, if it is one of these.
pub(crate) fn run(command: &Command, out: &mut Out) -> Option<Result<()>> {
    if let Command::Completions { shell } = command {
        return Some(out.document(&completions(*shell)));
    }
    let Command::Man { dir } = command else { return None };
    Some(match dir {
        Some(dir) => pages(dir),
        None => page().and_then(|page| out.document(&page)),
    })
}

/// The words of every command that does something by itself.
pub(crate) fn command_names() -> Vec<String> {
    let mut names = Vec::new();
    add_names(&Args::command(), "", &mut names);
    names
}

fn add_names(of: &clap::Command, before: &str, names: &mut Vec<String>) {
    for command in of.get_subcommands() {
        let name = format!("{before}{}", command.get_name());
        if !command.is_subcommand_required_set() {
            names.push(name.clone());
        }
        add_names(command, &format!("{name} "), names);
    }
}

fn completions(shell: Shell) -> Vec<u8> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Args::command(), NAME, &mut script);
    script
}

fn page() -> Result<Vec<u8>> {
    let mut page = Vec::new();
    let written = Man::new(Args::command()).render(&mut page);
    written.map_err(|error| Failure::new(Exit::Failure, format!("the man page: {error}")))?;
    Ok(page)
}

/// One page for parlor and one for each of its commands.
fn pages(dir: &Path) -> Result<()> {
    let written = fs::create_dir_all(dir).and_then(|()| {
        clap_mangen::generate_to(Args::command().disable_help_subcommand(true), dir)
    });
    written.map_err(|error| {
        Failure::new(Exit::Failure, format!("writing man pages: {}: {error}", dir.display()))
    })
}
