//! Links out of a folder, and things in it that are no files of their kind: nothing of them is read, shown or written.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{Read as _, Write as _};
use std::os::unix::fs::symlink;
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::support::{Folder, Ran, Run as _};
use testkit::review::BASE;

const SECRET: &str = "s3cret-of-somebody";

/// How long a command may take that reads nothing. Others may be busy meanwhile.
const PATIENCE: Duration = Duration::from_secs(60);

/// A repository with a good spec and its tree, and beside it a file of its user.
fn world() -> Folder {
    let folder = Folder::new()
        .file("home/config.json", format!("{{\"auths\": {{\"x\": {{\"auth\": \"{SECRET}\"}}}}}}\n"))
        .file("home/other.pipe", format!("# {SECRET}\napp  x{{}}\n"))
        .file("repo/shop.pipe", BASE);
    folder.run(&["build", "repo", "-o", "repo/generated", "-q"]).ends(0);
    folder
}

/// Runs a command in the repository, and ends it where it takes too long.
#[track_caller]
fn run(folder: &Folder, arguments: &[&str]) -> Ran {
    let mut child = Command::new(env!("CARGO_BIN_EXE_pipelinec"))
        .args(arguments)
        .current_dir(folder.path("repo"))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it starts");
    let read = |mut from: Box<dyn std::io::Read + Send>| {
        std::thread::spawn(move || {
            let mut text = String::new();
            from.read_to_string(&mut text).map(|_| text)
        })
    };
    let texts =
        [read(Box::new(child.stdout.take().expect("a pipe"))), read(Box::new(child.stderr.take().expect("a pipe")))];
    let started = Instant::now();
    let status = loop {
        if let Some(status) = child.try_wait().expect("it can be waited for") {
            break status;
        }
        if started.elapsed() > PATIENCE {
            let _ = child.kill();
            panic!("{arguments:?} does not end");
        }
        std::thread::sleep(Duration::from_millis(5));
    };
    let [stdout, stderr] = texts.map(|text| text.join().expect("read").expect("text"));
    Ran { code: status.code(), stdout, stderr }
}

/// What reads sources.
const VERBS: [&[&str]; 16] = [
    &["check"],
    &["check", "--format", "json"],
    &["check", "--format", "sarif"],
    &["check", "--format", "github"],
    &["check", "--fix"],
    &["build"],
    &["build", "--check"],
    &["diff"],
    &["diff", "--format", "markdown"],
    &["fmt"],
    &["fmt", "--check"],
    &["graph"],
    &["init"],
    &["simulate", "--payload", "../push.json"],
    &["simulate", "--diff", "a..b"],
    &["diff", "--against", "old"],
];

/// What lies below a folder and can be read: links and files.
fn files(folder: &Folder) -> BTreeMap<String, String> {
    fn list(folder: &Path, all: &mut BTreeMap<String, String>) {
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            let kind = entry.file_type().expect("a kind");
            if kind.is_dir() {
                list(&entry.path(), all);
            } else if kind.is_file() && entry.metadata().expect("there").len() < 1 << 20 {
                all.insert(entry.path().display().to_string(), fs::read_to_string(entry.path()).unwrap_or_default());
            }
        }
    }
    let mut all = BTreeMap::new();
    list(&folder.path(""), &mut all);
    all
}

/// Each verb refuses what lies there, with this reason, and changes nothing.
#[track_caller]
fn refused(folder: &Folder, name: &str, reason: &str) {
    folder.put("push.json", "{}");
    fs::create_dir_all(folder.path("repo/old")).expect("made");
    let before = files(folder);
    for verb in VERBS {
        let ran = run(folder, verb);
        ran.ends(2);
        let said = format!("{}{}", ran.stdout, ran.stderr);
        let words = said.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(words.contains(&format!("cannot read `{name}`: {reason}")), "{verb:?}: {said}");
        assert!(!said.contains(SECRET), "{verb:?}: {said}");
    }
    assert!(files(folder) == before, "something was written");
}

