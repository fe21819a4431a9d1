//! Parsing the names of images, and what builds are given.

use super::{Bad, Read, bad, garbled, host};
use crate::model::Reference;

/// The repository of an image, without its host: `apps/shop`.
///
/// # Errors
/// When a registry would reject it.
pub fn image_repository(text: &str) -> Read<String> {
    let good = |part: &str| {
        !part.is_empty()
            && part.chars().all(|c| matches!(c, 'a'..='z' | '0'..='9' | '.' | '_' | '-'))
            && part.starts_with(|c: char| c.is_ascii_alphanumeric())
            && part.ends_with(|c: char| c.is_ascii_alphanumeric())
    };
    if text.len() > 200 || !text.split('/').all(good) {
        let parts = "use segments of `a` to `z`, `0` to `9`, `.`, `_` and `-`, separated by `/`";
        return bad("is not an image repository", parts);
    }
    Ok(text.to_owned())
}

/// The name of an image in a manifest, without its tag: `ghcr.io/acme/shop`, or any placeholder for one.
///
/// # Errors
/// When no container image can have it, or when it includes a tag or digest.
pub fn image_name(text: &str) -> Read<String> {
    let good = |c: char| c.is_ascii_alphanumeric() || "./:_-".contains(c);
    let (host, rest) = text.split_once('/').map_or(("", text), |(host, rest)| (host, rest));
    // Only a host may have a port.
    if let Some((name, _)) = text.split_once('@') {
        return bad("contains a digest", format!("write `\"{name}\"`: any tag or digest is replaced"));
    }
    if let Some((name, _)) = rest.rsplit_once(':') {
        let name = if host.is_empty() { name.to_owned() } else { format!("{host}/{name}") };
        return bad("contains a tag", format!("write `\"{name}\"`: any tag or digest is replaced"));
    }
    let begins = |part: &str| part.starts_with(|c: char| c.is_ascii_alphanumeric());
    if text.len() > 255 || !text.chars().all(good) || !text.split('/').all(begins) {
        return bad("is not an image name", "write it as in the kustomization, such as `ghcr.io/acme/shop`");
    }
    Ok(text.to_owned())
}

/// A complete image reference with tag or digest: `docker.io/moby/buildkit:v1`.
///
/// # Errors
/// When it is not one, or has neither.
pub fn image(text: &str) -> Read<String> {
    let good = |c: char| c.is_ascii_alphanumeric() || "./:@_-".contains(c);
    if text.is_empty() || !text.chars().all(good) || text.starts_with(['-', '.', '/', ':']) {
        return bad("is not an image", "write a repository and a tag, such as `docker.io/moby/buildkit:v0.21.0`");
    }
    let name = text.rsplit('/').next().unwrap_or(text);
    if !name.contains([':', '@']) {
        return bad("has neither a tag nor a digest", "pin a version: `latest` changes without notice");
    }
    if name.ends_with(":latest") {
        return bad("has the tag `latest`, which changes without notice", "pin a version");
    }
    Ok(text.to_owned())
}

/// An image that was built elsewhere, pinned by its digest: `docker.io/library/postgres:17@sha256:…`.
///
/// # Errors
/// When no registry can have it, or when it has no digest.
pub fn image_reference(text: &str) -> Read<Reference> {
    let form = "write it as `docker.io/library/postgres:17@sha256:…`";
    let Some((name, digest)) = text.split_once('@') else {
        image(text)?;
        return bad(
            "has no digest: its tag may refer to another image when the next pod starts",
            format!("add the digest, `{text}@sha256:…`; `docker buildx imagetools inspect {text}` prints it"),
        );
    };
    let hexadecimal =
        |digest: &str| digest.len() == 64 && digest.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
    if !digest.strip_prefix("sha256:").is_some_and(hexadecimal) {
        return bad("does not end in a digest, `@sha256:` and 64 hexadecimal digits", form);
    }
    let (folder, last) = name.rsplit_once('/').map_or(("", name), |(folder, last)| (folder, last));
    let (last, written) = last.split_once(':').map_or((last, None), |(last, tag)| (last, Some(tag)));
    let repository = if folder.is_empty() { last.to_owned() } else { format!("{folder}/{last}") };
    // Without a dot or a port, the first segment is not a registry but a part of the path on Docker Hub.
    let (registry, path) = match repository.split_once('/') {
        Some((first, rest)) if first.contains(['.', ':']) || first == "localhost" => (Some(first), rest),
        _ => (None, repository.as_str()),
    };
    if let Some(registry) = registry {
        host(registry)?;
    }
    if image_repository(path).is_err() {
        return bad("is not an image", form);
    }
    let tag = written.map(tag).transpose()?;
    Ok(Reference { repository, tag, digest: digest.to_owned() })
}

