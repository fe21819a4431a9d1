//! What the renderers do with places that hardly any fixture has: another file, an empty file, the end of a file, lines
//! that are too wide, and characters that are not as wide as they look.

use insta::assert_snapshot;
use pipelinec::diag::render::{Options, pretty, short};
use pipelinec::diag::{Code, Diagnostic};
use pipelinec::source::{SourceId, SourceMap, Span};

use testkit::errors::cases;

const PLAIN: Options = Options { color: false, width: 80 };

fn two_files() -> (SourceMap, SourceId, SourceId) {
    let files = [("a.pipe", "app ping\n"), ("b.pipe", "app pong\n\napp ping\n")];
    let sources = SourceMap::new(files.map(|(path, text)| (path.to_owned(), text.to_owned())));
    let ids: Vec<_> = sources.iter().map(|(id, _)| id).collect();
    (sources, ids[0], ids[1])
}

#[test]
fn the_primary_label_comes_first_and_one_in_another_file_after_it() {
    let (sources, a, b) = two_files();
    let twice = Diagnostic::new(Code::E0101, Span::new(b, 14..18), "`ping` is there twice")
        .here("declared again here")
        .also(Span::new(a, 4..8), "first declared here")
        .help("choose another name");
    assert_snapshot!(pretty(&[twice], &sources, PLAIN), @r"
    error[E0101]: `ping` is there twice
       ╭─[b.pipe:3:5]
     3 │ app ping
       ·     ──┬─
       ·       ╰── declared again here
       ╰────
       ╭─[a.pipe:1:5]
     1 │ app ping
       ·     ──┬─
       ·       ╰── first declared here
       ╰────
      help: choose another name
    ");
}

#[test]
fn the_end_of_a_file_is_marked_at_its_last_character() {
    let (sources, a, _) = two_files();
    let end = Diagnostic::new(Code::E0101, Span::new(a, 9..9), "the file ends").here("here");
    assert_snapshot!(pretty(&[end], &sources, PLAIN), @r"
    error[E0101]: the file ends
       ╭─[a.pipe:1:8]
     1 │ app ping
       ·        ┬
       ·        ╰── here
       ╰────
    ");
}

fn one(text: &str, marked: &str) -> (SourceMap, Span) {
    let sources = SourceMap::new([("a.pipe".to_owned(), text.to_owned())]);
    let (id, _) = sources.iter().next().expect("there is one file");
    let at = text.find(marked).expect("the marked text is there");
    (sources, Span::new(id, at..at + marked.len()))
}

#[test]
fn the_primary_label_comes_first_wherever_it_is() {
    let text = "app one\n\n\n\n\napp two\n\n\n\n\napp one\n";
    let (sources, first) = one(text, "one");
    let at = |line: u32| Span { start: line, end: line + 3, ..first };
    let twice = Diagnostic::new(Code::E0101, at(28), "twice").also(first, "first here").also(at(16), "not this");
    assert_snapshot!(pretty(&[twice], &sources, PLAIN), @r"
    error[E0101]: twice
        ╭─[a.pipe:11:5]
     11 │ app one
        ·     ───
        ╰────
       ╭─[a.pipe:1:5]
     1 │ app one
       ·     ─┬─
       ·      ╰── first here
       ╰────
       ╭─[a.pipe:6:5]
     6 │ app two
       ·     ─┬─
       ·      ╰── not this
       ╰────
    ");
}

#[test]
fn of_a_wide_line_the_part_with_the_mark_is_shown() {
    let text =
        format!("app x {{ source = \"{}\", imgae code, {} }}\n{}", "s".repeat(90), "t = 1, ".repeat(9), "#".repeat(99));
    let (sources, span) = one(&text, "imgae");
    let wrong = Diagnostic::new(Code::E0101, span, "wrong").here("words that do not fit behind the mark any more");
    assert_snapshot!(pretty(&[wrong], &sources, PLAIN), @r#"
    error[E0101]: wrong
       ╭─[a.pipe:1:112]
     1 │ …ssssssssssssssssssssssssssssssssssss", imgae code, t = 1, t = 1, t = 1, t…
       ·                                         ──┬──
       ·                                           ╰─┤ words that do not fit behind
       ·                                             │ the mark any more
     2 │ ##########################################################################…
       ╰────
    "#);
}

#[test]
fn marks_stand_below_what_they_mark() {
    let text = "\u{feff}# 日本語\r\n\tkey\t= \"日本 e\u{301}\u{301} 🙂\" wrong\u{a0}\u{200b} x\r\nlast";
    for (marked, wanted) in
        [("wrong", "wrong"), ("\u{a0}", "\\u{a0}"), ("e\u{301}\u{301}", "e\u{301}\u{301}"), ("last", "last")]
    {
        let (sources, span) = one(text, marked);
        let shown = pretty(&[Diagnostic::new(Code::E0101, span, "m")], &sources, PLAIN);
        let lines: Vec<_> = shown.lines().collect();
        let mark = lines.iter().position(|line| line.contains("·")).expect("something is marked");
        let column = |line: &str, at: usize| line[..at].chars().map(columns).sum::<usize>();
        let start = lines[mark].find(['─', '┬']).expect("a mark");
        let end = lines[mark].rfind(['─', '┬']).expect("a mark");
        let found = lines[mark - 1].find(wanted).expect("the marked text is shown");
        assert_eq!(column(lines[mark - 1], found), column(lines[mark], start), "{shown}");
        assert_eq!(column(lines[mark - 1], found + wanted.len()), column(lines[mark], end) + 1, "{shown}");
        assert!(!shown.contains(['\u{a0}', '\u{200b}', '\r', '\t']), "{shown}");
    }
}

/// As wide as a terminal shows the characters of the test above.
fn columns(c: char) -> usize {
    match c {
        '\u{301}' => 0,
        '🙂' | '日' | '本' | '語' => 2,
        _ => 1,
    }
}

#[test]
fn no_line_is_wider_than_the_terminal() {
    for case in cases() {
        let (sources, diagnostics) = case.said();
        for width in [60, 80, 120] {
            let shown = pretty(diagnostics, sources, Options { width, ..PLAIN });
            let wide = shown.lines().find(|line| line.chars().map(columns).sum::<usize>() > width);
            assert!(wide.is_none(), "{} at {width}: {}", case.path.display(), wide.unwrap_or_default());
        }
    }
}

#[test]
fn an_empty_file_has_no_line_to_show() {
    let sources = SourceMap::new([("a.pipe".to_owned(), String::new())]);
    let (id, _) = sources.iter().next().expect("there is one file");
    let empty = Diagnostic::new(Code::E0101, Span::new(id, 0..0), "a file is empty").here("here");
    assert_snapshot!(pretty(std::slice::from_ref(&empty), &sources, PLAIN), @r"
    error[E0101]: a file is empty
      help: see a.pipe:1:1
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
