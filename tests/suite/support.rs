//! A folder for a test: files in, the program run, files out.

use pipelinec::files::Files;
use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use tempfile::TempDir;

/// A temporary folder in which the program runs.
pub struct Folder {
    temp: TempDir,
}

/// How a run ended.
#[derive(Debug)]
pub struct Ran {
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

impl Folder {
    pub fn new() -> Self {
        Self { temp: tempfile::tempdir().expect("a temporary folder") }
    }

    pub fn path(&self, path: &str) -> PathBuf {
        self.temp.path().join(path)
    }

    /// Writes a file, and the folders above it.
    pub fn file(self, path: &str, text: impl AsRef<[u8]>) -> Self {
        self.put(path, text);
        self
    }

    /// The same, later in a test.
    pub fn put(&self, path: &str, text: impl AsRef<[u8]>) {
        let path = self.path(path);
        fs::create_dir_all(path.parent().expect("a file has a folder")).expect("the folders are made");
        fs::write(path, text).expect("the file is written");
    }

    pub fn text(&self, path: &str) -> String {
        fs::read_to_string(self.path(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
    }

    pub fn run(&self, args: &[&str]) -> Ran {
        self.run_with(args, b"", &[])
    }

    pub fn run_with(&self, args: &[&str], input: &[u8], env: &[(&str, &str)]) -> Ran {
        let mut child = Command::new(env!("CARGO_BIN_EXE_pipelinec"))
            .args(args)
            .current_dir(self.temp.path())
            .envs(env.iter().copied())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program starts");
        // A program that does not read its input may have ended already.
        let _ = child.stdin.take().expect("a pipe").write_all(input);
        let output = child.wait_with_output().expect("the program ends");
        let text = |bytes| String::from_utf8(bytes).expect("the output is UTF-8");
        Ran { code: output.status.code(), stdout: text(output.stdout), stderr: text(output.stderr) }
    }

    /// Everything below a folder: the text of files, `-> target` of links, `/` for folders.
    pub fn listing(&self, folder: &str) -> BTreeMap<String, String> {
        let mut all = BTreeMap::new();
        list(&self.path(folder), "", &mut all);
        all
    }
}

/// Writes a program. Another process does it: a thread that starts one while the file is open for writing here would hand
/// that on to it, and until that one is done the program would be "Text file busy".
pub fn program(path: &Path, text: &str) {
    let mut child = Command::new("sh")
        .args(["-c", "cat >\"$1\" && chmod 755 \"$1\"", "sh"])
        .arg(path)
        .stdin(Stdio::piped())
        .spawn()
        .expect("there is a shell");
    child.stdin.take().expect("a pipe").write_all(text.as_bytes()).expect("the shell reads");
    assert!(child.wait().expect("the shell ends").success(), "{} cannot be written", path.display());
}

fn list(folder: &Path, above: &str, all: &mut BTreeMap<String, String>) {
    for entry in fs::read_dir(folder).into_iter().flatten() {
        let entry = entry.expect("listed");
        let name = format!("{above}{}", entry.file_name().to_string_lossy());
        let kind = entry.file_type().expect("a type");
        if kind.is_dir() {
            list(&entry.path(), &format!("{name}/"), all);
            all.insert(name, "/".to_owned());
        } else if kind.is_symlink() {
            all.insert(name, format!("-> {}", fs::read_link(entry.path()).expect("a link").display()));
        } else {
            all.insert(name, fs::read_to_string(entry.path()).expect("a text"));
        }
    }
}

impl Ran {
    #[track_caller]
    pub fn ends(&self, code: i32) -> &Self {
        assert_eq!(self.code, Some(code), "stdout:\n{}\nstderr:\n{}", self.stdout, self.stderr);
        self
    }
}

/// The compiled tree of a target, with its record.
pub fn tree(project: &str, target: &str, files: &[(&str, &str)]) -> Files {
    let mut tree: Files = files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect();
    let record = pipelinec::record::write(project, target, &tree);
    tree.insert("tree.json".to_owned(), record);
    tree
}

/// Compiled trees of the project `p`.
pub fn trees(targets: &[(&str, &[(&str, &str)])]) -> BTreeMap<String, Files> {
    targets.iter().map(|(target, files)| ((*target).to_owned(), tree("p", target, files))).collect()
}
