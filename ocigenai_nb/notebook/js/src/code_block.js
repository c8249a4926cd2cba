// A code block: a header with its language and a copy button, and colored text that may grow.
//
// Color is given piece by piece: what is colored up to a line's end outside any token is final, and
// only the rest is looked at again. So the cost grows with the length, and a pattern that is slow
// on hostile text meets 3,000 characters at most.

import { tokenizeWith } from "@speed-highlight/core/tokenize";

import { copyButton, h } from "./dom.js";
import { grammars, language } from "./languages.js";
import { t } from "./strings.js";

const PIECE = 1500; // characters that are looked at again as they grow
const LONGEST_PIECE = 3000;
const LONGEST_COLORED = 100_000;
const LONGEST_LINE = 1000; // minified code and data are not worth coloring

/** @typedef {[text: string, kind: string | undefined]} Run */

/**
 * @typedef {object} CodeBlock
 * @property {HTMLElement} element
 * @property {(text: string) => void} append add code
 * @property {(info: string) => void} setLanguage
 * @property {() => void} paint color what was appended: call it at most once a frame
 * @property {() => string} text all the code
 */

/**
 * @param {string} [info] what the fence says after its marks, e.g. "python"
 * @returns {CodeBlock}
 */
export function createCodeBlock(info = "") {
  const title = h("span", { class: "code-language" });
  const code = h("code");
  let chunks = /** @type {string[]} */ ([]);
  const text = () => {
    if (chunks.length > 1) chunks = [chunks.join("")];
    return chunks[0] ?? "";
  };
  const scroller = h("pre", { tabindex: 0, role: "region" }, code);
  const button = copyButton(text, { label: t("code.copy_label"), text: t("code.copy") });
  const header = h("div", { class: "code-header" }, title, button);
  const element = h("div", { class: "code-block", dir: "ltr" }, header, scroller);

  /** @type {import("./languages.js").Grammar | null} */
  let grammar = null;
  let rest = ""; // not final yet
  let total = 0;
  let tail = /** @type {ChildNode[]} */ ([]); // the nodes that show `rest`
  let shown = 0; // characters of `rest` in them

  /** @param {string} next */
  function setLanguage(next) {
    const found = language(next);
    grammar = found.grammar;
    title.textContent = found.name;
    const label = found.name ? t("code.block_of", { language: found.name }) : t("code.block");
    scroller.setAttribute("aria-label", label);
  }

  /** @param {Run[]} runs @returns {ChildNode[]} */
  function show(runs) {
    const nodes = runs.map(([words, kind]) =>
      kind ? h("span", { class: `tok-${kind}` }, words) : document.createTextNode(words),
    );
    code.append(...nodes);
    return nodes;
  }

  function paint() {
    if (shown === rest.length) return;
    if (!grammar || total > LONGEST_COLORED) {
      show([[rest.slice(shown), undefined]]);
      tail = [];
      rest = "";
      shown = 0;
      return;
    }
    for (const node of tail) node.remove();
    while (rest.length > PIECE) {
      const piece = rest.slice(0, LONGEST_PIECE);
      const [final, size] = finished(tokens(piece, grammar), piece.length);
      if (size === 0 && rest.length <= LONGEST_PIECE) break;
      show(size ? final : [[piece, undefined]]);
      rest = rest.slice(size || piece.length);
    }
    tail = show(tokens(rest, grammar));
    shown = rest.length;
  }

  setLanguage(info);
  return {
    element,
    append(more) {
      chunks.push(more);
      rest += more;
      total += more.length;
    },
    setLanguage,
    paint,
    text,
  };
}

/**
 * The colored runs of some code; their texts joined are the code.
 * @param {string} code
 * @param {import("./languages.js").Grammar} grammar
 * @returns {Run[]}
 */
function tokens(code, grammar) {
  /** @type {Run[]} */
  const runs = [];
  if (longestLine(code) > LONGEST_LINE) return [[code, undefined]];
  tokenizeWith(code, grammar, (text, kind) => text && runs.push([text, kind]), { languages: grammars });
  return runs;
}

/** @param {string} text @returns {number} */
function longestLine(text) {
  let longest = 0;
  for (let at = 0; at < text.length; ) {
    const end = text.indexOf("\n", at);
    longest = Math.max(longest, (end < 0 ? text.length : end) - at);
    if (end < 0) break;
    at = end + 1;
  }
  return longest;
}

/**
 * The runs before the last line that ends outside any token, well before the end of the piece.
 * @param {Run[]} runs
 * @param {number} length of all runs together
 * @returns {[Run[], number]} and their length, 0 if there is no such line
 */
function finished(runs, length) {
  let end = length;
  for (let at = runs.length - 1; at >= 0; at -= 1) {
    const [text, kind] = /** @type {Run} */ (runs[at]);
    const start = end - text.length;
    const line = kind ? -1 : text.lastIndexOf("\n", length - 200 - start);
    if (line >= 0 && start + line + 1 <= length - 200) {
      return [[...runs.slice(0, at), [text.slice(0, line + 1), undefined]], start + line + 1];
    }
    end = start;
  }
  return [[], 0];
}
