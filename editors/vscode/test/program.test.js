// Which program is started.

const assert = require("node:assert/strict");
const fs = require("node:fs");
const os = require("node:os");
const path = require("node:path");
const test = require("node:test");
const { findProgram } = require("../src/program");

/** @param {string} file */
function program(file) {
  fs.mkdirSync(path.dirname(file), { recursive: true });
  fs.writeFileSync(file, "");
  fs.chmodSync(file, 0o755);
  return file;
}

test("a name is looked up on PATH, and nowhere else", (t) => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "pipelinec-"));
  t.after(() => fs.rmSync(folder, { recursive: true }));
  const [first, second, open] = ["first", "second", "open"].map((name) => path.join(folder, name));
  fs.mkdirSync(path.join(first, "some-pipelinec"), { recursive: true });
  const wanted = program(path.join(second, "some-pipelinec"));
  program(path.join(open, "some-pipelinec"));
  program(path.join(open, "other-pipelinec"));
  const env = { PATH: [".", "", path.relative(process.cwd(), open), first, second].join(":") };
  assert.equal(findProgram("some-pipelinec", open, env, "linux"), wanted);
  assert.equal(findProgram(" some-pipelinec ", open, env, "linux"), wanted);
  assert.equal(findProgram("other-pipelinec", open, env, "linux"), undefined);
  assert.equal(findProgram("some-pipelinec", open, {}, "linux"), undefined);
});

test("a file that cannot be run is not the program", (t) => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "pipelinec-"));
  t.after(() => fs.rmSync(folder, { recursive: true }));
  const file = program(path.join(folder, "pipelinec"));
  fs.chmodSync(file, 0o644);
  assert.equal(findProgram(file, undefined), undefined);
  assert.equal(findProgram(folder, undefined), undefined);
});

test("a path is seen from the folder of the workspace", (t) => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "pipelinec-"));
  t.after(() => fs.rmSync(folder, { recursive: true }));
  const wanted = program(path.join(folder, "target", "pipelinec"));
  for (const written of [wanted, "target/pipelinec", "./target/pipelinec", "${workspaceFolder}/target/pipelinec"]) {
    assert.equal(findProgram(written, folder, {}, "linux"), wanted, written);
  }
  for (const written of ["target/pipelinec", "${workspaceFolder}/target/pipelinec"]) {
    assert.equal(findProgram(written, undefined, {}, "linux"), undefined, written);
  }
  const home = path.relative(os.homedir(), wanted);
  assert.equal(findProgram(`~/${home}`, undefined, {}, "linux"), wanted);
});

test("on Windows a name may leave out its ending", (t) => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "pipelinec-"));
  t.after(() => fs.rmSync(folder, { recursive: true }));
  const wanted = program(path.join(folder, "some-pipelinec.EXE"));
  const env = { Path: folder, PATHEXT: ".COM;.EXE" };
  assert.equal(findProgram("some-pipelinec", undefined, env, "win32"), wanted);
  assert.equal(findProgram("some-pipelinec", undefined, { Path: folder }, "win32"), wanted);
});
