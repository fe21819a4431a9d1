//! A checked [`ResolvedProject`] → what each pipeline does, step by step, including everything that the stages imply:
//! the lock of a permanent environment, the waits, the rollback, the cleanup and the overall time limit.
//!
//! [`plan`] is total: the passes before it have reported every error of the project.

use crate::model::{
    Approval, Canary, EnvironmentKind, Image, Moment, Notice, Origin, Pattern, Pipeline, Repository, ResolvedProject,
    Service, Stage, StageKind, TaskKind, Triggers, contents, join,
};
use std::collections::{BTreeMap, BTreeSet};

/// The maximum number of seconds for one change of the GitOps repository, without the wait for its lock.
pub const GITOPS_DEADLINE: u64 = 180;
/// The maximum number of seconds that a change of the GitOps repository waits for its lock.
pub const GITOPS_PENDING: u64 = 600;
/// The maximum number of seconds for the check of the commit.
pub const CHECK_DEADLINE: u64 = 120;
/// The maximum number of seconds for the signature of an image.
pub const SIGN_DEADLINE: u64 = 300;
/// The maximum number of seconds for saying that nobody approved.
pub const REFUSED_DEADLINE: u64 = 120;
/// Seconds that a run waits for the new templates of its commit: Argo CD polls git every three minutes.
pub const RESTART_TIMEOUT: u64 = 900;
/// The maximum number of seconds for the removal of an environment.
pub const GONE_TIMEOUT: u64 = 600;
/// The maximum number of seconds for one notice, with its retries.
pub const NOTICE_DEADLINE: u64 = 60;
/// The maximum number of seconds until the pod of a notice starts.
pub const NOTICE_PENDING: u64 = 60;
/// The timeout in seconds of an implied wait: the default of `wait-for-sync`.
pub const IMPLIED_WAIT: u64 = 600;
/// Seconds that the pods of a service get beyond what its `probe start` allows: their images must be pulled, and the
/// wait must see them.
pub const START_GRACE: u64 = 60;
/// Seconds that a step's pod gets beyond what its script waits for, so that the script can say what is missing.
pub const WAIT_GRACE: u64 = 60;

/// What all pipelines of a project do.
#[derive(Debug, Clone)]
pub struct Plan<'a> {
    /// What they deliver.
    pub resolved: &'a ResolvedProject,
    /// One for each pipeline.
    pub deliveries: Vec<Delivery<'a>>,
    /// Every app of every environment.
    pub contents: BTreeMap<&'a str, BTreeSet<String>>,
    waits: BTreeMap<&'a str, Waits>,
}

/// What one pipeline does for one app.
#[derive(Debug, Clone)]
pub struct Delivery<'a> {
    /// The name of the pipeline.
    pub name: &'a str,
    /// The app.
    pub app: &'a str,
    /// What starts it.
    pub on: &'a Triggers,
    /// The steps, in order.
    pub steps: Vec<Step<'a>>,
    /// Who is told about its runs.
    pub notices: &'a [Notice],
    /// The time limit of the delivery in seconds, assuming that one other run holds each lock.
    pub deadline: u64,
}

/// A step of a delivery.
#[derive(Debug, Clone)]
pub enum Step<'a> {
    /// Builds all images of the app.
    Build,
    /// Opens an ephemeral environment.
    Open(Open<'a>),
    /// Waits for an environment.
    Wait(Wait<'a>),
    /// Runs a task.
    Task(Task<'a>),
    /// Waits until a person approves.
    Approve(&'a Approval),
    /// Deletes an ephemeral environment and waits until it is deleted.
    Close {
        /// The environment.
        environment: &'a str,
    },
    /// What happens under the lock of a permanent environment.
    CriticalSection(CriticalSection<'a>),
}

impl<'a> Step<'a> {
    /// The environment that it opens.
    #[must_use]
    pub fn opens(&self) -> Option<&'a str> {
        match self {
            Self::Open(open) => Some(open.environment),
            Self::Build
            | Self::Wait(_)
            | Self::Task(_)
            | Self::Approve(_)
            | Self::Close { .. }
            | Self::CriticalSection(_) => None,
        }
    }
}

/// Opens an ephemeral environment.
#[derive(Debug, Clone)]
pub struct Open<'a> {
    /// The environment.
    pub environment: &'a str,
    /// The permanent one that it copies.
    pub copy_of: &'a str,
    /// Seconds.
    pub ttl: u64,
    /// The apps that it contains.
    pub members: BTreeSet<String>,
}

/// Waits until apps are synced and healthy.
#[derive(Debug, Clone)]
pub struct Wait<'a> {
    /// The environment.
    pub environment: &'a str,
    /// Seconds.
    pub timeout: u64,
    /// The app that the step does not wait for.
    pub except: Option<&'a str>,
    /// Rollouts that must have completed.
    pub rollouts: Vec<&'a str>,
}

/// Runs a task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Task<'a> {
    /// The stage that runs it.
    pub kind: TaskKind,
    /// The app of the task.
    pub app: &'a str,
    /// The task.
    pub task: &'a str,
    /// The environment.
    pub environment: &'a str,
}

