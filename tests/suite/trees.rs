//! Single properties of the trees that programs compile to.

use std::collections::BTreeMap;

use pipelinec::compile::{Files, compile};
use pipelinec::diag::Diagnostic;
use pipelinec::source::SourceMap;

use crate::fixtures::{rendered, sources};

/// What every program here begins with.
const PROJECT: &str = "\
project p {
  gitops { repo = \"github.com/acme/gitops\" }
  github { webhook = \"https://hooks.acme.io\", credentials = github }
  registry { host = \"registry.acme.io\" }
}
secret github { keys = [\"token\", \"webhookSecret\"] }
";

/// The tree of a program with one target, about which there is nothing to say.
pub fn tree(program: &str) -> Files {
    let text = format!("{PROJECT}{program}");
    let (mut trees, diagnostics) = all(&sources("test.pipe", &text));
    assert!(diagnostics.is_empty(), "{}", rendered("test.pipe", &text, &diagnostics));
    trees.pop_first().expect("a tree").1
}

/// What there is to say about a program: code and message.
#[allow(dead_code)]
fn said(program: &str) -> Vec<String> {
    let (_, diagnostics) = all(&sources("test.pipe", &format!("{PROJECT}{program}")));
    diagnostics.iter().map(|said| format!("{}: {}", said.code, said.message)).collect()
}

fn all(sources: &SourceMap) -> (BTreeMap<String, Files>, Vec<Diagnostic>) {
    let compilation = compile(sources);
    (compilation.trees, compilation.diagnostics)
}

#[test]
fn a_folder_without_objects_is_left_out() {
    let tree = tree("app tools { source = \"github.com/acme/tools\", image sdk }\npipeline tools { delivers = tools, on push, build }\n");
    assert!(!tree.keys().any(|path| path.starts_with("argocd/")), "{:?}", tree.keys());
    assert!(!tree["kustomization.yaml"].contains("argocd"), "{}", tree["kustomization.yaml"]);
}
