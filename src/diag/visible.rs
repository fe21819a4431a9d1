//! Text of the user as it may be printed: nothing in it moves a cursor, hides, or turns the writing direction.

use std::borrow::Cow;

/// Whether a character has no glyph, so that a terminal would interpret it or show nothing. The plain space counts as
/// visible; a tab and a newline do not.
#[must_use]
pub fn is_invisible(c: char) -> bool {
    let formats = matches!(c,
        '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
        | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}');
    c.is_control() || formats || (c.is_whitespace() && c != ' ')
}

/// The text with each invisible character written as an escape: `\u{1b}`.
#[must_use]
pub fn visible(text: &str) -> Cow<'_, str> {
    if !text.contains(is_invisible) {
        return Cow::Borrowed(text);
    }
    let show = |c: char| if is_invisible(c) { c.escape_default().to_string() } else { c.to_string() };
    Cow::Owned(text.chars().map(show).collect())
}

/// A piece of the source for use in a message: its first line, at most 40 characters of it, in backticks.
#[must_use]
pub fn quoted(text: &str) -> String {
    let text = text.trim_end_matches([' ', '\t', '\r', '\n']);
    let line = text.lines().next().unwrap_or_default();
    let short: String = line.chars().take(40).collect();
    let more = if short.len() < text.len() { "…" } else { "" };
    format!("`{}{more}`", visible(&short))
}

#[cfg(test)]
mod tests {
    use super::{quoted, visible};

    #[test]
    fn nothing_reaches_the_terminal_raw() {
        assert_eq!(visible("a\u{1b}[31m b\u{202e}"), r"a\u{1b}[31m b\u{202e}");
        assert_eq!(quoted("first\nsecond"), "`first…`");
        assert_eq!(quoted("\u{0}"), r"`\u{0}`");
    }
}
