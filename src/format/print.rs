//! Lines in, text out.

use super::lines::{Content, Group, Line, Part, spaced};
use crate::syntax;

/// A longer line is broken, where it can be. Comments and texts do not count: they cannot be.
const WIDTH: usize = 100;
/// What each body and list is indented by.
const INDENT: usize = 2;

/// The text of the lines of a file.
pub(super) fn print(lines: &[Line<'_>]) -> String {
    let mut printer = Printer::default();
    printer.lines(lines, 0);
    printer.text
}

#[derive(Default)]
struct Printer {
    text: String,
    /// Where the line that is being written begins.
    line: usize,
}

impl Printer {
    fn lines(&mut self, lines: &[Line<'_>], indent: usize) {
        for line in lines {
            if line.blank {
                self.text.push('\n');
            }
            match &line.content {
                Content::Broken(written) => {
                    self.text.push_str(written);
                    if !written.ends_with(['\n', '\r']) {
                        self.text.push('\n');
                    }
                    continue;
                }
                Content::Item(parts) => {
                    self.begin(indent);
                    self.item(parts, indent);
                }
                Content::Comment => self.begin(indent),
            }
            self.end(line.comment);
        }
    }

    fn begin(&mut self, indent: usize) {
        self.line = self.text.len();
        self.text.extend(std::iter::repeat_n(' ', indent));
    }

    fn end(&mut self, comment: Option<&str>) {
        if let Some(comment) = comment {
            if !self.text[self.line..].trim_start().is_empty() {
                self.text.push_str("  ");
            }
            self.text.push_str(comment);
        }
        self.text.push('\n');
    }

    /// An item on a line that is indented so far.
    fn item(&mut self, parts: &[Part<'_>], indent: usize) {
        for (at, part) in parts.iter().enumerate() {
            if at > 0 && spaced(&parts[at - 1], part) {
                self.text.push(' ');
            }
            match part {
                Part::Word(word) => self.text.push_str(word),
                Part::Dots => self.text.push_str(".."),
                Part::Text(written) => {
                    self.text.push_str(&syntax::reindent(written, &" ".repeat(indent + INDENT)));
                }
                Part::Group(group) => self.group(group, indent),
            }
        }
    }

    fn group(&mut self, group: &Group<'_>, indent: usize) {
        let column = self.text[self.line..].chars().count();
        self.text.push_str(group.open);
        let empty = group.lines.is_empty() && group.comment.is_none();
        let space = if group.open == "{" && !empty { " " } else { "" };
        if empty || group.width.is_some_and(|width| column + width <= WIDTH) {
            self.text.push_str(space);
            for (at, line) in group.lines.iter().enumerate() {
                self.text.push_str(if at > 0 { ", " } else { "" });
                if let Content::Item(parts) = &line.content {
                    self.item(parts, indent);
                }
            }
            self.text.push_str(space);
        } else {
            self.end(group.comment);
            self.lines(&group.lines, indent + INDENT);
            self.begin(indent);
        }
        self.text.push_str(if group.open == "{" { "}" } else { "]" });
    }
}
