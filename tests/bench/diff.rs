//! How long a comparison of two trees of 3,000 objects takes, beside compiling them and beside `git diff` of the same.
//!
//! `cargo bench --bench diff` prints it. Each figure is the middle one of [`ROUNDS`]; those that are compared are taken in
//! turns, so that what else the machine does meets them alike.

use std::fmt::Write as _;
use std::fs;
use std::hint::black_box;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use pipelinec::compile::compile;
use pipelinec::diff::render::{json, markdown, text};
use pipelinec::diff::{Trees, diff};
use pipelinec::files::Files;
use pipelinec::objects::documents;
use pipelinec::source::SourceMap;

/// How often each thing is done.
const ROUNDS: usize = 9;

/// As many apps, each like the service of the homelab example, make 3,000 objects.
const APPS: usize = 158;

/// The program, with a variable of each app and the name of an environment. A variable stands in two workloads of an app, so
/// another value changes a tenth of all objects; another environment changes most, and moves many.
fn program(level: &str, environment: &str) -> String {
    let mut text = r#"project acme {
  gitops { repo = "github.com/acme/gitops", path = "apps", credentials = gitops }
  github { webhook = "https://hooks.acme.io", credentials = github }
  registry { host = "registry.acme.io" }
  prometheus { url = "http://prometheus.monitoring.svc:9090" }
}
environment production
environment staging { copy-of = production, ttl = 2h }
secret github { keys = ["token", "webhookSecret"] }
secret gitops { keys = ["token"] }
secret database { keys = ["migrations", "service"], in staging { from = throwaway } }
analysis failure-rate { query = "sum(rate(failed{service=\"${canary.metrics}\"}[1m]))", at-most = 20% }
"#
    .to_owned();
    for number in 0..APPS {
        let _ = write!(
            text,
            r#"app a{number} {{
  source = "github.com/acme/a{number}"
  image code {{ path = "app" }}
  task migrations {{ image = code, command = ["migrate"], env = {{ PASSWORD = database.migrations }} }}
  task functional {{ image = code, command = ["test"] }}
  service {{
    image = code
    port = 80
    health = "/health"
    cpu = 80m..100m
    memory = 128Mi..256Mi
    env = {{ LEVEL = "{level}", PASSWORD = database.service, TAG = code.tag }}
    metrics {{ port = 9090 }}
    in production {{
      replicas = 2..6
      scale {{ cpu = 60% }}
      route {{ via = traefik, host = "a{number}.acme.io" }}
    }}
  }}
}}
pipeline a{number} {{
  delivers = a{number}
  on push
  build
  stage-env staging
  wait-for-sync in staging
  migrate migrations in staging
  test functional in staging
  migrate migrations in production
  canary in production {{ steps = [20%, 60s, 50%, 60s, 80%, 60s], analyse = failure-rate }}
  wait-for-sync in production {{ timeout = 20m }}
  test functional in production
  teardown staging
}}
"#
        );
    }
    text.replace("staging", environment)
}

fn compiled(program: &str) -> Trees {
    let compiled = compile(&SourceMap::new([("shop.pipe".to_owned(), program.to_owned())]));
    let said: Vec<_> =
        compiled.diagnostics.iter().map(|report| format!("{}: {}", report.code, report.message)).collect();
    assert!(!compiled.trees.is_empty(), "{said:?}");
    compiled.trees
}

fn written(folder: &Path, trees: &Trees) {
    for (target, files) in trees {
        for (path, text) in files {
            let path = folder.join(target).join(path);
            fs::create_dir_all(path.parent().expect("a file has a folder")).expect("folders are made");
            fs::write(path, text).expect("a file is written");
        }
    }
}

/// How long each of several things takes: the middle one of its rounds.
fn times<const N: usize>(things: [&dyn Fn(); N]) -> [Duration; N] {
    let mut all: [Vec<Duration>; N] = std::array::from_fn(|_| Vec::new());
    for _ in 0..ROUNDS {
        for (thing, times) in things.iter().zip(&mut all) {
            let begin = Instant::now();
            thing();
            times.push(begin.elapsed());
        }
    }
    all.map(|mut times| {
        times.sort();
        times[ROUNDS / 2]
    })
}

fn run(program: &str, arguments: &[&str], folder: &Path) {
    let status = Command::new(program)
        .args(arguments)
        .current_dir(folder)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .expect("the program runs");
    assert!(status.code().is_some_and(|code| code < 2), "{program} {arguments:?}: {status}");
}

fn main() {
    let (before, after) = (program("info", "staging"), program("debug", "staging"));
    let (old, new) = (compiled(&before), compiled(&after));
    let moved = compiled(&program("info", "preview"));
    let files = || new.values().flat_map(Files::iter);
    let count: usize = files().map(|(path, text)| documents(path, text).count()).sum();
    let size: usize = files().map(|(_, text)| text.len()).sum();
    let found = diff(&old, &new);
    let changed: usize = found.targets.values().map(|target| target.objects.len()).sum();
    println!("{count} objects in {} files, {:.1} MB; {changed} change", files().count(), size as f64 / 1e6);

    let folder = tempfile::tempdir().expect("a folder");
    let root = folder.path();
    written(&root.join("generated"), &old);
    written(&root.join("new"), &new);
    fs::create_dir(root.join("specs")).expect("a folder is made");
    fs::write(root.join("specs/shop.pipe"), &after).expect("a file is written");
    let binary = env!("CARGO_BIN_EXE_pipelinec");
    let [compiling, comparing, renamed, as_text, as_markdown, as_json, whole, git] = times([
        &|| drop(black_box(compiled(black_box(&after)))),
        &|| drop(black_box(diff(black_box(&old), black_box(&new)))),
        &|| drop(black_box(diff(black_box(&old), black_box(&moved)))),
        &|| drop(black_box(text::text(black_box(&found), false))),
        &|| drop(black_box(markdown::markdown(black_box(&found)))),
        &|| drop(black_box(json::json(black_box(&found)))),
        &|| run(binary, &["diff", "specs"], root),
        &|| run("git", &["diff", "--no-index", "generated", "new"], root),
    ]);
    let line = |what: &str, time: Duration| {
        let share = |of: Duration| time.as_secs_f64() / of.as_secs_f64();
        let milliseconds = time.as_secs_f64() * 1e3;
        println!("{what:<40}{milliseconds:>8.1} ms{:>8.2}{:>8.2}", share(compiling), share(git));
    };
    println!("{:<40}{:>11}{:>8}{:>8}", "", "", "compile", "git");
    line("compile the new side", compiling);
    line("compare", comparing);
    line("compare, with an environment renamed", renamed);
    line("render as text", as_text);
    line("render as markdown", as_markdown);
    line("render as json", as_json);
    line("pipelinec diff: read, compile, compare", whole);
    line("git diff --no-index of the two trees", git);
}
