//! Reading literals: what a measure, a path or a name means, and why it means nothing.
//!
//! Each function says in its error what is wrong, as the end of a sentence that begins with the literal.

use std::fmt;

/// What the names of our own objects are or begin with.
pub const OUR_NAME: &str = "pipelinec";

/// What a function of this module gives: the value, or what is wrong with the literal.
pub type Read<T> = Result<T, String>;

/// Splits `1h30m` into its numbers and units.
fn measures(text: &str) -> Option<Vec<(&str, &str)>> {
    let mut rest = text;
    let mut parts = Vec::new();
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
        let (number, tail) = rest.split_at(digits);
        let letters = tail.find(|c: char| c.is_ascii_digit()).unwrap_or(tail.len());
        let (unit, tail) = tail.split_at(letters);
        if number.is_empty() {
            return None;
        }
        parts.push((number, unit));
        rest = tail;
    }
    Some(parts)
}

/// Seconds of `90s`, `10m`, `1h30m`, `2d`.
///
/// # Errors
/// When it is no duration, or nothing at all.
pub fn duration(text: &str) -> Read<u64> {
    let parts = measures(text).ok_or("is not a duration")?;
    let mut seconds = 0u64;
    for (number, unit) in parts {
        let factor = match unit {
            "s" => 1,
            "m" => 60,
            "h" => 3600,
            "d" => 86_400,
            "" => return Err(format!("has no unit: write `{number}s` or `{number}m`")),
            "ms" => return Err("is too fine: durations are whole seconds".into()),
            unit => return Err(format!("has the unit `{unit}`: write `s`, `m`, `h` or `d`")),
        };
        let number: u64 = number.parse().map_err(|_| "is not a whole number of its unit".to_owned())?;
        seconds = number.checked_mul(factor).and_then(|more| seconds.checked_add(more)).ok_or("is too long")?;
    }
    match seconds {
        0 => Err("lasts no time".into()),
        seconds if seconds > 30 * 86_400 => Err("is longer than 30 days".into()),
        seconds => Ok(seconds),
    }
}

/// Seconds as they are written: `90s`, `10m`, `1h30m`.
#[must_use]
pub fn show_duration(seconds: u64) -> String {
    let parts = [(seconds / 3600, "h"), (seconds / 60 % 60, "m"), (seconds % 60, "s")];
    let text: String =
        parts.iter().filter(|(number, _)| *number > 0).map(|(number, unit)| format!("{number}{unit}")).collect();
    if text.is_empty() { "0s".into() } else { text }
}

/// A whole number from `least` to `most`.
///
/// # Errors
/// When it is none, or out of that range.
pub fn count(text: &str, least: u32, most: u32) -> Read<u32> {
    let number: u32 = text.parse().map_err(|_| "is not a whole number".to_owned())?;
    if number < least {
        return Err(format!("is less than {least}"));
    }
    if number > most { Err(format!("is more than {most}")) } else { Ok(number) }
}

/// `20%`, from 0 to 100.
///
/// # Errors
/// When it is no percentage of that range.
pub fn percent(text: &str) -> Read<u8> {
    let number = text.strip_suffix('%').ok_or_else(|| format!("has no `%`: write `{text}%`"))?;
    let number: u8 = number.parse().map_err(|_| "is not a whole percentage".to_owned())?;
    if number > 100 { Err("is more than 100%".into()) } else { Ok(number) }
}

/// `0.2` or `20%`, as it is written in an expression: `0.2`.
///
/// # Errors
/// When it is neither.
pub fn number(text: &str) -> Read<String> {
    let (digits, hundredth) = match text.strip_suffix('%') {
        Some(digits) => (digits, true),
        None => (text, false),
    };
    let value: f64 = digits.parse().map_err(|_| "is not a number".to_owned())?;
    if !value.is_finite() {
        return Err("is not a number".into());
    }
    // Division by 100 is exact enough to print back what was meant: 20% is 0.2 and 0.1% is 0.001.
    let value = if hundredth { value / 100.0 } else { value };
    Ok(format!("{value}"))
}