/// What happens under the lock of a permanent environment: it is entered first, and settled at the end of an update.
#[derive(Debug, Clone)]
pub struct CriticalSection<'a> {
    /// The environment.
    pub environment: &'a str,
    /// What the delivered app needs there.
    pub needs: BTreeSet<String>,
    /// The ephemeral environment in which this change was tested.
    pub staged: Option<&'a str>,
    /// The steps in between.
    pub steps: Vec<CriticalStep<'a>>,
}

/// A step under the lock of a permanent environment.
#[derive(Debug, Clone)]
pub enum CriticalStep<'a> {
    /// Writes this change into the environment's manifest.
    Promote,
    /// Waits for this change.
    Wait(Wait<'a>),
    /// Runs a task.
    Task(Task<'a>),
}

impl CriticalSection<'_> {
    /// Whether the section changes the environment.
    #[must_use]
    pub fn updates(&self) -> bool {
        self.steps.iter().any(|step| matches!(step, CriticalStep::Promote))
    }
}

/// Plans a project.
#[must_use]
pub fn plan(resolved: &ResolvedProject) -> Plan<'_> {
    let contents =
        resolved.environments.keys().map(|name| (name.as_str(), contents::possible(resolved, name))).collect();
    let waits = waits(resolved, &contents);
    let mut plan = Plan { resolved, deliveries: Vec::new(), contents, waits };
    plan.deliveries = resolved.pipelines.iter().map(|pipeline| delivery(&plan, pipeline)).collect();
    plan
}

impl Plan<'_> {
    /// Whether any pipeline deploys to an environment instead of only building images.
    #[must_use]
    pub fn has_environments(&self) -> bool {
        !self.resolved.environments.is_empty()
    }

    /// Whether there are ephemeral environments.
    #[must_use]
    pub fn has_ephemeral(&self) -> bool {
        self.resolved.environments.values().any(crate::model::Environment::is_ephemeral)
    }

    /// The canary that updates an app of an environment.
    #[must_use]
    pub fn canary<'s>(&'s self, environment: &'s str, app: &'s str) -> Option<&'s Canary> {
        self.resolved.canaries(app, environment).next().map(|(_, canary)| canary)
    }

    /// The permanent environments in which some app is a Rollout.
    pub fn canary_environments(&self) -> impl Iterator<Item = &str> {
        let holds = |(environment, apps): &(&&str, &BTreeSet<String>)| {
            apps.iter().any(|app| self.canary(environment, app).is_some())
        };
        self.contents.iter().filter(holds).map(|(environment, _)| *environment)
    }

    /// The files that deliveries write to a repository, if it is the GitOps repository: changes of these never start a
    /// delivery, of this target or another. Each environment's folder is listed, because other JSON files of the
    /// repository may be sources.
    #[must_use]
    pub fn written(&self, repository: &Repository) -> Vec<Pattern> {
        let gitops = &self.resolved.project.gitops;
        if *repository != gitops.repository {
            return Vec::new();
        }
        let manifests = self.resolved.environments.values().filter_map(|environment| {
            let name = &environment.name.value;
            let file = if environment.is_ephemeral() { "*" } else { name };
            Pattern::read(&join(&gitops.path, &format!("*/{name}/{file}.json"))).ok()
        });
        let tree = if gitops.tree.is_empty() { self.resolved.target.clone() } else { gitops.tree.clone() };
        manifests.chain([Pattern::below(&tree)]).collect()
    }

    /// Seconds after which an update of the environment has failed: the longest wait for it.
    #[must_use]
    pub fn patience(&self, environment: &str) -> u64 {
        let waits = &self.waits[environment];
        waits.longest.unwrap_or(waits.implied)
    }

    /// The timeout in seconds of a wait in the environment that no stage spells out.
    #[must_use]
    pub fn implied_wait(&self, environment: &str) -> u64 {
        self.waits[environment].implied
    }
}

