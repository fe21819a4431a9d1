//! Trees are replaced as a whole or not at all, and what others put into the output folder is safe.

use pipelinec::cli::stale;
use pipelinec::files::Files;
use pipelinec::tree::{Comparison, Coverage, Error, Journal, compare, compare_all, leftovers};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};
use testkit::folder::{Folder, tree, trees};

const OLD: &[(&str, &str)] = &[("a.yaml", "a\n"), ("deep/er/b.yaml", "b\n"), ("deep/gone.yaml", "gone\n")];
const NEW: &[(&str, &str)] = &[("a.yaml", "a2\n"), ("deep/er/b.yaml", "b\n"), ("fresh/c.yaml", "c\n")];

/// Writes, and notes working folders beside the output folder.
fn write(out: &Path, trees: &BTreeMap<String, Files>, scope: Coverage) -> Result<Vec<Comparison>, Error> {
    pipelinec::tree::write(out, trees, scope, &Journal::at(&journal(out)))
}

/// Outside of the folder of the test, so that a listing of that does not show it.
fn journal(out: &Path) -> PathBuf {
    let temp = std::env::temp_dir();
    let folder = out.ancestors().find(|path| path.parent() == Some(&temp)).and_then(Path::file_name);
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("journals").join(folder.expect("a temporary folder"))
}

/// A folder with the tree of OLD for the target `t`.
fn built() -> (Folder, PathBuf) {
    let folder = Folder::new();
    let out = folder.path("out");
    write(&out, &trees(&[("t", OLD)]), Coverage::Whole).expect("written");
    (folder, out)
}

/// Asserts that writing NEW fails and changes nothing, and gives the error.
#[track_caller]
fn refused(folder: &Folder) -> Error {
    let before = folder.listing("");
    let error = write(&folder.path("out"), &trees(&[("s", OLD), ("t", NEW)]), Coverage::Whole).expect_err("refused");
    assert_eq!(folder.listing(""), before, "{error}");
    error
}

#[test]
fn a_first_build_makes_the_folders_and_all_files() {
    let (folder, _) = built();
    let expected: BTreeMap<_, _> = [
        ("t", "/"),
        ("t/a.yaml", "a\n"),
        ("t/deep", "/"),
        ("t/deep/er", "/"),
        ("t/deep/er/b.yaml", "b\n"),
        ("t/deep/gone.yaml", "gone\n"),
        ("t/tree.json", trees(&[("t", OLD)])["t"]["tree.json"].as_str()),
    ]
    .map(|(path, text)| (path.to_owned(), text.to_owned()))
    .into();
    assert_eq!(folder.listing("out"), expected);
}

#[test]
fn a_comparison_names_what_differs_and_writing_fixes_it() {
    let (folder, out) = built();
    let new = trees(&[("t", NEW)]);
    let found = compare(&out, "t", &new["t"]).expect("compared");
    assert_eq!(found.added, ["fresh/c.yaml"]);
    assert_eq!(found.changed, ["a.yaml", "tree.json"]);
    assert_eq!(found.removed, ["deep/gone.yaml"]);
    assert_eq!((found.files, found.foreign.len()), (4, 0));
    assert_eq!(write(&out, &new, Coverage::Whole).expect("written"), [found]);
    assert!(compare(&out, "t", &new["t"]).expect("compared").is_current());
    assert!(!folder.path("out/t/deep/gone.yaml").exists());
}

#[test]
fn a_current_tree_is_not_touched() {
    let (folder, out) = built();
    let long_ago = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000_000);
    let places = ["out/t/a.yaml", "out/t/deep", "out/t", "out"].map(|path| folder.path(path));
    let open = |path| fs::File::open(path).expect("opened");
    places.iter().for_each(|path| open(path).set_modified(long_ago).expect("set"));
    let found = write(&out, &trees(&[("t", OLD)]), Coverage::Whole).expect("written");
    assert!(found[0].is_current());
    let time = |path| fs::metadata(path).expect("there").modified().expect("a time");
    assert!(places.iter().all(|path| time(path) == long_ago));
}

