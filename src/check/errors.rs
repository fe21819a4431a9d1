//! One function for each error that spans several blocks.

mod credentials;
mod hosts;

pub(super) use credentials::*;
pub(super) use hosts::*;

use crate::diag::{Code, Diagnostic};
use crate::model::text::CanaryField;
use crate::model::value::show_duration;
use crate::model::{
    Analysis, App, AppIn, Environment, Image, ImageId, Pattern, PodSecurity, Service, Stage, StageKind, Volume,
};
use crate::source::{Span, Spanned};
use std::collections::BTreeSet;

pub(super) fn no_stages(pipeline: &Spanned<String>) -> Diagnostic {
    Diagnostic::new(Code::E0415, pipeline.span, format!("pipeline `{}` has no stages", pipeline.value))
        .help("add at least `build`")
}

pub(super) fn twice(stage: &Stage, first: Span) -> Diagnostic {
    let message = match &stage.value {
        StageKind::StageEnv { environment, .. } => format!("`{environment}` is created twice in one pipeline"),
        kind => format!("duplicate `{}` stage", kind.word()),
    };
    Diagnostic::new(Code::E0405, stage.span, message)
        .here("repeated here")
        .also(first, "first here")
        .help("remove one of the two")
}

pub(super) fn build_late(span: Span, before: &Stage) -> Diagnostic {
    Diagnostic::new(Code::E0405, span, format!("`build` comes after `{}`", before.value.word()))
        .also(before.span, "this would run without the images")
        .help("move `build` to the start of the pipeline")
}

pub(super) fn nothing_to_build(span: Span, app: &Spanned<String>) -> Diagnostic {
    Diagnostic::new(Code::E0415, span, format!("app `{}` has no image to build", app.value))
        .also(app.span, "this app")
        .help("add an `image` to the app, or remove `build`")
}

pub(super) fn no_registry(span: Span, project: &Spanned<String>) -> Diagnostic {
    Diagnostic::new(Code::E0218, span, "no registry to push to")
        .also(project.span, "this project")
        .help("add `registry { host = \"…\" }` to `project`")
}

pub(super) fn not_open(stage: &Stage, environment: &str, later: Option<Span>) -> Diagnostic {
    let diagnostic = Diagnostic::new(Code::E0403, stage.span, format!("`{environment}` does not exist yet"));
    match later {
        Some(later) => diagnostic.also(later, "created here").help(format!("move it after `stage-env {environment}`")),
        None => diagnostic.help(format!("add `stage-env {environment}` before it")),
    }
}

pub(super) fn already_removed(stage: &Stage, environment: &str, closed: Span) -> Diagnostic {
    Diagnostic::new(Code::E0403, stage.span, format!("`{environment}` has already been torn down"))
        .also(closed, "torn down here")
        .help(format!("move it before `teardown {environment}`"))
}

pub(super) fn never_removed(environment: &str, opened: Span) -> Diagnostic {
    Diagnostic::new(Code::E0404, opened, format!("`{environment}` is never torn down"))
        .help(format!("add `teardown {environment}` as a later stage; it also runs after a failure"))
}

pub(super) fn section_broken(stage: &Stage, environment: &str, between: &Stage) -> Diagnostic {
    let broken = Diagnostic::new(Code::E0405, stage.span, format!("stages for `{environment}` are not contiguous"))
        .also(between.span, "this comes between them");
    if let StageKind::Approve(_) = between.value {
        return broken
            .help(format!(
                "move `approve` before the first of them: nobody should hold the lock of `{environment}` while a person decides"
            ))
            .help("to approve a version that already serves a part of the traffic, write `approve` in the `steps` of `canary`");
    }
    broken.help(format!("move it before or after them: `{environment}` is locked from the first stage to the last"))
}

pub(super) fn outlived(environment: &Environment, ttl: u64, needed: u64, opened: Span, pipeline: &str) -> Diagnostic {
    let message = format!(
        "`{}` expires after {}, but pipeline `{pipeline}` can take {}",
        environment.name.value,
        show_duration(ttl),
        show_duration(needed)
    );
    Diagnostic::new(Code::E0410, environment.ttl_span, message)
        .also(opened, "created here")
        .help(format!("write `ttl = {}` or more, or shorten the timeouts", show_duration(needed)))
        .help("timeouts in a permanent environment count twice, because another run may hold its lock")
}

