// A list of which only the rows in sight exist, for tens of thousands. One Tab stop; the arrow keys,
// Home, End, Page Up and Page Down choose a row, Enter activates it.

import { append, h } from "./dom.js";
import { perFrame } from "./timing.js";

const AROUND = 6; // rows kept ready above and below

/**
 * @typedef {object} VirtualList
 * @property {HTMLElement} element give it a height in CSS
 * @property {(count: number) => void} setCount rows were added, removed or filtered: all are built anew
 * @property {(index: number) => void} refresh build one row anew
 * @property {(index: number, options?: { focus?: boolean }) => void} select choose a row and scroll to it
 * @property {() => number} selected the chosen row, -1 for none
 * @property {(index: number) => void} scrollTo
 * @property {() => void} close stop watching sizes: the view is being removed
 */

/**
 * @param {{
 *   count: number,
 *   rowHeight: number,
 *   render: (index: number) => import("./dom.js").Child | import("./dom.js").Child[],
 *   label: string,
 *   onSelect?: (index: number) => void,
 *   onActivate?: (index: number) => void,
 *   onKey?: (key: string, index: number) => boolean,
 *   roles?: [list: string, row: string],
 *   describe?: (index: number) => Record<string, unknown>,
 * }} options `rowHeight` in pixels is a first guess: rows are measured once in sight; `onKey` may
 *   take a key on the chosen row; `describe` gives attributes of a row's own, such as `aria-level`
 * @returns {VirtualList}
 */
