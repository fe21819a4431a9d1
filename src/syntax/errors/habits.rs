//! Messages for syntax that comes from another language, or from a copied page.

use crate::diag::visible::quoted;
use crate::diag::{Code, Diagnostic};
use crate::source::Span;

pub(in crate::syntax) fn dash(span: Span, text: &str) -> Diagnostic {
    let report = Diagnostic::new(Code::E0101, span, format!("unexpected {}", quoted(text)))
        .here("expected an attribute or a block");
    match text.starts_with('-') {
        true => {
            report.help("write a list in brackets, `key = [\"a\", \"b\"]`; if this is a pasted diff, remove the line")
        }
        false => report.help("if this is a pasted diff, remove the `+`"),
    }
}

/// `text` is a run of characters that look like blanks, or like nothing, and that the language does not accept.
pub(in crate::syntax) fn strange_blank(span: Span, text: &str) -> Diagnostic {
    let count = text.chars().count();
    let is_wide = text.starts_with(char::is_whitespace);
    let (what, help) = match is_wide {
        true => ("looks like a space but is not one", "write a plain space"),
        false => ("is invisible", "remove it"),
    };
    let sign = text.chars().next().map_or(0, u32::from);
    Diagnostic::new(Code::E0101, span, format!("the character U+{sign:04X} {what}"))
        .here("probably copied from a web page or a chat")
        .help(help)
        .fix(help, span, if is_wide { " ".repeat(count) } else { String::new() })
}

pub(in crate::syntax) fn heredoc(span: Span) -> Diagnostic {
    Diagnostic::new(Code::E0104, span, "heredocs are not supported")
        .here("a multi-line string is written between `\"\"\"` and `\"\"\"`")
        .help("write `\"\"\"` here, and `\"\"\"` on a separate line where the string ends")
}

/// `2 hours`
pub(in crate::syntax) fn unit_apart(span: Span, text: &str, quantity: &str) -> Diagnostic {
    Diagnostic::new(Code::E0114, span, format!("invalid quantity {}", quoted(text)))
        .here("the unit must directly follow the number")
        .help(format!("write `{quantity}`"))
        .fix(format!("write `{quantity}`"), span, quantity)
}

/// `head` is what precedes the colon.
pub(in crate::syntax) fn colon_after_head(colon: Span, head: &str) -> Diagnostic {
    Diagnostic::new(Code::E0116, colon, format!("expected `{{` after {}, found `:`", quoted(head)))
        .here("expected `{`")
        .help(format!("write `{} {{`, and `}}` where the block ends", quoted(head).trim_matches('`')))
}

/// `app: shop {`; `gap` is from the colon to the label.
pub(in crate::syntax) fn colon_before_label(colon: Span, gap: Span, head: &str) -> Diagnostic {
    Diagnostic::new(Code::E0116, colon, format!("unexpected `:` before the label of block {}", quoted(head)))
        .here("expected the label")
        .help(format!("write `{} {{`", quoted(head).trim_matches('`')))
        .fix("remove the `:`", gap, " ")
}

/// `app shop = {`; `equals` includes the blanks around it.
pub(in crate::syntax) fn equals_before_body(equals: Span, gap: Span, head: &str) -> Diagnostic {
    Diagnostic::new(Code::E0112, equals, format!("unexpected `=` before the body of block {}", quoted(head)))
        .here("only attributes take `=`")
        .help(format!("write `{} {{`", quoted(head).trim_matches('`')))
        .fix("remove the `=`", gap, " ")
}

/// `metrics [ port = 9090 ]`
pub(in crate::syntax) fn body_in_brackets(list: Span, word: &str) -> Diagnostic {
    Diagnostic::new(Code::E0101, list, format!("expected `{{` after `{word}`, found `[`"))
        .here("lists contain values, not attributes")
        .help(format!("write `{word} {{ … }}`"))
}

/// `port => 80`
pub(in crate::syntax) fn arrow(span: Span) -> Diagnostic {
    Diagnostic::new(Code::E0104, span, "expected `=`, found `=>`").here("expected `=`").help("write `=`").fix(
        "write `=`",
        span,
        "=",
    )
}

/// `.5`
pub(in crate::syntax) fn zero_left_out(span: Span, text: &str) -> Diagnostic {
    Diagnostic::new(Code::E0114, span, format!("invalid quantity {}", quoted(text)))
        .here("a quantity starts with a digit")
        .help(format!("write `0{text}`"))
        .fix(format!("write `0{text}`"), Span { end: span.start, ..span }, "0")
}

/// `2 to 6`
pub(in crate::syntax) fn range_in_words(span: Span, text: &str, range: &str) -> Diagnostic {
    Diagnostic::new(Code::E0115, span, format!("invalid range {}", quoted(text)))
        .here("a range is written with two dots")
        .help(format!("write `{range}`"))
        .fix(format!("write `{range}`"), span, range)
}

/// `if`, `? :`
pub(in crate::syntax) fn condition(span: Span) -> Diagnostic {
    Diagnostic::new(Code::E0101, span, "the language has no conditions")
        .here("expected a single value")
        .help("write what differs by environment in `in ENVIRONMENT { … }`, and what differs by cluster in a `target`")
}

/// A `\\` at the end of a line.
pub(in crate::syntax) fn continued_line(span: Span) -> Diagnostic {
    Diagnostic::new(Code::E0104, span, "unexpected `\\` at the end of a line")
        .here("lists continue on the next line without it")
        .help("remove it")
        .fix("remove it", span, "")
}

/// Another kind of dash in a name.
pub(in crate::syntax) fn strange_dash(dash: Span, text: &str) -> Diagnostic {
    Diagnostic::new(Code::E0112, dash, format!("{} looks like `-` but is not", quoted(text)))
        .here("probably copied from a web page or a chat")
        .help("write `-`")
        .fix("write `-`", dash, "-")
}

/// Three backticks, as around code in Markdown.
pub(in crate::syntax) fn fence(span: Span) -> Diagnostic {
    Diagnostic::new(Code::E0101, span, "unexpected Markdown code fence")
        .here("probably copied from a web page or a chat")
        .help("remove the line")
}
