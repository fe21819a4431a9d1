//! Runs a generated WorkflowTemplate: its steps as the controller resolves them, its scripts for real with exactly the
//! environment that is generated.

use super::cluster;
use crate::scripts::support::{TOKEN, WRITING, World};
pub use pipelinec::argo::workflow::Phase;
use testkit::compiled::{Tree, list, text};

use pipelinec::argo::expression::{Variables, replace_all};
use pipelinec::argo::workflow::{self, Answered, Ended, Pods, Submitted};
use pipelinec::argo::{Error, pod, sha256sum};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::process::{Command, Stdio};
use testkit::runs::environment;

/// What goes wrong in a run.
#[derive(Default)]
pub struct Faults {
    /// Templates of tasks that fail.
    pub tasks: BTreeSet<String>,
    /// Digests whose canary is aborted.
    pub digests: BTreeSet<String>,
    /// Steps whose pod is lost before it does anything.
    pub pods: BTreeSet<String>,
    /// What people do with a step that waits for them; they approve the others.
    pub answers: BTreeMap<String, Answered>,
}

/// A workflow that is over.
#[derive(Default)]
pub struct Run {
    pub version: String,
    pub status: String,
    /// The steps that were reached, and how each ended.
    pub steps: Vec<(String, Phase)>,
    /// The tasks that ran: template, image, command and variables.
    pub tasks: Vec<Task>,
    pub log: String,
}

#[derive(Debug)]
pub struct Task {
    pub template: String,
    pub image: String,
    pub command: Vec<String>,
    pub env: BTreeMap<String, String>,
}

/// The machines on which the pods of a workflow run.
struct Machines<'a> {
    world: &'a World,
    tree: &'a Tree,
    faults: &'a Faults,
    run: Run,
}

/// Runs a pipeline for a commit.
pub fn submit(world: &World, tree: &Tree, pipeline: &str, sha: &str, uid: &str, faults: &Faults) -> Run {
    let clock: u64 = world.read("clock").trim().parse().expect("a clock");
    let created = ["Y", "m", "d", "H", "M", "S"].map(|field| {
        let output = Command::new("date").args(["-u", "-d", &format!("@{clock}"), &format!("+%{field}")]).output();
        String::from_utf8_lossy(&output.expect("date").stdout).trim().to_owned()
    });
    let submitted = Submitted {
        template: pipeline.to_owned(),
        name: format!("{pipeline}-{}", &sha[..12]),
        uid: uid.to_owned(),
        created,
        arguments: Variables::from([("sha".to_owned(), sha.to_owned())]),
    };
    let templates =
        |name: &str| tree.of_kind("WorkflowTemplate").find(|object| object.name() == name).map(|object| &object.value);
    let mut machines = Machines { world, tree, faults, run: Run::default() };
    let ended = workflow::run(&templates, &submitted, &mut machines).unwrap_or_else(|error| panic!("{error}"));
    let version = format!("v{}-{}", submitted.created.concat(), &uid[..6]);
    let steps = ended.steps.into_iter().chain(ended.finish).collect();
    Run { version, status: ended.phase.word().to_owned(), steps, ..machines.run }
}

/// Runs the janitor once, when no workflow is left.
pub fn sweep(world: &World, tree: &Tree) -> Run {
    let workflow = &tree.object("CronWorkflow", "pipelinec-janitor")["spec"]["workflowSpec"];
    let template = list(&workflow["templates"]).find(|template| template["name"] == workflow["entrypoint"]);
    let globals = Variables::from([("workflow.name".to_owned(), "pipelinec-janitor-1764000000".to_owned())]);
    let template = replace_all(template.expect("its template"), &globals, &[]).expect("nothing must be known yet");
    let faults = Faults::default();
    let mut machines = Machines { world, tree, faults: &faults, run: Run::default() };
    let ended = machines.run("sweep", &template).expect("it can be run");
    Run { status: ended.phase.word().to_owned(), ..machines.run }
}