/// How long waits for an environment last, in seconds.
#[derive(Debug, Clone, Copy)]
struct Waits {
    /// The longest of those that stages spell out.
    longest: Option<u64>,
    /// One that no stage spells out.
    implied: u64,
}

/// The waits for each environment: all pipelines and apps are read once.
fn waits<'a>(
    resolved: &'a ResolvedProject,
    contents: &BTreeMap<&'a str, BTreeSet<String>>,
) -> BTreeMap<&'a str, Waits> {
    let implied = |(environment, apps): (&&'a str, &BTreeSet<String>)| {
        // Every service there gets the time that its `probe start` allows.
        let services = apps.iter().flat_map(|app| &resolved.apps[app].environments[*environment].services);
        let starts = services.map(Service::update_start).filter(|start| *start > 0);
        let implied = starts.map(|start| start + START_GRACE).max().unwrap_or(0).max(IMPLIED_WAIT);
        (*environment, Waits { longest: None, implied })
    };
    let mut found: BTreeMap<_, _> = contents.iter().map(implied).collect();
    for stage in resolved.pipelines.iter().flat_map(|pipeline| &pipeline.stages) {
        if let StageKind::Wait { environment, timeout, .. } = &stage.value
            && let Some(waits) = found.get_mut(environment.as_str())
        {
            waits.longest = waits.longest.max(Some(*timeout));
        }
    }
    found
}

fn delivery<'a>(plan: &Plan<'a>, pipeline: &'a Pipeline) -> Delivery<'a> {
    let resolved = plan.resolved;
    let app = pipeline.app.value.as_str();
    let mut steps: Vec<Step<'a>> = Vec::new();
    let mut opened: Option<Open<'a>> = None;
    let mut waited = BTreeSet::new();
    for stage in &pipeline.stages {
        let permanent = stage.value.environment().filter(|name| !resolved.environments[*name].is_ephemeral());
        if let Some(environment) = permanent {
            let staged = opened.as_ref().map(|open| open.environment);
            let section = section(&mut steps, resolved, app, environment, staged);
            let updated = section.updates();
            section.steps.extend(section_step(plan, app, stage, updated));
            continue;
        }
        match &stage.value {
            StageKind::Build => steps.push(Step::Build),
            StageKind::StageEnv { environment, with } => {
                let open = open(resolved, app, environment, with);
                steps.push(Step::Open(open.clone()));
                opened = Some(open);
            }
            StageKind::Wait { environment, timeout, .. } => {
                waited.insert(environment.as_str());
                steps.push(Step::Wait(Wait { environment, timeout: *timeout, except: None, rollouts: Vec::new() }));
            }
            StageKind::Task { kind, app: task_app, task, environment } => {
                // A task before any `wait-for-sync` prepares the delivered app, which cannot be healthy yet; the others
                // must be.
                if waited.insert(environment.as_str()) {
                    let except = Some(app);
                    steps.push(Step::Wait(Wait {
                        environment,
                        timeout: plan.implied_wait(environment),
                        except,
                        rollouts: Vec::new(),
                    }));
                }
                steps.push(Step::Task(Task { kind: *kind, app: task_app, task, environment }));
            }
            StageKind::Approve(approval) => steps.push(Step::Approve(approval)),
            StageKind::Teardown { environment } => steps.push(Step::Close { environment }),
            StageKind::Deploy { .. } | StageKind::Canary(_) => unreachable!("only permanent environments are updated"),
            StageKind::Unresolved { .. } => unreachable!("a project with errors is not planned"),
        }
    }
    let notices = pipeline.notices.as_slice();
    let deadline = deadline(plan, app, &steps, notices);
    Delivery { name: &pipeline.name.value, app, on: &pipeline.on, steps, notices, deadline }
}

fn open<'a>(resolved: &'a ResolvedProject, app: &str, environment: &'a str, with: &BTreeSet<String>) -> Open<'a> {
    let EnvironmentKind::Ephemeral { copy_of, ttl } = &resolved.environments[environment].kind else {
        unreachable!("only an ephemeral environment is opened")
    };
    let apps = with.iter().map(String::as_str).chain([app]);
    Open { environment, copy_of, ttl: *ttl, members: contents::with_needs(resolved, environment, apps) }
}

