//! Parsing literals: quantities, paths and names, and why one is invalid.
//!
//! The error of each function says what is wrong, and what to write.

mod images;
mod message;
mod mount;
mod name;
mod quantity;
mod schedule;
mod store;

pub use images::*;
pub use message::message;
pub use mount::{is_inside, mount_path};
pub use name::*;
pub use quantity::*;
pub use schedule::{schedule, time_zone};
pub use store::*;

use std::fmt;

/// What the names of generated objects are or start with.
pub const OUR_NAME: &str = "pipelinec";

/// What a function of this module returns: the value, or what is wrong with the literal.
pub type Read<T> = Result<T, Bad>;

/// What is wrong with a literal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bad {
    /// The predicate of a sentence whose subject is the literal: "has no unit".
    pub fact: String,
    /// What to do.
    pub help: String,
    /// What a quantity certainly means, as it should be written.
    pub instead: Option<String>,
}

impl Bad {
    /// Both.
    pub fn new(fact: impl Into<String>, help: impl Into<String>) -> Self {
        Self { fact: fact.into(), help: help.into(), instead: None }
    }

    /// An error for a literal whose meaning is certain.
    fn meant(fact: impl Into<String>, instead: String) -> Self {
        Self { instead: Some(instead.clone()), ..Self::new(fact, format!("write `{instead}`")) }
    }
}

fn bad<T>(fact: impl Into<String>, help: impl Into<String>) -> Read<T> {
    Err(Bad::new(fact, help))
}

/// The name of an environment variable.
///
/// # Errors
/// When a shell could not read it.
pub fn variable_name(text: &str) -> Read<String> {
    let good = |c: char| c.is_ascii_alphanumeric() || c == '_';
    if text.is_empty() || !text.chars().all(good) || text.starts_with(|c: char| c.is_ascii_digit()) {
        return bad("is not an environment variable name", "use only letters, digits and `_`");
    }
    if text.starts_with("PIPELINEC_") {
        return bad("starts with `PIPELINEC_`, which is reserved for the generated manifests", "choose another name");
    }
    Ok(text.to_owned())
}

/// A path inside a repository, without `.` parts or `/` at its ends; empty is the repository itself.
///
/// # Errors
/// When it is absolute, leaves the repository, or contains what a shell, git or Argo CD would interpret differently.
pub fn path(text: &str) -> Read<String> {
    if text.starts_with('/') {
        return bad("starts with `/`", "write the path relative to the root of the repository");
    }
    let parts: Vec<_> = text.split('/').filter(|part| !part.is_empty() && *part != ".").collect();
    if parts.contains(&"..") {
        return bad("leaves its folder with `..`", "write a path that stays inside the folder");
    }
    if let Some(sign) =
        text.chars().find(|c| c.is_control() || matches!(c, '\\' | '{' | '}' | '$' | '`' | '#' | '?' | ':' | '*' | '"'))
    {
        let fact = format!("contains `{}`, which is not allowed in a path", sign.escape_debug());
        return bad(fact, "write a path without it, and rename the file if necessary");
    }
    if let Some(part) = parts.iter().find(|part| part.starts_with('-')) {
        let fact = format!("contains the segment `{part}`, which programs would read as an option");
        return bad(fact, "rename the file or folder so that it starts with another character");
    }
    Ok(parts.join("/"))
}

/// A path for the scripts of a run: of plain characters only, which git, BuildKit and Argo CD patterns interpret alike.
///
/// # Errors
/// When it is not a valid [`path`], or contains other characters.
pub fn plain_path(text: &str) -> Read<String> {
    let path = path(text)?;
    if path.len() > 1000 {
        return bad("is longer than 1000 characters", "move the folder closer to the root");
    }
    let help = "use only letters, digits, `.`, `_`, `-`, `+` and `@`";
    match path.chars().find(|c| !c.is_ascii_alphanumeric() && !"._-+@/".contains(*c)) {
        Some(' ') => bad("contains a space", help),
        Some(c) => bad(format!("contains `{c}`"), help),
        None => Ok(path),
    }
}

