//! One function for each thing without use or effect. None has a fix that takes a declaration out: it may as well be that
//! its use is what is missing.

use crate::diag::{Code, Diagnostic};
use crate::model::{Environment, Secret, Stage};
use crate::source::{Span, Spanned};
use std::collections::BTreeSet;

fn unused(name: &Spanned<String>, message: String) -> Diagnostic {
    Diagnostic::new(Code::W0203, name.span, message)
}

pub(super) fn unused_secret(secret: &Secret, named_elsewhere: bool) -> Diagnostic {
    let name = &secret.name.value;
    let key = secret.keys.first().map_or("KEY", String::as_str);
    let key = if key.contains('.') { format!("\"{key}\"") } else { key.to_owned() };
    let diagnostic = unused(&secret.name, format!("nothing uses secret `{name}`"))
        .help(format!("write `NAME = {name}.{key}` in an `env`, or take the secret out"));
    if named_elsewhere {
        return diagnostic.help("what a chart or a manifest names by itself need not be declared here");
    }
    diagnostic
}

pub(super) fn unused_environment(environment: &Environment) -> Diagnostic {
    let name = &environment.name.value;
    if environment.is_ephemeral() {
        return unused(&environment.name, format!("no pipeline opens environment `{name}`")).help(format!(
            "write `stage-env {name}` and `teardown {name}` in a pipeline, or take the environment out"
        ));
    }
    unused(&environment.name, format!("no pipeline brings anything to environment `{name}`"))
        .help(format!("write `deploy in {name}` in a pipeline, or take the environment out"))
}

pub(super) fn unused_analysis(name: &Spanned<String>) -> Diagnostic {
    unused(name, format!("no canary asks analysis `{}`", name.value))
        .help(format!("write `analyse = {}` in a `canary`, or take the analysis out", name.value))
}

/// `delivered`: by a pipeline, which then names the task without the app.
pub(super) fn unused_task(name: &Spanned<String>, app: &str, delivered: bool) -> Diagnostic {
    let task = if delivered { name.value.clone() } else { format!("{app}.{}", name.value) };
    unused(name, format!("no stage runs task `{}` of app `{app}`", name.value))
        .help(format!("write `migrate`, `test` or `run {task} in ENVIRONMENT` in a pipeline, or take the task out"))
}

pub(super) fn unused_image(name: &Spanned<String>, app: &str) -> Diagnostic {
    unused(name, format!("nothing uses image `{}` of app `{app}`, which every run builds", name.value))
        .help("name it in a `service`, a `task`, or the `images` of a `kustomize`, or take it out")
        .help("if it is for others, give it a `tag` by which they know it")
}

pub(super) fn unused_app(name: &Spanned<String>) -> Diagnostic {
    unused(name, format!("no pipeline delivers app `{}`, and no app needs it", name.value))
        .help("deliver it by a pipeline, name it in the `needs` of an app, or take it out")
}

pub(super) fn undeployed_app(name: &Spanned<String>, pipeline: &Spanned<String>) -> Diagnostic {
    unused(name, format!("pipeline `{}` brings app `{}` to no environment", pipeline.value, name.value))
        .also(pipeline.span, "delivers it")
        .help("write `deploy in ENVIRONMENT` in the pipeline, or take out what the app deploys")
}

/// `places`: where `in ENVIRONMENT` stands; the first is pointed at.
pub(super) fn layer_of_nothing(app: &str, environment: &str, first: Span, places: &BTreeSet<Span>) -> Diagnostic {
    let message = format!("app `{app}` never comes to `{environment}`, so what holds there has no effect");
    let help = format!("bring it there in a pipeline that delivers it, or take `in {environment}` out");
    let diagnostic = Diagnostic::new(Code::W0303, first, message).help(help);
    let others = places.iter().filter(|place| **place != first);
    others.fold(diagnostic, |diagnostic, place| diagnostic.also(*place, "and here"))
}

pub(super) fn retries_of_migrations(span: Span, task: &str) -> Diagnostic {
    let message = format!("`retries` has no effect: task `{task}` is only run by `migrate`, which never tries again");
    Diagnostic::new(Code::W0303, span, message).help("take it out, or run the task by `run` if it may be tried again")
}

pub(super) fn all_at_once(step: Span, environment: &str) -> Diagnostic {
    Diagnostic::new(Code::W0303, step, "this canary begins and ends with all of the traffic")
        .help(format!("begin with a small share and hold it, such as `5%, 10m`, or write `deploy in {environment}`"))
}

pub(super) fn nothing_between(opened: &Stage, closed: Span, environment: &str) -> Diagnostic {
    Diagnostic::new(Code::W0303, opened.span, format!("nothing happens in `{environment}` before it is removed"))
        .also(closed, "removed here")
        .help(format!("write `wait-for-sync in {environment}` between them, or leave both out"))
}

pub(super) fn path_excepted(path: Span, except: Span) -> Diagnostic {
    Diagnostic::new(Code::W0303, path, "no file can match this pattern: `except` leaves all of them out")
        .also(except, "by this pattern")
        .help("take one of the two out, or name what does not count more narrowly")
}
