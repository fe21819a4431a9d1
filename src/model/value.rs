//! Reading literals: what a measure, a path or a name means, and why it means nothing.
//!
//! Each function says in its error what is wrong, and what to write.

mod measure;

pub use measure::*;

use std::fmt;

/// What the names of our own objects are or begin with.
pub const OUR_NAME: &str = "pipelinec";

/// What a function of this module gives: the value, or what is wrong with the literal.
pub type Read<T> = Result<T, Bad>;

/// What is wrong with a literal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bad {
    /// The end of a sentence that begins with the literal: "has no unit".
    pub fact: String,
    /// What to do.
    pub help: String,
    /// What a measure is certain to mean, as it is to be written.
    pub instead: Option<String>,
}

impl Bad {
    /// Both.
    pub fn new(fact: impl Into<String>, help: impl Into<String>) -> Self {
        Self { fact: fact.into(), help: help.into(), instead: None }
    }

    /// What is certain to be meant.
    fn meant(fact: impl Into<String>, instead: String) -> Self {
        Self { instead: Some(instead.clone()), ..Self::new(fact, format!("write `{instead}`")) }
    }
}

fn bad<T>(fact: impl Into<String>, help: impl Into<String>) -> Read<T> {
    Err(Bad::new(fact, help))
}

/// A DNS label (RFC 1123) of at most `longest` characters: the name of most objects, of a namespace, of a label's value.
///
/// # Errors
/// When Kubernetes would refuse it.
pub fn dns_label(text: &str, longest: usize) -> Read<String> {
    if text.is_empty() {
        return bad("is empty", "write a name");
    }
    if text.len() > longest {
        let fact = format!("has {} characters, {longest} at most are possible", text.len());
        return bad(fact, format!("shorten it to {longest}"));
    }
    if let Some(letter) = text.chars().find(|c| !matches!(c, 'a'..='z' | '0'..='9' | '-')) {
        let letters = "Kubernetes names have `a` to `z`, `0` to `9` and `-`";
        return match letter {
            'A'..='Z' => bad(format!("has the capital `{letter}`"), format!("write it small: {letters}")),
            '_' | '.' | ' ' => bad(format!("has `{letter}`"), format!("write `-` in its place: {letters}")),
            _ => bad(format!("has `{}`", letter.escape_debug()), format!("leave that out: {letters}")),
        };
    }
    if text.starts_with('-') || text.ends_with('-') {
        return bad("begins or ends with `-`", "begin and end it with a letter or a digit");
    }
    Ok(text.to_owned())
}

/// The name of a namespace.
///
/// # Errors
/// When Kubernetes would refuse it, or keeps it for itself: <https://kubernetes.io/docs/concepts/overview/working-with-objects/namespaces/>.
pub fn namespace(text: &str) -> Read<String> {
    let name = dns_label(text, 63)?;
    if name.starts_with("kube-") {
        return bad("begins with `kube-`", "choose another name: Kubernetes keeps such namespaces for itself");
    }
    Ok(name)
}

/// The name of a Secret: DNS labels joined by dots.
///
/// # Errors
/// When Kubernetes would refuse it.
pub fn dns_subdomain(text: &str) -> Read<String> {
    if text.len() > 253 {
        return bad("has more than 253 characters", "shorten it");
    }
    for label in text.split('.') {
        dns_label(label, 253)?;
    }
    Ok(text.to_owned())
}

/// The key of a label: a name, perhaps after a domain and `/`.
///
/// # Errors
/// When Kubernetes would refuse it.
pub fn label_key(text: &str) -> Read<String> {
    let (domain, name) = text.split_once('/').map_or((None, text), |(domain, name)| (Some(domain), name));
    if name.is_empty() || !is_label(name) || domain.is_some_and(|domain| dns_subdomain(domain).is_err()) {
        return bad("is no key of a label", "write `name` or `domain/name`");
    }
    Ok(text.to_owned())
}

