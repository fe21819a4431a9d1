//! The delivery of a push: its workflow, run in a sandbox.

use super::{Commit, Delivery, Ends, Push, Pushed, Ran, Sandbox, SimulatedStep, Tree};
use crate::argo::workflow::{Answered, Ended, Phase, Pods, Submitted, run};
use crate::argo::{Error, expression::Variables, pod, sets, sha256sum};
use crate::diag::visible::visible;
use crate::model::value::show_duration;
use crate::plan::Plan;
use crate::providers;
use crate::steps::build::DIGEST;
use crate::steps::refused::{APPROVED, REFUSED, YES};
use crate::steps::restart::RESTART;
use crate::steps::shared::SAID_OF_COMMITS;
use crate::steps::{Contract, ERROR, Simulated, gitops};
use jiff::Timestamp;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt;

/// An Application that Argo CD generates.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Made {
    /// Its name.
    pub name: String,
    /// The namespace that it deploys to.
    pub namespace: String,
    /// Its sources.
    pub sources: Vec<Source>,
}

/// What an Application deploys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// The repository.
    pub repository: String,
    /// The chart; empty unless the repository is one of charts.
    pub chart: String,
    /// The folder.
    pub path: String,
    /// The commit, or the version of the chart.
    pub revision: String,
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { repository, chart, path, revision } = self;
        match (chart.is_empty(), path.is_empty()) {
            (false, _) => write!(f, "chart {chart} {revision} of {repository}"),
            (true, false) => write!(f, "{path} of {repository} at {revision}"),
            (true, true) => write!(f, "values of {repository} at {revision}"),
        }
    }
}

/// Runs the workflow that a Sensor has created for a push.
pub fn deliver(
    plan: &Plan,
    tree: &Tree,
    push: &Push,
    because: String,
    workflow: &Value,
    sandbox: &mut dyn Sandbox,
) -> Result<Delivery, Error> {
    let text = |pointer: &str| workflow.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned();
    let parameters = workflow.pointer("/spec/arguments/parameters").and_then(Value::as_array);
    let arguments: Variables = parameters
        .into_iter()
        .flatten()
        .filter_map(|parameter| Some((parameter["name"].as_str()?.to_owned(), parameter["value"].as_str()?.to_owned())))
        .collect();
    let name = text("/metadata/name");
    let submitted = Submitted {
        template: text("/spec/workflowTemplateRef/name"),
        uid: uid(&format!("{}/{name}", plan.resolved.target)),
        created: written(push.time().unwrap_or_default()),
        arguments,
        name,
    };
    let head = sandbox.head()?;
    let (applications, _) = applications(tree, sandbox, &head)?;
    let mut machines = Machines { tree, sandbox, applications, steps: Vec::new(), version: String::new() };
    let templates = |name: &str| tree.find("WorkflowTemplate", name);
    let ended = run(&templates, &submitted, &mut machines)?;
    let failure = (ended.phase == Phase::Failed).then(|| {
        let failed = machines.steps.iter().find(|step| step.ends == Ends::Failed);
        failed.map_or_else(|| submitted.name.clone(), |step| step.name.clone())
    });
    let mut done = machines.steps.into_iter().peekable();
    let mut steps = Vec::new();
    // If everything succeeded, the exit handler has nothing to report.
    let finish = ended.finish.iter().filter(|(_, phase)| failure.is_some() || *phase != Phase::Skipped);
    // A run that need not restart, and was not refused, is not worth a line.
    let needless = |(name, phase): &&(String, Phase)| {
        let is = |contract: &Contract| {
            name.strip_prefix(contract.template).is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
        };
        *phase == Phase::Skipped && (is(&RESTART) || is(&REFUSED))
    };
    for (name, phase) in ended.steps.iter().chain(finish).filter(|step| !needless(step)) {
        match phase {
            Phase::Skipped => steps.push(SimulatedStep::skipped(name)),
            // A template without a pod is a list of other steps.
            Phase::Succeeded | Phase::Failed => steps.extend(done.next_if(|step| step.name == *name)),
        }
    }
    Ok(Delivery {
        because,
        workflow: submitted.name,
        namespace: text("/metadata/namespace"),
        arguments: ended.arguments,
        version: machines.version,
        failure,
        steps,
    })
}

