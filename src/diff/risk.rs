//! What is dangerous about a change. Each kind of risk has a code, a level and a reason; a code is never reused.

use super::fields::Field;
use super::{Change, ChangeKind, Target, Whole, headline, pods, privileges, secrets, sources, volumes};
use crate::diag::catalogue::catalogue;
use crate::files::{Files, Folder};
use crate::model::value::show_duration;
use crate::names;
use crate::objects::{Id, Object};
use crate::providers::{host, router};
use crate::schema::stages::STAGES;
use crate::steps::check::CHECK;
use crate::steps::gitops::TTL_SECONDS;
use crate::steps::gone::GONE;
use crate::steps::shared::TIMEOUT_SECONDS;
use crate::steps::sign::SIGN;
use crate::steps::wait;
use crate::words;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// The level of a risk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Worth knowing.
    Notice,
    /// Somebody should have thought of it.
    Caution,
    /// Something may be lost, or is no longer protected.
    Danger,
}

impl Level {
    /// Its word.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Notice => "notice",
            Self::Caution => "caution",
            Self::Danger => "danger",
        }
    }
}

macro_rules! risks {
    ($($code:ident $level:ident $title:literal $why:literal,)*) => {
        catalogue! {
            /// The stable code of a risk.
            level: level -> Level,
            /// How bad it is.
            $($code $level $title,)*
        }

        impl Code {
            /// What can happen, and what to do about it.
            #[must_use]
            pub fn why(self) -> &'static str {
                match self { $(Self::$code => $why,)* }
            }

            /// A change that brings it.
            fn example(self) -> &'static str {
                match self { $(Self::$code => include_str!(concat!("risks/", stringify!($code), ".md")),)* }
            }
        }
    };
}

