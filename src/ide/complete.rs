//! Completion at the cursor.
//!
//! The word under the cursor is replaced by a marker, and the file is parsed again: the position of the marker
//! in the tree says what is expected there, also in the middle of something that cannot be read yet.

use super::places::{Expected, Place, Scope, What, walk};
use super::{Program, hover, patched};
use crate::diag::{Code, Diagnostics, Severity};
use crate::model::EnvironmentKind;
use crate::program::allow;
use crate::schema::stages::ActsOn;
use crate::schema::variables::{ADDRESS, CANARY, Field, IMAGE, ROOTS, fields};
use crate::schema::{Attribute, Block, DeclarationKind, Default, InRule, LabelRule, Type};
use crate::source::{SourceId, SourceMap, Span};
use crate::syntax::{self, ast};
use std::ops::Range;

/// The marker.
const MARKER: &str = "pipelinec-cursor-7d1f";

/// Something that can be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Completion {
    /// What is shown.
    pub label: String,
    /// What it is.
    pub kind: CompletionKind,
    /// A few words beside it.
    pub detail: String,
    /// Markdown.
    pub doc: String,
    /// What is written, with the places to fill in as `${1:text}`, and the cursor's as `$0`.
    pub snippet: String,
    /// What it replaces.
    pub span: Span,
}

/// What kind of thing is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CompletionKind {
    /// A block.
    Block,
    /// An attribute.
    Attribute,
    /// A name that is declared.
    Name,
    /// A variable, or a part of one.
    Variable,
    /// A word or value that the schema knows.
    Value,
}

/// What can be written at a byte of a file.
#[must_use]
pub fn complete(program: &Program, source: SourceId, offset: usize) -> Vec<Completion> {
    let text = program.sources.file(source).text();
    let Some(word) = word_around(text, offset) else { return Vec::new() };
    let mut found = marked(program, mark(text, word.clone()));
    if found.is_empty() {
        // A key of a map cannot be read before it has a value.
        found = marked(program, format!("{}{MARKER} = 0{}", &text[..word.start], &text[word.end..]));
    }
    let span = Span::new(source, word);
    found.into_iter().map(|completion| Completion { span, ..completion }).collect()
}

/// What can be written in place of the marker.
fn marked(program: &Program, text: String) -> Vec<Completion> {
    let sources = SourceMap::new([("cursor.pipe".to_owned(), text)]);
    let Some((id, file)) = sources.iter().next() else { return Vec::new() };
    let tree = syntax::parse(id, file, &mut Diagnostics::default());
    let mut found = Vec::new();
    walk(&tree, &mut |place| {
        if found.is_empty() {
            found = Completer { program, tree: &tree }.at(&place);
        }
    });
    found
}

/// The word that a byte is in or beside; `None` outside of the text.
fn word_around(text: &str, offset: usize) -> Option<Range<usize>> {
    let (before, after) = (text.get(..offset)?, text.get(offset..)?);
    let is_word = |c: char| c.is_alphanumeric() || c == '-' || c == '_';
    let start = before.char_indices().rev().take_while(|(_, c)| is_word(*c)).last().map_or(offset, |(at, _)| at);
    let end = offset + after.find(|c| !is_word(c)).unwrap_or(after.len());
    Some(start..end)
}

/// The text with the marker in place of the word. A variable whose brace is still missing gets one.
fn mark(text: &str, word: Range<usize>) -> String {
    let (before, after) = (&text[..word.start], &text[word.end..]);
    let line_before = before.rsplit('\n').next().unwrap_or(before);
    let line_after = after.split('\n').next().unwrap_or(after);
    let opened = line_before.rfind("${").filter(|at| !line_before[*at..].contains('}'));
    let closes = |rest: &str| rest.find('}').is_some_and(|at| !rest[..at].contains(['"', '$', ' ']));
    let brace = if opened.is_some() && !closes(line_after) { "}" } else { "" };
    format!("{before}{MARKER}{brace}{after}")
}