pub(super) fn updated_twice(stage: &Stage, first: Span) -> Diagnostic {
    Diagnostic::new(
        Code::E0405,
        stage.span,
        format!("`{}` is updated twice in one pipeline", stage.value.environment().unwrap_or_default()),
    )
    .here("updated again here")
    .also(first, "first updated here")
    .help("remove one of the two")
}

pub(super) fn nothing_to_deploy(stage: &Stage, app: &Spanned<String>, environment: &str) -> Diagnostic {
    Diagnostic::new(Code::E0415, stage.span, format!("app `{}` has nothing to deploy in `{environment}`", app.value))
        .also(app.span, "this app")
        .help("add a `service`, `helm`, `kustomize` or `manifests` to it")
}

pub(super) fn canary_without_service(span: Span, app: &Spanned<String>, environment: &str) -> Diagnostic {
    Diagnostic::new(
        Code::E0415,
        span,
        format!("app `{}` has no `service` in `{environment}` whose traffic a canary could shift", app.value),
    )
    .also(app.span, "this app")
    .help("write `deploy` instead: if a chart contains the Rollout, `wait-for-sync` waits for it as well")
}

/// `also`: what takes time in addition to the pauses.
pub(super) fn waits_too_short(
    span: Span,
    timeout: u64,
    pauses: u64,
    needed: u64,
    also: &str,
    canary: Span,
) -> Diagnostic {
    let message = format!(
        "this wait times out after {}, but the canary alone pauses for {}",
        show_duration(timeout),
        show_duration(pauses)
    );
    Diagnostic::new(Code::E0407, span, message)
        .also(canary, "this canary")
        .help(format!("write `timeout = {}` or more: {also}", show_duration(needed)))
}

/// `rounds`: how often pods of the service start one after the other.
pub(super) fn starts_too_slowly(
    span: Span,
    timeout: u64,
    service: &Service,
    probe: Span,
    rounds: u64,
    pauses: u64,
    needed: u64,
) -> Diagnostic {
    let start = service.start();
    let canary = match pauses {
        0 => String::new(),
        pauses => format!(", and the canary pauses for {}", show_duration(pauses)),
    };
    let message = format!(
        "this wait times out after {}, but the pods of `{}` may take {} to start{canary}",
        show_duration(timeout),
        service.name.value,
        show_duration(start * rounds)
    );
    let allowed = match rounds {
        0 | 1 => format!("{} for a pod", show_duration(start)),
        _ => format!("{} for a pod, and up to {rounds} start one after the other", show_duration(start)),
    };
    Diagnostic::new(Code::E0407, span, message)
        .also(probe, allowed)
        .help(format!("write `timeout = {}` or more, or a shorter `for`", show_duration(needed)))
}

pub(super) fn used_before_ready(stage: &Stage, update: &str, environment: &str, span: Span) -> Diagnostic {
    Diagnostic::new(
        Code::E0406,
        stage.span,
        format!("`{}` runs before `{environment}` has the new version", stage.value.word()),
    )
    .also(span, format!("`{update}` only starts the update"))
    .help(format!("add `wait-for-sync in {environment}` between them"))
}

pub(super) fn never_waited_for(update: &str, environment: &str, span: Span) -> Diagnostic {
    Diagnostic::new(Code::E0406, span, format!("no stage waits for this `{update}` to finish"))
        .help(format!("add `wait-for-sync in {environment}` after it: only then is a failure detected and rolled back"))
}

pub(super) fn migrates_late(stage: &Stage, update: Span) -> Diagnostic {
    Diagnostic::new(Code::W0401, stage.span, "the migration runs after the new version starts serving")
        .also(update, "updated here")
        .help("move it before the update, and make the migration compatible with the old version")
}

