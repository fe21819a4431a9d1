//! The messages of the errors in strings, text blocks and comments.

use crate::diag::visible::quoted;
use crate::diag::{Code, Diagnostic};
use crate::source::{Fault, Span};

pub(in crate::syntax) fn unterminated_string(quote: Span) -> Diagnostic {
    Diagnostic::new(Code::E0107, quote, "unterminated string")
        .here("missing closing `\"` on this line")
        .help("close it on this line, or use `\"\"\"` for a multi-line string")
}

/// `word` is the first word of the line that ended it, `None` at the end of the file.
pub(in crate::syntax) fn unterminated_text_block(quotes: Span, word: Option<&str>) -> Diagnostic {
    let report = Diagnostic::new(Code::E0108, quotes, "unterminated text block").here("missing closing `\"\"\"`");
    match word {
        Some(word) => report.help(format!(
            "write `\"\"\"` on a line before {}, or indent the text: an unindented word always starts a new top-level item",
            quoted(word)
        )),
        None => report.help("write `\"\"\"` on a separate line where the text ends"),
    }
}

pub(in crate::syntax) fn bad_escape(span: Span, text: &str) -> Diagnostic {
    let report = Diagnostic::new(Code::E0109, span, format!("unknown escape sequence {}", quoted(text)))
        .here("expected one of `\\\"` `\\\\` `\\n` `\\t` `\\r` `\\$` `\\u{…}`");
    if text.starts_with("\\u") {
        return report.help("write a Unicode code point, as in `\\u{e9}`");
    }
    let backslash = Span { end: span.start + 1, ..span };
    report.help("write `\\\\` for a backslash").fix("double the backslash", backslash, "\\\\")
}

pub(in crate::syntax) fn bad_variable(span: Span, text: &str) -> Diagnostic {
    let closed = text.ends_with('}');
    let message = if closed { "invalid variable" } else { "unclosed variable" };
    Diagnostic::new(Code::E0110, span, format!("{message} {}", quoted(text)))
        .here(if closed { "expected a name between the braces" } else { "expected `}` after the name" })
        .help("write a variable as `${app.name}`, and a literal `${` as `\\${`")
}

pub(in crate::syntax) fn wrong_quotes(span: Span, text: &str) -> Diagnostic {
    let mut chars = text.chars();
    let (first, last) = (chars.next().unwrap_or('\''), chars.next_back().unwrap_or('\''));
    let report = Diagnostic::new(Code::E0111, span, format!("invalid quotation mark `{first}`"))
        .here("strings use straight double quotes, `\"…\"`");
    let inner = chars.as_str();
    let plain = format!("\"{inner}\"");
    // Between curly quotes `${…}` means what it means between straight ones.
    let literal = matches!(first, '\'' | '`') && inner.contains('$');
    if inner.contains(['"', '\\']) || literal || last == '\\' {
        return report.help("write `\"` for both quotes, and `\\\"` inside");
    }
    report.help(format!("write `{}`", quoted(&plain).trim_matches('`'))).fix("write straight quotes", span, plain)
}

pub(in crate::syntax) fn narrow_text(line: Span, closing: Span) -> Diagnostic {
    Diagnostic::new(Code::E0118, line, "a line of a text block is indented less than its closing quotes")
        .here("not indented far enough")
        .also(closing, "the indentation of these is removed from each line")
        .help("indent the line more, or the closing quotes less")
}

pub(in crate::syntax) fn text_beside_opening(text: Span) -> Diagnostic {
    Diagnostic::new(Code::E0118, text, "text after the opening quotes of a multi-line text block")
        .here("this belongs on the next line")
        .help("start a new line after the opening `\"\"\"`")
}

pub(in crate::syntax) fn text_beside_closing(quotes: Span) -> Diagnostic {
    Diagnostic::new(Code::E0118, quotes, "text before the closing quotes of a multi-line text block")
        .here("these belong on the next line")
        .help("start a new line before the closing `\"\"\"`")
}

pub(in crate::syntax) fn no_utf8(whole: Span, text: &str, fault: Fault) -> Diagnostic {
    let at = |start: usize| {
        let len = text[start..].chars().next().map_or(0, char::len_utf8);
        Span::new(whole.source, start..start + len)
    };
    match fault {
        Fault::Utf16 => Diagnostic::new(Code::E0901, at(0), "this file is encoded as UTF-16, not as UTF-8")
            .help("save it as UTF-8 in your editor, or convert it with `iconv -f UTF-16 -t UTF-8`"),
        Fault::Byte { at: place, byte } => {
            let message = format!("this file is not valid UTF-8: it contains the byte 0x{byte:02X}");
            let report = Diagnostic::new(Code::E0901, at(place), message);
            // The encoding of most editors before UTF-8.
            let report = match char::from(byte) {
                sign if sign.is_alphabetic() => report.here(format!("`{sign}` in Latin-1")),
                _ => report,
            };
            report.help("save it as UTF-8 in your editor, or convert it with `iconv -f ISO-8859-1 -t UTF-8`")
        }
        Fault::Binary => Diagnostic::new(Code::E0901, at(0), "this file is not a text file")
            .help("remove it, or rename it so that it does not end in `.pipe`"),
    }
}

pub(in crate::syntax) fn conflict(ours: Span, middle: Span, theirs: Span) -> Diagnostic {
    Diagnostic::new(Code::E0125, ours, "unresolved merge conflict")
        .here("the first version starts here")
        .also(middle, "the other version starts here")
        .also(theirs, "the conflict ends here")
        .help("keep one version, or combine the two, and remove these three lines")
}

pub(in crate::syntax) fn foreign_comment(span: Span, text: &str) -> Diagnostic {
    let sign = &text[..2];
    let mark = Span { end: span.start + 2, ..span };
    let report = Diagnostic::new(Code::E0123, mark, format!("`{sign}` does not start a comment"))
        .here("comments start with `#`");
    if sign == "//" {
        report.help("write `#`").fix("write `#`", mark, "#")
    } else {
        report.help("start each line of it with `#`")
    }
}