#[test]
fn a_source_that_is_a_link_out_of_the_folder_is_refused() {
    let folder = world();
    for (link, to) in [
        ("x.pipe", "../home/config.json"),
        ("x.pipe", "../home/other.pipe"),
        ("deep/er/x.pipe", "../../../home/other.pipe"),
    ] {
        let link_path = folder.path("repo").join(link);
        fs::create_dir_all(link_path.parent().expect("a folder")).expect("made");
        symlink(to, &link_path).expect("linked");
        refused(&folder, link, "it is a link to `");
        assert!(run(&folder, &["check"]).stderr.contains("outside `.`"));
        fs::remove_file(link_path).expect("removed");
    }
    for absolute in ["/proc/self/environ", "/etc/passwd", "/dev/zero", "/dev/stdin"] {
        symlink(absolute, folder.path("repo/x.pipe")).expect("linked");
        let ran = run(&folder, &["check"]);
        assert_eq!((ran.code, ran.stdout.as_str()), (Some(2), ""), "{absolute}: {}", ran.stderr);
        fs::remove_file(folder.path("repo/x.pipe")).expect("removed");
    }
    // Through another link, and to what only git is to read.
    symlink("../home", folder.path("repo/linked")).expect("linked");
    symlink("linked/other.pipe", folder.path("repo/x.pipe")).expect("linked");
    refused(&folder, "x.pipe", "it is a link to `");
    fs::remove_file(folder.path("repo/x.pipe")).expect("removed");
    folder.put("repo/.git/config", format!("[http]\n\textraheader = {SECRET}\n"));
    symlink(".git/config", folder.path("repo/x.pipe")).expect("linked");
    refused(&folder, "x.pipe", "it is a link to `");
    assert!(run(&folder, &["check"]).stderr.contains("which is hidden"));
}

#[test]
fn a_link_within_the_folder_and_one_that_is_named_are_read() {
    let folder = world();
    fs::rename(folder.path("repo/shop.pipe"), folder.path("repo/shared.txt")).expect("moved");
    symlink("shared.txt", folder.path("repo/shop.pipe")).expect("linked");
    run(&folder, &["build", "--check"]).ends(0);
    symlink("../home/other.pipe", folder.path("repo/mine.txt")).expect("linked");
    run(&folder, &["fmt", "mine.txt"]).ends(0);
    assert_eq!(folder.text("home/other.pipe"), format!("# {SECRET}\napp x {{}}\n"), "what a user names is written");
    assert!(fs::symlink_metadata(folder.path("repo/mine.txt")).expect("there").is_symlink());
}

#[test]
fn what_is_no_regular_file_or_too_large_is_refused_unread() {
    let folder = world();
    let path = folder.path("repo/x.pipe");
    let no_file = "it is not a regular file";
    symlink("/dev/zero", folder.path("repo/y.txt")).expect("linked");
    assert!(Command::new("mkfifo").arg(&path).status().expect("mkfifo").success());
    refused(&folder, "x.pipe", no_file);
    fs::remove_file(&path).expect("removed");
    let socket = UnixListener::bind(&path).expect("a socket");
    refused(&folder, "x.pipe", no_file);
    drop(socket);
    fs::remove_file(&path).expect("removed");
    // It takes no room on the disk.
    File::create(&path).expect("made").set_len(1 << 40).expect("room");
    refused(&folder, "x.pipe", "it is larger than 4 MiB");
    fs::remove_file(&path).expect("removed");
    // Each is small enough, and all together are not.
    for number in 0..18 {
        File::create(folder.path(&format!("repo/{number:02}.pipe"))).expect("made").set_len(4 << 20).expect("room");
    }
    let ran = run(&folder, &["check"]);
    assert!(ran.ends(2).stderr.contains("the total size of all files is more than 64 MiB"), "{}", ran.stderr);
}

