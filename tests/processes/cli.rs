//! The program as it is called: exit codes, what goes to which stream, and the words.

use crate::support::{Folder, Run as _};
use std::process::{Command, Stdio};

/// What every program here begins with.
macro_rules! project {
    ($rest:literal) => {
        concat!(
            "project shop {\n  gitops { repo = \"github.com/acme/gitops\", credentials = gitops }\n",
            "  github { webhook = \"https://hooks.acme.io\", credentials = github }\n}\n",
            "secret gitops { keys = [\"token\"] }\nsecret github { keys = [\"token\", \"webhookSecret\"] }\nenvironment production\n",
            $rest
        )
    };
}

/// A program with two targets, `north` and `south`, that compiles.
const GOOD: &str =
    project!("target north\ntarget south { project { github { webhook = \"https://south.acme.io\" } } }\n");
/// The same with one target less.
const LESS: &str = project!("target north\n");
/// A program with one error, in line 7.
const BAD: &str = project!("broken\n");
/// The start of the error in the short format.
const ERROR: &str = "shop.pipe:8:1-7: error[E0201]";

fn shop() -> Folder {
    Folder::new().file("shop.pipe", GOOD)
}

#[test]
fn build_writes_each_target_and_says_so() {
    let folder = shop();
    let first = folder.run(&["build"]);
    first.ends(0);
    assert!(first.stdout.starts_with("north: ") && first.stdout.contains("\nsouth: "), "{}", first.stdout);
    assert!(folder.path("generated/north/tree.json").exists() && folder.path("generated/south/tree.json").exists());
    let second = folder.run(&["build"]);
    second.ends(0);
    assert!(second.stdout.lines().all(|line| line.ends_with(" files, nothing changed")), "{}", second.stdout);
    assert_eq!(folder.run(&["build", "--quiet"]).ends(0).stdout, "");
}

#[test]
fn a_target_that_is_gone_goes_away_on_disk() {
    let folder = shop();
    folder.run(&["build"]).ends(0);
    folder.put("shop.pipe", LESS);
    let stale = folder.run(&["build", "--check"]);
    stale.ends(1);
    assert!(stale.stdout.contains("generated/south is no longer a target: "), "{}", stale.stdout);
    let ran = folder.run(&["build"]);
    assert!(ran.ends(0).stdout.contains("\nsouth: no longer a target, "), "{}", ran.stdout);
    assert!(!folder.path("generated/south").exists());
    folder.run(&["build", "--check"]).ends(0);
}

#[test]
fn errors_end_with_1_and_write_nothing() {
    let folder = Folder::new().file("shop.pipe", BAD);
    let build = folder.run(&["build", "--format", "short"]);
    assert!(build.ends(1).stderr.starts_with(ERROR), "{build:?}");
    assert_eq!(build.stdout, "");
    assert!(!folder.path("generated").exists());
    let check = folder.run(&["check", "--format=short"]);
    assert!(check.ends(1).stdout.starts_with(ERROR), "{check:?}");
    assert_eq!(check.stderr, "");
    let human = folder.run(&["check"]);
    assert!(human.ends(1).stdout.ends_with("1 error\n"), "{human:?}");
    assert!(!folder.run(&["check", "--quiet"]).ends(1).stdout.ends_with("1 error\n"));
}

#[test]
fn check_is_content_with_good_sources() {
    let folder = shop().file("more/x.pipe", "");
    assert_eq!(folder.run(&["check"]).ends(0).stdout, "2 files, no errors or warnings\n");
    assert_eq!(folder.run(&["check", "shop.pipe"]).ends(0).stdout, "1 file, no errors or warnings\n");
    assert_eq!(folder.run(&["check", "-q"]).ends(0).stdout, "");
    let ran = folder.run_with(&["check", "-", "--format", "short"], BAD.as_bytes(), &[]);
    assert!(ran.ends(1).stdout.starts_with(&ERROR.replace("shop", "stdin")), "{ran:?}");
}

