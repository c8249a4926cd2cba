// The languages that code is colored in, by the names models give them.

import bash from "@speed-highlight/core/languages/bash.js";
import c from "@speed-highlight/core/languages/c.js";
import css from "@speed-highlight/core/languages/css.js";
import diff from "@speed-highlight/core/languages/diff.js";
import go from "@speed-highlight/core/languages/go.js";
import html from "@speed-highlight/core/languages/html.js";
import ini from "@speed-highlight/core/languages/ini.js";
import java from "@speed-highlight/core/languages/java.js";
import js from "@speed-highlight/core/languages/js.js";
import json from "@speed-highlight/core/languages/json.js";
import py from "@speed-highlight/core/languages/py.js";
import rs from "@speed-highlight/core/languages/rs.js";
import sql from "@speed-highlight/core/languages/sql.js";
import todo from "@speed-highlight/core/languages/todo.js";
import toml from "@speed-highlight/core/languages/toml.js";
import ts from "@speed-highlight/core/languages/ts.js";
import xml from "@speed-highlight/core/languages/xml.js";
import yaml from "@speed-highlight/core/languages/yaml.js";

/** @typedef {import("@speed-highlight/core/tokenize").ShjLanguageData} Grammar */

const LONGEST_NAME = 80;

/** The grammars, by the tokenizer's own names: one may ask for another. */
export const grammars = /** @type {Record<string, Grammar>} */ ({
  bash, c, css, diff, go, html, ini, java, js, json, py, rs, sql, todo, toml, ts, xml, yaml,
}); // prettier-ignore

/** What a fence may say: [grammar, the name shown]. @type {Record<string, [string, string]>} */
const names = {
  bash: ["bash", "Bash"], sh: ["bash", "Shell"], shell: ["bash", "Shell"], zsh: ["bash", "Zsh"],
  console: ["bash", "Console"],
  c: ["c", "C"], h: ["c", "C"], cpp: ["c", "C++"], "c++": ["c", "C++"],
  csharp: ["java", "C#"], cs: ["java", "C#"], kotlin: ["java", "Kotlin"], scala: ["java", "Scala"],
  css: ["css", "CSS"], scss: ["css", "SCSS"],
  diff: ["diff", "Diff"], patch: ["diff", "Diff"],
  go: ["go", "Go"], golang: ["go", "Go"],
  html: ["html", "HTML"], vue: ["html", "Vue"], svelte: ["html", "Svelte"],
  ini: ["ini", "INI"], properties: ["ini", "Properties"], env: ["ini", "Environment"],
  java: ["java", "Java"],
  javascript: ["js", "JavaScript"], js: ["js", "JavaScript"], jsx: ["js", "JSX"],
  mjs: ["js", "JavaScript"], node: ["js", "JavaScript"],
  json: ["json", "JSON"], json5: ["json", "JSON5"], jsonc: ["json", "JSON"], jsonl: ["json", "JSON Lines"],
  py: ["py", "Python"], python: ["py", "Python"], python3: ["py", "Python"], ipython: ["py", "IPython"],
  pycon: ["py", "Python"],
  rs: ["rs", "Rust"], rust: ["rs", "Rust"],
  sql: ["sql", "SQL"], plsql: ["sql", "PL/SQL"], mysql: ["sql", "MySQL"], postgresql: ["sql", "PostgreSQL"],
  toml: ["toml", "TOML"], hcl: ["toml", "HCL"], terraform: ["toml", "Terraform"], tf: ["toml", "Terraform"],
  ts: ["ts", "TypeScript"], tsx: ["ts", "TSX"], typescript: ["ts", "TypeScript"],
  xml: ["xml", "XML"], svg: ["xml", "SVG"],
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