/// Processors: `100m`, `0.5`, `2`; gives them as Kubernetes writes them, and in thousandths.
///
/// # Errors
/// When it is no such quantity, or nothing at all.
pub fn cpu(text: &str) -> Read<(String, u64)> {
    let thousandths = match text.strip_suffix('m') {
        Some(digits) => {
            digits.parse::<u64>().map_err(|_| "is not a number of thousandths of a processor".to_owned())?
        }
        None => {
            let whole: f64 =
                text.parse().map_err(|_| "is not a number of processors: write `500m` or `2`".to_owned())?;
            if !(0.0..=1e6).contains(&whole) {
                return Err("is not a number of processors".into());
            }
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "bounded just above")]
            let thousandths = (whole * 1000.0).round() as u64;
            thousandths
        }
    };
    if thousandths == 0 {
        return Err("is no processor at all".into());
    }
    let canonical = if thousandths % 1000 == 0 { format!("{}", thousandths / 1000) } else { format!("{thousandths}m") };
    Ok((canonical, thousandths))
}

/// Memory: `128Mi`, `1Gi`, `500M`; gives it as written, and in bytes.
///
/// # Errors
/// When it has no unit of memory, or is nothing at all.
pub fn memory(text: &str) -> Read<(String, u64)> {
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let factor: u64 = match unit {
        "Ki" => 1 << 10,
        "Mi" => 1 << 20,
        "Gi" => 1 << 30,
        "Ti" => 1 << 40,
        "k" => 1000,
        "M" => 1_000_000,
        "G" => 1_000_000_000,
        "T" => 1_000_000_000_000,
        "" => return Err(format!("has no unit: write `{number}Mi`")),
        "m" => return Err(format!("is thousandths of a byte: write `{number}Mi`")),
        unit => return Err(format!("has the unit `{unit}`: write `Ki`, `Mi`, `Gi`, `k`, `M` or `G`")),
    };
    let number: u64 = number.parse().map_err(|_| "is not a whole number of its unit".to_owned())?;
    let bytes = number.checked_mul(factor).ok_or("is too much")?;
    if bytes == 0 { Err("is no memory at all".into()) } else { Ok((text.to_owned(), bytes)) }
}

/// A DNS label (RFC 1123) of at most `longest` characters: the name of most objects, of a namespace, of a label's value.
///
/// # Errors
/// When Kubernetes would refuse it.
pub fn dns_label(text: &str, longest: usize) -> Read<String> {
    if text.is_empty() {
        return Err("is empty".into());
    }
    if text.len() > longest {
        return Err(format!("has {} characters, {longest} at most are possible", text.len()));
    }
    if let Some(bad) = text.chars().find(|c| !matches!(c, 'a'..='z' | '0'..='9' | '-')) {
        return Err(match bad {
            'A'..='Z' => format!("has the capital `{bad}`; Kubernetes names have `a` to `z`, `0` to `9` and `-`"),
            bad => format!("has `{}`; Kubernetes names have `a` to `z`, `0` to `9` and `-`", bad.escape_debug()),
        });
    }
    if text.starts_with('-') || text.ends_with('-') {
        return Err("begins or ends with `-`".into());
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
        return Err("begins with `kube-`: Kubernetes keeps such namespaces for itself".into());
    }
    Ok(name)
}

/// The name of a Secret: DNS labels joined by dots.
///
/// # Errors
/// When Kubernetes would refuse it.
pub fn dns_subdomain(text: &str) -> Read<String> {
    if text.len() > 253 {
        return Err("has more than 253 characters".into());
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
        return Err("is no key of a label: write `name` or `domain/name`".into());
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
    Err("is no value of a label: write at most 63 letters, digits, `-`, `_` and `.`".into())
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
        return Err("is no key of a Secret: write letters, digits, `-`, `_` and `.`".into());
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
        return Err("is no name of an environment variable: write letters, digits and `_`".into());
    }
    if text.starts_with("PIPELINEC_") {
        return Err("begins with `PIPELINEC_`, which the generated manifests use themselves".into());
    }
    Ok(text.to_owned())
}

