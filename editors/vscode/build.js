// Builds `dist/extension.js`, one file with all that it needs, and beside it the licences of what is in it.

const fs = require("node:fs");
const path = require("node:path");
const esbuild = require("esbuild");

const built = esbuild.buildSync({
  absWorkingDir: __dirname,
  entryPoints: ["src/extension.js"],
  outfile: "dist/extension.js",
  bundle: true,
  minify: true,
  platform: "node",
  format: "cjs",
  target: "node20",
  external: ["vscode"],
  legalComments: "none",
  metafile: true,
  logLevel: "warning",
});

const packages = new Set();
for (const file of Object.keys(built.metafile.inputs)) {
  const inside = file.match(/^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//);
  if (inside) {
    packages.add(inside[1]);
  }
}
const notices = [...packages].sort().map((folder) => {
  const { name, version } = JSON.parse(fs.readFileSync(path.join(__dirname, folder, "package.json"), "utf8"));
  const license = fs.readdirSync(path.join(__dirname, folder)).find((file) => /^licen[cs]e/i.test(file));
  if (!license) {
    throw new Error(`${name} has no licence`);
  }
  return `${name} ${version}\n\n${fs.readFileSync(path.join(__dirname, folder, license), "utf8").trim()}\n`;
});
fs.writeFileSync(path.join(__dirname, "dist", "LICENSES.txt"), notices.join(`\n${"-".repeat(80)}\n\n`));
