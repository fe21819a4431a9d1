//! The filter of a Sensor: a Lua script that decides whether a push starts a pipeline.
//!
//! Argo Events runs it with gopher-lua, which is Lua 5.1 without libraries of others. It sees the host's payload as
//! `event.body` with the header that names the event in it; JSON null is nil there.

use super::Host;
use crate::model::value::REFERENCE_SIGNS;
use crate::model::{OnPullRequest, OnTag, Pattern, RefPattern, Trigger};
use crate::replace;

/// What a filter needs to know.
pub struct Filter<'a> {
    /// What starts the pipeline.
    pub on: &'a Trigger,
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
    let repository = if of_one { repository(host, "push") } else { String::new() };
    format!("{}{repository}{}", host.head(), COMMON.replace("@CUT-OFF@", &cut_off))
}

/// The line that compares the repository. Hosts do not tell apart upper and lower case in the names of repositories.
fn repository(host: &dyn Host, body: &str) -> String {
    let name = host.payload().repository.trim_start_matches('/').replace('/', " or {}).");
    format!("if tostring(({body}.{name}):lower() ~= @REPOSITORY@ then return false end -- another repository\n")
}

/// What all hosts have in common for pull requests.
const PULL: &str = include_str!("pull.lua");
/// A script that lets every event through that reaches its end.
const ALL: &str = "return true\n";

/// The script for a host.
pub fn lua(host: &dyn Host, filter: &Filter) -> String {
    let wanted = quoted(&filter.repository.as_deref().unwrap_or_default().to_ascii_lowercase());
    let own = |body| if filter.repository.is_some() { repository(host, body) } else { String::new() };
    let push = match filter.on {
        Trigger::Push(push) => push,
        Trigger::Tag(OnTag { pattern, .. }) => {
            let values = [
                ("@REPOSITORY@", wanted),
                ("@EVENT@", quoted(host.payload().tag)),
                ("@ANOTHER@", another("push.ref", "refs/tags/", pattern)),
            ];
            let head = host.head().replace(Stop::Branch.comment(), Stop::Tag.comment());
            return replaced(&format!("{}{}{ALL}", until_message(&head), own("push")), &values);
        }
        Trigger::PullRequest(OnPullRequest { base, label, .. }) => {
            let values = [
                ("@REPOSITORY@", wanted),
                ("@ANOTHER@", another("target", "", base)),
                ("@ODD@", quoted(&odd())),
                ("@LABEL@", quoted(label.as_deref().unwrap_or_default())),
            ];
            return replaced(&format!("{}{}{PULL}", host.pull(), own("event.body")), &values);
        }
        Trigger::Schedule(_) => return "return false\n".to_owned(),
    };
    let include: Vec<_> = push.paths.iter().flat_map(|pattern| pattern.value.lua()).collect();
    let except = push.except.iter().map(|pattern| &pattern.value);
    let exclude: Vec<_> = except.chain(filter.written).flat_map(Pattern::lua).collect();
    let values = [
        ("@EVENT@", quoted(host.payload().push)),
        ("@ANOTHER@", another("push.ref", "refs/heads/", &push.branch)),
        ("@AUTHOR@", quoted(filter.author)),
        ("@REPOSITORY@", wanted),
        ("@INCLUDE@", table(&include)),
        ("@EXCLUDE@", table(&exclude)),
    ];
    replaced(&template(host, filter.repository.is_some()), &values)
}

fn replaced(template: &str, values: &[(&str, String)]) -> String {
    let values: Vec<_> = values.iter().map(|(place, value)| (*place, value.as_str())).collect();
    replace::at_once(template, &values)
}

/// The head of a filter without what it reads of the newest commit.
fn until_message(head: &str) -> &str {
    head.split("\nlocal message").next().unwrap_or(head)
}

/// The condition that a field of the payload does not have a name that matches. Of a pattern, only names count whose
/// characters mean nothing to a shell, to the templates of Argo and to those of Kubernetes: whoever may push chooses them.
fn another(field: &str, folder: &str, pattern: &RefPattern) -> String {
    if let Some(name) = pattern.exact() {
        return format!("{field} ~= {}", quoted(&format!("{folder}{name}")));
    }
    let any =
        pattern.lua(folder).iter().map(|pattern| format!("{field}:find({})", quoted(pattern))).collect::<Vec<_>>();
    format!(
        "type({field}) ~= \"string\" or #{field} > {LONGEST} or {field}:find({}) or not ({})",
        quoted(&odd()),
        any.join(" or ")
    )
}

/// A pattern of characters that start nothing.
fn odd() -> String {
    let signs: String = REFERENCE_SIGNS.chars().map(|sign| format!("%{sign}")).collect();
    format!("[^A-Za-z0-9{signs}]")
}

/// The most characters of a full ref. The first step of a run takes as many of a branch.
const LONGEST: usize = 250;

/// Why a filter holds an event back: the comment at the line at which it does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stop {
    /// It is no push.
    Event,
    /// It is a push to another branch.
    Branch,
    /// It is another tag.
    Tag,
    /// A pull request, of which nothing is new that counts.
    Nothing,
    /// A pull request from a fork.
    Fork,
    /// A branch whose name means something to a template or a shell.
    Name,
    /// A pull request that is a draft.
    Draft,
    /// A pull request without the label.
    Label,
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
    pub const ALL: [Self; 13] = [
        Self::Event,
        Self::Branch,
        Self::Tag,
        Self::Nothing,
        Self::Fork,
        Self::Name,
        Self::Draft,
        Self::Label,
        Self::Deletion,
        Self::Repository,
        Self::Message,
        Self::Own,
        Self::Files,
    ];

    /// The comment.
    fn comment(self) -> &'static str {
        match self {
            Self::Event => " -- another event",
            Self::Branch => " -- another branch",
            Self::Tag => " -- another tag",
            Self::Nothing => " -- nothing new",
            Self::Fork => " -- from a fork",
            Self::Name => " -- a name with other signs",
            Self::Draft => " -- a draft",
            Self::Label => " -- without the label",
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
            let elsewhere = [Stop::Tag, Stop::Nothing, Stop::Fork, Stop::Name, Stop::Draft, Stop::Label];
            let known: Vec<_> = Stop::ALL.into_iter().filter(|stop| !elsewhere.contains(stop)).map(Some).collect();
            // The first of two in `matches` is that of a function.
            assert_eq!(found.into_iter().filter(Option::is_some).collect::<Vec<_>>(), known);
            assert_eq!((Stop::at(template, 0), Stop::at(template, 1), Stop::at(template, 99)), (None, None, None));
        }
    }
}
