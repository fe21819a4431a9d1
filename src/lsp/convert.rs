//! Between our bytes and paths and the protocol's positions and URIs.

use crate::diag::{Diagnostic, Severity};
use crate::ide::{Colour, CompletionKind, OutlineKind};
use crate::source::{self, SourceFile, SourceMap, Span};
use gen_lsp_types as lsp;

/// The scheme of pages that the server writes itself.
pub const SCHEME: &str = "pipelinec";

/// The page that explains a code.
pub fn page(code: crate::diag::Code) -> lsp::Uri {
    lsp::Uri(format!("{SCHEME}:/explain/{code}.md"))
}

/// The path of a file's URI; `None` for one of another scheme.
pub fn path(uri: &lsp::Uri) -> Option<String> {
    let rest = uri.0.strip_prefix("file://")?;
    // `file://host/path` names a file of another machine.
    let encoded = rest.starts_with('/').then_some(rest)?;
    let mut bytes = Vec::with_capacity(encoded.len());
    let mut rest = encoded.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let digit = |byte: Option<u8>| char::from(byte?).to_digit(16);
        let (high, low) = (digit(rest.next())?, digit(rest.next())?);
        bytes.push(u8::try_from(high * 16 + low).ok()?);
    }
    String::from_utf8(bytes).ok()
}

/// The URI of a path.
pub fn uri(path: &str) -> lsp::Uri {
    let mut text = String::from("file://");
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || b"/-._~".contains(&byte) {
            text.push(char::from(byte));
        } else {
            text.push_str(&format!("%{byte:02X}"));
        }
    }
    lsp::Uri(text)
}

/// A position of the protocol.
pub fn position(file: &SourceFile, offset: usize) -> lsp::Position {
    let place = file.position_utf16(offset);
    let number = |value: usize| u32::try_from(value).unwrap_or(u32::MAX);
    lsp::Position { line: number(place.line), character: number(place.column) }
}

/// The byte of a position.
pub fn offset(file: &SourceFile, position: lsp::Position) -> usize {
    let number = |value: u32| usize::try_from(value).unwrap_or(usize::MAX);
    file.offset_utf16(source::Position { line: number(position.line), column: number(position.character) })
}

/// A range of the protocol.
pub fn range(sources: &SourceMap, span: Span) -> lsp::Range {
    let file = sources.file(span.source);
    let bytes = span.range();
    lsp::Range { start: position(file, bytes.start), end: position(file, bytes.end) }
}

/// A diagnostic, with its help behind the message and its other places beside it.
pub fn diagnostic(report: &Diagnostic, sources: &SourceMap, uri: impl Fn(Span) -> lsp::Uri) -> lsp::Diagnostic {
    let related = report.secondary.iter().map(|label| lsp::DiagnosticRelatedInformation {
        location: lsp::Location { uri: uri(label.span), range: range(sources, label.span) },
        message: label.text.clone(),
    });
    let mut message = report.message.clone();
    for line in &report.help {
        message.push_str("\nhelp: ");
        message.push_str(line);
    }
    lsp::Diagnostic {
        range: range(sources, report.primary.span),
        severity: Some(match report.severity() {
            Severity::Error => lsp::DiagnosticSeverity::Error,
            Severity::Warning => lsp::DiagnosticSeverity::Warning,
        }),
        code: Some(lsp::Code::String(report.code.to_string())),
        code_description: Some(lsp::CodeDescription { href: page(report.code) }),
        source: Some("pipelinec".to_owned()),
        message: lsp::Message::String(message),
        related_information: Some(related.collect()),
        ..Default::default()
    }
}

/// What a completion is.
pub fn completion_kind(kind: CompletionKind) -> lsp::CompletionItemKind {
    match kind {
        CompletionKind::Block => lsp::CompletionItemKind::Keyword,
        CompletionKind::Attribute => lsp::CompletionItemKind::Property,
        CompletionKind::Name => lsp::CompletionItemKind::Reference,
        CompletionKind::Variable => lsp::CompletionItemKind::Variable,
        CompletionKind::Value => lsp::CompletionItemKind::Value,
    }
}

/// What a block of the outline is.
pub fn symbol_kind(kind: OutlineKind) -> lsp::SymbolKind {
    match kind {
        OutlineKind::Declaration => lsp::SymbolKind::Class,
        OutlineKind::Stage => lsp::SymbolKind::Event,
        OutlineKind::Part => lsp::SymbolKind::Field,
    }
}

/// The kinds of words, in the order of [`token_type`].
pub const TOKEN_TYPES: &[&str] = &["keyword", "property", "type", "variable", "enumMember", "string", "number"];

/// The place of a word's kind in [`TOKEN_TYPES`].
pub fn token_type(colour: Colour) -> u32 {
    match colour {
        Colour::Keyword => 0,
        Colour::Attribute => 1,
        Colour::Name => 2,
        Colour::Variable => 3,
        Colour::Word => 4,
        Colour::Text => 5,
        Colour::Number => 6,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_survives_its_uri() {
        for name in ["/a/b.pipe", "/a b/ä%20/#?.pipe", "/"] {
            assert_eq!(path(&uri(name)).as_deref(), Some(name));
        }
        assert_eq!(path(&lsp::Uri("file:///c%3A/x".into())).as_deref(), Some("/c:/x"));
        for bad in ["untitled:Untitled-1", "file://host/x", "file:///%", "file:///%zz", "file:///%ff"] {
            assert_eq!(path(&lsp::Uri(bad.into())), None, "{bad}");
        }
    }
}