/// The value of a label.
///
/// # Errors
/// When Kubernetes would refuse it.
pub fn label_value(text: &str) -> Read<String> {
    if is_label(text) {
        return Ok(text.to_owned());
    }
    bad("is no value of a label", "write at most 63 letters, digits, `-`, `_` and `.`")
}

fn is_label(text: &str) -> bool {
    let good = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    let ends = |c: Option<char>| c.is_none_or(|c| c.is_ascii_alphanumeric());
    text.len() <= 63 && text.chars().all(good) && ends(text.chars().next()) && ends(text.chars().next_back())
}

/// A key of a Secret.
///
/// # Errors
/// When Kubernetes would refuse it.
pub fn secret_key(text: &str) -> Read<String> {
    let good = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    if text.is_empty() || text.len() > 253 || !text.chars().all(good) || text == "." || text == ".." {
        return bad("is no key of a Secret", "write letters, digits, `-`, `_` and `.`");
    }
    Ok(text.to_owned())
}

/// The name of an environment variable.
///
/// # Errors
/// When a shell could not read it.
pub fn variable_name(text: &str) -> Read<String> {
    let good = |c: char| c.is_ascii_alphanumeric() || c == '_';
    if text.is_empty() || !text.chars().all(good) || text.starts_with(|c: char| c.is_ascii_digit()) {
        return bad("is no name of an environment variable", "write letters, digits and `_`");
    }
    if text.starts_with("PIPELINEC_") {
        return bad("begins with `PIPELINEC_`, as those of the generated manifests do", "choose another name");
    }
    Ok(text.to_owned())
}

/// A path inside a repository, without `.` parts or `/` at its ends; empty is the repository itself.
///
/// # Errors
/// When it is absolute, leaves the repository, or holds what a shell, git or Argo CD would read in another way.
pub fn path(text: &str) -> Read<String> {
    if text.starts_with('/') {
        return bad("begins with `/`", "write the path as it is seen from the repository");
    }
    let parts: Vec<_> = text.split('/').filter(|part| !part.is_empty() && *part != ".").collect();
    if parts.contains(&"..") {
        return bad("leaves its folder with `..`", "write a path that stays in it");
    }
    if let Some(sign) =
        text.chars().find(|c| c.is_control() || matches!(c, '\\' | '{' | '}' | '$' | '`' | '#' | '?' | ':' | '*' | '"'))
    {
        let fact = format!("has `{}`, which cannot stand in a path here", sign.escape_debug());
        return bad(fact, "write a path without it; the file may have to be renamed");
    }
    if let Some(part) = parts.iter().find(|part| part.starts_with('-')) {
        let fact = format!("has the part `{part}`, which programs would take for an option");
        return bad(fact, "rename the file or the folder, so that it begins with another sign");
    }
    Ok(parts.join("/"))
}

/// A path that the scripts of a run are given: of plain letters only, which git, BuildKit and a pattern of Argo CD read alike.
///
/// # Errors
/// When it is no [`path`], or has other letters.
pub fn plain_path(text: &str) -> Read<String> {
    let path = path(text)?;
    if path.len() > 1000 {
        return bad("has more than 1000 characters", "move the folder up");
    }
    let help = "write it with letters, digits, `.`, `_`, `-`, `+` and `@`";
    match path.chars().find(|c| !c.is_ascii_alphanumeric() && !"._-+@/".contains(*c)) {
        Some(' ') => bad("has a space", help),
        Some(c) => bad(format!("has `{c}`"), help),
        None => Ok(path),
    }
}

/// The name of a git branch, by the rules of `git check-ref-format` that matter here.
///
/// # Errors
/// When git would refuse it.
pub fn branch(text: &str) -> Read<String> {
    if text.is_empty() {
        return bad("is empty", "write the name of a branch, such as `main`");
    }
    if text.starts_with("refs/") {
        return bad("is a full reference", "write the branch alone, such as `main`");
    }
    let strange = |c: char| c.is_control() || c.is_whitespace() || garbled(c) || "~^:?*[\\{}\"'`$".contains(c);
    let odd_part = |part: &str| part.is_empty() || part.starts_with('.') || part.ends_with(".lock");
    let odd = text.starts_with('-')
        || text.ends_with('.')
        || text.contains("..")
        || text.split('/').any(odd_part)
        || text.len() > 250;
    if odd || text.contains(strange) {
        return bad("is no name of a git branch", "write it as `git branch` shows it");
    }
    Ok(text.to_owned())
}

