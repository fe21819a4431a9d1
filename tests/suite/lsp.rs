//! The language server over its real protocol. `tests/lsp/<request>/*.pipe` are what an editor shows, `<|>` is the cursor;
//! what the server answers is beside it, in words.

use std::cell::RefCell;
use std::path::Path;
use std::thread;

use lsp_server::{Connection, Message, Notification, Request, RequestId};
use pipelinec::lsp;
use pipelinec::source::SourceMap;
use serde_json::{Value, json};

use testkit::fixtures::{files, snapshot, stem};

/// The folder that the editor shows. It need not exist: what is open counts.
const ROOT: &str = "/work space";

/// An editor that talks to the server.
struct Editor {
    connection: Connection,
    server: Option<thread::JoinHandle<Result<(), String>>>,
    next: RefCell<i32>,
    /// What the server said unasked.
    said: RefCell<Vec<Notification>>,
}

impl Editor {
    /// Starts a server that finds these files on disk.
    fn start(on_disk: Vec<(String, String)>) -> Self {
        Self::with_capabilities(
            on_disk,
            json!({ "textDocument": { "completion": { "completionItem": { "snippetSupport": true } } } }),
        )
    }

    fn with_capabilities(on_disk: Vec<(String, String)>, capabilities: Value) -> Self {
        let (server, connection) = Connection::memory();
        let server = thread::spawn(move || {
            let load = |folder: &Path| {
                let below = on_disk.iter().filter(|(path, _)| Path::new(path).starts_with(folder));
                Ok(SourceMap::new(below.cloned()))
            };
            lsp::serve(&server, &load).map_err(|failure| failure.to_string())
        });
        let editor = Self { connection, server: Some(server), next: RefCell::new(0), said: RefCell::new(Vec::new()) };
        let folder = json!({ "uri": uri(ROOT), "name": "shop" });
        let answer = editor.ask(
            "initialize",
            json!({ "processId": null, "rootUri": null, "capabilities": capabilities, "workspaceFolders": [folder] }),
        );
        assert_eq!(answer["serverInfo"]["name"], "pipelinec");
        editor.tell("initialized", json!({}));
        editor
    }

    fn tell(&self, method: &str, params: Value) {
        let message = Message::Notification(Notification::new(method.to_owned(), params));
        self.connection.sender.send(message).expect("the server listens");
    }

    /// Asks, and gives the answer, or the error as `{"error": …}`.
    fn ask(&self, method: &str, params: Value) -> Value {
        let id = RequestId::from(*self.next.borrow());
        *self.next.borrow_mut() += 1;
        let message = Message::Request(Request::new(id.clone(), method.to_owned(), params));
        self.connection.sender.send(message).expect("the server listens");
        loop {
            match self.connection.receiver.recv().expect("the server answers") {
                Message::Response(response) if response.id == id => {
                    return match response.response_kind() {
                        Ok(value) => value,
                        Err(message) => json!({ "error": message }),
                    };
                }
                Message::Notification(notification) => self.said.borrow_mut().push(notification),
                other => panic!("{other:?}"),
            }
        }
    }

    fn open(&self, name: &str, text: &str) {
        let document = json!({ "uri": uri(&path(name)), "languageId": "pipe", "version": 1, "text": text });
        self.tell("textDocument/didOpen", json!({ "textDocument": document }));
    }

    fn change(&self, name: &str, text: &str) {
        let document = json!({ "uri": uri(&path(name)), "version": 2 });
        self.tell("textDocument/didChange", json!({ "textDocument": document, "contentChanges": [{ "text": text }] }));
    }

    fn at(&self, method: &str, name: &str, cursor: &Cursor, more: Value) -> Value {
        let mut params = json!({ "textDocument": { "uri": uri(&path(name)) }, "position": cursor.position });
        for (key, value) in more.as_object().into_iter().flatten() {
            params[key.as_str()] = value.clone();
        }
        self.ask(method, params)
    }

