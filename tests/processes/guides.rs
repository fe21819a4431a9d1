//! The guides are true: what they tell to type is shell, and the first delivery is followed as far as this machine goes.
//!
//! - The blocks of `sh` after `<!-- followed -->` are run, one after the other, in one shell and one folder,
//! - a block after `<!-- written: FILE -->` is what that file is then.

use crate::support::{Folder, Run as _};
use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;
use testkit::pages::{PAGES, blocks, fences, read};

const FIRST_DELIVERY: &str = "grammar/guides/first-delivery.md";

#[test]
fn what_is_to_be_typed_is_shell() {
    let mut count = 0;
    for path in PAGES {
        for (line, text) in blocks(&read(path), "sh") {
            let output = Command::new("sh").args(["-n", "-c", &text]).output().expect("there is a shell");
            let said = String::from_utf8_lossy(&output.stderr);
            assert!(output.status.success() && said.is_empty(), "{path}, line {line}: {said}");
            count += 1;
        }
    }
    assert!(count > 20, "only {count} blocks were found");
}

/// A shell that follows the guide, with repositories of this machine in the place of those on GitHub.
fn follow(folder: &Folder, script: &str) -> String {
    let program = Path::new(env!("CARGO_BIN_EXE_pipelinec")).parent().expect("it is in a folder");
    let path = format!("{}:{}", program.display(), std::env::var("PATH").expect("a path"));
    let here = format!("url.file://{}/.insteadOf", folder.path("remote").display());
    let output = Command::new("sh")
        .args(["-e", "-u", "-c", script])
        .current_dir(folder.path(""))
        .env("PATH", path)
        .env("HOME", folder.path(""))
        .envs([("GIT_CONFIG_GLOBAL", "/dev/null"), ("GIT_CONFIG_SYSTEM", "/dev/null"), ("GIT_CONFIG_COUNT", "3")])
        .envs([("GIT_CONFIG_KEY_0", here.as_str()), ("GIT_CONFIG_VALUE_0", "https://github.com/")])
        .envs([("GIT_CONFIG_KEY_1", "user.name"), ("GIT_CONFIG_VALUE_1", "A")])
        .envs([("GIT_CONFIG_KEY_2", "user.email"), ("GIT_CONFIG_VALUE_2", "a@acme.io")])
        .output()
        .expect("there is a shell");
    let said = [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).expect("text"));
    assert!(output.status.success(), "{script}\n{}{}", said[0], said[1]);
    said.concat()
}

#[test]
fn the_first_delivery_is_followed_up_to_the_cluster() {
    let guide = read(FIRST_DELIVERY);
    let fences = fences(&guide);
    let steps: Vec<_> = fences.iter().filter(|fence| fence.before == "<!-- followed -->").collect();
    assert!(steps.len() > 1 && steps.iter().all(|step| step.info == "sh"));
    let folder = Folder::new();
    follow(&folder, "git init -q --bare -b main remote/acme/gitops");
    follow(&folder, &steps.iter().map(|step| step.text.as_str()).collect::<String>());

    // What is pushed is what the guide continues with.
    follow(&folder, "git clone -q -b main https://github.com/acme/gitops pushed");
    assert_eq!(folder.run(&["check", "pushed"]).ends(0).stdout, "2 files, no errors or warnings\n");
    folder.run(&["build", "pushed", "-o", "pushed/generated", "--check"]).ends(0);
    let written: Vec<_> = fences
        .iter()
        .filter_map(|fence| Some((fence.before.strip_prefix("<!-- written: ")?.strip_suffix(" -->")?, &fence.text)))
        .collect();
    assert_eq!(written.len(), 2);
    for (file, text) in written {
        assert_eq!(&folder.text(&format!("pushed/{file}")), text, "{file}: the guide shows something else");
    }

    // The Secrets, addresses and versions of the guide are those of the tree.
    let readme = folder.text("pushed/generated/acme/README.md");
    for row in readme.lines().filter(|line| line.starts_with("| Argo ")) {
        let mut cells = row.split('|').map(str::trim).skip(1);
        let what = cells.next().and_then(|cell| cell.split(',').next()).expect("a name");
        let version = cells.next().expect("a version");
        assert!(guide.contains(&format!("\n| {what} | {version} |")), "{row}");
    }
    assert!(readme.contains("| `pipeline` | `github` | `token`, `webhookSecret` |"), "{readme}");
    assert!(guide.contains("secret generic github -n pipeline --from-file=token --from-file=webhookSecret="));
    for text in ["`acme-github-eventsource-svc`", "port 7000", "`/api/webhook`", "`argocd-applicationset-controller`"] {
        assert!(readme.contains(text) && guide.contains(text), "{text}");
    }
    assert!(
        readme.contains("`https://hooks.acme.io/acme-shop`") && guide.contains("url]=https://hooks.acme.io/acme-shop'")
    );

    // What it says that is to be seen is made by the tree: in the namespaces of the table, and among the steps.
    let tree: String = folder.listing("pushed/generated/acme").into_values().collect();
    let seen = guide.split_once("You should see:").and_then(|(_, rest)| rest.split_once("## 5.")).expect("a part").0;
    let steps =
        guide.split_once("| step | what it does").and_then(|(_, rest)| rest.split_once("\n\n")).expect("a table").0;
    let names: Vec<_> =
        seen.lines().filter(|line| line.starts_with("| `")).flat_map(|line| line.split('|').skip(2)).collect();
    let names = names.into_iter().chain(steps.lines().filter_map(|line| line.split('|').nth(1)));
    let names: BTreeSet<_> = names.flat_map(|text| text.split('`').skip(1).step_by(2)).collect();
    assert!(names.len() > 15, "{names:?}");
    for name in names {
        let made = [format!("name: {name}\n"), format!("name: \"{name}\"\n")];
        assert!(made.iter().any(|text| tree.contains(text)), "nothing is called {name}");
    }
}