/// A uid that is always the same for the same workflow, in the form that Kubernetes gives them.
fn uid(name: &str) -> String {
    let hash = sha256sum(name);
    format!("{}-{}-4{}-8{}-{}", &hash[..8], &hash[8..12], &hash[13..16], &hash[17..20], &hash[20..32])
}

/// Year, month, day, hour, minute and second in UTC, as a workflow gets them.
fn written(time: Timestamp) -> [String; 6] {
    ["%Y", "%m", "%d", "%H", "%M", "%S"].map(|field| time.strftime(field).to_string())
}

/// The digest of an image that is assumed to be built.
fn digest(reference: &str) -> String {
    format!("sha256:{}", sha256sum(reference))
}

/// Runs the pods of a delivery.
struct Machines<'s> {
    tree: &'s Tree,
    sandbox: &'s mut dyn Sandbox,
    /// The existing Applications, by name.
    applications: BTreeMap<String, Value>,
    steps: Vec<SimulatedStep>,
    version: String,
}

impl Pods for Machines<'_> {
    fn called(&mut self, _step: &str, inputs: &Variables) {
        if let (true, Some(version)) = (self.version.is_empty(), inputs.get(gitops::VERSION.argument())) {
            self.version.clone_from(version);
        }
    }

    fn answered(&mut self, step: &str, template: &Value) -> Result<Answered, Error> {
        Ok(self.approves(step, template))
    }

    fn run(&mut self, step: &str, template: &Value) -> Result<Ended, Error> {
        let container = template.get("script").unwrap_or(&template["container"]);
        let variables = pod::environment(container, &|name, key| format!("({key} of the Secret {name})"));
        let step_of = |name: &str| template.get("script").and_then(|_| providers::step(name));
        let contract = template["name"].as_str().and_then(step_of);
        let mut outputs = Variables::new();
        let does = match contract.map(|contract| (contract.simulated)(&variables)) {
            Some(Simulated::Run) => {
                let source = container["source"].as_str().unwrap_or_default();
                let ran = self.sandbox.run(source, &variables)?;
                return self.ran(step, ran);
            }
            Some(Simulated::Built(reference)) => {
                outputs.insert(DIGEST.name.into(), digest(&reference));
                format!("builds {reference}")
            }
            Some(Simulated::Awaited(reference)) => {
                outputs.insert(DIGEST.name.into(), digest(&reference));
                format!("waits for {reference} from a CI")
            }
            Some(Simulated::Assumed(does)) => does,
            None => {
                let image = container["image"].as_str().unwrap_or_default();
                format!("runs {} in {image}", pod::command(container, &variables).join(" "))
            }
        };
        self.steps.push(SimulatedStep { name: step.to_owned(), ends: Ends::Assumed, does, commits: Vec::new() });
        Ok(Ended { phase: Phase::Succeeded, outputs: Some(outputs) })
    }
}

