//! `allow = [CODE]`: intended warnings. It silences them in the body that contains it; at the top of a
//! file, in that file. Reports E0308 and W0202.

use super::errors;
use crate::diag::{Code, Diagnostic, Diagnostics, Severity};
use crate::source::{Span, Spanned};
use crate::syntax::ast;

/// The keyword of the attribute. It is allowed in every body, so it is in no table.
pub const WORD: &str = "allow";

/// A warning that is allowed somewhere.
#[derive(Debug)]
pub struct Allow {
    code: Spanned<Code>,
    extent: Span,
}

/// All that the files allow.
pub fn allows(files: &[ast::File], sink: &mut Diagnostics) -> Vec<Allow> {
    let mut found = Vec::new();
    for file in files {
        let whole = Span { source: file.source, start: 0, end: u32::MAX };
        collect(&file.items, whole, &mut found, sink);
    }
    found
}

fn collect(items: &[ast::Item], extent: Span, found: &mut Vec<Allow>, sink: &mut Diagnostics) {
    for item in items {
        match item {
            ast::Item::Attr(attribute) if attribute.key.value == WORD => {
                for code in codes(&attribute.value, sink) {
                    found.push(Allow { code, extent });
                }
            }
            ast::Item::Block(block) => {
                let extent = block.body.as_ref().map_or(block.head(), |body| block.head().to(body.span));
                collect(block.items(), extent, found, sink);
            }
            ast::Item::Attr(_) | ast::Item::Broken(_) => {}
        }
    }
}

/// The codes of a list; one alone is a list of one.
fn codes(value: &ast::Value, sink: &mut Diagnostics) -> Vec<Spanned<Code>> {
    let values = match value {
        ast::Value::List(list) => list.values.as_slice(),
        value => std::slice::from_ref(value),
    };
    let mut codes = Vec::new();
    for value in values {
        let name = match value {
            ast::Value::Ref(reference) => Spanned::new(reference.to_string(), reference.span),
            value => {
                sink.push(errors::not_a_code(value.span()));
                continue;
            }
        };
        match Code::ALL.iter().find(|code| code.as_str() == name.value) {
            Some(code) if code.severity() == Severity::Warning => codes.push(Spanned::new(*code, name.span)),
            Some(_) => sink.push(errors::error_allowed(&name)),
            None => sink.push(errors::unknown_code(&name)),
        }
    }
    codes
}

/// Takes out the warnings that are allowed, and reports what allows nothing, unless errors keep warnings back.
pub fn silence(mut diagnostics: Vec<Diagnostic>, allows: &[Allow]) -> Vec<Diagnostic> {
    let covers = |allow: &Allow, diagnostic: &Diagnostic| {
        let (inner, outer) = (diagnostic.primary.span, allow.extent);
        allow.code.value == diagnostic.code
            && inner.source == outer.source
            && outer.start <= inner.start
            && inner.end <= outer.end
    };
    let used = |allow: &&Allow| !diagnostics.iter().any(|diagnostic| covers(allow, diagnostic));
    let useless: Vec<_> = allows.iter().filter(used).map(|allow| errors::allows_nothing(&allow.code)).collect();
    let failed = diagnostics.iter().any(|diagnostic| diagnostic.severity() == Severity::Error);
    diagnostics.retain(|diagnostic| !allows.iter().any(|allow| covers(allow, diagnostic)));
    if !failed {
        diagnostics.extend(useless);
        diagnostics.sort_by_key(|diagnostic| diagnostic.primary.span);
    }
    diagnostics
}