risks! {
    R01 Danger "Applications may be deleted"
        "An ApplicationSet deletes the Applications that it no longer generates, and everything that they have deployed. Before merging, use `argocd appset generate`, or a copy, to see which Applications it still generates.",
    R02 Danger "a namespace is deleted"
        "Deleting a namespace deletes everything in it, including volumes and Secrets. Back up what you want to keep, and create the Secrets again in the new namespace.",
    R03 Danger "a selector changes"
        "The selector of a Deployment or a StatefulSet is immutable: the sync fails until the object is deleted. Changing the selector of a Rollout leaves the old pods without an owner.",
    R04 Notice "pods restart"
        "A changed pod template starts new pods with the app's next delivery, through the canary if there is one.",
    R05 Caution "a workload is replaced"
        "The old object is deleted and the new one is created: for a moment, there may be twice as many pods, or none.",
    R06 Caution "permissions are extended"
        "An account may do more than before, or pods run as another account. Check who can create pods with that account, and what its annotations allow it in the cloud.",
    R07 Caution "a webhook must be registered"
        "GitHub sends pushes to its registered webhooks. Register the new webhook and remove the old one; until then, pushes trigger nothing.",
    R08 Caution "a time limit is lowered"
        "What used to succeed but takes longer than the new limit now fails.",
    R09 Danger "a gate is removed"
        "What had to succeed before the next step is removed, and with it the problems that it used to detect: a stage, or the readiness probe without which a pod counts as ready as soon as it runs.",
    R10 Danger "an analysis is removed"
        "The canary continues regardless of the metric.",
    R11 Caution "a canary is shorter"
        "A faulty version has less time to be detected before it receives all of the traffic.",
    R12 Caution "a new secret is needed"
        "A pod does not start if its Secret or a key of it is missing. Create it before merging.",
    R13 Notice "the trigger of a pipeline changes"
        "The filter of a Sensor has changed. Review its new patterns: a push none of whose files match them triggers nothing.",
    R14 Danger "a target is deleted"
        "Nothing is compiled for that cluster any more. What runs there stays until somebody removes it, and its Applications prune it if they still read the folder.",
    R15 Caution "an address changes"
        "Clients that use the old host, path or port of the service no longer reach it.",
    R16 Caution "an analysis condition changes"
        "Values that used to pass may now stop a canary, and values that used to stop it may pass.",
    R17 Danger "a file was not generated"
        "Argo CD reads every file in a generated folder: a `.argocd-source.yaml` overrides the sources of an Application, and a second kustomization replaces the first. Remove the file; put your own objects in the `manifests` of an app.",
    R18 Danger "an environment's manifest is edited"
        "Deliveries write the manifests of the environments, and Argo CD deploys what they contain. An edit by hand deploys its commits and images without any test or canary. Run a delivery instead; to go back, revert the app's commit.",
    R19 Caution "a chart version changes"
        "A new version of a third-party chart can change anything: read its release notes. It is deployed with the next delivery of an app that needs it, first in the environment of the change, and rolled back with that delivery if it fails. Its changes to stored data are not rolled back.",
    R20 Danger "a release is renamed"
        "A chart names its objects after its release. With the next delivery of the app, the objects with the old name are deleted and new ones are created: a database starts with an empty volume, and clients no longer reach a Service of the chart by its old name. To keep the objects, write the old name as `release` in `helm`, in `in ENVIRONMENT { … }` for only that environment; or move the data before the delivery.",
    R21 Danger "a write token is exposed"
        "A build or a task gets access to a token with which deliveries have been writing to the GitOps repository, and the author of the Dockerfile or the task can read it. Before merging, revoke that token, and replace it in the Secret with a read-only one.",
    R22 Danger "pods get more privileges"
        "Whoever gets into such a pod may be able to read what other pods on the node keep secret, to take over the node, or, with `automountServiceAccountToken`, to do what its account may do in the cluster. Namespaces that enforce the Pod Security level `restricted` start no pod with privileges on the node.",
    R23 Danger "storage of pods changes"
        "The API server rejects any change of the claims that a StatefulSet makes for its pods, so the next delivery of the app fails. Before merging, change the existing claims by hand, if their StorageClass can grow them, and delete the StatefulSet with `kubectl delete --cascade=orphan`: pods, claims and data stay, and the delivery creates it again.",
    R24 Danger "storage is left behind"
        "The claims of the old pods stay, but the new pods do not use them: they start with empty storage, or with none. Copy the data before the delivery, or keep the name and the volumes of the service. Nothing deletes the old claims.",
    R25 Caution "a secret comes from elsewhere"
        "The External Secrets Operator replaces the values of the Secret by those of another store or place. Pods keep the old values until they restart. Check that the new place holds all keys: as long as one is missing, the Secret is not updated. When an ExternalSecret is removed, its Secret is deleted with it, and pods that need it do not start again.",
    R26 Caution "a build gets a secret"
        "Whoever can change the Dockerfile, or a package that the build installs, can read the secret and send it elsewhere. Use a token that can do only what the build needs, such as reading from one package registry.",
    R27 Caution "a Pod Security level changes"
        "A lower level lets pods of the namespace do more: whoever can create pods there may take over a node. With a higher one, pods that do not meet it are not created any more, also those of charts and manifests; running pods stay until they restart. Before merging a higher level, apply it with `kubectl label --dry-run=server`, which lists the pods that do not meet it.",
}

/// The columns of a page.
const PAGE: usize = 100;

impl Code {
    /// The page that explains it: how bad it is, what can happen and what to do about it, and a change that brings it.
    #[must_use]
    pub fn page(self) -> String {
        let mut why = String::new();
        let mut width = 0;
        for word in self.why().split(' ') {
            let long = word.chars().count();
            let fits = width + 1 + long <= PAGE;
            why.push_str(if width == 0 {
                ""
            } else if fits {
                " "
            } else {
                "\n"
            });
            width = if width > 0 && fits { width + 1 + long } else { long };
            why.push_str(word);
        }
        let level = self.level().word();
        format!(
            "# {self}: {}\n\nA risk of level {level} that `diff` reports. `--fail-on {level}` and `--fail-on {self}` fail on it.\n\n{}\n## Why\n\n{why}\n",
            self.title(),
            self.example(),
        )
    }
}

/// A risk of a change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Risk {
    /// What kind.
    pub code: Code,
    /// The object; none for a whole target.
    pub object: Option<Id>,
    /// What exactly, in a few words.
    pub what: String,
}