/// The name of a git branch, by the rules of `git check-ref-format` that matter here.
///
/// # Errors
/// When git would reject it.
pub fn branch(text: &str) -> Read<String> {
    if text.is_empty() {
        return bad("is empty", "write the name of a branch, such as `main`");
    }
    if text.starts_with("refs/") {
        return bad("is a full ref", "write only the name of the branch, such as `main`");
    }
    let strange = |c: char| c.is_control() || c.is_whitespace() || garbled(c) || "~^:?*[\\{}\"'`$".contains(c);
    let odd_part = |part: &str| part.is_empty() || part.starts_with('.') || part.ends_with(".lock");
    let odd = text.starts_with('-')
        || text.ends_with('.')
        || text.contains("..")
        || text.split('/').any(odd_part)
        || text.len() > 250;
    if odd || text.contains(strange) {
        return bad("is not a git branch name", "write it as `git branch` shows it");
    }
    Ok(text.to_owned())
}

/// The name of a branch or a tag that a payload may bring: only characters that mean nothing to a shell, to the templates
/// of Argo or to those of Kubernetes.
///
/// # Errors
/// When git would reject it, or it has other characters.
pub fn reference_name(text: &str) -> Read<String> {
    let name = branch(text)?;
    if let Some(odd) = text.chars().find(|c| !c.is_ascii_alphanumeric() && !REFERENCE_SIGNS.contains(*c)) {
        return bad(
            format!("contains `{odd}`, and names with it start no pipeline"),
            "use letters, digits and `. _ / + @ = -`",
        );
    }
    Ok(name)
}

/// What the names of branches and tags may contain, beside letters and digits, to start a pipeline by a pattern.
pub const REFERENCE_SIGNS: &str = "._/+@=-";

/// The label of a pull request.
///
/// # Errors
/// When no host has such a label.
pub fn pull_request_label(text: &str) -> Read<String> {
    if text.is_empty() || text.trim() != text || text.contains(char::is_control) {
        return bad("is not a label", "write it as the git host shows it");
    }
    Ok(text.to_owned())
}

/// `host` or `host:port`.
///
/// # Errors
/// When it is neither.
pub fn host(text: &str) -> Read<String> {
    if let Some(rest) = text.strip_prefix("http://").or_else(|| text.strip_prefix("https://")) {
        return bad("contains a scheme", format!("write `{}`", rest.trim_end_matches('/')));
    }
    let (name, port) = match text.split_once(':') {
        Some((name, port)) => (name, Some(port)),
        None => (text, None),
    };
    if let Some(port) = port {
        let port = port.parse::<u16>().ok().filter(|port| *port > 0);
        port.ok_or_else(|| Bad::new("has no port from 1 to 65535 after `:`", format!("write `{name}:443`")))?;
    }
    host_name(name)?;
    Ok(text.to_owned())
}

/// A Service and a port of it: `pg-postgresql:5432`.
///
/// # Errors
/// When it has a different form.
pub fn served(text: &str) -> Read<(String, u16)> {
    let example = "write the name of a Service and its port, such as `pg-postgresql:5432`";
    let Some((service, port)) = text.split_once(':') else {
        return bad("does not have the form `SERVICE:PORT`", example);
    };
    let port = port
        .parse::<u16>()
        .ok()
        .filter(|port| *port > 0 && port.to_string() == *text.rsplit(':').next().unwrap_or_default());
    match (dns_label(service, 63), port) {
        (Ok(service), Some(port)) => Ok((service, port)),
        _ => bad("does not have the form `SERVICE:PORT`", example),
    }
}

/// A host name.
///
/// # Errors
/// When it is not one.
pub fn host_name(text: &str) -> Read<String> {
    if text.len() > 253 || text.is_empty() || text.split('.').any(|label| dns_label(&label.to_lowercase(), 63).is_err())
    {
        return bad("is not a host name", "use letters, digits and `-`, separated by dots, such as `shop.acme.io`");
    }
    Ok(text.to_owned())
}

