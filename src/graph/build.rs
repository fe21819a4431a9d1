//! Plans → the contents of their pictures.

use super::{Graph, Group, Lane, Location, Step, StepKind, Target, Time};
use crate::diag::visible::visible;
use crate::model::{
    Approval, Bound, Canary, CanaryStep, EnvironmentKind, OnPush, Origin, ResolvedProject, Tag, Trigger,
};
use crate::names;
use crate::plan::{self, CriticalSection, CriticalStep, Delivery, Open, Plan, Task, Wait};
use crate::schema::stages::StageId;
use std::collections::BTreeSet;

/// How many patterns of a push are shown; the rest is only counted.
const PATTERNS: usize = 6;

/// The graph of a program's projects, which have no errors. Targets that look the same are merged.
#[must_use]
pub fn graph(projects: &[&ResolvedProject]) -> Graph {
    let project = projects.first().map(|resolved| shown(&resolved.project.name.value)).unwrap_or_default();
    let mut targets: Vec<Target> = Vec::new();
    for resolved in projects {
        let plan = plan::plan(resolved);
        let lanes = plan.deliveries.iter().map(|delivery| Builder::new(&plan, delivery).lane()).collect();
        let name = shown(&resolved.target);
        match targets.iter_mut().find(|target| target.lanes == lanes) {
            Some(target) => target.names.push(name),
            None => targets.push(Target { names: vec![name], lanes }),
        }
    }
    Graph { project, targets }
}

fn shown(text: &str) -> String {
    visible(text).into_owned()
}

struct Builder<'a> {
    plan: &'a Plan<'a>,
    delivery: &'a Delivery<'a>,
    steps: Vec<Step>,
    groups: Vec<Group>,
    /// The environments that are open and not torn down yet.
    open: Vec<Opened<'a>>,
}

/// An open environment, and the steps whose failure removes it.
struct Opened<'a> {
    environment: &'a str,
    fails: Vec<usize>,
}

impl<'a> Builder<'a> {
    fn new(plan: &'a Plan<'a>, delivery: &'a Delivery<'a>) -> Self {
        Self { plan, delivery, steps: Vec::new(), groups: Vec::new(), open: Vec::new() }
    }

    fn lane(mut self) -> Lane {
        for trigger in &self.delivery.on.0 {
            self.add(Location::Start, start(trigger));
        }
        for step in &self.delivery.steps {
            match step {
                plan::Step::Build => self.builds(),
                plan::Step::Open(open) => self.opens(open),
                plan::Step::Wait(wait) => self.ephemeral(wait.environment, waits(wait)),
                plan::Step::Task(task) => {
                    let step = self.task(task);
                    self.ephemeral(task.environment, step);
                }
                plan::Step::Approve(approval) => self.approves(approval),
                plan::Step::Close { environment } => self.closes(environment),
                plan::Step::CriticalSection(section) => self.section(section),
            }
        }
        let Delivery { name, app, deadline, .. } = self.delivery;
        Lane { name: shown(name), app: shown(app), deadline: *deadline, steps: self.steps, groups: self.groups }
    }

    /// Adds a step to the current group of the lane, or starts a new group if the place differs.
    fn add(&mut self, place: Location, step: Step) -> usize {
        let at = self.steps.len();
        self.steps.push(step);
        match self.groups.last_mut() {
            Some(group) if group.place == place => group.steps.push(at),
            _ => self.groups.push(Group { place, steps: vec![at], roll_back: None }),
        }
        at
    }

    /// Records that the step may fail or be stopped, which removes the open environments.
    fn may_fail(&mut self, at: usize) {
        self.open.iter_mut().for_each(|opened| opened.fails.push(at));
    }

    fn builds(&mut self) {
        let resolved = self.plan.resolved;
        let registry = resolved.project.registry.as_ref();
        for image in resolved.apps[self.delivery.app].of_runs() {
            let mut step = step(StepKind::Stage(StageId::Build), Some(&image.name.value));
            let written = image.repository_of_runs().unwrap_or_default();
            let place = registry.map_or(written.to_owned(), |registry| registry.repository(written));
            step.details.push(shown(&place));
            match &image.origin {
                Origin::Built(build) => {
                    let platforms = &build.platforms;
                    step.details.extend(match &build.tag {
                        Tag::Version => None,
                        Tag::Fixed(tag) => Some(format!("always tagged {}", shown(tag))),
                        Tag::OfRun => Some("tagged as in git".to_owned()),
                    });
                    step.details.extend((!platforms.is_empty()).then(|| format!("for {}", platforms.join(", "))));
                    step.time = Some(Time::AtMost(build.pod.timeout));
                }
                Origin::FromCi(ci) => {
                    step.details.push("until a CI has pushed it".to_owned());
                    step.time = Some(Time::AtMost(ci.timeout));
                }
                Origin::Reference(_) => {}
            }
            self.add(Location::Build, step);
        }
    }

