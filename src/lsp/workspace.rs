//! What the editor has open, over what is on disk; and the program that a file belongs to.

use crate::ide::Program;
use crate::source::SourceMap;
use crate::syntax::{self, ast};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// Reads the sources of a folder. Paths are those of the folder, joined.
pub type Load<'a> = dyn Fn(&Path) -> Result<SourceMap, String> + 'a;

/// The files of a folder on disk.
#[derive(Default)]
struct Disk {
    sources: SourceMap,
    /// Those that declare a project.
    projects: BTreeSet<String>,
}

impl Disk {
    fn new(sources: SourceMap) -> Self {
        let declaring = sources.iter().filter(|(_, file)| has_project(file.text()));
        let projects = declaring.map(|(_, file)| file.path().to_owned()).collect();
        Self { sources, projects }
    }
}

/// The folders and files that the editor shows.
pub struct Workspace<'a> {
    load: &'a Load<'a>,
    folders: Vec<PathBuf>,
    open: BTreeMap<String, String>,
    /// What is on disk, by the folder that was asked for.
    disk: BTreeMap<PathBuf, Disk>,
    programs: BTreeMap<PathBuf, Program>,
    /// Why a folder cannot be read completely.
    pub failures: Vec<String>,
}

impl<'a> Workspace<'a> {
    /// A workspace of these folders.
    pub fn new(folders: Vec<PathBuf>, load: &'a Load<'a>) -> Self {
        let (open, disk, programs) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
        Self { load, folders, open, disk, programs, failures: Vec::new() }
    }

    /// The editor has this text for the path, whatever is on disk.
    pub fn set(&mut self, path: &str, text: String) {
        self.open.insert(path.to_owned(), text);
        self.programs.clear();
    }

    /// The editor shows other folders.
    pub fn change_folders(&mut self, removed: &[PathBuf], added: Vec<PathBuf>) {
        self.folders.retain(|known| !removed.contains(known) && !added.contains(known));
        self.folders.extend(added);
        self.forget();
    }

    /// What is on disk counts again.
    pub fn close(&mut self, path: &str) {
        self.open.remove(path);
        self.forget();
    }

    /// Anything may have changed on disk.
    pub fn forget(&mut self) {
        self.disk.clear();
        self.programs.clear();
    }

    /// The text that the editor has open.
    pub fn text(&self, path: &str) -> Option<&str> {
        self.open.get(path).map(String::as_str)
    }

    /// The programs of all that is open.
    pub fn open_programs(&mut self) -> Vec<&Program> {
        let open: Vec<_> = self.open.keys().cloned().collect();
        let roots: BTreeSet<_> = open.iter().map(|path| self.made(path)).collect();
        roots.iter().filter_map(|root| self.programs.get(root)).collect()
    }

    /// The programs of the workspace's folders, and of all that is open.
    pub fn all_programs(&mut self) -> Vec<&Program> {
        let mut files: BTreeSet<String> = self.open.keys().cloned().collect();
        for folder in self.folders.clone() {
            files.extend(self.below(&folder, &folder).iter().map(|(_, file)| file.path().to_owned()));
        }
        files.iter().for_each(|path| {
            self.made(path);
        });
        self.programs.values().collect()
    }

    /// The program that a file belongs to.
    pub fn program(&mut self, path: &str) -> Option<&Program> {
        let root = self.made(path);
        self.programs.get(&root)
    }

    /// Makes the program of a file, and says in which folder it is: the nearest one around the file in which a `project`
    /// is declared, else the folder of the workspace, else that of the file.
    fn made(&mut self, path: &str) -> PathBuf {
        let file = Path::new(path);
        let around = self.folders.iter().filter(|folder| file.starts_with(folder));
        let base = around.max_by_key(|folder| folder.as_os_str().len()).map(PathBuf::as_path).or(file.parent());
        let base = base.unwrap_or(file).to_owned();
        let open = self.open.iter().filter(|(_, text)| has_project(text)).map(|(path, _)| path.clone());
        let mut declaring: BTreeSet<String> = open.collect();
        let closed = self.disk(&base).projects.iter().cloned().collect::<Vec<_>>();
        declaring.extend(closed.into_iter().filter(|path| !self.open.contains_key(path)));
        let around = declaring.iter().filter_map(|path| Path::new(path).parent());
        let around = around.filter(|folder| file.starts_with(folder) && folder.starts_with(&base));
        let root = around.max_by_key(|folder| folder.as_os_str().len()).unwrap_or(&base).to_owned();
        if !self.programs.contains_key(&root) {
            let sources = self.below(&base, &root);
            self.programs.insert(root.clone(), Program::new(sources));
        }
        root
    }

    /// What is on disk below a folder.
    fn disk(&mut self, folder: &Path) -> &Disk {
        if !self.disk.contains_key(folder) {
            let disk = (self.load)(folder).map(Disk::new).unwrap_or_else(|why| {
                self.failures.push(why);
                Disk::default()
            });
            self.disk.insert(folder.to_owned(), disk);
        }
        &self.disk[folder]
    }

    /// The files below a folder that was read with the one around it: those that are open, over those on disk.
    fn below(&mut self, read: &Path, folder: &Path) -> SourceMap {
        let inside = |path: &str| Path::new(path).starts_with(folder);
        self.disk(read);
        let open = self.open.iter().filter(|(path, _)| inside(path));
        let open = open.map(|(path, text)| (path.clone(), text.clone()));
        self.disk[read].sources.overlaid(inside, open)
    }
}

/// Whether a text declares a project.
fn has_project(text: &str) -> bool {
    if !text.contains("project") {
        return false;
    }
    let sources = SourceMap::new([(String::new(), text.to_owned())]);
    sources.iter().any(|(id, file)| {
        let tree = syntax::parse(id, file, &mut crate::diag::Diagnostics::default());
        tree.items.iter().any(|item| matches!(item, ast::Item::Block(block) if block.word.value == "project"))
    })
}