#[test]
fn a_tree_that_did_not_change_is_not_touched_when_another_does() {
    let (folder, out) = built();
    write(&out, &trees(&[("s", OLD), ("t", OLD)]), Coverage::Whole).expect("written");
    let time = |path| fs::metadata(folder.path(path)).expect("there").modified().expect("a time");
    let before = time("out/s");
    write(&out, &trees(&[("s", OLD), ("t", NEW)]), Coverage::Whole).expect("written");
    assert_eq!(time("out/s"), before);
}

#[test]
fn files_of_others_are_carried_over() {
    let (folder, out) = built();
    folder.put("out/t/NOTES.md", "mine");
    folder.put("out/t/deep/NOTES.md", "mine, where a generated file goes away");
    folder.put("out/t/own/deep/er", "mine, in a folder of mine");
    fs::create_dir(folder.path("out/t/empty")).expect("made");
    folder.put("out/README.md", "beside the trees");
    write(&out, &trees(&[("t", NEW)]), Coverage::Whole).expect("written");
    write(&out, &trees(&[("t", &[])]), Coverage::Whole).expect("written");
    let listing = folder.listing("out");
    let names: Vec<_> = listing.iter().filter(|(_, text)| *text != "/").map(|(path, _)| path.as_str()).collect();
    assert_eq!(names, ["README.md", "t/NOTES.md", "t/deep/NOTES.md", "t/own/deep/er", "t/tree.json"]);
    assert_eq!(listing["t/empty"], "/");
    assert!(!folder.path("out/t/deep/er").exists(), "folders that were only generated go away");
}

#[test]
fn a_foreign_file_in_the_way_stops_the_build() {
    let (folder, _) = built();
    folder.put("out/t/fresh/c.yaml", "mine");
    let error = refused(&folder);
    assert!(matches!(&error, Error::InTheWay(paths) if *paths == [folder.path("out/t/fresh/c.yaml")]), "{error}");
}

#[test]
fn a_foreign_file_with_the_same_content_is_taken_over() {
    let (folder, out) = built();
    folder.put("out/t/fresh/c.yaml", "c\n");
    write(&out, &trees(&[("t", NEW)]), Coverage::Whole).expect("written");
    write(&out, &trees(&[("t", OLD)]), Coverage::Whole).expect("written");
    assert!(!folder.path("out/t/fresh").exists());
}

#[test]
fn folders_and_files_of_others_are_not_replaced_by_the_opposite() {
    let (folder, _) = built();
    folder.put("out/t/fresh", "a file where a folder must be");
    let Error::InTheWay(paths) = refused(&folder) else { panic!("another error") };
    assert_eq!(paths, [folder.path("out/t/fresh")]);

    let (folder, _) = built();
    folder.put("out/t/fresh/c.yaml/x", "a folder where a file must be");
    let Error::InTheWay(paths) = refused(&folder) else { panic!("another error") };
    assert_eq!(paths, [folder.path("out/t/fresh/c.yaml")]);

    let folder = Folder::new().file("out/t", "a file where the tree must be");
    let Error::InTheWay(paths) = refused(&folder) else { panic!("another error") };
    assert_eq!(paths, [folder.path("out/t")]);
}

#[test]
fn a_generated_file_may_become_a_folder_and_a_folder_a_file() {
    let (folder, out) = built();
    let turned: &[_] = &[("a.yaml/x", "x\n"), ("deep", "now a file\n")];
    write(&out, &trees(&[("t", turned)]), Coverage::Whole).expect("written");
    assert_eq!(folder.text("out/t/a.yaml/x"), "x\n");
    assert_eq!(folder.text("out/t/deep"), "now a file\n");

    let (folder, _) = built();
    folder.put("out/t/deep/er/mine", "mine");
    let error = write(&folder.path("out"), &trees(&[("t", turned)]), Coverage::Whole).expect_err("refused");
    assert!(matches!(&error, Error::InTheWay(paths) if *paths == [folder.path("out/t/deep/er/mine")]), "{error}");
}