/// All risks of the changes of one target, the worst first.
#[must_use]
pub fn risks(changes: &[Change], whole: Option<Whole>, old: &Files, new: &Files) -> Vec<Risk> {
    let mut found = Vec::new();
    match whole {
        Some(Whole::Removed) => {
            return vec![Risk { code: Code::R14, object: None, what: "the whole tree".to_owned() }];
        }
        // What is new has nothing to lose.
        Some(Whole::Added) => return Vec::new(),
        None => {}
    }
    let environments = headline::environments(changes);
    for change in changes {
        of_change(change, &environments, &mut |code, what: String| {
            found.push(Risk { code, object: Some(change.id.clone()), what });
        });
    }
    replaced(changes, &mut found);
    for needed in secrets::needed(changes, old, new) {
        let what = format!("key `{}` of Secret `{}`", needed.key, needed.secret);
        found.push(Risk { code: Code::R12, object: Some(needed.by), what });
    }
    for exposed in secrets::exposed(changes, old, new) {
        let what = format!("`{}` has access to the token of Secret `{}`", exposed.template, exposed.secret);
        found.push(Risk { code: Code::R21, object: Some(exposed.by), what });
    }
    sort(&mut found);
    found
}

/// The risk of a file in a tree that no build has written.
#[must_use]
pub fn unknown_file(path: &str) -> Risk {
    Risk {
        code: Code::R17,
        object: Some(file_id(path)),
        what: "Argo CD may read it along with the generated files".to_owned(),
    }
}

/// The risk of an environment's manifest that a change edits; `how` says what becomes of it.
#[must_use]
pub fn edited_manifest(path: &str, how: &str) -> Risk {
    Risk { code: Code::R18, object: Some(file_id(path)), what: how.to_owned() }
}

fn file_id(path: &str) -> Id {
    let (folder, file) = path.rsplit_once('/').unwrap_or(("", path));
    Id { folder: folder.to_owned(), kind: file.to_owned(), namespace: String::new(), name: String::new() }
}

impl Target {
    /// Adds risks that the compared trees do not show.
    pub fn add_risks(&mut self, risks: impl IntoIterator<Item = Risk>) {
        self.risks.extend(risks);
        sort(&mut self.risks);
    }
}

/// The worst first, and each once.
fn sort(risks: &mut Vec<Risk>) {
    risks.sort_by(|a, b| {
        (b.code.level(), a.code, &a.object, &a.what).cmp(&(a.code.level(), b.code, &b.object, &b.what))
    });
    risks.dedup();
}

/// What of an ApplicationSet decides which Applications there are, and where.
const DECIDES: &[&str] =
    &["spec.generators", "spec.template.metadata.name", "spec.syncPolicy", "spec.template.spec.destination"];