struct Completer<'p> {
    program: &'p Program,
    tree: &'p ast::File,
}

impl Completer<'_> {
    fn at(&self, place: &Place) -> Vec<Completion> {
        match &place.what {
            What::Word(block, _) if block.word.value == MARKER => self.items(&place.scope),
            What::Key(attr, _) if attr.key.value == MARKER => attributes(&place.scope, true),
            What::Label(ast::Label::Ref(reference), _, spec) => match marked_part(reference) {
                Some(part) => self.label(spec, reference, part, &place.scope),
                None => Vec::new(),
            },
            What::Label(ast::Label::Text(text), _, spec)
                if spec.label == LabelRule::Object && text.value.contains(MARKER) =>
            {
                patched::kinds().map(|kind| value(kind.name, kind.api_version)).collect()
            }
            What::MapKey(key) if key.value == MARKER => fields_of_a_patch(&place.scope, place.span),
            What::Environment(name) if name.value == MARKER => self.environments(self.wanted(place)),
            What::Name(reference, expected) => match marked_part(reference) {
                Some(part) => self.expected(*expected, reference, part, &place.scope),
                None => Vec::new(),
            },
            What::Variable(reference) => match marked_part(reference) {
                Some(part) => self.variable_or_value(reference, part, &place.scope),
                None => Vec::new(),
            },
            _ => Vec::new(),
        }
    }

    /// Whether the stage needs an ephemeral or a permanent environment after `in`, if not any.
    fn wanted(&self, place: &Place) -> Option<bool> {
        let mut wanted = None;
        walk(self.tree, &mut |other| {
            if let What::Word(block, Some(spec)) = other.what
                && block.environment.as_ref().is_some_and(|name| name.span == place.span)
            {
                wanted = is_ephemeral(spec);
            }
        });
        wanted
    }

    /// What can begin a line.
    fn items(&self, scope: &Scope) -> Vec<Completion> {
        let mut found = attributes(scope, false);
        let written = |word: &str| {
            scope.block.is_some_and(|block| {
                block.items().iter().any(|item| matches!(item, ast::Item::Block(known) if known.word.value == word))
            })
        };
        for spec in scope.spec.blocks {
            if spec.many || !written(spec.word) {
                found.push(Completion {
                    label: spec.word.to_owned(),
                    kind: CompletionKind::Block,
                    detail: hover::form(spec),
                    doc: hover::block(spec),
                    snippet: block_snippet(spec),
                    span: Span::nowhere(),
                });
            }
        }
        if scope.spec.environments == InRule::Layers && scope.environment.is_none() {
            found.push(Completion {
                label: "in".to_owned(),
                kind: CompletionKind::Block,
                detail: "in ENVIRONMENT { … }".to_owned(),
                doc: "Overrides the surrounding block for one environment.".to_owned(),
                snippet: "in ${1:environment} {\n  $0\n}".to_owned(),
                span: Span::nowhere(),
            });
        }
        found
    }

    fn label(&self, spec: &Block, reference: &ast::Ref, part: usize, scope: &Scope) -> Vec<Completion> {
        match spec.label {
            LabelRule::Uses(DeclarationKind::Environment) => self.environments(is_ephemeral(spec)),
            LabelRule::Uses(kind) => self.expected(Expected::Declaration(kind), reference, part, scope),
            LabelRule::Words(words) => words.iter().map(|word| value(word, "")).collect(),
            // A block of a target or of `defaults` overrides one that is declared.
            LabelRule::Declares(kind @ (DeclarationKind::Image | DeclarationKind::Task)) if scope.in_target => {
                let parts = scope.apps.iter().flat_map(|app| self.program.names.parts(kind, app));
                parts.map(|name| self.name(kind, Some(scope.apps[0]), name)).collect()
            }
            LabelRule::Declares(kind) if scope.in_target || scope.in_defaults => self.tops(kind),
            _ => Vec::new(),
        }
    }

    fn tops(&self, kind: DeclarationKind) -> Vec<Completion> {
        self.program.names.tops(kind).map(|name| self.name(kind, None, name)).collect()
    }

    fn environments(&self, ephemeral: Option<bool>) -> Vec<Completion> {
        let projects = || self.program.analysis.targets.iter().map(|(_, resolved)| resolved);
        let fits = |name: &str| {
            let mut known = projects().filter_map(|resolved| resolved.environments.get(name)).peekable();
            known.peek().is_none()
                || known.any(|known| {
                    ephemeral.is_none_or(|wanted| matches!(known.kind, EnvironmentKind::Ephemeral { .. }) == wanted)
                })
        };
        let names = self.program.names.tops(DeclarationKind::Environment).filter(|name| fits(name));
        names.map(|name| self.name(DeclarationKind::Environment, None, name)).collect()
    }

    fn name(&self, kind: DeclarationKind, app: Option<&str>, name: &str) -> Completion {
        let symbol = match app {
            Some(app) => super::Symbol::Part(kind, app.to_owned(), name.to_owned()),
            None => super::Symbol::Top(kind, name.to_owned()),
        };
        Completion {
            label: name.to_owned(),
            kind: CompletionKind::Name,
            detail: symbol.describe(),
            doc: self.program.about(&symbol),
            snippet: name.to_owned(),
            span: Span::nowhere(),
        }
    }

    fn expected(&self, expected: Expected, reference: &ast::Ref, part: usize, scope: &Scope) -> Vec<Completion> {
        match expected {
            Expected::Declaration(kind @ (DeclarationKind::Image | DeclarationKind::Task)) => {
                if part == 1 {
                    let app = &reference.parts[0].value;
                    return self.program.names.parts(kind, app).map(|name| self.name(kind, Some(app), name)).collect();
                }
                let mut found = Vec::new();
                for app in &scope.apps {
                    found.extend(self.program.names.parts(kind, app).map(|name| self.name(kind, Some(app), name)));
                }
                // The others are prefixed with their app.
                for app in self.program.names.tops(DeclarationKind::App).filter(|app| !scope.apps.contains(app)) {
                    found.extend(self.program.names.parts(kind, app).map(|name| {
                        let whole = format!("{app}.{name}");
                        Completion { label: whole.clone(), snippet: whole, ..self.name(kind, Some(app), name) }
                    }));
                }
                found
            }
            // An app does not need itself, and is not listed twice.
            Expected::Declaration(DeclarationKind::App) => {
                let names = self.program.names.tops(DeclarationKind::App).filter(|name| !scope.apps.contains(name));
                names.map(|name| self.name(DeclarationKind::App, None, name)).collect()
            }
            Expected::Declaration(kind) => self.tops(kind),
            Expected::Word(words) => words.iter().map(|word| value(word, "")).collect(),
            Expected::Code => Code::ALL
                .iter()
                .filter(|code| code.severity() == Severity::Warning)
                .map(|code| value(code.as_str(), code.title()))
                .collect(),
            Expected::Nothing => Vec::new(),
        }
    }

    fn variable_or_value(&self, reference: &ast::Ref, part: usize, scope: &Scope) -> Vec<Completion> {
        if let Some(known) = attribute_of(self.tree, scope, reference.span)
            && !known.ty.is_text_or_map()
        {
            return values(known);
        }
        if let Some(known) = patched::of(scope, reference.span) {
            let booleans = ["true", "false"].into_iter().filter(|_| known.ty == "boolean").map(|word| value(word, ""));
            let choices = known.choices.iter().map(|choice| value(&format!("\"{choice}\""), ""));
            let found: Vec<_> = booleans.chain(choices).collect();
            if !found.is_empty() {
                return found;
            }
        }
        self.variable(reference, part, scope)
    }

    fn variable(&self, reference: &ast::Ref, part: usize, scope: &Scope) -> Vec<Completion> {
        let variable =
            |label: &str, detail: &str| Completion { kind: CompletionKind::Variable, ..value(label, detail) };
        let names = &self.program.names;
        if part == 0 {
            let mut found = Vec::new();
            for app in &scope.apps {
                found.extend(
                    names
                        .parts(DeclarationKind::Image, app)
                        .map(|name| self.name(DeclarationKind::Image, Some(app), name)),
                );
            }
            let roots = ROOTS.iter().filter(|root| root.name != CANARY || scope.in_query);
            found.extend(roots.map(|root| variable(root.name, root.doc)));
            found.extend(self.tops(DeclarationKind::App));
            found.extend(self.tops(DeclarationKind::Secret));
            return found;
        }
        let first = reference.parts[0].value.as_str();
        let all = |fields: &[Field]| -> Vec<_> { fields.iter().map(|field| variable(field.name, field.doc)).collect() };
        if part == 2 {
            return all(IMAGE);
        }
        if !fields(first).is_empty() {
            return all(fields(first));
        }
        if scope.apps.iter().any(|app| names.parts(DeclarationKind::Image, app).any(|name| name == first)) {
            return all(IMAGE);
        }
        if names.tops(DeclarationKind::App).any(|name| name == first) {
            let mut found = all(&ADDRESS);
            found.extend(
                names
                    .parts(DeclarationKind::Image, first)
                    .map(|name| self.name(DeclarationKind::Image, Some(first), name)),
            );
            return found;
        }
        names.keys(first).map(|key| variable(key, "a key of the secret")).collect()
    }
}

