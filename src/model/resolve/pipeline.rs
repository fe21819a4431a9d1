//! `pipeline`: one for each app that it delivers, with its trigger and its stages.

use super::names::LONGEST_PIPELINE;
use crate::diag::Diagnostics;
use crate::model::errors;
use crate::model::read::Reader;
use crate::model::reference::Scope;
use crate::model::value::{self, Pattern};
use crate::model::{App, Canary, Chart, Environment, Helm, OnPush, Pipeline, Stage, StageKind, Verb};
use crate::program::Node;
use crate::schema::Kind;
use crate::source::Spanned;
use std::collections::{BTreeMap, BTreeSet};

/// A pipeline for each app that the block delivers.
pub(super) fn pipelines(
    node: &Node,
    scope: Scope,
    environments: &BTreeMap<String, Environment>,
    apps: &BTreeMap<String, App>,
    sink: &mut Diagnostics,
) -> Vec<Pipeline> {
    if node.lacks("on") {
        sink.push(errors::no_block(node, "on push"));
    }
    let delivers = Reader::new(node, scope, sink).names("delivers");
    let one = delivers.len() == 1;
    let mut result = Vec::new();
    for app in delivers {
        let Some(app_node) = scope.declared(Kind::App, &app.value) else { continue };
        let name = if one { node.name() } else { format!("{}-{}", node.name(), app.value) };
        if let (false, Err(why)) = (one, value::dns_label(&name, LONGEST_PIPELINE)) {
            sink.push(errors::bad_pipeline_name(&app, &name, &why));
        }
        let scope = Scope { app: Some(app_node), ..scope };
        let on = on_push(node, &apps[&app.value], scope, sink);
        let stages = node
            .blocks
            .iter()
            .filter(|block| block.spec.is_stage())
            .filter_map(|block| stage(block, scope, environments, sink))
            .collect();
        if let Some(on) = on {
            result.push(Pipeline { name: Spanned::new(name, node.name_span()), app, on, stages });
        }
    }
    result
}

fn on_push(pipeline: &Node, app: &App, scope: Scope, sink: &mut Diagnostics) -> Option<OnPush> {
    let node = pipeline.block_or_empty("on");
    let mut reader = Reader::new(&node, scope, sink);
    let branch = reader.parsed("branch", value::branch);
    let paths = if reader.has("paths") {
        reader.parsed_list("paths", Pattern::read)
    } else {
        default_paths(app).into_iter().map(|pattern| Spanned::new(pattern, node.head)).collect()
    };
    let except = reader.parsed_list("except", Pattern::read);
    Some(OnPush { branch: branch?.value, paths, except, span: node.head })
}

/// What an app is made of: the folders of its parts, in any environment; without parts its own folder.
fn default_paths(app: &App) -> Vec<Pattern> {
    let mut folders: BTreeSet<String> = app.images.values().map(|image| image.path.clone()).collect();
    for part in app.environments.values() {
        folders.extend(part.kustomize.iter().chain(&part.manifests).cloned());
        if let Some(Helm { chart: Chart::Own { path }, .. }) = &part.helm {
            folders.insert(path.clone());
        }
    }
    if folders.is_empty() {
        folders.insert(app.path.clone());
    }
    // A folder inside another one is covered by it.
    let covered = |folder: &String| {
        folders.iter().any(|outer| outer != folder && (outer.is_empty() || folder.starts_with(&format!("{outer}/"))))
    };
    folders.iter().filter(|folder| !covered(folder)).map(|folder| Pattern::below(folder)).collect()
}

fn stage(
    node: &Node,
    scope: Scope,
    environments: &BTreeMap<String, Environment>,
    sink: &mut Diagnostics,
) -> Option<Stage> {
    let kind = match node.spec.word {
        "build" => StageKind::Build,
        "stage-env" => {
            let environment = environment(node, scope, environments, Some(true), sink);
            let with = Reader::new(node, scope, sink).name_set("with");
            StageKind::StageEnv { environment: environment?, with }
        }
        "teardown" => StageKind::Teardown { environment: environment(node, scope, environments, Some(true), sink)? },
        "wait-for-sync" => {
            let environment = environment(node, scope, environments, None, sink);
            let mut reader = Reader::new(node, scope, sink);
            let timeout = reader.duration("timeout")?;
            StageKind::Wait { environment: environment?, timeout: timeout.value, timeout_span: timeout.span }
        }
        "migrate" => task_stage(node, Verb::Migrate, scope, environments, sink)?,
        "test" => task_stage(node, Verb::Test, scope, environments, sink)?,
        "run" => task_stage(node, Verb::Run, scope, environments, sink)?,
        "deploy" => StageKind::Deploy { environment: environment(node, scope, environments, Some(false), sink)? },
        "canary" => {
            let environment = environment(node, scope, environments, Some(false), sink);
            let mut reader = Reader::new(node, scope, sink);
            let steps = reader.steps("steps");
            let analyses = reader.names("analyse");
            StageKind::Canary(Canary { environment: environment?, steps, analyses })
        }
        word => unreachable!("`{word}` is no stage of the schema"),
    };
    Some(Spanned::new(kind, node.head))
}

fn task_stage(
    node: &Node,
    verb: Verb,
    scope: Scope,
    environments: &BTreeMap<String, Environment>,
    sink: &mut Diagnostics,
) -> Option<StageKind> {
    let environment = environment(node, scope, environments, None, sink);
    let Some(crate::syntax::ast::Label::Ref(reference)) = &node.label else { return None };
    let (app, task) = scope.part(Kind::Task, reference, sink)?;
    Some(StageKind::Task { verb, app, task, environment: environment? })
}

/// The environment of a stage: after `in`, or the stage's object. `ephemeral` says which kind it must be, if it matters.
fn environment(
    node: &Node,
    scope: Scope,
    environments: &BTreeMap<String, Environment>,
    ephemeral: Option<bool>,
    sink: &mut Diagnostics,
) -> Option<String> {
    let object = || Spanned::new(node.name(), node.name_span());
    let name = node.environment.clone().unwrap_or_else(object);
    let known = scope.name(Kind::Environment, &name, sink)?;
    let environment = environments.get(&known)?;
    if ephemeral.is_some_and(|wanted| wanted != environment.is_ephemeral()) {
        sink.push(errors::wrong_kind(node.spec.word, &name, &environment.kind));
        return None;
    }
    Some(known)
}
