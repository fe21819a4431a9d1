//! Replaces old trees with finished ones, by renames that can be undone: in the same run if one fails, or
//! by the next run ([`recover`]) when a run was killed.
//!
//! ```text
//! <out>/.pipelinec-<random>/new/<target>/    the finished tree, until it is in its place
//!                           old/<target>/    the former tree, from the moment in which it left its place
//!                           new/.old/        the former trees, once all is done: from here on nothing is undone
//!                           .gitignore       so that nobody commits any of it
//! ```

use super::compare::{FileKind, is_made, kind, names};
use super::read::record_of;
use super::{Error, Journal};
use crate::record::Record;
use std::fs;
use std::path::{Path, PathBuf};

/// How the names of working folders begin.
const PREFIX: &str = ".pipelinec-";
/// How many random letters and digits follow.
const RANDOM: usize = 20;

/// The working folder of a run, in the output folder, so that a rename never crosses file systems.
#[derive(Debug)]
pub struct Work<'a> {
    path: PathBuf,
    journal: &'a Journal,
}

impl<'a> Work<'a> {
    /// Creates a separate working folder for this run, and notes it.
    pub fn create(out: &Path, journal: &'a Journal) -> Result<Self, Error> {
        let made = tempfile::Builder::new().prefix(PREFIX).rand_bytes(RANDOM).tempdir_in(out);
        let work = Self { path: made.map_err(Error::io("create a folder in", out))?.keep(), journal };
        work.journal.note(out, &work.name());
        let made = [work.making(), work.former()]
            .into_iter()
            .try_for_each(|folder| fs::create_dir(&folder).map_err(Error::io("create the folder", &folder)))
            .and_then(|()| {
                let ignored = work.path.join(IGNORED);
                fs::write(&ignored, "*\n").map_err(Error::io("write", &ignored))
            });
        if made.is_err() {
            work.remove();
        }
        made.map(|()| work)
    }

    fn name(&self) -> String {
        self.path.file_name().unwrap_or_default().to_string_lossy().into_owned()
    }

    /// Where the new tree of a target is made.
    pub fn made(&self, target: &str) -> PathBuf {
        self.making().join(target)
    }

    /// Removes the folder. What cannot be removed now, the next run removes.
    pub fn remove(&self) {
        if fs::remove_dir_all(&self.path).is_ok() {
            self.journal.forget(&self.name());
        }
    }

    fn making(&self) -> PathBuf {
        self.path.join("new")
    }

    fn former(&self) -> PathBuf {
        self.path.join("old")
    }
}

/// The file that keeps a working folder out of commits.
const IGNORED: &str = ".gitignore";

/// Puts the new tree of each target into its place, with all that others have put into the old one. When one step
/// fails, those before it are undone.
pub fn swap(work: &Work, out: &Path, targets: &[&str]) -> Result<(), Error> {
    let mut moves = Moves::default();
    let Err(cause) = swap_all(work, out, targets, &mut moves) else { return Ok(()) };
    match moves.undo() {
        Ok(()) => Err(cause),
        Err(error) => Err(Error::NotUndone { kept: work.path.clone(), cause: Box::new(cause), error: Box::new(error) }),
    }
}

fn swap_all(work: &Work, out: &Path, targets: &[&str], moves: &mut Moves) -> Result<(), Error> {
    for target in targets {
        let (place, former) = (out.join(target), work.former().join(target));
        let replaces = kind(&place)? == FileKind::Folder;
        if replaces {
            moves.rename(&place, &former)?;
        }
        moves.rename(&work.made(target), &place)?;
        if replaces {
            carry(&former, &place, moves)?;
        }
    }
    moves.rename(&work.former(), &work.making().join(".old"))
}

/// The working folders that killed runs have left in `out`, whoever's they are; sorted.
///
/// # Errors
/// When the folder cannot be read.
pub fn leftovers(out: &Path) -> Result<Vec<PathBuf>, Error> {
    let names = names(out)?.into_iter().filter(|name| name.to_string_lossy().starts_with(PREFIX));
    Ok(names.map(|name| out.join(name)).collect())
}

/// Undoes what a killed run of this user has left behind, so that the trees are those from before it.
pub fn recover(out: &Path, journal: &Journal) -> Result<(), Error> {
    for path in leftovers(out)? {
        let work = Work { path, journal };
        if !journal.knows(out, &work.name())? || !is_working_folder(&work)? {
            continue;
        }
        for target in names(&work.former())? {
            let (place, former) = (out.join(&target), work.former().join(&target));
            // No step of this is undone if one fails: the next run continues where it ended.
            let mut moves = Moves::default();
            match kind(&place)? {
                FileKind::Nothing => {}
                FileKind::Folder => {
                    carry(&place, &former, &mut moves)?;
                    moves.rename(&place, &work.making().join(&target))?;
                }
                FileKind::File | FileKind::Other => return Err(Error::InTheWay(vec![place])),
            }
            moves.rename(&former, &place)?;
        }
        work.remove();
    }
    Ok(())
}

