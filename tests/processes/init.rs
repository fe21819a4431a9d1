//! `pipelinec init`: what it writes can be used at once, and what was there is never touched.

use crate::support::{Folder, Run as _};
use std::process::Command;

/// A folder in a folder, so that its name is known, and outside of every repository.
fn empty(name: &str) -> Folder {
    let folder = Folder::new();
    std::fs::create_dir(folder.path(name)).expect("a folder");
    folder
}

/// Runs git, which knows nobody's settings.
fn git(folder: &Folder, at: &str, args: &[&str]) {
    let status = Command::new("git")
        .arg("-C")
        .arg(folder.path(at))
        .args(args)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_SYSTEM", "/dev/null")
        .status()
        .expect("git runs");
    assert!(status.success(), "git {args:?}");
}

/// Checks, builds and formats what stands in a folder, and wants not a word about it.
#[track_caller]
fn is_good(folder: &Folder, path: &str) {
    let checked = folder.run(&["check", path]);
    assert_eq!((checked.ends(0).stdout.as_str(), checked.stderr.as_str()), ("2 files, no errors or warnings\n", ""));
    let built = folder.run(&["build", path, "-o", "out"]);
    assert_eq!(built.ends(0).stderr, "");
    assert_eq!(folder.run(&["fmt", "--check", path]).ends(0).stdout, "2 files, nothing changed\n");
}

