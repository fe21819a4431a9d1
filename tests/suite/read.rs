//! Which files are the sources of a program, and what is said of those that cannot be read.

use pipelinec::cli::read::{read, refuse_others_than_utf8};
use testkit::folder::Folder;

fn names(folder: &Folder) -> Vec<String> {
    let sources = read(&folder.path(""), &folder.path("generated")).expect("read");
    sources.iter().map(|(_, file)| within(folder, file.path())).collect()
}

fn refused(folder: &Folder) -> String {
    within(folder, &read(&folder.path(""), &folder.path("generated")).expect_err("refused").to_string())
}

/// A text with paths as they are seen from the folder.
fn within(folder: &Folder, text: &str) -> String {
    text.replace(&format!("{}/", folder.path("").display().to_string().trim_end_matches('/')), "")
}

#[test]
fn all_pipe_files_but_hidden_ones_and_the_output_are_sources() {
    let folder = Folder::new()
        .file("b.pipe", "")
        .file("a/z.pipe", "")
        .file("a.pipe/inner.pipe", "")
        .file("notes.md", "")
        .file(".hidden.pipe", "")
        .file(".git/x.pipe", "")
        .file("generated/t/x.pipe", "");
    assert_eq!(names(&folder), ["a.pipe/inner.pipe", "a/z.pipe", "b.pipe"]);
}

#[cfg(unix)]
#[test]
fn a_link_to_a_file_is_read_and_a_cycle_has_an_end() {
    use std::os::unix::fs::symlink;
    let folder = Folder::new().file("a.pipe", "").file("elsewhere/text", "");
    symlink(folder.path(""), folder.path("cycle")).expect("linked");
    symlink(folder.path("elsewhere/text"), folder.path("linked.pipe")).expect("linked");
    assert_eq!(names(&folder), ["a.pipe", "linked.pipe"]);

    symlink("nowhere", folder.path("dangling.pipe")).expect("linked");
    assert_eq!(refused(&folder), "cannot read `dangling.pipe`: No such file or directory (os error 2)");
}

#[test]
fn each_unusable_file_is_named_with_its_reason() {
    let folder = Folder::new()
        .file("good.pipe", "")
        .file("latin.pipe", b"# one\n# caf\xe9\n")
        .file("large.pipe", vec![b'#'; (4 << 20) + 1]);
    assert_eq!(refused(&folder), "cannot read `large.pipe`: it is larger than 4 MiB");
    std::fs::remove_file(folder.path("large.pipe")).expect("removed");
    // What is in another encoding can be checked, and not rewritten.
    assert_eq!(names(&folder), ["good.pipe", "latin.pipe"]);
    let sources = read(&folder.path(""), &folder.path("generated")).expect("read");
    let refused = within(&folder, &refuse_others_than_utf8(&sources).expect_err("refused").to_string());
    assert_eq!(refused, "cannot read `latin.pipe`: it is not UTF-8");
}

#[test]
fn a_byte_order_mark_is_not_part_of_the_text() {
    let folder = Folder::new().file("a.pipe", "\u{feff}# x\n");
    let sources = read(&folder.path("a.pipe"), &folder.path("generated")).expect("read");
    let read: Vec<_> = sources.iter().map(|(_, file)| (within(&folder, file.path()), file.text())).collect();
    assert_eq!(read, [("a.pipe".to_owned(), "# x\n")]);
}
