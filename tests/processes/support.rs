//! Runs the program in a folder, and writes programs for it to find. `tests/suite` has none of this: it starts no process.

pub use testkit::folder::Folder;

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

/// How a run ended.
#[derive(Debug)]
pub struct Ran {
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

/// The program, run in a folder.
pub trait Run {
    /// With these arguments and nothing on standard input.
    fn run(&self, args: &[&str]) -> Ran;

    /// With standard input and variables as well.
    fn run_with(&self, args: &[&str], input: &[u8], env: &[(&str, &str)]) -> Ran;
}

impl Run for Folder {
    fn run(&self, args: &[&str]) -> Ran {
        self.run_with(args, b"", &[])
    }

    fn run_with(&self, args: &[&str], input: &[u8], env: &[(&str, &str)]) -> Ran {
        let mut child = Command::new(env!("CARGO_BIN_EXE_pipelinec"))
            .args(args)
            .current_dir(self.path(""))
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
}

impl Ran {
    #[track_caller]
    pub fn ends(&self, code: i32) -> &Self {
        assert_eq!(self.code, Some(code), "stdout:\n{}\nstderr:\n{}", self.stdout, self.stderr);
        self
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