#[test]
fn what_is_named_may_be_a_pipe_and_no_device() {
    let folder = world();
    folder.put("good.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n");
    for arguments in [
        &["check", "/dev/zero"][..],
        &["fmt", "/dev/zero"],
        &["graph", "/dev/zero"],
        &["verify", "/dev/zero", "--offline"],
        &["verify", "../good.yaml", "--crds", "/dev/zero"],
        &["simulate", "--payload", "/dev/zero"],
    ] {
        let ran = run(&folder, arguments);
        assert!(ran.ends(2).stderr.contains("it is not a regular file"), "{arguments:?}: {}", ran.stderr);
    }
    File::create(folder.path("huge")).expect("made").set_len(1 << 40).expect("room");
    for (arguments, limit) in [
        (&["check", "../huge"][..], "4 MiB"),
        (&["verify", "../huge", "--offline"], "128 MiB"),
        (&["verify", "../good.yaml", "--crds", "../huge"], "512 MiB"),
        (&["simulate", "--payload", "../huge"], "32 MiB"),
    ] {
        let ran = run(&folder, arguments);
        assert!(ran.ends(2).stderr.contains(&format!("it is larger than {limit}")), "{arguments:?}: {}", ran.stderr);
    }
    // As a shell writes `verify <(cat good.yaml)`.
    let fifo = folder.path("fifo");
    assert!(Command::new("mkfifo").arg(&fifo).status().expect("mkfifo").success());
    let (text, path) = (folder.text("good.yaml"), fifo.clone());
    let writer = std::thread::spawn(move || {
        fs::OpenOptions::new().write(true).open(path).expect("opened").write_all(text.as_bytes()).expect("written");
    });
    run(&folder, &["verify", "../fifo", "--offline"]).ends(0);
    writer.join().expect("written");
}

#[test]
fn manifests_of_a_folder_are_read_in_that_folder() {
    let folder = world();
    folder
        .put("home/secret.yaml", format!("kind: Pod\napiVersion: v1\nmetadata: {{name: a}}\nspec: {{x: {SECRET}}}\n"));
    folder.put("repo/manifests/good.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n");
    for (name, to) in
        [("x.yaml", "../../home/secret.yaml"), ("x.json", "/proc/self/environ"), ("x.yml", "../.git/config")]
    {
        folder.put("repo/.git/config", SECRET);
        symlink(to, folder.path("repo/manifests").join(name)).expect("linked");
        for arguments in
            [&["verify", "manifests", "--offline"][..], &["verify", "manifests/good.yaml", "--crds", "manifests"]]
        {
            let ran = run(&folder, arguments);
            assert!(
                ran.ends(2).stderr.contains("it is a link to `") || name == "x.yml",
                "{arguments:?}: {}",
                ran.stderr
            );
            assert!(!format!("{}{}", ran.stdout, ran.stderr).contains(SECRET));
        }
        fs::remove_file(folder.path("repo/manifests").join(name)).expect("removed");
    }
    symlink("../../home/secret.yaml", folder.path("repo/manifests/x.yaml")).expect("linked");
    let named = run(&folder, &["verify", "manifests/x.yaml", "--offline"]);
    assert!(named.ends(1).stdout.contains("x.yaml"), "what is named is read: {}", named.stdout);
}

#[test]
fn a_tree_with_a_link_in_it_is_not_read_through_it() {
    for (link, to) in [
        ("generated/acme/README.md", "../../../home/config.json"),
        ("generated/acme/README.md", "/proc/self/environ"),
        ("generated/acme/README.md", "/dev/zero"),
        ("generated/acme/tree.json", "../../../home/config.json"),
        ("generated/acme/events", "../../../home"),
        ("generated/acme/events", "/proc/self"),
    ] {
        let folder = world();
        // What a listed file would be there.
        folder.put("home/bus.yaml", format!("kind: Pod\nmetadata: {{name: {SECRET}}}\n"));
        let path = folder.path("repo").join(link);
        let moved = if path.is_dir() { fs::remove_dir_all(&path) } else { fs::remove_file(&path) };
        moved.expect("removed");
        symlink(to, &path).expect("linked");
        for format in ["text", "markdown", "json"] {
            let ran = run(&folder, &["diff", "--format", format]);
            assert!(!format!("{}{}", ran.stdout, ran.stderr).contains(SECRET), "{link} -> {to}: {ran:?}");
            ran.ends(2);
            assert!(ran.stderr.contains("link") || link.ends_with("tree.json"), "{link} -> {to}: {}", ran.stderr);
        }
        let ran = run(&folder, &["build", "--check"]);
        assert!(!format!("{}{}", ran.stdout, ran.stderr).contains(SECRET), "{link} -> {to}: {ran:?}");
        assert!(matches!(ran.code, Some(1 | 2)), "{ran:?}");
        let _ = run(&folder, &["build"]);
        assert_eq!(folder.text("home/config.json").matches(SECRET).count(), 1);
    }
    // The folder of a whole tree.
    let folder = world();
    fs::rename(folder.path("repo/generated/acme"), folder.path("home/acme")).expect("moved");
    symlink("../../home/acme", folder.path("repo/generated/acme")).expect("linked");
    let ran = run(&folder, &["diff"]);
    assert!(ran.ends(2).stderr.contains("it is a link"), "{}", ran.stderr);
    // A file of a tree that is too large.
    let folder = world();
    File::create(folder.path("repo/generated/acme/README.md")).expect("made").set_len(1 << 40).expect("room");
    let ran = run(&folder, &["diff"]);
    assert!(ran.ends(2).stderr.contains("it is larger than 64 MiB"), "{}", ran.stderr);
}

