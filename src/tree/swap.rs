//! Puts finished trees into the places of old ones, by renames that can be undone; in the same run when one fails, and
//! by the next run ([`recover`]) when a run was killed.
//!
//! ```text
//! <out>/.pipelinec-<id>/new/<target>/    the finished tree, until it is in its place
//!                       old/<target>/    the former tree, from the moment in which it left its place
//!                       new/.old/        the former trees, once all is done: from here on nothing is undone
//! ```

use super::Error;
use super::compare::{Kind, kind, names};
use super::record::{Paths, Record};
use std::fs;
use std::path::{Path, PathBuf};

/// How the names of working folders begin.
const PREFIX: &str = ".pipelinec-";

/// The working folder of a run, in the output folder, so that a rename never crosses file systems.
#[derive(Debug)]
pub struct Work {
    path: PathBuf,
}

impl Work {
    /// Makes a working folder of its own for this run.
    pub fn create(out: &Path) -> Result<Self, Error> {
        let process = std::process::id();
        // Two containers may have the same number for their processes, and one folder.
        let free = (0..100).map(|n| out.join(format!("{PREFIX}{process}-{n}"))).find(|path| !path.exists());
        let work = Self { path: free.unwrap_or_else(|| out.join(PREFIX)) };
        fs::create_dir(&work.path).map_err(Error::io("create the folder", &work.path))?;
        for folder in [work.making(), work.former()] {
            if let Err(error) = fs::create_dir(&folder) {
                work.remove();
                return Err(Error::io("create the folder", &folder)(error));
            }
        }
        Ok(work)
    }

    /// Where the new tree of a target is made.
    pub fn made(&self, target: &str) -> PathBuf {
        self.making().join(target)
    }

    /// Removes the folder. What cannot be removed now, the next run removes.
    pub fn remove(&self) {
        let _ = fs::remove_dir_all(&self.path);
    }

    fn making(&self) -> PathBuf {
        self.path.join("new")
    }

    fn former(&self) -> PathBuf {
        self.path.join("old")
    }
}

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
        let replaces = kind(&place)? == Kind::Folder;
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

/// Undoes what a killed run has left behind, so that the trees are those from before it.
pub fn recover(out: &Path) -> Result<(), Error> {
    for name in names(out)? {
        let work = Work { path: out.join(&name) };
        if !name.to_string_lossy().starts_with(PREFIX) || !is_working_folder(&work)? {
            continue;
        }
        for target in names(&work.former())? {
            let (place, former) = (out.join(&target), work.former().join(&target));
            // No step of this is undone when one fails: the next run goes on where it ended.
            let mut moves = Moves::default();
            match kind(&place)? {
                Kind::Nothing => {}
                Kind::Folder => {
                    carry(&place, &former, &mut moves)?;
                    moves.rename(&place, &work.making().join(&target))?;
                }
                Kind::File | Kind::Other => return Err(Error::InTheWay(vec![place])),
            }
            moves.rename(&former, &place)?;
        }
        work.remove();
    }
    Ok(())
}

/// Whether a folder has nothing but what a run puts into its working folder.
fn is_working_folder(work: &Work) -> Result<bool, Error> {
    if kind(&work.path)? != Kind::Folder {
        return Ok(false);
    }
    for name in names(&work.path)? {
        let at = work.path.join(name);
        if (at != work.making() && at != work.former()) || kind(&at)? != Kind::Folder {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Moves all that is not generated from one tree to the same paths of another.
fn carry(from: &Path, to: &Path, moves: &mut Moves) -> Result<(), Error> {
    let paths = |root| Ok(Record::read(root)?.map(|record| record.paths).unwrap_or_default());
    let (here, there): (Paths, Paths) = (paths(from)?, paths(to)?);
    carry_folder(from, to, Path::new(""), &[here, there], moves)
}

fn carry_folder(from: &Path, to: &Path, folder: &Path, trees: &[Paths; 2], moves: &mut Moves) -> Result<(), Error> {
    for name in names(&from.join(folder))? {
        let at = folder.join(name);
        let generated = match kind(&from.join(&at))? {
            Kind::Folder if trees.iter().any(|tree| tree.folders.contains(&at)) => {
                carry_folder(from, to, &at, trees, moves)?;
                true
            }
            Kind::File => trees.iter().any(|tree| tree.files.contains(&at)),
            Kind::Nothing | Kind::Folder | Kind::Other => false,
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
        if kind(to)? != Kind::Nothing {
            return Err(Error::InTheWay(vec![to.to_owned()]));
        }
        fs::rename(from, to).map_err(Error::io("move", from))?;
        self.done.push((from.to_owned(), to.to_owned()));
        Ok(())
    }

    fn undo(self) -> Result<(), Error> {
        for (from, to) in self.done.iter().rev() {
            fs::rename(to, from).map_err(Error::io("put back", from))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::{Work, swap};
    use std::fs;

    #[test]
    fn a_failure_at_the_second_tree_undoes_the_first() {
        let temp = tempfile::tempdir().expect("a folder");
        let out = temp.path();
        for target in ["a", "b"] {
            fs::create_dir(out.join(target)).expect("made");
            let record = format!(r#"{{"project":"p","target":"{target}","files":["x"]}}"#);
            fs::write(out.join(target).join("tree.json"), record).expect("written");
            fs::write(out.join(target).join("x"), "old").expect("written");
            fs::write(out.join(target).join("mine"), "mine").expect("written");
        }
        let work = Work::create(out).expect("a working folder");
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
