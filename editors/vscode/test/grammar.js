// Reads texts as VS Code does: the grammar for colours, with the same libraries.

const fs = require("node:fs");
const path = require("node:path");
const oniguruma = require("vscode-oniguruma");
const textmate = require("vscode-textmate");

const root = path.join(__dirname, "..");

/**
 * @typedef {{ start: number, end: number, text: string, scopes: string[] }} Token
 */

/** @returns {Promise<textmate.IGrammar>} */
async function load(scope = "source.pipe") {
  const wasm = fs.readFileSync(require.resolve("vscode-oniguruma/release/onig.wasm"));
  await oniguruma.loadWASM(wasm.buffer.slice(wasm.byteOffset, wasm.byteOffset + wasm.byteLength));
  /** @type {{ scopeName: string, path: string }[]} */
  const known = require("../package.json").contributes.grammars;
  const registry = new textmate.Registry({
    onigLib: Promise.resolve({
      createOnigScanner: (patterns) => new oniguruma.OnigScanner(patterns),
      createOnigString: (text) => new oniguruma.OnigString(text),
    }),
    loadGrammar: async (name) => {
      const file = known.find((grammar) => grammar.scopeName === name)?.path;
      return file ? textmate.parseRawGrammar(fs.readFileSync(path.join(root, file), "utf8"), file) : null;
    },
  });
  const grammar = await registry.loadGrammar(scope);
  if (!grammar) {
    throw new Error(`there is no grammar ${scope}`);
  }
  return grammar;
}

/**
 * The tokens of each line.
 *
 * @param {textmate.IGrammar} grammar
 * @param {string} text
 * @returns {Token[][]}
 */
function tokens(grammar, text) {
  let state = textmate.INITIAL;
  return text.split(/\r?\n/).map((line) => {
    const read = grammar.tokenizeLine(line, state);
    state = read.ruleStack;
    return read.tokens.map(({ startIndex, endIndex, scopes }) => {
      const end = Math.min(endIndex, line.length);
      return { start: startIndex, end, text: line.slice(startIndex, end), scopes };
    });
  });
}

/**
 * The files of a folder with an ending, and of those below it.
 *
 * @param {string} folder
 * @param {string} ending
 */
function files(folder, ending) {
  const entries = fs.readdirSync(folder, { recursive: true, encoding: "utf8" });
  return entries.filter((name) => name.endsWith(ending)).sort().map((name) => path.join(folder, name));
}

module.exports = { load, tokens, files, root };