#[test]
fn fix_applies_safe_fixes_and_prints_the_rest() {
    let bad = GOOD.replace("environment production", "enviroment production # kept").replace("repo =", "repo:");
    let folder = Folder::new()
        .file("shop.pipe", format!("\u{feff}{bad}# é\n"))
        .file("other.pipe", "app x { source = \"github.com/a/b\", imgae code, y }\n");
    let ran = folder.run(&["check", "--fix", "--format", "short"]);
    assert!(ran.ends(1).stdout.starts_with("other.pipe:1:48-49: error[E0201]: unknown block `y` in `app`"), "{ran:?}");
    assert_eq!(ran.stdout.lines().count(), 1, "{ran:?}");
    let fixed = GOOD.replace("environment production", "environment production # kept");
    assert_eq!(folder.text("shop.pipe"), format!("\u{feff}{fixed}# é\n"));
    assert_eq!(folder.text("other.pipe"), "app x { source = \"github.com/a/b\", image code, y }\n");
    folder.run_with(&["check", "--fix", "-"], b"", &[]).ends(2);
}

/// A text with another layout, and in the canonical one.
const ODD: &str = "# c\napp  x{source=\"github.com/a/b\" # s\n}\n";
const EVEN: &str = "# c\napp x {\n  source = \"github.com/a/b\"  # s\n}\n";

#[test]
fn fmt_writes_the_canonical_layout_and_says_where() {
    let folder = Folder::new().file("a.pipe", ODD).file("b/c.pipe", EVEN).file("generated/d.pipe", ODD);
    let checked = folder.run(&["fmt", "--check"]);
    assert_eq!((checked.ends(1).stdout.as_str(), checked.stderr.as_str()), ("a.pipe\n", "help: run `pipelinec fmt`\n"));
    assert_eq!(folder.run(&["fmt", "--check", "-q"]).ends(1).stdout, "");
    assert_eq!(folder.text("a.pipe"), ODD);
    let ran = folder.run(&["fmt"]);
    assert_eq!((ran.ends(0).stdout.as_str(), ran.stderr.as_str()), ("a.pipe\n2 files, 1 changed\n", ""));
    assert_eq!(folder.text("a.pipe"), EVEN);
    assert_eq!(folder.text("generated/d.pipe"), ODD, "a tree is no source");
    assert_eq!(folder.run(&["fmt", "--check"]).ends(0).stdout, "2 files, nothing changed\n");
    assert_eq!(folder.run(&["fmt", "-q"]).ends(0).stdout, "");
}