#[test]
fn links_and_huge_files_of_a_revision_are_not_read() {
    let folder = world();
    let git = |arguments: &[&str]| {
        let mut git = Command::new("git");
        git.args(["-c", "user.name=t", "-c", "user.email=t@t", "-c", "core.bigFileThreshold=1m"]).args(arguments);
        assert!(git.current_dir(folder.path("repo")).status().expect("git").success(), "{arguments:?}");
    };
    git(&["init", "-q", "-b", "main"]);
    let readme = folder.path("repo/generated/acme/README.md");
    fs::remove_file(&readme).expect("removed");
    symlink("/proc/self/environ", &readme).expect("linked");
    git(&["add", "-A"]);
    git(&["commit", "-qm", "link"]);
    fs::remove_file(&readme).expect("removed");
    let ran = run(&folder, &["diff", "--against", "git:main"]);
    assert!(ran.ends(0).stdout.contains("README.md"), "the file is new: {}", ran.stdout);
    assert!(!ran.stdout.contains("/proc"), "{}", ran.stdout);
    File::create(&readme).expect("made").set_len((64 << 20) + 1).expect("room");
    git(&["add", "-A"]);
    git(&["commit", "-qm", "huge"]);
    fs::remove_file(&readme).expect("removed");
    let ran = run(&folder, &["diff", "--against", "git:main"]);
    assert!(ran.ends(2).stderr.contains("`acme/README.md` is larger than 64 MiB"), "{}", ran.stderr);
}

#[test]
fn an_editor_sees_a_link_and_not_its_target() {
    let folder = world();
    symlink("../home/other.pipe", folder.path("repo/x.pipe")).expect("linked");
    let root = format!("file://{}", folder.path("repo").display());
    let mut child = Command::new(env!("CARGO_BIN_EXE_pipelinec"))
        .arg("lsp")
        .current_dir(folder.path("repo"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("it starts");
    let mut input = child.stdin.take().expect("a pipe");
    let mut tell = |message: serde_json::Value| {
        let text = message.to_string();
        write!(input, "Content-Length: {}\r\n\r\n{text}", text.len()).expect("sent");
    };
    let at = format!("{root}/shop.pipe");
    tell(serde_json::json!({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {
        "processId": null, "rootUri": root, "capabilities": {}, "workspaceFolders": [{"uri": root, "name": "repo"}]}}));
    tell(serde_json::json!({"jsonrpc": "2.0", "method": "initialized", "params": {}}));
    tell(serde_json::json!({"jsonrpc": "2.0", "method": "textDocument/didOpen", "params": {"textDocument":
        {"uri": at, "languageId": "pipe", "version": 1, "text": BASE}}}));
    tell(serde_json::json!({"jsonrpc": "2.0", "id": 2, "method": "workspace/symbol", "params": {"query": ""}}));
    tell(serde_json::json!({"jsonrpc": "2.0", "id": 3, "method": "shutdown", "params": null}));
    tell(serde_json::json!({"jsonrpc": "2.0", "method": "exit", "params": null}));
    let output = child.wait_with_output().expect("it ends");
    let said = String::from_utf8(output.stdout).expect("text");
    assert!(!said.contains(SECRET), "{said}");
    assert!(said.contains("it is a link to `"), "{said}");
}
