// The languages that code is colored in, by the names models give them. A bundle must stay small, so
// a language may be colored by the grammar of one that has the same words and signs.

import bash from "@speed-highlight/core/languages/bash.js";
import c from "@speed-highlight/core/languages/c.js";
import css from "@speed-highlight/core/languages/css.js";
import diff from "@speed-highlight/core/languages/diff.js";
import ini from "@speed-highlight/core/languages/ini.js";
import json from "@speed-highlight/core/languages/json.js";
import py from "@speed-highlight/core/languages/py.js";
import ts from "@speed-highlight/core/languages/ts.js";
import yaml from "@speed-highlight/core/languages/yaml.js";

import { markup, sql } from "./grammars.js";

/** @typedef {import("@speed-highlight/core/tokenize").ShjLanguageData} Grammar */

const LONGEST_NAME = 80;

/** The grammars, by the tokenizer's own names: one may ask for another. */
export const grammars = /** @type {Record<string, Grammar>} */ ({
  bash, c, css, diff, html: markup, ini, js: ts, json, py, sql, ts, yaml,
}); // prettier-ignore

/** What a fence may say: [grammar, the name shown]. @type {Record<string, [string, string]>} */
const names = {
  bash: ["bash", "Bash"], sh: ["bash", "Shell"], shell: ["bash", "Shell"], zsh: ["bash", "Zsh"],
  console: ["bash", "Console"],
  c: ["c", "C"], h: ["c", "C"], cpp: ["c", "C++"], "c++": ["c", "C++"],
  csharp: ["ts", "C#"], cs: ["ts", "C#"], kotlin: ["ts", "Kotlin"], scala: ["ts", "Scala"],
  css: ["css", "CSS"], scss: ["css", "SCSS"],
  diff: ["diff", "Diff"], patch: ["diff", "Diff"],
  go: ["ts", "Go"], golang: ["ts", "Go"],
  html: ["html", "HTML"], vue: ["html", "Vue"], svelte: ["html", "Svelte"],
  ini: ["ini", "INI"], properties: ["ini", "Properties"], env: ["ini", "Environment"],
  java: ["ts", "Java"],
  javascript: ["js", "JavaScript"], js: ["js", "JavaScript"], jsx: ["js", "JSX"],
  mjs: ["js", "JavaScript"], node: ["js", "JavaScript"],
  json: ["json", "JSON"], json5: ["json", "JSON5"], jsonc: ["json", "JSON"], jsonl: ["json", "JSON Lines"],
  py: ["py", "Python"], python: ["py", "Python"], python3: ["py", "Python"], ipython: ["py", "IPython"],
  pycon: ["py", "Python"],
  rs: ["ts", "Rust"], rust: ["ts", "Rust"],
  sql: ["sql", "SQL"], plsql: ["sql", "PL/SQL"], mysql: ["sql", "MySQL"], postgresql: ["sql", "PostgreSQL"],
  toml: ["ini", "TOML"], hcl: ["ini", "HCL"], terraform: ["ini", "Terraform"], tf: ["ini", "Terraform"],
  ts: ["ts", "TypeScript"], tsx: ["ts", "TSX"], typescript: ["ts", "TypeScript"],
  xml: ["html", "XML"], svg: ["html", "SVG"],
  yaml: ["yaml", "YAML"], yml: ["yaml", "YAML"],
  latex: ["", "LaTeX"], tex: ["", "TeX"], md: ["", "Markdown"], markdown: ["", "Markdown"],
  text: ["", ""], txt: ["", ""], plain: ["", ""], plaintext: ["", ""],
}; // prettier-ignore

/**
 * What a fence's info string means.
 * @param {string} info e.g. "python title=app.py"
 * @returns {{ grammar: Grammar | null, name: string }} `name` is what to show, "" for plain text
 */
export function language(info) {
  const words = info.trim().slice(0, LONGEST_NAME);
  const [whole = "", word = ""] = /^\{?\.?([\w+#.-]*)/.exec(words) ?? [];
  const key = word.toLowerCase();
  const known = Object.hasOwn(names, key) ? names[key] : undefined;
  if (!known) return { grammar: null, name: words };
  const rest = words.slice(whole.length).replace(/^[\s,}]+/, "");
  return { grammar: grammars[known[0]] ?? null, name: `${known[1]} ${rest}`.trim() };
}
