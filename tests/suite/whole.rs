//! What the passes after the parser make of the complete programs in `tests/passes/*/program.pipe`: the blocks of each
//! target after layering, and what they mean.

use std::fmt::{self, Write as _};

use pipelinec::diag::Diagnostics;
use pipelinec::model::text::CanaryField;
use pipelinec::model::{
    self, Build, BuildPod, EnvValue, Image, ImageField, Origin, ResolvedProject, SecretKey, SecretOrigin, Segment,
    Setting, Stage, StageKind, Text,
};
use pipelinec::program::{self, Node};
use pipelinec::source::SourceMap;
use pipelinec::syntax;
use pipelinec::syntax::ast::{self, Value};

use testkit::fixtures::{files, snapshot, sources};

#[test]
fn layers_and_meaning_of_each_program_are_as_shown() {
    for path in files("passes", "pipe").iter().filter(|path| path.ends_with("program.pipe")) {
        let text = std::fs::read_to_string(path).expect("a program is text");
        let sources = sources("program.pipe", &text);
        let (mut layered, mut meaning) = (String::new(), String::new());
        for (target, root) in targets(&sources) {
            let _ = writeln!(layered, "---- target {target}");
            root.blocks.iter().for_each(|block| node(&mut layered, 0, block));
            let mut sink = Diagnostics::default();
            let resolved = model::resolve(&root, &target, &mut sink);
            assert!(!sink.has_errors(), "{:#?}", sink.into_sorted());
            let _ = writeln!(meaning, "---- target {target}");
            system_in(&mut meaning, &resolved).expect("writing to a String cannot fail");
        }
        let folder = path.parent().expect("a program lies in a folder");
        snapshot(folder, "program", &layered);
        snapshot(folder, "model", &meaning);
    }
}

fn targets(sources: &SourceMap) -> Vec<(String, Node)> {
    let mut sink = Diagnostics::default();
    let files: Vec<_> = sources.iter().map(|(id, file)| syntax::parse(id, file, &mut sink)).collect();
    let program = program::validate(&files, &mut sink);
    let mut result: Vec<_> = program
        .targets
        .iter()
        .map(|target| (target.name(), program::for_target(&program, Some(target), &mut sink)))
        .collect();
    if result.is_empty() {
        result.push(("acme".to_owned(), program::for_target(&program, None, &mut sink)));
    }
    assert!(!sink.has_errors(), "{:#?}", sink.into_sorted());
    result
}

/// A block as it would be written, with its overrides.
fn node(out: &mut String, depth: usize, node_: &Node) {
    let indent = "  ".repeat(depth);
    let label = node_.label.as_ref().map(|_| format!(" {}", node_.name())).unwrap_or_default();
    let acts = node_.environment.as_ref().map(|name| format!(" in {}", name.value)).unwrap_or_default();
    let only = node_.only.as_ref().map(|name| format!(" (only in {})", name.value)).unwrap_or_default();
    let _ = writeln!(out, "{indent}{}{label}{acts}{only}", node_.spec.word);
    for attribute in &node_.attributes {
        let _ = writeln!(out, "{indent}  {} = {}", attribute.key.value, value(&attribute.value));
    }
    for layer in &node_.layers {
        for attribute in &layer.attributes {
            let name = &layer.environment.value;
            let _ = writeln!(out, "{indent}  in {name}: {} = {}", attribute.key.value, value(&attribute.value));
        }
    }
    node_.blocks.iter().for_each(|block| node(out, depth + 1, block));
}

fn value(value_: &Value) -> String {
    let entries = |items: Vec<String>| items.join(", ");
    match value_ {
        Value::Text(text) => {
            let segment = |segment: &ast::Segment| match segment {
                ast::Segment::Literal(text) => text.escape_debug().to_string(),
                ast::Segment::Variable(reference) => format!("${{{reference}}}"),
            };
            format!("\"{}\"", text.segments.iter().map(segment).collect::<String>())
        }
        Value::Range(low, high) => format!("{}..{}", low.value, high.value),
        Value::Quantity(measure) => measure.value.clone(),
        Value::Bool(truth) => truth.value.to_string(),
        Value::Ref(reference) => reference.to_string(),
        Value::List(list) => format!("[{}]", entries(list.values.iter().map(value).collect())),
        Value::Map(map) => {
            let entry = |entry: &ast::Attr| format!("{} = {}", entry.key.value, value(&entry.value));
            format!("{{ {} }}", entries(map.entries.iter().map(entry).collect()))
        }
    }
}