/// The critical section at the end of the steps if it is that of the environment, or else a new one.
fn section<'s, 'a>(
    steps: &'s mut Vec<Step<'a>>,
    resolved: &ResolvedProject,
    app: &str,
    environment: &'a str,
    staged: Option<&'a str>,
) -> &'s mut CriticalSection<'a> {
    let same = matches!(steps.last(), Some(Step::CriticalSection(section)) if section.environment == environment);
    if !same {
        let mut needs = contents::with_needs(resolved, environment, [app]);
        needs.remove(app);
        steps.push(Step::CriticalSection(CriticalSection { environment, needs, staged, steps: Vec::new() }));
    }
    match steps.last_mut() {
        Some(Step::CriticalSection(section)) => section,
        _ => unreachable!("a section was pushed"),
    }
}

/// A stage under the lock. `updated`: this run has written its change, so the Rollouts must complete with it.
fn section_step<'a>(plan: &Plan<'a>, app: &str, stage: &'a Stage, updated: bool) -> Option<CriticalStep<'a>> {
    let resolved = plan.resolved;
    Some(match &stage.value {
        StageKind::Deploy { .. } | StageKind::Canary(_) => CriticalStep::Promote,
        StageKind::Wait { environment, timeout, .. } => {
            let canary = updated && plan.canary(environment, app).is_some();
            let services = &resolved.apps[app].environments[environment].services;
            let rollouts = services.iter().filter(|_| canary).map(|service| service.name.value.as_str()).collect();
            CriticalStep::Wait(Wait { environment, timeout: *timeout, except: None, rollouts })
        }
        StageKind::Task { kind, app, task, environment } => {
            CriticalStep::Task(Task { kind: *kind, app, task, environment })
        }
        StageKind::Build
        | StageKind::StageEnv { .. }
        | StageKind::Approve(_)
        | StageKind::Teardown { .. }
        | StageKind::Unresolved { .. } => {
            return None;
        }
    })
}

/// The maximum number of seconds until an image is there.
fn image_deadline(image: &Image) -> u64 {
    match &image.origin {
        Origin::Built(build) => build.pod.timeout,
        Origin::FromCi(ci) => ci.timeout + WAIT_GRACE,
        Origin::Reference(_) => 0,
    }
}

/// The sum of the time limits of all steps, with those under a lock counted twice: another run may hold it first.
fn deadline(plan: &Plan, app: &str, steps: &[Step], notices: &[Notice]) -> u64 {
    let gitops = GITOPS_DEADLINE + GITOPS_PENDING;
    let task = |task: &Task| plan.resolved.apps[task.app].tasks[task.task].longest_as(task.kind);
    let seconds: u64 = steps
        .iter()
        .map(|step| match step {
            // Tried again when its pod is lost.
            Step::Build => {
                let app = &plan.resolved.apps[app];
                let signing = app.signers().next().map_or(0, |_| SIGN_DEADLINE);
                (app.of_runs().map(image_deadline).max().unwrap_or(0) + signing) * 2
            }
            Step::Open(_) => gitops,
            Step::Wait(wait) => wait.timeout + WAIT_GRACE,
            Step::Task(run) => task(run),
            Step::Approve(approval) => approval.timeout + REFUSED_DEADLINE,
            Step::Close { .. } => gitops + GONE_TIMEOUT,
            Step::CriticalSection(section) => {
                let inside: u64 = section
                    .steps
                    .iter()
                    .map(|step| match step {
                        CriticalStep::Promote => 2 * gitops,
                        CriticalStep::Wait(wait) => wait.timeout + WAIT_GRACE,
                        CriticalStep::Task(run) => task(run),
                    })
                    .sum();
                2 * (inside + gitops + plan.implied_wait(section.environment) + WAIT_GRACE)
            }
        })
        .sum();
    // Rounded up to ten minutes: 9183 seconds are hard to read.
    // Only those of the start are before the end, all at once, and again when a pod is lost.
    let notices = notices.iter().any(|notice| notice.on.contains(&Moment::Started));
    let notices = if notices { 2 * (NOTICE_PENDING + NOTICE_DEADLINE) } else { 0 };
    (seconds + 3 * CHECK_DEADLINE + notices).div_ceil(600) * 600
}
