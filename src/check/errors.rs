//! One function for each mistake that spans several blocks.

use crate::diag::{Code, Diagnostic};
use crate::model::text::CanaryField;
use crate::model::value::show_duration;
use crate::model::{Analysis, App, AppIn, Environment, Image, ImageId, Pattern, Service, Stage, StageKind};
use crate::source::{Span, Spanned};
use std::collections::BTreeSet;

pub(super) fn no_stages(pipeline: &Spanned<String>) -> Diagnostic {
    Diagnostic::new(Code::E0415, pipeline.span, format!("pipeline `{}` has no stages", pipeline.value))
        .help("write at least `build`")
}

pub(super) fn twice(stage: &Stage, first: Span) -> Diagnostic {
    let message = match &stage.value {
        StageKind::StageEnv { environment, .. } => format!("`{environment}` is opened twice in one pipeline"),
        kind => format!("`{}` stands twice in one pipeline", kind.word()),
    };
    Diagnostic::new(Code::E0405, stage.span, message)
        .here("again here")
        .also(first, "first here")
        .help("keep one of the two")
}

pub(super) fn build_late(span: Span, before: &Stage) -> Diagnostic {
    Diagnostic::new(Code::E0405, span, format!("`build` stands after `{}`", before.value.word()))
        .also(before.span, "this would run without the images")
        .help("move `build` to the beginning")
}

pub(super) fn nothing_to_build(span: Span, app: &Spanned<String>) -> Diagnostic {
    Diagnostic::new(Code::E0415, span, format!("app `{}` has no image to build", app.value))
        .also(app.span, "this app")
        .help("give the app an `image`, or leave `build` out")
}

pub(super) fn no_registry(span: Span, project: &Spanned<String>) -> Diagnostic {
    Diagnostic::new(Code::E0218, span, "there is no registry to push to")
        .also(project.span, "the project")
        .help("write `registry { host = \"…\" }` in `project`")
}

pub(super) fn not_open(stage: &Stage, environment: &str, later: Option<Span>) -> Diagnostic {
    let diagnostic = Diagnostic::new(Code::E0403, stage.span, format!("`{environment}` is not open yet"));
    match later {
        Some(later) => {
            diagnostic.also(later, "it is opened here").help(format!("move it behind `stage-env {environment}`"))
        }
        None => diagnostic.help(format!("write `stage-env {environment}` before it")),
    }
}

pub(super) fn already_removed(stage: &Stage, environment: &str, closed: Span) -> Diagnostic {
    Diagnostic::new(Code::E0403, stage.span, format!("`{environment}` is removed already"))
        .also(closed, "removed here")
        .help(format!("move it before `teardown {environment}`"))
}

pub(super) fn never_removed(environment: &str, opened: Span) -> Diagnostic {
    Diagnostic::new(Code::E0404, opened, format!("`{environment}` is never removed"))
        .help(format!("write `teardown {environment}` as a later stage; it runs on failure as well"))
}

pub(super) fn section_broken(stage: &Stage, environment: &str, between: &Stage) -> Diagnostic {
    Diagnostic::new(Code::E0405, stage.span, format!("the stages in `{environment}` do not stand together"))
        .also(between.span, "this stands between them")
        .help(format!("move it before or behind them: `{environment}` is locked from the first to the last"))
}

pub(super) fn outlived(environment: &Environment, ttl: u64, needed: u64, opened: Span, pipeline: &str) -> Diagnostic {
    let message = format!(
        "`{}` lives {}, and pipeline `{pipeline}` may need it for {}",
        environment.name.value,
        show_duration(ttl),
        show_duration(needed)
    );
    Diagnostic::new(Code::E0410, environment.ttl_span, message)
        .also(opened, "opened here")
        .help(format!("write `ttl = {}` or more, or shorten timeouts", show_duration(needed)))
        .help("those in a standing environment count twice: another run may hold its lock")
}

pub(super) fn updated_twice(stage: &Stage, first: Span) -> Diagnostic {
    Diagnostic::new(
        Code::E0405,
        stage.span,
        format!("`{}` is updated twice in one pipeline", stage.value.environment().unwrap_or_default()),
    )
    .here("again here")
    .also(first, "first here")
    .help("keep one of the two")
}