/// `http://…` or `https://…`, without `/` at its end.
///
/// # Errors
/// When it is neither, or contains a user name or a password.
pub fn url(text: &str) -> Read<String> {
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    let Some(rest) = rest else {
        let bare = text.rsplit("://").next().unwrap_or_default();
        return bad("does not start with `https://` or `http://`", format!("write `https://{bare}`"));
    };
    let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
    if authority.contains('@') {
        return bad("contains a user name or a password", "move it to a secret");
    }
    host(authority)?;
    if path.contains(|c: char| c.is_control() || c.is_whitespace() || "{}\"'`\\".contains(c)) {
        return bad("contains characters that are not valid in a URL", "percent-encode them: write a space as `%20`");
    }
    Ok(text.trim_end_matches('/').to_owned())
}

/// An address to which a path is added: without `/` at its end.
///
/// # Errors
/// When it is not a URL, or has a query or a fragment.
pub fn base_url(text: &str) -> Read<String> {
    match text.find(['?', '#']) {
        Some(at) => bad("has a query or a fragment, and a path is added to it", format!("write `{}`", &text[..at])),
        None => url(text),
    }
}

/// The URL of a chart repository, as Argo CD writes it: `https://charts.acme.io`, and `ghcr.io/acme` for
/// `oci://ghcr.io/acme`.
///
/// # Errors
/// When it is neither, or contains a user name or a password.
pub fn chart_repository(text: &str) -> Read<String> {
    match text.strip_prefix("oci://") {
        Some(rest) => url(&format!("https://{rest}")).map(|url| url.trim_start_matches("https://").to_owned()),
        None if text.contains("://") => url(text),
        None => bad("does not start with `https://` or `oci://`", format!("write `https://{text}` or `oci://{text}`")),
    }
}

/// The exact version of a chart. Argo CD takes what is no version, such as `16.x` or `^16`, for a range, and would deploy
/// whatever is the newest in it (argo-cd, `util/versions/tags.go`, MaxVersion, v3.5.1).
///
/// # Errors
/// When it has not the form of SemVer, of which numbers may be left out.
pub fn chart_version(text: &str) -> Read<String> {
    let (rest, build) = text.split_once('+').map_or((text, None), |(rest, build)| (rest, Some(build)));
    let (numbers, before) = rest.split_once('-').map_or((rest, None), |(rest, before)| (rest, Some(before)));
    let is_number = |part: &str| !part.is_empty() && part.len() < 10 && part.chars().all(|c| c.is_ascii_digit());
    let is_words = |part: &str| {
        part.split('.').all(|word| !word.is_empty() && word.chars().all(|c| c.is_ascii_alphanumeric() || c == '-'))
    };
    let parts: Vec<_> = numbers.strip_prefix('v').unwrap_or(numbers).split('.').collect();
    let is_exact = parts.len() <= 3 && parts.into_iter().all(is_number);
    if !is_exact || ![before, build].into_iter().flatten().all(is_words) || text.len() > 128 {
        return bad("is not an exact version", "write the version of one release, such as `16.4.1`");
    }
    Ok(text.to_owned())
}

/// Whether Argo Workflows produces invalid JSON for the character when it substitutes an argument in a template: it
/// escapes it as Go does (`\U000e0067`), and JSON has no such escape. The invisible letters of flags are an example.
fn garbled(c: char) -> bool {
    c > '\u{ffff}' && c.escape_debug().len() > 1
}

/// The path of a URL: `/health`.
///
/// # Errors
/// When it does not start with `/`, or contains characters that are not valid in a path.
pub fn url_path(text: &str) -> Read<String> {
    let invalid = |c: char| c.is_control() || c.is_whitespace() || "{}\"'`\\#?".contains(c);
    if !text.starts_with('/') {
        let help = match text.contains(invalid) {
            true => "start it with `/`, and percent-encode what a URL path cannot contain: write a space as `%20`"
                .to_owned(),
            false => format!("write `/{text}`"),
        };
        return bad("does not start with `/`", help);
    }
    if text.contains(invalid) {
        return bad(
            "contains characters that are not valid in a URL path",
            "percent-encode them: write a space as `%20`",
        );
    }
    Ok(text.to_owned())
}

