//! The command `init`: creates a small project that builds as it is. It asks no questions and overwrites nothing.

use super::args::{Init, OUT};
use super::build::quoted;
use super::error::Error;
use super::report::{Report, plain};
use super::{Outcome, read};
use crate::compile::compile;
use crate::replace;
use crate::source::SourceMap;
use crate::world::clone;
use std::fmt::Write as _;
use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

const PROJECT: &str = include_str!("init/project.pipe");
const APP: &str = include_str!("init/app.pipe");
/// The mark of a line whose values are guessed.
const GUESS: &str = "  # <- yours";

/// Runs it.
pub fn run(args: &Init, report: &Report) -> Result<Outcome, Error> {
    // A folder called `-` is a folder.
    let folder = Path::new(".").join(&args.path);
    refuse_what_is_there(&folder)?;
    let names = names(&folder);
    let files = files(&names);
    write(&folder, &files)?;
    report.result(&plain(&next(&args.path, &names, &files)))?;
    Ok(Outcome::Success)
}

/// A second program in the folder, or below it, would be compiled with the first.
fn refuse_what_is_there(folder: &Path) -> Result<(), Error> {
    match read::read(folder, &folder.join(OUT)) {
        Err(read::Error::Missing(_) | read::Error::Empty(_)) => Ok(()),
        Ok(sources) => Err(Error::Occupied(sources.iter().map(|(_, file)| file.path().into()).collect())),
        Err(error) => Err(error.into()),
    }
}

/// What the project is called.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Names {
    /// Whose repositories they are.
    owner: String,
    app: String,
    source: Repository,
    gitops: Repository,
}

/// The name of a repository, and whether it is only a guess.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Repository {
    name: String,
    guessed: bool,
}

impl Repository {
    fn known(name: &str) -> Self {
        Self { name: name.to_owned(), guessed: false }
    }

    fn guessed(name: &str) -> Self {
        Self { name: name.to_owned(), guessed: true }
    }
}

impl Names {
    /// Of an app in the repository that git knows.
    fn of_app(owner: &str, repository: &str, app: &str) -> Self {
        Self {
            owner: owner.to_owned(),
            app: app.to_owned(),
            source: Repository::known(repository),
            gitops: Repository::guessed("gitops"),
        }
    }

    /// Of some app, when the repository that git knows is the one that Argo CD reads.
    fn of_gitops(owner: &str, repository: &str) -> Self {
        Self { gitops: Repository::known(repository), ..Self::guessed(owner, "shop") }
    }

    fn guessed(owner: &str, app: &str) -> Self {
        Self { source: Repository::guessed(app), ..Self::of_app(owner, app, app) }
    }

    fn project(&self) -> String {
        self.owner.to_lowercase()
    }
}

/// The best names that the language takes: those of the repository, those of the folder, or just any.
fn names(folder: &Path) -> Names {
    let mut candidates = Vec::new();
    let own = folder_name(folder);
    let remote = clone::remote(folder);
    if let Some(("github.com", owner, repository)) = remote.as_deref().and_then(clone::address)
        && !owner.contains('/')
    {
        let app = repository.to_lowercase().replace(['.', '_'], "-");
        if app.split('-').any(|word| word == "gitops") {
            candidates.push(Names::of_gitops(owner, repository));
        }
        let apps = [Some(app), own.clone(), Some("shop".to_owned())];
        candidates.extend(apps.into_iter().flatten().map(|app| Names::of_app(owner, repository, &app)));
    }
    candidates.extend(own.map(|app| Names::guessed("acme", &app)));
    candidates.into_iter().find(compiles).unwrap_or_else(|| Names::guessed("acme", "shop"))
}

/// Whether nothing is to be said of the project with these names.
fn compiles(names: &Names) -> bool {
    is_word(&names.app) && compile(&SourceMap::new(files(names))).diagnostics.is_empty()
}

/// Whether a text can be used in a program without escaping.
fn is_word(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|letter| letter.is_ascii_alphanumeric() || "-_.".contains(letter))
}

fn folder_name(folder: &Path) -> Option<String> {
    // The folder may not be there yet.
    let absolute = folder.canonicalize().or_else(|_| std::path::absolute(folder)).ok()?;
    Some(absolute.file_name()?.to_str()?.to_owned())
}

/// The files of the project.
fn files(names: &Names) -> [(String, String); 2] {
    let mark = |repository: &Repository| if repository.guessed { GUESS } else { "" };
    let address = |repository: &Repository| format!("github.com/{}/{}", names.owner, repository.name);
    let (project, gitops, source) = (names.project(), address(&names.gitops), address(&names.source));
    let values = [
        ("@PROJECT@", project.as_str()),
        ("@GITOPS@", &gitops),
        ("@GITOPS-GUESS@", mark(&names.gitops)),
        ("@APP@", &names.app),
        ("@SOURCE@", &source),
        ("@SOURCE-GUESS@", mark(&names.source)),
    ];
    let fill = |text: &str| replace::at_once(text, &values);
    [("project.pipe".to_owned(), fill(PROJECT)), (format!("{}.pipe", names.app), fill(APP))]
}

/// Writes all files, or none.
fn write(folder: &Path, files: &[(String, String)]) -> Result<(), Error> {
    fs::create_dir_all(folder).map_err(|source| Error::Uncreatable { path: shown(folder), source })?;
    let mut written: Vec<PathBuf> = Vec::new();
    for (name, text) in files {
        let path = folder.join(name);
        let created = fs::File::create_new(&path).and_then(|mut file| {
            written.push(path.clone());
            file.write_all(text.as_bytes())
        });
        if let Err(source) = created {
            for path in &written {
                let _ = fs::remove_file(path);
            }
            return Err(match source.kind() {
                io::ErrorKind::AlreadyExists => Error::Occupied(vec![shown(&path)]),
                _ => Error::Uncreatable { path: shown(&path), source },
            });
        }
    }
    Ok(())
}

/// A path as it was given, without the `./` that was put before it.
fn shown(path: &Path) -> PathBuf {
    path.strip_prefix(".").map_or_else(|_| path.to_owned(), Path::to_owned)
}

/// What was written, and what to do next.
fn next(given: &Path, names: &Names, files: &[(String, String)]) -> String {
    let mut text = String::new();
    let mut yours = Vec::new();
    for (name, content) in files {
        let path = shown(&Path::new(".").join(given).join(name));
        let _ = writeln!(text, "wrote {}", path.display());
        let lines = content.lines().enumerate().filter(|(_, line)| line.ends_with(GUESS));
        let lines: Vec<_> = lines.map(|(at, _)| (at + 1).to_string()).collect();
        yours.push(format!("{} ({})", name, lines.join(", ")));
    }
    let folder =
        if given.as_os_str() == "." { String::new() } else { format!(" {}", quoted(&given.display().to_string())) };
    let _ = write!(
        text,
        "
The project compiles as it is. Next steps:
  1. replace the values marked `<- yours`: {}
  2. run `pipelinec check{folder}` to find errors
  3. run `pipelinec build{folder}`, and commit {OUT}/{project}/ to the repository in `gitops`
  4. read {OUT}/{project}/README.md: it lists what the cluster needs, and how to start
",
        yours.join(" and "),
        project = names.project(),
    );
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_the_language_does_not_take_are_not_used() {
        for app in ["My-App", "v2.0", "project", "in", "github", "a\"b", "", &"x".repeat(41)] {
            assert!(!compiles(&Names::guessed("acme", app)), "{app}");
        }
        assert!(compiles(&Names::guessed("acme", "shop")) && compiles(&Names::of_app("Acme", "Shop.Web", "shop")));
    }
}
