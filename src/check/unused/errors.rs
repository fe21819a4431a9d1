//! One function for each thing that is unused or has no effect. None offers a fix that removes a declaration: what is
//! missing may just as well be its use.

use crate::diag::{Code, Diagnostic};
use crate::model::{Environment, Image, Origin, Secret, Stage};
use crate::source::{Span, Spanned};
use std::collections::BTreeSet;

fn unused(name: &Spanned<String>, message: String) -> Diagnostic {
    Diagnostic::new(Code::W0203, name.span, message)
}

pub(super) fn unused_secret(secret: &Secret, named_elsewhere: bool) -> Diagnostic {
    let name = &secret.name.value;
    let key = secret.keys.first().map_or("KEY", String::as_str);
    let key = if key.contains('.') { format!("\"{key}\"") } else { key.to_owned() };
    let diagnostic = unused(&secret.name, format!("secret `{name}` is never used"))
        .help(format!("write `NAME = {name}.{key}` in an `env`, or remove the secret"));
    if named_elsewhere {
        return diagnostic.help("a secret that only a chart or a manifest refers to need not be declared here");
    }
    diagnostic
}

pub(super) fn unused_environment(environment: &Environment) -> Diagnostic {
    let name = &environment.name.value;
    if environment.is_ephemeral() {
        return unused(&environment.name, format!("environment `{name}` is never created"))
            .help(format!("add `stage-env {name}` and `teardown {name}` to a pipeline, or remove the environment"));
    }
    unused(&environment.name, format!("nothing is ever deployed to environment `{name}`"))
        .help(format!("add `deploy in {name}` to a pipeline, or remove the environment"))
}

pub(super) fn unused_analysis(name: &Spanned<String>) -> Diagnostic {
    unused(name, format!("analysis `{}` is never used", name.value))
        .help(format!("write `analyse = {}` in a `canary`, or remove the analysis", name.value))
}

/// `delivered`: a pipeline delivers the app, and then names the task without the app.
pub(super) fn unused_task(name: &Spanned<String>, app: &str, delivered: bool) -> Diagnostic {
    let task = if delivered { name.value.clone() } else { format!("{app}.{}", name.value) };
    unused(name, format!("task `{}` of app `{app}` is never run", name.value))
        .help(format!("add `migrate`, `test` or `run {task} in ENVIRONMENT` to a pipeline, or remove the task"))
}

pub(super) fn unused_image(image: &Image, app: &str) -> Diagnostic {
    let what = match &image.origin {
        Origin::Built(_) => "is built by every run but never used",
        Origin::FromCi(_) => "is awaited by every run but never used",
        Origin::Reference(_) => "is never used",
    };
    let diagnostic = unused(&image.name, format!("image `{}` of app `{app}` {what}", image.name.value))
        .help("use it in a `service`, a `task`, or the `images` of a `kustomize`, or remove it");
    match image.build() {
        Some(_) => diagnostic.help("if others use the image, give it a `tag` that they can refer to"),
        None => diagnostic,
    }
}

pub(super) fn unused_app(name: &Spanned<String>) -> Diagnostic {
    unused(name, format!("app `{}` is never delivered, and no app needs it", name.value))
        .help("deliver it in a pipeline, add it to the `needs` of an app, or remove it")
}

pub(super) fn undeployed_app(name: &Spanned<String>, pipeline: &Spanned<String>) -> Diagnostic {
    unused(name, format!("pipeline `{}` does not deploy app `{}` to any environment", pipeline.value, name.value))
        .also(pipeline.span, "delivered by this pipeline")
        .help("add `deploy in ENVIRONMENT` to the pipeline, or remove what the app deploys")
}

/// `places`: where `in ENVIRONMENT` is written; `first` gets the primary label.
pub(super) fn layer_of_nothing(app: &str, environment: &str, first: Span, places: &BTreeSet<Span>) -> Diagnostic {
    let message = format!("app `{app}` is never deployed to `{environment}`, so this has no effect");
    let help = format!("deploy it there in a pipeline that delivers it, or remove `in {environment}`");
    let diagnostic = Diagnostic::new(Code::W0303, first, message).help(help);
    let others = places.iter().filter(|place| **place != first);
    others.fold(diagnostic, |diagnostic, place| diagnostic.also(*place, "and here"))
}

pub(super) fn retries_of_migrations(span: Span, task: &str) -> Diagnostic {
    let message = format!("`retries` has no effect: task `{task}` is only run by `migrate`, which never retries");
    Diagnostic::new(Code::W0303, span, message).help("remove it, or run the task with `run` if it is safe to retry")
}

pub(super) fn all_at_once(step: Span, environment: &str) -> Diagnostic {
    Diagnostic::new(Code::W0303, step, "this canary starts and ends with all of the traffic")
        .help(format!("start with a small weight and a pause, such as `5%, 10m`, or write `deploy in {environment}`"))
}

pub(super) fn nothing_between(opened: &Stage, closed: Span, environment: &str) -> Diagnostic {
    Diagnostic::new(Code::W0303, opened.span, format!("nothing runs in `{environment}` before it is torn down"))
        .also(closed, "torn down here")
        .help(format!("add `wait-for-sync in {environment}` between them, or remove both"))
}

pub(super) fn path_excepted(path: Span, except: Span) -> Diagnostic {
    Diagnostic::new(Code::W0303, path, "no file can match this pattern: `except` excludes all of them")
        .also(except, "excluded by this pattern")
        .help("remove one of the two, or make the pattern in `except` narrower")
}
