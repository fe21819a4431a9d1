//! Where names are declared and used: what "go to definition", "find references" and "rename" work with.

use super::places::{Expected, Place, Scope, What, walk};
use crate::schema::{DeclarationKind, LabelRule};
use crate::source::{Span, Spanned};
use crate::syntax::ast;
use std::collections::BTreeSet;

/// Something that has a name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Symbol {
    /// Declared at the top of a file.
    Top(DeclarationKind, String),
    /// An image or task, with the app that it is in.
    Part(DeclarationKind, String, String),
    /// A key of a secret.
    Key(String, String),
}

impl Symbol {
    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Top(_, name) | Self::Part(_, _, name) | Self::Key(_, name) => name,
        }
    }

    /// The article before what it is.
    #[must_use]
    pub fn article(&self) -> &'static str {
        match self {
            Self::Top(kind, _) | Self::Part(kind, ..) => kind.article(),
            Self::Key(..) => "a",
        }
    }

    /// What it is: `image code of app shop`.
    #[must_use]
    pub fn describe(&self) -> String {
        match self {
            Self::Top(kind, name) => format!("{} {name}", kind.word()),
            Self::Part(kind, app, name) => format!("{} {name} of app {app}", kind.word()),
            Self::Key(secret, name) => format!("key {name} of secret {secret}"),
        }
    }
}

/// An occurrence of a name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Occurrence {
    /// Where; of a text without its quotes.
    pub span: Span,
    /// What it names.
    pub symbol: Symbol,
    /// Whether it is declared there.
    pub declares: bool,
}

/// All names of a program, and where they occur.
#[derive(Debug, Clone, Default)]
pub struct Names {
    /// In the order of the source.
    pub list: Vec<Occurrence>,
    declared: BTreeSet<Symbol>,
}

impl Names {
    /// Finds all names of the files.
    #[must_use]
    pub fn new(files: &[ast::File]) -> Self {
        let mut names = Self::default();
        for file in files {
            walk(file, &mut |place| names.declare(&place));
        }
        // What a target adds is declared there, unless it overrides something of the same name.
        for file in files {
            walk(file, &mut |place| names.declare_in_target(&place));
        }
        names.declared = names.list.iter().map(|known| known.symbol.clone()).collect();
        let mut used = Vec::new();
        for file in files {
            walk(file, &mut |place| names.uses(&place, &mut used));
        }
        let places: BTreeSet<_> = names.list.iter().map(|known| known.span).collect();
        names.list.extend(used.into_iter().filter(|known| !places.contains(&known.span)));
        names.list.sort();
        names.list.dedup();
        names
    }

    /// The name that a byte is in, or right behind.
    #[must_use]
    pub fn at(&self, source: crate::source::SourceId, offset: usize) -> Option<&Occurrence> {
        self.list.iter().find(|known| {
            let range = known.span.range();
            known.span.source == source && range.start <= offset && offset <= range.end
        })
    }

    /// All places of a symbol.
    pub fn of<'a>(&'a self, symbol: &'a Symbol) -> impl Iterator<Item = &'a Occurrence> {
        self.list.iter().filter(move |known| known.symbol == *symbol)
    }

    /// The names of a kind that are declared at the top.
    pub fn tops(&self, kind: DeclarationKind) -> impl Iterator<Item = &str> {
        self.declared.iter().filter_map(move |symbol| match symbol {
            Symbol::Top(known, name) if *known == kind => Some(name.as_str()),
            _ => None,
        })
    }

    /// The images or tasks of an app.
    pub fn parts<'a>(&'a self, kind: DeclarationKind, app: &'a str) -> impl Iterator<Item = &'a str> {
        self.declared.iter().filter_map(move |symbol| match symbol {
            Symbol::Part(known, of, name) if *known == kind && of == app => Some(name.as_str()),
            _ => None,
        })
    }

    /// The keys of a secret.
    pub fn keys<'a>(&'a self, secret: &'a str) -> impl Iterator<Item = &'a str> {
        self.declared.iter().filter_map(move |symbol| match symbol {
            Symbol::Key(of, name) if of == secret => Some(name.as_str()),
            _ => None,
        })
    }

    fn knows(&self, symbol: &Symbol) -> bool {
        self.declared.contains(symbol)
    }

    fn push(&mut self, span: Span, symbol: Symbol) {
        self.list.push(Occurrence { span, symbol, declares: true });
    }

    fn declare(&mut self, place: &Place) {
        if place.scope.in_target || place.scope.in_defaults {
            return;
        }
        self.declare_here(place);
    }

    fn declare_in_target(&mut self, place: &Place) {
        if !place.scope.in_target {
            return;
        }
        let before = self.list.len();
        self.declare_here(place);
        if let Some(new) = self.list.get(before)
            && self.list[..before].iter().any(|known| known.symbol == new.symbol)
        {
            self.list.truncate(before);
        }
    }

