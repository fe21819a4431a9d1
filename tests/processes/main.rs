//! The tests that start processes: the program itself, git, jq, kubectl, shells. All others are in `tests/suite`, which is
//! quick; what both share is in `tests/testkit`.

mod api;
mod attacks;
mod cli;
mod delivery;
mod diff;
mod editors;
mod fix;
mod graph;
mod guides;
mod help;
mod init;
mod merging;
mod rights;
mod scripts;
mod simulate;
mod support;
mod texts;
mod verify;
mod yaml;
