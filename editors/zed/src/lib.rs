//! Tells Zed how to start `pipelinec lsp`.

use zed_extension_api::settings::LspSettings;
use zed_extension_api::{self as zed, Command, LanguageServerId, Result, Worktree};

struct Pipelinec;

impl zed::Extension for Pipelinec {
    fn new() -> Self {
        Self
    }

    fn language_server_command(&mut self, server: &LanguageServerId, worktree: &Worktree) -> Result<Command> {
        let set = LspSettings::for_worktree(server.as_ref(), worktree).ok().and_then(|settings| settings.binary);
        let command = set.and_then(|binary| binary.path).or_else(|| worktree.which("pipelinec"));
        let command = command.ok_or(
            "`pipelinec` was not found on PATH: install it, or set `lsp.pipelinec.binary.path` in the settings",
        )?;
        if !is_trusted(&command, &worktree.root_path()) {
            return Err(format!(
                "`{command}` was not started: the setting must be the full path of a program named `pipelinec` outside the open folder"
            ));
        }
        Ok(Command { command, args: vec!["lsp".to_owned()], env: worktree.shell_env() })
    }
}

/// Whether a program may be started. The settings of a folder come with it, so they are untrusted: `/bin/sh lsp` would run
/// a file of that folder.
fn is_trusted(command: &str, root: &str) -> bool {
    // Windows paths are possible as well, although this is compiled to WebAssembly.
    let slashed = |path: &str| path.replace('\\', "/").to_lowercase();
    let (command, root) = (slashed(command), slashed(root));
    let parts: Vec<_> = command.split('/').collect();
    let is_absolute = command.starts_with('/') || parts[0].ends_with(':');
    let is_plain = parts.iter().all(|part| !matches!(*part, "." | ".."));
    let is_ours = matches!(parts.last(), Some(&("pipelinec" | "pipelinec.exe")));
    is_absolute && is_plain && is_ours && !command.starts_with(&format!("{}/", root.trim_end_matches('/')))
}

zed::register_extension!(Pipelinec);
