// The extension: starts `pipelinec lsp` and talks to it. All knowledge of the language is in the server.

const vscode = require("vscode");
const { LanguageClient, RevealOutputChannelOn } = require("vscode-languageclient/node");
const { findProgram } = require("./program");

/** The extension reports a failed start once, with what to do about it; the client would report it repeatedly. */
class Client extends LanguageClient {
  started = false;

  /**
   * @param {string} message
   * @param {unknown} data
   * @param {boolean | "force"} show
   */
  error(message, data, show = true) {
    super.error(message, data, this.started && show);
  }
}

/** @type {Client | undefined} */
let client;

/** Requests are handled one after the other: two concurrent restarts would leave a server behind. */
let queue = Promise.resolve();

/** @param {vscode.ExtensionContext} context */
async function activate(context) {
  const output = vscode.window.createOutputChannel("pipelinec", { log: true });
  const restart = () => {
    queue = queue.then(() => stop()).then(() => start(output));
    return queue;
  };
  context.subscriptions.push(
    output,
    vscode.commands.registerCommand("pipelinec.restart", restart),
    vscode.commands.registerCommand("pipelinec.showOutput", () => output.show()),
    vscode.workspace.onDidChangeConfiguration((change) => {
      if (change.affectsConfiguration("pipelinec.path")) {
        void restart();
      }
    }),
    // In an untrusted folder, its settings are ignored; from now on, they are not.
    vscode.workspace.onDidGrantWorkspaceTrust(() => void restart()),
  );
  await restart();
}

async function deactivate() {
  queue = queue.then(() => stop());
  await queue;
}

/** @param {vscode.LogOutputChannel} output */
async function start(output) {
  const setting = vscode.workspace.getConfiguration("pipelinec").get("path", "pipelinec");
  const folder = vscode.workspace.workspaceFolders?.find((known) => known.uri.scheme === "file")?.uri.fsPath;
  const program = findProgram(setting, folder);
  if (program === undefined) {
    void missing(setting);
    return;
  }
  output.info(`starting ${program} lsp`);
  const selector = [
    { scheme: "file", language: "pipe" },
    { scheme: "untitled", language: "pipe" },
  ];
  const server = { command: program, args: ["lsp"] };
  client = new Client(
    "pipelinec",
    "pipelinec",
    { run: server, debug: server },
    {
      documentSelector: selector,
      outputChannel: output,
      // Failures are reported once in a message; the output does not open by itself.
      revealOutputChannelOn: RevealOutputChannelOn.Never,
      initializationFailedHandler: () => false,
      synchronize: { fileEvents: vscode.workspace.createFileSystemWatcher("**/*.pipe") },
    },
  );
  try {
    await client.start();
    client.started = true;
  } catch (error) {
    client = undefined;
    void failed(program, error, output);
  }
}

async function stop() {
  const running = client;
  client = undefined;
  try {
    await running?.dispose();
  } catch {
    // It has already ended, or never started.
  }
}

/** @param {string} setting */
async function missing(setting) {
  const set = "Set the path";
  const message =
    `The program "${setting}" was not found. Install pipelinec, or set its path in the setting "pipelinec.path". ` +
    "Until then, only syntax highlighting and snippets are available.";
  if ((await vscode.window.showErrorMessage(message, set)) === set) {
    await vscode.commands.executeCommand("workbench.action.openSettings", "pipelinec.path");
  }
}

/**
 * @param {string} program
 * @param {unknown} error
 * @param {vscode.LogOutputChannel} output
 */
async function failed(program, error, output) {
  const [set, show] = ["Set the path", "Show the output"];
  const why = error instanceof Error ? error.message : String(error);
  output.error(why);
  const message = `"${program} lsp" failed to start: ${why}`;
  const chosen = await vscode.window.showErrorMessage(message, set, show);
  if (chosen === set) {
    await vscode.commands.executeCommand("workbench.action.openSettings", "pipelinec.path");
  } else if (chosen === show) {
    output.show();
  }
}

module.exports = { activate, deactivate };
