//! Each request of the protocol: what it asks, and the answer.

use super::Client;
use super::convert::{self, offset, path, range, uri};
use super::workspace::Workspace;
use crate::diag::{Code, Diagnostics};
use crate::format;
use crate::ide::{self, Outline, Program, complete};
use crate::source::{SourceId, Span};
use crate::syntax;
use gen_lsp_types as lsp;
use lsp_server::ErrorCode;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Why a request has no answer.
pub struct Refusal {
    pub code: ErrorCode,
    pub message: String,
}

impl From<serde_json::Error> for Refusal {
    fn from(error: serde_json::Error) -> Self {
        Self { code: ErrorCode::InvalidParams, message: error.to_string() }
    }
}

/// What the server can do.
pub fn capabilities() -> Value {
    json!({
        "positionEncoding": "utf-16",
        "textDocumentSync": { "openClose": true, "change": 1, "save": {} },
        "completionProvider": { "triggerCharacters": [".", "{", "=", " ", "["] },
        "hoverProvider": true,
        "definitionProvider": true,
        "referencesProvider": true,
        "documentHighlightProvider": true,
        "renameProvider": { "prepareProvider": true },
        "documentSymbolProvider": true,
        "workspaceSymbolProvider": true,
        "foldingRangeProvider": true,
        "documentFormattingProvider": true,
        "codeActionProvider": { "codeActionKinds": ["quickfix"] },
        "inlayHintProvider": true,
        "semanticTokensProvider": {
            "legend": { "tokenTypes": convert::TOKEN_TYPES, "tokenModifiers": [] },
            "full": true,
        },
        "workspace": {
            "textDocumentContent": { "schemes": [convert::SCHEME] },
            "workspaceFolders": { "supported": true, "changeNotifications": true },
        },
    })
}

/// What is to be said of each file of the programs that are open.
pub fn reports(workspace: &mut Workspace) -> Vec<(String, Vec<lsp::Diagnostic>)> {
    let mut found: BTreeMap<String, Vec<lsp::Diagnostic>> = BTreeMap::new();
    for program in workspace.open_programs() {
        for (_, file) in program.sources.iter() {
            found.entry(file.path().to_owned()).or_default();
        }
        for report in &program.analysis.diagnostics {
            let path = program.sources.file(report.primary.span.source).path().to_owned();
            found
                .entry(path)
                .or_default()
                .push(convert::diagnostic(report, &program.sources, |span| uri_of(program, span)));
        }
    }
    found.into_iter().collect()
}

/// Answers a request; `None` for one that the server does not know.
pub fn answer(
    workspace: &mut Workspace,
    client: Client,
    method: &str,
    params: Value,
) -> Result<Option<Value>, Refusal> {
    let answer = match method {
        "workspace/symbol" => {
            let params: lsp::WorkspaceSymbolParams = serde_json::from_value(params)?;
            json!(workspace_symbols(workspace, &params.query))
        }
        "workspace/textDocumentContent" => {
            let page = params["uri"].as_str().and_then(explain);
            let refusal = || Refusal { code: ErrorCode::InvalidParams, message: "no such page".into() };
            json!({ "text": page.ok_or_else(refusal)? })
        }
        _ => {
            let document = params["textDocument"]["uri"].as_str().unwrap_or_default();
            let Some(path) = path(&lsp::Uri(document.to_owned())) else {
                // A file without a path, or a page of the server: there is no information.
                return Ok(is_known(method).then_some(Value::Null));
            };
            let Some(program) = workspace.program(&path) else { return Ok(Some(Value::Null)) };
            let Some(source) = program.file(&path) else { return Ok(is_known(method).then_some(Value::Null)) };
            return of_file(program, source, client, method, params);
        }
    };
    Ok(Some(answer))
}

fn is_known(method: &str) -> bool {
    METHODS.contains(&method)
}

/// The requests about a file.
const METHODS: &[&str] = &[
    "textDocument/completion",
    "textDocument/hover",
    "textDocument/definition",
    "textDocument/references",
    "textDocument/documentHighlight",
    "textDocument/prepareRename",
    "textDocument/rename",
    "textDocument/documentSymbol",
    "textDocument/foldingRange",
    "textDocument/formatting",
    "textDocument/codeAction",
    "textDocument/inlayHint",
    "textDocument/semanticTokens/full",
];

