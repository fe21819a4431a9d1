// A stand-in for the module `vscode`, which is only there inside the editor: as much of it as the client needs to start a
// server and to communicate with it. Whatever the tests do not use is a value that can be called and constructed.

const path = require("node:path");
const Module = require("node:module");

class Disposable {
  /** @param {() => void} dispose */
  constructor(dispose) {
    this.dispose = dispose;
  }
  /** @param {{ dispose: () => void }[]} list */
  static from(...list) {
    return new Disposable(() => list.forEach((one) => one.dispose()));
  }
}

class EventEmitter {
  /** @type {Set<(value: any) => any>} */
  listeners = new Set();
  event = (/** @type {any} */ listener, /** @type {any} */ self = undefined) => {
    const bound = self ? listener.bind(self) : listener;
    this.listeners.add(bound);
    return new Disposable(() => this.listeners.delete(bound));
  };
  /** @param {any} value */
  fire(value) {
    for (const listener of [...this.listeners]) {
      listener(value);
    }
  }
  dispose() {
    this.listeners.clear();
  }
}

class Uri {
  /**
   * @param {string} scheme
   * @param {string} place
   */
  constructor(scheme, place) {
    this.scheme = scheme;
    this.path = place;
    this.fsPath = place;
    this.authority = this.query = this.fragment = "";
  }
  /** @param {string} text */
  static parse(text) {
    const [, scheme, place] = /** @type {RegExpMatchArray} */ (text.match(/^([a-z]+):(?:\/\/)?(.*)$/));
    return new Uri(scheme, decodeURIComponent(place));
  }
  /** @param {string} file */
  static file(file) {
    return new Uri("file", file);
  }
  toString() {
    return `${this.scheme}:${this.scheme === "file" ? "//" : ""}${encodeURI(this.path)}`;
  }
}

class Position {
  /**
   * @param {number} line
   * @param {number} character
   */
  constructor(line, character) {
    this.line = line;
    this.character = character;
  }
}

class Range {
  /**
   * @param {number} line
   * @param {number} character
   * @param {number} endLine
   * @param {number} endCharacter
   */
  constructor(line, character, endLine, endCharacter) {
    this.start = new Position(line, character);
    this.end = new Position(endLine, endCharacter);
  }
}

class Diagnostic {
  /**
   * @param {Range} range
   * @param {string} message
   * @param {number} severity
   */
  constructor(range, message, severity) {
    Object.assign(this, { range, message, severity });
  }
}

class CancellationTokenSource {
  token = { isCancellationRequested: false, onCancellationRequested: () => new Disposable(() => {}) };
  cancel() {}
  dispose() {}
}

/**
 * An object that answers for every name: what is given, else something that can be called, constructed and extended.
 *
 * @param {string} name
 * @param {Record<string, any>} given
 */
function standIn(name, given = {}) {
  const cache = new Map(Object.entries(given));
  return new Proxy(class {}, {
    get(target, key) {
      if (key === "prototype") {
        return target.prototype;
      }
      // It is not a promise. As a module it is used as it is, because it has no list of names to copy.
      if (typeof key !== "string" || key === "then") {
        return undefined;
      }
      if (key === "__esModule") {
        return true;
      }
      if (!cache.has(key)) {
        cache.set(key, /^on[A-Z]/.test(key) ? new EventEmitter().event : standIn(`${name}.${key}`));
      }
      return cache.get(key);
    },
    apply: () => new Disposable(() => {}),
  });
}

/**
 * An editor with one folder and one document in it.
 *
 * @param {{ folder: string, file: string, text: string, setting: string }} what
 */
function editor({ folder, file, text, setting }) {
  const state = {
    setting,
    /** @type {string[]} */
    messages: [],
    /** @type {string[]} */
    log: [],
    /** @type {Map<string, any>} */
    pages: new Map(),
    /** @type {Map<string, () => Promise<void>>} */
    commands: new Map(),
    /** @type {Map<string, any[]>} */
    reported: new Map(),
    changed: new EventEmitter(),
    reports: new EventEmitter(),
  };
  const document = {
    uri: Uri.file(path.join(folder, file)),
    fileName: path.join(folder, file),
    languageId: "pipe",
    version: 1,
    getText: () => text,
  };
  const settings = { path: () => state.setting };
  const output = standIn("output", {
    info: (/** @type {string} */ line) => state.log.push(line),
    error: (/** @type {string} */ line) => state.log.push(line),
  });
  const vscode = standIn("vscode", {
    Disposable,
    EventEmitter,
    Uri,
    Position,
    Range,
    Diagnostic,
    CancellationTokenSource,
    DiagnosticSeverity: { Error: 0, Warning: 1, Information: 2, Hint: 3 },
    version: "1.91.0",
    env: { appName: "a stand-in", language: "en" },
    commands: {
      registerCommand: (/** @type {string} */ name, /** @type {any} */ run) => {
        state.commands.set(name, run);
        return new Disposable(() => state.commands.delete(name));
      },
      executeCommand: async () => undefined,
    },
    window: standIn("window", {
      createOutputChannel: () => output,
      showErrorMessage: async (/** @type {string} */ message) => void state.messages.push(message),
      tabGroups: { all: [], onDidChangeTabs: new EventEmitter().event, onDidChangeTabGroups: new EventEmitter().event },
      visibleTextEditors: [],
      activeTextEditor: undefined,
    }),
    workspace: standIn("workspace", {
      workspaceFolders: [{ uri: Uri.file(folder), name: path.basename(folder), index: 0 }],
      textDocuments: [document],
      notebookDocuments: [],
      onDidChangeConfiguration: state.changed.event,
      getConfiguration: () => ({
        get: (/** @type {"path"} */ key, /** @type {any} */ otherwise) => settings[key]?.() ?? otherwise,
      }),
      createFileSystemWatcher: () => standIn("watcher"),
      registerTextDocumentContentProvider: (/** @type {string} */ scheme, /** @type {any} */ provider) => {
        state.pages.set(scheme, provider);
        return new Disposable(() => state.pages.delete(scheme));
      },
    }),
    languages: standIn("languages", {
      match: () => 10,
      createDiagnosticCollection: () => ({
        set: (/** @type {Uri} */ uri, /** @type {any[]} */ list) => {
          state.reported.set(path.basename(uri.path), list ?? []);
          state.reports.fire(uri);
        },
        clear: () => state.reported.clear(),
        delete() {},
        dispose() {},
      }),
    }),
  });
  const load = /** @type {any} */ (Module)._load;
  /** @type {any} */ (Module)._load = (/** @type {string} */ name, /** @type {any[]} */ ...rest) =>
    name === "vscode" ? vscode : load.call(Module, name, ...rest);
  return { ...state, state, Uri };
}

module.exports = { editor };