#[cfg(unix)]
#[test]
fn links_are_never_followed() {
    use std::os::unix::fs::symlink;
    let outside = |folder: &Folder| folder.put("outside/c.yaml", "precious");

    // At the place of a file, of a folder of the tree, and of the tree.
    for place in ["out/t/fresh/c.yaml", "out/t/a.yaml", "out/t/fresh", "out/s"] {
        let (folder, _) = built();
        outside(&folder);
        let at = folder.path(place);
        let _ = fs::remove_file(&at);
        fs::create_dir_all(at.parent().expect("a folder")).expect("made");
        symlink(folder.path("outside"), &at).expect("linked");
        let Error::InTheWay(paths) = refused(&folder) else { panic!("another error") };
        assert_eq!(paths, [at]);
    }
    // Where something is removed: the link stays, and so does that to which it points.
    let (folder, out) = built();
    outside(&folder);
    fs::remove_dir_all(folder.path("out/t/deep")).expect("removed");
    symlink(folder.path("outside"), folder.path("out/t/deep")).expect("linked");
    folder.put("outside/gone.yaml", "precious");
    write(&out, &trees(&[("t", &[("a.yaml", "a\n")])]), Coverage::Whole).expect("written");
    assert_eq!(folder.text("outside/gone.yaml"), "precious");
    assert!(folder.path("out/t/deep").is_symlink());
    // The record itself.
    let (folder, _) = built();
    fs::rename(folder.path("out/t/tree.json"), folder.path("record")).expect("moved");
    symlink(folder.path("record"), folder.path("out/t/tree.json")).expect("linked");
    assert!(matches!(refused(&folder), Error::NotOurs { .. }));
}

#[cfg(unix)]
#[test]
fn modes_stay_and_a_new_file_gets_the_usual_one() {
    use std::os::unix::fs::PermissionsExt as _;
    let (folder, out) = built();
    let set = |path, mode| fs::set_permissions(folder.path(path), fs::Permissions::from_mode(mode)).expect("set");
    let mode = |path| fs::metadata(folder.path(path)).expect("there").permissions().mode() & 0o7777;
    set("out/t/a.yaml", 0o640);
    set("out/t", 0o2775);
    write(&out, &trees(&[("t", NEW)]), Coverage::Whole).expect("written");
    assert_eq!((mode("out/t/a.yaml"), mode("out/t")), (0o640, 0o2775));
    assert_eq!(mode("out/t/fresh/c.yaml") & 0o111, 0, "a manifest is not executable");
}

#[test]
fn a_record_that_no_build_wrote_is_not_believed() {
    let (folder, _) = built();
    folder.put("victim", "precious");
    let absolute = folder.path("victim").display().to_string();
    let record = |project: &str, target: &str, file: &str| {
        format!("{{\"project\": {project:?}, \"target\": {target:?}, \"files\": [{file:?}]}}")
    };
    for text in [
        "not JSON".to_owned(),
        "[]".to_owned(),
        record("p", "t", "../../victim"),
        record("p", "t", &absolute),
        record("another", "t", "a.yaml"),
        record("p", "another", "a.yaml"),
    ] {
        folder.put("out/t/tree.json", &text);
        let error = refused(&folder);
        assert!(matches!(error, Error::NotOurs { .. }), "{error}");
    }
}

#[test]
fn the_tree_of_a_target_that_is_gone_is_removed() {
    let (folder, out) = built();
    write(&out, &trees(&[("s", OLD)]), Coverage::Chosen).expect("written");
    assert!(folder.path("out/t").exists(), "a build of some targets leaves the others");

    let found = compare_all(&out, &trees(&[("s", OLD)]), Coverage::Whole).expect("compared");
    assert!(found[1].obsolete && !found[1].is_current());
    assert_eq!(found[1].removed, ["a.yaml", "deep/er/b.yaml", "deep/gone.yaml", "tree.json"]);
    write(&out, &trees(&[("s", OLD)]), Coverage::Whole).expect("written");
    assert!(!folder.path("out/t").exists());

    write(&out, &trees(&[("s", OLD), ("t", OLD)]), Coverage::Whole).expect("written");
    folder.put("out/t/deep/mine", "mine");
    write(&out, &trees(&[("s", OLD)]), Coverage::Whole).expect("written");
    assert_eq!(folder.listing("out/t").keys().collect::<Vec<_>>(), ["deep", "deep/mine"]);
}

#[test]
fn folders_of_others_beside_the_trees_stay() {
    let (folder, out) = built();
    let other = tree("another", "theirs", OLD);
    write(&out, &BTreeMap::from([("theirs".to_owned(), other)]), Coverage::Whole).expect("written");
    folder.put("out/broken/tree.json", "{");
    folder.put("out/copy/tree.json", folder.text("out/t/tree.json"));
    folder.put("out/copy/a.yaml", "a\n");
    let before = folder.listing("out");
    write(&out, &trees(&[("t", OLD)]), Coverage::Whole).expect("written");
    assert_eq!(folder.listing("out"), before);
}