pub(super) fn nothing_to_deploy(stage: &Stage, app: &Spanned<String>, environment: &str) -> Diagnostic {
    Diagnostic::new(Code::E0415, stage.span, format!("app `{}` has nothing to deploy in `{environment}`", app.value))
        .also(app.span, "this app")
        .help("give it a `service`, `helm`, `kustomize` or `manifests`")
}

pub(super) fn canary_without_service(span: Span, app: &Spanned<String>, environment: &str) -> Diagnostic {
    Diagnostic::new(
        Code::E0415,
        span,
        format!("app `{}` has no `service` in `{environment}` for the canary to shift", app.value),
    )
    .also(app.span, "this app")
    .help("write `deploy` instead: where a chart owns its Rollout, `wait-for-sync` waits for that as well")
}

/// `also`: what the wait must be long enough for beside the pauses.
pub(super) fn waits_too_short(
    span: Span,
    timeout: u64,
    pauses: u64,
    needed: u64,
    also: &str,
    canary: Span,
) -> Diagnostic {
    let message = format!(
        "this wait ends after {}, and the canary alone pauses for {}",
        show_duration(timeout),
        show_duration(pauses)
    );
    Diagnostic::new(Code::E0407, span, message)
        .also(canary, "this canary")
        .help(format!("write `timeout = {}` or more: {also} as well", show_duration(needed)))
}

pub(super) fn used_before_ready(stage: &Stage, update: &str, environment: &str, span: Span) -> Diagnostic {
    Diagnostic::new(
        Code::E0406,
        stage.span,
        format!("`{}` runs before `{environment}` has the new version", stage.value.word()),
    )
    .also(span, format!("`{update}` only begins the update"))
    .help(format!("write `wait-for-sync in {environment}` between them"))
}

pub(super) fn never_waited_for(update: &str, environment: &str, span: Span) -> Diagnostic {
    Diagnostic::new(Code::E0406, span, format!("nobody waits for the end of this `{update}`"))
        .help(format!("write `wait-for-sync in {environment}` after it: only then is a failure seen and put back"))
}

pub(super) fn migrates_late(stage: &Stage, update: Span) -> Diagnostic {
    Diagnostic::new(Code::W0401, stage.span, "the migration runs after the new version serves")
        .also(update, "updated here")
        .help("move it before the update, with a migration that the old version can live with")
}

pub(super) fn cannot_finish(
    name: &Spanned<String>,
    analysis: &Analysis,
    services: &[Service],
    available: u64,
) -> Diagnostic {
    let message = format!(
        "analysis `{}` can fail after {} at the earliest, and the canary pauses for {}",
        name.value,
        show_duration(analysis.can_fail_after(services)),
        show_duration(available)
    );
    let (first, every) = (analysis.first_question(services), show_duration(analysis.every));
    let diagnostic = Diagnostic::new(Code::E0408, name.span, message).also(
        analysis.name.span,
        format!(
            "asks {} times, {every} apart, for the first time after {}",
            analysis.tolerate + 1,
            show_duration(first)
        ),
    );
    let needed = show_duration(analysis.can_fail_after(services));
    let diagnostic =
        diagnostic.help(format!("let the canary pause for {needed} or more in all, or tolerate less (`tolerate`)"));
    if first == analysis.every {
        return diagnostic;
    }
    diagnostic.help("the first question waits until the query looks back on nothing but the canary")
}

pub(super) fn analysis_without(
    name: &Spanned<String>,
    field: CanaryField,
    service: &Service,
    missing: &str,
) -> Diagnostic {
    Diagnostic::new(
        Code::E0418,
        name.span,
        format!(
            "`{}` asks for `canary.{}`, and service `{}` has no `{missing}`",
            name.value,
            field.name(),
            service.name.value
        ),
    )
    .also(service.name.span, "this service")
    .help(if missing == "metrics" { "write `metrics { port = … }` in it" } else { "write `port = …` in it" })
}

pub(super) fn canaries_differ(span: Span, app: &str, environment: &str, first: Span) -> Diagnostic {
    Diagnostic::new(Code::E0419, span, format!("app `{app}` has another canary in `{environment}`"))
        .also(first, "this one")
        .help("an app has one Rollout in an environment: write the same `steps` and `analyse` in both")
}