fn of_change(change: &Change, environments: &BTreeMap<&str, &str>, add: &mut impl FnMut(Code, String)) {
    let gone = matches!(change.kind, ChangeKind::Removed | ChangeKind::Renamed { .. });
    let new = change.old.is_none();
    if let (Some(old), Some(new)) = (&change.old, &change.new) {
        let before = privileges::of(&old.value);
        let more: Vec<_> = privileges::of(&new.value).into_iter().filter(|known| !before.contains(known)).collect();
        if !more.is_empty() {
            add(Code::R22, more.join(", "));
        }
    }
    if let Some(new) = change.new.as_ref().filter(|new| new.id.kind == "WorkflowTemplate") {
        let before = change.old.as_ref().map(|old| secrets::of_builds(&old.value)).unwrap_or_default();
        for given in secrets::of_builds(&new.value).difference(&before) {
            add(Code::R26, format!("`{}` can read key `{}` of Secret `{}`", given.template, given.key, given.secret));
        }
    }
    match change.id.kind.as_str() {
        "ApplicationSet" if gone => {
            let name = change.old.as_ref().map_or("", |old| old.id.name.as_str());
            add(Code::R01, format!("`{name}` is removed, and its Applications with it"));
        }
        "ApplicationSet" => {
            for field in change.fields().iter().filter(|field| DECIDES.iter().any(|path| field.path.starts_with(path)))
            {
                add(Code::R01, described(field));
            }
        }
        "Namespace" if gone => {
            let name = change.old.as_ref().map(|old| old.id.name.clone()).unwrap_or_default();
            // Those of an ephemeral environment go with its Applications.
            if name != crate::names::PLACEHOLDER && name != change.new.as_ref().map_or("", |new| new.id.name.as_str()) {
                add(Code::R02, format!("`{name}`"));
            }
        }
        "Namespace" => {
            for field in
                change.fields().iter().filter(|field| field.path.contains("pod-security.kubernetes.io/enforce"))
            {
                add(Code::R27, described(field));
            }
        }
        kind if names::WORKLOADS.contains(&kind) => {
            if let Some((from, to)) = other_name(change) {
                let stays = if from.folder == to.folder { "" } else { STAYS };
                add(Code::R05, format!("`{}` -> `{}`{stays}", from.name, to.name));
                if let Some(old) = change.old.as_ref().filter(|old| !volumes::claims(&old.value).is_empty()) {
                    add(Code::R24, left_behind(&old.value));
                }
            }
            workload(change, add);
        }
        "Service" if other_name(change).is_some() => {
            let from = change.old.as_ref().map_or("", |old| old.id.name.as_str());
            add(Code::R15, format!("in the cluster, `{from}` -> `{}`", change.id.name));
        }
        // That of an ephemeral environment is new with each change.
        "ExternalSecret" if change.id.namespace == crate::names::PLACEHOLDER => {}
        "ExternalSecret" if matches!(change.kind, ChangeKind::Removed) => {
            let name = change.old.as_ref().map_or("", |old| old.id.name.as_str());
            add(Code::R25, format!("`{name}` is removed, and its Secret with it"));
        }
        "ExternalSecret" => {
            let moves =
                |field: &&Field| field.path.starts_with("spec.secretStoreRef") || field.path.ends_with("remoteRef.key");
            change.fields().iter().filter(moves).for_each(|field| add(Code::R25, described(field)));
        }
        // That of a canary has the same ports.
        "Service" if !change.id.name.ends_with(&names::canary_service("")) => {
            for (name, port) in lost_ports(change) {
                add(Code::R15, format!("port {port} (`{name}`) of Service `{}` is removed", change.id.name));
            }
        }
        "ServiceAccount" if matches!(Folder::of(&change.id.folder), Folder::AppIn(..)) => {
            for key in pods::new_annotations(change.old.as_ref(), change.new.as_ref()) {
                add(Code::R06, format!("annotation `{key}` of account `{}`", change.id.name.replace('`', "'")));
            }
        }
        "Role" | "ClusterRole" => {
            let before = rights(change.old.as_ref());
            let mut more: Vec<_> = rights(change.new.as_ref())
                .into_iter()
                .filter(|right| !before.iter().any(|had| had.covers(right)))
                .map(|right| right.to_string())
                .collect();
            more.dedup();
            if !more.is_empty() {
                add(Code::R06, more.join(", "));
            }
        }
        "RoleBinding" | "ClusterRoleBinding" if new => add(Code::R06, "a new binding".to_owned()),
        "RoleBinding" | "ClusterRoleBinding" if change.fields().iter().any(|field| field.new.is_some()) => {
            add(Code::R06, "changed subjects or role".to_owned());
        }
        "EventSource" if new => add(Code::R07, "all of its webhooks".to_owned()),
        "EventSource" => change.fields().iter().filter(|field| is_hook(field)).for_each(|field| {
            add(Code::R07, described(field));
        }),
        "WorkflowTemplate" => workflow(change, environments, add),
        // It says what another one says.
        "AnalysisTemplate" if crate::names::is_last_question(&change.id.name) => {}
        "AnalysisTemplate" if matches!(change.kind, ChangeKind::Removed) => {
            add(Code::R10, format!("`{}`", change.id.name))
        }
        "AnalysisTemplate" => {
            for field in change.fields().iter().filter(|field| field.path.starts_with("spec.metrics")) {
                let gone = field.new.is_none() && field.path.ends_with(']');
                add(if gone { Code::R10 } else { Code::R16 }, described(field));
            }
        }
        "Sensor" if change.fields().iter().any(|field| field.path.contains("filters")) => {
            add(Code::R13, "its filter".to_owned());
        }
        "Sensor" if change.fields().iter().any(|field| field.path.starts_with("spec.dependencies")) => {
            add(Code::R13, "the events that start it".to_owned());
        }
        "CronWorkflow" if change.fields().iter().any(|field| field.path.starts_with("spec.schedules")) => {
            add(Code::R13, "its schedule".to_owned());
        }
        "CronWorkflow" if matches!(change.kind, ChangeKind::Removed) => {
            add(Code::R13, "its schedule is removed".to_owned());
        }
        "Sensor" if matches!(change.kind, ChangeKind::Removed) => add(Code::R13, "it is removed".to_owned()),
        kind if router::is_entry(kind) || kind == "Ingress" => address(change, add),
        "sources.json" => {
            charts(change, add);
            if let (ChangeKind::Changed(_), Some(old), Some(new)) = (&change.kind, &change.old, &change.new) {
                for (from, to) in sources::renamed_releases(&old.value, &new.value) {
                    add(Code::R20, format!("{from} -> {to}"));
                }
            }
        }
        _ => {}
    }
    // The limit of a run follows from its stages: a different order of stages says more than the sum.
    let fewer =
        change.id.kind == "WorkflowTemplate" && change.fields().iter().any(|field| field.path.contains(".steps["));
    // The deadline of a step's pod follows from the step, and is not repeated.
    let mut told = BTreeSet::new();
    for field in change.fields().iter().filter(|field| !fewer || field.path != "spec.activeDeadlineSeconds") {
        let Some((before, after)) = lowered(field) else { continue };
        let of = limit(&field.path);
        if told.insert(of.clone()) {
            add(Code::R08, format!("{of} {} -> {}", show_duration(before), show_duration(after)));
        }
    }
}