pub(super) fn cannot_finish(
    name: &Spanned<String>,
    analysis: &Analysis,
    services: &[Service],
    available: u64,
) -> Diagnostic {
    let message = format!(
        "analysis `{}` needs at least {} to fail, but the canary only pauses for {}",
        name.value,
        show_duration(analysis.can_fail_after(services)),
        show_duration(available)
    );
    let (first, every) = (analysis.first_question(services), show_duration(analysis.every));
    let diagnostic = Diagnostic::new(Code::E0408, name.span, message).also(
        analysis.name.span,
        format!(
            "runs its query {} times, every {every}, for the first time after {}",
            analysis.tolerate + 1,
            show_duration(first)
        ),
    );
    let needed = show_duration(analysis.can_fail_after(services));
    let diagnostic = diagnostic
        .help(format!("let the canary pause for at least {needed} in total, or tolerate fewer failures (`tolerate`)"));
    if first == analysis.every {
        return diagnostic;
    }
    diagnostic.help("the first query waits until its range covers only the canary")
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
            "analysis `{}` uses `canary.{}`, but service `{}` has no `{missing}`",
            name.value,
            field.name(),
            service.name.value
        ),
    )
    .also(service.name.span, "this service")
    .help(if missing == "metrics" { "add `metrics { port = … }` to it" } else { "add `port = …` to it" })
}

pub(super) fn canaries_differ(span: Span, app: &str, environment: &str, first: Span) -> Diagnostic {
    Diagnostic::new(Code::E0419, span, format!("app `{app}` has a different canary in `{environment}`"))
        .also(first, "the other canary")
        .help("an app has one Rollout per environment: write the same `steps` and `analyse` in both")
}

pub(super) fn share_too_small(span: Span, weight: u8, service: &Service) -> Diagnostic {
    let name = &service.name.value;
    let pods = service.replicas.0;
    let count = if pods == 1 { "one pod".to_owned() } else { format!("{pods} pods") };
    Diagnostic::new(Code::W0402, span, format!("{weight}% of `{name}` is less than one pod, and `{name}` has no route"))
        .also(service.name.span, format!("{count}: without a route, a weight is a number of pods"))
        .help(format!("add a `route`, or write `replicas = {}` or more", 100_u32.div_ceil(u32::from(weight))))
}

pub(super) fn delivered_by_nobody(app: &Spanned<String>, environment: &str) -> Diagnostic {
    Diagnostic::new(Code::W0403, app.span, format!("changes to app `{}` never reach `{environment}`", app.value)).help(
        format!("it stays at the commit that was first deployed there: write a pipeline that delivers it, with `deploy in {environment}`"),
    )
}

pub(super) fn weight_falls(span: Span, weight: u8, before: u8, place: Span) -> Diagnostic {
    Diagnostic::new(Code::E0409, span, format!("canary weights must increase: {weight}% follows {before}%"))
        .also(place, "the previous weight")
        .help("write the weights in ascending order")
}

pub(super) fn weight_of_nothing(span: Span) -> Diagnostic {
    Diagnostic::new(Code::E0409, span, "a weight of 0% sends no traffic to the canary")
        .help("start with a small weight such as `5%`")
}

/// The wait after a canary that a person has to promote has the default timeout.
pub(super) fn no_time_for_people(wait: Span, canary: Span) -> Diagnostic {
    Diagnostic::new(Code::E0407, wait, "this wait has no `timeout`, but the canary waits for a person")
        .also(canary, "this canary has `approve` among its steps")
        .help("write how long people have, with the pauses: `timeout = 8h`; after that, the canary is rolled back")
}

pub(super) fn begins_with_pause(span: Span) -> Diagnostic {
    Diagnostic::new(Code::E0409, span, "the canary starts with a pause").help("start with a weight such as `20%`")
}

pub(super) fn no_steps(span: Span) -> Diagnostic {
    Diagnostic::new(Code::E0409, span, "the canary has no traffic weights")
        .help("write `steps = [20%, 5m, 50%, 5m]`, or use `deploy`")
}

pub(super) fn delivered_without_source(app: &Spanned<String>) -> Diagnostic {
    Diagnostic::new(
        Code::E0414,
        app.span,
        format!("app `{}` has no `source`, so no push can trigger its delivery", app.value),
    )
    .help("add `source = \"github.com/OWNER/NAME\"` to it; a third-party chart is deployed with the apps that need it")
}

pub(super) fn task_outside(
    stage: &Stage,
    app: &str,
    delivered: &str,
    environment: &str,
    ephemeral: bool,
) -> Diagnostic {
    let diagnostic = Diagnostic::new(
        Code::E0417,
        stage.span,
        format!("`{environment}` does not contain app `{app}` in this pipeline"),
    );
    if ephemeral {
        return diagnostic
            .help(format!("write `with = [{app}]` in `stage-env`, or `needs = [{app}]` in app `{delivered}`"));
    }
    diagnostic.help(format!("write `needs = [{app}]` in app `{delivered}`, or a pipeline that deploys `{app}` there"))
}