/// `Name <address>`.
///
/// # Errors
/// When it has a different form.
pub fn author(text: &str) -> Read<(String, String)> {
    let parts = text.strip_suffix('>').and_then(|rest| rest.split_once(" <"));
    let good = |part: &str| !part.is_empty() && !part.contains(|c: char| c.is_control() || "<>\"'{}$`\\".contains(c));
    match parts {
        Some((name, email)) if good(name) && good(email) && email.contains('@') && !email.contains(' ') => {
            Ok((name.to_owned(), email.to_owned()))
        }
        _ => bad("does not have the form `Name <address>`", "write, for example, `Delivery <delivery@acme.io>`"),
    }
}

/// A repository on a git host.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Repository {
    /// `github.com`, perhaps with a port.
    pub host: String,
    /// The account, or a group, perhaps of a group: `acme/team`.
    pub owner: String,
    /// The name of the repository.
    pub name: String,
}

impl Repository {
    /// Reads `host/owner/name`.
    ///
    /// # Errors
    /// When it has a different form.
    pub fn read(text: &str) -> Read<Self> {
        let bare = text.trim_start_matches("https://").trim_end_matches(".git").trim_end_matches('/');
        if bare != text && bare.split('/').count() > 2 {
            return bad("is a URL", format!("write `{bare}`"));
        }
        let example = "write, for example, `github.com/acme/shop`";
        let parts = text.split_once('/').and_then(|(at, rest)| Some((at, rest.rsplit_once('/')?)));
        let Some((at, (owner, name))) = parts else {
            return bad("does not have the form `host/owner/name`", example);
        };
        host(at).map_err(|_| Bad::new(format!("starts with `{at}`, which is not a host name"), example))?;
        let good = |part: &str| {
            !part.is_empty()
                && part.chars().all(|c| c.is_ascii_alphanumeric() || "._-".contains(c))
                && !part.starts_with(['-', '.'])
        };
        if !owner.split('/').chain([name]).all(good) {
            return bad("does not have the form `host/owner/name`", example);
        }
        Ok(Self { host: at.to_owned(), owner: owner.to_owned(), name: name.to_owned() })
    }

    /// The URL that git clones.
    #[must_use]
    pub fn url(&self) -> String {
        format!("https://{self}.git")
    }

    /// A name for objects and paths: `owner-name`, in the characters that Kubernetes allows.
    #[must_use]
    pub fn slug(&self) -> String {
        slug(&format!("{}-{}", self.owner, self.name))
    }

    /// The account, or the group that contains all others: `acme`.
    #[must_use]
    pub fn organization(&self) -> &str {
        self.owner.split('/').next().unwrap_or_default()
    }
}

/// A text in the characters that Kubernetes allows in names.
pub(super) fn slug(text: &str) -> String {
    let letter = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' };
    text.chars().map(letter).collect::<String>().trim_matches('-').to_owned()
}

impl fmt::Display for Repository {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}/{}", self.host, self.owner, self.name)
    }
}

/// A pattern for changed files: `*` matches anything within a folder, `**` anything across folders.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pattern(String);

impl Pattern {
    /// Reads a pattern.
    ///
    /// # Errors
    /// When it could never match a path of a repository.
    pub fn read(text: &str) -> Read<Self> {
        if text.is_empty() {
            return bad("is empty and matches no file", "write `**` for all files");
        }
        if text.starts_with('/') || text.starts_with("./") {
            return bad("cannot match any file", "write the path relative to the root of the repository");
        }
        if text.ends_with('/') {
            return bad("cannot match any file", format!("write `{text}**` for everything in the folder"));
        }
        if text.split('/').any(|part| part == ".." || part.is_empty()) {
            let fact = "contains an empty segment or `..`, and cannot match any file";
            return bad(fact, "write the path relative to the root of the repository");
        }
        if text.contains(|c: char| c.is_control()) {
            return bad("contains a control character", "remove it");
        }
        if text.matches("**/").count() > 4 {
            return bad("contains more than four `**/`", "write several patterns, or fewer `**/`");
        }
        if let Some(sign) = text.chars().find(|c| matches!(c, '[' | ']' | '?' | '{' | '}' | '!')) {
            let help = "write `*` for anything in a folder, `**` for anything below it, and separate patterns for alternatives";
            return bad(format!("contains `{sign}`, which patterns do not support"), help);
        }
        Ok(Self(text.to_owned()))
    }

