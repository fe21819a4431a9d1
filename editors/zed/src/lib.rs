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
            "there is no program `pipelinec` on PATH: install it, or name it with `lsp.pipelinec.binary.path` in the settings",
        )?;
        Ok(Command { command, args: vec!["lsp".to_owned()], env: worktree.shell_env() })
    }
}

zed::register_extension!(Pipelinec);
