//! Errors about secrets that reach what must not have them.

use crate::diag::{Code, Diagnostic};
use crate::model::{GitOps, SecretKey};
use crate::source::{Span, Spanned};

/// Builds have access to the token that writes to the GitOps repository.
pub(in crate::check) fn builds_may_write(gitops: &GitOps, reading: &str, build: Span) -> Diagnostic {
    let place = gitops.credentials.as_ref().map_or(gitops.span, |name| name.span);
    let message = format!("builds can read the token that writes to `{}`", gitops.repository);
    let help = match &gitops.credentials {
        Some(_) => "use another secret, whose `token` may write only to this repository".to_owned(),
        None => "add `credentials = NAME` to `gitops`, and `secret NAME { keys = [\"token\"] }` with a token that may \
                 write only to this repository"
            .to_owned(),
    };
    Diagnostic::new(Code::E0505, place, message)
        .also(build, format!("runs a Dockerfile that can read the token of `{reading}`"))
        .help(help)
        .help(format!("let the `token` of `{reading}` only read the sources"))
}

/// A token that sets statuses, and that every build can read.
pub(in crate::check) fn builds_may_set_statuses(secret: &Spanned<String>, build: Span) -> Diagnostic {
    let message = format!("builds can read the token of `{}`, which sets commit statuses", secret.value);
    Diagnostic::new(Code::E0505, secret.span, message)
        .also(build, "runs a Dockerfile that can read it")
        .help("use another secret, whose `token` may set statuses and nothing else")
}

/// A part of an app has access to the token that writes to the GitOps repository.
pub(in crate::check) fn app_may_write(
    kind: &str,
    name: &Spanned<String>,
    gitops: &GitOps,
    writing: &str,
) -> Diagnostic {
    let message = format!("{kind} `{}` can read the token that writes to `{}`", name.value, gitops.repository);
    let place = gitops.credentials.as_ref().map_or(gitops.span, |name| name.span);
    Diagnostic::new(Code::E0505, name.span, message)
        .also(place, format!("accessed with the `token` of `{writing}`"))
        .help(format!("give the {kind} a separate secret, with a token for what it does"))
}

/// A secret of a build that does something for the deliveries themselves.
pub(in crate::check) fn build_gets_credentials(
    image: &Spanned<String>,
    secret: &Spanned<SecretKey>,
    does: &str,
) -> Diagnostic {
    let (SecretKey { secret, key }, span) = (&secret.value, secret.span);
    let message =
        format!("the build of image `{}` can read `{secret}.{key}`, from the secret that {does}", image.value);
    Diagnostic::new(Code::E0505, span, message)
        .help("give the build a separate secret, with a token for what the Dockerfile does")
}

/// A secret of a task that does something for the deliveries themselves.
pub(in crate::check) fn task_gets_credentials(task: &str, used: Span, secret: &str, does: &str) -> Diagnostic {
    let message = format!("task `{task}` can read a key of `{secret}`, the secret that {does}");
    Diagnostic::new(Code::E0505, used, message).help("give the task a separate secret, with a token for what it does")
}

pub(in crate::check) fn pull_with_throwaway(
    pull: &Spanned<String>,
    secret: &Spanned<String>,
    environment: &str,
) -> Diagnostic {
    let message =
        format!("nothing can be pulled in `{environment}` with the random value of throwaway secret `{}`", pull.value);
    Diagnostic::new(Code::E0502, pull.span, message).also(secret.span, "declared here").help(
        "remove `from = throwaway`: whatever creates the Secret elsewhere must also create it in these namespaces",
    )
}