    fn approves(&mut self, approval: &Approval) {
        let mut step = step(StepKind::Stage(StageId::Approve), None);
        step.details.push("by a person".to_owned());
        step.time = Some(Time::AtMost(approval.timeout));
        let at = self.add(Location::Approval, step);
        self.may_fail(at);
    }

    fn opens(&mut self, open: &'a Open<'a>) {
        let mut step = step(StepKind::Stage(StageId::StageEnv), Some(open.environment));
        step.details.push(format!("contains {}", listed(&open.members)));
        self.open.push(Opened { environment: open.environment, fails: Vec::new() });
        self.ephemeral(open.environment, step);
    }

    fn ephemeral(&mut self, environment: &str, step: Step) {
        let at = self.add(self.place(environment), step);
        self.may_fail(at);
    }

    fn closes(&mut self, environment: &str) {
        let mut step = step(StepKind::Stage(StageId::Teardown), Some(environment));
        step.details.push("until it is deleted".to_owned());
        step.time = Some(Time::AtMost(plan::GONE_TIMEOUT));
        let at = self.add(self.place(environment), step);
        if let Some(which) = self.open.iter().position(|opened| opened.environment == environment) {
            for fails in self.open.remove(which).fails {
                self.steps[fails].on_failure.push(at);
            }
        }
    }

    /// What happens under the lock of a permanent environment. Until the change is written, there is nothing to roll
    /// back.
    fn section(&mut self, section: &'a CriticalSection<'a>) {
        let environment = section.environment;
        let place = self.place(environment);
        let mut lock = step(StepKind::Lock, Some(&names::environment_lock(environment, self.delivery.app)));
        lock.details.push("one run at a time, never back to an older commit".to_owned());
        let mut steps = vec![lock];
        if !section.needs.is_empty() {
            let mut needs = step(StepKind::Stage(StageId::WaitForSync), None);
            needs.details.push(format!("dependencies of {} are ready: {}", self.delivery.app, listed(&section.needs)));
            needs.time = Some(Time::AtMost(self.plan.implied_wait(environment)));
            steps.push(needs);
        }
        let mut promoted = None;
        for inner in &section.steps {
            steps.push(match inner {
                CriticalStep::Promote => {
                    promoted.get_or_insert(steps.len());
                    self.promote(environment)
                }
                CriticalStep::Wait(wait) => waits(wait),
                CriticalStep::Task(task) => self.task(task),
            });
        }
        let roll_back = promoted.map(|_| {
            let mut roll_back = step(StepKind::RollBack, Some(environment));
            roll_back.details.push("to its previous state".to_owned());
            self.steps.push(roll_back);
            self.steps.len() - 1
        });
        for (nth, step) in steps.into_iter().enumerate() {
            let at = self.add(place.clone(), step);
            match roll_back {
                Some(roll_back) if promoted.is_some_and(|promoted| promoted <= nth) => {
                    self.steps[at].on_failure.push(roll_back);
                }
                _ => self.may_fail(at),
            }
        }
        if let (Some(roll_back), Some(group)) = (roll_back, self.groups.last_mut()) {
            group.roll_back = Some(roll_back);
            self.may_fail(roll_back);
        }
    }

    fn promote(&self, environment: &str) -> Step {
        match self.plan.canary(environment, self.delivery.app) {
            None => {
                let mut step = step(StepKind::Stage(StageId::Deploy), None);
                step.details.push("this change, all at once".to_owned());
                step
            }
            Some(canary) => {
                let mut step = step(StepKind::Stage(StageId::Canary), None);
                let analyses = canary.analyses.iter().map(|name| &self.plan.resolved.analyses[&name.value]);
                step.details.extend(analyses.map(|analysis| {
                    let bound = match &analysis.bound {
                        Bound::AtMost(value) => format!("≤ {value}"),
                        Bound::AtLeast(value) => format!("≥ {value}"),
                    };
                    shown(&format!("while {} {bound}", analysis.name.value))
                }));
                step.time = Some(Time::AtLeast(canary.pauses()));
                step.details
                    .extend(approvals(canary).map(|share| format!("continues from {share}% when a person approves")));
                step.shares = shares(canary);
                step
            }
        }
    }

