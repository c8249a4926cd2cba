// When things run: with the page's next painting, later, or said aloud sentence by sentence.

import { h } from "./dom.js";

const HIDDEN_MS = 250; // a hidden page paints no frames, and its answer must still be complete

/**
 * Call once with the next frame, or soon where the page paints none.
 * @param {() => void} run
 * @returns {() => void} cancels the call
 */
export function nextFrame(run) {
  let done = false;
  const once = () => {
    if (done) return;
    cancel();
    run();
  };
  const frame = requestAnimationFrame(once);
  const timer = setTimeout(once, HIDDEN_MS);
  const cancel = () => {
    done = true;
    cancelAnimationFrame(frame);
    clearTimeout(timer);
  };
  return cancel;
}

/**
 * A function that runs at most once a frame, with the newest arguments. `.cancel()` forgets a call.
 * @template {any[]} Args
 * @param {(...args: Args) => void} run
 * @returns {((...args: Args) => void) & { cancel: () => void }}
 */
export function perFrame(run) {
  /** @type {(() => void) | null} */
  let waiting = null;
  /** @type {Args} */
  let latest;
  const call = (/** @type {Args} */ ...args) => {
    latest = args;
    waiting ??= nextFrame(() => {
      waiting = null;
      run(...latest);
    });
  };
  call.cancel = () => {
    waiting?.();
    waiting = null;
  };
  return call;
}

/**
 * A function that runs once, `ms` after its last call. `.cancel()` forgets a call.
 * @template {any[]} Args
 * @param {(...args: Args) => void} run
 * @param {number} ms
 * @returns {((...args: Args) => void) & { cancel: () => void }}
 */
export function debounce(run, ms) {
  let timer = 0;
  const call = (/** @type {Args} */ ...args) => {
    clearTimeout(timer);
    timer = window.setTimeout(() => run(...args), ms);
  };
  call.cancel = () => clearTimeout(timer);
  return call;
}

/**
 * @typedef {object} Announcer
 * @property {HTMLElement} element a polite live region, to be put in the widget once
 * @property {(text: string) => void} say announce this now
 * @property {(text: string) => void} stream add running text: whole sentences are announced
 * @property {() => void} flush announce what is left of the running text
 */

/**
 * A polite live region apart from what is seen: announcing every delta would stutter.
 * @param {{ everyMs?: number }} [options] the least time between two announcements of a stream
 * @returns {Announcer}
 */
export function createAnnouncer({ everyMs = 1500 } = {}) {
  const element = h("div", { class: "sr-only", role: "status", "aria-live": "polite" });
  let rest = "";
  let timer = 0;
  const say = (/** @type {string} */ text) => {
    if (text.trim()) element.replaceChildren(h("p", null, text.trim()));
  };
  const sentences = () => {
    timer = 0;
    const end = Math.max(...[". ", "! ", "? ", "\n", "。", "؟ "].map((mark) => rest.lastIndexOf(mark)));
    if (end < 0) return;
    say(rest.slice(0, end + 1));
    rest = rest.slice(end + 1);
  };
  return {
    element,
    say,
    stream(text) {
      rest += text;
      timer ||= window.setTimeout(sentences, everyMs);
    },
    flush() {
      clearTimeout(timer);
      timer = 0;
      say(rest);
      rest = "";
    },
  };
}

/** What Tab reaches. */
const FOCUSABLE =
  "a[href],button:not(:disabled),input:not(:disabled),select:not(:disabled)," +
  "textarea:not(:disabled),summary,[tabindex]:not([tabindex='-1'])";

/**
 * The visible elements inside `root` that Tab reaches, in order.
 * @param {HTMLElement} root
 * @returns {HTMLElement[]}
 */
export function focusable(root) {
  const found = /** @type {NodeListOf<HTMLElement>} */ (root.querySelectorAll(FOCUSABLE));
  return [...found].filter((one) => one.offsetParent !== null);
}

/**
 * Keep Tab inside `root` (a dialog) until the returned function is called, which puts the focus
 * back where it was.
 * @param {HTMLElement} root
 * @returns {() => void}
 */
export function trapFocus(root) {
  const before = document.activeElement;
  const onKey = (/** @type {KeyboardEvent} */ event) => {
    if (event.key !== "Tab") return;
    const all = focusable(root);
    const edge = event.shiftKey ? all[0] : all.at(-1);
    if (event.target !== edge) return;
    event.preventDefault();
    (event.shiftKey ? all.at(-1) : all[0])?.focus();
  };
  root.addEventListener("keydown", onKey);
  focusable(root)[0]?.focus();
  return () => {
    root.removeEventListener("keydown", onKey);
    if (before instanceof HTMLElement) before.focus();
  };
}

/**
 * One Tab stop for a row of controls (a toolbar, a list): the arrow keys, Home and End move within.
 * @param {HTMLElement} root
 * @param {string} selector of the controls
 * @returns {() => void} renew it after the controls changed
 */
export function rovingFocus(root, selector) {
  const items = () => /** @type {HTMLElement[]} */ ([...root.querySelectorAll(selector)]);
  const renew = () => {
    const all = items();
    const current = all.find((one) => one.tabIndex === 0) ?? all[0];
    for (const one of all) one.tabIndex = one === current ? 0 : -1;
  };
  root.addEventListener("keydown", (event) => {
    const all = items();
    const at = all.indexOf(/** @type {HTMLElement} */ (event.target));
    const to = { ArrowRight: at + 1, ArrowDown: at + 1, ArrowLeft: at - 1, ArrowUp: at - 1, Home: 0, End: all.length - 1 }[event.key]; // prettier-ignore
    if (at < 0 || to === undefined) return;
    event.preventDefault();
    const next = all.at(to % all.length);
    for (const one of all) one.tabIndex = one === next ? 0 : -1;
    next?.focus();
  });
  renew();
  return renew;
}
