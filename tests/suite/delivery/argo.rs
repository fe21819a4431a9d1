//! A small Argo Workflows: runs a generated WorkflowTemplate, its steps as the controller resolves them, its scripts for
//! real with exactly the environment that is generated.

use super::cluster;
use super::expression::{Scope, replace, replace_all, says_yes};
use crate::compiled::{Tree, list, text};
use crate::scripts::support::{TOKEN, World};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::process::{Command, Stdio};

/// What goes wrong in a run.
#[derive(Default)]
pub struct Faults {
    /// Templates of tasks that fail.
    pub tasks: BTreeSet<String>,
    /// Digests whose canary is aborted.
    pub digests: BTreeSet<String>,
    /// Steps whose pod is lost before it does anything.
    pub pods: BTreeSet<String>,
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

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    Succeeded,
    Failed,
    Skipped,
}

#[derive(Debug)]
pub struct Task {
    pub template: String,
    pub image: String,
    pub command: Vec<String>,
    pub env: BTreeMap<String, String>,
}

/// How a template ended, and what it left if it left anything.
struct Ended {
    phase: Phase,
    outputs: Option<Scope>,
}

struct Controller<'a> {
    world: &'a World,
    tree: &'a Tree,
    faults: &'a Faults,
    globals: Scope,
    run: Run,
}

/// Runs a pipeline for a commit.
pub fn submit(world: &World, tree: &Tree, pipeline: &str, sha: &str, uid: &str, faults: &Faults) -> Run {
    let clock: u64 = world.read("clock").trim().parse().expect("a clock");
    let template = tree.object("WorkflowTemplate", pipeline);
    let mut globals = Scope::new();
    let mut set = |name: &str, value: &str| globals.insert(format!("workflow.{name}"), value.to_owned());
    set("name", &format!("{pipeline}-{}", &sha[..12]));
    set("uid", uid);
    for field in ["Y", "m", "d", "H", "M", "S"] {
        let output = Command::new("date").args(["-u", "-d", &format!("@{clock}"), &format!("+%{field}")]).output();
        set(&format!("creationTimestamp.{field}"), String::from_utf8_lossy(&output.expect("date").stdout).trim());
    }
    for parameter in list(&template["spec"]["arguments"]["parameters"]) {
        let value = if parameter["name"] == "sha" { sha } else { text(&parameter["value"]) };
        set(&format!("parameters.{}", text(&parameter["name"])), value);
    }
    let mut controller = Controller { world, tree, faults, globals, run: Run::default() };
    let spec = &template["spec"];
    let ended = controller.template(pipeline, text(&spec["entrypoint"]), Scope::new(), "main");
    let status = format!("{:?}", ended.phase);
    controller.run.status.clone_from(&status);
    if let Some(handler) = spec.get("onExit") {
        controller.globals.insert("workflow.status".into(), status);
        let ended = controller.template(pipeline, text(handler), Scope::new(), "finish");
        if ended.phase == Phase::Failed {
            controller.run.status = "Failed".into();
        }
    }
    controller.run
}

/// Runs the janitor once, when no workflow is left.
pub fn sweep(world: &World, tree: &Tree) -> Run {
    let workflow = &tree.object("CronWorkflow", "pipelinec-janitor")["spec"]["workflowSpec"];
    let template = list(&workflow["templates"]).find(|template| template["name"] == workflow["entrypoint"]);
    let globals = Scope::from([("workflow.name".to_owned(), "pipelinec-janitor-1764000000".to_owned())]);
    let template = replace_all(template.expect("its template"), &globals, &[]).expect("nothing must be known yet");
    let faults = Faults::default();
    let mut controller = Controller { world, tree, faults: &faults, globals, run: Run::default() };
    let ended = controller.pod(&template, "sweep");
    controller.run.status = format!("{:?}", ended.phase);
    controller.run
}

