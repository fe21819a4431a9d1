//! The words of the errors of those who write as in another language, or have copied from a page.

use crate::diag::visible::quoted;
use crate::diag::{Code, Diagnostic};
use crate::source::Span;

pub(in crate::syntax) fn dash(span: Span, text: &str) -> Diagnostic {
    let report = Diagnostic::new(Code::E0101, span, format!("{} begins no attribute and no block", quoted(text)))
        .here("an attribute or a block is expected here");
    match text.starts_with('-') {
        true => report.help("write a list in brackets, `key = [\"a\", \"b\"]`; in a pasted diff, remove the line"),
        false => report.help("remove the `+` of a pasted diff"),
    }
}

/// `text` is a run of blanks that are none of the language.
pub(in crate::syntax) fn strange_blank(span: Span, text: &str) -> Diagnostic {
    let count = text.chars().count();
    let is_wide = text.starts_with(char::is_whitespace);
    let (what, help) = match is_wide {
        true => ("looks like a space and is none", "write a plain space"),
        false => ("cannot be seen", "remove it"),
    };
    let sign: String = text.chars().take(1).flat_map(char::escape_unicode).collect();
    Diagnostic::new(Code::E0101, span, format!("the character `{sign}` {what}"))
        .here("it came with a copy from a page or a chat")
        .help(help)
        .fix(help, span, if is_wide { " ".repeat(count) } else { String::new() })
}

pub(in crate::syntax) fn heredoc(span: Span) -> Diagnostic {
    Diagnostic::new(Code::E0104, span, "`<<` begins no text")
        .here("a text of several lines stands between `\"\"\"` and `\"\"\"`")
        .help("write `\"\"\"` here, and `\"\"\"` on a line of its own where the text ends")
}

/// `2 hours`
pub(in crate::syntax) fn unit_apart(span: Span, text: &str, measure: &str) -> Diagnostic {
    Diagnostic::new(Code::E0114, span, format!("{} is no measure", quoted(text)))
        .here("a unit stands directly behind its number")
        .help(format!("write `{measure}`"))
        .fix(format!("write `{measure}`"), span, measure)
}

/// `head` stands before the colon.
pub(in crate::syntax) fn colon_after_head(colon: Span, head: &str) -> Diagnostic {
    Diagnostic::new(Code::E0116, colon, format!("`:` follows {}, where `{{` belongs", quoted(head)))
        .here("`{` is expected here")
        .help(format!("write `{} {{`, and `}}` where the block ends", quoted(head).trim_matches('`')))
}

/// `app: shop {`; `gap` is from the colon to the label.
pub(in crate::syntax) fn colon_before_label(colon: Span, gap: Span, head: &str) -> Diagnostic {
    Diagnostic::new(Code::E0116, colon, format!("`:` stands before the name of a block, {}", quoted(head)))
        .here("nothing is expected here")
        .help(format!("write `{} {{`", quoted(head).trim_matches('`')))
        .fix("leave the `:` out", gap, " ")
}

/// `app shop = {`; `equals` is with the blanks around it.
pub(in crate::syntax) fn equals_before_body(equals: Span, gap: Span, head: &str) -> Diagnostic {
    Diagnostic::new(Code::E0112, equals, format!("`=` stands before the body of a block, {}", quoted(head)))
        .here("only an attribute has a `=`")
        .help(format!("write `{} {{`", quoted(head).trim_matches('`')))
        .fix("leave the `=` out", gap, " ")
}

/// `metrics [ port = 9090 ]`
pub(in crate::syntax) fn body_in_brackets(list: Span, word: &str) -> Diagnostic {
    Diagnostic::new(Code::E0101, list, format!("the attributes of `{word}` stand in `[` and `]`"))
        .here("a list holds values, not attributes")
        .help(format!("write `{word} {{ … }}`"))
}

/// `port => 80`
pub(in crate::syntax) fn arrow(span: Span) -> Diagnostic {
    Diagnostic::new(Code::E0104, span, "`=>` gives no value").here("`=` is expected here").help("write `=`").fix(
        "write `=`",
        span,
        "=",
    )
}

/// `.5`
pub(in crate::syntax) fn zero_left_out(span: Span, text: &str) -> Diagnostic {
    Diagnostic::new(Code::E0114, span, format!("{} is no measure", quoted(text)))
        .here("a measure begins with a digit")
        .help(format!("write `0{text}`"))
        .fix(format!("write `0{text}`"), Span { end: span.start, ..span }, "0")
}

/// `2 to 6`
pub(in crate::syntax) fn range_in_words(span: Span, text: &str, range: &str) -> Diagnostic {
    Diagnostic::new(Code::E0115, span, format!("{} is no range", quoted(text)))
        .here("a range is written with two dots")
        .help(format!("write `{range}`"))
        .fix(format!("write `{range}`"), span, range)
}

/// `if`, `? :`
pub(in crate::syntax) fn condition(span: Span) -> Diagnostic {
    Diagnostic::new(Code::E0101, span, "the language has no conditions")
        .here("a value is one value")
        .help("write what differs by environment in `in ENVIRONMENT { … }`, and by cluster in a `target`")
}

/// A `\\` at the end of a line.
pub(in crate::syntax) fn continued_line(span: Span) -> Diagnostic {
    Diagnostic::new(Code::E0104, span, "`\\` continues no line")
        .here("a list goes on over lines by itself")
        .help("remove it")
        .fix("remove it", span, "")
}

/// A dash of another kind in a name.
pub(in crate::syntax) fn strange_dash(dash: Span, text: &str) -> Diagnostic {
    Diagnostic::new(Code::E0112, dash, format!("{} looks like `-` and is none", quoted(text)))
        .here("it came with a copy from a page or a chat")
        .help("write `-`")
        .fix("write `-`", dash, "-")
}

/// Three backticks, as around code in Markdown.
pub(in crate::syntax) fn fence(span: Span) -> Diagnostic {
    Diagnostic::new(Code::E0101, span, "three backticks begin no text")
        .here("it came with a copy from a page or a chat")
        .help("remove the line")
}
