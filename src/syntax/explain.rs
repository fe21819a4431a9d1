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
pub(super) enum Context<'p> {
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
struct Gap<'p, 'i> {
    span: Span,
    tokens: &'p [Pair<'i>],
}

impl Gap<'_, '_> {
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
        let values = [Rule::text, Rule::string, Rule::range, Rule::quantity, Rule::reference, Rule::list, Rule::body];
        self.tokens.len() == 1 && values.contains(&self.tokens[0].as_rule())
    }
}

impl Lower<'_> {
    /// Reports what is wrong with an unparsed region; returns whether what precedes it is complete.
    pub(super) fn gap(&mut self, pair: &Pair<'_>, place: Context<'_>) -> bool {
        let tokens: Vec<_> = parts(pair.clone()).collect();
        let gap = Gap { span: self.span(pair), tokens: &tokens };
        let mut whole = true;
        self.braces.gaps += 1;
        if !self.known_anywhere(&gap) {
            match place {
                Context::Item => self.at_item(&gap),
                Context::AnotherValue => self.report(errors::another_value(self.short(gap.span), self.text(gap.span))),
                Context::Value { key, equals } => self.at_value(&gap, Some((key, equals))),
                Context::Element => self.at_value(&gap, None),
                Context::AfterValue(value) => whole = self.after_value(&gap, value),
                Context::AfterElement(value) => whole = self.after_element(&gap, value),
                Context::Block { block, end } => whole = self.after_block(&gap, block, end),
            }
        }
        self.groups(pair);
        whole
    }

    /// Finds the errors inside the bodies of an unparsed region, which are reported separately.
    pub(super) fn groups(&mut self, gap: &Pair<'_>) {
        for token in parts(gap.clone()) {
            if token.as_rule() == Rule::body {
                self.body(token);
            }
        }
    }

    /// Errors that are the same everywhere: quotes, comments, depth.
    fn known_anywhere(&mut self, gap: &Gap<'_, '_>) -> bool {
        for token in gap.tokens {
            let span = self.span(token);
            match token.as_rule() {
                Rule::string if self.is_cut(token) => self.unterminated(token),
                Rule::text if self.is_cut(token) => drop(self.text_block(token.clone())),
                Rule::quoted if token.as_str() == "``" => self.report(errors::fence(span)),
                Rule::quoted => self.report(errors::wrong_quotes(span, token.as_str())),
                Rule::too_deep => self.too_deep(span),
                Rule::other if is_blank(token.as_str()) => self.report(self.strange_blank(span)),
                Rule::bracket_close if span.start == gap.span.start => {
                    self.braces.bracket(self.line(span.range().start));
                    self.report(errors::stray_bracket(span));
                }
                Rule::foreign_comment if span.start == gap.span.start => {
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

    fn at_item(&mut self, gap: &Gap<'_, '_>) {
        let first = self.span(&gap.tokens[0]);
        let word = self.word(gap.span.range().start);
        let begins = matches!(gap.tokens.last().map(Pair::as_rule), Some(Rule::body))
            || gap.tokens.iter().any(|token| token.as_rule() == Rule::equals);
        self.report(match gap.tokens[0].as_rule() {
            Rule::keyword if begins => errors::reserved_word(first, gap.first()),
            Rule::body => errors::body_without_word(Span { end: first.start + 1, ..first }),
            Rule::string if gap.rule(1) == Some(Rule::colon) => {
                let key = Spanned::new(gap.first().trim_matches('"').to_owned(), first);
                errors::colon(&key, self.span(&gap.tokens[1]), gap.rule(2))
            }
            Rule::string | Rule::text | Rule::list => errors::value_alone(self.short(gap.span), self.text(first)),
            Rule::equals => errors::equals_alone(first),
            _ if self.begins_with_dash(gap.span) => errors::dash(self.short(gap.span), self.text(gap.span)),
            _ if begins && self.text(word).contains(char::is_alphanumeric) => errors::bad_name(word, self.text(word)),
            _ => errors::not_an_item(self.short(gap.span), self.text(gap.span)),
        });
    }

    fn at_value(&mut self, gap: &Gap<'_, '_>, attr: Option<(&Spanned<String>, Span)>) {
        let first = self.span(&gap.tokens[0]);
        let word = self.word(gap.span.range().start);
        let whole = self.short(gap.span);
        self.report(match (gap.tokens[0].as_rule(), gap.rule(1)) {
            (Rule::other, Some(Rule::quantity | Rule::range)) if gap.first() == "-" => {
                errors::negative(word, self.text(word))
            }
            (Rule::other, Some(Rule::quantity)) if gap.first() == "." && touch(gap, 0) => {
                errors::zero_left_out(word, self.text(word))
            }
            (Rule::other, _) if gap.first() == ">" && self.follows_equals(attr, first) => {
                errors::arrow(Span { start: first.start - 1, ..first })
            }
            (Rule::other, None) if gap.first() == "\\" => errors::continued_line(first),
            (Rule::other, _) if self.text(gap.span).starts_with("<<") => errors::heredoc(whole),
            (Rule::bare_variable, None) => errors::bare_variable(first, gap.first()),
            (Rule::dots, _) => errors::open_range(whole, self.text(whole)),
            (Rule::keyword, None) => errors::reserved_value(first, gap.first()),
            (Rule::equals, _) => errors::doubled_equals(attr.map(|(_, equals)| equals), first),
            (Rule::other, _) if word == gap.span && self.can_be_quoted(word) => errors::unquoted(word, self.text(word)),
            _ => errors::not_a_value(attr.map(|(key, _)| key.value.as_str()), whole, self.text(gap.span)),
        });
    }

    fn after_value(&mut self, gap: &Gap<'_, '_>, value: &Value) -> bool {
        if !self.beside(gap, value) {
            return false;
        }
        let span = self.short(gap.span);
        if let Some(report) = self.habit(gap, value) {
            self.report(report);
            return false;
        }
        let mut whole = true;
        self.report(if gap.is_item() {
            errors::missing_separator(span, self.text(span), value.span(), value.span().range().end)
        } else if gap.first() == ";" {
            errors::semicolon(self.span(&gap.tokens[0]), gap.tokens.len() == 1)
        } else {
            // The source has more than the value, so it means something else; but a word may start another item.
            whole = gap.rule(0) == Some(Rule::reference);
            match gap.first() {
                "+" => errors::arithmetic(span),
                _ => errors::after_value(span, self.text(gap.span), value.span()),
            }
        });
        whole
    }

    fn after_element(&mut self, gap: &Gap<'_, '_>, value: &Value) -> bool {
        if !self.beside(gap, value) {
            return false;
        }
        let span = self.short(gap.span);
        self.report(if gap.is_value() {
            errors::missing_comma(span, self.text(span), value.span())
        } else if gap.rule(0) == Some(Rule::equals) {
            errors::attr_in_list(span, self.text(value.span()))
        } else {
            errors::after_element(span, self.text(gap.span))
        });
        true
    }

    /// Text that directly follows a value, or looks like a part of it; `false` if that was reported.
    fn beside(&mut self, gap: &Gap<'_, '_>, value: &Value) -> bool {
        let start = value.span();
        let touches = start.end == gap.span.start;
        let word = start.to(self.word(gap.span.range().start));
        let written = self.text(word);
        self.report(match (value, gap.tokens[0].as_rule()) {
            (Value::Quantity(_) | Value::Range(..), Rule::dots) => {
                let span = start.to(self.short(gap.span));
                errors::open_range(span, self.text(span))
            }
            (Value::Ref(_), Rule::call) => errors::call_as_value(start.to(gap.span), self.text(start)),
            (Value::Quantity(_) | Value::Range(..), _) if touches && gap.first() != ";" => {
                errors::bad_measure(word, written)
            }
            (Value::Ref(_), _) if touches && gap.first() == "." => errors::bad_name(word, written),
            (Value::Ref(_), _) if touches && is_dash(gap.first()) => {
                errors::strange_dash(self.span(&gap.tokens[0]), gap.first())
            }
            (Value::Ref(_) | Value::Bool(_), _) if touches && gap.first() != ";" && self.can_be_quoted(word) => {
                errors::unquoted(word, written)
            }
            _ => return true,
        });
        false
    }

    fn after_block(&mut self, gap: &Gap<'_, '_>, block: &Block, end: usize) -> bool {
        let span = self.short(gap.span);
        let first = self.span(&gap.tokens[0]);
        let touches = end == gap.span.range().start;
        let word_alone = block.label.is_none() && block.environment.is_none() && block.body.is_none();
        let has_body = gap.tokens.iter().any(|token| token.as_rule() == Rule::body);
        let word = block.word.span.to(self.word(gap.span.range().start));
        if block.word.value == "in" && block.environment.is_none() {
            self.report(errors::missing_environment(block.word.span));
            return false;
        }
        if gap.first() == ";" {
            self.report(errors::semicolon(first, gap.tokens.len() == 1));
            return true;
        }
        let rule = gap.tokens[0].as_rule();
        self.report(match rule {
            _ if block.body.is_some() && gap.rule(0) == Some(Rule::reference) => {
                errors::missing_separator(span, self.text(span), block.head(), end)
            }
            _ if block.body.is_some() => errors::after_body(span, self.text(gap.span)),
            Rule::colon if word_alone && gap.rule(1) == Some(Rule::reference) && gap.rule(2) == Some(Rule::body) => {
                let label = &gap.tokens[1];
                let gap = Span { start: block.word.span.end, end: self.span(label).start, ..first };
                errors::colon_before_label(first, gap, &format!("{} {}", block.word.value, label.as_str()))
            }
            Rule::colon if word_alone => errors::colon(&block.word, first, gap.rule(1)),
            Rule::colon if touches && gap.tokens.len() == 1 => {
                let head = block.head();
                errors::colon_after_head(first, self.text(head))
            }
            Rule::list if word_alone && gap.first().contains('=') => errors::body_in_brackets(span, &block.word.value),
            Rule::quantity | Rule::range | Rule::list | Rule::text if word_alone && !has_body => {
                errors::missing_equals(&block.word, span, self.text(span))
            }
            Rule::keyword if word_alone && !has_body => errors::missing_equals(&block.word, span, self.text(span)),
            Rule::keyword => errors::reserved_word(first, gap.first()),
            Rule::call => errors::call(block.word.span.to(gap.span), &block.word.value),
            Rule::other if word_alone && touches && gap.first() == "." => {
                errors::dotted_key(word, self.text(word), &block.word.value)
            }
            Rule::equals if !word_alone && gap.rule(1) == Some(Rule::body) => {
                let head = block.head();
                let gap = Span { start: head.end, end: self.span(&gap.tokens[1]).start, ..head };
                errors::equals_before_body(first, gap, self.text(head))
            }
            Rule::equals if block.environment.is_none() => {
                let key = block.head();
                errors::key_of_two_words(key, self.text(key))
            }
            _ if word_alone && touches => errors::bad_name(word, self.text(word)),
            _ if gap.is_item() && gap.rule(1) == Some(Rule::equals) => {
                errors::attribute_after_head(span, self.text(span), block.head())
            }
            _ if has_body || touches => {
                let start = if touches { block.label.as_ref().map_or(span, |label| label.span()) } else { span };
                let label = self.before_body(start.to(self.short(gap.span)));
                let report = errors::bad_label(label, self.text(label), &block.word.value);
                if touches || block.label.is_none() { report } else { report.help(errors::TWO_BLOCKS) }
            }
            _ => errors::after_head(span, self.text(gap.span), block.head(), rule == Rule::reference),
        });
        block.body.is_some() || gap.is_item()
    }

    /// A value in the syntax of another language: `2 hours`, `2 to 6`, `if production`.
    fn habit(&self, gap: &Gap<'_, '_>, value: &Value) -> Option<Diagnostic> {
        let bare = |number: &str| number.bytes().all(|byte| byte.is_ascii_digit());
        let end = self.span(gap.tokens.last()?);
        let first = self.span(&gap.tokens[0]);
        let number = match value {
            Value::Quantity(number) | Value::Range(_, number) => number,
            Value::Ref(name) if name.to_string() == "if" || gap.first() == "?" => {
                return Some(errors::condition(value.span().to(self.short(gap.span))));
            }
            _ => return (gap.first() == "?").then(|| errors::condition(value.span().to(self.short(gap.span)))),
        };
        match (unit(gap.first()), gap.first(), gap.rule(1)) {
            (Some(unit), ..) if bare(&number.value) => {
                let whole = number.span.to(first);
                Some(errors::unit_apart(whole, self.text(whole), &format!("{}{unit}", number.value)))
            }
            (_, "to", Some(Rule::quantity)) if gap.tokens.len() == 2 => {
                let whole = number.span.to(end);
                let range = format!("{}..{}", number.value, gap.tokens[1].as_str());
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
    pub(super) fn begins_with_dash(&self, gap: Span) -> bool {
        let mut chars = self.text(gap).chars();
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
fn touch(gap: &Gap<'_, '_>, at: usize) -> bool {
    gap.tokens.get(at + 1).is_some_and(|next| gap.tokens[at].as_span().end() == next.as_span().start())
}

/// Whether a character looks like the `-` of a name but is not.
fn is_dash(text: &str) -> bool {
    matches!(text, "‐" | "‑" | "‒" | "–" | "—" | "−")
}

/// Whether a character looks like a blank, or like nothing, and is not one of the language's blanks.
fn is_blank(text: &str) -> bool {
    text.chars().all(|c| is_invisible(c) && !c.is_control())
}