/// Whether the host must be told of a field of an EventSource: where its hooks send, what, and signed with what. What is
/// gone leaves a hook that nobody answers, and nothing to be registered.
fn is_hook(field: &Field) -> bool {
    field.new.is_some() && host::all().any(|host| host.is_registered(&field.path))
}

/// The ports that a Service no longer has, with their names.
fn lost_ports(change: &Change) -> Vec<(String, i64)> {
    let (Some(old), Some(new)) = (&change.old, &change.new) else { return Vec::new() };
    let ports = |object: &Object| -> Vec<(String, i64)> {
        let list = object.value.pointer("/spec/ports").and_then(Value::as_array);
        let name = |port: &Value| port["name"].as_str().unwrap_or_default().replace('`', "'");
        list.into_iter().flatten().filter_map(|port| Some((name(port), port["port"].as_i64()?))).collect()
    };
    let after = ports(new);
    ports(old).into_iter().filter(|(_, port)| !after.iter().any(|(_, known)| known == port)).collect()
}

/// Where a route takes requests from.
fn address(change: &Change, add: &mut impl FnMut(Code, String)) {
    if matches!(change.kind, ChangeKind::Removed) {
        add(Code::R15, "the route is removed".to_owned());
    }
    let rules = ["spec.routes", "spec.rules"];
    for field in change.fields().iter().filter(|field| rules.iter().any(|rule| field.path.starts_with(rule))) {
        let decides = ["match", "host", "path"].iter().any(|part| field.path.ends_with(&format!(".{part}")));
        // A further address takes none away.
        if field.old.is_some() && (decides || field.new.is_none() && field.path.ends_with(']')) {
            add(Code::R15, described(field));
        }
    }
}

/// The versions of the charts of other people that an app is made of.
fn charts(change: &Change, add: &mut impl FnMut(Code, String)) {
    let (Some(old), Some(new)) = (&change.old, &change.new) else { return };
    let versions = |object: &Object| -> BTreeMap<[String; 3], String> {
        let text = |source: &Value, key: &str| source.get(key).and_then(Value::as_str).map(str::to_owned);
        let sources = object.value.as_array().into_iter().flatten();
        sources
            .filter_map(|source| {
                let release = text(&source["helm"], "releaseName").unwrap_or_default();
                Some(([text(source, "repoURL")?, text(source, "chart")?, release], text(source, "targetRevision")?))
            })
            .collect()
    };
    let after = versions(new);
    for (chart, before) in versions(old) {
        if let Some(after) = after.get(&chart).filter(|after| **after != before) {
            add(Code::R19, format!("`{}` {before} -> {after}", chart[1]));
        }
    }
}