fn of_file(
    program: &Program,
    source: SourceId,
    client: Client,
    method: &str,
    params: Value,
) -> Result<Option<Value>, Refusal> {
    let file = program.sources.file(source);
    let at = || -> Result<usize, Refusal> {
        let position: lsp::Position = serde_json::from_value(params["position"].clone())?;
        Ok(offset(file, position))
    };
    let place = |span: Span| lsp::Location { uri: uri_of(program, span), range: range(&program.sources, span) };
    Ok(Some(match method {
        "textDocument/completion" => json!(completions(program, source, at()?, client)),
        "textDocument/hover" => json!(program.hover(source, at()?).map(|hover| json!({
            "contents": { "kind": "markdown", "value": hover.text },
            "range": range(&program.sources, hover.span),
        }))),
        "textDocument/definition" => {
            json!(program.definition(source, at()?).into_iter().map(place).collect::<Vec<_>>())
        }
        "textDocument/references" => {
            let declarations = params["context"]["includeDeclaration"].as_bool().unwrap_or(true);
            let found = program.references(source, at()?).into_iter().filter(|known| declarations || !known.declares);
            json!(found.map(|known| place(known.span)).collect::<Vec<_>>())
        }
        "textDocument/documentHighlight" => {
            let found = program.references(source, at()?).into_iter().filter(|known| known.span.source == source);
            let highlight = |span: Span, declares: bool| json!({ "range": range(&program.sources, span), "kind": if declares { 3 } else { 2 } });
            json!(found.map(|known| highlight(known.span, known.declares)).collect::<Vec<_>>())
        }
        "textDocument/prepareRename" => json!(program.renamable(source, at()?).map(|known| json!({
            "range": range(&program.sources, known.span),
            "placeholder": known.symbol.name(),
        }))),
        "textDocument/rename" => {
            let to = params["newName"].as_str().unwrap_or_default();
            let refusal = |message| Refusal { code: ErrorCode::RequestFailed, message };
            json!({ "changes": changes(program, &program.rename(source, at()?, to).map_err(refusal)?) })
        }
        "textDocument/documentSymbol" => json!(symbols(program, &program.outline(source))),
        "textDocument/foldingRange" => json!(folds(program, source)),
        "textDocument/formatting" => json!(formatted(program, source)),
        "textDocument/codeAction" => {
            let wanted: lsp::Range = serde_json::from_value(params["range"].clone())?;
            let bytes = offset(file, wanted.start)..offset(file, wanted.end);
            json!(actions(program, Span::new(source, bytes)))
        }
        "textDocument/inlayHint" => json!(hints(program, source)),
        "textDocument/semanticTokens/full" => json!({ "data": tokens(program, source) }),
        _ => return Ok(None),
    }))
}

fn uri_of(program: &Program, span: Span) -> lsp::Uri {
    uri(program.sources.file(span.source).path())
}

/// The page of a code, by its URI.
fn explain(uri: &str) -> Option<&'static str> {
    let code = uri.strip_prefix(convert::SCHEME)?.strip_prefix(":/explain/")?.strip_suffix(".md")?;
    Code::ALL.iter().find(|known| known.as_str() == code).map(|code| code.page())
}

fn completions(program: &Program, source: SourceId, at: usize, client: Client) -> Vec<Value> {
    let found = complete(program, source, at);
    let item = |(place, known): (usize, ide::Completion)| {
        let text = if client.snippets { known.snippet.clone() } else { without_places(&known.snippet) };
        json!({
            "label": known.label,
            "kind": convert::completion_kind(known.kind),
            "detail": known.detail,
            "documentation": { "kind": "markdown", "value": known.doc },
            // The order is intentional: an attribute's default first, images of the same app before those of others.
            "sortText": format!("{place:04}"),
            "insertTextFormat": if client.snippets { 2 } else { 1 },
            "textEdit": { "range": range(&program.sources, known.span), "newText": text },
        })
    };
    found.into_iter().enumerate().map(item).collect()
}

/// A snippet as plain text: `${1:name}` is `name`, and `$0` nothing.
fn without_places(snippet: &str) -> String {
    let mut text = String::new();
    let mut rest = snippet;
    while let Some(at) = rest.find('$') {
        text.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        if let Some(inner) = rest.strip_prefix('{') {
            let end = inner.find('}').unwrap_or(inner.len());
            text.push_str(inner[..end].split_once(':').map_or("", |(_, name)| name));
            rest = inner.get(end + 1..).unwrap_or("");
        } else {
            rest = rest.trim_start_matches(|c: char| c.is_ascii_digit());
        }
    }
    text + rest
}

fn changes(program: &Program, edits: &[(Span, String)]) -> BTreeMap<String, Vec<lsp::TextEdit>> {
    let mut changes: BTreeMap<String, Vec<lsp::TextEdit>> = BTreeMap::new();
    for (span, text) in edits {
        let edit = lsp::TextEdit { range: range(&program.sources, *span), new_text: text.clone() };
        changes.entry(uri_of(program, *span).0).or_default().push(edit);
    }
    changes
}

