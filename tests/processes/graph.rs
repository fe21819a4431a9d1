//! The command that draws pipelines, as its user runs it.

use crate::support::{Folder, Run as _};

const PROJECT: &str = "project acme {
  gitops { repo = \"github.com/acme/gitops\", credentials = gitops }
  github { webhook = \"https://hooks.acme.io\", credentials = github }
  registry { host = \"registry.acme.io\" }
}
secret github { keys = [\"token\", \"webhookSecret\"] }
secret gitops { keys = [\"token\"] }
environment production
app web { source = \"github.com/acme/web\", image code, service { image = code, port = 80, cpu = 1, memory = 1Gi } }
";
const PIPELINE: &str =
    "pipeline web { delivers = web, on push, build, deploy in production, wait-for-sync in production }\n";

#[test]
fn the_verb_prints_a_picture_or_writes_it() {
    let folder = Folder::new().file("web.pipe", format!("{PROJECT}{PIPELINE}"));
    let chart = folder.run(&["graph"]);
    assert!(chart.ends(0).stdout.starts_with("flowchart TB\n"), "{chart:?}");
    assert_eq!(chart.stderr, "");
    assert_eq!(folder.run(&["graph", "-q", "--format=mermaid", "."]).ends(0).stdout, chart.stdout);
    assert_eq!(folder.run(&["graph", "-o", "-"]).ends(0).stdout, chart.stdout);
    let input = format!("{PROJECT}{PIPELINE}");
    assert_eq!(folder.run_with(&["graph", "-"], input.as_bytes(), &[]).ends(0).stdout, chart.stdout);
    let graphviz = folder.run(&["graph", "--format", "dot"]);
    assert!(graphviz.ends(0).stdout.starts_with("digraph \"acme\" {\n"), "{graphviz:?}");

    let written = folder.run(&["graph", "--format", "svg", "--out", "p.svg"]);
    assert_eq!(written.ends(0).stdout, "wrote p.svg\n");
    let picture = folder.text("p.svg");
    assert_eq!(folder.run(&["graph", "--format", "svg"]).ends(0).stdout, picture);
    folder.put("p.svg", "old");
    assert_eq!(folder.run(&["graph", "--format", "svg", "-o", "p.svg", "-q"]).ends(0).stdout, "");
    assert_eq!(folder.text("p.svg"), picture);
    assert_eq!(folder.listing("").len(), 2, "something is left beside it");
}

#[test]
fn errors_are_printed_and_nothing_is_drawn() {
    let folder = Folder::new().file("web.pipe", format!("{PROJECT}broken\n{PIPELINE}")).file("p.svg", "old");
    let ran = folder.run(&["graph", "--format", "svg", "-o", "p.svg"]);
    assert!(ran.ends(1).stderr.starts_with("error[E0201]"), "{ran:?}");
    assert_eq!((ran.stdout.as_str(), folder.text("p.svg").as_str()), ("", "old"));
}

#[test]
fn what_cannot_be_drawn_or_written_is_a_wrong_usage() {
    let source = format!("{PROJECT}{PIPELINE}");
    let folder = Folder::new().file("web.pipe", &source).file("folder/x", "");
    folder.run(&["graph", "--format", "png"]).ends(2);
    folder.run(&["graph", "nowhere"]).ends(2);
    folder.run(&["graph", "-o", "folder"]).ends(2);
    folder.run(&["graph", "-o", "missing/p.svg"]).ends(2);
    insta::assert_snapshot!(folder.run(&["graph", "--target", "acm"]).ends(2).stderr, @r"
    error: unknown target `acm`; available targets: `acme`
    help: a target with a similar name exists: `acme`
    ");
    insta::assert_snapshot!(folder.run(&["graph", "-o", "web.pipe"]).ends(2).stderr, @r"
    error: cannot write `web.pipe`: it is one of the sources
    help: this file is unchanged; fix this and run again
    ");
    assert_eq!(folder.text("web.pipe"), source);
    assert_eq!(folder.listing("").len(), 3, "something is left behind");
}

#[test]
fn targets_that_look_the_same_are_drawn_once() {
    let same = "target eu\ntarget us { project { github { webhook = \"https://us.acme.io\" } } }\n";
    let folder = Folder::new().file("web.pipe", format!("{PROJECT}{PIPELINE}{same}"));
    let both = folder.run(&["graph", "--format", "svg"]);
    assert!(both.ends(0).stdout.contains(">1 pipeline on eu, us<"), "{both:?}");
    let one = folder.run(&["graph", "--format", "svg", "--target", "us"]);
    assert!(one.ends(0).stdout.contains(">1 pipeline on us<"), "{one:?}");
    folder.put(
        "web.pipe",
        format!("{PROJECT}{PIPELINE}{same}target lab {{ pipeline web {{ on push {{ branch = \"lab\" }} }} }}\n"),
    );
    let three = folder.run(&["graph", "--format", "svg"]);
    assert!(three.ends(0).stdout.contains(">1 pipeline on eu, us; 1 pipeline on lab<"), "{three:?}");
    let two = folder.run(&["graph", "-t", "lab", "-t", "us"]);
    assert!(two.ends(0).stdout.contains(", on lab\"]") && two.stdout.contains(", on us\"]"), "{two:?}");
}

#[test]
fn a_project_without_pipelines_is_an_empty_picture() {
    let text = PROJECT.lines().filter(|line| !line.starts_with("app ")).collect::<Vec<_>>().join("\n");
    let folder = Folder::new().file("web.pipe", text);
    for (format, what) in
        [("mermaid", "[\"no pipelines\"]"), ("dot", "\"no pipelines\""), ("svg", "0 pipelines on acme")]
    {
        let ran = folder.run(&["graph", "--format", format]);
        assert!(ran.ends(0).stdout.contains(what), "{ran:?}");
    }
}