#[test]
fn it_writes_a_project_that_builds_at_once_and_says_what_to_do() {
    let folder = empty("web");
    let ran = folder.run(&["init", "web"]);
    insta::assert_snapshot!(ran.ends(0).stdout, @r"
    wrote web/project.pipe
    wrote web/web.pipe

    The project compiles as it is. Next steps:
      1. replace the values marked `<- yours`: project.pipe (7, 10, 13) and web.pipe (4, 13, 20, 21)
      2. run `pipelinec check web` to find errors
      3. run `pipelinec build web`, and commit generated/acme/ to the repository in `gitops`
      4. read generated/acme/README.md: it lists what the cluster needs, and how to start
    ");
    assert_eq!(ran.stderr, "");
    is_good(&folder, "web");
    assert!(folder.path("out/acme/bootstrap.yaml").exists());
    assert_eq!(folder.listing("web").len(), 2);
}

/// The lines that the first step names are those that say so.
#[test]
fn the_lines_to_change_are_named() {
    let folder = Folder::new();
    let ran = folder.run(&["init", "shop"]);
    let step = ran.ends(0).stdout.lines().find(|line| line.starts_with("  1.")).expect("a first step");
    for file in ["project.pipe", "shop.pipe"] {
        let text = folder.text(&format!("shop/{file}"));
        let lines: Vec<_> = text
            .lines()
            .enumerate()
            .filter(|(_, line)| line.ends_with("# <- yours"))
            .map(|(at, _)| (at + 1).to_string())
            .collect();
        assert!(lines.len() > 2 && step.contains(&format!("{file} ({})", lines.join(", "))), "{step}\n{text}");
    }
}

#[test]
fn quiet_writes_and_says_nothing() {
    let folder = Folder::new();
    let ran = folder.run(&["init", "new/deep", "--quiet"]);
    assert_eq!((ran.ends(0).stdout.as_str(), ran.stderr.as_str()), ("", ""));
    is_good(&folder, "new/deep");
}

#[test]
fn the_names_are_those_of_the_repository() {
    for (remote, app, owner, source) in [
        ("git@github.com:Acme-Co/Shop.Web.git", "shop-web", "acme-co", "github.com/Acme-Co/Shop.Web"),
        ("https://x:ghp_secret@github.com/acme/cart", "cart", "acme", "github.com/acme/cart"),
        // Names that the language keeps for itself, or that outgrow it.
        ("https://github.com/acme/github", "infra", "acme", "github.com/acme/github"),
        (
            "https://github.com/acme/a-name-of-more-than-forty-characters-is-too-long",
            "infra",
            "acme",
            "github.com/acme/a-name-of-more-than-forty-characters-is-too-long",
        ),
    ] {
        let folder = empty("infra");
        git(&folder, "", &["init", "-q"]);
        git(&folder, "", &["remote", "add", "origin", remote]);
        folder.run(&["init", "infra"]).ends(0);
        is_good(&folder, "infra");
        let text = folder.text(&format!("infra/{app}.pipe"));
        assert!(text.contains(&format!("\n  source = \"{source}\"\n")), "{text}");
        let project = folder.text("infra/project.pipe");
        assert!(project.contains(&format!("\nproject {owner} {{\n")) && !project.contains("secret@"), "{project}");
    }
}

/// A repository that is called so is no app, but where the output goes.
#[test]
fn the_gitops_repository_is_known_by_its_name() {
    for repository in ["gitops", "acme-gitops", "GitOps.Production"] {
        let folder = empty("infra");
        git(&folder, "", &["init", "-q"]);
        git(&folder, "", &["remote", "add", "origin", &format!("https://github.com/acme/{repository}")]);
        folder.run(&["init", "infra"]).ends(0);
        is_good(&folder, "infra");
        let project = folder.text("infra/project.pipe");
        assert!(
            project
                .contains(&format!("\n  gitops {{ repo = \"github.com/acme/{repository}\", credentials = gitops }}\n")),
            "{project}"
        );
        assert!(folder.text("infra/shop.pipe").contains("\n  source = \"github.com/acme/shop\"  # <- yours\n"));
    }
}

#[test]
fn what_is_not_certain_is_a_placeholder() {
    for remote in ["https://gitlab.com/acme/shop.git", "git@github.com:a/\"}\nproject x {", "/srv/git/shop.git"] {
        let folder = empty("infra");
        git(&folder, "", &["init", "-q"]);
        git(&folder, "", &["config", "remote.origin.url", remote]);
        folder.run(&["init", "infra"]).ends(0);
        is_good(&folder, "infra");
        assert!(folder.text("infra/infra.pipe").contains("\n  source = \"github.com/acme/infra\"  # <- yours\n"));
    }
    for name in ["My App", "in", "${run.sha}", "-", "project", "a\u{1b}[31mb"] {
        let folder = empty(name);
        let ran = folder.run(&["init", "--", name]);
        assert!(!ran.ends(0).stdout.contains('\u{1b}'), "{ran:?}");
        is_good(&folder, &format!("./{name}"));
        assert!(folder.path(&format!("{name}/shop.pipe")).exists());
    }
}

#[test]
fn it_works_without_git() {
    let folder = empty("web");
    let ran = folder.run_with(&["init", "web"], b"", &[("PATH", "/nowhere")]);
    assert_eq!(ran.ends(0).stderr, "");
    is_good(&folder, "web");
}

#[test]
fn it_overwrites_nothing() {
    for (path, text) in [
        ("web/project.pipe", "mine"),
        ("web/web.pipe", "mine"),
        ("web/other.pipe", "project x"),
        ("web/below/deep.pipe", ""),
    ] {
        let folder = Folder::new().file(path, text);
        let before = folder.listing("");
        let ran = folder.run(&["init", "web"]);
        assert_eq!(
            ran.ends(2).stderr,
            format!(
                "error: `{path}` already exists\nhelp: nothing was written; use an empty folder: `pipelinec init DIR`\n"
            )
        );
        assert_eq!((ran.stdout.as_str(), folder.listing("")), ("", before));
    }
    // Nor what it has written itself.
    let folder = Folder::new();
    folder.run(&["init", "web"]).ends(0);
    let before = folder.listing("");
    assert!(folder.run(&["init", "web"]).ends(2).stderr.contains("`web/project.pipe`, `web/web.pipe` already exist"));
    assert_eq!(folder.listing(""), before);
}

#[test]
fn a_file_is_no_folder() {
    let folder = Folder::new().file("web", "mine").file("notes/web.md", "mine");
    let before = folder.listing("");
    assert!(folder.run(&["init", "web"]).ends(2).stderr.starts_with("error: `web` already exists\n"));
    let below = folder.run(&["init", "web/deeper"]);
    assert!(below.ends(2).stderr.starts_with("error: cannot "), "{below:?}");
    assert_eq!(folder.listing(""), before);
    // Files of others are no hindrance.
    folder.run(&["init", "notes"]).ends(0);
    assert_eq!(folder.text("notes/web.md"), "mine");
}

#[cfg(unix)]
#[test]
fn a_link_is_not_followed() {
    let folder = empty("web");
    std::os::unix::fs::symlink("../elsewhere", folder.path("web/web.pipe")).expect("linked");
    let before = folder.listing("");
    folder.run(&["init", "web"]).ends(2);
    assert_eq!(folder.listing(""), before, "the first file is taken away again");
}