impl Pods for Machines<'_> {
    fn run(&mut self, step: &str, template: &Value) -> Result<Ended, Error> {
        if self.faults.pods.contains(step) {
            return Ok(Ended { phase: Phase::Failed, outputs: None });
        }
        let deadline = &template["activeDeadlineSeconds"];
        let seconds = deadline.as_u64().or_else(|| text(deadline).parse().ok());
        assert!(seconds > Some(0), "{step}: the deadline {deadline}");
        Ok(match template.get("script") {
            Some(script) => self.script(template, script, step),
            None => self.task(template),
        })
    }

    fn answered(&mut self, step: &str, _: &Value) -> Result<Answered, Error> {
        let approves = || Answered::Supplied(Variables::from([("approved".to_owned(), "YES".to_owned())]));
        Ok(self.faults.answers.get(step).cloned().unwrap_or_else(approves))
    }
}

impl Machines<'_> {
    /// A task is not run, but kept as the kubelet would start it.
    fn task(&mut self, template: &Value) -> Ended {
        let container = &template["container"];
        let env = environment(container);
        let command = pod::command(container, &env);
        let name = text(&template["name"]).to_owned();
        let phase = if self.faults.tasks.contains(&name) { Phase::Failed } else { Phase::Succeeded };
        self.run.tasks.push(Task { template: name, image: text(&container["image"]).to_owned(), command, env });
        Ended { phase, outputs: None }
    }

    fn script(&mut self, template: &Value, script: &Value, step: &str) -> Ended {
        let world = self.world;
        let mut env = environment(script);
        let out = world.path("out");
        let _ = fs::remove_dir_all(&out);
        if ["wait", "gone", "sweep"].contains(&text(&template["name"])) {
            cluster::reconcile(world, self.tree, &self.faults.digests);
        }
        let name = text(&template["name"]);
        if name == "build" || name.starts_with("build-") {
            let digest = image_digest(&env["DESTINATION"], &env["TAG"]);
            world.write("metadata.json", &json!({"containerimage.digest": digest}).to_string());
            // What the image brings.
            env.remove("HOME");
        }
        world.write("script", &world.prepared(text(&script["source"])));
        let shell: Vec<_> = list(&script["command"]).map(text).collect();
        let output = Command::new(world.program(shell[0]))
            .args(&shell[1..])
            .arg(world.path("script"))
            .env_clear()
            .envs(&env)
            .envs(redirections(world))
            .env("OUT", &out)
            .env("TMPDIR", world.path("tmp"))
            .env("PATH", world.search_path())
            .stdin(Stdio::null())
            .output()
            .expect("the shell runs");
        let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert!(!said.contains(TOKEN) && !said.contains(WRITING), "a token was printed: {said}");
        self.run.log.push_str(&format!("== {step}\n{said}"));
        let outputs = list(&template["outputs"]["parameters"]).filter_map(|output| {
            let path = text(&output["valueFrom"]["path"]).strip_prefix("/out/").expect("a file in /out");
            Some((text(&output["name"]).to_owned(), fs::read_to_string(out.join(path)).ok()?))
        });
        let phase = if output.status.success() { Phase::Succeeded } else { Phase::Failed };
        Ended { phase, outputs: Some(outputs.collect()) }
    }
}

/// The digest that a build has, by where it goes.
pub fn image_digest(destination: &str, tag: &str) -> String {
    format!("sha256:{}", sha256sum(&format!("{destination}:{tag}")))
}

/// The public addresses lead to the repositories of the world.
fn redirections(world: &World) -> [(String, String); 3] {
    let base = format!("url.file://{}/.insteadOf", world.path("repos").display());
    [
        ("GIT_CONFIG_COUNT".to_owned(), "1".to_owned()),
        ("GIT_CONFIG_KEY_0".to_owned(), base),
        ("GIT_CONFIG_VALUE_0".to_owned(), "https://github.com/chestercodes/".to_owned()),
    ]
}