impl<'a> Controller<'a> {
    fn definition(&self, workflow: &str, name: &str) -> &'a Value {
        let found = list(&self.tree.object("WorkflowTemplate", workflow)["spec"]["templates"])
            .find(|template| template["name"] == name);
        found.unwrap_or_else(|| panic!("there is no template {name} in {workflow}"))
    }

    fn template(&mut self, workflow: &str, name: &str, mut arguments: Scope, step: &str) -> Ended {
        let definition = self.definition(workflow, name);
        let mut scope = self.globals.clone();
        for input in list(&definition["inputs"]["parameters"]) {
            let input_name = text(&input["name"]);
            let given = arguments.remove(input_name).or_else(|| input["value"].as_str().map(str::to_owned));
            let value = given.unwrap_or_else(|| panic!("{step}: {name} is not given its input {input_name}"));
            scope.insert(format!("inputs.parameters.{input_name}"), value);
        }
        assert!(arguments.is_empty(), "{step}: {name} has no inputs {arguments:?}");
        if name == "delivery" {
            self.run.version = scope["inputs.parameters.version"].clone();
        }
        let processed = replace_all(definition, &scope, &[]).expect("nothing must be known yet");
        if processed.get("steps").is_some() {
            return Ended { phase: self.steps(workflow, &processed), outputs: None };
        }
        if self.faults.pods.contains(step) {
            return Ended { phase: Phase::Failed, outputs: None };
        }
        self.pod(&processed, step)
    }

    fn steps(&mut self, workflow: &str, template: &Value) -> Phase {
        let mut scope = self.globals.clone();
        for group in list(&template["steps"]) {
            let mut failed = false;
            for step in Self::resolve(group, &scope) {
                let name = text(&step["name"]).to_owned();
                let reference = &step["templateRef"];
                let (owner, called) = match reference.get("name") {
                    Some(owner) => (text(owner), text(&reference["template"])),
                    None => (workflow, text(&step["template"])),
                };
                if !step.get("when").is_none_or(|when| says_yes(text(when))) {
                    self.run.steps.push((name.clone(), Phase::Skipped));
                    for output in list(&self.definition(owner, called)["outputs"]["parameters"]) {
                        let default = output["valueFrom"]["default"].as_str().expect("a default");
                        scope.insert(
                            format!("steps.{name}.outputs.parameters.{}", text(&output["name"])),
                            default.into(),
                        );
                    }
                    continue;
                }
                let arguments = list(&step["arguments"]["parameters"])
                    .map(|argument| (text(&argument["name"]).to_owned(), text(&argument["value"]).to_owned()));
                let ended = self.template(owner, called, arguments.collect(), &name);
                self.run.steps.push((name.clone(), ended.phase));
                scope.insert(format!("steps.{name}.status"), format!("{:?}", ended.phase));
                for (output, value) in ended.outputs.into_iter().flatten() {
                    scope.insert(format!("steps.{name}.outputs.parameters.{output}"), value);
                }
                failed |= ended.phase == Phase::Failed && step["continueOn"]["failed"] != true;
            }
            if failed {
                return Phase::Failed;
            }
        }
        Phase::Succeeded
    }

    /// A group of steps with all that earlier steps left. A name that is missing is not an error: the controller tries
    /// again for ever, and so the workflow hangs.
    fn resolve(group: &Value, scope: &Scope) -> Vec<Value> {
        let hangs = |missing: String| -> Value { panic!("the workflow hangs: {missing}") };
        let resolved = list(group).map(|step| {
            let mut step = step.clone();
            if let Some(when) = step.get("when") {
                let when = replace(text(when), scope, &["steps"]).map_or_else(hangs, Value::String);
                let skips = !says_yes(text(&when));
                step["when"] = when;
                if skips {
                    return step;
                }
            }
            replace_all(&step, scope, &["steps"]).unwrap_or_else(hangs)
        });
        resolved.collect()
    }

    fn pod(&mut self, template: &Value, step: &str) -> Ended {
        assert!(!template.to_string().contains("{{inputs") && !template.to_string().contains("{{steps"), "{template}");
        let deadline = &template["activeDeadlineSeconds"];
        let seconds = deadline.as_u64().or_else(|| text(deadline).parse().ok());
        assert!(seconds > Some(0), "{step}: the deadline {deadline}");
        match template.get("script") {
            Some(script) => self.script(template, script, step),
            None => self.task(template),
        }
    }

    /// A task is not run, but kept as the kubelet would start it.
    fn task(&mut self, template: &Value) -> Ended {
        let container = &template["container"];
        let env = environment(container);
        let command = list(&container["command"]).map(|word| expand(text(word), &env)).collect();
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
        if template["name"] == "build" {
            let digest = image_digest(&env["DESTINATION"], &env["TAG"]);
            world.write("metadata.json", &json!({"containerimage.digest": digest}).to_string());
            // What the image brings.
            env.remove("HOME");
        }
        world.write("script", text(&script["source"]));
        let shell: Vec<_> = list(&script["command"]).map(text).collect();
        let output = Command::new(shell[0])
            .args(&shell[1..])
            .arg(world.path("script"))
            .env_clear()
            .envs(&env)
            .envs(redirections(world))
            .env("OUT", &out)
            .env("TMPDIR", world.path("tmp"))
            .env("PATH", format!("{}:{}", world.path("bin").display(), std::env::var("PATH").expect("PATH")))
            .stdin(Stdio::null())
            .output()
            .expect("the shell runs");
        let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert!(!said.contains(TOKEN), "the token was printed: {said}");
        self.run.log.push_str(&format!("== {step}\n{said}"));
        let outputs = list(&template["outputs"]["parameters"]).map(|output| {
            let path = text(&output["valueFrom"]["path"]).strip_prefix("/out/").expect("a file in /out");
            let written = fs::read_to_string(out.join(path)).ok();
            let value = written.unwrap_or_else(|| text(&output["valueFrom"]["default"]).to_owned());
            (text(&output["name"]).to_owned(), value)
        });
        let phase = if output.status.success() { Phase::Succeeded } else { Phase::Failed };
        Ended { phase, outputs: Some(outputs.collect()) }
    }
}