    /// What is reported of each file by now: codes with their lines, after all that was sent before has been seen.
    fn reported(&self) -> Vec<String> {
        // The server reports when nothing else waits, and answers in order: so it has nothing left to say after this.
        self.ask("workspace/symbol", json!({ "query": "" }));
        let mut latest = std::collections::BTreeMap::new();
        for notification in self.said.borrow().iter().filter(|known| known.method == "textDocument/publishDiagnostics")
        {
            let name = notification.params["uri"].as_str().unwrap_or_default().rsplit('/').next().unwrap_or_default();
            let list = notification.params["diagnostics"].as_array().cloned().unwrap_or_default();
            latest.insert(name.to_owned(), list);
        }
        let line = |name: &str, report: &Value| {
            let start = &report["range"]["start"];
            format!("{name}:{}:{} {}", start["line"], start["character"], report["code"].as_str().unwrap_or_default())
        };
        latest.iter().flat_map(|(name, list)| list.iter().map(move |report| line(name, report))).collect()
    }

    fn stop(mut self) {
        self.ask("shutdown", Value::Null);
        self.tell("exit", Value::Null);
        let served = self.server.take().expect("it was started").join().expect("the server does not panic");
        assert_eq!(served, Ok(()));
    }
}

/// The answer of a response, or what went wrong.
trait Kind {
    fn response_kind(self) -> Result<Value, String>;
}

impl Kind for lsp_server::Response {
    fn response_kind(self) -> Result<Value, String> {
        let value = serde_json::to_value(&self).expect("a response is JSON");
        match value.get("error") {
            Some(error) => Err(error["message"].as_str().unwrap_or_default().to_owned()),
            None => Ok(value["result"].clone()),
        }
    }
}

fn path(name: &str) -> String {
    format!("{ROOT}/{name}")
}

fn uri(path: &str) -> String {
    format!("file://{}", path.replace(' ', "%20"))
}

/// A text, and the place of `<|>` in it, as the protocol counts.
struct Cursor {
    text: String,
    position: Value,
}

fn cursor(marked: &str) -> Cursor {
    let at = marked.find("<|>").unwrap_or(marked.len());
    let before = &marked[..at];
    let line = before.matches('\n').count();
    let column = before.rsplit('\n').next().unwrap_or_default().encode_utf16().count();
    Cursor { text: marked.replacen("<|>", "", 1), position: json!({ "line": line, "character": column }) }
}

/// The files that a text is edited beside: those of its line `# with: …`, from `tests/errors`.
fn beside(text: &str) -> Vec<(String, String)> {
    let with = text.lines().find_map(|line| line.strip_prefix("# with:")).unwrap_or_default();
    let read = |name: &str| {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/errors").join(name);
        (path(name), std::fs::read_to_string(file).expect("a file of a program can be read"))
    };
    with.split_whitespace().map(read).collect()
}

/// Asks for each text of a folder, and holds what `show` makes of the answer against its snapshot.
fn each(folder: &str, ask: impl Fn(&Editor, &str, &Cursor) -> String) {
    let texts = files(&format!("lsp/{folder}"), "pipe");
    assert!(!texts.is_empty(), "there is nothing in tests/lsp/{folder}");
    for file in texts {
        let marked = std::fs::read_to_string(&file).expect("a text can be read");
        let cursor = cursor(&marked);
        let editor = Editor::start(beside(&marked));
        let name = format!("{}.pipe", stem(&file));
        editor.open(&name, &cursor.text);
        let shown = ask(&editor, &name, &cursor);
        editor.stop();
        snapshot(file.parent().expect("a text lies in a folder"), stem(&file), &shown);
    }
}

/// A range as its text, with file, line and column.
fn place(location: &Value, texts: &[(String, String)]) -> String {
    let name = location["uri"].as_str().unwrap_or_default().rsplit('/').next().unwrap_or_default().to_owned();
    let start = &location["range"]["start"];
    let text = texts
        .iter()
        .find(|(path, _)| path.ends_with(&format!("/{name}")) || *path == name)
        .map(|(_, text)| text.as_str());
    let line = text.and_then(|text| text.lines().nth(start["line"].as_u64()? as usize)).unwrap_or_default();
    format!(
        "{name}:{}:{}  {}",
        start["line"].as_u64().unwrap_or(0) + 1,
        start["character"].as_u64().unwrap_or(0) + 1,
        line.trim()
    )
}

fn list(value: &Value) -> Vec<Value> {
    value.as_array().cloned().unwrap_or_default()
}

