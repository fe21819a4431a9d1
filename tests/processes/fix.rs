//! `check --fix` on files: it applies certain fixes, and keeps every other byte.

use std::collections::BTreeMap;
use std::fs;

use pipelinec::compile::compile;
use pipelinec::source::SourceMap;

use crate::support::{Folder, Run as _};
use testkit::errors::{Case, cases};

/// A folder with the files of a fixture, each in another form.
fn folder(case: &Case, form: impl Fn(&str) -> String) -> Folder {
    let sources = case.sources(&case.text);
    sources.iter().fold(Folder::new(), |folder, (_, file)| folder.file(file.path(), form(file.text())))
}

/// The texts of all files after the fixes are applied, and what the program reports about the rest.
fn after_fixes(folder: &Folder) -> (BTreeMap<String, String>, String) {
    let ran = folder.run(&["check", "--fix", "--format", "short"]);
    assert!(matches!(ran.code, Some(0 | 1)), "{ran:?}");
    (folder.listing(""), ran.stdout)
}

/// The texts after one fix at a time is applied, the first of those that there are, until there is none.
fn one_by_one(before: &BTreeMap<String, String>) -> BTreeMap<String, String> {
    let mut texts = before.clone();
    for _ in 0..100 {
        let sources = SourceMap::new(texts.clone());
        let diagnostics = compile(&sources).diagnostics;
        let Some(fix) = diagnostics.into_iter().find_map(|diagnostic| diagnostic.fix) else { return texts };
        let mut edits = fix.edits;
        edits.sort_by_key(|(span, _)| std::cmp::Reverse(span.start));
        for (span, new) in edits {
            let text = texts.get_mut(sources.file(span.source).path()).expect("a fix is of a file");
            text.replace_range(span.range(), &new);
        }
    }
    panic!("fixes bring others for ever: {before:?}");
}

#[test]
fn the_fixes_of_every_text_are_written_whatever_its_line_ends() {
    let fixed = |case: &&Case| {
        let (sources, diagnostics) = case.said();
        let whole = sources.iter().all(|(_, file)| file.fault().is_none());
        whole && diagnostics.iter().any(|diagnostic| diagnostic.fix.is_some())
    };
    let mut count = 0;
    for case in cases().iter().filter(fixed) {
        count += 1;
        let path = case.path.display();
        let plain = folder(case, str::to_owned);
        let before = plain.listing("");
        let (after, rest) = after_fixes(&plain);
        assert_ne!(before, after, "{path}: nothing is fixed");
        assert_eq!(after, one_by_one(&before), "{path}");
        // After one application, there is nothing to fix.
        assert_eq!(after_fixes(&plain), (after.clone(), rest.clone()), "{path}");
        // Lines that end as on Windows keep their ends, and a byte order mark stays.
        if case.text.contains('\r') {
            continue;
        }
        let windows = |text: &str| format!("\u{feff}{}", text.replace('\n', "\r\n"));
        let (found, said) = after_fixes(&folder(case, windows));
        let expected: BTreeMap<_, _> = after.iter().map(|(name, text)| (name.clone(), windows(text))).collect();
        assert_eq!((found, said), (expected, rest), "{path}");
    }
    assert!(count > 60, "only {count} texts have a fix");
}

/// A program with only the given errors.
const BASE: &str = include_str!("../errors/base.pipe");

#[test]
fn fixes_that_touch_are_applied_one_after_the_other() {
    let text = "app cart { source: \"https://github.com/acme/cart\", imgae code; manifests = { path: 'deploy' } }\r\n";
    let folder = Folder::new().file("base.pipe", BASE).file("cart.pipe", text);
    let ran = folder.run(&["check", "--fix", "--format", "short"]);
    assert!(ran.ends(1).stdout.contains("is a URL"), "{ran:?}");
    assert_eq!(ran.stdout.lines().count(), 1, "{ran:?}");
    let wanted =
        "app cart { source = \"https://github.com/acme/cart\", image code, manifests { path = \"deploy\" } }\r\n";
    assert_eq!(folder.text("cart.pipe"), wanted);
    assert_eq!(ran.stderr, "fixed 6 diagnostics\n");
}

#[test]
fn a_read_only_file_is_not_mended() {
    let text = "app cart { imgae code, source = \"github.com/acme/cart\" }\n";
    let folder = Folder::new().file("base.pipe", BASE).file("cart.pipe", text);
    let mut permissions = fs::metadata(folder.path("cart.pipe")).expect("there").permissions();
    permissions.set_readonly(true);
    fs::set_permissions(folder.path("cart.pipe"), permissions).expect("set");
    let ran = folder.run(&["check", "--fix"]);
    insta::assert_snapshot!(ran.ends(2).stderr, @r"
    error: cannot write `cart.pipe`: it is read-only
    help: this file is unchanged; fix this and run again
    ");
    assert_eq!(folder.text("cart.pipe"), text);
    assert_eq!(folder.listing("").len(), 2, "nothing is left beside it");
}

#[cfg(unix)]
#[test]
fn what_a_link_names_is_fixed_once_and_the_link_stays() {
    use std::os::unix::fs::{PermissionsExt as _, symlink};
    let text = "app cart { imgae code, source = \"github.com/acme/cart\" }\n";
    let folder = Folder::new().file("base.pipe", BASE).file("real/text", text);
    fs::set_permissions(folder.path("real/text"), fs::Permissions::from_mode(0o640)).expect("set");
    symlink("real/text", folder.path("cart.pipe")).expect("linked");
    folder.run(&["check", "--fix"]).ends(0);
    assert!(folder.path("cart.pipe").is_symlink());
    assert_eq!(folder.text("real/text"), text.replace("imgae", "image"));
    let mode = fs::metadata(folder.path("real/text")).expect("there").permissions().mode();
    assert_eq!(mode & 0o777, 0o640);

    folder.put("real/text", text);
    symlink("cart.pipe", folder.path("again.pipe")).expect("linked");
    let ran = folder.run(&["check", "--fix", "--format", "short"]);
    assert!(ran.ends(1).stdout.contains("E0204"), "{ran:?}");
    assert_eq!(folder.text("real/text"), text.replace("imgae", "image"));
}