fn symbols(program: &Program, outline: &[Outline]) -> Vec<Value> {
    let symbol = |block: &Outline| {
        json!({
            "name": block.name,
            "kind": convert::symbol_kind(block.kind),
            "range": range(&program.sources, block.span),
            "selectionRange": range(&program.sources, block.head),
            "children": symbols(program, &block.inner),
        })
    };
    outline.iter().map(symbol).collect()
}

fn workspace_symbols(workspace: &mut Workspace, query: &str) -> Vec<Value> {
    let query = query.to_lowercase();
    // The letters of the query in their order, as editors look for symbols.
    let matches = |name: &str| {
        let mut letters = name.chars().flat_map(char::to_lowercase);
        query.chars().filter(|c| !c.is_whitespace()).all(|wanted| letters.any(|letter| letter == wanted))
    };
    let mut found = Vec::new();
    for program in workspace.all_programs() {
        for known in program.names.list.iter().filter(|known| known.declares && matches(&known.symbol.describe())) {
            let place = lsp::Location { uri: uri_of(program, known.span), range: range(&program.sources, known.span) };
            found.push(json!({ "name": known.symbol.describe(), "kind": lsp::SymbolKind::Class, "location": place }));
        }
    }
    let mut seen = std::collections::BTreeSet::new();
    found.retain(|known| seen.insert(known.to_string()));
    found
}

fn folds(program: &Program, source: SourceId) -> Vec<Value> {
    let file = program.sources.file(source);
    let fold = |span: Span| {
        let (first, last) = (file.position(span.range().start).line, file.position(span.range().end).line);
        // The line of the closing brace stays.
        json!({ "startLine": first, "endLine": last.saturating_sub(1).max(first) })
    };
    program.folds(source).into_iter().map(fold).collect()
}

fn formatted(program: &Program, source: SourceId) -> Vec<lsp::TextEdit> {
    let file = program.sources.file(source);
    let parsed = syntax::parse_with_tokens(source, file, &mut Diagnostics::default());
    let text = format::format(file, &parsed);
    if text == file.text() {
        return Vec::new();
    }
    // The lines that stay at both ends are left alone, so that the cursor and the folds keep their places.
    let (old, new) = (file.text(), text.as_str());
    let head: usize = old
        .split_inclusive('\n')
        .zip(new.split_inclusive('\n'))
        .take_while(|(a, b)| a == b)
        .map(|(a, _)| a.len())
        .sum();
    let (old_rest, new_rest) = (&old[head..], &new[head..]);
    let lines = |text: &str| -> Vec<String> { text.split_inclusive('\n').map(str::to_owned).collect() };
    let (old_lines, new_lines) = (lines(old_rest), lines(new_rest));
    let tail: usize =
        old_lines.iter().rev().zip(new_lines.iter().rev()).take_while(|(a, b)| a == b).map(|(a, _)| a.len()).sum();
    let span = Span::new(source, head..old.len() - tail);
    let new_text = new_rest[..new_rest.len() - tail].to_owned();
    vec![lsp::TextEdit { range: range(&program.sources, span), new_text }]
}

fn actions(program: &Program, wanted: Span) -> Vec<Value> {
    let action = |(report, fix): (&crate::diag::Diagnostic, &crate::diag::Fix)| {
        json!({
            "title": fix.title,
            "kind": "quickfix",
            "isPreferred": true,
            "diagnostics": [convert::diagnostic(report, &program.sources, |span| uri_of(program, span))],
            "edit": { "changes": changes(program, &fix.edits) },
        })
    };
    program.fixes(wanted).map(action).collect()
}

fn hints(program: &Program, source: SourceId) -> Vec<Value> {
    let file = program.sources.file(source);
    let hint = |known: ide::Hint| {
        json!({
            "position": convert::position(file, known.span.range().end),
            "label": known.text,
            "paddingLeft": true,
        })
    };
    program.hints(source).into_iter().map(hint).collect()
}

/// Five numbers a word: lines and columns from the one before, length, kind, and no modifiers.
fn tokens(program: &Program, source: SourceId) -> Vec<u32> {
    let mut data = Vec::new();
    let mut last = lsp::Position { line: 0, character: 0 };
    for (span, colour) in program.colours(source) {
        let range = range(&program.sources, span);
        if range.start.line != range.end.line {
            continue;
        }
        let line = range.start.line - last.line;
        let start = if line == 0 { range.start.character - last.character } else { range.start.character };
        data.extend([line, start, range.end.character - range.start.character, convert::token_type(colour), 0]);
        last = range.start;
    }
    data
}
