// Bundles each widget into one module and one style sheet: `node build.mjs [FOLDER [ENTRY ...]]`.
// anywidget takes one file without relative imports, so nothing is split. The same sources and
// the lockfile give the same bytes: a test builds again and compares.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

import { build } from "esbuild";
import { Lexer } from "marked";

const here = dirname(fileURLToPath(import.meta.url));
const WIDGETS = ["chat_panel", "profile_picker", "router_preview", "thread_inspector"];

const [folder = join(here, "..", "static"), ...given] = process.argv.slice(2);
const own = WIDGETS.map((name) => join(here, "src", `${name}.js`)).filter(existsSync);
const scripts = given.length ? given : own;
const styles = scripts.map((path) => path.replace(/\.js$/, ".css")).filter(existsSync);

// marked is bundled from its sources, which its source map holds: of these only the lexer, since its
// HTML renderer is never used, and only for GitHub's Markdown. When it is loaded it puts the rules of
// four dialects together from pieces; here they stand as they turn out, under short names.
const marked = join(here, "node_modules", "marked", "lib", "marked.esm.js");
const { sources, sourcesContent } = JSON.parse(readFileSync(`${marked}.map`, "utf8"));
const files = new Map(sources.map((path, at) => [basename(path), sourcesContent[at]]));

const find = (text, pattern) => {
  const found = text.match(pattern);
  if (!found) throw new Error("marked is built differently now: see build.mjs");
  return found[0];
};
const source = files.get("rules.ts");
const other = find(source, /export const other =[^]*?\n};/);
const tags = find(source, /const _tag =[^]*?;/); // a long list that several rules hold
const list = [...tags.matchAll(/'([^']*)'/g)].map(([, piece]) => piece).join("");
const write = ([name, rule]) => {
  const text = String(rule).replaceAll(list, "HTML_TAGS");
  return `${name}: ${text.includes("HTML_TAGS") ? `withTags(${text})` : text}`;
};
const { block, inline } = Lexer.rules;
files.set("rules.ts", `${tags} ${find(source, /function cachedIndentRegex[^]*?\n}/)} ${other}
  const withTags = (rule) => new RegExp(rule.source.replace(/HTML_TAGS/g, _tag), rule.flags);
  export const block = { gfm: { ${Object.entries(block.gfm).map(write)} } };
  export const inline = { gfm: { ${Object.entries(inline.gfm).map(write)} } };`); // prettier-ignore
files.set("marked", `/*!${find(readFileSync(marked, "utf8"), /(?<=^\/\*\*)[^]*?\*\//)}
  export { _Lexer as Lexer } from "./Lexer.ts";
  export { _Tokenizer as Tokenizer } from "./Tokenizer.ts";`); // esbuild keeps such a comment
const names = [...other.matchAll(/^  (\w+): /gm)].map(([, name]) => name);
const long = [...names, ...Object.keys(inline.gfm)].filter((name) => /[A-Z]/.test(name));

const lexerOnly = {
  name: "marked-lexer-only",
  setup({ onLoad, onResolve }) {
    onResolve({ filter: /^marked$/ }, () => ({ path: "marked", namespace: "marked" }));
    onResolve({ filter: /./, namespace: "marked" }, ({ path }) => ({ path: basename(path), namespace: "marked" }));
    onLoad({ filter: /./, namespace: "marked" }, ({ path }) => {
      const off = files.get(path).replace(/this\.options\.(?:pedantic|breaks)\b/g, "false");
      return { contents: off.replace(/this\.options\.gfm\b/g, "true"), loader: "ts" };
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
    mangleProps: new RegExp(`^(?:${long.join("|")})$`),
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
