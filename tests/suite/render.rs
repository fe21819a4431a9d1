//! What the renderers do with places that no fixture has: another file, an empty file, the end of a file.

use insta::assert_snapshot;
use pipelinec::diag::render::{Options, pretty, short};
use pipelinec::diag::{Code, Diagnostic};
use pipelinec::source::{SourceId, SourceMap, Span};

const PLAIN: Options = Options { color: false, width: 80, unicode: true };

fn two_files() -> (SourceMap, SourceId, SourceId) {
    let files = [("a.pipe", "app ping\n"), ("b.pipe", "app pong\n\napp ping\n")];
    let sources = SourceMap::new(files.map(|(path, text)| (path.to_owned(), text.to_owned())));
    let ids: Vec<_> = sources.iter().map(|(id, _)| id).collect();
    (sources, ids[0], ids[1])
}

#[test]
fn a_label_in_another_file_is_a_line_with_its_place() {
    let (sources, a, b) = two_files();
    let twice = Diagnostic::new(Code::E0101, Span::new(b, 14..18), "`ping` is there twice")
        .here("declared again here")
        .also(Span::new(a, 4..8), "first declared here")
        .help("choose another name");
    assert_snapshot!(pretty(&[twice], &sources, PLAIN), @r"
    error[E0101]

      × `ping` is there twice
       ╭─[b.pipe:3:5]
     2 │ 
     3 │ app ping
       ·     ──┬─
       ·       ╰── declared again here
       ╰────
      help: choose another name
            a.pipe:1:5: first declared here
    ");
}

#[test]
fn the_end_of_a_file_is_marked_at_its_last_character() {
    let (sources, a, _) = two_files();
    let end = Diagnostic::new(Code::E0101, Span::new(a, 9..9), "the file ends").here("here");
    assert_snapshot!(pretty(&[end], &sources, Options { unicode: false, ..PLAIN }), @r"
    error[E0101]

      x the file ends
       ,-[a.pipe:1:8]
     1 | app ping
       :        |
       :        `-- here
       `----
    ");
}

#[test]
fn an_empty_file_has_no_line_to_show() {
    let sources = SourceMap::new([("a.pipe".to_owned(), String::new())]);
    let (id, _) = sources.iter().next().expect("there is one file");
    let empty = Diagnostic::new(Code::E0101, Span::new(id, 0..0), "a file is empty").here("here");
    assert_snapshot!(pretty(std::slice::from_ref(&empty), &sources, PLAIN), @r"
    error[E0101]

      × a file is empty
      help: a.pipe:1:1: here
    ");
    assert_snapshot!(short(&[empty], &sources), @"a.pipe:1:1: error[E0101]: a file is empty");
}

#[test]
fn colour_is_only_there_when_asked_for_and_links_never() {
    let (sources, a, _) = two_files();
    let some = [Diagnostic::new(Code::E0101, Span::new(a, 0..3), "wrong").here("here")];
    assert!(!pretty(&some, &sources, PLAIN).contains('\u{1b}'));
    let coloured = pretty(&some, &sources, Options { color: true, ..PLAIN });
    assert!(coloured.contains("\u{1b}[") && !coloured.contains("\u{1b}]"));
}