pub(super) fn share_too_small(span: Span, weight: u8, service: &Service) -> Diagnostic {
    let name = &service.name.value;
    let pods = service.replicas.0;
    let count = if pods == 1 { "one pod".to_owned() } else { format!("{pods} pods") };
    Diagnostic::new(Code::W0402, span, format!("{weight}% of `{name}` is less than a pod, and it has no route"))
        .also(service.name.span, format!("{count}: without a route a share is a number of pods"))
        .help(format!("give it a `route`, or `replicas = {}` or more", 100_u32.div_ceil(u32::from(weight))))
}

pub(super) fn delivered_by_nobody(app: &Spanned<String>, environment: &str) -> Diagnostic {
    Diagnostic::new(Code::W0403, app.span, format!("changes of app `{}` never reach `{environment}`", app.value)).help(
        format!("it stays at the commit at which it came there: write a pipeline that delivers it, with `deploy in {environment}`"),
    )
}

pub(super) fn weight_falls(span: Span, weight: u8, before: u8, place: Span) -> Diagnostic {
    Diagnostic::new(Code::E0409, span, format!("the share does not rise: {weight}% after {before}%"))
        .also(place, "the share before")
        .help("shares of a canary rise from step to step")
}

pub(super) fn weight_of_nothing(span: Span) -> Diagnostic {
    Diagnostic::new(Code::E0409, span, "a share of 0% shows nothing").help("begin with a small share such as `5%`")
}

pub(super) fn begins_with_pause(span: Span) -> Diagnostic {
    Diagnostic::new(Code::E0409, span, "the canary begins with a pause").help("begin with a share such as `20%`")
}

pub(super) fn no_steps(span: Span) -> Diagnostic {
    Diagnostic::new(Code::E0409, span, "the canary has no share of the traffic")
        .help("write `steps = [20%, 5m, 50%, 5m]`, or use `deploy`")
}

pub(super) fn delivered_without_source(app: &Spanned<String>) -> Diagnostic {
    Diagnostic::new(Code::E0414, app.span, format!("app `{}` has no `source`, so no push can deliver it", app.value))
        .help("write `source = \"github.com/OWNER/NAME\"` in it; a third-party chart is deployed with the apps that need it")
}

pub(super) fn task_outside(
    stage: &Stage,
    app: &str,
    delivered: &str,
    environment: &str,
    ephemeral: bool,
) -> Diagnostic {
    let diagnostic =
        Diagnostic::new(Code::E0417, stage.span, format!("`{environment}` does not hold app `{app}` in this pipeline"));
    if ephemeral {
        return diagnostic
            .help(format!("write `with = [{app}]` at `stage-env`, or `needs = [{app}]` in app `{delivered}`"));
    }
    diagnostic.help(format!("write `needs = [{app}]` in app `{delivered}`, or a pipeline that brings `{app}` there"))
}

pub(super) fn image_outside(
    span: Span,
    image: &ImageId,
    app: &str,
    environment: &str,
    stage: Option<Span>,
) -> Diagnostic {
    let ImageId { app: owner, image } = image;
    let message = format!("`{environment}` may not hold app `{owner}`, and app `{app}` uses its image `{image}`");
    let diagnostic = Diagnostic::new(Code::E0417, span, message)
        .help(format!("write `needs = [{owner}]` in app `{app}`: then the environment knows the image"));
    match stage {
        Some(stage) => diagnostic.also(stage, "by this stage"),
        None => diagnostic,
    }
}

/// The uses of a secret that cannot be there: the first one, and the others; each may have the stage that uses it.
pub(super) fn secret_outside(
    secret: &Spanned<String>,
    environment: &str,
    (used, stage): (Span, Option<Span>),
    others: impl Iterator<Item = Span>,
) -> Diagnostic {
    let message =
        format!("secret `{}` cannot exist in `{environment}`, whose namespace is made for each change", secret.value);
    let diagnostic = Diagnostic::new(Code::E0502, used, message).also(secret.span, "declared here");
    let diagnostic = match stage {
        Some(stage) => diagnostic.also(stage, "used by this stage"),
        None => diagnostic,
    };
    let diagnostic = others.fold(diagnostic, |diagnostic, other| diagnostic.also(other, "and here"));
    diagnostic.help(format!("write `in {environment} {{ from = throwaway }}` in the secret"))
}