export function createVirtualList({ count, rowHeight, render, label, onSelect = () => {}, onActivate = () => {}, onKey: takeKey = () => false, roles = ["listbox", "option"], describe = () => ({}) }) {
  const rows = h("div", { class: "list-rows", role: "presentation" });
  const element = h("div", { class: "virtual-list", role: roles[0], tabindex: 0, "aria-label": label }, rows);
  const prefix = `og${Math.random().toString(36).slice(2, 10)}-`; // each bundle has its own count
  /** @type {Map<number, HTMLElement>} */
  const shown = new Map();
  /** @type {WeakMap<Element, number>} */
  const indexes = new WeakMap();
  let heights = new Float64Array(0);
  let offsets = new Float64Array(1);
  let valid = 0; // offsets are right up to here
  let chosen = -1;
  let following = false; // the chosen row stays in sight while rows are measured, until a person scrolls

  const sizes = new ResizeObserver((changes) => {
    let above = 0;
    for (const { target, borderBoxSize } of changes) {
      const index = indexes.get(target);
      const height = borderBoxSize[0]?.blockSize ?? 0;
      if (index === undefined || !height || shown.get(index) !== target) continue;
      const change = height - /** @type {number} */ (heights[index]);
      if (Math.abs(change) < 0.5) continue;
      if (offset(index) < element.scrollTop) above += change; // keep in place what is read
      heights[index] = height;
      valid = Math.min(valid, index);
    }
    if (above) element.scrollTop += above;
    if (following && chosen >= 0) scrollTo(chosen);
    else place();
  });

  /** @param {number} index @returns {number} pixels from the top */
  function offset(index) {
    for (; valid < index; valid += 1) {
      offsets[valid + 1] = /** @type {number} */ (offsets[valid]) + /** @type {number} */ (heights[valid]);
    }
    return /** @type {number} */ (offsets[index]);
  }

  /** @param {number} y @returns {number} the row at a height */
  function rowAt(y) {
    offset(heights.length);
    let low = 0;
    let high = Math.max(heights.length - 1, 0);
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (/** @type {number} */ (offsets[middle]) <= y) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  /** @param {number} index @returns {HTMLElement} */
  function build(index) {
    const row = h("div", { class: "list-row", role: roles[1], id: prefix + index, "aria-setsize": heights.length, "aria-posinset": index + 1, "aria-selected": index === chosen, ...describe(index) });
    append(row, [render(index)].flat());
    indexes.set(row, index);
    return row;
  }

  /** Build the rows in sight, remove the others, and put each in its place. */
  function place() {
    rows.style.height = `${offset(heights.length)}px`;
    const first = Math.max(rowAt(element.scrollTop) - AROUND, 0);
    const last = Math.min(rowAt(element.scrollTop + element.clientHeight) + AROUND, heights.length - 1);
    for (const [index, row] of shown) {
      if ((index >= first && index <= last) || index === chosen) continue;
      sizes.unobserve(row);
      row.remove();
      shown.delete(index);
    }
    for (let index = first; index <= last; index += 1) ensure(index);
    if (chosen >= 0 && chosen < heights.length) ensure(chosen); // aria-activedescendant needs it
    for (const [index, row] of shown) row.style.transform = `translateY(${offset(index)}px)`;
  }

  /** @param {number} index */
  function ensure(index) {
    if (shown.has(index)) return;
    const row = build(index);
    const next = [...shown.keys()].filter((one) => one > index).sort((a, b) => a - b)[0];
    rows.insertBefore(row, next === undefined ? null : (shown.get(next) ?? null)); // read in order
    shown.set(index, row);
    sizes.observe(row);
  }

  /** @param {number} index */
  function scrollTo(index) {
    const top = offset(index);
    const bottom = top + /** @type {number} */ (heights[index] ?? rowHeight);
    if (top < element.scrollTop) element.scrollTop = top;
    else if (bottom > element.scrollTop + element.clientHeight) element.scrollTop = bottom - element.clientHeight;
    place();
  }

  /** @param {number} index @param {{ focus?: boolean }} [options] */
  function select(index, { focus = false } = {}) {
    const next = Math.max(-1, Math.min(index, heights.length - 1));
    shown.get(chosen)?.setAttribute("aria-selected", "false");
    const changed = next !== chosen;
    chosen = next;
    following = next >= 0;
    if (next >= 0) {
      scrollTo(next);
      shown.get(next)?.setAttribute("aria-selected", "true");
      element.setAttribute("aria-activedescendant", prefix + next);
    } else {
      element.removeAttribute("aria-activedescendant");
    }
    if (focus) element.focus({ preventScroll: true });
    if (changed) onSelect(next);
  }

  /** @param {number} next */
  function setCount(next) {
    for (const row of shown.values()) sizes.unobserve(row);
    shown.clear();
    rows.replaceChildren();
    heights = new Float64Array(next).fill(rowHeight);
    offsets = new Float64Array(next + 1);
    valid = 0;
    if (chosen >= next) chosen = -1;
    if (chosen < 0) element.removeAttribute("aria-activedescendant");
    place();
  }

  /** @param {KeyboardEvent} event */
  function onKey(event) {
    if (event.target !== element || event.ctrlKey || event.metaKey || event.altKey) return;
    const page = Math.max(1, rowAt(element.scrollTop + element.clientHeight) - rowAt(element.scrollTop) - 1);
    const last = heights.length - 1;
    const to = { ArrowDown: chosen + 1, ArrowUp: Math.max(chosen - 1, 0), Home: 0, End: last, PageDown: Math.min(chosen + page, last), PageUp: Math.max(chosen - page, 0) }[event.key]; // prettier-ignore
    if (to !== undefined) select(Math.min(to, last));
    else if (event.key === "Enter" && chosen >= 0) onActivate(chosen);
    else if (!takeKey(event.key, chosen)) return;
    event.preventDefault();
    event.stopPropagation(); // JupyterLab's own keys would act too
  }

  /** @param {Event} event @returns {number} */
  function rowOf(event) {
    const row = /** @type {Element} */ (event.target).closest(".list-row");
    return row ? (indexes.get(row) ?? -1) : -1;
  }

  const onScroll = perFrame(place);
  element.addEventListener("scroll", onScroll, { passive: true });
  for (const moved of ["wheel", "touchmove", "pointerdown"]) {
    element.addEventListener(moved, () => (following = false), { passive: true });
  }
  element.addEventListener("keydown", onKey);
  element.addEventListener("click", (event) => rowOf(event) >= 0 && select(rowOf(event)));
  element.addEventListener("dblclick", (event) => rowOf(event) >= 0 && onActivate(rowOf(event)));
  sizes.observe(element); // it is often built before it has a height
  setCount(count);

  return {
    element,
    setCount,
    refresh(index) {
      const old = shown.get(index);
      if (!old) return;
      append((old.replaceChildren(), old), [render(index)].flat());
      for (const [name, value] of Object.entries(describe(index))) {
        if (value === null) old.removeAttribute(name);
        else old.setAttribute(name, String(value));
      }
    },
    select,
    selected: () => chosen,
    scrollTo,
    close() {
      onScroll.cancel();
      sizes.disconnect();
    },
  };
}
