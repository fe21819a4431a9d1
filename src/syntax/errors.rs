//! The messages of the syntax errors. Each function builds one [`Diagnostic`] from facts and spans, and decides nothing.

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

pub(super) const TWO_BLOCKS: &str = "separate two blocks with a comma or a new line";

const ITEM: &str = "write `key = value`, or a block such as `image code { … }`";

pub(super) fn not_an_item(span: Span, text: &str) -> Diagnostic {
    let help = if text.contains(char::is_alphanumeric) { ITEM } else { "remove it" };
    Diagnostic::new(Code::E0101, span, format!("unexpected {}", quoted(text)))
        .here("expected an attribute or a block")
        .help(help)
}

pub(super) fn value_alone(span: Span, text: &str) -> Diagnostic {
    Diagnostic::new(Code::E0101, span, format!("{} has no key", quoted(text)))
        .here("expected a key before this value")
        .help("write `key = ` before it, on the same line")
}

pub(super) fn another_value(span: Span, text: &str) -> Diagnostic {
    Diagnostic::new(Code::E0101, span, format!("{} has no key", quoted(text)))
        .here("expected an attribute or a block")
        .help("write several values as a list, in `[` and `]`")
}

pub(super) fn equals_alone(span: Span) -> Diagnostic {
    Diagnostic::new(Code::E0101, span, "missing key before `=`").here("expected a key before this").help(ITEM)
}

pub(super) fn body_without_word(brace: Span) -> Diagnostic {
    Diagnostic::new(Code::E0101, brace, "missing block type before `{`")
        .here("expected a block or a key before this")
        .help("write the type of the block before it, as in `service {`")
}

pub(super) fn after_value(span: Span, text: &str, value: Span) -> Diagnostic {
    Diagnostic::new(Code::E0101, span, format!("unexpected {} after a value", quoted(text)))
        .here("expected a comma or a new line")
        .also(value, "the value ends here")
        .help("remove it, or put strings in quotes")
}

pub(super) fn after_body(span: Span, text: &str) -> Diagnostic {
    Diagnostic::new(Code::E0101, span, format!("unexpected {} after the `}}` of a block", quoted(text)))
        .here("expected a comma or a new line")
        .help("remove it, or start a new line")
}

pub(super) fn after_head(span: Span, text: &str, head: Span, is_name: bool) -> Diagnostic {
    let report = Diagnostic::new(Code::E0101, span, format!("unexpected {} after the label of a block", quoted(text)))
        .here("expected `{`, `in` or the end of the line")
        .also(head, "this block");
    if is_name {
        report.help(format!("if {} is an environment, write `in` before it", quoted(text))).help(TWO_BLOCKS)
    } else {
        report.help("put the attributes of a block between `{` and `}`")
    }
}

pub(super) fn after_element(span: Span, text: &str) -> Diagnostic {
    Diagnostic::new(Code::E0101, span, format!("unexpected {} in a list", quoted(text)))
        .here("expected `,` or `]`")
        .help("remove it, or put strings in quotes")
}

pub(super) fn attr_in_list(span: Span, value: &str) -> Diagnostic {
    Diagnostic::new(Code::E0101, span, "unexpected attribute in a list")
        .here("expected `,` or `]`")
        .help(format!("lists contain values: write a map, `{{ {value} = … }}`, or close the list with `]`"))
}

pub(super) fn semicolon(span: Span, last: bool) -> Diagnostic {
    let report =
        Diagnostic::new(Code::E0101, span, "unexpected `;`").here("items are separated by commas or new lines");
    if last {
        report.help("remove `;`").fix("remove `;`", span, "")
    } else {
        report.help("write `,` instead").fix("replace `;` with `,`", span, ",")
    }
}

pub(super) fn arithmetic(span: Span) -> Diagnostic {
    Diagnostic::new(Code::E0101, span, "the language has no `+` operator")
        .here("expected the end of the value")
        .help("use variables inside a string, as in `\"${app.name}-db\"`")
}

pub(super) fn call(span: Span, word: &str) -> Diagnostic {
    Diagnostic::new(Code::E0101, span, format!("unsupported function call `{word}(…)`"))
        .here("expected `=` or `{` after the word")
        .help(format!("write `{word} = value`, or `{word} {{ key = value }}`"))
}

pub(super) fn call_as_value(span: Span, word: &str) -> Diagnostic {
    Diagnostic::new(Code::E0101, span, format!("unsupported function call `{word}(…)`"))
        .here("expected a value")
        .help("write the value itself, such as `60%`")
}