pub(super) fn image_outside(
    span: Span,
    image: &ImageId,
    app: &str,
    environment: &str,
    stage: Option<Span>,
) -> Diagnostic {
    let ImageId { app: owner, image } = image;
    let message = format!("`{environment}` might not contain app `{owner}`, but app `{app}` uses its image `{image}`");
    let diagnostic = Diagnostic::new(Code::E0417, span, message)
        .help(format!("add `needs = [{owner}]` to app `{app}`, so that the environment contains the image"));
    match stage {
        Some(stage) => diagnostic.also(stage, "used by this stage"),
        None => diagnostic,
    }
}

pub(super) fn address_outside(
    span: Span,
    other: &str,
    app: &str,
    environment: &str,
    stage: Option<Span>,
) -> Diagnostic {
    let message = format!("`{environment}` might not contain app `{other}`, but app `{app}` uses its address");
    let diagnostic = Diagnostic::new(Code::E0417, span, message);
    match stage {
        Some(stage) => diagnostic
            .also(stage, "this environment does not contain it")
            .help(format!("add `needs = [{other}]` to app `{app}`, or `with = [{other}]` to `stage-env`")),
        None => {
            diagnostic.help(format!("add `needs = [{other}]` to app `{app}`, or a pipeline that deploys `{other}`"))
        }
    }
}

/// The uses of a secret that cannot exist there: the first one, with the stage that uses it, if any, and the others.
pub(super) fn secret_outside(
    secret: &Spanned<String>,
    environment: &str,
    (used, stage): (Span, Option<Span>),
    others: impl Iterator<Item = Span>,
) -> Diagnostic {
    let message = format!(
        "secret `{}` cannot exist in `{environment}`, whose namespace is created for each change",
        secret.value
    );
    let diagnostic = Diagnostic::new(Code::E0502, used, message).also(secret.span, "declared here");
    let diagnostic = match stage {
        Some(stage) => diagnostic.also(stage, "used by this stage"),
        None => diagnostic,
    };
    let diagnostic = others.fold(diagnostic, |diagnostic, other| diagnostic.also(other, "also used here"));
    diagnostic
        .help(format!("write `in {environment} {{ from = throwaway }}` in the secret, or let it come from a store with `from = external`"))
}

/// A Secret of the pipelines' namespace that two declarations, or two environments of one, take from different places.
pub(super) fn secret_of_two_sources(
    object: &str,
    second: &Spanned<String>,
    first: &Spanned<String>,
    namespace: &str,
) -> Diagnostic {
    let message = format!("Secret `{object}` would come from two places in `{namespace}`, where all tasks run");
    let diagnostic = Diagnostic::new(Code::E0504, second.span, message);
    let diagnostic = if first.span == second.span { diagnostic } else { diagnostic.also(first.span, "the other one") };
    diagnostic.help("give it another `name` in one of them, for example with `in ENVIRONMENT { name = \"…\" }`")
}

/// A service of an ephemeral environment whose secret would come from a store in its namespace.
pub(super) fn store_of_a_namespace(secret: &Spanned<String>, environment: &str, store: &str, used: Span) -> Diagnostic {
    let message =
        format!("secret `{}` cannot come from a SecretStore in ephemeral environment `{environment}`", secret.value);
    Diagnostic::new(Code::E0502, used, message)
        .here("looks for the store in its namespace, which is created for each change")
        .also(secret.span, "declared here")
        .help(format!("write `store = \"ClusterSecretStore/{store}\"`, or `in {environment} {{ from = throwaway }}`"))
}

pub(super) fn account_cannot_exist(account: &Spanned<String>, environment: &str) -> Diagnostic {
    let message = format!("account `{}` cannot exist in ephemeral environment `{environment}`", account.value);
    Diagnostic::new(Code::E0502, account.span, message).help(format!(
        "write `in ENVIRONMENT {{ account = … }}` in the identity for permanent environments; in `{environment}`, an account is created without it"
    ))
}