fn texts(name: &str, cursor: &Cursor) -> Vec<(String, String)> {
    let mut all = beside(&cursor.text);
    all.push((path(name), cursor.text.clone()));
    all
}

#[test]
fn completion_offers_what_fits() {
    each("completion", |editor, name, cursor| {
        let answer = editor.at("textDocument/completion", name, cursor, Value::Null);
        let line = |item: &Value| {
            let text = |key: &str| item[key].as_str().unwrap_or_default();
            let new = item["textEdit"]["newText"].as_str().unwrap_or_default();
            let insert =
                if new == text("label") { String::new() } else { format!("  ->  {}", new.replace('\n', "⏎")) };
            format!("{}: {}{insert}", text("label"), text("detail"))
        };
        list(&answer).iter().map(line).collect::<Vec<_>>().join("\n")
    });
}

#[test]
fn hover_says_what_is_there() {
    each("hover", |editor, name, cursor| {
        let answer = editor.at("textDocument/hover", name, cursor, Value::Null);
        answer["contents"]["value"].as_str().unwrap_or("nothing").to_owned()
    });
}

#[test]
fn a_name_leads_to_its_declaration() {
    each("definition", |editor, name, cursor| {
        let answer = editor.at("textDocument/definition", name, cursor, Value::Null);
        list(&answer).iter().map(|found| place(found, &texts(name, cursor))).collect::<Vec<_>>().join("\n")
    });
}

#[test]
fn a_name_is_found_wherever_it_stands() {
    each("references", |editor, name, cursor| {
        let all = json!({ "context": { "includeDeclaration": true } });
        let answer = editor.at("textDocument/references", name, cursor, all);
        let shown: Vec<_> = list(&answer).iter().map(|found| place(found, &texts(name, cursor))).collect();
        let here = list(&editor.at("textDocument/documentHighlight", name, cursor, Value::Null)).len();
        format!("{}\n{here} in this file", shown.join("\n"))
    });
}

#[test]
fn a_rename_changes_all_files_and_nothing_else() {
    each("rename", |editor, name, cursor| {
        let prepared = editor.at("textDocument/prepareRename", name, cursor, Value::Null);
        let to = cursor.text.lines().find_map(|line| line.strip_prefix("# to: ")).unwrap_or("renamed");
        let answer = editor.at("textDocument/rename", name, cursor, json!({ "newName": to }));
        if let Some(error) = answer["error"].as_str() {
            return format!("{}\nrefused: {error}", prepared["placeholder"]);
        }
        let mut shown = format!("{} -> {to}\n", prepared["placeholder"]);
        let mut renamed = Vec::new();
        for (path, text) in texts(name, cursor) {
            let new = applied(&text, &list(&answer["changes"][uri(&path)]));
            for (old, new) in text.lines().zip(new.lines()).filter(|(old, new)| old != new) {
                shown.push_str(&format!(
                    "{}: {}\n  => {}\n",
                    path.rsplit('/').next().unwrap_or_default(),
                    old.trim(),
                    new.trim()
                ));
            }
            renamed.push((path, new));
        }
        // What compiled before compiles after it.
        let codes = |files: Vec<(String, String)>| {
            let found = pipelinec::compile::compile(&SourceMap::new(files)).diagnostics;
            found.iter().map(|report| report.code).collect::<Vec<_>>()
        };
        assert_eq!(codes(renamed), codes(texts(name, cursor)), "{name}");
        shown
    });
}

/// A text after edits of the protocol.
fn applied(text: &str, edits: &[Value]) -> String {
    let offset = |position: &Value| {
        let number = |key: &str| position[key].as_u64().unwrap_or(0) as usize;
        let start: usize = text.split_inclusive('\n').take(number("line")).map(str::len).sum();
        let mut left = number("character");
        let line = text[start..].chars().take_while(|c| {
            let more = left > 0;
            left = left.saturating_sub(c.len_utf16());
            more
        });
        start + line.map(char::len_utf8).sum::<usize>()
    };
    let mut edits: Vec<_> = edits
        .iter()
        .map(|edit| {
            (
                offset(&edit["range"]["start"]),
                offset(&edit["range"]["end"]),
                edit["newText"].as_str().unwrap_or_default(),
            )
        })
        .collect();
    edits.sort();
    let mut result = text.to_owned();
    for (start, end, new) in edits.into_iter().rev() {
        result.replace_range(start..end, new);
    }
    result
}