/// The fields that are not written yet, of the map of a patch in which a key is.
fn fields_of_a_patch(scope: &Scope, key: Span) -> Vec<Completion> {
    let Some(map) = patched::around(scope, key) else { return Vec::new() };
    let one = |(name, ty): (&String, &String)| {
        let snippet = if ty == "map" { format!("{name} = {{ $0 }}") } else { format!("{name} = $0") };
        Completion { kind: CompletionKind::Attribute, snippet, ..value(name, ty) }
    };
    map.fields.iter().map(one).collect()
}

/// Whether a stage acts on ephemeral environments or on permanent ones, if not on both.
fn is_ephemeral(spec: &Block) -> Option<bool> {
    match spec.stage?.row().acts_on {
        ActsOn::Ephemeral => Some(true),
        ActsOn::Permanent => Some(false),
        ActsOn::None | ActsOn::Any => None,
    }
}

/// Which part of a dotted name is under the cursor.
fn marked_part(reference: &ast::Ref) -> Option<usize> {
    reference.parts.iter().position(|part| part.value == MARKER)
}

/// The attribute in whose value a place is.
fn attribute_of(tree: &ast::File, scope: &Scope, span: Span) -> Option<&'static Attribute> {
    let mut known = None;
    walk(tree, &mut |place| {
        if let What::Key(attr, Some(attribute)) = place.what {
            let value = attr.value.span();
            if value.start <= span.start && span.end <= value.end && place.scope.spec.word == scope.spec.word {
                known = Some(attribute);
            }
        }
    });
    known
}