pub(super) fn never_built(app: &Spanned<String>, span: Span, delivered: bool) -> Diagnostic {
    let name = &app.value;
    Diagnostic::new(Code::E0412, span, format!("the images of app `{name}` are never built"))
        .also(app.span, "this app")
        .help(if delivered {
            "write `build` at the start of this pipeline".to_owned()
        } else {
            format!("write `build` in the pipeline that delivers `{name}`")
        })
}

/// `there`: the app in one of the environments.
pub(super) fn built_and_not_deployed(app: &App, images: &[&Image], environments: &[&str], there: &AppIn) -> Diagnostic {
    let names = |names: &[&str]| names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    let (first, name) = (images[0], &app.name.value);
    let all: Vec<_> = images.iter().map(|image| image.name.value.as_str()).collect();
    let (what, are, them) = if images.len() == 1 { ("image", "is", "it") } else { ("images", "are", "them") };
    let message = format!(
        "{what} {} {are} built, but nothing that app `{name}` deploys in {} uses {them}",
        names(&all),
        names(environments)
    );
    let mut diagnostic = Diagnostic::new(Code::E0421, first.name.span, message);
    for image in &images[1..] {
        diagnostic = diagnostic.also(image.name.span, "not used either");
    }
    let image = &first.name.value;
    if there.kustomize.is_some() {
        diagnostic = diagnostic.help(format!(
            "write `images = {{ \"NAME\" = {image} }}` in `kustomize`, where NAME is the image's name in the kustomization, without a tag"
        ));
    }
    if !there.helm.is_empty() {
        diagnostic = diagnostic.help(format!(
            "pass the image to the chart, under the chart's names: `set = {{ image = {{ repository = {image}.repository, digest = {image}.digest }} }}`"
        ));
    }
    if there.manifests.is_some() && there.kustomize.is_none() && there.helm.is_empty() {
        diagnostic = diagnostic.help(format!(
            "plain manifests are deployed unchanged: turn them into a kustomization, `kustomize {{ path = …, images = {{ \"NAME\" = {image} }} }}`"
        ));
    }
    diagnostic.help("if others use the image, give it a `tag` that they can refer to")
}

pub(super) fn context_excepted(span: Span, image: &Spanned<String>, path: &str) -> Diagnostic {
    let context = if path.is_empty() { "the whole repository".to_owned() } else { format!("`{path}`") };
    let message = format!("`except` excludes every file that image `{}` is built from", image.value);
    Diagnostic::new(Code::E0413, span, message)
        .also(image.span, format!("built from {context}"))
        .help("remove the pattern, or make it narrower")
}

pub(super) fn never_starts(
    except: &Spanned<Pattern>,
    paths: &[Spanned<Pattern>],
    pipeline: &Spanned<String>,
) -> Diagnostic {
    let message =
        format!("pipeline `{}` never runs: `except` excludes every file that could trigger it", pipeline.value);
    let mut diagnostic = Diagnostic::new(Code::E0413, except.span, message);
    // Without `paths` they all have the span of `on push`.
    let places: BTreeSet<Span> = paths.iter().map(|path| path.span).collect();
    for place in places {
        diagnostic = diagnostic.also(place, "nothing else triggers it");
    }
    diagnostic.help("remove the pattern, or make it narrower")
}

