//! Strings of PromQL: their escapes, which are those of Go (prometheus/prometheus, util/strutil/quote.go), and the patterns
//! in them.

use super::Fault;
use regex_lite::Regex;

/// The value of a string, written with its quotes, at a byte of the query.
///
/// # Errors
/// An escape that does not exist.
pub fn value(written: &str, at: usize) -> Result<String, Fault> {
    let inner = &written[1..written.len() - 1];
    if written.starts_with('`') {
        return Ok(inner.to_owned());
    }
    let mut value = String::new();
    let mut rest = inner;
    while let Some(start) = rest.find('\\') {
        value.push_str(&rest[..start]);
        rest = &rest[start..];
        let Some((len, letter)) = escape(rest) else {
            let begin = at + 1 + inner.len() - rest.len();
            let second = rest[1..].chars().next();
            let len = 1 + second.map_or(0, char::len_utf8);
            let message = format!("unknown escape `{}`", &rest[..len]);
            let help = "a backslash of a pattern is written twice, or the string between backticks";
            return Err(Fault::new(begin..begin + len, message, help));
        };
        value.push(letter);
        rest = &rest[len..];
    }
    value.push_str(rest);
    Ok(value)
}

/// The length of the escape at the start of a text, and what it stands for.
fn escape(text: &str) -> Option<(usize, char)> {
    let kind = text[1..].chars().next()?;
    let coded = |start: usize, digits: usize, radix: u32| {
        let code = u32::from_str_radix(text.get(start..start + digits)?, radix).ok()?;
        Some((start + digits, char::from_u32(code)?))
    };
    match kind {
        'a' => Some((2, '\u{7}')),
        'b' => Some((2, '\u{8}')),
        'f' => Some((2, '\u{c}')),
        'n' => Some((2, '\n')),
        'r' => Some((2, '\r')),
        't' => Some((2, '\t')),
        'v' => Some((2, '\u{b}')),
        '\\' | '"' | '\'' => Some((2, kind)),
        'x' => coded(2, 2, 16),
        'u' => coded(2, 4, 16),
        'U' => coded(2, 8, 16),
        '0'..='7' => coded(1, 3, 8),
        _ => None,
    }
}

/// Whether a pattern matches the empty text. Patterns are anchored at both ends.
///
/// # Errors
/// What is wrong with the pattern. One that only Go's engine can read is not wrong.
pub fn matches_empty(pattern: &str) -> Result<bool, String> {
    match Regex::new(&format!("^(?s:{pattern})$")) {
        Ok(regex) => Ok(regex.is_match("")),
        // Classes of Unicode: the engine here has none.
        Err(_) if pattern.contains("\\p") || pattern.contains("\\P") || pattern.contains("[[:") => Ok(false),
        Err(error) => Err(error.to_string()),
    }
}
