//! A world for one script: repositories, a clock that only `sleep` moves, and a recorded `kubectl`.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::LazyLock;

use pipelinec::steps::Contract;
use pipelinec::steps::gitops::GITOPS;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::program;
pub use testkit::runs::{TOKEN, VERSION, WRITING};

/// The moment at which the clock of every world starts: 2025-11-24T16:00:00Z.
pub const START: u64 = 1_764_000_000;
pub const OLDER: &str = "v20251120101112-77aa01";
pub const UID: &str = "9f0e2b1c-6f57-4c1e-8a55-0c7d3a1f2e11";
pub const PERMANENT: &str = "apps/homelab/production/production.json";
pub const STAGED: &str = "apps/homelab/staging/v20251124160000-9f0e2b.json";

pub fn digest(number: u8) -> String {
    format!("sha256:{number:064x}")
}

pub fn image(number: u8) -> Value {
    json!({"repository": "registry.example/apps/ping", "tag": "t1", "digest": digest(number)})
}

/// The lines of `IMAGES` of a run that built everything.
pub fn built(number: u8) -> String {
    let digest = digest(number);
    format!(
        "code registry.example/apps/ping {VERSION} {digest}\npipeline registry.example/pipe/ping {VERSION} {digest}\n"
    )
}

/// Files by their paths.
type Files = Vec<(String, Vec<u8>)>;

/// A bare repository without a commit, and one with a first commit. Made once: most tests need several.
static REPOSITORIES: LazyLock<(Files, Files)> = LazyLock::new(|| {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let git = |arguments: &[&str]| {
        let output = Command::new("git")
            .args(["-c", "user.name=Ann", "-c", "user.email=ann@example", "-c", "commit.gpgsign=false"])
            .args(arguments)
            .current_dir(dir.path())
            .env("HOME", dir.path())
            .output()
            .expect("git runs");
        assert!(output.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    };
    let files = || {
        let all = walkdir::WalkDir::new(dir.path().join("r.git")).into_iter().map(|entry| entry.expect("listed"));
        let files =
            all.filter(|entry| entry.file_type().is_file() && !entry.path().to_string_lossy().contains("hooks"));
        let name = |entry: &walkdir::DirEntry| {
            let path = entry.path().strip_prefix(dir.path().join("r.git")).expect("inside");
            path.to_str().expect("a path").to_owned()
        };
        files.map(|entry| (name(&entry), fs::read(entry.path()).expect("a file"))).collect()
    };
    git(&["init", "-q", "--bare", "-b", "main", "r.git"]);
    for option in ["uploadpack.allowFilter", "uploadpack.allowAnySHA1InWant"] {
        git(&["--git-dir=r.git", "config", option, "true"]);
    }
    let empty = files();
    git(&["clone", "-q", "r.git", "clone"]);
    fs::write(dir.path().join("clone/file"), "1").expect("a file");
    git(&["-C", "clone", "add", "-A"]);
    git(&["-C", "clone", "commit", "-q", "-m", "first"]);
    git(&["-C", "clone", "push", "-q", "origin", "HEAD:main"]);
    (empty, files())
});

/// The files in which a tree says what its apps are, and the digest of the pipeline `ping`.
fn described(tree: &Value) -> Vec<(String, String)> {
    let record = json!({"format": "pipelinec-pipeline/1", "app": "ping", "digest": tree["digest"]});
    let mut files = vec![("generated/homelab/workflows/ping.json".to_owned(), record.to_string())];
    for (app, about) in tree["apps"].as_object().expect("apps") {
        let mut about = about.clone();
        about["format"] = json!("pipelinec-app/1");
        files.push((format!("generated/homelab/apps/{app}/app.json"), about.to_string()));
    }
    files
}

/// The flags of kubectl that belong to a client configuration (client-go, tools/clientcmd/overrides.go; cli-runtime,
/// pkg/genericclioptions/config_flags.go). With any of them, kubectl ignores the account of its pod. `--namespace` is
/// none of them, nor is `--cache-dir`.
pub const CLIENT_FLAGS: [&str; 19] = [
    "--as",
    "--as-group",
    "--as-uid",
    "--certificate-authority",
    "--client-certificate",
    "--client-key",
    "--cluster",
    "--context",
    "--disable-compression",
    "--insecure-skip-tls-verify",
    "--kubeconfig",
    "--password",
    "--proxy-url",
    "--request-timeout",
    "--server",
    "--tls-server-name",
    "--token",
    "--user",
    "--username",
];

/// The programs that a script finds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tools {
    /// Those of this machine.
    Machine,
    /// busybox's shell and tools, as an image of Alpine has them, with git, jq, kubectl and curl and nothing else.
    Busybox,
}

