// Markdown tokens to elements. Each token becomes one node; what did not change keeps its node, so
// that a selection, a focus or a scrolled table survives while an answer grows.

import { clean } from "./clean.js";
import { createCodeBlock } from "./code_block.js";
import { h, icon } from "./dom.js";
import { anchor, decode, shortened } from "./links.js";
import { t } from "./strings.js";

/** @typedef {import("marked").Tokens.Generic} Token */
/** @typedef {{ token: Token, node: ChildNode }} Item */

/** @type {WeakMap<Node, Item[]>} what a container's children were made of */
const made = new WeakMap();
/** @type {WeakMap<Node, import("./code_block.js").CodeBlock>} */
const codeBlocks = new WeakMap();
/** @type {WeakMap<Node, number>} how many children of a list or rows of a table are final */
const frozen = new WeakMap();

/**
 * Make `parent` show `tokens`, in place of what `items` (made by an earlier call) show.
 * @param {Node} parent
 * @param {Token[]} tokens
 * @param {Item[]} [items]
 * @returns {Item[]}
 */
export function patch(parent, tokens, items = made.get(parent) ?? []) {
  /** @type {Item[]} */
  const next = [];
  for (const token of tokens) {
    if (token.type === "space") continue;
    const old = items[next.length];
    const kept = old && (same(old.token, token) || update(old, token));
    const node = kept ? old.node : build(token);
    if (!old) parent.insertBefore(node, next.at(-1)?.node.nextSibling ?? null);
    else if (!kept && frozen.has(old.node)) old.node.after(node);
    else if (!kept) old.node.replaceWith(node);
    next.push({ token, node });
  }
  remove(items.slice(next.length));
  made.set(parent, next);
  return next;
}

/** Remove what shows the open text, but not what is final. @param {Item[]} items */
export function remove(items) {
  for (const { node } of items) if (!frozen.has(node)) node.remove();
}

/**
 * Make the first rows or items of a long table or list final, so that they are read no more.
 * @param {Item} item of the only block in `open`
 * @param {string} open its source
 * @returns {{ item: Item, open: string }} the same block without them
 */
export function freeze({ token, node }, open) {
  const parts = token.type === "table" ? token.rows : (token.items ?? []);
  const count = parts.length - 2; // the last may grow, and the one before tells what it is
  if (count < 1) return { item: { token, node }, open };
  if (token.type === "table") {
    const lines = open.split("\n");
    frozen.set(node, (frozen.get(node) ?? 0) + count);
    const rest = { ...token, rows: token.rows.slice(count) };
    return { item: { token: rest, node }, open: [...lines.slice(0, 2), ...lines.slice(2 + count)].join("\n") };
  }
  const source = parts.slice(0, count).map((/** @type {Token} */ one) => one.raw).join(""); // prettier-ignore
  if (!open.startsWith(source)) return { item: { token, node }, open };
  frozen.set(node, (frozen.get(node) ?? 0) + count);
  made.set(node, (made.get(node) ?? []).slice(count));
  const start = token.ordered ? Number.parseInt(parts[count].raw, 10) : token.start;
  const rest = { ...token, items: parts.slice(count), raw: open.slice(source.length), start };
  return { item: { token: rest, node }, open: open.slice(source.length) };
}

/** @param {Token} old @param {Token} token @returns {boolean} */
function same(old, token) {
  return old.type === token.type && old.raw === token.raw && old.loose === token.loose;
}

/**
 * Change a node to show a newer token of the same kind; false if a new node is needed.
 * @param {Item} old
 * @param {Token} token
 * @returns {boolean}
 */
function update({ token: old, node }, token) {
  if (old.type !== token.type) return false;
  if (token.type === "code") return updateCode(node, old, token);
  if (token.type === "table") return updateTable(/** @type {HTMLElement} */ (node), old, token);
  if (node instanceof Text) {
    node.data = textOf(token);
    return true;
  }
  const container =
    ["paragraph", "blockquote", "strong", "em", "del"].includes(token.type) ||
    (token.type === "text" && old.tokens && token.tokens) ||
    (token.type === "heading" && old.depth === token.depth) ||
    (token.type === "list" && old.ordered === token.ordered && old.start === token.start) ||
    (token.type === "list_item" && old.task === token.task && old.loose === token.loose);
  if (container) patch(node, childrenOf(token));
  return Boolean(container);
}

/** @param {Token} token @returns {Token[]} */
function childrenOf(token) {
  return token.type === "list" ? token.items : (token.tokens ?? []);
}

/** @param {Node} node @param {Token} old @param {Token} token @returns {boolean} */
function updateCode(node, old, token) {
  const block = codeBlocks.get(node);
  if (!block || old.lang !== token.lang || !token.text.startsWith(old.text)) return false;
  block.append(token.text.slice(old.text.length));
  block.paint();
  return true;
}

/** @param {HTMLElement} node @param {Token} old @param {Token} token @returns {boolean} */
function updateTable(node, old, token) {
  if (old.header.length !== token.header.length || String(old.align) !== String(token.align)) {
    return false;
  }
  const body = /** @type {HTMLElement} */ (node.querySelector("tbody"));
  const from = frozen.get(node) ?? 0;
  for (const [at, row] of token.rows.entries()) {
    const before = old.rows[at];
    const changed = !before || row.some((/** @type {Token} */ one, /** @type {number} */ column) => one.text !== before[column]?.text); // prettier-ignore
    if (!changed) continue;
    const element = buildRow(row, "td");
    if (before) body.children[from + at]?.replaceWith(element);
    else body.append(element);
  }
  while (body.children.length > from + token.rows.length) body.lastChild?.remove();
  return true;
}

