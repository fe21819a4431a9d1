// The extension as it is packaged, in a stand-in for the editor, with the real server.

const assert = require("node:assert/strict");
const fs = require("node:fs");
const os = require("node:os");
const path = require("node:path");
const test = require("node:test");
const { root } = require("./grammar");
const { editor } = require("./vscode");
const { findProgram } = require("../src/program");

const server = process.env.PIPELINEC ?? findProgram("pipelinec", undefined);
const skip = server === undefined && "there is no program `pipelinec`: name it with PIPELINEC";

test("the packaged extension starts the server, shows its diagnostics, and restarts it", { skip }, async (t) => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "pipelinec-"));
  t.after(() => fs.rmSync(folder, { recursive: true }));
  const text = "app web {\n  sauce = \"github.com/acme/web\"\n}\n";
  const world = editor({ folder, file: "web.pipe", text, setting: "no-such-pipelinec" });
  // The built file is not a source, so its types are those of the source.
  const built = path.join(root, "dist", "extension.js");
  const { activate, deactivate } = /** @type {typeof import("../src/extension")} */ (require(built));
  const context = /** @type {import("vscode").ExtensionContext} */ (/** @type {unknown} */ ({ subscriptions: [] }));

  // Without the program, a message says what to do, and nothing fails.
  await activate(context);
  assert.equal(world.messages.length, 1);
  assert.match(world.messages[0], /The program "no-such-pipelinec" was not found.*"pipelinec.path"/);

  // The setting is changed: now it starts.
  const reported = () => new Promise((resolve) => world.reports.event(resolve));
  world.state.setting = /** @type {string} */ (server);
  let report = reported();
  world.changed.fire({ affectsConfiguration: () => true });
  await report;
  const diagnostic = world.reported.get("web.pipe")?.find((known) => known.message.includes("sauce"));
  assert.ok(diagnostic, JSON.stringify([...world.reported]));
  assert.equal(diagnostic.code.target.toString(), `pipelinec:/explain/${diagnostic.code.value}.md`);

  // The link of the code leads to a page that the server writes.
  const page = await world.pages.get("pipelinec").provideTextDocumentContent(diagnostic.code.target, {});
  assert.match(page, /^# /);

  // Two restarts at once leave one server.
  report = reported();
  const restart = /** @type {() => Promise<void>} */ (world.commands.get("pipelinec.restart"));
  await Promise.all([restart(), restart()]);
  await report;
  assert.equal(world.log.filter((line) => line.startsWith("starting")).length, 3, world.log.join("\n"));
  assert.equal(world.pages.size, 1);

  // A program that is not a server is reported.
  world.state.setting = process.execPath;
  await restart();
  assert.equal(world.messages.length, 2, world.messages.join("\n"));
  assert.match(world.messages[1], /failed to start/);
  await deactivate();
  assert.equal(world.pages.size, 0);
});