/// The attributes that are not written yet.
fn attributes(scope: &Scope, key_only: bool) -> Vec<Completion> {
    let written = |name: &str| {
        scope.block.is_some_and(|block| {
            block.items().iter().any(|item| matches!(item, ast::Item::Attr(known) if known.key.value == name))
        })
    };
    let mut found: Vec<_> = scope
        .spec
        .attributes
        .iter()
        .filter(|attribute| !written(attribute.name))
        .map(|attribute| Completion {
            label: attribute.name.to_owned(),
            kind: CompletionKind::Attribute,
            detail: attribute.ty.describe().replace('`', ""),
            doc: hover::attribute(attribute),
            snippet: if key_only { attribute.name.to_owned() } else { attribute_snippet(attribute) },
            span: Span::nowhere(),
        })
        .collect();
    if scope.block.is_some() && !written(allow::WORD) {
        found.push(Completion {
            label: allow::WORD.to_owned(),
            kind: CompletionKind::Attribute,
            detail: "warning codes".to_owned(),
            doc: "Warnings to silence in this block.".to_owned(),
            snippet: if key_only { allow::WORD.to_owned() } else { "allow = [$0]".to_owned() },
            span: Span::nowhere(),
        });
    }
    found
}

fn value(label: &str, detail: &str) -> Completion {
    Completion {
        label: label.to_owned(),
        kind: CompletionKind::Value,
        detail: detail.to_owned(),
        doc: String::new(),
        snippet: label.to_owned(),
        span: Span::nowhere(),
    }
}