impl Machines<'_> {
    /// A person approves.
    fn approves(&mut self, step: &str, template: &Value) -> Answered {
        let seconds = template["suspend"]["duration"].as_str().and_then(|text| text.strip_suffix('s')?.parse().ok());
        let within = seconds.map_or_else(String::new, |seconds| format!(" for at most {}", show_duration(seconds)));
        let does = format!("waits{within} until a person approves");
        self.steps.push(SimulatedStep { name: step.to_owned(), ends: Ends::Assumed, does, commits: Vec::new() });
        Answered::Supplied(Variables::from([(APPROVED.to_owned(), YES.to_owned())]))
    }

    /// Records what a script did.
    fn ran(&mut self, step: &str, ran: Ran) -> Result<Ended, Error> {
        let mut commits = Vec::new();
        for pushed in ran.pushed {
            commits.push(self.commit(pushed)?);
        }
        let (ends, phase) = if ran.succeeded { (Ends::Ran, Phase::Succeeded) } else { (Ends::Failed, Phase::Failed) };
        // What the commits show, or their absence, is not repeated.
        let is_told = |line: &&str| SAID_OF_COMMITS.iter().any(|start| line.starts_with(start));
        let lines: Vec<_> = ran.said.lines().filter(|line| !is_told(line)).map(visible).collect();
        let errors = lines.iter().position(|line| line.starts_with(ERROR));
        let said = match errors {
            Some(at) => lines[at..].join(" ").trim_start_matches(ERROR).to_owned(),
            None => lines.join("; "),
        };
        let pushes: Vec<_> =
            commits.iter().map(|commit| format!("pushes `{}`", visible(&commit.pushed.subject))).collect();
        let mut does = [said].into_iter().chain(pushes).filter(|text| !text.is_empty()).collect::<Vec<_>>().join("; ");
        if does.is_empty() {
            does.push_str("changes nothing");
        }
        self.steps.push(SimulatedStep { name: step.to_owned(), ends, does, commits });
        Ok(Ended { phase, outputs: Some(ran.outputs) })
    }

    /// A commit, and what Argo CD generates from it.
    fn commit(&mut self, pushed: Pushed) -> Result<Commit, Error> {
        let (now, stops) = applications(self.tree, &*self.sandbox, &pushed.id)?;
        let before = std::mem::replace(&mut self.applications, now);
        let mut commit = Commit { pushed, appear: Vec::new(), change: Vec::new(), disappear: Vec::new(), stops };
        // A set that stops keeps the Applications that it has generated.
        if !commit.stops.is_empty() {
            self.applications = before;
            return Ok(commit);
        }
        for (name, application) in &self.applications {
            match before.get(name) {
                None => commit.appear.push(made(name, application)),
                Some(old) if old != application => commit.change.push(made(name, application)),
                Some(_) => {}
            }
        }
        commit.disappear = before.into_keys().filter(|name| !self.applications.contains_key(name)).collect();
        Ok(commit)
    }
}

/// The Applications that all sets of a tree generate from the GitOps repository at a commit, and what stops a set.
fn applications(
    tree: &Tree,
    sandbox: &dyn Sandbox,
    commit: &str,
) -> Result<(BTreeMap<String, Value>, Vec<String>), Error> {
    let read = |name: &str| sandbox.file(commit, name);
    let files = sets::Files { names: sandbox.files(commit)?, read: &read };
    let mut found = BTreeMap::new();
    let mut stops = Vec::new();
    for set in tree.of_kind("ApplicationSet") {
        match sets::applications(&files, &set.value) {
            Ok(made) => found.extend(made.into_iter().map(|application| {
                let name = application["metadata"]["name"].as_str().unwrap_or_default().to_owned();
                (name, application)
            })),
            Err(Error(why)) => stops.push(format!("ApplicationSet {} fails: {}", set.id.name, visible(&why))),
        }
    }
    Ok((found, stops))
}

fn made(name: &str, application: &Value) -> Made {
    let spec = &application["spec"];
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let sources = spec["sources"].as_array().into_iter().flatten().map(|source| Source {
        repository: text(&source["repoURL"]),
        chart: text(&source["chart"]),
        path: text(&source["path"]),
        revision: text(&source["targetRevision"]),
    });
    Made { name: name.to_owned(), namespace: text(&spec["destination"]["namespace"]), sources: sources.collect() }
}

impl SimulatedStep {
    fn skipped(name: &str) -> Self {
        Self { name: name.to_owned(), ends: Ends::Skipped, does: String::new(), commits: Vec::new() }
    }
}