/// A repository for the layers of builds, with its registry and without a tag; and whether it is used without TLS.
///
/// # Errors
/// When it is not one.
pub fn cache_repository(text: &str) -> Read<(String, bool)> {
    let example = "write a registry and a repository, such as `registry.acme.io/cache`";
    let (rest, insecure) = match text.strip_prefix("http://") {
        Some(rest) => (rest, true),
        None => (text.strip_prefix("https://").unwrap_or(text), false),
    };
    let Some((registry, path)) =
        rest.split_once('/').filter(|(first, _)| first.contains(['.', ':']) || *first == "localhost")
    else {
        return bad("does not begin with a registry", example);
    };
    host(registry)?;
    if path.contains([':', '@']) {
        return bad("contains a tag or a digest", "remove it: every image has a tag of its own in the cache");
    }
    if image_repository(path).is_err() {
        return bad("is not an image repository", example);
    }
    Ok((rest.to_owned(), insecure))
}

/// The address of a BuildKit daemon: `tcp://buildkitd.build.svc:1234`.
///
/// # Errors
/// When it is not one.
pub fn builder_address(text: &str) -> Read<String> {
    let example = "write it as `tcp://buildkitd.build.svc:1234`";
    let Some(address) = text.strip_prefix("tcp://") else {
        return bad("does not begin with `tcp://`", example);
    };
    if !address.contains(':') {
        return bad("has no port", format!("write, for example, `tcp://{address}:1234`"));
    }
    host(address).map_err(|Bad { fact, .. }| Bad::new(fact, example))?;
    Ok(text.to_owned())
}

/// The tag of an image.
///
/// # Errors
/// When a registry would reject it.
pub fn tag(text: &str) -> Read<String> {
    let good = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
    if text.is_empty() || text.len() > 128 || !text.chars().all(good) || text.starts_with(['.', '-']) {
        return bad("is not an image tag", "use at most 128 letters, digits, `.`, `_` and `-`");
    }
    Ok(text.to_owned())
}

/// What is wrong with the tag of an image from a CI that is the same for every commit.
#[must_use]
pub fn moving_tag() -> Bad {
    Bad::new(
        "names no commit: a delivery would take what was pushed last, which may be an older commit",
        "write it as the CI tags its images, with `run.sha`, `run.sha7` or `run.sha8` in it, such as `\"sha-${run.sha7}\"`",
    )
}

/// A platform of images: `linux/arm64`, `linux/arm/v7`.
///
/// # Errors
/// When BuildKit cannot build for it on Linux nodes.
pub fn platform(text: &str) -> Read<String> {
    const ARCHITECTURES: [(&str, &[&str]); 9] = [
        ("386", &[]),
        ("amd64", &["v2", "v3", "v4"]),
        ("arm", &["v5", "v6", "v7"]),
        ("arm64", &["v8"]),
        ("loong64", &[]),
        ("mips64le", &[]),
        ("ppc64le", &[]),
        ("riscv64", &[]),
        ("s390x", &[]),
    ];
    let mut parts = text.split('/');
    let (system, architecture, variant) = (parts.next(), parts.next().unwrap_or_default(), parts.next());
    if system != Some("linux") {
        return bad("is not a platform of Linux", "write `linux/amd64`, for example");
    }
    let Some((_, variants)) = ARCHITECTURES.iter().find(|(name, _)| *name == architecture) else {
        let known: Vec<_> = ARCHITECTURES.iter().map(|(name, _)| format!("`linux/{name}`")).collect();
        return bad("has an unknown architecture", format!("write one of {}", known.join(", ")));
    };
    if parts.next().is_some() || variant.is_some_and(|variant| !variants.contains(&variant)) {
        let known: Vec<_> = variants.iter().map(|variant| format!(", `linux/{architecture}/{variant}`")).collect();
        return bad("has an unknown variant", format!("write `linux/{architecture}`{}", known.concat()));
    }
    Ok(text.to_owned())
}

/// The name by which a Dockerfile mounts a secret.
///
/// # Errors
/// When it cannot be one, or when BuildKit itself uses it.
pub fn build_secret(text: &str) -> Read<String> {
    let good = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    if text.is_empty()
        || text.len() > 128
        || !text.chars().all(good)
        || !text.starts_with(|c: char| c.is_ascii_alphanumeric())
    {
        return bad("is not the name of a build secret", "use letters, digits, `-`, `_` and `.`");
    }
    if text.starts_with("GIT_AUTH_") {
        return bad("starts with `GIT_AUTH_`, by which BuildKit looks for the token of git", "choose another name");
    }
    Ok(text.to_owned())
}

/// The value of a build argument.
///
/// # Errors
/// When it contains a line break, or a character that a workflow cannot pass on.
pub fn build_argument(text: &str) -> Read<String> {
    if text.contains(['\n', '\r']) {
        return bad("contains a line break", "write it on one line");
    }
    match text.chars().find(|c| garbled(*c)) {
        Some(c) => {
            let fact = format!("contains U+{:04X}", u32::from(c));
            bad(fact, "remove it: Argo Workflows cannot pass it to a build")
        }
        None => Ok(text.to_owned()),
    }
}