#[test]
fn a_failure_leaves_all_as_it_was() {
    // The name of a file is too long for every file system, which shows when the second tree is being completed.
    let long = "x".repeat(300);
    let (folder, out) = built();
    let before = folder.listing("");
    let bad: &[_] = &[(long.as_str(), "")];
    let error = write(&out, &trees(&[("a", NEW), ("t", bad)]), Coverage::Whole).expect_err("fails");
    assert!(matches!(error, Error::Io { .. }), "{error}");
    assert_eq!(folder.listing(""), before);

    let error = write(&folder.path("some/where"), &trees(&[("t", bad)]), Coverage::Whole).expect_err("fails");
    assert!(matches!(error, Error::Io { .. }), "{error}");
    assert_eq!(folder.listing(""), before, "not even the output folder is left");

    let folder = Folder::new().file("out", "a file where the output folder must be");
    assert!(matches!(refused(&folder), Error::Io { .. }));
}

#[test]
fn a_killed_run_is_undone_by_the_next() {
    // Killed before a rename, between the two of a target, after them, and while files of others were moved.
    for step in 0..4 {
        let (folder, out) = built();
        folder.put("out/t/mine", "mine");
        folder.put("out/t/own/too", "mine");
        let before = folder.listing("out/t");
        let work = folder.path("out/.pipelinec-4711-0");
        fs::create_dir_all(work.join("old")).expect("made");
        fs::write(work.join(".gitignore"), "*\n").expect("written");
        note(&out, ".pipelinec-4711-0");
        write(&work.join("new"), &trees(&[("t", NEW)]), Coverage::Whole).expect("written");
        let moves = [("t", "old/t"), ("new/t", "t"), ("old/t/mine", "t/mine")];
        for (from, to) in &moves[..step] {
            let place = |path: &str| if path.starts_with('t') { out.join(path) } else { work.join(path) };
            fs::rename(place(from), place(to)).expect("moved");
        }
        let found = write(&out, &trees(&[("t", OLD)]), Coverage::Whole).expect("written");
        assert!(!found[0].is_outdated(), "step {step}: what was there before the killed run is there again");
        assert_eq!(folder.listing("out/t"), before, "step {step}");
        assert!(!work.exists(), "step {step}");
    }
}

#[test]
fn a_run_that_was_killed_after_its_work_is_only_swept_up() {
    let (folder, out) = built();
    folder.put("out/.pipelinec-4711-0/new/.old/t/a.yaml", "half removed");
    note(&out, ".pipelinec-4711-0");
    write(&out, &trees(&[("t", OLD)]), Coverage::Whole).expect("written");
    assert_eq!(folder.listing("out").keys().next().map(String::as_str), Some("t"));
}

/// Notes a working folder as a run does that is killed later.
fn note(out: &Path, name: &str) {
    fs::create_dir_all(journal(out)).expect("made");
    let path = out.canonicalize().expect("there");
    fs::write(journal(out).join(name), path.to_str().expect("text")).expect("noted");
}

#[test]
fn a_folder_that_only_looks_like_a_leftover_stays() {
    let (folder, out) = built();
    folder.put("out/.pipelinec-notes/old/t/a.yaml", "mine");
    folder.put("out/.pipelinec-notes/README.md", "mine");
    note(&out, ".pipelinec-notes");
    write(&out, &trees(&[("t", NEW)]), Coverage::Whole).expect("written");
    assert_eq!(folder.text("out/.pipelinec-notes/old/t/a.yaml"), "mine");
    assert_eq!(folder.text("out/t/a.yaml"), "a2\n");
}

