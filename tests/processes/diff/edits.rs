//! What a change does to files that Argo CD reads and no sources make.

use super::revisions::{Repository, against, git};
use super::run;
use std::fs;
use testkit::review::words;

#[test]
fn a_file_that_no_build_has_written_is_a_danger() {
    let repository = Repository::new();
    let root = &repository.root;
    assert_eq!(against(root, "git:HEAD").1, "no changes\n");
    let planted = "deploy/generated/acme/apps/shop/production/.argocd-source.yaml";
    fs::write(root.join(planted), "kustomize: {images: [a=b]}\n").expect("written");
    git(root, &["add", "-A"]);
    git(root, &["commit", "-qm", "plant"]);
    let (code, out, _) = against(root, "git:HEAD^1");
    assert_eq!(code, Some(0));
    assert!(
        words(&out).contains("danger[R17] a file was not generated: .argocd-source.yaml in apps/shop/production"),
        "{out}"
    );
    let arguments =
        ["diff", "deploy", "-o", "deploy/generated", "--against", "git:HEAD^1", "--fail-on", "danger", "-q"];
    assert_eq!(run(root, &arguments).0, Some(1));
    let (code, out, _) = run(root, &["build", "deploy", "-o", "deploy/generated", "--check"]);
    assert_eq!(code, Some(1));
    assert!(out.contains("unknown   apps/shop/production/.argocd-source.yaml"), "{out}");
    // A build leaves it, and says so.
    let (code, _, error) = run(root, &["build", "deploy", "-o", "deploy/generated"]);
    assert!(code == Some(0) && words(&error).contains("`apps/shop/production/.argocd-source.yaml`"), "{error}");
    assert!(root.join(planted).exists());
}

#[test]
fn an_edited_manifest_of_an_environment_is_a_danger() {
    let repository = Repository::new();
    let root = &repository.root;
    let manifests = root.join("acme");
    let write = |path: &str, text: &str| {
        let at = manifests.join(path);
        fs::create_dir_all(at.parent().expect("a folder")).expect("made");
        fs::write(at, text).expect("written");
    };
    write("production/production.json", "{\"apps\": {}}\n");
    write("staging/v1.json", "{}\n");
    repository.commit();
    git(root, &["switch", "-qc", "topic"]);
    assert_eq!(against(root, "git:main").1, "no changes\n");
    write("production/production.json", "{\"apps\": {\"shop\": {}}}\n");
    write("staging/v2.json", "{}\n");
    write("staging/notes.txt", "no manifest\n");
    fs::remove_file(manifests.join("staging/v1.json")).expect("removed");
    git(root, &["add", "-A"]);
    git(root, &["commit", "-qm", "edit"]);
    let (_, out, _) = against(root, "git:main");
    let said = words(&out);
    for expected in [
        "danger[R18] an environment's manifest is edited: production.json in acme/production: it was changed",
        "v1.json in acme/staging: it was deleted",
        "v2.json in acme/staging: it is new",
    ] {
        assert!(said.contains(expected), "{expected}: {out}");
    }
    assert!(!said.contains("notes.txt"), "{out}");
    // What deliveries write to the branch meanwhile is no edit of this change.
    git(root, &["switch", "-q", "main"]);
    git(root, &["switch", "-qc", "other"]);
    git(root, &["switch", "-q", "main"]);
    write("production/production.json", "{\"apps\": {\"delivered\": {}}}\n");
    git(root, &["commit", "-qam", "promote"]);
    git(root, &["switch", "-q", "other"]);
    assert_eq!(against(root, "git:main").1, "no changes\n");
}
