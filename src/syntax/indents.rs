//! What the indentation tells of a `}` that closes nothing: which line was to open, or to stay open.

use super::ast::{Block, Body, Item};
use super::braces::distrust;
use super::errors;
use super::lower::Lower;
use crate::diag::Diagnostic;
use crate::source::Span;

/// Why there is one `}` too many.
enum Cause {
    /// A block has no `{`, and what follows is indented as if it had one. This is its head.
    NoBrace(Span),
    /// This line, which opens a block, is a comment.
    Commented(Span),
    /// This `}` closes its block, and what follows is indented as if it were open.
    Early(Span),
}

impl Lower<'_> {
    /// Reports a `}` at the top of the file; `early` is one that is indented for another brace. What is between them is moved
    /// where its indentation says that it belongs.
    pub(super) fn too_many(&mut self, stray: Span, early: Option<Span>, items: &mut Vec<Item>) {
        let report = match (self.cause(self.declaration(stray, items)), self.orphans(stray, items)) {
            (Some(Cause::NoBrace(head)), _) => errors::no_brace(head, self.text(head), stray),
            (Some(Cause::Commented(line)), _) => errors::head_is_a_comment(stray, line),
            (Some(Cause::Early(close)), _) => errors::stray_brace(stray, Some(close)),
            (None, _) if early.is_some() => errors::stray_brace(stray, early),
            (None, Some(first)) => self.headless(stray, &items[first]),
            (None, None) => errors::stray_brace(stray, None),
        };
        self.report(report);
        self.adopt(stray, items);
    }

    fn headless(&self, stray: Span, first: &Item) -> Diagnostic {
        errors::headless(stray, self.word(first.start()))
    }

    /// Moves what is indented at the top of the file into the block before it, or removes it: it is where it is not
    /// meant to be, and is not a separate error.
    pub(super) fn adopt(&mut self, stray: Span, items: &mut Vec<Item>) {
        if let Some(first) = self.orphans(stray, items) {
            let commented = matches!(self.cause(self.declaration(stray, items)), Some(Cause::Commented(_)));
            let orphans = items.split_off(first);
            match items.last_mut() {
                Some(Item::Block(block))
                    if !commented && self.close(block).is_none_or(|close| self.leads(close.range().start)) =>
                {
                    let span = block.head().to(stray);
                    block.body.get_or_insert(Body { items: Vec::new(), span }).items.extend(orphans);
                }
                _ => {}
            }
        }
        if let Some(item) = items.last_mut() {
            distrust(item);
        }
    }

    /// The items from the last one on that is indented no further than the `}`.
    fn declaration<'i>(&self, stray: Span, items: &'i [Item]) -> &'i [Item] {
        if !self.leads(stray.range().start) {
            return &[];
        }
        let own = self.indent(self.line(stray.range().start));
        let outer = |item: &Item| self.starts_line(item).is_some_and(|indent| indent <= own);
        &items[items.iter().rposition(outer).unwrap_or(0)..]
    }

    /// The first item of the file after the last declaration, if any: it is indented further than the `}`.
    fn orphans(&self, stray: Span, items: &[Item]) -> Option<usize> {
        if !self.leads(stray.range().start) {
            return None;
        }
        let own = self.indent(self.line(stray.range().start));
        let declaration = self.declaration(stray, items);
        let start = items.len() - declaration.len();
        let inner = |item: &Item| self.starts_line(item).is_some_and(|indent| indent > own);
        declaration.iter().position(inner).map(|at| start + at)
    }

    /// The first place where an item is indented further than those beside it, and a reason for that is to be seen.
    fn cause(&self, items: &[Item]) -> Option<Cause> {
        let mut usual = None;
        let mut before: Option<&Item> = None;
        for item in items {
            if let Some(indent) = self.starts_line(item)
                && indent > *usual.get_or_insert(indent)
                && let Some(cause) = before.and_then(|before| self.reason(before, item))
            {
                return Some(cause);
            }
            if let Item::Block(Block { body: Some(body), .. }) = item
                && let Some(cause) = self.cause(&body.items)
            {
                return Some(cause);
            }
            before = Some(item);
        }
        None
    }

    fn reason(&self, before: &Item, item: &Item) -> Option<Cause> {
        let end = span_of(before).range().end;
        let between = self.file.text().get(end..item.start())?;
        let opens = |line: &&str| line.trim_start().starts_with('#') && line.trim_end().ends_with('{');
        if let Some(line) = between.lines().skip(1).find(opens) {
            let at = end + between.find(line).unwrap_or_default() + (line.len() - line.trim_start().len());
            return Some(Cause::Commented(self.range(at..at + line.trim().len())));
        }
        let Item::Block(block) = before else { return None };
        match self.close(block) {
            None => Some(Cause::NoBrace(block.head())),
            Some(close) => self.leads(close.range().start).then_some(Cause::Early(close)),
        }
    }

    /// The `}` of a block with a body.
    fn close(&self, block: &Block) -> Option<Span> {
        let end = block.body.as_ref()?.span.range().end;
        Some(self.range(end - 1..end))
    }

    /// The indentation of the line that starts with the item; `None` if something else precedes it.
    fn starts_line(&self, item: &Item) -> Option<usize> {
        let start = item.start();
        self.leads(start).then(|| self.indent(self.line(start)))
    }

    /// Whether it is the first on its line.
    fn leads(&self, start: usize) -> bool {
        // From the end, so that a line of only braces is not scanned again for each.
        let before = self.file.text()[..start].trim_end_matches([' ', '\t']);
        before.is_empty() || before.ends_with(['\n', '\r'])
    }
}

fn span_of(item: &Item) -> Span {
    match item {
        Item::Attr(attr) => attr.span(),
        Item::Block(block) => block.body.as_ref().map_or(block.head(), |body| block.head().to(body.span)),
        Item::Broken(span) => *span,
    }
}