/// A commit can hold what looks like the working folder of a killed build, and a record of whatever it likes.
#[test]
fn a_working_folder_that_no_build_here_has_made_is_left_alone_and_named() {
    let (folder, out) = built();
    let forged = pipelinec::record::write("p", "t", &BTreeMap::from([("HEAD".to_owned(), "precious".to_owned())]));
    folder.put("out/victim/HEAD", "precious");
    folder.put("out/.pipelinec-1-0/old/victim/tree.json", &forged);
    folder.put("out/.pipelinec-1-0/old/victim/planted.yaml", "planted");
    folder.put("out/.pipelinec-1-0/new/victim/x", "");
    // Noted, but by a build in another folder.
    fs::create_dir_all(journal(&out)).expect("made");
    fs::write(journal(&out).join(".pipelinec-1-0"), "/elsewhere").expect("noted");
    write(&out, &trees(&[("t", NEW)]), Coverage::Whole).expect("written");
    assert_eq!(folder.text("out/victim/HEAD"), "precious");
    assert!(!folder.path("out/victim/planted.yaml").exists());
    assert_eq!(leftovers(&out).expect("listed"), [folder.path("out/.pipelinec-1-0")]);
}

#[test]
fn a_working_folder_is_never_committed_and_is_forgotten_when_it_is_gone() {
    let (folder, out) = built();
    write(&out, &trees(&[("t", NEW)]), Coverage::Whole).expect("written");
    assert_eq!(fs::read_dir(journal(&out)).expect("there").count(), 0);
    assert!(leftovers(&out).expect("listed").is_empty());
    assert!(!folder.path("out/t/.gitignore").exists());
}

/// A record can be forged: what it lists is removed only where its content is that of a generated file.
#[test]
fn a_recorded_file_that_no_build_made_is_neither_removed_nor_taken_for_generated() {
    let (folder, out) = built();
    folder.put("out/docs/guide.md", "written by hand\n");
    folder.put("out/docs/notes.yaml", "written by hand\n");
    let forged = BTreeMap::from([
        ("guide.md".to_owned(), "something else\n".to_owned()),
        ("notes.yaml".to_owned(), String::new()),
    ]);
    folder.put("out/docs/tree.json", pipelinec::record::write("p", "docs", &forged));
    write(&out, &trees(&[("t", NEW)]), Coverage::Whole).expect("written");
    assert_eq!(folder.text("out/docs/guide.md"), "written by hand\n");
    assert_eq!(folder.text("out/docs/notes.yaml"), "written by hand\n");

    let hidden = BTreeMap::from([(".git/HEAD".to_owned(), "ref: refs/heads/main\n".to_owned())]);
    folder.put("out/s/.git/HEAD", "ref: refs/heads/main\n");
    folder.put("out/s/tree.json", pipelinec::record::write("p", "s", &hidden));
    write(&out, &trees(&[("t", OLD)]), Coverage::Whole).expect("written");
    assert_eq!(folder.text("out/s/.git/HEAD"), "ref: refs/heads/main\n");
}

#[test]
fn a_stale_file_that_was_edited_stays_and_is_named() {
    let (folder, out) = built();
    folder.put("out/t/deep/gone.yaml", "edited\n");
    let new = trees(&[("t", NEW)]);
    let found = write(&out, &new, Coverage::Whole).expect("written");
    assert_eq!(
        (found[0].removed.as_slice(), found[0].unknown.as_slice()),
        (&[][..], &["deep/gone.yaml".to_owned()][..])
    );
    assert_eq!(folder.text("out/t/deep/gone.yaml"), "edited\n");
    let found = compare(&out, "t", &new["t"]).expect("compared");
    assert!(!found.is_current() && !found.is_outdated());
}

/// Argo CD reads what lies beside the generated files.
#[test]
fn files_of_others_in_a_tree_are_named() {
    let (folder, out) = built();
    for path in [".argocd-source.yaml", "deep/.argocd-source-shop.yaml", "deep/er/Kustomization", "own/x.yaml"] {
        folder.put(&format!("out/t/{path}"), "mine");
    }
    let found = compare(&out, "t", &trees(&[("t", OLD)])["t"]).expect("compared");
    let expected = [".argocd-source.yaml", "deep/.argocd-source-shop.yaml", "deep/er/Kustomization", "own/x.yaml"];
    assert_eq!(found.unknown, expected);
    assert!(!found.is_current() && !found.is_outdated());
    write(&out, &trees(&[("t", NEW)]), Coverage::Whole).expect("written");
    assert_eq!(compare(&out, "t", &trees(&[("t", NEW)])["t"]).expect("compared").unknown, expected);
}