#[test]
fn fmt_takes_several_paths_and_standard_input_alone() {
    let folder = Folder::new().file("a.pipe", ODD).file("my shop/b.pipe", ODD).file("c.pipe", ODD);
    let checked = folder.run(&["fmt", "--check", "a.pipe", "my shop"]);
    assert_eq!(checked.ends(1).stdout, "a.pipe\nmy shop/b.pipe\n");
    assert_eq!(checked.stderr, "help: run `pipelinec fmt a.pipe 'my shop'`\n");
    // A file that is named twice is formatted once.
    assert_eq!(folder.run(&["fmt", "my shop/b.pipe", "my shop", "./a.pipe"]).ends(0).stdout.lines().count(), 3);
    assert_eq!((folder.text("a.pipe"), folder.text("c.pipe")), (EVEN.to_owned(), ODD.to_owned()));

    let input = |args: &[&str], text: &str| folder.run_with(args, text.as_bytes(), &[]);
    assert_eq!(input(&["fmt", "-"], ODD).ends(0).stdout, EVEN);
    assert_eq!(input(&["fmt", "-", "-q"], EVEN).ends(0).stdout, EVEN);
    assert_eq!(input(&["fmt", "-"], "").ends(0).stdout, "");
    assert_eq!(input(&["fmt", "-", "--check"], ODD).ends(1).stdout, "stdin.pipe\n");
    assert_eq!(input(&["fmt", "-", "--check"], EVEN).ends(0).stdout, "1 file, nothing changed\n");
    insta::assert_snapshot!(folder.run(&["fmt", "-", "a.pipe"]).ends(2).stderr, @r"
    error: standard input and files cannot be formatted in one run
    help: pass `-` as the only path
    ");
    folder.run(&["fmt", "nowhere"]).ends(2);
    folder.run_with(&["fmt", "-"], b"\xff", &[]).ends(2);
}

#[test]
fn fmt_leaves_what_cannot_be_read_and_says_so() {
    let broken = "app   y {\n   source: ?\n}";
    let folder = Folder::new().file("a.pipe", format!("{ODD}{broken}\r\n{ODD}"));
    let ran = folder.run(&["fmt"]);
    let note = "note: a.pipe: what cannot be parsed is left as it is; run `pipelinec check` to see why\n";
    assert_eq!((ran.ends(0).stdout.as_str(), ran.stderr.as_str()), ("a.pipe\n1 file, 1 changed\n", note));
    assert_eq!(folder.text("a.pipe"), format!("{EVEN}{broken}\r\n{EVEN}"));
    let text = folder.run_with(&["fmt", "-"], broken.as_bytes(), &[]);
    assert_eq!((text.ends(0).stdout.as_str(), text.stderr.as_str()), (format!("{broken}\n").as_str(), ""));
}

#[test]
fn fmt_takes_a_byte_order_mark_away() {
    let folder = Folder::new().file("a.pipe", format!("\u{feff}{EVEN}"));
    assert_eq!(folder.run(&["fmt", "--check"]).ends(1).stdout, "a.pipe\n");
    folder.run(&["fmt"]).ends(0);
    assert_eq!(folder.text("a.pipe"), EVEN);
}

#[cfg(unix)]
#[test]
fn fmt_writes_through_links_keeps_rights_and_touches_nothing_else() {
    use std::os::unix::fs::{MetadataExt as _, PermissionsExt, symlink};
    let folder = Folder::new().file("real/text", ODD).file("even.pipe", EVEN);
    symlink("real/text", folder.path("linked.pipe")).expect("linked");
    symlink("linked.pipe", folder.path("again.pipe")).expect("linked");
    let state = |path: &str| std::fs::metadata(folder.path(path)).expect("it is there");
    std::fs::set_permissions(folder.path("real/text"), PermissionsExt::from_mode(0o640)).expect("set");
    let even = state("even.pipe").ino();
    assert_eq!(folder.run(&["fmt"]).ends(0).stdout, "again.pipe\n2 files, 1 changed\n");
    assert_eq!((folder.text("real/text").as_str(), state("real/text").mode() & 0o777), (EVEN, 0o640));
    assert!(folder.path("linked.pipe").is_symlink() && folder.path("again.pipe").is_symlink());
    assert_eq!(state("even.pipe").ino(), even, "a file that is right already was written");
    assert_eq!((folder.listing("").len(), folder.listing("real").len()), (5, 1), "something is left beside them");
}

#[test]
fn build_check_writes_nothing_and_says_what_to_run() {
    let folder = Folder::new().file("my shop/shop.pipe", GOOD);
    let args = ["build", "my shop", "-o", "out", "--target", "north", "--check"];
    let missing = folder.run(&args);
    missing.ends(1);
    assert!(missing.stdout.starts_with("out/north is stale: "), "{}", missing.stdout);
    let help = "help: run `pipelinec build 'my shop' -o out --target north` and commit the result\n";
    assert!(missing.stdout.ends_with(help), "{}", missing.stdout);
    assert!(!folder.path("out").exists());

    folder.run(&["build", "my shop", "-o", "out", "--target", "north"]).ends(0);
    assert!(!folder.path("out/south").exists());
    assert!(folder.run(&args).ends(0).stdout.ends_with(" files, nothing changed\n"));

    let readme = folder.text("out/north/README.md");
    folder.put("out/north/README.md", format!("{readme}by hand\n"));
    let changed = folder.run(&args);
    assert!(changed.ends(1).stdout.contains("\n-by hand\n"), "{}", changed.stdout);
    assert_eq!(folder.run(&[&args[..], &["--quiet"]].concat()).ends(1).stdout, "");
}

#[test]
fn an_unknown_target_is_a_wrong_usage() {
    let ran = shop().run(&["build", "--target", "nort"]);
    insta::assert_snapshot!(ran.ends(2).stderr, @r"
    error: unknown target `nort`; available targets: `north`, `south`
    help: a target with a similar name exists: `north`
    ");
}

#[test]
fn explain_prints_the_page_of_a_code_or_lists_all() {
    let folder = Folder::new();
    let page = folder.run(&["explain", "e0404", "--quiet"]);
    assert!(page.ends(0).stdout.starts_with("# E0404: environment never torn down\n"), "{page:?}");
    let list = folder.run(&["explain"]);
    assert!(list.ends(0).stdout.contains("\nE0404  environment never torn down\n"), "{list:?}");
    insta::assert_snapshot!(folder.run(&["explain", "E0440"]).ends(2).stderr, @r"
    error: unknown code `E0440`
    help: a similar code exists: `E0404`
    ");
    // Risks as well, under a heading of their own.
    let risk = folder.run(&["explain", "r03"]);
    assert!(risk.ends(0).stdout.starts_with("# R03: a selector changes\n\nA risk of level danger that `diff` reports"));
    let (diagnostics, risks) = list.stdout.split_once("\n\nRisks of `diff`").expect("two headings");
    assert!(diagnostics.starts_with("Errors and warnings") && diagnostics.contains("\nW0201  "));
    assert!(!diagnostics.contains("\nR0"));
    assert!(risks.contains("\nR03  danger: a selector changes\n") && !risks.contains("\nE0"), "{risks}");
    insta::assert_snapshot!(folder.run(&["explain", "R3"]).ends(2).stderr, @r"
    error: unknown code `R3`
    help: a similar code exists: `R03`
    ");
}

#[test]
fn wrong_usage_and_unusable_files_end_with_2() {
    let folder = shop().file("empty/notes.md", "").file("taken", "a file");
    folder.run(&[]).ends(2);
    folder.run(&["biuld"]).ends(2);
    folder.run(&["check", "--format", "xml"]).ends(2);
    insta::assert_snapshot!(folder.run(&["check", "nowhere"]).ends(2).stderr, @r"
    error: no such file or folder: `nowhere`
    help: pass a folder with *.pipe files, a single *.pipe file, or `-` for standard input
    ");
    insta::assert_snapshot!(folder.run(&["check", "empty"]).ends(2).stderr, @r"
    error: no *.pipe files in `empty` or its subfolders
    help: create a first one with `pipelinec init`, or pass another folder: `pipelinec check DIR`
    ");
    insta::assert_snapshot!(folder.run(&["build", "-o", "taken"]).ends(2).stderr, @r"
    error: cannot create the folder `taken`: File exists (os error 17)
    help: the trees on disk are unchanged; fix this and run again
    ");
    folder.put("generated/north/README.md", "mine");
    folder.put("generated/north/\u{1b}[31m/x", "mine");
    insta::assert_snapshot!(folder.run(&["build"]).ends(2).stderr, @r"
    error: files that were not generated are in the place of generated ones:
      generated/north/README.md
    help: move or remove it, or build to another folder with `-o`; nothing was written
    ");
    assert!(!folder.path("generated/south").exists());
}

#[test]
fn colours_need_a_terminal_or_the_option() {
    let folder = Folder::new().file("shop.pipe", BAD);
    let escaped = |args: &[&str], env: &[(&str, &str)]| folder.run_with(args, b"", env).stdout.contains('\u{1b}');
    assert!(!escaped(&["check"], &[]));
    assert!(!escaped(&["check", "--color=never"], &[]));
    assert!(escaped(&["check", "--color=always"], &[]));
    assert!(escaped(&["--color=always", "check"], &[("NO_COLOR", "1")]), "the option is nearer than the variable");
}

#[test]
fn a_reader_that_has_seen_enough_is_no_failure_and_hides_none() {
    let folder = Folder::new().file("shop.pipe", BAD);
    let (reader, writer) = std::io::pipe().expect("a pipe");
    drop(reader);
    let status = Command::new(env!("CARGO_BIN_EXE_pipelinec"))
        .arg("check")
        .current_dir(folder.path(""))
        .stdout(writer)
        .stderr(Stdio::piped())
        .output()
        .expect("it runs");
    assert_eq!((status.status.code(), status.stderr.len()), (Some(1), 0));
}
