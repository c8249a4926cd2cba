// A foldable tree of a JSON value, built as it is opened: megabytes of it open at once.
// Keys: arrows, Home, End, Enter; `*` opens the siblings; Ctrl+C copies the value.

import { copy, copyButton, h, icon } from "./dom.js";
import { t } from "./strings.js";

const PAGE = 100; // children built at once
const SHORT = 400; // characters of a string shown at first
const MORE_TEXT = 20_000; // and with each further opening

/** @typedef {{ value: unknown, path: string, depth: number, open: (all?: boolean) => void, close: () => void, more?: () => void }} Entry */

/**
 * @typedef {object} JsonTree
 * @property {HTMLElement} element
 * @property {(value: unknown) => void} show show another value
 * @property {() => void} focus
 */

/**
 * @param {unknown} value anything JSON can hold
 * @param {{ label?: string, depth?: number, onCopy?: (path: string) => void }} [options] `depth`:
 *   levels open at first, 1 by default; `onCopy` is called after a copy, e.g. to announce it
 * @returns {JsonTree}
 */
export function createJsonTree(value, { label = t("json.tree"), depth = 1, onCopy = () => {} } = {}) {
  const element = h("div", { class: "json-tree", role: "tree", "aria-label": label });
  /** @type {WeakMap<Element, Entry>} */
  const entries = new WeakMap();
  const toolbar = h("span", { class: "json-tools" });
  let current = /** @type {HTMLElement | null} */ (null);

  /** @param {HTMLElement} item */
  function activate(item) {
    if (current) current.tabIndex = -1;
    current = item;
    item.tabIndex = 0;
    const entry = entries.get(item);
    if (!entry || entry.more) return;
    const button = copyButton(() => asText(entry.value), { label: t("json.copy_label", { path: entry.path || t("json.root") }) });
    button.tabIndex = -1; // Ctrl+C does it by keyboard
    toolbar.replaceChildren(button);
    item.querySelector(".json-row")?.append(toolbar);
  }

  /** @param {HTMLElement} item */
  function focusOn(item) {
    activate(item);
    item.focus({ preventScroll: true });
    item.querySelector(".json-row")?.scrollIntoView({ block: "nearest" });
  }

  /**
   * @param {string | number | null} key
   * @param {unknown} child
   * @param {string} path
   * @param {number} level
   * @returns {HTMLElement}
   */
  function build(key, child, path, level) {
    const branch = child !== null && typeof child === "object";
    const row = h("div", { class: "json-row" }, branch ? icon("chevron") : h("span", { class: "icon" }));
    if (key !== null) row.append(h("span", { class: typeof key === "number" ? "json-index" : "json-key" }, String(key)), h("span", { class: "json-colon" }, ": "));
    const item = h("div", { role: "treeitem", tabindex: -1, "aria-level": level }, row);
    if (branch) addBranch(item, row, child, path, level);
    else addLeaf(item, row, child, path, level);
    return item;
  }

  /** @param {HTMLElement} item @param {HTMLElement} row @param {unknown} child @param {string} path @param {number} level */
  function addLeaf(item, row, child, path, level) {
    const text = typeof child === "string" ? JSON.stringify(child) : String(child);
    const kind = child === null ? "null" : typeof child;
    const words = h("span", { class: `json-${kind}`, dir: "ltr" }, text.slice(0, SHORT));
    row.append(words);
    let shown = Math.min(SHORT, text.length);
    const rest = h("span", { class: "json-rest" });
    const count = () => rest.replaceChildren(shown < text.length ? t("json.rest", { count: text.length - shown }) : "");
    const open = () => {
      words.append(text.slice(shown, shown + MORE_TEXT));
      shown = Math.min(shown + MORE_TEXT, text.length);
      count();
    };
    if (shown < text.length) row.append(rest);
    count();
    entries.set(item, { value: child, path, depth: level, open, close() {} });
  }

  /** @param {HTMLElement} item @param {HTMLElement} row @param {object} child @param {string} path @param {number} level */
  function addBranch(item, row, child, path, level) {
    const list = Array.isArray(child);
    const keys = list ? null : Object.keys(child);
    const size = keys?.length ?? /** @type {unknown[]} */ (child).length;
    const summary = t(list ? "json.items" : "json.keys", { count: size });
    row.append(h("span", { class: "json-summary" }, `${list ? "[ ]" : "{ }"} ${summary}`));
    item.setAttribute("aria-expanded", "false");
    const group = h("div", { role: "group", hidden: true });
    item.append(group);
    let built = 0;

    function grow() {
      const until = Math.min(built + PAGE, size);
      group.querySelector(":scope > .json-more")?.remove();
      for (; built < until; built += 1) {
        const key = keys ? /** @type {string} */ (keys[built]) : built;
        const one = build(key, /** @type {any} */ (child)[key], joined(path, key), level + 1);
        one.setAttribute("aria-posinset", String(built + 1));
        one.setAttribute("aria-setsize", String(size));
        group.append(one);
      }
      if (built < size) group.append(moreItem());
    }

    function moreItem() {
      const words = t("json.more", { count: Math.min(PAGE, size - built) });
      const more = h("div", { role: "treeitem", class: "json-more", tabindex: -1, "aria-level": level + 1 }, h("div", { class: "json-row" }, words));
      const at = built;
      const extend = () => {
        grow();
        const next = group.children[at];
        if (next instanceof HTMLElement) focusOn(next);
      };
      entries.set(more, { value: null, path, depth: level + 1, open: extend, close() {}, more: extend });
      return more;
    }

    entries.set(item, {
      value: child,
      path,
      depth: level,
      open() {
        if (!built) grow();
        group.hidden = false;
        item.setAttribute("aria-expanded", "true");
      },
      close() {
        group.hidden = true;
        item.setAttribute("aria-expanded", "false");
      },
    });
    if (level <= depth) entries.get(item)?.open();
  }

  /** @param {HTMLElement} item */
  function toggle(item) {
    const entry = entries.get(item);
    if (item.getAttribute("aria-expanded") === "true") entry?.close();
    else entry?.open();
  }

  /** The item shown before (-1) or after (1) another. @param {HTMLElement} item @param {1 | -1} step @returns {HTMLElement | null} */
  function neighbor(item, step) {
    const walker = document.createTreeWalker(element, NodeFilter.SHOW_ELEMENT, (node) => {
      const one = /** @type {Element} */ (node);
      if (one.getAttribute("role") === "group" && /** @type {HTMLElement} */ (one).hidden) return NodeFilter.FILTER_REJECT;
      return one.getAttribute("role") === "treeitem" ? NodeFilter.FILTER_ACCEPT : NodeFilter.FILTER_SKIP;
    });
    walker.currentNode = item;
    return /** @type {HTMLElement | null} */ (step > 0 ? walker.nextNode() : walker.previousNode());
  }

  /** @param {HTMLElement} item @returns {HTMLElement | null} */
  const above = (item) => item.parentElement?.closest("[role=treeitem]") ?? null;

  /** @param {HTMLElement} item @returns {HTMLElement} the last item shown inside */
  function lastInside(item) {
    const last = item.querySelector(":scope > [role=group]:not([hidden])")?.lastElementChild;
    return last instanceof HTMLElement ? lastInside(last) : item;
  }

  /** @type {Record<string, (item: HTMLElement) => HTMLElement | null | void>} */
  const keys = {
    ArrowDown: (item) => neighbor(item, 1),
    ArrowUp: (item) => neighbor(item, -1),
    ArrowLeft(item) {
      if (item.getAttribute("aria-expanded") !== "true") return above(item);
      entries.get(item)?.close();
      return null;
    },
    ArrowRight(item) {
      if (item.getAttribute("aria-expanded") === "true") return neighbor(item, 1);
      if (item.hasAttribute("aria-expanded")) entries.get(item)?.open();
      return null;
    },
    Home: () => /** @type {HTMLElement} */ (element.firstElementChild),
    End: () => lastInside(/** @type {HTMLElement} */ (element.firstElementChild)),
    Enter: toggle,
    " ": toggle,
    "*"(item) {
      for (const one of item.parentElement?.children ?? []) if (one.hasAttribute("aria-expanded")) entries.get(one)?.open();
    },
  };

  element.addEventListener("keydown", (event) => {
    const item = /** @type {HTMLElement | null} */ (/** @type {Element} */ (event.target).closest("[role=treeitem]"));
    if (!item || event.target !== item) return;
    const entry = entries.get(item);
    if ((event.ctrlKey || event.metaKey) && event.key === "c" && !getSelection()?.toString()) {
      void copy(asText(entry?.value)).then(() => onCopy(entry?.path ?? ""));
    } else if (!event.ctrlKey && !event.metaKey && !event.altKey && Object.hasOwn(keys, event.key)) {
      const next = keys[event.key]?.(item);
      if (next) focusOn(next);
    } else {
      return;
    }
    event.preventDefault();
    event.stopPropagation(); // JupyterLab's own keys would act too
  });
  element.addEventListener("click", (event) => {
    const target = /** @type {Element} */ (event.target);
    const item = /** @type {HTMLElement | null} */ (target.closest("[role=treeitem]"));
    if (!item || target.closest("button")) return;
    if (target.closest(".json-row")?.parentElement !== item || getSelection()?.toString()) return;
    focusOn(item);
    toggle(item);
  });
  element.addEventListener("pointerover", (event) => {
    const item = /** @type {HTMLElement | null} */ (/** @type {Element} */ (event.target).closest("[role=treeitem]"));
    if (item && !element.contains(document.activeElement)) activate(item);
  });

  /** @param {unknown} next */
  function show(next) {
    current = null;
    const root = build(null, next, "", 1);
    element.replaceChildren(root);
    activate(root);
  }
  show(value);
  return { element, show, focus: () => current && focusOn(current) };
}

/** @param {string} path @param {string | number} key @returns {string} as in Python or JavaScript */
function joined(path, key) {
  if (typeof key === "number") return `${path}[${key}]`;
  if (/^[A-Za-z_]\w*$/.test(key)) return path ? `${path}.${key}` : key;
  return `${path}[${JSON.stringify(key)}]`;
}

/** @param {unknown} value @returns {string} */
function asText(value) {
  return typeof value === "string" ? value : (JSON.stringify(value, null, 2) ?? "");
}
