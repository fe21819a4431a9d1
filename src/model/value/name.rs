//! Names that Kubernetes restricts: of objects, labels, ports and keys.

use super::{Read, bad};

/// A DNS label (RFC 1123) of at most `longest` characters: the name of most objects, of a namespace, of a label's value.
///
/// # Errors
/// When Kubernetes would reject it.
pub fn dns_label(text: &str, longest: usize) -> Read<String> {
    if text.is_empty() {
        return bad("is empty", "write a name");
    }
    if text.len() > longest {
        let fact = format!("is {} characters long; the limit is {longest}", text.len());
        return bad(fact, format!("shorten it to {longest} characters"));
    }
    if let Some(letter) = text.chars().find(|c| !matches!(c, 'a'..='z' | '0'..='9' | '-')) {
        let letters = "Kubernetes names contain only `a` to `z`, `0` to `9` and `-`";
        return match letter {
            'A'..='Z' => {
                bad(format!("contains the capital letter `{letter}`"), format!("write it in lower case: {letters}"))
            }
            '_' | '.' | ' ' => bad(format!("contains `{letter}`"), format!("write `-` instead: {letters}")),
            _ => bad(format!("contains `{}`", letter.escape_debug()), format!("remove it: {letters}")),
        };
    }
    if text.starts_with('-') || text.ends_with('-') {
        return bad("starts or ends with `-`", "start and end it with a letter or a digit");
    }
    Ok(text.to_owned())
}

/// The name of a namespace.
///
/// # Errors
/// When Kubernetes would reject it, or reserves it: <https://kubernetes.io/docs/concepts/overview/working-with-objects/namespaces/>.
pub fn namespace(text: &str) -> Read<String> {
    let name = dns_label(text, 63)?;
    if name.starts_with("kube-") {
        return bad("starts with `kube-`", "choose another name: Kubernetes reserves such namespaces");
    }
    Ok(name)
}

/// The name of a Secret: DNS labels joined by dots.
///
/// # Errors
/// When Kubernetes would reject it.
pub fn dns_subdomain(text: &str) -> Read<String> {
    if text.len() > 253 {
        return bad("is longer than 253 characters", "shorten it");
    }
    for label in text.split('.') {
        dns_label(label, 253)?;
    }
    Ok(text.to_owned())
}

/// The key of a label: a name, perhaps after a domain and `/`.
///
/// # Errors
/// When Kubernetes would reject it.
pub fn label_key(text: &str) -> Read<String> {
    let (domain, name) = text.split_once('/').map_or((None, text), |(domain, name)| (Some(domain), name));
    if name.is_empty() || !is_label(name) || domain.is_some_and(|domain| dns_subdomain(domain).is_err()) {
        return bad("is not a label key", "write `name` or `domain/name`");
    }
    Ok(text.to_owned())
}

/// What the keys begin with of the labels that say which pods a namespace allows.
pub const POD_SECURITY: &str = "pod-security.kubernetes.io/";

/// The key of a label or an annotation that a program gives a namespace.
///
/// # Errors
/// When Kubernetes would reject it, or somebody else writes it.
pub fn namespace_key(text: &str) -> Read<String> {
    let key = label_key(text)?;
    if key.starts_with(POD_SECURITY) {
        return bad("is set by `pod-security`", "write `pod-security = …` in the environment");
    }
    let taken = ["app.kubernetes.io/managed-by", "kubernetes.io/metadata.name"];
    let groups = ["argocd.argoproj.io/", "pipelinec.dev/"];
    if taken.contains(&key.as_str()) || groups.iter().any(|group| key.starts_with(group)) {
        return bad("is set by the generated manifests, Argo CD or Kubernetes", "remove it");
    }
    Ok(key)
}

/// The value of a label.
///
/// # Errors
/// When Kubernetes would reject it.
pub fn label_value(text: &str) -> Read<String> {
    if is_label(text) {
        return Ok(text.to_owned());
    }
    bad("is not a label value", "use at most 63 letters, digits, `-`, `_` and `.`")
}

fn is_label(text: &str) -> bool {
    let good = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    let ends = |c: Option<char>| c.is_none_or(|c| c.is_ascii_alphanumeric());
    text.len() <= 63 && text.chars().all(good) && ends(text.chars().next()) && ends(text.chars().next_back())
}

/// A key of a Secret.
///
/// # Errors
/// When Kubernetes would reject it.
pub fn secret_key(text: &str) -> Read<String> {
    let good = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    if text.is_empty() || text.len() > 253 || !text.chars().all(good) || text == "." || text == ".." {
        return bad("is not a Secret key", "use only letters, digits, `-`, `_` and `.`");
    }
    Ok(text.to_owned())
}

/// The key of a label or annotation that neither the compiler nor a controller sets.
///
/// # Errors
/// When Kubernetes would reject it, or it is one of those.
pub fn free_key(text: &str) -> Read<String> {
    let key = label_key(text)?;
    let domain = key.split_once('/').map_or("", |(domain, _)| domain);
    let ours = ["pipelinec.dev", "app.kubernetes.io", "argocd.argoproj.io", "kustomize.toolkit.fluxcd.io"];
    if ours.contains(&domain) || ["pod-template-hash", "rollouts-pod-template-hash"].contains(&key.as_str()) {
        return bad("is a key that the compiler or a controller sets", "choose another key");
    }
    Ok(key)
}

/// The name of a port: a service name (RFC 6335) that no generated port has.
///
/// # Errors
/// When Kubernetes would reject it, or it is the name of a generated port.
pub fn port_name(text: &str) -> Read<String> {
    if ["http", "metrics"].contains(&text) {
        return bad("is the name of a generated port", "choose another name");
    }
    let name = dns_label(text, 15)?;
    if name.contains("--") || !name.contains(|c: char| c.is_ascii_lowercase()) {
        return bad("is not the name of a port", "use at least one letter, and no `-` beside another one");
    }
    Ok(name)
}
