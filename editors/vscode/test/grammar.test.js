// The highlighting of the grammar. A fixture says below a line what it must be: `#   ^^^ scope` is the innermost scope of
// the text above the carets, `#   ^^^ -` says that it has no scope.

const assert = require("node:assert/strict");
const fs = require("node:fs");
const path = require("node:path");
const test = require("node:test");
const { load, tokens, files, root } = require("./grammar");

const repository = path.join(root, "..", "..");
const grammar = load();

for (const file of files(path.join(__dirname, "grammar"), ".pipe")) {
  test(`the colours of ${path.basename(file)}`, async () => {
    const lines = fs.readFileSync(file, "utf8").split("\n");
    const isAssertion = (/** @type {string} */ line) => /^#\s*\^+ \S+$/.test(line);
    // The text is read without its assertions: a comment in column 0 occurs nowhere else in it.
    const text = lines.filter((line) => !isAssertion(line));
    const read = tokens(await grammar, text.join("\n"));
    let above = -1;
    let count = 0;
    for (const [number, line] of lines.entries()) {
      if (!isAssertion(line)) {
        above += 1;
        continue;
      }
      const [, carets, scope] = /** @type {RegExpMatchArray} */ (line.match(/(\^+) (\S+)$/));
      const from = line.indexOf("^");
      count += 1;
      for (let column = from; column < from + carets.length; column += 1) {
        const token = read[above].find((known) => known.start <= column && column < known.end);
        const found = token?.scopes.slice(1).at(-1)?.replace(/\.pipe$/, "") ?? "-";
        const place = `${path.basename(file)}:${number + 1}: column ${column + 1} of "${text[above]}"`;
        assert.equal(found, scope, place);
      }
    }
    assert.ok(count > 0, "a fixture asserts something");
  });
}

test("the examples have nothing invalid, and no word without a colour", async () => {
  const examples = files(path.join(repository, "examples"), ".pipe");
  assert.ok(examples.length > 2);
  for (const file of examples) {
    const read = tokens(await grammar, fs.readFileSync(file, "utf8"));
    for (const [line, list] of read.entries()) {
      for (const token of list) {
        const place = `${file}:${line + 1}: "${token.text}" is ${token.scopes.join(" ")}`;
        assert.ok(!token.scopes.some((scope) => scope.startsWith("invalid")), place);
        assert.ok(token.scopes.length > 1 || !/[A-Za-z0-9"]/.test(token.text), place);
      }
    }
  }
});

test("the next declaration is highlighted correctly after whatever was left open before it", async () => {
  const open = ["app {", "app a { x = [", 'app a { x = "', 'app a { x = """', 'x = { y = [ { "${', "x = ["];
  for (const before of open) {
    const read = tokens(await grammar, `${before}\npipeline web {\n  build\n}`);
    assert.equal(read[1][0].text, "pipeline", before);
    assert.deepEqual(read[1][0].scopes, ["source.pipe", "keyword.control.declaration.pipe"], before);
    const build = read[2].find((token) => token.text === "build");
    assert.equal(build?.scopes.at(-1), "keyword.control.stage.pipe", before);
  }
});

test("a long or deep line is read quickly enough to be read at all", async () => {
  const hostile = [
    '"'.repeat(20000),
    "{".repeat(5000),
    "[".repeat(5000),
    "a.".repeat(10000),
    "1h".repeat(10000) + "!",
    "${".repeat(10000),
    "\\".repeat(20001),
    "app ".repeat(5000),
    " ".repeat(20000) + "x",
    "'".repeat(20001),
  ];
  for (const line of hostile) {
    const read = tokens(await grammar, `${line}\n\napp web`);
    assert.equal(read[2][0].scopes.at(-1), "keyword.control.declaration.pipe", line.slice(0, 10));
  }
});

test("a program in Markdown has the colours of one", async () => {
  const markdown = await load("markdown.pipe.codeblock");
  const read = tokens(markdown, "text\n\n```pipe,part\napp web { path = \"x\" }\n```\napp web\n");
  assert.ok(read[3][0].scopes.includes("keyword.control.declaration.pipe"));
  assert.ok(read[3][0].scopes.includes("meta.embedded.block.pipe"));
  assert.deepEqual(read[5][0].scopes, ["markdown.pipe.codeblock"]);
});
