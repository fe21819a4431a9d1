//! The words of the syntax errors. Facts and places in, one [`Diagnostic`] out; nothing is decided here.

mod habits;
mod text;

pub(super) use habits::*;
pub(super) use text::*;

use super::ast::Block;
use super::grammar::Rule;
use crate::diag::visible::quoted;
use crate::diag::{Code, Diagnostic};
use crate::source::{Span, Spanned};

// ── Items ────────────────────────────────────────────────────────────────────────────────────────────────────────

pub(super) const TWO_BLOCKS: &str = "put a comma between two blocks, or begin a new line";

const ITEM: &str = "write `key = value`, or a block such as `image code { … }`";

pub(super) fn not_an_item(span: Span, text: &str) -> Diagnostic {
    let help = if text.contains(char::is_alphanumeric) { ITEM } else { "remove it" };
    Diagnostic::new(Code::E0101, span, format!("{} begins no attribute and no block", quoted(text)))
        .here("an attribute or a block is expected here")
        .help(help)
}

pub(super) fn value_alone(span: Span, text: &str) -> Diagnostic {
    Diagnostic::new(Code::E0101, span, format!("{} stands alone, without a key", quoted(text)))
        .here("a value, but of what?")
        .help("write `key = ` before it, on the same line")
}

pub(super) fn another_value(span: Span, text: &str) -> Diagnostic {
    Diagnostic::new(Code::E0101, span, format!("{} stands after the attribute before it, without a key", quoted(text)))
        .here("an attribute or a block is expected here")
        .help("write `[` and `]` around several values")
}

pub(super) fn equals_alone(span: Span) -> Diagnostic {
    Diagnostic::new(Code::E0101, span, "there is no key before `=`").here("a key is expected before this").help(ITEM)
}

pub(super) fn body_without_word(brace: Span) -> Diagnostic {
    Diagnostic::new(Code::E0101, brace, "there is no word before `{`")
        .here("no block and no key before this")
        .help("write the block's word before it, as in `service {`")
}

pub(super) fn after_value(span: Span, text: &str, value: Span) -> Diagnostic {
    Diagnostic::new(Code::E0101, span, format!("{} follows a value", quoted(text)))
        .here("the item ends before this")
        .also(value, "the value")
        .help("remove it, or put text into quotes")
}

pub(super) fn after_body(span: Span, text: &str) -> Diagnostic {
    Diagnostic::new(Code::E0101, span, format!("{} follows the `}}` of a block", quoted(text)))
        .here("the block ends before this")
        .help("remove it, or begin a new line")
}

pub(super) fn after_head(span: Span, text: &str, head: Span, is_name: bool) -> Diagnostic {
    let report = Diagnostic::new(Code::E0101, span, format!("{} follows a block's label", quoted(text)))
        .here("`{`, `in` or the end of the line is expected here")
        .also(head, "the block");
    if is_name {
        report.help(format!("write `in` before {} when it is an environment", quoted(text))).help(TWO_BLOCKS)
    } else {
        report.help("put the attributes of a block between `{` and `}`")
    }
}

pub(super) fn after_element(span: Span, text: &str) -> Diagnostic {
    Diagnostic::new(Code::E0101, span, format!("{} follows a value of a list", quoted(text)))
        .here("`,` or `]` is expected here")
        .help("remove it, or put text into quotes")
}

pub(super) fn attr_in_list(span: Span, value: &str) -> Diagnostic {
    Diagnostic::new(Code::E0101, span, "a list holds values, not attributes")
        .here("`,` or `]` is expected here")
        .help(format!("write a map, `{{ {value} = … }}`, or close the list with `]`"))
}

pub(super) fn semicolon(span: Span, last: bool) -> Diagnostic {
    let report =
        Diagnostic::new(Code::E0101, span, "`;` separates nothing here").here("a comma or a newline separates items");
    if last {
        report.help("remove `;`").fix("remove `;`", span, "")
    } else {
        report.help("write `,` for `;`").fix("write `,`", span, ",")
    }
}

pub(super) fn arithmetic(span: Span) -> Diagnostic {
    Diagnostic::new(Code::E0101, span, "`+` joins nothing here")
        .here("the value ends before this")
        .help("write variables into the text, as in `\"${app.name}-db\"`")
}

pub(super) fn call(span: Span, word: &str) -> Diagnostic {
    Diagnostic::new(Code::E0101, span, format!("`{word}(…)` is a call, which the language does not have"))
        .here("attributes do not stand in `(…)`")
        .help(format!("write `{word} = value`, or `{word} {{ key = value }}`"))
}

pub(super) fn call_as_value(span: Span, word: &str) -> Diagnostic {
    Diagnostic::new(Code::E0101, span, format!("`{word}(…)` is a call, which the language does not have"))
        .here("a value is expected here")
        .help("write the value itself, such as `60%`")
}

