//! What a push would trigger: for each pipeline, whether it starts and why; if it does, the whole delivery, step by
//! step, with the commits that it pushes and the Applications that Argo CD generates from them.
//!
//! Nothing is guessed from the sources: it runs the generated filter, fills the generated trigger, resolves the
//! generated steps and executes the generated scripts ([`crate::argo`]). What only a cluster can do is assumed to
//! succeed, and marked as such: images are built, Applications become healthy, tasks succeed.

mod delivery;
pub mod render;
mod why;

pub use crate::providers::host::push::{self, Push};
pub use delivery::{Made, Source};

use crate::argo::Error;
use crate::argo::event;
use crate::files::Files;
use crate::objects::{Object, documents};
use crate::plan::Plan;
use serde_json::Value;
use std::collections::BTreeMap;
use why::Starts;

/// Where the scripts of a delivery are run: a machine with the repositories that they read and write.
pub trait Sandbox {
    /// Runs a script with these variables, and returns what it did.
    ///
    /// # Errors
    /// If it cannot be started.
    fn run(&mut self, script: &str, variables: &BTreeMap<String, String>) -> Result<Ran, Error>;

    /// The newest commit of the GitOps repository.
    ///
    /// # Errors
    /// If it cannot be read.
    fn head(&self) -> Result<String, Error>;

    /// The files of the GitOps repository at a commit.
    ///
    /// # Errors
    /// If they cannot be listed.
    fn files(&self, commit: &str) -> Result<Vec<String>, Error>;

    /// A file of the GitOps repository at a commit; empty if it cannot be read.
    fn file(&self, commit: &str, name: &str) -> String;
}

/// What a script did.
#[derive(Debug, Clone, Default)]
pub struct Ran {
    /// Whether it succeeded.
    pub succeeded: bool,
    /// What it printed.
    pub said: String,
    /// The files that it left as outputs.
    pub outputs: BTreeMap<String, String>,
    /// The commits that it pushed, the oldest first.
    pub pushed: Vec<Pushed>,
}

/// A commit of the GitOps repository.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pushed {
    /// Its id.
    pub id: String,
    /// The first line of its message.
    pub subject: String,
    /// What it changes, as git shows it.
    pub diff: String,
}

/// What a push triggers on all targets.
#[derive(Debug, Clone)]
pub struct Simulation {
    /// What was pushed.
    pub push: Push,
    /// What it triggers, target by target.
    pub targets: Vec<Target>,
    /// The unknown repositories, which the simulation replaces by ones with a single commit.
    pub stand_ins: Vec<String>,
}

/// What a push triggers on a target.
#[derive(Debug, Clone)]
pub struct Target {
    /// Its name.
    pub name: String,
    /// Every pipeline, in the order of the sources.
    pub pipelines: Vec<Pipeline>,
}

/// What a push means for a pipeline.
#[derive(Debug, Clone)]
pub struct Pipeline {
    /// Its name.
    pub name: String,
    /// Whether it starts.
    pub answer: Answer,
}

/// Whether a pipeline starts.
#[derive(Debug, Clone)]
pub enum Answer {
    /// It does not, and why not: a fact, then its details.
    Stays(Vec<String>),
    /// It does.
    Starts(Box<Delivery>),
}

/// A delivery, from the event to its end.
#[derive(Debug, Clone)]
pub struct Delivery {
    /// The change that starts it.
    pub because: String,
    /// The name of its Workflow.
    pub workflow: String,
    /// The namespace of its Workflow.
    pub namespace: String,
    /// The arguments of its Workflow.
    pub arguments: Vec<(String, String)>,
    /// The version that it gives the change.
    pub version: String,
    /// The step at which it fails, if it does.
    pub failure: Option<String>,
    /// Its steps, in the order in which they end.
    pub steps: Vec<SimulatedStep>,
}

