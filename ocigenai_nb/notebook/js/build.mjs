// Bundles each widget into one module and one style sheet: `node build.mjs [FOLDER [ENTRY ...]]`.
// anywidget takes one file without relative imports, so nothing is split. The same sources and
// the lockfile give the same bytes: a test builds again and compares.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const WIDGETS = ["chat_panel", "profile_picker", "router_preview", "thread_inspector"];

const [folder = join(here, "..", "static"), ...given] = process.argv.slice(2);
const own = WIDGETS.map((name) => join(here, "src", `${name}.js`)).filter(existsSync);
const scripts = given.length ? given : own;
const styles = scripts.map((path) => path.replace(/\.js$/, ".css")).filter(existsSync);

// marked comes as one file that holds its HTML renderer too, which is a fifth of it and never used:
// it stands behind the lexer, and is cut off.
const lexerOnly = {
  name: "marked-lexer-only",
  setup({ onLoad }) {
    onLoad({ filter: /[\\/]marked\.esm\.js$/ }, ({ path }) => {
      const source = readFileSync(path, "utf8");
      const name = (exported) => source.match(new RegExp(`[{,](\\S{1,3}) as ${exported}[,}]`))[1];
      const end = source.indexOf(`var ${name("Renderer")}=class`);
      if (end < 0) throw new Error("marked is built differently now: see build.mjs");
      const names = ["Lexer", "Tokenizer"].map((one) => `${name(one)} as ${one}`);
      const notice = source.replace(/^\/\*\*/, "/*!"); // esbuild keeps such a comment
      return { contents: `${notice.slice(0, end)}export{${names}};` };
    });
  },
};

mkdirSync(folder, { recursive: true });
for (const entry of [...scripts, ...styles]) {
  await build({
    absWorkingDir: here, // or the order and the names inside would follow the caller's folder
    entryPoints: [entry],
    outdir: folder,
    bundle: true,
    charset: "utf8",
    format: "esm",
    legalComments: "eof",
    logLevel: "warning",
    minify: true,
    plugins: [lexerOnly],
    nodePaths: [join(here, "node_modules")],
    target: ["es2022"],
  });
}

const license = (name) => readFileSync(join(here, "node_modules", name, "LICENSE"), "utf8").trim();
const notices = [
  "The bundles beside this file contain parts of these packages.",
  `marked\n\n${license("marked")}`,
  "@speed-highlight/core\n\nGiven to the public domain by its author (CC0 1.0).",
];
if (!given.length) {
  writeFileSync(join(folder, "LICENSES.txt"), `${notices.join(`\n\n${"-".repeat(72)}\n\n`)}\n`);
}