    fn task(&self, task: &Task) -> Step {
        let own = task.app == self.delivery.app;
        let name = if own { task.task.to_owned() } else { format!("{}.{}", task.app, task.task) };
        let mut step = step(StepKind::Stage(task.kind.stage()), Some(&name));
        let declared = &self.plan.resolved.apps[task.app].tasks[task.task];
        let retries = declared.retries_as(task.kind);
        step.details.extend((retries > 0).then(|| format!("tried at most {} times", retries + 1)));
        step.time = Some(Time::AtMost(declared.longest_as(task.kind)));
        step
    }

    fn place(&self, environment: &str) -> Location {
        let environment_name = shown(environment);
        match &self.plan.resolved.environments[environment].kind {
            EnvironmentKind::Permanent { namespace } => {
                Location::Permanent { environment: environment_name, namespace: shown(namespace) }
            }
            EnvironmentKind::Ephemeral { copy_of, ttl } => {
                Location::Ephemeral { environment: environment_name, copy_of: shown(copy_of), ttl: *ttl }
            }
        }
    }
}

fn step(kind: StepKind, subject: Option<&str>) -> Step {
    let subject = subject.map(shown);
    Step { kind, subject, details: Vec::new(), time: None, shares: Vec::new(), on_failure: Vec::new() }
}

fn start(trigger: &Trigger) -> Step {
    match trigger {
        Trigger::Push(on) => push(on),
        Trigger::Tag(on) => {
            let mut step = step(StepKind::Tag, Some(on.pattern.as_str()));
            step.details.push(shown(&format!("on branch {}", on.branch)));
            step
        }
        Trigger::PullRequest(on) => {
            let mut step = step(StepKind::PullRequest, Some(on.base.as_str()));
            step.details.extend(on.label.as_ref().map(|label| format!("with the label {}", shown(label))));
            step
        }
        Trigger::Schedule(on) => {
            let mut step = step(StepKind::Schedule, Some(&on.cron));
            step.details.push(on.timezone.clone());
            step.details.push(shown(&format!("head of {}", on.branch)));
            step
        }
    }
}

fn push(on: &OnPush) -> Step {
    let mut step = step(StepKind::Push, Some(on.branch.as_str()));
    let sides = [("changes", &on.paths), ("except if only", &on.except)];
    for (word, patterns) in sides.into_iter().filter(|(_, patterns)| !patterns.is_empty()) {
        let mut words: Vec<_> = patterns.iter().take(PATTERNS).map(|pattern| shown(pattern.value.as_str())).collect();
        let more = patterns.len().saturating_sub(PATTERNS);
        words.extend((more > 0).then(|| format!("{more} more")));
        step.details.push(match words.as_slice() {
            [all] if all == "**" => "any file".to_owned(),
            _ => format!("{word} {}", words.join(", ")),
        });
    }
    step
}

fn waits(wait: &Wait) -> Step {
    let mut step = step(StepKind::Stage(StageId::WaitForSync), None);
    step.details.push(match wait.except {
        Some(app) => format!("all except {app} synced and healthy"),
        None => "all synced and healthy".to_owned(),
    });
    let rollouts = wait.rollouts.iter().map(|rollout| format!("{rollout} at 100%"));
    step.details.extend(rollouts);
    step.time = Some(Time::AtMost(wait.timeout));
    step
}

/// The weights at which a canary waits for a person.
fn approvals(canary: &Canary) -> impl Iterator<Item = u8> {
    let mut share = 0;
    canary.steps.iter().filter_map(move |step| match step.value {
        CanaryStep::Weight(weight) => {
            share = weight;
            None
        }
        CanaryStep::Approve => Some(share),
        CanaryStep::Pause(_) => None,
    })
}

/// The weights of a canary, and how long each is held. The last one is 100%.
fn shares(canary: &Canary) -> Vec<(u8, u64)> {
    let mut shares: Vec<(u8, u64)> = Vec::new();
    for step in &canary.steps {
        match (step.value, shares.last_mut()) {
            (CanaryStep::Weight(share), _) => shares.push((share, 0)),
            (CanaryStep::Pause(seconds), Some((_, held))) => *held += seconds,
            (CanaryStep::Pause(seconds), None) => shares.push((0, seconds)),
            (CanaryStep::Approve, _) => {}
        }
    }
    if shares.last().is_none_or(|(share, _)| *share < 100) {
        shares.push((100, 0));
    }
    shares
}

fn listed(names: &BTreeSet<String>) -> String {
    shown(&names.iter().map(String::as_str).collect::<Vec<_>>().join(", "))
}