impl Tools {
    /// All that there are here; says what is missing.
    pub fn all() -> Vec<Self> {
        if has_program("busybox") {
            return vec![Self::Machine, Self::Busybox];
        }
        println!("skipped: with the tools of busybox, which is not installed");
        vec![Self::Machine]
    }

    /// The folders in which programs are looked for.
    pub fn path(self) -> String {
        static BUSYBOX: LazyLock<PathBuf> = LazyLock::new(|| {
            let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("busybox");
            let applets = Command::new("busybox").arg("--list").output().expect("busybox runs");
            let applets = String::from_utf8(applets.stdout).expect("a list");
            let busybox = found("busybox").expect("busybox");
            fs::create_dir_all(&folder).expect("a folder");
            for (name, program) in applets
                .lines()
                .map(|applet| (applet, Some(busybox.clone())))
                .chain(["git", "jq", "kubectl", "curl"].map(|name| (name, found(name))))
            {
                let Some(program) = program else { continue };
                let _ = fs::remove_file(folder.join(name));
                std::os::unix::fs::symlink(program, folder.join(name)).expect("a link");
            }
            folder
        });
        match self {
            Self::Machine => std::env::var("PATH").expect("PATH"),
            Self::Busybox => BUSYBOX.display().to_string(),
        }
    }
}

pub struct World {
    dir: TempDir,
    pub tools: Tools,
}

impl World {
    /// Repositories of four apps and a GitOps repository that holds their tree.
    pub fn new() -> Self {
        let world = Self::empty();
        for app in ["ping", "api", "db"] {
            world.lay_out(app, &REPOSITORIES.1);
        }
        world.commit_tree("digest-1");
        world
    }

    /// Repositories without a commit.
    pub fn empty() -> Self {
        let dir = tempfile::Builder::new().prefix("scripts-").tempdir().expect("a temporary folder");
        let world = Self { dir, tools: Tools::Machine };
        for folder in ["bin", "tmp", "home", "out", "answers", "repos", "clones"] {
            fs::create_dir(world.path(folder)).expect("a folder");
        }
        for repo in ["gitops", "ping", "api", "db"] {
            world.lay_out(repo, &REPOSITORIES.0);
        }
        world.write("clock", &START.to_string());
        world.tool("sleep", include_str!("fake/sleep.sh"));
        world.tool("date", include_str!("fake/date.sh"));
        world.kubectl(include_str!("fake/kubectl.sh"));
        for program in ["buildctl-daemonless.sh", "buildctl"] {
            world.tool(program, include_str!("fake/buildctl.sh"));
        }
        world
    }

    /// A bare repository, with these files and the folders without which it is none.
    fn lay_out(&self, repo: &str, files: &Files) {
        for folder in ["objects/info", "objects/pack", "refs/heads", "refs/tags"] {
            fs::create_dir_all(self.path(&format!("repos/{repo}.git/{folder}"))).expect("a folder");
        }
        for (file, bytes) in files {
            let path = self.path(&format!("repos/{repo}.git/{file}"));
            fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
            fs::write(path, bytes).expect("a file");
        }
    }

    pub fn path(&self, relative: &str) -> PathBuf {
        self.dir.path().join(relative)
    }

    pub fn write(&self, relative: &str, text: &str) {
        let path = self.path(relative);
        fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
        fs::write(path, text).expect("a file");
    }

    pub fn read(&self, relative: &str) -> String {
        fs::read_to_string(self.path(relative)).unwrap_or_default()
    }

    /// Puts a program first on the path. `@WORLD@` in it is this world's folder, `@PATH@` the path behind it.
    pub fn tool(&self, name: &str, text: &str) {
        let text = text
            .replace("@WORLD@", self.dir.path().to_str().expect("a path"))
            .replace("@PATH@", &std::env::var("PATH").expect("PATH"));
        program(&self.path(&format!("bin/{name}")), &text);
    }

    /// A stand-in for kubectl, which refuses what would take the real one away from its pod.
    pub fn kubectl(&self, text: &str) {
        let flags = CLIENT_FLAGS.map(|flag| format!("{flag} | {flag}=*")).join(" | ");
        let refused = include_str!("fake/refused.sh").replace("@FLAGS@", &flags);
        self.tool("kubectl", &text.replace("@REFUSED@", &refused));
    }