/**
 * The node of a token.
 * @param {Token} token
 * @returns {ChildNode}
 */
export function build(token) {
  const builder = Object.hasOwn(builders, token.type) ? builders[token.type] : undefined;
  return builder ? builder(token) : document.createTextNode(textOf(token));
}

/** @type {Record<string, (token: Token) => ChildNode>} */
const builders = {
  blockquote: (token) => filled(h("blockquote"), token),
  br: () => h("br"),
  checkbox: (token) => buildCheckbox(token.checked),
  code: buildCode,
  codespan: (token) => h("code", { dir: "ltr" }, clean(token.text)),
  def: buildDefinition,
  del: (token) => filled(h("s"), token),
  em: (token) => filled(h("em"), token),
  heading: buildHeading,
  hr: () => h("hr"),
  html: (token) => h("p", { class: "raw", dir: "auto" }, token.raw.trimEnd()),
  image: buildImage,
  link: buildLink,
  list: buildList,
  list_item: (token) => filled(h("li", { class: token.task ? "task" : null, dir: "auto" }), token),
  math: buildMath,
  paragraph: (token) => filled(h("p", { dir: "auto" }), token),
  strong: (token) => filled(h("strong"), token),
  table: buildTable,
  text: (token) => (token.tokens ? filled(h("span"), token) : document.createTextNode(textOf(token))),
};

/**
 * @template {HTMLElement} Element
 * @param {Element} element
 * @param {Token} token
 * @returns {Element}
 */
function filled(element, token) {
  patch(element, childrenOf(token));
  return element;
}

/** @param {Token} token @returns {HTMLElement} */
function buildHeading(token) {
  const level = Math.min(token.depth + 2, 6); // the notebook's own headings stand above
  const tag = /** @type {"h3" | "h4" | "h5" | "h6"} */ (`h${level}`);
  return filled(h(tag, { class: `h${token.depth}`, dir: "auto" }), token);
}

/** @param {boolean} done @returns {HTMLElement} */
function buildCheckbox(done) {
  const label = t(done ? "list.task_done" : "list.task_open");
  return h("span", { class: done ? "box done" : "box", role: "img", "aria-label": label },
    done ? icon("check") : null); // prettier-ignore
}

/** @param {Token} token @returns {HTMLElement} */
function buildCode(token) {
  const block = createCodeBlock(token.lang ?? "");
  block.append(token.text);
  block.paint();
  codeBlocks.set(block.element, block);
  return block.element;
}

/** @param {Token} token @returns {HTMLElement} */
function buildList(token) {
  const start = token.ordered && token.start !== 1 ? token.start : null;
  return filled(token.ordered ? h("ol", { start }) : h("ul"), token);
}

/** @param {Token} token @returns {HTMLElement} */
function buildMath(token) {
  const text = token.text.trim();
  const props = { class: token.block ? "math math-block" : "math", title: t("math.label"), dir: "ltr" };
  return h(token.block ? "div" : "span", props, text);
}

/** @param {Token} token @returns {HTMLElement} */
function buildTable(token) {
  const head = h("thead", null, buildRow(token.header, "th"));
  const body = h("tbody", null, token.rows.map((/** @type {Token[]} */ row) => buildRow(row, "td")));
  const props = { class: "table", role: "region", tabindex: 0, "aria-label": t("table.label") };
  return h("div", props, h("table", null, head, body));
}

/** @param {Token[]} cells @param {"td" | "th"} tag @returns {HTMLElement} */
function buildRow(cells, tag) {
  return h("tr", null, cells.map((cell) => {
    const props = { class: cell.align ? `align-${cell.align}` : null, dir: "auto" };
    return filled(h(tag, tag === "th" ? { ...props, scope: "col" } : props), cell);
  })); // prettier-ignore
}

/** @param {Token} token @returns {string} */
function textOf(token) {
  if (token.type === "escape") return token.text;
  return token.type === "text" ? decode(token.raw) : token.raw; // its text is half decoded
}

/** @param {Token} token @returns {HTMLElement} */
function buildDefinition(token) {
  const label = clean(/^ {0,3}\[((?:\\.|[^\]\\])*)\]/.exec(token.raw)?.[1] ?? token.tag);
  const title = token.title ? ` ${clean(token.title)}` : "";
  return h("p", { class: "definition" }, `[${label}] `, anchor(token.href, [shortened(token.href)]), title);
}

/** @param {Token} token @returns {HTMLElement} */
function buildLink(token) {
  const href = token.autolink ? token.href : decode(token.href);
  const inside = h("span");
  patch(inside, token.tokens ?? []);
  return anchor(href, [...inside.childNodes]);
}

/** An image is a link: loading it would tell its server that, and what, somebody reads. @param {Token} token @returns {HTMLElement} */
function buildImage(token) {
  const text = decode(token.text ?? "");
  const label = text ? t("image.label", { text }) : t("image.unnamed");
  const element = anchor(decode(token.href), [icon("image"), label]);
  element.classList.add("image");
  return element;
}