/// A path inside a repository, without `.` parts or `/` at its ends; empty is the repository itself.
///
/// # Errors
/// When it is absolute, leaves the repository, or holds what a shell, git or Argo CD would read in another way.
pub fn path(text: &str) -> Read<String> {
    if text.starts_with('/') {
        return Err("begins with `/`: write the path as it is seen from the repository".into());
    }
    let parts: Vec<_> = text.split('/').filter(|part| !part.is_empty() && *part != ".").collect();
    if parts.contains(&"..") {
        return Err("leaves its folder with `..`".into());
    }
    if let Some(bad) =
        text.chars().find(|c| c.is_control() || matches!(c, '\\' | '{' | '}' | '$' | '`' | '#' | '?' | ':' | '*' | '"'))
    {
        return Err(format!("has `{}`, which cannot stand in a path here", bad.escape_debug()));
    }
    if let Some(part) = parts.iter().find(|part| part.starts_with('-')) {
        return Err(format!("has the part `{part}`, which programs would take for an option"));
    }
    Ok(parts.join("/"))
}

/// The name of a git branch, by the rules of `git check-ref-format` that matter here.
///
/// # Errors
/// When git would refuse it.
pub fn branch(text: &str) -> Read<String> {
    if text.is_empty() {
        return Err("is empty".into());
    }
    if text.starts_with("refs/") {
        return Err("is a full reference: write the branch alone, such as `main`".into());
    }
    let bad = |c: char| c.is_control() || c.is_whitespace() || "~^:?*[\\{}\"'`$".contains(c);
    let odd = text.starts_with(['-', '/', '.'])
        || text.ends_with(['/', '.'])
        || text.contains("..")
        || text.contains("//")
        || text.contains("@{")
        || text.ends_with(".lock");
    if odd || text.contains(bad) {
        return Err("is no name of a git branch".into());
    }
    Ok(text.to_owned())
}

/// `host` or `host:port`.
///
/// # Errors
/// When it is neither.
pub fn host(text: &str) -> Read<String> {
    if let Some(rest) = text.strip_prefix("http://").or_else(|| text.strip_prefix("https://")) {
        return Err(format!("has a scheme: write `{}`", rest.trim_end_matches('/')));
    }
    let (name, port) = match text.split_once(':') {
        Some((name, port)) => (name, Some(port)),
        None => (text, None),
    };
    if let Some(port) = port {
        port.parse::<u16>().ok().filter(|port| *port > 0).ok_or("has no port from 1 to 65535 after its `:`")?;
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
        return Err("is no host name".into());
    }
    Ok(text.to_owned())
}

/// `http://…` or `https://…`, without `/` at its end.
///
/// # Errors
/// When it is neither, or carries a user or password.
pub fn url(text: &str) -> Read<String> {
    let rest = text
        .strip_prefix("https://")
        .or_else(|| text.strip_prefix("http://"))
        .ok_or("does not begin with `https://` or `http://`")?;
    let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
    if authority.contains('@') {
        return Err("carries a user or a password: put them into a secret".into());
    }
    host(authority)?;
    if path.contains(|c: char| c.is_control() || c.is_whitespace() || "{}\"'`\\".contains(c)) {
        return Err("has characters that no address has".into());
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
        None => url(text).map_err(|why| match why.starts_with("does not begin") {
            true => "does not begin with `https://`, `oci://` or `http://`".into(),
            false => why,
        }),
    }
}

/// A text without a line break.
///
/// # Errors
/// When it has one: what reads it would take what follows for something else.
pub fn one_line(text: &str) -> Read<String> {
    if text.contains(['\n', '\r']) { Err("has a line break; this is one line".into()) } else { Ok(text.to_owned()) }
}

