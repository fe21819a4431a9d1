//! Paths in containers.

use super::{Read, bad};

/// A path in a container at which something is mounted: absolute, and of plain characters.
///
/// # Errors
/// When it is another path, or one at which a container needs something else.
pub fn mount_path(text: &str) -> Read<String> {
    let Some(relative) = text.strip_prefix('/') else {
        return bad("is not absolute", format!("write `/{}`", text.trim_start_matches("./")));
    };
    if relative.is_empty() {
        return bad("would hide all files of the image", "write a path below `/`, such as `/data`");
    }
    if let Some(rest) = text.strip_suffix('/') {
        return bad("ends with `/`", format!("write `{}`", rest.trim_end_matches('/')));
    }
    if relative.split('/').any(|part| matches!(part, "" | "." | "..")) {
        return bad(
            "contains an empty segment, `.` or `..`",
            "write the path as the container sees it, such as `/data`",
        );
    }
    if text.len() > 1000 {
        return bad("is longer than 1000 characters", "shorten it");
    }
    // Kubernetes rejects `:` (`pkg/apis/core/validation/validation.go`, `ValidateVolumeMounts`).
    if let Some(sign) = text.chars().find(|c| !c.is_ascii_alphanumeric() && !"._-+@/".contains(*c)) {
        let help = "use only letters, digits, `.`, `_`, `-`, `+` and `@`";
        return bad(format!("contains `{}`", sign.escape_debug()), help);
    }
    // Runtimes refuse mounts below the first three; the last one has the pod's account.
    let taken = ["dev", "proc", "sys", "var/run/secrets", "run/secrets"];
    let inside =
        |folder: &&str| relative.strip_prefix(*folder).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    match taken.iter().any(inside) {
        true => bad("belongs to the container runtime", "write another path"),
        false => Ok(text.to_owned()),
    }
}

/// Whether a path in a container is below another one.
#[must_use]
pub fn is_inside(path: &str, folder: &str) -> bool {
    path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'))
}