pub(super) fn never_built(app: &Spanned<String>, span: Span, delivered: bool) -> Diagnostic {
    let name = &app.value;
    Diagnostic::new(Code::E0412, span, format!("the images of app `{name}` are never built"))
        .also(app.span, "this app")
        .help(if delivered {
            "write `build` at the beginning of this pipeline".to_owned()
        } else {
            format!("write `build` in the pipeline that delivers `{name}`")
        })
}

/// `there`: what the app is in one of the environments.
pub(super) fn built_and_not_deployed(app: &App, images: &[&Image], environments: &[&str], there: &AppIn) -> Diagnostic {
    let names = |names: &[&str]| names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    let (first, name) = (images[0], &app.name.value);
    let all: Vec<_> = images.iter().map(|image| image.name.value.as_str()).collect();
    let (what, are, them) = if images.len() == 1 { ("image", "is", "it") } else { ("images", "are", "them") };
    let message = format!(
        "{what} {} {are} built, and nothing that app `{name}` deploys in {} uses {them}",
        names(&all),
        names(environments)
    );
    let mut diagnostic = Diagnostic::new(Code::E0421, first.name.span, message);
    for image in &images[1..] {
        diagnostic = diagnostic.also(image.name.span, "and this one");
    }
    let image = &first.name.value;
    if there.kustomize.is_some() {
        diagnostic = diagnostic.help(format!(
            "write `images = {{ \"NAME\" = {image} }}` in `kustomize`; NAME is what the kustomization calls it, without a tag"
        ));
    }
    if there.helm.is_some() {
        diagnostic = diagnostic.help(format!(
            "give it to the chart, by the chart's names: `set = {{ image = {{ repository = {image}.repository, digest = {image}.digest }} }}`"
        ));
    }
    if there.manifests.is_some() && there.kustomize.is_none() && there.helm.is_none() {
        diagnostic = diagnostic.help(format!(
            "plain manifests stay as they are: make them a kustomization, `kustomize {{ path = …, images = {{ \"NAME\" = {image} }} }}`"
        ));
    }
    diagnostic.help("if it is for others, give it a `tag` by which they know it")
}

pub(super) fn context_excepted(span: Span, image: &Spanned<String>, path: &str) -> Diagnostic {
    let context = if path.is_empty() { "the whole repository".to_owned() } else { format!("`{path}`") };
    let message = format!("`except` leaves out every file that image `{}` is built from", image.value);
    Diagnostic::new(Code::E0413, span, message)
        .also(image.span, format!("built from {context}"))
        .help("leave the pattern out, or name what does not count more narrowly")
}

pub(super) fn never_starts(
    except: &Spanned<Pattern>,
    paths: &[Spanned<Pattern>],
    pipeline: &Spanned<String>,
) -> Diagnostic {
    let message =
        format!("pipeline `{}` never starts: `except` leaves out every file that could start it", pipeline.value);
    let mut diagnostic = Diagnostic::new(Code::E0413, except.span, message);
    // Without `paths` they all stand for `on push`.
    let places: BTreeSet<Span> = paths.iter().map(|path| path.span).collect();
    for place in places {
        diagnostic = diagnostic.also(place, "nothing else starts it");
    }
    diagnostic.help("leave the pattern out, or name what does not count more narrowly")
}

pub(super) fn never_brought(
    app: &Spanned<String>,
    pipeline: &Spanned<String>,
    environment: &str,
    span: Span,
) -> Diagnostic {
    Diagnostic::new(Code::E0412, span, format!("the images of app `{}` are never brought to `{environment}`", app.value))
        .also(pipeline.span, "built here")
        .help(format!(
            "write `deploy in {environment}` in pipeline `{}`: it records the images there, also of an app without a service",
            pipeline.value
        ))
}