/// The path of a URL: `/health`.
///
/// # Errors
/// When it does not begin with `/` or has characters that no path has.
pub fn url_path(text: &str) -> Read<String> {
    if !text.starts_with('/') {
        return Err(format!("does not begin with `/`: write `/{text}`"));
    }
    if text.contains(|c: char| c.is_control() || c.is_whitespace() || "{}\"'`\\#?".contains(c)) {
        return Err("has characters that no path of a URL has".into());
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
        return Err(
            "is no repository of an image: write parts of `a` to `z`, `0` to `9`, `.`, `_` and `-`, joined by `/`"
                .into(),
        );
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
        return Err("is no image".into());
    }
    let name = text.rsplit('/').next().unwrap_or(text);
    if !name.contains([':', '@']) {
        return Err(
            "has neither a tag nor a digest: name a version, for what `latest` is changes behind your back".into()
        );
    }
    if name.ends_with(":latest") {
        return Err("has the tag `latest`, which changes behind your back: name a version".into());
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
        return Err("is no tag of an image: write at most 128 letters, digits, `.`, `_` and `-`".into());
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
        _ => Err("is not of the form `Name <address>`: write for example `Delivery <delivery@acme.io>`".into()),
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
            return Err(format!("is an address: write `{bare}`"));
        }
        let [host, owner, name] = parts.as_slice() else {
            return Err("is not of the form `host/owner/name`: write for example `github.com/acme/shop`".into());
        };
        host_name(host).map_err(|_| format!("begins with `{host}`, which is no host name"))?;
        let good = |part: &&str| {
            !part.is_empty()
                && part.chars().all(|c| c.is_ascii_alphanumeric() || "._-".contains(c))
                && !part.starts_with(['-', '.'])
        };
        if ![owner, name].into_iter().all(good) {
            return Err("is not of the form `host/owner/name`: write for example `github.com/acme/shop`".into());
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
            return Err("is empty and matches no file".into());
        }
        if text.starts_with('/') || text.starts_with("./") {
            return Err("can match no file: write the path as it is seen from the repository".into());
        }
        if text.ends_with('/') {
            return Err(format!("can match no file: write `{text}**` for all that is in the folder"));
        }
        if text.split('/').any(|part| part == ".." || part.is_empty()) {
            return Err("has an empty part or `..`, and can match no file".into());
        }
        if text.contains(|c: char| c.is_control()) {
            return Err("has a control character".into());
        }
        if text.matches("**/").count() > 4 {
            return Err("has more than four `**/`".into());
        }
        if let Some(bad) = text.chars().find(|c| matches!(c, '[' | ']' | '?' | '{' | '}' | '!')) {
            return Err(format!("has `{bad}`; a pattern knows only `*` and `**`"));
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
    fn durations_are_read_in_seconds() {
        assert_eq!(duration("1h30m"), Ok(5400));
        assert_eq!(duration("90s"), Ok(90));
        assert!(duration("10").expect_err("wrong").contains("write `10s` or `10m`"));
        assert!(duration("10min").is_err());
        assert!(duration("0s").is_err());
        assert!(duration("99999999999999999999h").is_err());
        assert_eq!(show_duration(5400), "1h30m");
    }

    #[test]
    fn quantities_are_read_and_compared() {
        assert_eq!(cpu("80m"), Ok(("80m".into(), 80)));
        assert_eq!(cpu("0.5"), Ok(("500m".into(), 500)));
        assert_eq!(cpu("2"), Ok(("2".into(), 2000)));
        assert!(cpu("100Mi").is_err());
        assert_eq!(memory("128Mi"), Ok(("128Mi".into(), 128 << 20)));
        assert!(memory("128").expect_err("wrong").contains("write `128Mi`"));
        assert!(memory("128m").is_err());
        assert_eq!(number("20%"), Ok("0.2".into()));
        assert_eq!(number("0.1%"), Ok("0.001".into()));
    }

    #[test]
    fn repositories_have_three_parts() {
        let repository = Repository::read("github.com/acme/shop.web").expect("a repository");
        assert_eq!(repository.url(), "https://github.com/acme/shop.web.git");
        assert_eq!(repository.slug(), "acme-shop-web");
        assert!(
            Repository::read("https://github.com/acme/shop.git")
                .expect_err("wrong")
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
        assert!(Pattern::read("app/").expect_err("wrong").contains("write `app/**`"));
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