#[test]
fn the_outline_shows_blocks_and_stages() {
    fn lines(symbols: &Value, depth: usize, out: &mut String) {
        for symbol in list(symbols) {
            out.push_str(&format!(
                "{}{} ({})\n",
                "  ".repeat(depth),
                symbol["name"].as_str().unwrap_or_default(),
                symbol["kind"]
            ));
            lines(&symbol["children"], depth + 1, out);
        }
    }
    each("symbols", |editor, name, cursor| {
        let answer = editor.at("textDocument/documentSymbol", name, cursor, Value::Null);
        let mut shown = String::new();
        lines(&answer, 0, &mut shown);
        let everywhere = list(&editor.ask("workspace/symbol", json!({ "query": "shp" })));
        shown.push_str("everywhere, by `shp`:\n");
        for found in everywhere {
            shown.push_str(&format!(
                "{}  {}\n",
                found["name"].as_str().unwrap_or_default(),
                place(&found["location"], &texts(name, cursor))
            ));
        }
        shown
    });
}

#[test]
fn bodies_fold() {
    each("folding", |editor, name, cursor| {
        let answer = editor.at("textDocument/foldingRange", name, cursor, Value::Null);
        let line = |at: &Value| {
            cursor.text.lines().nth(at.as_u64().unwrap_or(0) as usize).unwrap_or_default().trim().to_owned()
        };
        let shown = |fold: &Value| {
            format!(
                "{}-{}: {} … {}",
                fold["startLine"],
                fold["endLine"],
                line(&fold["startLine"]),
                line(&fold["endLine"])
            )
        };
        list(&answer).iter().map(shown).collect::<Vec<_>>().join("\n")
    });
}

#[test]
fn hints_say_what_is_not_written() {
    each("hints", |editor, name, cursor| {
        let range =
            json!({ "range": { "start": { "line": 0, "character": 0 }, "end": { "line": 999, "character": 0 } } });
        let answer = editor.at("textDocument/inlayHint", name, cursor, range);
        let mut edits: Vec<Value> = Vec::new();
        for hint in list(&answer) {
            let text = format!(" «{}»", hint["label"].as_str().unwrap_or_default());
            edits.push(json!({ "range": { "start": hint["position"], "end": hint["position"] }, "newText": text }));
        }
        applied(&cursor.text, &edits)
    });
}

#[test]
fn words_have_their_colours() {
    each("tokens", |editor, name, cursor| {
        let answer = editor.at("textDocument/semanticTokens/full", name, cursor, Value::Null);
        let data: Vec<usize> =
            list(&answer["data"]).iter().map(|number| number.as_u64().unwrap_or(0) as usize).collect();
        let types = ["keyword", "property", "type", "variable", "enumMember", "string", "number"];
        let (mut line, mut column) = (0, 0);
        let mut shown = String::new();
        for token in data.chunks(5) {
            column = if token[0] == 0 { column + token[1] } else { token[1] };
            line += token[0];
            let text: String = {
                let units: Vec<u16> = cursor.text.lines().nth(line).unwrap_or_default().encode_utf16().collect();
                String::from_utf16_lossy(&units[column..column + token[2]])
            };
            shown.push_str(&format!("{}: {}\n", types[token[3]], text));
        }
        shown
    });
}

#[test]
fn a_quick_fix_fixes_what_is_reported() {
    each("actions", |editor, name, cursor| {
        let range =
            json!({ "range": { "start": cursor.position, "end": cursor.position }, "context": { "diagnostics": [] } });
        let answer = editor.at("textDocument/codeAction", name, cursor, range);
        let mut shown = String::new();
        for action in list(&answer) {
            let report = &action["diagnostics"][0];
            shown.push_str(&format!(
                "{}: {}\n",
                report["code"].as_str().unwrap_or_default(),
                action["title"].as_str().unwrap_or_default()
            ));
            let new = applied(&cursor.text, &list(&action["edit"]["changes"][uri(&path(name))]));
            for (old, new) in cursor.text.lines().zip(new.lines()).filter(|(old, new)| old != new) {
                shown.push_str(&format!("  {}\n  => {}\n", old.trim(), new.trim()));
            }
        }
        shown
    });
}