/// The item before ends at byte `end`.
pub(super) fn missing_separator(span: Span, text: &str, before: Span, end: usize) -> Diagnostic {
    let comma = Span::new(span.source, end..end);
    Diagnostic::new(Code::E0119, span, format!("{} stands on the line of another item", quoted(text)))
        .here("a second item")
        .also(before, "the first one")
        .help("put a comma between them, or begin a new line")
        .fix("put a comma between the items", comma, ",")
}

pub(super) fn attribute_after_head(span: Span, text: &str, head: Span) -> Diagnostic {
    Diagnostic::new(Code::E0119, span, format!("{} stands on the line of a block", quoted(text)))
        .here("an attribute of what?")
        .also(head, "the block ends here")
        .help("write it between `{` and `}` when it is the block's, or on a line of its own")
}

pub(super) fn missing_comma(span: Span, text: &str, before: Span) -> Diagnostic {
    let comma = Span { start: before.end, end: before.end, ..before };
    Diagnostic::new(Code::E0119, span, format!("there is no comma before {}", quoted(text)))
        .here("a second value")
        .also(before, "the first one")
        .help("put a comma between them")
        .fix("put a comma between the values", comma, ",")
}

// ── Attributes ───────────────────────────────────────────────────────────────────────────────────────────────────

pub(super) fn missing_equals(key: &Spanned<String>, value: Span, text: &str) -> Diagnostic {
    let after = Span { start: key.span.end, end: key.span.end, ..key.span };
    Diagnostic::new(Code::E0102, value, format!("there is no `=` between `{}` and {}", key.value, quoted(text)))
        .here("`=` is expected before this")
        .help(format!("write `{} = {}`", key.value, quoted(text).trim_matches('`')))
        .fix("write `=`", after, " =")
}

/// `next` is what stands after the colon.
pub(super) fn colon(key: &Spanned<String>, colon: Span, next: Option<Rule>) -> Diagnostic {
    let report = Diagnostic::new(Code::E0102, colon, format!("`:` follows `{}`, where `=` belongs", key.value))
        .here("`=` is expected here");
    match next {
        Some(Rule::body) => report.help(format!("write `{0} = {{` for a map, `{0} {{` for a block", key.value)),
        Some(Rule::reference) => {
            let equals = if key.span.end == colon.start { " =" } else { "=" };
            report.help(format!("write `{} =`; before the name of a block nothing", key.value)).fix(
                "write `=`",
                colon,
                equals,
            )
        }
        None => report.help(format!("write `{0} = ` and a value, or a block, `{0} {{ … }}`", key.value)),
        Some(_) => {
            let equals = if key.span.end == colon.start { " =" } else { "=" };
            report.help(format!("write `{} =`", key.value)).fix("write `=`", colon, equals)
        }
    }
}

pub(super) fn missing_value(key: &Spanned<String>, equals: Span) -> Diagnostic {
    Diagnostic::new(Code::E0103, equals, format!("`{}` has no value", key.value))
        .here("a value is expected after this, on this line")
        .help(format!("write a value after `{} =`, or remove the line", key.value))
}

pub(super) fn not_a_value(key: Option<&str>, span: Span, text: &str) -> Diagnostic {
    let place = key.map_or_else(|| " in a list".to_owned(), |key| format!(" for `{key}`"));
    Diagnostic::new(Code::E0104, span, format!("{} is no value{place}", quoted(text)))
        .here("a value is expected here")
        .help("write a text in `\"…\"`, a measure such as `20m`, a name, a list `[…]` or a map `{ … }`")
}

pub(super) fn bare_variable(span: Span, text: &str) -> Diagnostic {
    let name = text.trim_start_matches(['$', '{']).trim_end_matches('}').trim();
    Diagnostic::new(Code::E0104, span, format!("{} is a variable outside of a text", quoted(text)))
        .here("`${…}` stands inside of `\"…\"`")
        .help(format!("write `{name}`"))
        .fix("write the name alone", span, name)
}

pub(super) fn doubled_equals(equals: Option<Span>, second: Span) -> Diagnostic {
    let span = equals.map_or(second, |equals| equals.to(second));
    Diagnostic::new(Code::E0104, span, "`=` stands here twice")
        .here("one `=` gives a value; there are no conditions")
        .help("remove one `=`")
}

pub(super) fn unquoted(span: Span, text: &str) -> Diagnostic {
    Diagnostic::new(Code::E0122, span, format!("{} is a text without quotes", quoted(text)))
        .here("only a name stands without quotes")
        .help(format!("write `\"{text}\"`"))
        .fix("put it into quotes", span, format!("\"{text}\""))
}