    /// A script as it is run here. The shell of busybox takes its own tools before those of the path, so that the world's
    /// clock has to be put in their place by functions.
    pub fn prepared(&self, script: &str) -> String {
        match self.tools {
            Tools::Machine => script.to_owned(),
            Tools::Busybox => {
                let clock = ["sleep", "date"]
                    .map(|tool| format!("{tool}() {{ '{}' \"$@\"; }}\n", self.path(&format!("bin/{tool}")).display()));
                script.replacen("\nset -eu\n", &format!("\nset -eu\n{}", clock.concat()), 1)
            }
        }
    }

    /// A program, by its whole path: a shell is that of the tools.
    pub fn program(&self, name: &str) -> PathBuf {
        let own = Path::new(&self.tools.path()).join(name);
        if self.tools == Tools::Busybox && name == "sh" { own } else { found(name).expect("a program") }
    }

    /// Where scripts of this world look for programs.
    pub fn search_path(&self) -> String {
        format!("{}:{}", self.path("bin").display(), self.tools.path())
    }

    pub fn url(&self, repo: &str) -> String {
        format!("file://{}/repos/{repo}.git", self.dir.path().display())
    }

    /// Makes a clone that is not there yet; says whether it did.
    fn cloned(&self, relative: &str) -> bool {
        let repo = relative.strip_prefix("clones/").filter(|_| !self.path(relative).exists());
        if let Some(repo) = repo {
            self.git(".", &["clone", "-q", &format!("repos/{repo}.git"), relative]);
        }
        repo.is_some()
    }

