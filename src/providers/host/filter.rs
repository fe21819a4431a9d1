//! The filter of a Sensor: a Lua script that decides whether a push starts a pipeline.
//!
//! Argo Events runs it with gopher-lua, which is Lua 5.1 without libraries of others. It sees the host's payload as
//! `event.body` with the header that names the event in it; JSON null is nil there.

use super::Host;
use crate::model::{OnPush, Pattern};
use crate::replace;

/// What a filter needs to know.
pub struct Filter<'a> {
    /// What starts the pipeline.
    pub on: &'a OnPush,
    /// Patterns of files that never count: what the deliveries themselves write.
    pub written: &'a [Pattern],
    /// The address of the deliveries' own commits.
    pub author: &'a str,
    /// The only repository that counts, as `owner/name`, where pushes to others come through the same webhook.
    pub repository: Option<String>,
}

/// What all hosts have in common, behind the head of a host.
const COMMON: &str = include_str!("filter.lua");

/// The template of a host's script.
fn template(host: &dyn Host, of_one: bool) -> String {
    let cut_off = host.payload().total.map_or_else(String::new, |total| {
        let total = total.trim_start_matches('/');
        format!(
            "if (tonumber(push.{total}) or 0) > #commits then return true end -- {} lists only some of the commits\n",
            host.name()
        )
    });
    let repository = if of_one { repository(host) } else { String::new() };
    format!("{}{repository}{}", host.head(), COMMON.replace("@CUT-OFF@", &cut_off))
}

/// The line that compares the repository. Hosts do not tell apart upper and lower case in the names of repositories.
fn repository(host: &dyn Host) -> String {
    let name = host.payload().repository.trim_start_matches('/').replace('/', " or {}).");
    format!("if tostring((push.{name}):lower() ~= @REPOSITORY@ then return false end -- another repository\n")
}

/// The script for a host.
pub fn lua(host: &dyn Host, filter: &Filter) -> String {
    let include: Vec<_> = filter.on.paths.iter().flat_map(|pattern| pattern.value.lua()).collect();
    let except = filter.on.except.iter().map(|pattern| &pattern.value);
    let exclude: Vec<_> = except.chain(filter.written).flat_map(Pattern::lua).collect();
    let values = [
        ("@REF@", quoted(&format!("refs/heads/{}", filter.on.branch))),
        ("@AUTHOR@", quoted(filter.author)),
        ("@REPOSITORY@", quoted(&filter.repository.as_deref().unwrap_or_default().to_ascii_lowercase())),
        ("@INCLUDE@", table(&include)),
        ("@EXCLUDE@", table(&exclude)),
    ];
    replace::at_once(
        &template(host, filter.repository.is_some()),
        &values.each_ref().map(|(place, value)| (*place, value.as_str())),
    )
}

/// Why a filter holds an event back: the comment at the line at which it does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stop {
    /// It is no push.
    Event,
    /// It is a push to another branch.
    Branch,
    /// The branch was deleted.
    Deletion,
    /// It is a push to another repository.
    Repository,
    /// The newest commit's message asks for it.
    Message,
    /// Every commit is one of the deliveries' own.
    Own,
    /// No changed file counts.
    Files,
}

impl Stop {
    /// All of them, in the order of the script.
    pub const ALL: [Self; 7] =
        [Self::Event, Self::Branch, Self::Deletion, Self::Repository, Self::Message, Self::Own, Self::Files];

    /// The comment.
    fn comment(self) -> &'static str {
        match self {
            Self::Event => " -- another event",
            Self::Branch => " -- another branch",
            Self::Deletion => " -- a deletion",
            Self::Repository => " -- another repository",
            Self::Message => " -- skipped by its message",
            Self::Own => " -- the deliveries' own commits",
            Self::Files => " -- no such files",
        }
    }

    /// What the line of a filter, counted from 1, stops; nothing where it stops nothing.
    #[must_use]
    pub fn at(script: &str, line: usize) -> Option<Self> {
        let line = script.lines().nth(line.checked_sub(1)?)?;
        Self::ALL.into_iter().find(|stop| line.ends_with(stop.comment()))
    }
}

fn table(patterns: &[String]) -> String {
    let items: Vec<_> = patterns.iter().map(|pattern| quoted(pattern)).collect();
    format!("{{{}}}", items.join(", "))
}

/// A string as Lua writes it: whatever is not plain is a decimal escape.
fn quoted(text: &str) -> String {
    let mut result = String::from("\"");
    for byte in text.bytes() {
        match byte {
            b'"' | b'\\' => {
                result.push('\\');
                result.push(char::from(byte));
            }
            b' '..=b'~' => result.push(char::from(byte)),
            byte => result.push_str(&format!("\\{byte:03}")),
        }
    }
    result.push('"');
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_line_that_stops_says_why() {
        for host in crate::providers::host::all() {
            let template = &template(host, true);
            let stops = template.lines().enumerate().filter(|(_, line)| line.contains("return false"));
            let found: Vec<_> = stops.map(|(at, _)| Stop::at(template, at + 1)).collect();
            let known: Vec<_> = Stop::ALL.into_iter().map(Some).collect();
            // The first of two in `matches` is that of a function.
            assert_eq!(found.into_iter().filter(Option::is_some).collect::<Vec<_>>(), known);
            assert_eq!((Stop::at(template, 0), Stop::at(template, 1), Stop::at(template, 99)), (None, None, None));
        }
    }
}