/// Whether a folder has nothing but what a run puts into its working folder.
fn is_working_folder(work: &Work) -> Result<bool, Error> {
    if kind(&work.path)? != FileKind::Folder {
        return Ok(false);
    }
    for name in names(&work.path)? {
        let at = work.path.join(name);
        let expected = if at == work.path.join(IGNORED) { FileKind::File } else { FileKind::Folder };
        if ![work.making(), work.former(), work.path.join(IGNORED)].contains(&at) || kind(&at)? != expected {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Moves all that no build has made from one tree to the same paths of another.
fn carry(from: &Path, to: &Path, moves: &mut Moves) -> Result<(), Error> {
    carry_folder(from, to, Path::new(""), &[record_of(from)?, record_of(to)?], moves)
}

/// `trees` are the records of both.
fn carry_folder(
    from: &Path,
    to: &Path,
    folder: &Path,
    trees: &[Option<Record>; 2],
    moves: &mut Moves,
) -> Result<(), Error> {
    let [here, there] = trees;
    for name in names(&from.join(folder))? {
        let at = folder.join(name);
        let generated = match kind(&from.join(&at))? {
            FileKind::Folder if trees.iter().flatten().any(|tree| tree.paths.folders.contains(&at)) => {
                carry_folder(from, to, &at, trees, moves)?;
                true
            }
            // The other tree has its own file there, or this one was generated and is not needed.
            FileKind::File => {
                let replaced = there.as_ref().is_some_and(|tree| tree.paths.files.contains(&at));
                let listed = here.as_ref().filter(|tree| tree.paths.files.contains(&at));
                replaced || listed.map_or(Ok(false), |tree| is_made(from, &at, tree))?
            }
            FileKind::Nothing | FileKind::Folder | FileKind::Other => false,
        };
        if !generated {
            let parent = to.join(folder);
            fs::create_dir_all(&parent).map_err(Error::io("create the folder", &parent))?;
            moves.rename(&from.join(&at), &to.join(&at))?;
        }
    }
    Ok(())
}

/// The renames of a run, in their order.
#[derive(Debug, Default)]
struct Moves {
    done: Vec<(PathBuf, PathBuf)>,
}

impl Moves {
    /// Renames, and never replaces.
    fn rename(&mut self, from: &Path, to: &Path) -> Result<(), Error> {
        if kind(to)? != FileKind::Nothing {
            return Err(Error::InTheWay(vec![to.to_owned()]));
        }
        fs::rename(from, to).map_err(Error::io("move", from))?;
        self.done.push((from.to_owned(), to.to_owned()));
        Ok(())
    }

    fn undo(self) -> Result<(), Error> {
        for (from, to) in self.done.iter().rev() {
            fs::rename(to, from).map_err(Error::io("roll back", from))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::{Journal, Work, swap};
    use std::fs;

    #[test]
    fn a_failure_at_the_second_tree_undoes_the_first() {
        let temp = tempfile::tempdir().expect("a folder");
        let out = temp.path();
        for target in ["a", "b"] {
            fs::create_dir(out.join(target)).expect("made");
            let record = crate::record::write("p", target, &[("x".to_owned(), "old".to_owned())].into());
            fs::write(out.join(target).join("tree.json"), record).expect("written");
            fs::write(out.join(target).join("x"), "old").expect("written");
            fs::write(out.join(target).join("mine"), "mine").expect("written");
        }
        let journal = Journal::at(&out.join("journal"));
        let work = Work::create(out, &journal).expect("a working folder");
        fs::create_dir_all(work.made("a").join("deep")).expect("made");
        fs::write(work.made("a").join("x"), "new").expect("written");
        // There is no new tree of b.
        let error = swap(&work, out, &["a", "b"]).expect_err("fails");
        assert!(error.to_string().starts_with("cannot move"), "{error}");
        for target in ["a", "b"] {
            assert_eq!(fs::read_to_string(out.join(target).join("x")).expect("there"), "old");
            assert_eq!(fs::read_to_string(out.join(target).join("mine")).expect("there"), "mine");
        }
        assert_eq!(fs::read_to_string(work.made("a").join("x")).expect("there"), "new");
        assert_eq!(fs::read_dir(work.former()).expect("listed").count(), 0);
    }
}
