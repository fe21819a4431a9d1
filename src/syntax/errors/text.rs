//! The words of the errors in strings, text blocks and comments.

use crate::diag::visible::quoted;
use crate::diag::{Code, Diagnostic};
use crate::source::{Fault, Span};

pub(in crate::syntax) fn unterminated_string(quote: Span) -> Diagnostic {
    Diagnostic::new(Code::E0107, quote, "a text has no closing `\"` on its line")
        .here("no other `\"` closes this")
        .help("close it on this line, or write `\"\"\"` for a text of several lines")
}

/// `word` is the first on the line that ended it, `None` at the end of the file.
pub(in crate::syntax) fn unterminated_text_block(quotes: Span, word: Option<&str>) -> Diagnostic {
    let report =
        Diagnostic::new(Code::E0108, quotes, "a text block has no closing `\"\"\"`").here("no `\"\"\"` closes this");
    match word {
        Some(word) => report.help(format!(
            "write `\"\"\"` on a line before {}, or indent the text: a word in column 1 ends everything open",
            quoted(word)
        )),
        None => report.help("write `\"\"\"` on a line of its own where the text ends"),
    }
}

pub(in crate::syntax) fn bad_escape(span: Span, text: &str) -> Diagnostic {
    let report = Diagnostic::new(Code::E0109, span, format!("{} is no escape", quoted(text)))
        .here("none of `\\\"` `\\\\` `\\n` `\\t` `\\r` `\\$` `\\u{…}`");
    if text.starts_with("\\u") {
        return report.help("write the number of a character, as in `\\u{e9}`");
    }
    let backslash = Span { end: span.start + 1, ..span };
    report.help("write `\\\\` for a backslash").fix("double the backslash", backslash, "\\\\")
}

pub(in crate::syntax) fn bad_variable(span: Span, text: &str) -> Diagnostic {
    let closed = text.ends_with('}');
    let message = if closed { "is no variable" } else { "is not closed" };
    Diagnostic::new(Code::E0110, span, format!("{} {message}", quoted(text)))
        .here(if closed { "a name is expected between the braces" } else { "`}` is expected after the name" })
        .help("write a variable as `${app.name}`, and `\\${` for these two signs")
}

pub(in crate::syntax) fn wrong_quotes(span: Span, text: &str) -> Diagnostic {
    let mut chars = text.chars();
    let (first, last) = (chars.next().unwrap_or('\''), chars.next_back().unwrap_or('\''));
    let report = Diagnostic::new(Code::E0111, span, format!("`{first}` does not quote a text"))
        .here("a text stands in straight quotes, `\"…\"`");
    let inner = chars.as_str();
    let plain = format!("\"{inner}\"");
    // Between curly quotes `${…}` was meant as it is meant between straight ones.
    let literal = matches!(first, '\'' | '`') && inner.contains('$');
    if inner.contains(['"', '\\']) || literal || last == '\\' {
        return report.help("write `\"` for both quotes, and `\\\"` inside");
    }
    report.help(format!("write `{}`", quoted(&plain).trim_matches('`'))).fix("write straight quotes", span, plain)
}

pub(in crate::syntax) fn narrow_text(line: Span, closing: Span) -> Diagnostic {
    Diagnostic::new(Code::E0118, line, "a line of a text block is indented less than its closing quotes")
        .here("too far left")
        .also(closing, "the indent of these is taken off each line")
        .help("indent the line, or the closing quotes less")
}

pub(in crate::syntax) fn text_beside_opening(text: Span) -> Diagnostic {
    Diagnostic::new(Code::E0118, text, "a text block of several lines begins beside its opening quotes")
        .here("this belongs on the next line")
        .help("begin a new line after the opening `\"\"\"`")
}

pub(in crate::syntax) fn text_beside_closing(quotes: Span) -> Diagnostic {
    Diagnostic::new(Code::E0118, quotes, "the closing quotes of a text block do not stand on a line of their own")
        .here("these belong on the next line")
        .help("begin a new line before the closing `\"\"\"`")
}

pub(in crate::syntax) fn no_utf8(whole: Span, text: &str, fault: Fault) -> Diagnostic {
    let at = |start: usize| {
        let len = text[start..].chars().next().map_or(0, char::len_utf8);
        Span::new(whole.source, start..start + len)
    };
    match fault {
        Fault::Utf16 => Diagnostic::new(Code::E0901, at(0), "this file is saved as UTF-16, and a source is UTF-8")
            .help("save it as UTF-8: in an editor, or by `iconv -f UTF-16 -t UTF-8`"),
        Fault::Byte { at: place, byte } => {
            let message = format!("this file is not saved as UTF-8: here it has the byte 0x{byte:02X}");
            let report = Diagnostic::new(Code::E0901, at(place), message);
            // What most editors of the time before UTF-8 wrote.
            let report = match char::from(byte) {
                sign if sign.is_alphabetic() => report.here(format!("`{sign}` in Latin-1")),
                _ => report,
            };
            report.help("save it as UTF-8: in an editor, or by `iconv -f ISO-8859-1 -t UTF-8`")
        }
        Fault::Binary => Diagnostic::new(Code::E0901, at(0), "this file is no text")
            .help("remove it, or give it a name that does not end in `.pipe`"),
    }
}

pub(in crate::syntax) fn conflict(ours: Span, middle: Span, theirs: Span) -> Diagnostic {
    Diagnostic::new(Code::E0125, ours, "a merge has left a conflict here")
        .here("one version begins")
        .also(middle, "the other one begins")
        .also(theirs, "the conflict ends")
        .help("keep one version, or join the two, and remove these three lines")
}

pub(in crate::syntax) fn foreign_comment(span: Span, text: &str) -> Diagnostic {
    let sign = &text[..2];
    let mark = Span { end: span.start + 2, ..span };
    let report =
        Diagnostic::new(Code::E0123, mark, format!("`{sign}` begins no comment")).here("a comment begins with `#`");
    if sign == "//" {
        report.help("write `#`").fix("write `#`", mark, "#")
    } else {
        report.help("write `#` on each line of it")
    }
}
