//! The language server: the protocol over [`crate::ide`], on standard input and output.
//!
//! A request that fails, even by a panic, is answered with an error, and the server continues. Diagnostics are sent when
//! the editor sends a request or is idle, so that a fast typist is not checked at every character.

mod convert;
mod requests;
mod workspace;

pub use workspace::Load;

use convert::path;
use gen_lsp_types as lsp;
use lsp_server::{Connection, ErrorCode, Message, Notification, Request, Response};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use workspace::Workspace;

/// Why the server ends before the editor says so.
pub type Failure = Box<dyn std::error::Error + Send + Sync>;

/// Serves one editor until it says goodbye. `load` reads the sources of a folder.
///
/// # Errors
/// When the editor does not speak the protocol, or disconnects.
pub fn serve(connection: &Connection, load: &Load) -> Result<(), Failure> {
    let (id, params) = connection.initialize_start()?;
    let params: lsp::InitializeParams = serde_json::from_value(params)?;
    let answer = json!({
        "capabilities": requests::capabilities(),
        "serverInfo": { "name": "pipelinec", "version": env!("CARGO_PKG_VERSION") },
    });
    connection.initialize_finish(id, answer)?;
    let client = Client::of(&params);
    let mut server = Server {
        connection,
        workspace: Workspace::new(folders(&params), load),
        client,
        reported: BTreeSet::new(),
        changed: false,
    };
    for message in &connection.receiver {
        match message {
            Message::Request(request) => {
                if connection.handle_shutdown(&request)? {
                    return Ok(());
                }
                server.report_changes()?;
                let answer = server.answer(request);
                connection.sender.send(Message::Response(answer))?;
            }
            Message::Notification(notification) => server.notice(notification),
            Message::Response(_) => {}
        }
        if connection.receiver.is_empty() {
            server.report_changes()?;
        }
    }
    Ok(())
}

/// What the editor can do with an answer.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Client {
    /// Whether it fills in the places of a snippet.
    snippets: bool,
}

impl Client {
    fn of(params: &lsp::InitializeParams) -> Self {
        let capabilities = serde_json::to_value(&params.capabilities).unwrap_or_default();
        let snippets = capabilities.pointer("/textDocument/completion/completionItem/snippetSupport");
        Self { snippets: snippets == Some(&Value::Bool(true)) }
    }
}

/// The folders that the editor shows.
fn folders(params: &lsp::InitializeParams) -> Vec<PathBuf> {
    let params = serde_json::to_value(params).unwrap_or_default();
    let listed = listed(&params["workspaceFolders"]);
    if listed.is_empty() { folder(&params["rootUri"]).into_iter().collect() } else { listed }
}

/// The paths of a list of folders of the protocol.
fn listed(folders: &Value) -> Vec<PathBuf> {
    folders.as_array().into_iter().flatten().filter_map(|known| folder(&known["uri"])).collect()
}

fn folder(uri: &Value) -> Option<PathBuf> {
    path(&lsp::Uri(uri.as_str()?.to_owned())).map(PathBuf::from)
}

struct Server<'a> {
    connection: &'a Connection,
    workspace: Workspace<'a>,
    client: Client,
    /// The files of which something is reported.
    reported: BTreeSet<String>,
    /// Whether something has changed since.
    changed: bool,
}

impl Server<'_> {
    fn answer(&mut self, request: Request) -> Response {
        let Request { id, method, params } = request;
        let client = self.client;
        let result = catch_unwind(AssertUnwindSafe(|| requests::answer(&mut self.workspace, client, &method, params)));
        match result {
            Ok(Ok(Some(value))) => Response::new_ok(id, value),
            Ok(Ok(None)) => Response::new_err(id, ErrorCode::MethodNotFound as i32, format!("no method `{method}`")),
            Ok(Err(error)) => Response::new_err(id, error.code as i32, error.message),
            Err(_) => {
                self.workspace.forget();
                Response::new_err(id, ErrorCode::InternalError as i32, format!("`{method}` failed"))
            }
        }
    }

    fn notice(&mut self, notification: Notification) {
        let Notification { method, params } = notification;
        let document = |params: &Value| {
            let uri = params["textDocument"]["uri"].as_str()?;
            path(&lsp::Uri(uri.to_owned()))
        };
        match method.as_str() {
            "textDocument/didOpen" => {
                if let (Some(path), Some(text)) = (document(&params), params["textDocument"]["text"].as_str()) {
                    self.workspace.set(&path, text.to_owned());
                }
            }
            "textDocument/didChange" => {
                // The server asks for complete texts, so the last change is the text.
                let text = params["contentChanges"].as_array().and_then(|list| list.last()?["text"].as_str());
                if let (Some(path), Some(text)) = (document(&params), text) {
                    self.workspace.set(&path, text.to_owned());
                }
            }
            "textDocument/didClose" => {
                if let Some(path) = document(&params) {
                    self.workspace.close(&path);
                }
            }
            "workspace/didChangeWorkspaceFolders" => {
                let event = &params["event"];
                self.workspace.change_folders(&listed(&event["removed"]), listed(&event["added"]));
            }
            "textDocument/didSave" | "workspace/didChangeWatchedFiles" => self.workspace.forget(),
            _ => return,
        }
        self.changed = true;
    }

    /// Sends what is to be said of all files of the programs that are open, and takes back what no longer is.
    fn report_changes(&mut self) -> Result<(), Failure> {
        if !std::mem::take(&mut self.changed) {
            return Ok(());
        }
        let mut list = Vec::new();
        let made = catch_unwind(AssertUnwindSafe(|| requests::reports(&mut self.workspace)));
        if let Ok(made) = made {
            list = made;
        } else {
            self.workspace.forget();
        }
        let mut now = BTreeSet::new();
        for (path, diagnostics) in list {
            let was = self.reported.contains(&path);
            if !diagnostics.is_empty() || was || self.workspace.text(&path).is_some() {
                self.publish(&path, diagnostics)?;
            }
            now.insert(path);
        }
        for gone in self.reported.difference(&now).cloned().collect::<Vec<_>>() {
            self.publish(&gone, Vec::new())?;
        }
        self.reported = now;
        for why in std::mem::take(&mut self.workspace.failures) {
            self.send("window/showMessage", json!({ "type": 2, "message": why }))?;
        }
        Ok(())
    }

    fn publish(&self, path: &str, diagnostics: Vec<lsp::Diagnostic>) -> Result<(), Failure> {
        self.send("textDocument/publishDiagnostics", json!({ "uri": convert::uri(path), "diagnostics": diagnostics }))
    }

    fn send(&self, method: &str, params: Value) -> Result<(), Failure> {
        Ok(self.connection.sender.send(Message::Notification(Notification::new(method.to_owned(), params)))?)
    }
}