pub(super) fn never_brought(
    app: &Spanned<String>,
    pipeline: &Spanned<String>,
    environment: &str,
    span: Span,
) -> Diagnostic {
    Diagnostic::new(Code::E0412, span, format!("the images of app `{}` are never deployed to `{environment}`", app.value))
        .also(pipeline.span, "built here")
        .help(format!(
            "write `deploy in {environment}` in pipeline `{}`: it records the images there, even for an app without a service",
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
        format!("`{environment}` exists once for each change, and all of its instances would use the host `{host}`");
    Diagnostic::new(Code::E0504, span, message)
        .help(format!(
            "give each instance a different host: `host = \"${{environment.namespace}}.{host}\"` in `in {environment} {{ … }}`"
        ))
        .help("or write the route in `in ENVIRONMENT { … }`, for a permanent environment")
}

pub(super) fn too_long(what: &str, name: &str, longest: usize, span: Span, help: &str) -> Diagnostic {
    Diagnostic::new(
        Code::E0601,
        span,
        format!("{what} would be named `{name}`, which is {} characters long; the limit is {longest}", name.len()),
    )
    .help(help)
}

pub(super) fn never_first(cycle: &[&Spanned<String>]) -> Diagnostic {
    let names: Vec<_> = cycle.iter().chain(cycle.first()).map(|app| format!("`{}`", app.value)).collect();
    let message = format!("dependency cycle: {}", names.join(" → "));
    let mut diagnostic =
        Diagnostic::new(Code::E0411, cycle[0].span, message).here("none of these apps can be delivered first");
    for app in &cycle[1..] {
        diagnostic = diagnostic.also(app.span, "part of the cycle");
    }
    diagnostic.help("break the cycle: remove one of them from the `needs` or the `with` of the one before it")
}

pub(super) fn asks_for_all(analysis: &Spanned<String>, used: Span) -> Diagnostic {
    let name = &analysis.value;
    Diagnostic::new(Code::W0405, analysis.span, format!("the query of analysis `{name}` does not select the canary"))
        .also(used, "used by this canary")
        .help("select the canary's series with `${canary.metrics}`, `${canary.service}` or `${canary.hash}`")
        .help("over old and new pods together, a failing canary with a weight of 10% shows only a tenth of its errors")
}

pub(super) fn window_too_short(analysis: &Spanned<String>, window: &str, service: &Service, every: u64) -> Diagnostic {
    let message = format!(
        "`[{window}]` may contain fewer than two samples of service `{}`, which is scraped every {}",
        service.name.value,
        show_duration(every)
    );
    Diagnostic::new(Code::W0404, analysis.span, message)
        .also(service.name.span, "this service")
        .help(format!("write `[{}]` or more, or a shorter `every` in `metrics`", show_duration(4 * every)))
}

/// A canary would need a controller that replaces pods and their storage step by step, which there is none of.
pub(super) fn canary_of_storage(span: Span, service: &Service, environment: &str) -> Diagnostic {
    let name = &service.name.value;
    let message =
        format!("`canary` cannot update service `{name}` in `{environment}`, because each pod has its own storage");
    let report = Diagnostic::new(Code::E0422, span, message)
        .help("write `deploy` instead: Argo Rollouts runs pods without storage of their own")
        .help("if the pods can share one claim, mount it with `claim = \"…\"` instead of `size`");
    let own = service.volumes.iter().filter(|volume| volume.is_own());
    own.fold(report, |report, volume| report.also(volume.name.span, "storage of each pod"))
}

pub(super) fn claim_cannot_exist(volume: &Volume, claim: &Spanned<String>, environment: &str) -> Diagnostic {
    let message = format!("claim `{}` cannot exist in ephemeral environment `{environment}`", claim.value);
    Diagnostic::new(Code::E0502, claim.span, message)
        .here("its namespace is created for each change")
        .help(format!(
            "write `in ENVIRONMENT {{ claim = … }}` in volume `{}` for permanent environments; without a claim, it is scratch space",
            volume.name.value
        ))
}

pub(super) fn root_not_allowed(
    image: &Image,
    pod: &Spanned<String>,
    environment: &str,
    level: &Spanned<PodSecurity>,
) -> Diagnostic {
    let (name, word) = (&image.name.value, level.value.word());
    let message =
        format!("image `{name}` runs as root, which the Pod Security level of `{environment}` does not allow");
    Diagnostic::new(Code::E0507, image.user_span, message)
        .also(level.span, format!("`{word}` requires another user than root"))
        .also(pod.span, "its pods would never be created")
        .help("write `user = …` with another uid, or remove it for `10001`")
        .help(format!("or write `pod-security = baseline` in environment `{environment}`"))
}

pub(super) fn quota_too_small(span: Span, message: String, what: &str, needed: &str) -> Diagnostic {
    Diagnostic::new(Code::E0420, span, message)
        .help(format!("write `{what} = {needed}` or more: an update starts new pods before it stops old ones"))
}

pub(super) fn folders_meet(place: Span, one: &str, other: &str, folder: &str) -> Diagnostic {
    Diagnostic::new(Code::E0307, place, format!("{one} and {other} overlap in the folder `{folder}`"))
        .help("write another `path` or `tree` in `gitops`, so that neither is inside the other")
}
