//! Colours and columns of what is printed for people.

use unicode_width::UnicodeWidthStr as _;

/// The columns of a terminal that everybody has.
pub const WIDTH: usize = 80;

/// What turns a style on, and all of them off; nothing without colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Paint {
    /// Names and headings.
    pub bold: &'static str,
    /// Removals and failures.
    pub red: &'static str,
    /// What comes or succeeds.
    pub green: &'static str,
    /// What wants attention.
    pub yellow: &'static str,
    /// Where something is.
    pub cyan: &'static str,
    /// What is beside the point.
    pub dim: &'static str,
    /// The end of each.
    pub end: &'static str,
}

impl Paint {
    /// With colours or without.
    #[must_use]
    pub fn of(color: bool) -> Self {
        if color {
            Self {
                bold: "\x1b[1m",
                red: "\x1b[31m",
                green: "\x1b[32m",
                yellow: "\x1b[33m",
                cyan: "\x1b[36m",
                dim: "\x1b[2m",
                end: "\x1b[0m",
            }
        } else {
            Self { bold: "", red: "", green: "", yellow: "", cyan: "", dim: "", end: "" }
        }
    }
}

/// A line of words, broken at [`WIDTH`] columns where a word ends; what follows is indented by `hanging`.
#[must_use]
pub fn wrapped(indent: usize, hanging: usize, text: &str) -> String {
    let mut out = " ".repeat(indent);
    let mut width = indent;
    for (at, word) in text.split(' ').enumerate() {
        let long = word.width();
        if at > 0 && width + 1 + long > WIDTH {
            out.push('\n');
            out.push_str(&" ".repeat(hanging));
            width = hanging;
        } else if at > 0 {
            out.push(' ');
            width += 1;
        }
        out.push_str(word);
        width += long;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_broken_between_words() {
        let text = wrapped(2, 6, &"word ".repeat(20));
        assert!(text.starts_with("  word word") && text.contains("word\n      word"), "{text}");
        assert!(text.lines().all(|line| line.width() <= WIDTH));
        assert_eq!(wrapped(2, 6, &"x".repeat(90)), format!("  {}", "x".repeat(90)));
        assert_eq!(wrapped(0, 2, &"日本 ".repeat(30)).lines().map(str::width).max(), Some(79));
    }
}
