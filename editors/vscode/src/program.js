// Which program is started: the setting `pipelinec.path` → a file that can be run.

const fs = require("node:fs");
const os = require("node:os");
const path = require("node:path");

/**
 * The file that a setting means, or `undefined` if there is none that can be run.
 *
 * A name alone is looked up on PATH. Everything else is a path, seen from the first folder of the workspace: never from the
 * folder in which the editor happened to be started.
 *
 * @param {string} setting
 * @param {string | undefined} folder the first folder of the workspace
 * @param {NodeJS.ProcessEnv} env
 * @param {NodeJS.Platform} platform
 * @returns {string | undefined}
 */
function findProgram(setting, folder, env = process.env, platform = process.platform) {
  const written = setting.trim() || "pipelinec";
  const endings = platform === "win32" ? ["", ...(env.PATHEXT ?? ".EXE").split(";")] : [""];
  const isName = !/[\\/]/.test(written) && !written.startsWith("~") && !written.includes("${");
  const places = isName ? onPath(written, env, platform) : [asPath(written, folder)];
  for (const place of places) {
    const found = place && endings.map((ending) => place + ending).find(canRun);
    if (found) {
      return found;
    }
  }
  return undefined;
}

/**
 * Where a name may be. Entries of PATH that are not absolute are skipped: a program in the folder that is open
 * must not be started without consent.
 *
 * @param {string} name
 * @param {NodeJS.ProcessEnv} env
 * @param {NodeJS.Platform} platform
 */
function onPath(name, env, platform) {
  const list = Object.entries(env).find(([key]) => key.toUpperCase() === "PATH")?.[1] ?? "";
  const folders = list.split(platform === "win32" ? ";" : ":").filter((entry) => path.isAbsolute(entry));
  // An editor that was started from a desktop often has a PATH without what the shell adds.
  folders.push(path.join(os.homedir(), ".cargo", "bin"));
  return folders.map((entry) => path.join(entry, name));
}

/**
 * @param {string} written
 * @param {string | undefined} folder
 */
function asPath(written, folder) {
  let text = written.replace(/^~(?=[\\/]|$)/, os.homedir());
  if (text.includes("${workspaceFolder}")) {
    if (folder === undefined) {
      return undefined;
    }
    text = text.replaceAll("${workspaceFolder}", folder);
  }
  if (path.isAbsolute(text)) {
    return path.normalize(text);
  }
  return folder === undefined ? undefined : path.join(folder, text);
}

/** @param {string} file */
function canRun(file) {
  try {
    fs.accessSync(file, fs.constants.X_OK);
    return fs.statSync(file).isFile();
  } catch {
    return false;
  }
}

module.exports = { findProgram };