    pub fn git(&self, relative: &str, arguments: &[&str]) -> String {
        self.cloned(relative);
        let output = Command::new("git")
            .args(["-c", "user.name=Ann", "-c", "user.email=ann@example", "-c", "commit.gpgsign=false"])
            .args(arguments)
            .current_dir(self.path(relative))
            .env("HOME", self.path("home"))
            .stdin(Stdio::null())
            .output()
            .expect("git runs");
        assert!(output.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    }

    /// Commits files to the main branch of a repository; an empty text removes the file. Returns the commit.
    pub fn commit(&self, repo: &str, message: &str, files: &[(&str, &str)]) -> String {
        let clone = format!("clones/{repo}");
        if !self.cloned(&clone) {
            self.git(&clone, &["fetch", "-q", "origin"]);
            self.git(&clone, &["reset", "-q", "--hard", "origin/main"]);
        }
        for (file, text) in files {
            if text.is_empty() {
                fs::remove_file(self.path(&format!("{clone}/{file}"))).expect("the file to remove");
            } else {
                self.write(&format!("{clone}/{file}"), text);
            }
        }
        self.git(&clone, &["add", "-A"]);
        self.git(&clone, &["commit", "-q", "--allow-empty", "-m", message]);
        self.git(&clone, &["push", "-q", "origin", "HEAD:main"]);
        self.git(&clone, &["rev-parse", "HEAD"])
    }

    /// What the tree says of its apps.
    pub fn tree(&self, digest: &str) -> Value {
        json!({"digest": digest, "apps": {
            "ping": {"repository": self.url("ping"), "branch": "main", "pipeline": "ping", "images": ["code", "pipeline"]},
            "api": {"repository": self.url("api"), "branch": "main", "pipeline": "api", "images": ["code"]},
            "db": {"repository": self.url("db"), "branch": "main"},
            "redis": {},
        }})
    }

    pub fn commit_tree(&self, digest: &str) -> String {
        let mut files = described(&self.tree(digest));
        for environment in ["staging", "production"] {
            files.push((
                format!("generated/homelab/environments/{environment}/namespace.yaml"),
                "kind: Namespace\n".into(),
            ));
            for app in ["ping", "api", "db", "redis"] {
                let path = format!("generated/homelab/apps/{app}/{environment}/sources.json");
                files.push((path, sources(app, environment).to_string()));
            }
        }
        self.commit_files(&files)
    }

    /// Gives the pipeline another digest, and leaves the rest of the tree as it is.
    pub fn commit_digest(&self, digest: &str) -> String {
        self.describe(&self.tree(digest))
    }

    /// Commits what a tree says of its apps, and the digest of the pipeline.
    pub fn describe(&self, tree: &Value) -> String {
        self.commit_files(&described(tree))
    }

    fn commit_files(&self, files: &[(String, String)]) -> String {
        let files: Vec<_> = files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
        self.commit("gitops", "tree", &files)
    }

    /// The newest commit of a repository's main branch.
    pub fn head(&self, repo: &str) -> String {
        self.git(&format!("repos/{repo}.git"), &["rev-parse", "main"])
    }

    pub fn commits(&self) -> usize {
        self.git("repos/gitops.git", &["rev-list", "--count", "main"]).parse().expect("a number")
    }

    pub fn has(&self, file: &str) -> bool {
        !self.git("repos/gitops.git", &["ls-tree", "main", file]).is_empty()
    }

    /// A manifest as it stands in the GitOps repository.
    pub fn manifest(&self, file: &str) -> Value {
        serde_json::from_str(&self.git("repos/gitops.git", &["show", &format!("main:{file}")])).expect("a manifest")
    }

    /// An entry of the production manifest.
    pub fn entry(&self, app: &str) -> Value {
        self.manifest(PERMANENT)["apps"][app].clone()
    }

    /// Commits a production manifest that holds these entries.
    pub fn stand(&self, apps: &Value) {
        let manifest = json!({"format": "pipelinec/1", "environment": "production", "namespace": "production",
            "created": "2025-11-20T10:11:12Z", "workflow": {"name": "old", "uid": "old"}, "tree": self.head("gitops"), "apps": apps});
        self.commit("gitops", "production", &[(PERMANENT, &manifest.to_string())]);
    }

    /// An entry as an earlier delivery left it.
    pub fn delivered(&self, app: &str, images: &Value) -> Value {
        json!({"change": OLDER, "state": "deployed", "revision": self.head(app), "tree": self.head("gitops"), "branch": "main",
            "images": images, "sources": [{"repoURL": self.url(app), "targetRevision": self.head(app), "path": "deploy"}]})
    }

    /// Answers that the fake kubectl gives, one after the other; the last one stays.
    pub fn answers(&self, kind: &str, answers: &[&str]) {
        for (number, answer) in answers.iter().enumerate() {
            self.write(&format!("answers/{kind}.{}", number + 1), answer);
        }
    }

    /// What the fake kubectl was asked for.
    pub fn asked(&self) -> String {
        self.read("kubectl.log")
    }

    pub fn run(&self, script: &'static Contract) -> Run<'_> {
        Run { world: self, script, inside: Vec::new(), inputs: BTreeMap::new(), env: BTreeMap::new() }
            .set("OUT", self.path("out").to_str().expect("a path"))
            .set("GIT_TOKEN", TOKEN)
            .set("GITOPS_TOKEN", WRITING)
            .set("GITOPS_URL", &self.url("gitops"))
            .set("GITOPS_BRANCH", "main")
            .set("GITOPS_PATH", "apps/homelab")
            .set("GIT_AUTHOR_NAME", "pipelinec[bot]")
            .set("GIT_AUTHOR_EMAIL", "bot@pipelinec.dev")
            .set("WORKFLOW_NAME", "ping-1a2b3c4d5e6f")
            .set("PROJECT", "homelab")
            .set("ARGOCD_NAMESPACE", "argocd")
    }

    /// One action on the GitOps repository, with all that it needs.
    pub fn act(&self, action: &str) -> Run<'_> {
        let ephemeral = matches!(action, "open" | "close");
        self.run(&GITOPS)
            .set("ACTION", action)
            .set("TREE_PATH", "generated/homelab")
            .set("PIPELINE", "ping")
            .set("PIPELINE_DIGEST", "digest-1")
            .set("WORKFLOW_UID", UID)
            .set("VERSION", VERSION)
            .set("REVISION", &self.head("ping"))
            .set("BRANCH", "main")
            .set("APP", "ping")
            .set("SOURCE_URL", &self.url("ping"))
            .set("ENVIRONMENT", if ephemeral { "staging" } else { "production" })
            .set("NAMESPACE", if ephemeral { "" } else { "production" })
            .set("COPY_OF", "production")
            .set("TTL_SECONDS", "7200")
            .set("MEMBERS", "ping db")
            .set("NEEDS", "db")
            .set("UPDATES", "true")
            .set("STAGED", "staging")
            .set("IMAGES", &built(1))
    }
}

/// The sources of an app in an environment, with placeholders.
pub fn sources(app: &str, environment: &str) -> Value {
    let kind = if environment == "staging" { "Deployment" } else { "Rollout" };
    match app {
        "redis" => json!([{"repoURL": "https://charts.example", "chart": "redis", "targetRevision": "20.6.1",
            "helm": {"releaseName": "redis", "valuesObject": {"$map": [{"key": "$dollar", "value": true}]}}}]),
        "db" => {
            json!([{"repoURL": "https://git.example/db.git", "targetRevision": {"$run": "revision"}, "path": environment,
            "helm": {"valueFiles": ["values.yaml"]}}])
        }
        _ => {
            json!([{"repoURL": "https://git.example/gitops.git", "targetRevision": {"$run": "tree"}, "path": environment,
            "kustomize": {"images": [{"$join": ["pipelinec.local/code=", {"$run": "images.code.repository"}, "@", {"$run": "images.code.digest"}]}],
                "patches": [{"target": {"kind": kind}, "patch": {"$json": [{"op": "replace", "value": {"$run": "version"}}]}}]}}])
        }
    }
}

pub struct Run<'a> {
    world: &'a World,
    script: &'static Contract,
    /// The command that runs the shell, if it is run by one.
    inside: Vec<String>,
    inputs: BTreeMap<String, String>,
    /// What the environment has beside the inputs.
    env: BTreeMap<String, String>,
}