/// The pods of a workload, its selector and its canary.
fn workload(change: &Change, add: &mut impl FnMut(Code, String)) {
    let fields = change.fields();
    if let Some(field) = fields.iter().find(|field| field.path.starts_with("spec.selector")) {
        add(Code::R03, described(field));
    }
    let template = fields.iter().filter(|field| field.path.starts_with("spec.template")).count();
    if template > 0 {
        add(Code::R04, format!("{} of its pods", words::count(template, "field")));
    }
    let (Some(old), Some(new)) = (&change.old, &change.new) else { return };
    let (before, after) = (volumes::claims(&old.value), volumes::claims(&new.value));
    if before != after && other_name(change).is_none() {
        let shown = |claims: &BTreeMap<String, String>| {
            let claims: Vec<_> =
                claims.iter().map(|(name, what)| format!("`{}` {what}", name.replace('`', "'"))).collect();
            if claims.is_empty() { "none".to_owned() } else { claims.join(", ") }
        };
        add(Code::R23, format!("{} -> {}", shown(&before), shown(&after)));
    }
    let analyses = |object: &Object| -> Vec<String> {
        let list = object.value.pointer("/spec/strategy/canary/analysis/templates").and_then(Value::as_array);
        let names = list.into_iter().flatten().filter_map(|item| item.get("templateName")?.as_str());
        names.map(str::to_owned).collect()
    };
    let kept = analyses(new);
    if matches!(change.kind, ChangeKind::Changed(_)) {
        for analysis in analyses(old).iter().filter(|analysis| !kept.contains(analysis)) {
            add(Code::R10, format!("`{analysis}`"));
        }
    }
    let (before, after) = (headline::pauses(&old.value), headline::pauses(&new.value));
    if after < before {
        add(Code::R11, format!("total pause {} -> {}", show_duration(before), show_duration(after)));
    }
    if let Some(account) = pods::other_account(&old.value, &new.value) {
        add(Code::R06, format!("its pods run as account `{account}`"));
    }
    for container in pods::without_readiness(&old.value, &new.value) {
        add(Code::R09, format!("the readiness probe of container {container}"));
    }
    if headline::manual_pauses(&new.value) < headline::manual_pauses(&old.value) {
        add(Code::R09, "a step of its canary that a person had to approve".to_owned());
    }
}

/// Whether a step holds up a change until something is so: that of a stage that is a gate, the check of the commit, and the
/// wait for the end of an environment; and the signature of an image, which a cluster may demand. The canary's step is the update itself; its analyses are in the Rollout.
fn is_gate(step: &str) -> bool {
    let is = |name: &str| step.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with('-'));
    STAGES.iter().any(|row| row.is_gate && !row.updates && is(row.step))
        || is(CHECK.template)
        || is(GONE.template)
        || is(SIGN)
}

fn workflow(change: &Change, environments: &BTreeMap<&str, &str>, add: &mut impl FnMut(Code, String)) {
    let (Some(old), Some(new)) = (&change.old, &change.new) else { return };
    let after = headline::steps(&new.value);
    for step in headline::steps(&old.value) {
        // An environment may have another name, and its gates with it.
        let kept = || {
            environments.iter().any(|(old, new)| {
                step.strip_suffix(*old).is_some_and(|first| after.iter().any(|step| *step == format!("{first}{new}")))
            })
        };
        if is_gate(&step) && !after.contains(&step) && !kept() {
            add(Code::R09, format!("step `{step}`"));
        }
    }
}

/// A removed workload of one kind, and an added one of another kind with the same name.
fn replaced(changes: &[Change], found: &mut Vec<Risk>) {
    let workloads = || changes.iter().filter(|change| names::WORKLOADS.contains(&change.id.kind.as_str()));
    let added: BTreeMap<_, _> = workloads()
        .filter(|change| matches!(change.kind, ChangeKind::Added))
        .map(|change| ((&change.id.folder, &change.id.name), change))
        .collect();
    for gone in workloads().filter(|change| matches!(change.kind, ChangeKind::Removed)) {
        let Some(new) = added.get(&(&gone.id.folder, &gone.id.name)) else { continue };
        let mut add = |code, what| found.push(Risk { code, object: Some(new.id.clone()), what });
        add(Code::R05, format!("{} -> {}", gone.id.kind, new.id.kind));
        if let Some(old) = gone.old.as_ref().filter(|old| !volumes::claims(&old.value).is_empty()) {
            add(Code::R24, left_behind(&old.value));
        }
        let analysed =
            gone.old.as_ref().is_some_and(|old| old.value.pointer("/spec/strategy/canary/analysis").is_some());
        if gone.id.kind == "Rollout" && analysed {
            add(Code::R10, "with the canary".to_owned());
        }
    }
}

/// The claims of pods that are replaced by others, in a few words.
fn left_behind(workload: &Value) -> String {
    let claims: Vec<_> =
        volumes::claims(workload).into_keys().map(|name| format!("`{}`", name.replace('`', "'"))).collect();
    format!("the claims {} of the old pods", headline::listed(&claims))
}

/// An app that is removed from the sources still has Applications.
const STAYS: &str = "; the old one keeps running until its Application is removed by hand";

/// The old and the new name of an object that was renamed, and not only moved with its environment.
fn other_name(change: &Change) -> Option<(&Id, &Id)> {
    match &change.kind {
        ChangeKind::Renamed { from, .. } if from.name != change.id.name => Some((from, &change.id)),
        _ => None,
    }
}

