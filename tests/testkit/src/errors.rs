//! The texts in `tests/errors`. A syntax error (E01) needs no whole program, so those texts are parsed only, unless they
//! name what to compile them with; all others are compiled.

use std::path::{Path, PathBuf};
use std::sync::{LazyLock, OnceLock};

use pipelinec::compile::compile;
use pipelinec::diag::Diagnostic;
use pipelinec::source::SourceMap;

use crate::fixtures::{files, parse, program, stem};

/// A text with an error.
pub struct Case {
    /// The file.
    pub path: PathBuf,
    /// What is in it.
    pub text: String,
    /// What there is to say of it: several tests look at that.
    said: OnceLock<(SourceMap, Vec<Diagnostic>)>,
}

/// Those in the folders of `tests/errors`; the files beside the folders are parts of their programs.
pub fn cases() -> &'static [Case] {
    static CASES: LazyLock<Vec<Case>> = LazyLock::new(|| {
        let part = |path: &Path| path.parent().is_some_and(|folder| folder.ends_with("errors"));
        let paths = files("errors", "pipe").into_iter().filter(|path| !part(path));
        let text = |path: &Path| std::fs::read_to_string(path).expect("a fixture is text");
        paths.map(|path| Case { text: text(&path), path, said: OnceLock::new() }).collect()
    });
    &CASES
}

impl Case {
    /// The folder that it lies in.
    pub fn folder(&self) -> &Path {
        self.path.parent().expect("a fixture lies in a folder")
    }

    /// Its files, and what there is to say of them.
    pub fn said(&self) -> (&SourceMap, &[Diagnostic]) {
        let (sources, diagnostics) = self.said.get_or_init(|| {
            let sources = self.sources(&self.text);
            let diagnostics = self.diagnostics(&sources);
            (sources, diagnostics)
        });
        (sources, diagnostics)
    }

    /// A text in its place, with the files that it is compiled with.
    pub fn sources(&self, text: &str) -> SourceMap {
        program(&format!("{}.pipe", stem(&self.path)), text)
    }

    /// What there is to say of such files.
    pub fn diagnostics(&self, sources: &SourceMap) -> Vec<Diagnostic> {
        let folder = self.folder().file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let syntax = folder.starts_with("E01") || folder == "recovery";
        if syntax && sources.iter().count() == 1 { parse(sources).1 } else { compile(sources).diagnostics }
    }

    /// The codes after `# expect:`, which a change of snapshots cannot bless away.
    pub fn expected(&self) -> Vec<&str> {
        let first = self.text.lines().next().unwrap_or_default().trim_start_matches('\u{feff}');
        let codes = first.strip_prefix("# expect:").expect("a fixture begins with `# expect:`");
        codes.split_whitespace().collect()
    }
}