pub struct Outcome {
    pub ok: bool,
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
    out: PathBuf,
}

impl Run<'_> {
    pub fn set(mut self, name: &str, value: &str) -> Self {
        self.inputs.insert(name.into(), value.into());
        self
    }

    pub fn unset(mut self, name: &str) -> Self {
        self.inputs.remove(name);
        self
    }

    /// The shell is run by a command, which may change where it runs.
    pub fn inside(mut self, command: Vec<String>) -> Self {
        self.inside = command;
        self
    }

    /// A variable of the environment that is no input.
    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.env.insert(name.into(), value.into());
        self
    }

    /// The process, not yet started, with nothing in its environment but the inputs that the script lists, and what a test
    /// puts beside them.
    pub fn command(&self) -> Command {
        let name = format!("{:?}.sh", self.script);
        // Never again while another process may be reading it: a shell reads its script as it goes.
        if !self.world.path(&name).exists() {
            self.world.write(&name, &self.world.prepared(&self.script.source()));
        }
        let words: Vec<_> = self.inside.iter().map(String::as_str).chain(["sh"]).collect();
        // By its whole path: the folders in which the script finds programs are none of this command's business.
        let mut command = Command::new(self.world.program(words[0]));
        command.args(&words[1..]).arg(self.world.path(&name)).env_clear().stdin(Stdio::null());
        command.envs(&self.env);
        for input in self.script.inputs {
            if let Some(value) = self.inputs.get(input.name) {
                command.env(input.name, value);
            }
        }
        command.env("PATH", self.world.search_path());
        command.env("TMPDIR", self.world.path("tmp"));
        command
    }

    pub fn outcome(&self) -> Outcome {
        let output = self.command().output().expect("the shell runs");
        let outcome = Outcome {
            ok: output.status.success(),
            code: output.status.code(),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
            out: PathBuf::from(self.inputs.get("OUT").cloned().unwrap_or_default()),
        };
        let said = outcome.said();
        assert!(!said.contains(TOKEN) && !said.contains(WRITING), "a token was printed: {said}");
        assert!(!said.contains("jq: error"), "jq broke down: {said}");
        let control = |c: char| c.is_ascii_control() && !"\n\t".contains(c);
        assert!(!said.contains(control), "control characters were printed: {said:?}");
        let left: Vec<_> =
            fs::read_dir(self.world.path("tmp")).expect("tmp").flatten().map(|entry| entry.path()).collect();
        assert!(left.is_empty(), "{left:?} was left behind");
        outcome
    }

    pub fn succeeds(&self) -> Outcome {
        let outcome = self.outcome();
        assert!(outcome.ok, "failed:\n{}", outcome.said());
        outcome
    }

    /// Fails with a message that holds all of these.
    pub fn fails(&self, messages: &[&str]) -> Outcome {
        let outcome = self.outcome();
        assert_eq!(outcome.code, Some(1), "it says {}", outcome.said());
        assert!(outcome.stderr.contains("error: "), "no message:\n{}", outcome.said());
        for message in messages {
            assert!(outcome.said().contains(message), "no '{message}' in:\n{}", outcome.said());
        }
        outcome
    }
}

impl Outcome {
    pub fn said(&self) -> String {
        format!("{}{}", self.stdout, self.stderr)
    }

    #[track_caller]
    pub fn says(&self, text: &str) -> &Self {
        assert!(self.said().contains(text), "no '{text}' in:\n{}", self.said());
        self
    }

    pub fn output(&self, name: &str) -> String {
        fs::read_to_string(self.out.join(name)).unwrap_or_else(|error| panic!("output {name}: {error}"))
    }

    pub fn json(&self, name: &str) -> Value {
        serde_json::from_str(&self.output(name)).expect("JSON")
    }
}

/// Whether a program can be run here.
pub fn has_program(name: &str) -> bool {
    found(name).is_some()
}

/// Where a program is.
pub fn found(name: &str) -> Option<PathBuf> {
    if name.starts_with('/') {
        return Some(PathBuf::from(name));
    }
    let path = std::env::var("PATH").ok()?;
    path.split(':').map(|folder| Path::new(folder).join(name)).find(|program| program.exists())
}