/// `host` or `host:port`.
///
/// # Errors
/// When it is neither.
pub fn host(text: &str) -> Read<String> {
    if let Some(rest) = text.strip_prefix("http://").or_else(|| text.strip_prefix("https://")) {
        return bad("has a scheme", format!("write `{}`", rest.trim_end_matches('/')));
    }
    let (name, port) = match text.split_once(':') {
        Some((name, port)) => (name, Some(port)),
        None => (text, None),
    };
    if let Some(port) = port {
        let port = port.parse::<u16>().ok().filter(|port| *port > 0);
        port.ok_or_else(|| Bad::new("has no port from 1 to 65535 after its `:`", format!("write `{name}:443`")))?;
    }
    host_name(name)?;
    Ok(text.to_owned())
}

/// A host name.
///
/// # Errors
/// When it is none.
pub fn host_name(text: &str) -> Read<String> {
    if text.len() > 253 || text.is_empty() || text.split('.').any(|label| dns_label(&label.to_lowercase(), 63).is_err())
    {
        return bad("is no host name", "write letters, digits and `-`, with dots between: `shop.acme.io`");
    }
    Ok(text.to_owned())
}

/// `http://…` or `https://…`, without `/` at its end.
///
/// # Errors
/// When it is neither, or carries a user or password.
pub fn url(text: &str) -> Read<String> {
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    let Some(rest) = rest else {
        let bare = text.rsplit("://").next().unwrap_or_default();
        return bad("does not begin with `https://` or `http://`", format!("write `https://{bare}`"));
    };
    let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
    if authority.contains('@') {
        return bad("carries a user or a password", "put them into a secret");
    }
    host(authority)?;
    if path.contains(|c: char| c.is_control() || c.is_whitespace() || "{}\"'`\\".contains(c)) {
        return bad("has characters that no address has", "write them as `%` and two digits, a space as `%20`");
    }
    Ok(text.trim_end_matches('/').to_owned())
}

/// The address of a chart repository, as Argo CD writes it: `https://charts.acme.io`, and `ghcr.io/acme` for
/// `oci://ghcr.io/acme`.
///
/// # Errors
/// When it is neither, or carries a user or password.
pub fn chart_repository(text: &str) -> Read<String> {
    match text.strip_prefix("oci://") {
        Some(rest) => url(&format!("https://{rest}")).map(|url| url.trim_start_matches("https://").to_owned()),
        None if text.contains("://") => url(text),
        None => bad("does not begin with `https://` or `oci://`", format!("write `https://{text}` or `oci://{text}`")),
    }
}

/// The value of a build argument.
///
/// # Errors
/// When it has a line break, or a character that a workflow cannot hand on.
pub fn build_argument(text: &str) -> Read<String> {
    if text.contains(['\n', '\r']) {
        return bad("has a line break", "write it on one line");
    }
    match text.chars().find(|c| garbled(*c)) {
        Some(c) => {
            bad(format!("has `{}`", c.escape_unicode()), "leave it out: Argo Workflows cannot hand it to a build")
        }
        None => Ok(text.to_owned()),
    }
}

/// Whether Argo Workflows makes invalid JSON of the character where it puts an argument into a template: it quotes it as Go
/// does (`\U000e0067`), and JSON has no such escape. These are the invisible letters of flags, for example.
fn garbled(c: char) -> bool {
    c > '\u{ffff}' && c.escape_debug().len() > 1
}

