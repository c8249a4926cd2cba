// Streaming Markdown: text in, elements out. What a model writes is hostile until shown otherwise:
// see markdown_nodes.js (links, images), markdown_lexer.js (HTML, depth) and clean.js (terminal
// escapes, bidi overrides).
//
// Only the last block of what has come so far can still change: the blocks before it are final.
// So each piece of text is looked at a bounded number of times, and the cost is linear. A fenced
// code block grows line by line (fence.js), and any other block that gets too long is cut.

import { createCleaner } from "./clean.js";
import { openFence } from "./fence.js";
import { lex } from "./markdown_lexer.js";
import { freeze, patch, remove } from "./markdown_nodes.js";
import { closeOpen } from "./markdown_open.js";
import { createReferences } from "./references.js";
import { nextFrame } from "./timing.js";

const PIECE = 4096; // characters taken at once
const LONG = 2000; // a list or table from here on is final but for its end
const LONGEST_BLOCK = 8000;
const SLICE_MS = 12; // of work in a frame
const AT_ONCE = 20_000; // characters that end() finishes without waiting for a frame

/** @typedef {import("./markdown_nodes.js").Item} Item */
/** @typedef {import("./markdown_nodes.js").Token} Token */

/**
 * @typedef {object} Markdown
 * @property {(text: string) => void} write add text, cut anywhere; cheap: painting comes later
 * @property {() => Promise<void>} end nothing follows; resolves when all is painted
 * @property {() => void} reset forget everything and begin anew
 * @property {() => void} stop paint no more: the view is being removed
 */

/**
 * Stream Markdown into `root`, which must be inside an element of class `ocigenai`.
 * @param {HTMLElement} root
 * @param {{ onPaint?: () => void }} [options] `onPaint` is called after each painting
 * @returns {Markdown}
 */
export function createMarkdown(root, { onPaint = () => {} } = {}) {
  root.classList.add("markdown");
  let cleaner = createCleaner();
  let answer = createAnswer(root);
  let queue = "";
  let ended = false;
  let waiters = /** @type {(() => void)[]} */ ([]);
  let cancel = /** @type {(() => void) | null} */ (null);
  let cost = 0; // of the last painting, in milliseconds

  function schedule() {
    if (cancel) return;
    const frame = () => {
      cancel = nextFrame(() => paint(SLICE_MS));
    };
    if (cost < 8 || queue.length > PIECE) {
      frame();
    } else {
      const timer = setTimeout(frame, cost * 2); // leave the page time for others
      cancel = () => clearTimeout(timer);
    }
  }

  /** @param {number} budget in milliseconds */
  function paint(budget) {
    const started = performance.now();
    stop();
    do {
      const piece = queue.slice(0, PIECE);
      queue = queue.slice(piece.length);
      answer.add(piece, ended && !queue);
    } while (queue && performance.now() < started + budget);
    if (!queue) answer.show(ended);
    onPaint();
    cost = performance.now() - started;
    if (queue) schedule();
    else if (ended) settle();
  }

  function settle() {
    for (const done of waiters) done();
    waiters = [];
  }

  function stop() {
    cancel?.();
    cancel = null;
  }

  return {
    write(text) {
      if (ended || !text) return;
      queue += cleaner.write(text);
      schedule();
    },
    end() {
      if (ended && !queue) return Promise.resolve();
      if (!ended) queue += cleaner.end();
      ended = true;
      const done = new Promise((/** @type {(value: void) => void} */ resolve) => waiters.push(resolve));
      if (queue.length <= AT_ONCE) paint(Infinity);
      else schedule();
      return done;
    },
    reset() {
      stop();
      settle();
      cleaner = createCleaner();
      root.replaceChildren();
      answer = createAnswer(root);
      queue = "";
      ended = false;
      cost = 0;
    },
    stop,
  };
}

/**
 * The blocks of one answer: final ones, and the open one at the end.
 * @param {HTMLElement} root
 */
function createAnswer(root) {
  let open = ""; // the source of the last block
  let items = /** @type {Item[]} */ ([]); // what shows it
  let fence = /** @type {import("./fence.js").Fence | null} */ (null);
  const references = createReferences((item, links) => {
    patch(/** @type {Node} */ (item.node.parentNode), lex(item.token.raw, links), [redoing(item)]);
  });

  /**
   * @param {string} piece
   * @param {boolean} ended nothing follows
   */
  function add(piece, ended) {
    if (!fence) {
      read(piece, ended);
      return;
    }
    const rest = fence.feed(piece, ended);
    fence.paint();
    if (rest === null) return;
    fence = null;
    read(rest, ended);
  }

  /** @param {string} piece @param {boolean} ended */
  function read(piece, ended) {
    open += piece;
    const tokens = lex(open, references.links());
    const last = tokens.findLastIndex((token) => token.type !== "space");
    if (last > 0) commit(tokens.slice(0, last));
    fence = tokens[last]?.type === "code" ? openFence(open.replace(/^\n+/, "")) : null;
    if (fence) begin(fence, ended);
    else if (open.length > LONG) shorten(tokens.slice(Math.max(last, 0)));
  }

  /** @param {import("./fence.js").Fence} found @param {boolean} ended */
  function begin(found, ended) {
    remove(items);
    items = [];
    root.append(found.element);
    const code = open.replace(/^\n+/, "").slice(found.size);
    open = "";
    add(code, ended);
  }

  /** Show for good the tokens that the open text begins with. @param {Token[]} tokens */
  function commit(tokens) {
    const source = tokens.map((token) => token.raw).join("");
    if (!open.startsWith(source)) return; // they are read again with what follows
    const done = patch(root, tokens, items);
    items = [];
    open = open.slice(source.length);
    for (const item of done) references.add(item);
  }

  /** @param {Token[]} tokens of the open text */
  function shorten(tokens) {
    items = patch(root, tokens, items);
    const [item] = items;
    if (item) ({ item: items[0], open } = freeze(item, open));
    if (open.length > LONGEST_BLOCK) cut();
  }

  /** Cut at a line's end, or a word's, what is too long; a table goes on under its header. */
  function cut() {
    const text = open;
    const at = text.lastIndexOf("\n") + 1 || text.lastIndexOf(" ") + 1 || text.length;
    const tokens = lex(text.slice(0, at), references.links());
    const last = tokens.at(-1);
    const header = last?.type === "table" ? (/^[^\n]*\n[^\n]*\n/.exec(last.raw)?.[0] ?? "") : "";
    open = text.slice(0, at);
    commit(tokens);
    open += header + text.slice(at);
  }

  /** Show the open text as if it ended here. @param {boolean} ended */
  function show(ended) {
    if (fence) return;
    items = patch(root, lex(ended ? open : closeOpen(open), references.links()), items);
    if (ended) for (const item of items.splice(0)) references.add(item);
  }

  return { add, show };
}

/**
 * An item that no longer counts as showing what its source says.
 * @param {Item} item
 * @returns {Item}
 */
function redoing(item) {
  return { token: { type: "outdated", raw: "" }, node: item.node };
}