pub(super) fn block_in_map(block: &Block) -> Diagnostic {
    let word = &block.word.value;
    Diagnostic::new(Code::E0124, block.head(), format!("`{word}` is a block, and a map holds none"))
        .here("`key = value` is expected here")
        .help(format!("write `{word} = …`; or, when the map should be a block, no `=` before its `{{`"))
}

// ── Names ────────────────────────────────────────────────────────────────────────────────────────────────────────

const NAME: &str = "begin a name with a letter, and go on with letters, digits, `-` and `_`";

pub(super) fn bad_name(span: Span, text: &str) -> Diagnostic {
    let here = foreign_letter(text).unwrap_or_else(|| "no name".to_owned());
    Diagnostic::new(Code::E0112, span, format!("{} is no name", quoted(text))).here(here).help(NAME)
}

/// Says which character of a name is none of the language: some look as if they were.
fn foreign_letter(text: &str) -> Option<String> {
    let letter = text.chars().find(|c| c.is_alphabetic() && !c.is_ascii())?;
    Some(format!("`{letter}` is {}, no letter from `a` to `z`", letter.escape_unicode()))
}

pub(super) fn dotted_key(span: Span, text: &str, word: &str) -> Diagnostic {
    Diagnostic::new(Code::E0112, span, format!("{} is no key: a key has no dots", quoted(text)))
        .here("one word is expected here")
        .help(format!("write a block, `{word} {{ … }}`"))
}

pub(super) fn key_of_two_words(span: Span, text: &str) -> Diagnostic {
    Diagnostic::new(Code::E0112, span, format!("{} is no key: a key is one word", quoted(text)))
        .here("one word is expected before `=`")
        .help("join the words with `-`, or separate two items with a comma")
}

pub(super) fn variable_in_name(span: Span) -> Diagnostic {
    Diagnostic::new(Code::E0112, span, "a name holds a variable")
        .here("the names of a program are fixed")
        .help("write the name out")
}

pub(super) fn reserved_word(span: Span, word: &str) -> Diagnostic {
    Diagnostic::new(Code::E0113, span, format!("`{word}` is reserved, so it is no name"))
        .here("a name is expected here")
        .help(format!("choose another name, such as `{word}-1`"))
}

pub(super) fn reserved_value(span: Span, word: &str) -> Diagnostic {
    Diagnostic::new(Code::E0113, span, format!("`{word}` is reserved, so it is no value"))
        .here("a value is expected here")
        .help(format!("write `\"{word}\"` for the text"))
}

pub(super) fn bad_label(span: Span, text: &str, word: &str) -> Diagnostic {
    let here = foreign_letter(text).unwrap_or_else(|| "one name or one text is expected before `{`".to_owned());
    Diagnostic::new(Code::E0116, span, format!("{} is no label for `{word}`", quoted(text)))
        .here(here)
        .help(format!("write one name, as in `{word} my-name {{`"))
}

pub(super) fn missing_environment(keyword: Span) -> Diagnostic {
    Diagnostic::new(Code::E0116, keyword, "`in` names no environment")
        .here("the name of an environment is expected after this")
        .help("write one name, as in `in production`")
}

// ── Measures ─────────────────────────────────────────────────────────────────────────────────────────────────────

pub(super) fn bad_measure(span: Span, text: &str) -> Diagnostic {
    let report = Diagnostic::new(Code::E0114, span, format!("{} is no measure", quoted(text)));
    if let Some(range) = meant_range(text) {
        return report.here("a range is written with two dots").help(format!("write `{range}`")).fix(
            "write a range",
            span,
            range,
        );
    }
    report
        .here("digits and units are expected here")
        .help("write a measure as `1h30m`, `0.5`, `20%` or `128Mi`")
        .help(format!("write `\"{}\"` when it is a text", quoted(text).trim_matches('`')))
}

/// `80m-100m` as a range.
fn meant_range(text: &str) -> Option<String> {
    let measure = |text: &str| {
        text.starts_with(|c: char| c.is_ascii_digit())
            && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '%'))
            && !text.ends_with('.')
    };
    let mut both = ["...", "…", "-", "–", "—"].iter().filter_map(|sign| text.split_once(sign));
    both.find(|(low, high)| measure(low) && measure(high)).map(|(low, high)| format!("{low}..{high}"))
}

pub(super) fn negative(span: Span, text: &str) -> Diagnostic {
    Diagnostic::new(Code::E0114, span, format!("{} is negative, and no measure is", quoted(text)))
        .here("a measure begins with a digit")
        .help(format!("write `{}`", quoted(text.trim_start_matches(['-', ' '])).trim_matches('`')))
}