/// What a rule of a Role allows: one verb on one resource.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Right {
    resource: String,
    group: String,
    /// Only the one of that name; any without.
    name: Option<String>,
    verb: String,
}

impl Right {
    /// Whether who has this one needs not be given the other.
    fn covers(&self, other: &Self) -> bool {
        let covers = |mine: &str, other: &str| mine == "*" || mine == other;
        covers(&self.verb, &other.verb)
            && covers(&self.resource, &other.resource)
            && covers(&self.group, &other.group)
            && (self.name.is_none() || self.name == other.name)
    }
}

impl std::fmt::Display for Right {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.verb, self.resource)?;
        if !self.group.is_empty() {
            write!(f, ".{}", self.group)?;
        }
        self.name.as_ref().map_or(Ok(()), |name| write!(f, " {name}"))
    }
}

/// What the rules of a Role allow, in order.
fn rights(role: Option<&Object>) -> Vec<Right> {
    let list = |rule: &Value, key: &str| -> Vec<String> {
        let items = rule.get(key).and_then(Value::as_array);
        items.into_iter().flatten().filter_map(|item| item.as_str().map(str::to_owned)).collect()
    };
    let rules = role.and_then(|role| role.value.get("rules")).and_then(Value::as_array);
    let mut found = Vec::new();
    for rule in rules.into_iter().flatten() {
        let names = list(rule, "resourceNames");
        let names: Vec<_> = if names.is_empty() { vec![None] } else { names.into_iter().map(Some).collect() };
        let mut groups = list(rule, "apiGroups");
        if groups.is_empty() {
            groups.push(String::new());
        }
        let things = list(rule, "resources").into_iter().chain(list(rule, "nonResourceURLs"));
        for resource in things {
            for (group, name) in groups.iter().flat_map(|group| names.iter().map(move |name| (group, name))) {
                let right = |verb| Right { resource: resource.clone(), group: group.clone(), name: name.clone(), verb };
                found.extend(list(rule, "verbs").into_iter().map(right));
            }
        }
    }
    found.sort();
    found
}

/// Fields that end something after that many seconds.
const LIMITS: &[&str] =
    &["activeDeadlineSeconds", "progressDeadlineSeconds", "terminationGracePeriodSeconds", "suspend.duration"];
/// Arguments of steps that do.
const ARGUMENTS: &[&str] = &[TIMEOUT_SECONDS.argument(), wait::DEADLINE, TTL_SECONDS.argument()];

fn lowered(field: &Field) -> Option<(u64, u64)> {
    let argument =
        |name: &&str| field.path.strip_suffix("].value").is_some_and(|path| path.ends_with(&format!("[{name}")));
    if !LIMITS.iter().any(|limit| field.path.ends_with(limit)) && !ARGUMENTS.iter().any(argument) {
        return None;
    }
    let number = |value: &Option<Value>| match value {
        Some(Value::Number(number)) => number.as_u64(),
        Some(Value::String(text)) => text.strip_suffix('s').unwrap_or(text).parse().ok(),
        _ => None,
    };
    let (before, after) = (number(&field.old)?, number(&field.new)?);
    (after < before).then_some((before, after))
}

/// What has the limit: a step, a task, a whole run.
fn limit(path: &str) -> String {
    let between = |begin: &str| path.split_once(begin).and_then(|(_, rest)| rest.split(']').next());
    match (between(".steps["), between("spec.templates["), path) {
        (Some(step), _, _) => format!("step `{step}`"),
        (None, Some(task), _) => format!("`{task}`"),
        (None, None, "spec.activeDeadlineSeconds") => "a run".to_owned(),
        (None, None, path) => format!("`{path}`"),
    }
}

/// A field and its values, in a few words.
fn described(field: &Field) -> String {
    let short = |value: &Value| {
        let text = match value {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        let line = text.lines().next().unwrap_or_default();
        let cut: String = line.chars().take(60).collect();
        // The text is between backticks.
        let shown = cut.replace('`', "'");
        if cut.len() < text.len() { format!("`{shown}…`") } else { format!("`{shown}`") }
    };
    let path = field.path.replace('`', "'");
    match (&field.old, &field.new) {
        (Some(old), Some(new)) => format!("`{path}` {} -> {}", short(old), short(new)),
        (Some(_), None) => format!("`{path}` is removed"),
        _ => format!("`{path}` is added"),
    }
}