#[test]
fn formatting_leaves_the_text_as_fmt_writes_it() {
    each("formatting", |editor, name, cursor| {
        let options = json!({ "options": { "tabSize": 2, "insertSpaces": true } });
        let edits = list(&editor.at("textDocument/formatting", name, cursor, options));
        format!("{} edits\n{}", edits.len(), applied(&cursor.text, &edits))
    });
}

const PROJECT: &str = "project acme {\n  gitops { repo = \"github.com/acme/gitops\" }\n  github { webhook = \"https://hooks.acme.io\", credentials = github }\n}\nsecret github { keys = [\"token\", \"webhookSecret\"] }\nenvironment production\n";
const APP: &str = "app docs {\n  source = \"github.com/acme/docs\"\n  manifests { path = \"deploy\" }\n}\npipeline docs {\n  delivers = docs\n  on push\n  deploy in production\n  wait-for-sync in production\n}\n";

#[test]
fn errors_of_all_files_are_reported_while_one_is_edited() {
    let editor = Editor::start(vec![(path("project.pipe"), PROJECT.to_owned())]);
    editor.open("app.pipe", APP);
    assert_eq!(editor.reported(), Vec::<String>::new());
    // Not saved, and an error in a file that is not open.
    editor.change("app.pipe", &APP.replace("deploy in production", "deploy in prodution"));
    assert_eq!(editor.reported(), ["app.pipe:7:12 E0208"]);
    editor.open("project.pipe", &PROJECT.replace("environment production", "environment prodution"));
    assert_eq!(editor.reported(), ["app.pipe:8:19 E0208"]);
    editor.change("app.pipe", &APP.replace("production", "prodution"));
    assert_eq!(editor.reported(), Vec::<String>::new());
    // What is on disk counts again.
    editor.tell("textDocument/didClose", json!({ "textDocument": { "uri": uri(&path("project.pipe")) } }));
    assert_eq!(editor.reported(), ["app.pipe:7:12 E0208", "app.pipe:8:19 E0208"]);
    editor.stop();
}

#[test]
fn a_report_has_its_help_its_page_and_its_other_places() {
    let editor = Editor::start(vec![(path("project.pipe"), PROJECT.to_owned())]);
    // The column counts in UTF-16: the letter before it has two units.
    editor.open("app.pipe", &format!("{APP}app docs {{ source = \"𝄞\", manifests {{ path = \"x\" }} }}\n"));
    editor.reported();
    let said = editor.said.borrow();
    let report = said.iter().rev().find(|known| known.params["uri"] == uri(&path("app.pipe"))).expect("a report");
    let twice = list(&report.params["diagnostics"]).into_iter().find(|known| known["code"] == "E0204").expect("E0204");
    assert!(twice["message"].as_str().expect("a message").contains("\nhelp: "), "{twice}");
    assert_eq!(twice["relatedInformation"][0]["location"]["range"]["start"], json!({ "line": 0, "character": 4 }));
    let page = twice["codeDescription"]["href"].clone();
    let source = list(&report.params["diagnostics"]).into_iter().find(|known| known["code"] == "E0306").expect("E0306");
    // A letter of two units between its quotes.
    assert_eq!(source["range"]["start"]["character"], 20);
    assert_eq!(source["range"]["end"]["character"], 24);
    drop(said);
    let text = editor.ask("workspace/textDocumentContent", json!({ "uri": page }));
    assert!(text["text"].as_str().expect("a page").starts_with("# E0204: "));
    assert!(
        editor.ask("workspace/textDocumentContent", json!({ "uri": "pipelinec:/explain/E9999.md" }))["error"]
            .is_string()
    );
    editor.stop();
}

#[test]
fn each_program_of_a_workspace_is_one_of_its_own() {
    let other = |name: &str| format!("{ROOT}/{name}");
    let editor = Editor::start(vec![(other("project.pipe"), PROJECT.to_owned()), (other("app.pipe"), APP.to_owned())]);
    // A folder with a project is a program; its names are not those of the folder around it.
    editor.open("inner/project.pipe", PROJECT);
    editor.open("inner/app.pipe", &APP.replace("production", "nowhere"));
    let reported = editor.reported();
    assert_eq!(reported, ["app.pipe:7:12 E0208", "app.pipe:8:19 E0208"]);
    editor.stop();
}

