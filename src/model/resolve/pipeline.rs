//! `pipeline`: one for each app that it delivers, with its trigger and its stages.
//!
//! A stage with an error keeps its place as [`StageKind::Unresolved`], so that the order of the others can be checked.

use super::names::LONGEST_PIPELINE;
use super::notice;
use super::patch::patches;
use crate::diag::Diagnostics;
use crate::model::errors;
use crate::model::read::Reader;
use crate::model::reference::Scope;
use crate::model::value;
use crate::model::{App, Approval, Canary, Environment, Notice, Partial, Pipeline, Stage, StageKind, TaskKind};
use crate::program::Node;
use crate::schema::DeclarationKind;
use crate::schema::stages::{ActsOn, StageId};
use crate::source::Spanned;
use std::collections::BTreeMap;

/// A pipeline for each app that the block delivers.
pub(super) fn pipelines(
    node: &Node,
    scope: Scope,
    environments: &BTreeMap<String, Environment>,
    apps: &BTreeMap<String, App>,
    of_project: &[Notice],
    sink: &mut Diagnostics,
) -> Partial<Vec<Pipeline>> {
    if node.lacks("on") {
        sink.push(errors::no_block(node, "on push"));
    }
    let before = sink.errors();
    let delivers = Reader::new(node, scope, sink).partial("delivers", Reader::names);
    let one = delivers.len() == 1;
    let own = notice::notices(node, scope, sink);
    let mut result = Vec::new();
    for app in delivers.iter().cloned() {
        let Some(app_node) = scope.declared(DeclarationKind::App, &app.value) else { continue };
        let name = if one { node.name() } else { format!("{}-{}", node.name(), app.value) };
        if let (false, Err(bad)) = (one, value::dns_label(&name, LONGEST_PIPELINE)) {
            sink.push(errors::bad_pipeline_name(&app, &name, &bad));
        }
        let scope = Scope { app: Some(app_node), ..scope };
        let on = super::trigger::triggers(node, &apps[&app.value], scope, sink);
        let stages = node
            .blocks
            .iter()
            .filter_map(|block| Some((block, block.spec.stage?)))
            .map(|(block, id)| stage(block, id, scope, environments, apps, sink))
            .collect();
        let name = Spanned::new(name, node.name_span());
        let unread = node.unread.clone();
        let patches = patches(node, scope, sink);
        let notices = notice::over(of_project, own.clone(), node);
        result.push(Pipeline { name, app, on, stages, notices, patches, is_complete: false, unread });
    }
    let is_complete = node.is_complete() && sink.errors() == before;
    delivers.map(|_| result.into_iter().map(|pipeline| Pipeline { is_complete, ..pipeline }).collect())
}

fn stage(
    node: &Node,
    id: StageId,
    scope: Scope,
    environments: &BTreeMap<String, Environment>,
    apps: &BTreeMap<String, App>,
    sink: &mut Diagnostics,
) -> Stage {
    let environment = environment(node, id, scope, environments, sink);
    let kind = stage_in(node, id, environment.clone(), scope, apps, sink).filter(|_| node.is_complete());
    let kind = kind.unwrap_or(StageKind::Unresolved { id, environment });
    Spanned::new(kind, node.head)
}

/// What a stage does in its environment; `None` after a report.
fn stage_in(
    node: &Node,
    id: StageId,
    environment: Option<String>,
    scope: Scope,
    apps: &BTreeMap<String, App>,
    sink: &mut Diagnostics,
) -> Option<StageKind> {
    let mut reader = Reader::new(node, scope, sink);
    Some(match id {
        StageId::Build => StageKind::Build,
        StageId::StageEnv => {
            let with = reader.partial("with", Reader::name_set).complete()?;
            StageKind::StageEnv { environment: environment?, with }
        }
        StageId::Teardown => StageKind::Teardown { environment: environment? },
        StageId::WaitForSync => {
            let timeout = reader.duration("timeout")?;
            StageKind::Wait { environment: environment?, timeout: timeout.value, timeout_span: timeout.span }
        }
        StageId::Migrate => task_stage(node, TaskKind::Migrate, environment, scope, apps, sink)?,
        StageId::Test => task_stage(node, TaskKind::Test, environment, scope, apps, sink)?,
        StageId::Run => task_stage(node, TaskKind::Run, environment, scope, apps, sink)?,
        StageId::Cleanup => task_stage(node, TaskKind::Cleanup, environment, scope, apps, sink)?,
        StageId::Approve => {
            let message = reader.message("message");
            StageKind::Approve(Approval { timeout: reader.duration("timeout")?.value, message: message? })
        }
        StageId::Deploy => StageKind::Deploy { environment: environment? },
        StageId::Canary => {
            let steps = reader.partial("steps", Reader::steps);
            let analyses = reader.names("analyse");
            let steps = steps.complete()?;
            StageKind::Canary(Canary { environment: environment?, steps, analyses })
        }
    })
}

fn task_stage(
    node: &Node,
    kind: TaskKind,
    environment: Option<String>,
    scope: Scope,
    apps: &BTreeMap<String, App>,
    sink: &mut Diagnostics,
) -> Option<StageKind> {
    let Some(crate::syntax::ast::Label::Ref(reference)) = &node.label else { return None };
    let (app, task) = scope.part(DeclarationKind::Task, reference, sink)?;
    // A task with an error is declared but absent.
    apps[&app].tasks.contains_key(&task).then_some(())?;
    Some(StageKind::Task { kind, app, task, environment: environment? })
}

/// The environment of a stage: after `in`, or the stage's object.
fn environment(
    node: &Node,
    id: StageId,
    scope: Scope,
    environments: &BTreeMap<String, Environment>,
    sink: &mut Diagnostics,
) -> Option<String> {
    let ephemeral = match id.row().acts_on {
        ActsOn::None => return None,
        ActsOn::Ephemeral => Some(true),
        ActsOn::Permanent => Some(false),
        ActsOn::Any => None,
    };
    let object = || Spanned::new(node.name(), node.name_span());
    let name = node.environment.clone().unwrap_or_else(object);
    let known = scope.name(DeclarationKind::Environment, &name, sink)?;
    let environment = environments.get(&known)?;
    if ephemeral.is_some_and(|wanted| wanted != environment.is_ephemeral()) {
        sink.push(errors::wrong_kind(node.spec.word, &name, &environment.kind));
        return None;
    }
    Some(known)
}