/// The item before ends at byte `end`.
pub(super) fn missing_separator(span: Span, text: &str, before: Span, end: usize) -> Diagnostic {
    let comma = Span::new(span.source, end..end);
    Diagnostic::new(Code::E0119, span, format!("missing separator before {}", quoted(text)))
        .here("expected a comma or a new line before this")
        .also(before, "the previous item")
        .help("put a comma between them, or start a new line")
        .fix("put a comma between the items", comma, ",")
}

pub(super) fn attribute_after_head(span: Span, text: &str, head: Span) -> Diagnostic {
    Diagnostic::new(Code::E0119, span, format!("unexpected {} after a block", quoted(text)))
        .here("expected `{` or the end of the line")
        .also(head, "the block ends here")
        .help("if it belongs to the block, write it between `{` and `}`; otherwise, write it on a separate line")
}

pub(super) fn missing_comma(span: Span, text: &str, before: Span) -> Diagnostic {
    let comma = Span { start: before.end, end: before.end, ..before };
    Diagnostic::new(Code::E0119, span, format!("missing comma before {}", quoted(text)))
        .here("expected `,` before this")
        .also(before, "the previous value")
        .help("separate the values of a list with commas")
        .fix("put a comma between the values", comma, ",")
}

// ── Attributes ───────────────────────────────────────────────────────────────────────────────────────────────────

pub(super) fn missing_equals(key: &Spanned<String>, value: Span, text: &str) -> Diagnostic {
    let after = Span { start: key.span.end, end: key.span.end, ..key.span };
    Diagnostic::new(Code::E0102, value, format!("missing `=` between `{}` and {}", key.value, quoted(text)))
        .here("expected `=` before this")
        .help(format!("write `{} = {}`", key.value, quoted(text).trim_matches('`')))
        .fix("write `=`", after, " =")
}