fn system_in(out: &mut String, resolved: &ResolvedProject) -> fmt::Result {
    for secret in resolved.secrets.values() {
        for (environment, known) in &secret.environments {
            let kind = match &known.origin {
                SecretOrigin::Existing => "existing".to_owned(),
                SecretOrigin::Throwaway => "throwaway".to_owned(),
                SecretOrigin::External(from) => format!("{} in {} {}", from.at, from.store.kind(), from.store.name),
            };
            writeln!(out, "secret {} in {environment}: {} ({kind})", secret.name.value, known.object)?;
        }
    }
    for app in resolved.apps.values() {
        let source = app.source.as_ref().map(|source| source.value.to_string()).unwrap_or_default();
        writeln!(out, "app {} from {source}, path {:?}", app.name.value, app.path)?;
        app.images.values().try_for_each(|known| image(out, known))?;
        for (environment, app_in) in &app.environments {
            writeln!(out, "  in {environment}: needs {:?}", &*app_in.needs)?;
            for service in &app_in.services {
                let model::Service { name, container, port, replicas, .. } = service;
                let model::Container { image, cpu, memory, env: variables, .. } = container;
                writeln!(out, "    service {}: {}.{}", name.value, image.app, image.image)?;
                writeln!(out, "      cpu {}..{}, memory {}..{}", cpu.request, cpu.limit, memory.request, memory.limit)?;
                writeln!(out, "      port {port:?}, replicas {}..{}", replicas.0, replicas.1)?;
                variables.iter().try_for_each(|(name, value)| writeln!(out, "      {name} = {}", env(value)))?;
            }
            for (name, task) in &app_in.tasks {
                let command: Vec<_> = task.command.iter().map(text).collect();
                writeln!(out, "    task {name}: {}", command.join(" "))?;
                task.env.iter().try_for_each(|(name, value)| writeln!(out, "      {name} = {}", env(value)))?;
            }
            if let Some(kustomize) = &app_in.kustomize {
                writeln!(out, "    kustomize {:?}", kustomize.path)?;
                let mut images = kustomize.images.iter();
                images.try_for_each(|(name, image)| writeln!(out, "      {name} = {}.{}", image.app, image.image))?;
            }
            if let Some(path) = &app_in.manifests {
                writeln!(out, "    manifests {path:?}")?;
            }
            for helm in &app_in.helm {
                let values: Vec<_> = helm.values.iter().map(|file| &file.value).collect();
                writeln!(out, "    helm {:?}, values {values:?}", helm.chart)?;
                helm.set
                    .iter()
                    .try_for_each(|(name, value)| writeln!(out, "      {} = {}", name.value, setting(&value.value)))?;
            }
        }
    }
    for analysis in resolved.analyses.values() {
        let model::Analysis { name, query, bound, every, tolerate, pass_without_data, .. } = analysis;
        writeln!(out, "analysis {}: {} {bound:?}", name.value, text(query))?;
        writeln!(out, "  every {every}s, tolerates {tolerate}, without data passes: {pass_without_data}")?;
    }
    for pipeline in &resolved.pipelines {
        writeln!(out, "pipeline {} delivers {}", pipeline.name.value, pipeline.app.value)?;
        for trigger in &pipeline.on.0 {
            writeln!(out, "  {}", on(trigger))?;
        }
        pipeline.stages.iter().try_for_each(|known| writeln!(out, "  {}", stage(known)))?;
    }
    Ok(())
}

fn image(out: &mut String, image: &Image) -> fmt::Result {
    let Image { name, user, origin, user_span: _ } = image;
    match origin {
        Origin::Built(build) => {
            let Build { path, dockerfile, target, args, repository, tag, cache, platforms, attested, signer, pod } =
                &**build;
            let args: Vec<_> = args.iter().map(|(name, value)| format!("{name} = {}", text(value))).collect();
            writeln!(out, "  image {}: {path:?} {dockerfile:?} target {target:?} args {args:?}", name.value)?;
            let BuildPod { cpu, memory, timeout, secrets } = pod;
            if *pod != BuildPod::default() {
                let secrets: Vec<_> = secrets
                    .iter()
                    .map(|(name, known)| format!("{name} = <secret {}/{}>", known.value.secret, known.value.key))
                    .collect();
                writeln!(out, "    cpu {cpu:?}, memory {memory:?}, at most {timeout}s, secrets {secrets:?}")?;
            }
            if let Some(signer) = signer {
                writeln!(out, "    signed with {}", signer.value)?;
            }
            if *attested || !platforms.is_empty() {
                writeln!(out, "    for {platforms:?}, attested: {attested}")?;
            }
            let tag = match tag {
                model::Tag::Version => "<version>",
                model::Tag::Fixed(tag) => tag,
                model::Tag::OfRun => "<tag>",
            };
            writeln!(out, "    to {repository}:{tag} as {user}, cache {cache:?}")
        }
        Origin::FromCi(ci) => {
            let (name, tag) = (&name.value, text(&ci.tag));
            writeln!(out, "  image {name}: from a CI as {}:{tag}, within {}s, as {user}", ci.repository, ci.timeout)
        }
        Origin::Reference(reference) => {
            writeln!(out, "  image {}: {} as {user}", name.value, reference.written())
        }
    }
}