pub(super) fn paths_miss_context(span: Span, image: &Spanned<String>, path: &str) -> Diagnostic {
    let context = if path.is_empty() { "the whole repository".to_owned() } else { format!("`{path}`") };
    Diagnostic::new(
        Code::E0413,
        span,
        format!("no pattern of `paths` matches a file that image `{}` is built from", image.value),
    )
    .also(image.span, format!("built from {context}"))
    .help(format!("add `\"{}\"`", Pattern::below(path).as_str()))
}

pub(super) fn same_name(span: Span, first: Span, message: String, help: &str) -> Diagnostic {
    let diagnostic = Diagnostic::new(Code::E0504, span, message).help(help);
    if first == span { diagnostic } else { diagnostic.also(first, "the other one") }
}

pub(super) fn route_in_ephemeral(span: Span, host: &str, environment: &str) -> Diagnostic {
    let message =
        format!("`{environment}` is there once for each change, and all of them would be reached at `{host}`");
    Diagnostic::new(Code::E0504, span, message)
        .help(format!(
            "give each its own: `host = \"${{environment.namespace}}.{host}\"` in `in {environment} {{ … }}`"
        ))
        .help("or write the route in `in ENVIRONMENT { … }`, for a standing environment")
}

pub(super) fn too_long(what: &str, name: &str, longest: usize, span: Span, help: &str) -> Diagnostic {
    Diagnostic::new(
        Code::E0601,
        span,
        format!("{what} would be called `{name}`: {} characters, {longest} at most are possible", name.len()),
    )
    .help(help)
}

pub(super) fn never_first(circle: &[&Spanned<String>]) -> Diagnostic {
    let names: Vec<_> = circle.iter().chain(circle.first()).map(|app| format!("`{}`", app.value)).collect();
    let message = format!("these apps wait for images of one another: {}", names.join(" → "));
    let mut diagnostic = Diagnostic::new(Code::E0411, circle[0].span, message).here("none can be delivered first");
    for app in &circle[1..] {
        diagnostic = diagnostic.also(app.span, "in the circle");
    }
    diagnostic.help("break the circle: leave one of them out of the `needs`, or the `with`, of the one before it")
}

pub(super) fn asks_for_all(analysis: &Spanned<String>, used: Span) -> Diagnostic {
    let name = &analysis.value;
    Diagnostic::new(Code::W0405, analysis.span, format!("the query of `{name}` does not ask for the canary"))
        .also(used, "it is to judge this one")
        .help("pick the canary's series by `${canary.metrics}`, `${canary.service}` or `${canary.hash}`")
        .help("of old and new together, a bad canary of 10% shows as a tenth of its errors")
}

pub(super) fn window_too_short(analysis: &Spanned<String>, window: &str, service: &Service, every: u64) -> Diagnostic {
    let message = format!(
        "`[{window}]` may hold fewer than two readings of service `{}`, which is read every {}",
        service.name.value,
        show_duration(every)
    );
    Diagnostic::new(Code::W0404, analysis.span, message)
        .also(service.name.span, "this service")
        .help(format!("write `[{}]` or more, or a shorter `every` in `metrics`", show_duration(4 * every)))
}

pub(super) fn quota_too_small(span: Span, message: String, what: &str, needed: &str) -> Diagnostic {
    Diagnostic::new(Code::E0420, span, message)
        .help(format!("write `{what} = {needed}` or more: an update starts new pods before it stops old ones"))
}

pub(super) fn folders_meet(place: Span, one: &str, other: &str, folder: &str) -> Diagnostic {
    Diagnostic::new(Code::E0307, place, format!("{one} and {other} meet in the folder `{folder}`"))
        .help("write another `path` or `tree` in `gitops`, so that neither lies in the other")
}

pub(super) fn one_webhook(place: Span, url: &str, first: (&str, Span), second: &str) -> Diagnostic {
    let message = format!("targets `{}` and `{second}` both receive pushes at `{url}`", first.0);
    let diagnostic = Diagnostic::new(Code::W0406, place, message);
    let diagnostic = if first.1 == place { diagnostic } else { diagnostic.also(first.1, "the same address") };
    diagnostic.help("give one of them another one: `project { github { webhook = \"…\" } }` in the target")
}
