//! Commands of the program, as pages and its help show them.

use clap::Parser as _;
use pipelinec::cli::args::Args;

/// The commands that a line of a shell runs, as far as they are of this program: the words of each.
pub fn commands(line: &str) -> Vec<Vec<String>> {
    let mut found = Vec::new();
    for command in line.split(['|', ';']).flat_map(|part| part.split("&&")) {
        // Behind `>` and `<` stands a file.
        let command = command.split(['>', '<', '#']).next().unwrap_or_default().trim();
        if command.starts_with("pipelinec ") {
            found.push(command.split_whitespace().map(|word| word.trim_matches(['\'', '"']).to_owned()).collect());
        }
    }
    found
}

/// Holds that the program takes these words.
#[track_caller]
pub fn parses(words: &[String]) {
    if let Err(error) = Args::try_parse_from(words) {
        panic!("{}: {error}", words.join(" "));
    }
}
