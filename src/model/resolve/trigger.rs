//! `on`: what starts a pipeline.

use crate::diag::Diagnostics;
use crate::model::read::Reader;
use crate::model::reference::Scope;
use crate::model::value::{Bad, Pattern};
use crate::model::{
    App, Chart, OnPullRequest, OnPush, OnSchedule, OnTag, RefPattern, Trigger, Triggers, errors, value,
};
use crate::program::Node;
use crate::schema::triggers::TriggerKind;
use crate::source::Spanned;
use std::collections::BTreeSet;

/// What starts the pipeline. What could not be read has a dummy value: nothing is concluded from it.
pub(super) fn triggers(pipeline: &Node, app: &App, scope: Scope, sink: &mut Diagnostics) -> Triggers {
    let written = pipeline.all("on").filter_map(|node| Some((TriggerKind::of(&node.name())?, node)));
    let mut found: Vec<_> = written.map(|(kind, node)| (kind, trigger(node, kind, app, scope, sink))).collect();
    found.sort_by_key(|(kind, _)| *kind);
    if found.is_empty() {
        found.push((TriggerKind::Push, trigger(&pipeline.block_or_empty("on"), TriggerKind::Push, app, scope, sink)));
    }
    Triggers(found.into_iter().map(|(_, trigger)| trigger).collect())
}

fn trigger(node: &Node, kind: TriggerKind, app: &App, scope: Scope, sink: &mut Diagnostics) -> Trigger {
    let mut reader = Reader::new(node, scope, sink);
    for attribute in &node.attributes {
        if !kind.attributes().contains(&attribute.key.value.as_str()) {
            reader.report(errors::not_of_this_trigger(node, &attribute.key, kind));
        }
    }
    if let Some(required) = kind.required().filter(|name| node.lacks(name)) {
        reader.report(errors::trigger_without(node, required));
    }
    let span = node.head;
    match kind {
        TriggerKind::Push => {
            let branch = pattern(&mut reader, "branch");
            let paths = if reader.has("paths") {
                reader.parsed_list("paths", Pattern::read)
            } else {
                default_paths(app).into_iter().map(|pattern| Spanned::new(pattern, span)).collect()
            };
            let except = reader.parsed_list("except", Pattern::read);
            Trigger::Push(OnPush { branch, paths, except, span })
        }
        TriggerKind::Tag => {
            let pattern = pattern(&mut reader, "pattern");
            Trigger::Tag(OnTag { pattern, branch: branch(&mut reader), span })
        }
        TriggerKind::PullRequest => {
            let base = pattern(&mut reader, "branch");
            let label = reader.parsed("label", value::pull_request_label).map(|label| label.value);
            Trigger::PullRequest(OnPullRequest { base, label, span })
        }
        TriggerKind::Schedule => {
            let cron = reader.parsed("cron", value::schedule).map(|cron| cron.value).unwrap_or_default();
            let timezone = reader.parsed("timezone", value::time_zone).map(|zone| zone.value);
            let timezone = timezone.unwrap_or_else(|| "Etc/UTC".to_owned());
            Trigger::Schedule(OnSchedule { cron, timezone, branch: branch(&mut reader), span })
        }
    }
}

fn branch(reader: &mut Reader) -> String {
    let one = |text: &str| match text.contains('*') {
        true => Err(Bad::new("is a pattern", "write one branch: only `on push` takes a pattern of branches")),
        false => value::branch(text),
    };
    reader.parsed("branch", one).map(|branch| branch.value).unwrap_or_default()
}

fn pattern(reader: &mut Reader, name: &str) -> RefPattern {
    let pattern = reader.parsed(name, RefPattern::read).map(|pattern| pattern.value);
    pattern.unwrap_or_else(|| RefPattern::read("main").expect("the name of a branch"))
}

/// What an app consists of: the folders of its parts, in any environment, or else the app's folder.
fn default_paths(app: &App) -> Vec<Pattern> {
    let mut folders: BTreeSet<String> = app.built().map(|(_, build)| build.path.clone()).collect();
    // What a CI builds it from is not said.
    folders.extend(app.of_runs().filter(|image| image.build().is_none()).map(|_| app.path.clone()));
    for part in app.environments.values() {
        folders.extend(part.kustomize.iter().map(|kustomize| &kustomize.path).chain(&part.manifests).cloned());
        for helm in &part.helm {
            match &helm.chart {
                Chart::Own { path } => drop(folders.insert(path.clone())),
                Chart::ThirdParty { .. } => {
                    let folder = |file: &Spanned<String>| {
                        file.value.rsplit_once('/').map_or("", |(folder, _)| folder).to_owned()
                    };
                    folders.extend(helm.values.iter().map(folder));
                }
            }
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