/// A text with the pieces that only a run knows in angle brackets.
fn text(text: &Text) -> String {
    let segment = |segment: &Segment| match segment {
        Segment::Literal(text) => text.clone(),
        Segment::Namespace => "<namespace>".to_owned(),
        Segment::Image(id, ImageField::Reference) => format!("<{}.{}>", id.app, id.image),
        Segment::Image(id, field) => format!("<{}.{}.{}>", id.app, id.image, field.name()),
        Segment::Run(field) => format!("<run.{}>", field.name()),
        Segment::Secret { key: SecretKey { secret, key }, .. } => format!("<secret {secret}/{key}>"),
        Segment::Canary(field) => format!("<canary.{}>", CanaryField::name(*field)),
    };
    text.0.iter().map(segment).collect()
}

fn env(value: &EnvValue) -> String {
    match value {
        EnvValue::Text(known) => text(known),
        EnvValue::Secret(SecretKey { secret, key }) => format!("<secret {secret}/{key}>"),
    }
}

fn setting(value: &Setting) -> String {
    match value {
        Setting::Text(known) => text(known),
        Setting::Number(number) => number.clone(),
        Setting::Bool(value) => value.to_string(),
        Setting::List(items) => {
            format!("[{}]", items.iter().map(|item| setting(&item.value)).collect::<Vec<_>>().join(", "))
        }
        Setting::Map(fields) => {
            let fields = fields.iter().map(|(key, value)| format!("{} = {}", key.value, setting(&value.value)));
            format!("{{ {} }}", fields.collect::<Vec<_>>().join(", "))
        }
    }
}

fn stage(stage: &Stage) -> String {
    let environment = stage.value.environment().unwrap_or_default();
    match &stage.value {
        StageKind::Build => "build".to_owned(),
        StageKind::StageEnv { with, .. } => format!("stage-env {environment} with {with:?}"),
        StageKind::Wait { timeout, .. } => format!("wait-for-sync in {environment}, at most {timeout}s"),
        StageKind::Task { app, task, .. } => format!("{} {app}.{task} in {environment}", stage.value.word()),
        StageKind::Approve(approval) => {
            format!("approve within {}s: {}", approval.timeout, text(&approval.message))
        }
        StageKind::Deploy { .. } => format!("deploy in {environment}"),
        StageKind::Canary(canary) => {
            let steps: Vec<_> = canary.steps.iter().map(|step| format!("{:?}", step.value)).collect();
            let analyses: Vec<_> = canary.analyses.iter().map(|name| name.value.as_str()).collect();
            format!("canary in {environment}: {} analyse {analyses:?}", steps.join(" "))
        }
        StageKind::Teardown { .. } => format!("teardown {environment}"),
        StageKind::Unresolved { id, .. } => format!("{} that cannot be read", id.word()),
    }
}

fn on(trigger: &model::Trigger) -> String {
    match trigger {
        model::Trigger::Push(push) => {
            let paths: Vec<_> = push.paths.iter().map(|path| path.value.as_str()).collect();
            let except: Vec<_> = push.except.iter().map(|pattern| pattern.value.as_str()).collect();
            format!("on {} {paths:?} except {except:?}", push.branch.as_str())
        }
        model::Trigger::Tag(tag) => format!("on tag {} of {}", tag.pattern.as_str(), tag.branch),
        model::Trigger::PullRequest(pull) => format!("pull request into {} with {:?}", pull.base.as_str(), pull.label),
        model::Trigger::Schedule(at) => format!("at {} {} {}", at.cron, at.timezone, at.branch),
    }
}