/// The path of a URL: `/health`.
///
/// # Errors
/// When it does not begin with `/` or has characters that no path has.
pub fn url_path(text: &str) -> Read<String> {
    if !text.starts_with('/') {
        return bad("does not begin with `/`", format!("write `/{text}`"));
    }
    if text.contains(|c: char| c.is_control() || c.is_whitespace() || "{}\"'`\\#?".contains(c)) {
        return bad("has characters that no path of a URL has", "write them as `%` and two digits, a space as `%20`");
    }
    Ok(text.to_owned())
}

/// The repository of an image, without its host: `apps/shop`.
///
/// # Errors
/// When a registry would refuse it.
pub fn image_repository(text: &str) -> Read<String> {
    let good = |part: &str| {
        !part.is_empty()
            && part.chars().all(|c| matches!(c, 'a'..='z' | '0'..='9' | '.' | '_' | '-'))
            && part.starts_with(|c: char| c.is_ascii_alphanumeric())
            && part.ends_with(|c: char| c.is_ascii_alphanumeric())
    };
    if text.len() > 200 || !text.split('/').all(good) {
        let parts = "write parts of `a` to `z`, `0` to `9`, `.`, `_` and `-`, joined by `/`";
        return bad("is no repository of an image", parts);
    }
    Ok(text.to_owned())
}

/// The name of an image in a manifest, without its tag: `ghcr.io/acme/shop`, or whatever stands for one there.
///
/// # Errors
/// When no container could have it, or with a tag or digest.
pub fn image_name(text: &str) -> Read<String> {
    let good = |c: char| c.is_ascii_alphanumeric() || "./:_-".contains(c);
    let (host, rest) = text.split_once('/').map_or(("", text), |(host, rest)| (host, rest));
    // Only a host may have a port.
    if let Some((name, _)) = text.split_once('@') {
        return bad("has a digest", format!("write `\"{name}\"`: whatever tag or digest it has is replaced"));
    }
    if let Some((name, _)) = rest.rsplit_once(':') {
        let name = if host.is_empty() { name.to_owned() } else { format!("{host}/{name}") };
        return bad("has a tag", format!("write `\"{name}\"`: whatever tag or digest it has is replaced"));
    }
    let begins = |part: &str| part.starts_with(|c: char| c.is_ascii_alphanumeric());
    if text.len() > 255 || !text.chars().all(good) || !text.split('/').all(begins) {
        return bad("is no name of an image", "write it as the kustomization has it, such as `ghcr.io/acme/shop`");
    }
    Ok(text.to_owned())
}

/// A whole image reference with tag or digest: `docker.io/moby/buildkit:v1`.
///
/// # Errors
/// When it is none, or has neither.
pub fn image(text: &str) -> Read<String> {
    let good = |c: char| c.is_ascii_alphanumeric() || "./:@_-".contains(c);
    if text.is_empty() || !text.chars().all(good) || text.starts_with(['-', '.', '/', ':']) {
        return bad("is no image", "write repository and tag, such as `docker.io/moby/buildkit:v0.21.0`");
    }
    let name = text.rsplit('/').next().unwrap_or(text);
    if !name.contains([':', '@']) {
        return bad("has neither a tag nor a digest", "name a version: what `latest` is changes behind your back");
    }
    if name.ends_with(":latest") {
        return bad("has the tag `latest`, which changes behind your back", "name a version");
    }
    Ok(text.to_owned())
}

/// The tag of an image.
///
/// # Errors
/// When a registry would refuse it.
pub fn tag(text: &str) -> Read<String> {
    let good = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
    if text.is_empty() || text.len() > 128 || !text.chars().all(good) || text.starts_with(['.', '-']) {
        return bad("is no tag of an image", "write at most 128 letters, digits, `.`, `_` and `-`");
    }
    Ok(text.to_owned())
}

