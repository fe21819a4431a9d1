//! Explains a region that the grammar could not parse: one report, on what its first tokens suggest was meant.

use super::ast::{Block, Value};
use super::errors;
use super::grammar::Rule;
use super::lower::{Lower, Pair, parts};
use super::units::unit;
use crate::diag::Diagnostic;
use crate::diag::visible::is_invisible;
use crate::source::{Span, Spanned};

/// Where an unparsed region is.
#[derive(Clone, Copy)]
pub(super) enum Place<'p> {
    /// At the start of an item.
    Item,
    /// After an attribute and a comma, where another value follows.
    AnotherValue,
    /// After `key =`.
    Value { key: &'p Spanned<String>, equals: Span },
    /// After the value of an attribute.
    AfterValue(&'p Value),
    /// After the parts of a block, the last of which ends at byte `end`.
    Block { block: &'p Block, end: usize },
    /// At the start of a list element.
    Element,
    /// After an element of a list.
    AfterElement(&'p Value),
}

/// The tokens of an unparsed region.
struct Hole<'p, 'i> {
    span: Span,
    tokens: &'p [Pair<'i>],
}

impl Hole<'_, '_> {
    fn rule(&self, index: usize) -> Option<Rule> {
        self.tokens.get(index).map(Pair::as_rule)
    }

    fn first(&self) -> &str {
        self.tokens[0].as_str()
    }

    /// Whether a separate item starts here.
    fn is_item(&self) -> bool {
        match self.rule(0) {
            Some(Rule::reference) => {
                matches!(self.rule(1), Some(Rule::equals | Rule::body))
                    || self.rule(1) == Some(Rule::reference) && self.rule(2) == Some(Rule::body)
            }
            Some(Rule::string) => self.rule(1) == Some(Rule::equals),
            _ => false,
        }
    }

    fn is_value(&self) -> bool {
        let values = [Rule::text, Rule::string, Rule::range, Rule::measure, Rule::reference, Rule::list, Rule::body];
        self.tokens.len() == 1 && values.contains(&self.tokens[0].as_rule())
    }
}

impl Lower<'_> {
    /// Reports what is wrong with an unparsed region; returns whether what precedes it is complete.
    pub(super) fn hole(&mut self, pair: &Pair<'_>, place: Place<'_>) -> bool {
        let tokens: Vec<_> = parts(pair.clone()).collect();
        let hole = Hole { span: self.span(pair), tokens: &tokens };
        let mut whole = true;
        self.braces.holes += 1;
        if !self.known_anywhere(&hole) {
            match place {
                Place::Item => self.at_item(&hole),
                Place::AnotherValue => self.report(errors::another_value(self.short(hole.span), self.text(hole.span))),
                Place::Value { key, equals } => self.at_value(&hole, Some((key, equals))),
                Place::Element => self.at_value(&hole, None),
                Place::AfterValue(value) => whole = self.after_value(&hole, value),
                Place::AfterElement(value) => whole = self.after_element(&hole, value),
                Place::Block { block, end } => whole = self.after_block(&hole, block, end),
            }
        }
        self.groups(pair);
        whole
    }

    /// Finds the errors inside the bodies of an unparsed region, which are reported separately.
    pub(super) fn groups(&mut self, hole: &Pair<'_>) {
        for token in parts(hole.clone()) {
            if token.as_rule() == Rule::body {
                self.body(token);
            }
        }
    }

    /// Errors that are the same everywhere: quotes, comments, depth.
    fn known_anywhere(&mut self, hole: &Hole<'_, '_>) -> bool {
        for token in hole.tokens {
            let span = self.span(token);
            match token.as_rule() {
                Rule::string if self.is_cut(token) => self.unterminated(token),
                Rule::text if self.is_cut(token) => drop(self.text_block(token.clone())),
                Rule::quoted if token.as_str() == "``" => self.report(errors::fence(span)),
                Rule::quoted => self.report(errors::wrong_quotes(span, token.as_str())),
                Rule::too_deep => self.too_deep(span),
                Rule::other if is_blank(token.as_str()) => self.report(self.strange_blank(span)),
                Rule::bracket_close if span.start == hole.span.start => {
                    self.braces.bracket(self.line(span.range().start));
                    self.report(errors::stray_bracket(span));
                }
                Rule::foreign_comment if span.start == hole.span.start => {
                    self.report(errors::foreign_comment(span, token.as_str()));
                }
                _ => continue,
            }
            return true;
        }
        false
    }

    /// A blank that the language does not accept, and the run of such blanks after it.
    fn strange_blank(&self, first: Span) -> Diagnostic {
        let rest = &self.file.text()[first.range().start..];
        let end = rest.find(|c: char| !is_blank(c.encode_utf8(&mut [0; 4]))).unwrap_or(rest.len());
        let span = self.range(first.range().start..first.range().start + end);
        errors::strange_blank(span, self.text(span))
    }

    fn at_item(&mut self, hole: &Hole<'_, '_>) {
        let first = self.span(&hole.tokens[0]);
        let word = self.word(hole.span.range().start);
        let begins = matches!(hole.tokens.last().map(Pair::as_rule), Some(Rule::body))
            || hole.tokens.iter().any(|token| token.as_rule() == Rule::equals);
        self.report(match hole.tokens[0].as_rule() {
            Rule::keyword if begins => errors::reserved_word(first, hole.first()),
            Rule::body => errors::body_without_word(Span { end: first.start + 1, ..first }),
            Rule::string if hole.rule(1) == Some(Rule::colon) => {
                let key = Spanned::new(hole.first().trim_matches('"').to_owned(), first);
                errors::colon(&key, self.span(&hole.tokens[1]), hole.rule(2))
            }
            Rule::string | Rule::text | Rule::list => errors::value_alone(self.short(hole.span), self.text(first)),
            Rule::equals => errors::equals_alone(first),
            _ if self.begins_with_dash(hole.span) => errors::dash(self.short(hole.span), self.text(hole.span)),
            _ if begins && self.text(word).contains(char::is_alphanumeric) => errors::bad_name(word, self.text(word)),
            _ => errors::not_an_item(self.short(hole.span), self.text(hole.span)),
        });
    }

    fn at_value(&mut self, hole: &Hole<'_, '_>, attr: Option<(&Spanned<String>, Span)>) {
        let first = self.span(&hole.tokens[0]);
        let word = self.word(hole.span.range().start);
        let whole = self.short(hole.span);
        self.report(match (hole.tokens[0].as_rule(), hole.rule(1)) {
            (Rule::other, Some(Rule::measure | Rule::range)) if hole.first() == "-" => {
                errors::negative(word, self.text(word))
            }
            (Rule::other, Some(Rule::measure)) if hole.first() == "." && touch(hole, 0) => {
                errors::zero_left_out(word, self.text(word))
            }
            (Rule::other, _) if hole.first() == ">" && self.follows_equals(attr, first) => {
                errors::arrow(Span { start: first.start - 1, ..first })
            }
            (Rule::other, None) if hole.first() == "\\" => errors::continued_line(first),
            (Rule::other, _) if self.text(hole.span).starts_with("<<") => errors::heredoc(whole),
            (Rule::bare_variable, None) => errors::bare_variable(first, hole.first()),
            (Rule::dots, _) => errors::open_range(whole, self.text(whole)),
            (Rule::keyword, None) => errors::reserved_value(first, hole.first()),
            (Rule::equals, _) => errors::doubled_equals(attr.map(|(_, equals)| equals), first),
            (Rule::other, _) if word == hole.span && self.can_be_quoted(word) => {
                errors::unquoted(word, self.text(word))
            }
            _ => errors::not_a_value(attr.map(|(key, _)| key.value.as_str()), whole, self.text(hole.span)),
        });
    }

    fn after_value(&mut self, hole: &Hole<'_, '_>, value: &Value) -> bool {
        if !self.beside(hole, value) {
            return false;
        }
        let span = self.short(hole.span);
        if let Some(report) = self.habit(hole, value) {
            self.report(report);
            return false;
        }
        let mut whole = true;
        self.report(if hole.is_item() {
            errors::missing_separator(span, self.text(span), value.span(), value.span().range().end)
        } else if hole.first() == ";" {
            errors::semicolon(self.span(&hole.tokens[0]), hole.tokens.len() == 1)
        } else {
            // The source has more than the value, so it means something else; but a word may start another item.
            whole = hole.rule(0) == Some(Rule::reference);
            match hole.first() {
                "+" => errors::arithmetic(span),
                _ => errors::after_value(span, self.text(hole.span), value.span()),
            }
        });
        whole
    }

    fn after_element(&mut self, hole: &Hole<'_, '_>, value: &Value) -> bool {
        if !self.beside(hole, value) {
            return false;
        }
        let span = self.short(hole.span);
        self.report(if hole.is_value() {
            errors::missing_comma(span, self.text(span), value.span())
        } else if hole.rule(0) == Some(Rule::equals) {
            errors::attr_in_list(span, self.text(value.span()))
        } else {
            errors::after_element(span, self.text(hole.span))
        });
        true
    }

    /// Text that directly follows a value, or looks like a part of it; `false` if that was reported.
    fn beside(&mut self, hole: &Hole<'_, '_>, value: &Value) -> bool {
        let start = value.span();
        let touches = start.end == hole.span.start;
        let word = start.to(self.word(hole.span.range().start));
        let written = self.text(word);
        self.report(match (value, hole.tokens[0].as_rule()) {
            (Value::Measure(_) | Value::Range(..), Rule::dots) => {
                let span = start.to(self.short(hole.span));
                errors::open_range(span, self.text(span))
            }
            (Value::Ref(_), Rule::call) => errors::call_as_value(start.to(hole.span), self.text(start)),
            (Value::Measure(_) | Value::Range(..), _) if touches && hole.first() != ";" => {
                errors::bad_measure(word, written)
            }
            (Value::Ref(_), _) if touches && hole.first() == "." => errors::bad_name(word, written),
            (Value::Ref(_), _) if touches && is_dash(hole.first()) => {
                errors::strange_dash(self.span(&hole.tokens[0]), hole.first())
            }
            (Value::Ref(_) | Value::Bool(_), _) if touches && hole.first() != ";" && self.can_be_quoted(word) => {
                errors::unquoted(word, written)
            }
            _ => return true,
        });
        false
    }

    fn after_block(&mut self, hole: &Hole<'_, '_>, block: &Block, end: usize) -> bool {
        let span = self.short(hole.span);
        let first = self.span(&hole.tokens[0]);
        let touches = end == hole.span.range().start;
        let word_alone = block.label.is_none() && block.environment.is_none() && block.body.is_none();
        let has_body = hole.tokens.iter().any(|token| token.as_rule() == Rule::body);
        let word = block.word.span.to(self.word(hole.span.range().start));
        if block.word.value == "in" && block.environment.is_none() {
            self.report(errors::missing_environment(block.word.span));
            return false;
        }
        if hole.first() == ";" {
            self.report(errors::semicolon(first, hole.tokens.len() == 1));
            return true;
        }
        let rule = hole.tokens[0].as_rule();
        self.report(match rule {
            _ if block.body.is_some() && hole.rule(0) == Some(Rule::reference) => {
                errors::missing_separator(span, self.text(span), block.head(), end)
            }
            _ if block.body.is_some() => errors::after_body(span, self.text(hole.span)),
            Rule::colon if word_alone && hole.rule(1) == Some(Rule::reference) && hole.rule(2) == Some(Rule::body) => {
                let label = &hole.tokens[1];
                let gap = Span { start: block.word.span.end, end: self.span(label).start, ..first };
                errors::colon_before_label(first, gap, &format!("{} {}", block.word.value, label.as_str()))
            }
            Rule::colon if word_alone => errors::colon(&block.word, first, hole.rule(1)),
            Rule::colon if touches && hole.tokens.len() == 1 => {
                let head = block.head();
                errors::colon_after_head(first, self.text(head))
            }
            Rule::list if word_alone && hole.first().contains('=') => errors::body_in_brackets(span, &block.word.value),
            Rule::measure | Rule::range | Rule::list | Rule::text if word_alone && !has_body => {
                errors::missing_equals(&block.word, span, self.text(span))
            }
            Rule::keyword if word_alone && !has_body => errors::missing_equals(&block.word, span, self.text(span)),
            Rule::keyword => errors::reserved_word(first, hole.first()),
            Rule::call => errors::call(block.word.span.to(hole.span), &block.word.value),
            Rule::other if word_alone && touches && hole.first() == "." => {
                errors::dotted_key(word, self.text(word), &block.word.value)
            }
            Rule::equals if !word_alone && hole.rule(1) == Some(Rule::body) => {
                let head = block.head();
                let gap = Span { start: head.end, end: self.span(&hole.tokens[1]).start, ..head };
                errors::equals_before_body(first, gap, self.text(head))
            }
            Rule::equals if block.environment.is_none() => {
                let key = block.head();
                errors::key_of_two_words(key, self.text(key))
            }
            _ if word_alone && touches => errors::bad_name(word, self.text(word)),
            _ if hole.is_item() && hole.rule(1) == Some(Rule::equals) => {
                errors::attribute_after_head(span, self.text(span), block.head())
            }
            _ if has_body || touches => {
                let start = if touches { block.label.as_ref().map_or(span, |label| label.span()) } else { span };
                let label = self.before_body(start.to(self.short(hole.span)));
                let report = errors::bad_label(label, self.text(label), &block.word.value);
                if touches || block.label.is_none() { report } else { report.help(errors::TWO_BLOCKS) }
            }
            _ => errors::after_head(span, self.text(hole.span), block.head(), rule == Rule::reference),
        });
        block.body.is_some() || hole.is_item()
    }

    /// A value in the syntax of another language: `2 hours`, `2 to 6`, `if production`.
    fn habit(&self, hole: &Hole<'_, '_>, value: &Value) -> Option<Diagnostic> {
        let bare = |number: &str| number.bytes().all(|byte| byte.is_ascii_digit());
        let end = self.span(hole.tokens.last()?);
        let first = self.span(&hole.tokens[0]);
        let number = match value {
            Value::Measure(number) | Value::Range(_, number) => number,
            Value::Ref(name) if name.to_string() == "if" || hole.first() == "?" => {
                return Some(errors::condition(value.span().to(self.short(hole.span))));
            }
            _ => return (hole.first() == "?").then(|| errors::condition(value.span().to(self.short(hole.span)))),
        };
        match (unit(hole.first()), hole.first(), hole.rule(1)) {
            (Some(unit), ..) if bare(&number.value) => {
                let whole = number.span.to(first);
                Some(errors::unit_apart(whole, self.text(whole), &format!("{}{unit}", number.value)))
            }
            (_, "to", Some(Rule::measure)) if hole.tokens.len() == 2 => {
                let whole = number.span.to(end);
                let range = format!("{}..{}", number.value, hole.tokens[1].as_str());
                Some(errors::range_in_words(whole, self.text(whole), &range))
            }
            _ => None,
        }
    }

    /// Whether the sign directly follows the `=` of an attribute.
    fn follows_equals(&self, attr: Option<(&Spanned<String>, Span)>, sign: Span) -> bool {
        attr.is_some_and(|(_, equals)| equals.end == sign.start)
    }

    /// Whether an unparsed region starts like an element of a YAML list, or a line of a diff.
    pub(super) fn begins_with_dash(&self, hole: Span) -> bool {
        let mut chars = self.text(hole).chars();
        matches!(chars.next(), Some('-' | '+')) && chars.next().is_none_or(char::is_whitespace)
    }

    /// The part of a span on its first line.
    fn short(&self, span: Span) -> Span {
        let line = self.text(span).lines().next().unwrap_or_default();
        self.range(span.range().start..span.range().start + line.trim_end_matches([' ', '\t']).len())
    }

    /// The part of a span before a brace.
    fn before_body(&self, span: Span) -> Span {
        let head = self.text(span).split('{').next().unwrap_or_default().trim_end_matches([' ', '\t']);
        self.range(span.range().start..span.range().start + head.len().max(1))
    }

    /// The text up to the next space, separator or brace.
    pub(super) fn word(&self, start: usize) -> Span {
        let ends = |c: char| c.is_whitespace() || matches!(c, ',' | '{' | '}' | '[' | ']' | '=' | '"' | ';');
        let rest = &self.file.text()[start..];
        let len = match rest.find(ends) {
            Some(0) => rest.chars().next().map_or(0, char::len_utf8),
            found => found.unwrap_or(rest.len()),
        };
        self.range(start..start + len)
    }

    /// Whether quotes around a word would make it the string that it looks like.
    fn can_be_quoted(&self, word: Span) -> bool {
        self.text(word).chars().all(|c| c.is_alphanumeric() || "-_./:@*+~%".contains(c))
    }
}

/// Whether a token and the next one touch.
fn touch(hole: &Hole<'_, '_>, at: usize) -> bool {
    hole.tokens.get(at + 1).is_some_and(|next| hole.tokens[at].as_span().end() == next.as_span().start())
}

/// Whether a character looks like the `-` of a name but is not.
fn is_dash(text: &str) -> bool {
    matches!(text, "‐" | "‑" | "‒" | "–" | "—" | "−")
}

/// Whether a character looks like a blank, or like nothing, and is not one of the language's blanks.
fn is_blank(text: &str) -> bool {
    text.chars().all(|c| is_invisible(c) && !c.is_control())
}
