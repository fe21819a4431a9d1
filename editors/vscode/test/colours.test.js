// The grammar and the server agree on the highlighting of every word, so that no word changes its colour when the server
// has responded.

const assert = require("node:assert/strict");
const fs = require("node:fs");
const path = require("node:path");
const test = require("node:test");
const { spawn } = require("node:child_process");
const { pathToFileURL } = require("node:url");
const { createProtocolConnection, StreamMessageReader, StreamMessageWriter } = require("vscode-languageserver-protocol/node");
const { load, tokens, files, root } = require("./grammar");
const { findProgram } = require("../src/program");

const server = process.env.PIPELINEC ?? findProgram("pipelinec", undefined);
const skip = server === undefined && "there is no program `pipelinec`: name it with PIPELINEC";
const repository = path.join(root, "..", "..");

// The scope that VS Code uses for a token type for which a theme defines no colour.
const scopes = new Map([
  ["keyword", "keyword.control"],
  ["property", "variable.other.property"],
  ["type", "entity.name.type"],
  ["variable", "variable.other.readwrite"],
  ["enumMember", "variable.other.enummember"],
  ["number", "constant.numeric"],
]);

test("the grammar gives the colours that the server gives", { skip }, async (t) => {
  const grammar = await load();
  const child = spawn(/** @type {string} */ (server), ["lsp"], { stdio: ["pipe", "pipe", "inherit"] });
  t.after(() => child.kill());
  const connection = createProtocolConnection(
    new StreamMessageReader(child.stdout),
    new StreamMessageWriter(child.stdin),
  );
  connection.listen();
  const folders = { workspaceFolders: [], rootUri: null, processId: null, capabilities: {} };
  const answer = await connection.sendRequest("initialize", folders);
  const legend = /** @type {any} */ (answer).capabilities.semanticTokensProvider.legend.tokenTypes;
  await connection.sendNotification("initialized", {});

  let count = 0;
  const examples = files(path.join(repository, "examples"), ".pipe");
  for (const file of [...examples, path.join(__dirname, "grammar", "words.pipe")]) {
    const uri = pathToFileURL(file).toString();
    const text = fs.readFileSync(file, "utf8");
    const read = tokens(grammar, text);
    const textDocument = { uri, languageId: "pipe", version: 1, text };
    await connection.sendNotification("textDocument/didOpen", { textDocument });
    const answer = await connection.sendRequest("textDocument/semanticTokens/full", { textDocument: { uri } });
    const { data } = /** @type {{ data: number[] }} */ (answer);
    let [line, column] = [0, 0];
    for (let at = 0; at < data.length; at += 5) {
      column = data[at] === 0 ? column + data[at + 1] : data[at + 1];
      line += data[at];
      const wanted = scopes.get(legend[data[at + 3]]);
      const token = read[line].find((known) => known.start <= column && column < known.end);
      const place = `${file}:${line + 1}:${column + 1} "${token?.text}" is ${token?.scopes}, not ${wanted}`;
      assert.ok(wanted && token?.scopes.some((scope) => scope.startsWith(wanted)), place);
      count += 1;
    }
  }
  assert.ok(count > 200, `only ${count} words were compared`);
  await connection.sendRequest("shutdown");
  await connection.sendNotification("exit");
  await new Promise((resolve) => child.once("exit", resolve));
  connection.dispose();
});