/// The digest that a build has, by where it goes.
pub fn image_digest(destination: &str, tag: &str) -> String {
    let hash = Sha256::digest(format!("{destination}:{tag}").as_bytes());
    format!("sha256:{}", hash.iter().map(|byte| format!("{byte:02x}")).collect::<String>())
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

/// The variables of a container, with what Kubernetes expands in them.
pub fn environment(container: &Value) -> BTreeMap<String, String> {
    let mut env = BTreeMap::new();
    for variable in list(&container["env"]) {
        let value = match variable["valueFrom"]["secretKeyRef"].as_object() {
            Some(secret) if secret["key"] == "token" => TOKEN.to_owned(),
            Some(secret) => format!("{} of {}", text(&secret["key"]), text(&secret["name"])),
            None => expand(text(&variable["value"]), &env),
        };
        env.insert(text(&variable["name"]).to_owned(), value);
    }
    env
}

/// `$(NAME)` is replaced where the name is known, `$$` is a dollar.
pub fn expand(text: &str, env: &BTreeMap<String, String>) -> String {
    let mut result = String::new();
    let mut rest = text;
    while let Some((before, tail)) = rest.split_once('$') {
        result.push_str(before);
        let name = tail.strip_prefix('(').and_then(|tail| tail.split_once(')'));
        rest = match (tail.strip_prefix('$'), name) {
            (Some(tail), _) => {
                result.push('$');
                tail
            }
            (None, Some((name, after))) => {
                result.push_str(&env.get(name).cloned().unwrap_or_else(|| format!("$({name})")));
                after
            }
            (None, None) => {
                result.push('$');
                tail
            }
        };
    }
    result + rest
}