/// A step of a delivery.
#[derive(Debug, Clone)]
pub struct SimulatedStep {
    /// Its name.
    pub name: String,
    /// How it ends.
    pub ends: Ends,
    /// What it does, in a few words.
    pub does: String,
    /// The commits that it pushes.
    pub commits: Vec<Commit>,
}

/// How a step ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ends {
    /// It was run, and did what it should.
    Ran,
    /// It was run, and failed.
    Failed,
    /// It was not run, because only a cluster can, and is assumed to succeed.
    Assumed,
    /// Its condition is not met.
    Skipped,
}

/// A commit that a delivery pushes to the GitOps repository, and its effect on Argo CD.
#[derive(Debug, Clone)]
pub struct Commit {
    /// What it changes.
    pub pushed: Pushed,
    /// The Applications that appear.
    pub appear: Vec<Made>,
    /// The Applications that differ from before.
    pub change: Vec<Made>,
    /// The names of the Applications that disappear.
    pub disappear: Vec<String>,
    /// What stops an ApplicationSet, which then creates and deletes nothing.
    pub stops: Vec<String>,
}

impl Simulation {
    /// The deliveries that start.
    pub fn deliveries(&self) -> impl Iterator<Item = &Delivery> {
        let pipelines = self.targets.iter().flat_map(|target| &target.pipelines);
        pipelines.filter_map(|pipeline| match &pipeline.answer {
            Answer::Starts(delivery) => Some(&**delivery),
            Answer::Stays(_) => None,
        })
    }

    /// Whether some pipeline starts, and all that start succeed.
    #[must_use]
    pub fn is_good(&self) -> bool {
        self.deliveries().next().is_some() && self.deliveries().all(|delivery| delivery.failure.is_none())
    }
}

/// How a sandbox is laid out.
pub type LayOut<'a> = dyn Fn() -> Result<Box<dyn Sandbox>, Error> + 'a;

/// Simulates a push on a target. Each pipeline that starts gets a sandbox of its own, so that none sees the effects of
/// another.
///
/// # Errors
/// If a sandbox fails, or if a delivery would hang.
pub fn simulate(plan: &Plan, tree: &Tree, push: &Push, lay_out: &LayOut) -> Result<Target, Error> {
    let mut pipelines = Vec::new();
    for delivery in &plan.deliveries {
        let answer = match why::starts(plan, delivery, tree, push)? {
            Starts::Not(reasons) => Answer::Stays(reasons),
            Starts::By(at, trigger) => match event::triggered(tree.object("Sensor", delivery.name)?, at, &push.body) {
                Err(Error(why)) => {
                    Answer::Stays(vec!["its Sensor cannot create a Workflow from the payload".to_owned(), why])
                }
                Ok(workflow) => {
                    let because = why::because(plan, delivery, trigger, push)?;
                    let mut sandbox = lay_out()?;
                    Answer::Starts(Box::new(delivery::deliver(plan, tree, push, because, &workflow, &mut *sandbox)?))
                }
            },
        };
        pipelines.push(Pipeline { name: delivery.name.to_owned(), answer });
    }
    Ok(Target { name: plan.resolved.target.clone(), pipelines })
}

/// The objects of a generated tree.
#[derive(Debug, Clone)]
pub struct Tree {
    objects: Vec<Object>,
}

impl Tree {
    /// Reads the files of a tree.
    #[must_use]
    pub fn of(files: &Files) -> Self {
        Self {
            objects: files
                .iter()
                .flat_map(|(path, text)| documents(path, text))
                .filter_map(|document| document.object())
                .collect(),
        }
    }

    fn of_kind(&self, kind: &str) -> impl Iterator<Item = &Object> {
        self.objects.iter().filter(move |object| object.id.kind == kind)
    }

    fn find(&self, kind: &str, name: &str) -> Option<&Value> {
        self.of_kind(kind).find(|object| object.id.name == name).map(|object| &object.value)
    }

    fn object(&self, kind: &str, name: &str) -> Result<&Value, Error> {
        self.find(kind, name).ok_or_else(|| Error(format!("the tree has no {kind} {name}")))
    }
}