/// Values that an attribute can have, its default first.
fn values(known: &Attribute) -> Vec<Completion> {
    let mut found = Vec::new();
    if let Default::Literal(literal) = known.default {
        found.push(value(literal, "the default"));
    }
    let examples: &[&str] = match known.ty {
        Type::Duration => &["30s", "10m", "1h"],
        Type::Cpu => &["100m", "500m", "100m..1"],
        Type::Storage => &["1Gi", "10Gi"],
        Type::Memory => &["128Mi", "256Mi", "128Mi..256Mi"],
        Type::Percent | Type::Number => &["5%", "50%"],
        Type::CountRange => &["2", "2..6"],
        Type::Port => &["8080", "9090"],
        Type::Steps => &["[20%, 60s, 50%, 60s]"],
        _ => &[],
    };
    found.extend(
        examples
            .iter()
            .filter(|example| !matches!(known.default, Default::Literal(known) if known == **example))
            .map(|example| value(example, "")),
    );
    found
}

/// The value of an attribute as a place to fill in: between its quotes or brackets, or over its default.
fn place_of(attribute: &Attribute, place: &str) -> String {
    match attribute.ty {
        Type::Text => format!("\"{place}\""),
        Type::Texts => format!("[\"{place}\"]"),
        Type::Names(_) | Type::Words(_) | Type::Steps => format!("[{place}]"),
        ty if ty.is_map() => format!("{{ {place} }}"),
        _ => place.to_owned(),
    }
}

fn attribute_snippet(attribute: &Attribute) -> String {
    let place = match attribute.default {
        Default::Literal(literal) => format!("${{1:{literal}}}"),
        _ => "$0".to_owned(),
    };
    format!("{} = {}", attribute.name, place_of(attribute, &place))
}

fn block_snippet(spec: &Block) -> String {
    let mut places = 0;
    let mut place = |name: &str| {
        places += 1;
        format!("${{{places}:{name}}}")
    };
    let label = match spec.label {
        LabelRule::None | LabelRule::Optional => String::new(),
        LabelRule::Declares(kind) | LabelRule::Uses(kind) => format!(" {}", place(kind.word())),
        LabelRule::Own | LabelRule::Project => format!(" {}", place("name")),
        LabelRule::Words([word]) => format!(" {word}"),
        LabelRule::Words(words) => format!(" {}", place(&words.join("|"))),
        LabelRule::Path => format!(" \"/{}\"", place("path")),
        LabelRule::Object => format!(" \"{}\"", place("Kind")),
    };
    let acts = if spec.environments == InRule::Acts { format!(" in {}", place("environment")) } else { String::new() };
    let required = spec.attributes.iter().filter(|attribute| attribute.default == Default::Required);
    let mut lines: Vec<_> = required
        .map(|attribute| format!("  {} = {}", attribute.name, place_of(attribute, &place(attribute.name))))
        .collect();
    // A stage or a `target` says most of what it has to say in its head.
    let head_alone = spec.is_stage() || spec.word == "on" || spec.label == LabelRule::Declares(DeclarationKind::Target);
    if lines.is_empty() && head_alone {
        return format!("{}{label}{acts}", spec.word);
    }
    if !spec.is_stage() {
        lines.push("  $0".to_owned());
    }
    format!("{}{label}{acts} {{\n{}\n}}", spec.word, lines.join("\n"))
}
