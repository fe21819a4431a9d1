//! Two pull requests: what a change of one app changes in the tree, and what git and a build make of two.

use crate::support::{Folder, Run as _};
use std::collections::BTreeSet;
use std::process::Command;

const PROJECT: &str = r#"
project acme {
  gitops { repo = "github.com/acme/gitops", credentials = gitops }
  github { webhook = "https://hooks.acme.io", credentials = github }
  registry { host = "registry.acme.io" }
}
environment production
environment staging { copy-of = production, ttl = 4h }
secret github { keys = ["token", "webhookSecret"] }
secret gitops { keys = ["token"] }
app redis { helm { repo = "https://charts.acme.io", chart = "redis", version = "20.6.1" } }
"#;

/// A service with its pipeline, like the others but for its name.
fn service(name: &str) -> String {
    format!(
        r#"
app {name} {{
  source = "github.com/acme/{name}"
  needs = [redis]
  image code
  task smoke {{ image = code, command = ["smoke"] }}
  service {{ image = code, port = 8080, cpu = 100m, memory = 256Mi }}
}}
pipeline {name} {{
  delivers = {name}
  on push
  build
  stage-env staging
  wait-for-sync in staging
  test smoke in staging
  deploy in production
  wait-for-sync in production
  teardown staging
}}
"#
    )
}

const SERVICES: [&str; 4] = ["cart", "catalog", "checkout", "search"];

/// A repository with a file a service, and the tree.
struct Repository(Folder);

impl Repository {
    fn new() -> Self {
        let repository = Self(Folder::new().file("project.pipe", PROJECT));
        for name in SERVICES {
            repository.0.put(&format!("{name}.pipe"), service(name));
        }
        repository.git(&["init", "-q", "-b", "main"]);
        repository.commit("first");
        repository
    }

    fn git(&self, arguments: &[&str]) -> (bool, String) {
        let output = Command::new("git")
            .args(["-c", "user.name=t", "-c", "user.email=t@t", "-c", "merge.conflictStyle=diff3"])
            .args(arguments)
            .current_dir(self.0.path(""))
            .output()
            .expect("git");
        (output.status.success(), String::from_utf8_lossy(&output.stdout).into_owned())
    }

    fn build(&self) {
        self.0.run(&["build"]).ends(0);
    }

    fn is_current(&self) -> bool {
        self.0.run(&["build", "--check"]).code == Some(0)
    }

    fn commit(&self, message: &str) {
        self.build();
        assert!(self.git(&["add", "-A"]).0);
        assert!(self.git(&["commit", "-qm", message]).0, "nothing to commit");
    }

    /// A branch from `main` with an edit of one file, built.
    fn branch(&self, name: &str, file: &str, from: &str, to: &str) {
        assert!(self.git(&["switch", "-qc", name, "main"]).0);
        self.edit(file, from, to);
        self.commit(name);
    }

    fn edit(&self, file: &str, from: &str, to: &str) {
        let text = self.0.text(file);
        assert!(text.contains(from), "{from} is not in {file}");
        self.0.put(file, text.replacen(from, to, 1));
    }

    /// The generated files that a branch changes.
    fn changed(&self, branch: &str) -> BTreeSet<String> {
        let (ok, out) = self.git(&["diff", "--name-only", "main", branch, "--", "generated"]);
        assert!(ok);
        out.lines().map(|line| line.trim_start_matches("generated/acme/").to_owned()).collect()
    }
}

fn set(paths: &[&str]) -> BTreeSet<String> {
    paths.iter().map(|path| (*path).to_owned()).collect()
}

#[test]
fn a_change_of_one_app_changes_only_its_own_files() {
    let repository = Repository::new();
    repository.branch("pods", "catalog.pipe", "memory = 256Mi", "memory = 512Mi");
    let own = ["apps/catalog/production/catalog.yaml", "apps/catalog/staging/catalog.yaml"];
    let always = ["tree.json", "workflows/catalog.json", "workflows/catalog.yaml"];
    assert_eq!(repository.changed("pods"), set(&[&own[..], &always[..]].concat()));
    repository.branch("stage", "catalog.pipe", "  test smoke in staging\n", "");
    // The README says how long a pipeline may take.
    assert_eq!(repository.changed("stage"), set(&[&["README.md"], &always[..]].concat()));
    // Of an app that all others need, only its own files change.
    repository.branch("chart", "project.pipe", "20.6.1", "20.6.2");
    let redis = ["apps/redis/production/sources.json", "apps/redis/staging/sources.json", "tree.json"];
    assert_eq!(repository.changed("chart"), set(&redis));
    // A line that says nothing changes nothing.
    repository.git(&["switch", "-q", "main"]);
    repository.edit("catalog.pipe", "  needs", "  # what it needs\n  needs");
    assert!(repository.is_current());
}

#[test]
fn changes_of_neighbouring_apps_merge_without_a_conflict() {
    let repository = Repository::new();
    for name in SERVICES {
        repository.branch(name, &format!("{name}.pipe"), "cpu = 100m", "cpu = 200m");
    }
    repository.branch("chart", "project.pipe", "20.6.1", "20.6.2");
    repository.git(&["switch", "-q", "main"]);
    for name in SERVICES.into_iter().chain(["chart"]) {
        let (merged, out) = repository.git(&["merge", "-q", "-m", name, name]);
        assert!(merged, "{name}: {out}");
    }
    assert!(repository.is_current(), "{}", repository.0.run(&["build", "--check"]).stdout);
}

#[test]
fn a_build_repairs_a_tree_with_merge_conflicts() {
    let repository = Repository::new();
    // Both change one service, and both add one whose name has the same neighbours.
    for (name, cpu) in [("payment", "200m"), ("orders", "300m")] {
        repository.git(&["switch", "-qc", name, "main"]);
        repository.edit("cart.pipe", "port = 8080", if name == "orders" { "port = 8081" } else { "port = 8082" });
        repository.0.put(&format!("{name}.pipe"), service(name).replace("100m", cpu));
        repository.commit(name);
    }
    let (merged, _) = repository.git(&["merge", "-m", "both", "payment"]);
    assert!(!merged);
    // A person decides about the source; git has left marks all over the tree.
    repository.git(&["checkout", "--ours", "cart.pipe"]);
    let conflicts = repository.0.run(&["build", "--check"]);
    conflicts.ends(1);
    assert!(conflicts.stdout.contains("conflict  tree.json"), "{}", conflicts.stdout);
    assert!(conflicts.stdout.contains("conflict  apps/cart/production/cart.yaml"), "{}", conflicts.stdout);
    assert!(conflicts.stdout.contains("help: run `pipelinec build` and commit the result"), "{}", conflicts.stdout);
    repository.build();
    assert!(repository.is_current());
    let (_, marks) = repository.git(&["grep", "-lE", "^(<<<<<<<|>>>>>>>)", "--", "generated"]);
    assert_eq!(marks, "");
    assert!(repository.0.path("generated/acme/apps/payment/production/payment.yaml").exists());
    assert!(repository.0.path("generated/acme/apps/orders/production/orders.yaml").exists());
}
