// Markdown to tokens with marked's lexer. Only its lexer is used: no HTML text is ever made.
// Changed here: HTML stays text (but <br> breaks a line), TeX is a token of its own, and nesting
// ends at a depth, so that hostile text can't exhaust the stack.

import { Lexer, Tokenizer } from "marked";

/** @typedef {import("marked").Token} Token */
/** @typedef {import("marked").Links} Links */
/** @typedef {import("marked").Tokens.Generic} Generic */

const DEEPEST_BLOCK = 10;
const DEEPEST_INLINE = 12;

// A formula never spans a blank line. `$` opens only before a non-space and closes only after one
// and not before a digit, so that "$5 and $6" stays money.
const MATH_BLOCK = /^ {0,3}(\$\$(?:(?!\n[ \t]*\n|\$\$)[^])+\$\$|\\\[(?:(?!\n[ \t]*\n|\\\])[^])+\\\])[ \t]*(?:\n+|$)/;
const MATH_INLINE =
  /^(\$\$(?:(?!\n\n|\$\$)[^])+\$\$|\$(?![\s$])(?:\\[^\n]|[^\\$\n]){1,300}(?<![\s\\])\$(?![\d$])|\\\((?:(?!\n\n|\\\))[^]){1,2000}\\\)|\\\[(?:(?!\n\n|\\\])[^]){1,2000}\\\])/; // prettier-ignore

/** @param {string} src @returns {Generic | undefined} */
function mathBlock(src) {
  const found = MATH_BLOCK.exec(src);
  return found ? { type: "math", raw: found[0], text: found[1], block: true } : undefined;
}

/** @param {string} src @returns {Generic | undefined} */
function mathInline(src) {
  const found = MATH_INLINE.exec(src);
  return found ? { type: "math", raw: found[0], text: found[0], block: false } : undefined;
}

/** @param {string} src @returns {number | undefined} where a formula could begin */
function mathStart(src) {
  const at = src.search(/\$|\\[([]/);
  return at < 0 ? undefined : at;
}

/** @param {string} src @returns {number | undefined} where a formula of its own lines could begin */
function mathBlockStart(src) {
  const at = src.search(/\n {0,3}(\$\$|\\\[)/);
  return at < 0 ? undefined : at + 1;
}

/** HTML is text, and opens no state in the lexer. */
class TextTokenizer extends Tokenizer {
  /** @override @param {string} src @returns {any} */
  tag(src) {
    const found = this.rules.inline.tag.exec(src);
    if (!found) return undefined;
    const line = /^<br\s*\/?>$/i.test(found[0]);
    return { type: line ? "br" : "tag", raw: found[0] };
  }
}

/** Below a depth there is only text. */
class CappedLexer extends Lexer {
  #blocks = 0;
  #inlines = 0;

  /** @override @param {string} src @param {any} [tokens] @param {boolean} [last] @returns {any} */
  blockTokens(src, tokens = [], last = false) {
    if (this.#blocks >= DEEPEST_BLOCK) {
      tokens.push({ type: "paragraph", raw: src, text: src, tokens: [asText(src)] });
      return tokens;
    }
    this.#blocks += 1;
    try {
      return super.blockTokens(src, tokens, last);
    } finally {
      this.#blocks -= 1;
    }
  }

  /** @override @param {string} src @param {Token[]} [tokens] @returns {Token[]} */
  inlineTokens(src, tokens = []) {
    if (this.#inlines >= DEEPEST_INLINE) {
      tokens.push(asText(src));
      return tokens;
    }
    this.#inlines += 1;
    try {
      return super.inlineTokens(src, tokens);
    } finally {
      this.#inlines -= 1;
    }
  }
}

/** @param {string} text @returns {import("marked").Tokens.Text} */
function asText(text) {
  return { type: "text", raw: text, text };
}

/**
 * The top-level tokens of some Markdown.
 * @param {string} source
 * @param {Links} [links] definitions of reference links; those found are added
 * @returns {Token[]}
 */
export function lex(source, links = {}) {
  const lexer = new CappedLexer({
    gfm: true,
    tokenizer: new TextTokenizer(),
    extensions: {
      renderers: {},
      childTokens: {},
      block: [mathBlock],
      inline: [mathInline],
      startBlock: [mathBlockStart],
      startInline: [mathStart],
    },
  });
  lexer.tokens.links = links;
  try {
    return lexer.lex(source);
  } catch {
    return [{ type: "paragraph", raw: source, text: source, tokens: [asText(source)] }];
  }
}