    /// All files below a folder; all files if it is empty.
    #[must_use]
    pub fn below(folder: &str) -> Self {
        Self(super::join(folder, "**"))
    }

    /// As it is written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What precedes the first `*`: every file that matches starts with it.
    #[must_use]
    pub fn prefix(&self) -> &str {
        self.0.split('*').next().unwrap_or("")
    }

    /// As anchored Lua patterns, one of which matches whenever this pattern does. Lua patterns have no alternation, so
    /// `**/`, which also matches nothing, turns one pattern into two.
    #[must_use]
    pub fn lua(&self) -> Vec<String> {
        let mut variants = vec![String::from("^")];
        let mut rest = self.0.as_str();
        while let Some(letter) = rest.chars().next() {
            if let Some(tail) = rest.strip_prefix("**/") {
                variants = variants.iter().flat_map(|text| [text.clone(), format!("{text}.*/")]).collect();
                rest = tail;
            } else if let Some(tail) = rest.strip_prefix("**") {
                variants.iter_mut().for_each(|text| text.push_str(".*"));
                rest = tail;
            } else if let Some(tail) = rest.strip_prefix('*') {
                variants.iter_mut().for_each(|text| text.push_str("[^/]*"));
                rest = tail;
            } else {
                // Lua allows every punctuation character to be escaped, but no letter.
                let escape = if letter.is_ascii_punctuation() && letter != '/' { "%" } else { "" };
                variants.iter_mut().for_each(|text| *text = format!("{text}{escape}{letter}"));
                rest = &rest[letter.len_utf8()..];
            }
        }
        variants.iter_mut().for_each(|text| text.push('$'));
        variants
    }

    /// Whether every file of the folder (the whole repository if empty) matches.
    #[must_use]
    pub fn covers(&self, folder: &str) -> bool {
        match self.0.strip_suffix("**") {
            Some("") => true,
            Some(outer) => !outer.contains('*') && format!("{folder}/").starts_with(outer),
            None => false,
        }
    }

    /// Whether a file of the folder (the whole repository if empty) could match.
    #[must_use]
    pub fn may_match_below(&self, folder: &str) -> bool {
        let folder = if folder.is_empty() { String::new() } else { format!("{folder}/") };
        let prefix = self.prefix();
        prefix.starts_with(&folder) || folder.starts_with(prefix) && self.0.contains('*')
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repositories_have_three_parts() {
        let repository = Repository::read("github.com/acme/shop.web").expect("a repository");
        assert_eq!(repository.url(), "https://github.com/acme/shop.web.git");
        assert_eq!(repository.slug(), "acme-shop-web");
        assert!(
            Repository::read("https://github.com/acme/shop.git")
                .expect_err("wrong")
                .help
                .contains("write `github.com/acme/shop`")
        );
        assert!(Repository::read("acme/shop").is_err());
        assert!(Repository::read("github.com/acme/-x").is_err());
    }

    #[test]
    fn a_pattern_knows_where_it_can_match() {
        let pattern = |text| Pattern::read(text).expect("a pattern");
        assert!(pattern("app/**").may_match_below("app"));
        assert!(pattern("app/src/*.rs").may_match_below("app"));
        assert!(pattern("**").may_match_below("app"));
        assert!(pattern("**/x").may_match_below("app"));
        assert!(pattern("lib/**").may_match_below(""));
        assert!(!pattern("lib/**").may_match_below("app"));
        assert!(!pattern("application/**").may_match_below("app"));
        assert!(!pattern("app").may_match_below("app"));
        assert!(Pattern::read("app/").expect_err("wrong").help.contains("write `app/**`"));
    }

    #[test]
    fn paths_stay_in_their_repository() {
        assert_eq!(path("./a//b/"), Ok("a/b".into()));
        assert_eq!(path("."), Ok(String::new()));
        assert!(path("../x").is_err());
        assert!(path("/x").is_err());
        assert!(path("-x").is_err());
        assert!(path("a{{b").is_err());
    }
}