/// `next` is what follows the colon.
pub(super) fn colon(key: &Spanned<String>, colon: Span, next: Option<Rule>) -> Diagnostic {
    let report = Diagnostic::new(Code::E0102, colon, format!("expected `=` after `{}`, found `:`", key.value))
        .here("expected `=`");
    match next {
        Some(Rule::body) => report.help(format!("write `{0} = {{` for a map, `{0} {{` for a block", key.value)),
        Some(Rule::reference) => {
            let equals = if key.span.end == colon.start { " =" } else { "=" };
            report.help(format!("write `{} =`; for a block, write its name without `:`", key.value)).fix(
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
    Diagnostic::new(Code::E0103, equals, format!("missing value for `{}`", key.value))
        .here("expected a value after this, on the same line")
        .help(format!("write a value after `{} =`, or remove the line", key.value))
}

pub(super) fn not_a_value(key: Option<&str>, span: Span, text: &str) -> Diagnostic {
    let place = key.map_or_else(|| " in a list".to_owned(), |key| format!(" for `{key}`"));
    Diagnostic::new(Code::E0104, span, format!("expected a value{place}, found {}", quoted(text)))
        .here("expected a value")
        .help("write a string `\"…\"`, a quantity such as `20m`, a name, a list `[…]` or a map `{ … }`")
}

pub(super) fn bare_variable(span: Span, text: &str) -> Diagnostic {
    let name = text.trim_start_matches(['$', '{']).trim_end_matches('}').trim();
    Diagnostic::new(Code::E0104, span, format!("variable {} outside of a string", quoted(text)))
        .here("`${…}` is only allowed inside `\"…\"`")
        .help(format!("write `{name}`"))
        .fix("write the name alone", span, name)
}

pub(super) fn doubled_equals(equals: Option<Span>, second: Span) -> Diagnostic {
    let span = equals.map_or(second, |equals| equals.to(second));
    Diagnostic::new(Code::E0104, span, "duplicate `=`").here("expected a single `=`").help("remove one `=`")
}

pub(super) fn unquoted(span: Span, text: &str) -> Diagnostic {
    Diagnostic::new(Code::E0122, span, format!("missing quotes around {}", quoted(text)))
        .here("only names are written without quotes")
        .help(format!("write `\"{text}\"`"))
        .fix("put it in quotes", span, format!("\"{text}\""))
}

pub(super) fn block_in_map(block: &Block) -> Diagnostic {
    let word = &block.word.value;
    Diagnostic::new(Code::E0124, block.head(), format!("unexpected block `{word}` in a map"))
        .here("expected `key = value`")
        .help(format!("write `{word} = …`; or, if the map should be a block, remove the `=` before its `{{`"))
}

// ── Names ────────────────────────────────────────────────────────────────────────────────────────────────────────

const NAME: &str = "a name starts with a letter and contains only letters, digits, `-` and `_`";

pub(super) fn bad_name(span: Span, text: &str) -> Diagnostic {
    let here = foreign_letter(text).unwrap_or_else(|| "expected a name".to_owned());
    Diagnostic::new(Code::E0112, span, format!("invalid name {}", quoted(text))).here(here).help(NAME)
}

/// Names the character that a name cannot contain: some look exactly like one that it can.
fn foreign_letter(text: &str) -> Option<String> {
    let letter = text.chars().find(|c| c.is_alphabetic() && !c.is_ascii())?;
    Some(format!("`{letter}` is U+{:04X}, not a letter from `a` to `z`", u32::from(letter)))
}

pub(super) fn dotted_key(span: Span, text: &str, word: &str) -> Diagnostic {
    Diagnostic::new(Code::E0112, span, format!("invalid key {}: keys cannot contain dots", quoted(text)))
        .here("expected a single word")
        .help(format!("write a block, `{word} {{ … }}`"))
}

pub(super) fn key_of_two_words(span: Span, text: &str) -> Diagnostic {
    Diagnostic::new(Code::E0112, span, format!("invalid key {}: a key is a single word", quoted(text)))
        .here("expected a single word before `=`")
        .help("join the words with `-`, or separate two items with a comma")
}

pub(super) fn variable_in_name(span: Span) -> Diagnostic {
    Diagnostic::new(Code::E0112, span, "variable in a name").here("names must be literal").help("write the name out")
}

pub(super) fn reserved_word(span: Span, word: &str) -> Diagnostic {
    Diagnostic::new(Code::E0113, span, format!("expected a name, found reserved word `{word}`"))
        .here("reserved word")
        .help(format!("choose another name, such as `{word}-1`"))
}

pub(super) fn reserved_value(span: Span, word: &str) -> Diagnostic {
    Diagnostic::new(Code::E0113, span, format!("expected a value, found reserved word `{word}`"))
        .here("expected a value")
        .help(format!("to mean the string, write `\"{word}\"`"))
}

pub(super) fn bad_label(span: Span, text: &str, word: &str) -> Diagnostic {
    let here = foreign_letter(text).unwrap_or_else(|| "expected a single name or string before `{`".to_owned());
    Diagnostic::new(Code::E0116, span, format!("invalid label {} for `{word}`", quoted(text)))
        .here(here)
        .help(format!("write a single name, as in `{word} my-name {{`"))
}

pub(super) fn missing_environment(keyword: Span) -> Diagnostic {
    Diagnostic::new(Code::E0116, keyword, "missing environment after `in`")
        .here("expected the name of an environment after this")
        .help("name one environment, as in `in production`")
}

// ── Quantities ───────────────────────────────────────────────────────────────────────────────────────────────────

pub(super) fn bad_measure(span: Span, text: &str) -> Diagnostic {
    let report = Diagnostic::new(Code::E0114, span, format!("invalid quantity {}", quoted(text)));
    if let Some(range) = meant_range(text) {
        return report.here("a range is written with two dots").help(format!("write `{range}`")).fix(
            "write a range",
            span,
            range,
        );
    }
    report
        .here("expected digits and units")
        .help("write a quantity such as `1h30m`, `0.5`, `20%` or `128Mi`")
        .help(format!("to mean a string, write `\"{}\"`", quoted(text).trim_matches('`')))
}

/// `80m-100m` as a range.
fn meant_range(text: &str) -> Option<String> {
    let quantity = |text: &str| {
        text.starts_with(|c: char| c.is_ascii_digit())
            && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '%'))
            && !text.ends_with('.')
    };
    let mut both = ["...", "…", "-", "–", "—"].iter().filter_map(|sign| text.split_once(sign));
    both.find(|(low, high)| quantity(low) && quantity(high)).map(|(low, high)| format!("{low}..{high}"))
}

pub(super) fn negative(span: Span, text: &str) -> Diagnostic {
    Diagnostic::new(Code::E0114, span, format!("negative quantity {}", quoted(text)))
        .here("a quantity starts with a digit")
        .help(format!("write `{}`", quoted(text.trim_start_matches(['-', ' '])).trim_matches('`')))
}

pub(super) fn open_range(span: Span, text: &str) -> Diagnostic {
    if let Some(range) = meant_range(text) {
        return Diagnostic::new(Code::E0115, span, format!("invalid range {}", quoted(text)))
            .here("a range is written with two dots, not three")
            .help(format!("write `{range}`"))
            .fix("write two dots", span, range);
    }
    Diagnostic::new(Code::E0115, span, format!("invalid range {}", quoted(text)))
        .here("expected a quantity on both sides of `..`")
        .help("write both ends, as in `2..6`, or a single quantity without `..`")
}

// ── Braces and brackets ──────────────────────────────────────────────────────────────────────────────────────────

/// An unclosed delimiter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Opener {
    Brace,
    Bracket,
}