#[test]
fn files_with_merge_conflicts_are_listed_and_rewritten() {
    let (folder, out) = built();
    let record = folder.text("out/t/tree.json");
    let (above, below) = record.split_at(record.find("    \"deep/gone").expect("there"));
    let conflict = |ours: &str, theirs: &str| format!("<<<<<<< HEAD\n{ours}=======\n{theirs}>>>>>>> topic\n");
    folder.put("out/t/tree.json", format!("{above}{}{below}", conflict("", "    \"more.yaml\":\n      \"00\",\n")));
    folder.put("out/t/a.yaml", conflict("a\n", "b\n"));
    let new = trees(&[("t", NEW)]);
    let found = compare(&out, "t", &new["t"]).expect("compared");
    assert_eq!(found.conflicts, ["a.yaml", "tree.json"]);
    assert_eq!(found.removed, ["deep/gone.yaml"]);
    let text = stale::describe(&out, &new, std::slice::from_ref(&found), false);
    assert!(text.contains("  conflict  a.yaml\n") && text.contains("unresolved merge conflict"), "{text}");
    write(&out, &new, Coverage::Whole).expect("written");
    assert!(compare(&out, "t", &new["t"]).expect("compared").is_current());
    assert!(!folder.path("out/t/deep/gone.yaml").exists());
}

#[test]
fn builds_at_the_same_time_wait_for_each_other() {
    let (folder, out) = built();
    folder.put("out/t/mine", "mine");
    std::thread::scope(|scope| {
        for files in [OLD, NEW, OLD, NEW] {
            let out = &out;
            scope.spawn(move || {
                for _ in 0..25 {
                    write(out, &trees(&[("s", files), ("t", files)]), Coverage::Whole).expect("written");
                }
            });
        }
    });
    let whole = [OLD, NEW].into_iter().any(|files| {
        let found = compare_all(&out, &trees(&[("s", files), ("t", files)]), Coverage::Whole).expect("compared");
        !found.iter().any(Comparison::is_outdated)
    });
    assert!(whole, "{:?}", folder.listing("out"));
    assert_eq!(folder.text("out/t/mine"), "mine");
    assert!(folder.listing("out").keys().all(|path| !path.starts_with(".pipelinec")));
}

#[test]
fn nothing_is_made_for_no_targets() {
    let folder = Folder::new();
    write(&folder.path("out"), &BTreeMap::new(), Coverage::Whole).expect("written");
    assert!(folder.listing("").is_empty());
}

#[test]
fn an_outdated_tree_is_described() {
    let (folder, out) = built();
    write(&out, &trees(&[("s", OLD)]), Coverage::Chosen).expect("written");
    folder.put("out/t/fresh", "mine \u{1b}[31m\n");
    folder.put("out/t/a.yaml", "a \u{1b}[31mred\r\n");
    let new = trees(&[("t", NEW)]);
    let found = compare_all(&out, &new, Coverage::Whole).expect("compared");
    let text = stale::describe(&out, &new, &found, false).replace(&out.display().to_string(), "out");
    insta::assert_snapshot!(text, @r"
    out/t is stale: 2 changed, 1 stale, 1 foreign
      changed   a.yaml
      changed   tree.json
      stale     deep/gone.yaml
      foreign   fresh
    out/s is no longer a target: 4 stale
      stale     a.yaml
      stale     deep/er/b.yaml
      stale     deep/gone.yaml
      stale     tree.json

    --- out/t/a.yaml (on disk)
    +++ out/t/a.yaml (compiled)
    @@ -1 +1 @@
    -a \u{1b}[31mred\r
    +a2
    ");
}

#[test]
fn a_description_is_short_however_much_differs() {
    let (folder, out) = built();
    let many: Vec<_> = (0..50).map(|n| format!("f{n:02}")).collect();
    let long: String = (0..500).map(|n| format!("{n}\n")).collect();
    let files: Vec<_> = many.iter().map(|path| (path.as_str(), long.as_str())).collect();
    let new = trees(&[("t", &files)]);
    write(&out, &new, Coverage::Whole).expect("written");
    many.iter().for_each(|path| folder.put(&format!("out/t/{path}"), "other\n"));
    let found = compare_all(&out, &new, Coverage::Whole).expect("compared");
    let text = stale::describe(&out, &new, &found, false);
    assert!(text.contains("  and 30 more\n") && text.contains("… 462 more lines\n"), "{text}");
    assert!(text.lines().count() < 160, "{text}");
}