    fn declare_here(&mut self, place: &Place) {
        match &place.what {
            // `in ENV` in the head overrides the block of that name.
            What::Label(label, block, spec) if block.environment.is_none() && place.scope.environment.is_none() => {
                if let Some((symbol, span)) = labelled(label, spec.label, &place.scope) {
                    self.push(span, symbol);
                }
            }
            What::Literal(ast::Value::Text(text), Some(attribute))
                if attribute.name == "keys" && place.scope.spec.word == "secret" =>
            {
                let secret = place.scope.block.and_then(|block| block.label.as_ref());
                if let (Some(ast::Label::Ref(secret)), [ast::Segment::Literal(key)]) =
                    (secret, text.segments.as_slice())
                    && let Some(span) = inside_quotes(text.span, key)
                {
                    self.push(span, Symbol::Key(secret.to_string(), key.clone()));
                }
            }
            _ => {}
        }
    }

    fn uses(&self, place: &Place, used: &mut Vec<Occurrence>) {
        let mut push = |span, symbol| {
            if self.knows(&symbol) {
                used.push(Occurrence { span, symbol, declares: false });
            }
        };
        match &place.what {
            What::Environment(name) => push(name.span, Symbol::Top(DeclarationKind::Environment, name.value.clone())),
            What::Label(ast::Label::Ref(reference), _, spec) => match spec.label {
                LabelRule::Uses(DeclarationKind::Task) => {
                    self.part(DeclarationKind::Task, reference, &place.scope, &mut push)
                }
                LabelRule::Uses(kind) => push(reference.span, Symbol::Top(kind, reference.to_string())),
                rule => {
                    // A block of `defaults`, of a target or of `in ENV` overrides the one of its name.
                    if let Some((symbol, span)) = labelled(&ast::Label::Ref(reference.clone()), rule, &place.scope) {
                        push(span, symbol);
                    }
                }
            },
            What::Name(reference, Expected::Declaration(DeclarationKind::Image)) => {
                self.part(DeclarationKind::Image, reference, &place.scope, &mut push);
            }
            What::Name(reference, Expected::Declaration(kind)) => {
                push(reference.span, Symbol::Top(*kind, reference.to_string()));
            }
            What::Variable(reference) => self.variable(reference, &place.scope, &mut push),
            _ => {}
        }
    }

    /// `name` of the app around it, or `app.name`.
    fn part(&self, kind: DeclarationKind, reference: &ast::Ref, scope: &Scope, push: &mut impl FnMut(Span, Symbol)) {
        match reference.parts.as_slice() {
            [name] => {
                let symbol = |app: &&str| Symbol::Part(kind, (*app).to_owned(), name.value.clone());
                if let Some(app) = scope.apps.iter().find(|app| self.knows(&symbol(app))) {
                    push(name.span, symbol(app));
                }
            }
            [app, name] => {
                push(app.span, Symbol::Top(DeclarationKind::App, app.value.clone()));
                push(name.span, Symbol::Part(kind, app.value.clone(), name.value.clone()));
            }
            _ => {}
        }
    }

    /// The same order as in the evaluation: an image of the app, an app, a secret.
    fn variable(&self, reference: &ast::Ref, scope: &Scope, push: &mut impl FnMut(Span, Symbol)) {
        let Some((first, rest)) = reference.parts.split_first() else { return };
        let own = |app: &&str| Symbol::Part(DeclarationKind::Image, (*app).to_owned(), first.value.clone());
        if let Some(app) = scope.apps.iter().find(|app| self.knows(&own(app))) {
            return push(first.span, own(app));
        }
        let app = Symbol::Top(DeclarationKind::App, first.value.clone());
        if self.knows(&app) {
            push(first.span, app);
            if let Some(second) = rest.first() {
                push(second.span, Symbol::Part(DeclarationKind::Image, first.value.clone(), second.value.clone()));
            }
            return;
        }
        push(first.span, Symbol::Top(DeclarationKind::Secret, first.value.clone()));
        if let (Some(start), Some(end)) = (rest.first(), rest.last()) {
            let key: Vec<_> = rest.iter().map(|part| part.value.as_str()).collect();
            push(start.span.to(end.span), Symbol::Key(first.value.clone(), key.join(".")));
        }
    }
}

/// What the label of a block names.
fn labelled(label: &ast::Label, rule: LabelRule, scope: &Scope) -> Option<(Symbol, Span)> {
    let ast::Label::Ref(reference) = label else { return None };
    let [Spanned { value: name, span }] = reference.parts.as_slice() else { return None };
    let LabelRule::Declares(kind) = rule else { return None };
    let symbol = match kind {
        DeclarationKind::Image | DeclarationKind::Task => {
            Symbol::Part(kind, (*scope.apps.first()?).to_owned(), name.clone())
        }
        kind => Symbol::Top(kind, name.clone()),
    };
    Some((symbol, *span))
}

/// The text between its quotes, where nothing in it is escaped.
fn inside_quotes(span: Span, text: &str) -> Option<Span> {
    let range = span.range();
    (range.len() == text.len() + 2).then(|| Span::new(span.source, range.start + 1..range.end - 1))
}