/// `noticed` is the token that revealed it, `None` at the end of the file; `taken` is a `}` that was meant for an outer
/// brace.
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
        1 => format!("unclosed `{open}`"),
        _ => format!("unclosed `{open}`, and {} around it", if count == 2 { "the brace" } else { "the braces" }),
    };
    let mut report = Diagnostic::new(code, opener, message).here(format!("missing `{close}` for this"));
    if let Some(taken) = taken {
        report = report.also(taken, "closed by this, which is indented for another brace");
    }
    match noticed {
        Some(noticed) if kind == Opener::Bracket => {
            report.also(noticed, "detected here").help("write `]` where the list ends")
        }
        Some(noticed) => report.also(noticed, "detected here").help(format!(
            "write `{close}` where it ends, or indent its contents: an unindented word always starts a new top-level item"
        )),
        None => report.help(format!("write `{close}` where it ends, before the end of the file")),
    }
}

pub(super) fn stray_brace(span: Span, early: Option<Span>) -> Diagnostic {
    let report = Diagnostic::new(Code::E0106, span, "unmatched `}`").here("no matching `{`");
    match early {
        Some(early) => {
            report.also(early, "already closed here, too early by its indentation").help("remove one of the two")
        }
        None => report.help("remove it, or add the missing `{` above"),
    }
}

/// `text` is the head of a block that has no body.
pub(super) fn no_brace(head: Span, text: &str, stray: Span) -> Diagnostic {
    let end = Span { start: head.end, ..head };
    Diagnostic::new(Code::E0106, head, format!("missing `{{` after {}", quoted(text)))
        .here("the lines below are indented like its body")
        .also(stray, "this has no matching `{`")
        .help(format!("write `{} {{`", quoted(text).trim_matches('`')))
        .fix("write `{`", end, " {")
}

pub(super) fn head_is_a_comment(stray: Span, line: Span) -> Diagnostic {
    Diagnostic::new(Code::E0106, stray, "unmatched `}`: the line that opens its block is commented out")
        .here("no matching `{`")
        .also(line, "commented out here")
        .help("comment out the whole block, or uncomment its first line")
}

/// `first` is the first word of the lines that are indented as if in a block.
pub(super) fn headless(stray: Span, first: Span) -> Diagnostic {
    Diagnostic::new(Code::E0106, stray, "unmatched `}`: the line that opens its block is missing")
        .here("no matching `{`")
        .also(first, "indented as if in a block")
        .help("write the line that opens the block, such as `service {`, or remove these lines")
}

pub(super) fn stray_bracket(span: Span) -> Diagnostic {
    Diagnostic::new(Code::E0106, span, "unmatched `]`")
        .here("no matching `[`")
        .help("remove it, write `}` to close an open brace, or add the missing `[` above")
}

pub(super) fn too_deep(opener: Span) -> Diagnostic {
    Diagnostic::new(
        Code::E0120,
        opener,
        format!("blocks and lists are nested more than {} levels deep", super::MAX_DEPTH),
    )
    .here("parsing stops here")
    .help("reduce the nesting")
}

/// `between` is what lies between head and brace, if it is only white space.
pub(super) fn body_on_next_line(word: &str, head: Span, gap: Span, between: Option<Span>) -> Diagnostic {
    let brace = Span { end: gap.start + 1, ..gap };
    let report = Diagnostic::new(Code::E0121, brace, format!("the `{{` of `{word}` is on a separate line"))
        .here("the block ends at the line break before this")
        .also(head, "this block")
        .help("move `{` to the end of the block's first line");
    match between {
        Some(between) => report.fix("move `{` to the end of the block's first line", between, " "),
        None => report,
    }
}