#[test]
fn a_folder_counts_as_long_as_the_editor_shows_it() {
    let editor = Editor::start(vec![(path("project.pipe"), PROJECT.to_owned())]);
    editor.open("apps/app.pipe", APP);
    assert_eq!(editor.reported(), Vec::<String>::new());
    let folder = json!([{ "uri": uri(ROOT), "name": "shop" }]);
    // Without it, nothing says where the program ends: it is the folder of the file.
    editor.tell("workspace/didChangeWorkspaceFolders", json!({ "event": { "removed": folder, "added": [] } }));
    assert!(!editor.reported().is_empty(), "the project is no longer seen");
    editor.tell("workspace/didChangeWorkspaceFolders", json!({ "event": { "removed": [], "added": folder } }));
    assert_eq!(editor.reported(), Vec::<String>::new());
    // What is no event of the protocol changes nothing.
    editor.tell("workspace/didChangeWorkspaceFolders", json!({ "event": 7 }));
    assert_eq!(editor.reported(), Vec::<String>::new());
    editor.stop();
}

#[test]
fn an_editor_without_snippets_gets_plain_text() {
    let editor = Editor::with_capabilities(vec![(path("project.pipe"), PROJECT.to_owned())], json!({}));
    let cursor = cursor("app docs {\n  <|>\n}\n");
    editor.open("app.pipe", &cursor.text);
    let answer = list(&editor.at("textDocument/completion", "app.pipe", &cursor, Value::Null));
    assert!(answer.len() > 10);
    for item in answer {
        assert_eq!(item["insertTextFormat"], 1);
        assert!(!item["textEdit"]["newText"].as_str().expect("a text").contains('$'), "{item}");
    }
    editor.stop();
}

#[test]
fn every_request_is_answered_at_every_place_of_every_broken_text() {
    const METHODS: &[&str] = &[
        "completion",
        "hover",
        "definition",
        "references",
        "documentHighlight",
        "prepareRename",
        "rename",
        "documentSymbol",
        "foldingRange",
        "formatting",
        "codeAction",
        "inlayHint",
        "semanticTokens/full",
    ];
    let editor = Editor::start(Vec::new());
    let broken = files("errors", "pipe").into_iter().step_by(9);
    for (number, file) in broken.enumerate() {
        let text = std::fs::read_to_string(&file).expect("a text can be read");
        let name = format!("broken{number}.pipe");
        editor.open(&name, &text);
        for (line, content) in text.lines().enumerate().step_by(2) {
            let width = content.encode_utf16().count();
            for character in [0, width / 2, width, width + 9] {
                let at = json!({ "line": line, "character": character });
                let cursor = Cursor { text: String::new(), position: at.clone() };
                for method in METHODS {
                    let more = json!({ "newName": "other", "range": { "start": at, "end": at }, "context": {} });
                    let answer = editor.at(&format!("textDocument/{method}"), &name, &cursor, more);
                    let error = answer["error"].as_str().unwrap_or_default();
                    assert!(error.is_empty() || *method == "rename", "{method} in {}: {error}", file.display());
                }
            }
        }
        editor.tell("textDocument/didClose", json!({ "textDocument": { "uri": uri(&path(&name)) } }));
    }
    // Wrong requests are answered too, and the server lives.
    for (method, params) in [
        (
            "textDocument/hover",
            json!({ "textDocument": { "uri": "untitled:1" }, "position": { "line": 0, "character": 0 } }),
        ),
        (
            "textDocument/hover",
            json!({ "textDocument": { "uri": uri("/nowhere/x.pipe") }, "position": { "line": 4_000_000_000u32, "character": 7 } }),
        ),
        ("textDocument/hover", json!(null)),
    ] {
        assert_eq!(editor.ask(method, params), Value::Null);
    }
    editor.open("x.pipe", "app");
    assert!(
        editor.ask("textDocument/hover", json!({ "textDocument": { "uri": uri(&path("x.pipe")) } }))["error"]
            .is_string()
    );
    assert!(
        editor.ask("textDocument/willSave", json!({}))["error"]
            .as_str()
            .is_some_and(|error| error.contains("no method"))
    );
    editor.stop();
}