/// `Name <address>`.
///
/// # Errors
/// When it has another form.
pub fn author(text: &str) -> Read<(String, String)> {
    let parts = text.strip_suffix('>').and_then(|rest| rest.split_once(" <"));
    let good = |part: &str| !part.is_empty() && !part.contains(|c: char| c.is_control() || "<>\"'{}$`\\".contains(c));
    match parts {
        Some((name, email)) if good(name) && good(email) && email.contains('@') && !email.contains(' ') => {
            Ok((name.to_owned(), email.to_owned()))
        }
        _ => bad("is not of the form `Name <address>`", "write for example `Delivery <delivery@acme.io>`"),
    }
}

/// A repository on a git host.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Repository {
    /// `github.com`
    pub host: String,
    /// The account.
    pub owner: String,
    /// Its name there.
    pub name: String,
}

impl Repository {
    /// Reads `host/owner/name`.
    ///
    /// # Errors
    /// When it has another form.
    pub fn read(text: &str) -> Read<Self> {
        let bare = text.trim_start_matches("https://").trim_end_matches(".git").trim_end_matches('/');
        let parts: Vec<_> = text.split('/').collect();
        if let (true, [_, _, _]) = (bare != text, bare.split('/').collect::<Vec<_>>().as_slice()) {
            return bad("is an address", format!("write `{bare}`"));
        }
        let example = "write for example `github.com/acme/shop`";
        let [host, owner, name] = parts.as_slice() else {
            return bad("is not of the form `host/owner/name`", example);
        };
        host_name(host).map_err(|_| Bad::new(format!("begins with `{host}`, which is no host name"), example))?;
        let good = |part: &&str| {
            !part.is_empty()
                && part.chars().all(|c| c.is_ascii_alphanumeric() || "._-".contains(c))
                && !part.starts_with(['-', '.'])
        };
        if ![owner, name].into_iter().all(good) {
            return bad("is not of the form `host/owner/name`", example);
        }
        Ok(Self { host: (*host).to_owned(), owner: (*owner).to_owned(), name: (*name).to_owned() })
    }

    /// The address that git clones.
    #[must_use]
    pub fn url(&self) -> String {
        format!("https://{self}.git")
    }

    /// A name for objects and paths: `owner-name`, in the letters that Kubernetes allows.
    #[must_use]
    pub fn slug(&self) -> String {
        let letter = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' };
        format!("{}-{}", self.owner, self.name).chars().map(letter).collect::<String>().trim_matches('-').to_owned()
    }
}

impl fmt::Display for Repository {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}/{}", self.host, self.owner, self.name)
    }
}

/// A pattern for changed files: `*` stands for anything within a folder, `**` for anything across folders.
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
            return bad("can match no file", "write the path as it is seen from the repository");
        }
        if text.ends_with('/') {
            return bad("can match no file", format!("write `{text}**` for all that is in the folder"));
        }
        if text.split('/').any(|part| part == ".." || part.is_empty()) {
            let fact = "has an empty part or `..`, and can match no file";
            return bad(fact, "write the path as it is seen from the repository");
        }
        if text.contains(|c: char| c.is_control()) {
            return bad("has a control character", "leave it out");
        }
        if text.matches("**/").count() > 4 {
            return bad("has more than four `**/`", "write several patterns, or fewer `**/`");
        }
        if let Some(sign) = text.chars().find(|c| matches!(c, '[' | ']' | '?' | '{' | '}' | '!')) {
            let help = "write `*` for anything in a folder, `**` for anything below it, and several patterns for several words";
            return bad(format!("has `{sign}`, which a pattern does not know"), help);
        }
        Ok(Self(text.to_owned()))
    }

    /// All files below a folder; all files with an empty one.
    #[must_use]
    pub fn below(folder: &str) -> Self {
        Self(super::join(folder, "**"))
    }

    /// As it is written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What stands before the first `*`: every file that matches begins with it.
    #[must_use]
    pub fn prefix(&self) -> &str {
        self.0.split('*').next().unwrap_or("")
    }

    /// As anchored patterns of Lua, one of which matches where this one does. Lua has no alternatives within a pattern, so
    /// `**/`, which also stands for nothing, makes two of one.
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
                // Lua lets every punctuation character be escaped, and no letter.
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