pub(super) fn open_range(span: Span, text: &str) -> Diagnostic {
    if let Some(range) = meant_range(text) {
        return Diagnostic::new(Code::E0115, span, format!("{} is no range: it has three dots", quoted(text)))
            .here("a range has two")
            .help(format!("write `{range}`"))
            .fix("write two dots", span, range);
    }
    Diagnostic::new(Code::E0115, span, format!("{} is no range: a range has two ends", quoted(text)))
        .here("a measure on either side of `..` is expected")
        .help("write both ends, as in `2..6`, or one measure without `..`")
}

// ── Braces and brackets ──────────────────────────────────────────────────────────────────────────────────────────

/// What was never closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Opener {
    Brace,
    Bracket,
}

/// `noticed` is the text that showed it, `None` at the end of the file; `taken` a `}` that was meant for a brace
/// further out.
pub(super) fn unclosed(
    kind: Opener,
    opener: Span,
    count: usize,
    noticed: Option<Span>,
    taken: Option<Span>,
) -> Diagnostic {
    let (code, open, close) = match kind {
        Opener::Brace => (Code::E0105, '{', '}'),
        Opener::Bracket => (Code::E0117, '[', ']'),
    };
    let message = match count {
        1 => format!("`{open}` is never closed"),
        _ => format!("`{open}` is never closed, nor {} around it", if count == 2 { "the brace" } else { "the braces" }),
    };
    let mut report = Diagnostic::new(code, opener, message).here(format!("no `{close}` closes this"));
    if let Some(taken) = taken {
        report = report.also(taken, "closed here, by a brace that is indented for another");
    }
    match noticed {
        Some(noticed) if kind == Opener::Bracket => {
            report.also(noticed, "noticed here").help("write `]` where the list ends")
        }
        Some(noticed) => report.also(noticed, "noticed here").help(format!(
            "write `{close}` where it ends, or indent what is inside: a block in column 1 ends everything open"
        )),
        None => report.help(format!("write `{close}` where it ends, before the end of the file")),
    }
}

pub(super) fn stray_brace(span: Span, early: Option<Span>) -> Diagnostic {
    let report = Diagnostic::new(Code::E0106, span, "`}` closes nothing").here("no `{` is open here");
    match early {
        Some(early) => report.also(early, "closed here already, too early by the indent").help("remove one of the two"),
        None => report.help("remove it, or look for a `{` that is missing above"),
    }
}

/// `text` is the head of a block without a body.
pub(super) fn no_brace(head: Span, text: &str, stray: Span) -> Diagnostic {
    let end = Span { start: head.end, ..head };
    Diagnostic::new(Code::E0106, head, format!("{} has no `{{`, so a `}}` further down closes nothing", quoted(text)))
        .here("what follows is indented as if there were one")
        .also(stray, "this closes nothing")
        .help(format!("write `{} {{`", quoted(text).trim_matches('`')))
        .fix("write `{`", end, " {")
}

pub(super) fn head_is_a_comment(stray: Span, line: Span) -> Diagnostic {
    Diagnostic::new(Code::E0106, stray, "`}` closes nothing: the line that opens its block is a comment")
        .here("no `{` is open here")
        .also(line, "commented out")
        .help("put a `#` before each line of the block, or take this one away")
}

/// `first` is the first word of what is indented as in a block.
pub(super) fn headless(stray: Span, first: Span) -> Diagnostic {
    Diagnostic::new(Code::E0106, stray, "`}` closes nothing: the line that opens its block is missing")
        .here("no `{` is open here")
        .also(first, "indented as in a block")
        .help("write the line before these, such as `service {`, or remove them")
}

pub(super) fn stray_bracket(span: Span) -> Diagnostic {
    Diagnostic::new(Code::E0106, span, "`]` closes nothing")
        .here("no `[` is open here")
        .help("remove it, write `}` for a brace that is open, or look for a `[` that is missing above")
}

pub(super) fn too_deep(opener: Span) -> Diagnostic {
    Diagnostic::new(Code::E0120, opener, format!("more than {} braces are open at once", super::MAX_DEPTH))
        .here("the text is not read from here on")
        .help("nest less deeply")
}

/// `gap` is what stands between, when it is white space alone.
pub(super) fn body_on_next_line(word: &str, head: Span, hole: Span, gap: Option<Span>) -> Diagnostic {
    let brace = Span { end: hole.start + 1, ..hole };
    let report = Diagnostic::new(Code::E0121, brace, format!("the `{{` of `{word}` stands on a line of its own"))
        .here("a newline ends the block before this")
        .also(head, "the block")
        .help("put `{` at the end of the block's line");
    match gap {
        Some(gap) => report.fix("put `{` at the end of the block's line", gap, " "),
        None => report,
    }
}
