// The tree of the inspector: only the rows in sight exist, and only those near them were sent.
// Arrow keys move, Right and Left unfold and fold a branch, Enter goes to the details.

import { h, icon } from "./dom.js";
import { t } from "./strings.js";
import { createVirtualList } from "./virtual_list.js";

const PAGE = 100; // rows asked for at once
const ROW = 52; // pixels; as in the style sheet
const AROUND = 10; // rows out of sight that are asked for, too
const FETCH_MS = 50;
const DEEPEST = 8; // levels that are indented

/** @typedef {Record<string, any> & { number: number, level: number }} Row */
/** @typedef {{ words: string, status: string, model: string, transport: string }} Search */

/**
 * @param {{
 *   ask: (type: string, content: Record<string, unknown>) => Promise<any>,
 *   search: () => Search,
 *   onChoose: (number: number) => void,
 *   onOpen: () => void,
 *   onLoaded: (reply: any) => void,
 * }} options `ask` may reject: rows then stay as they are
 */
export function createTree({ ask, search, onChoose, onOpen, onLoaded }) {
  /** @type {Map<number, Row>} */
  let rows = new Map();
  /** @type {Set<number>} */
  let asked = new Set();
  /** @type {Set<number>} */
  const folded = new Set();
  let count = 0;
  let generation = 0;
  let fetching = 0;
  let chosen = /** @type {number | null} */ (null);
  let quiet = false;

  const list = createVirtualList({
    count: 0,
    rowHeight: ROW,
    label: t("inspect.tree"),
    roles: ["tree", "treeitem"],
    render: (index) => renderRow(index),
    describe: (index) => describe(rows.get(index)),
    onSelect: (index) => choose(rows.get(index)),
    onActivate: (index) => (rows.get(index)?.group === undefined ? onOpen() : toggle(rows.get(index))),
    onKey,
  });
  list.element.classList.add("inspector-tree");
  list.element.addEventListener("click", (event) => {
    const fold = /** @type {Element} */ (event.target).closest(".inspector-fold");
    if (fold instanceof HTMLElement) toggle([...rows.values()].find((row) => String(row.number) === fold.dataset.number));
  });

  /** @param {number} index */
  function renderRow(index) {
    const row = rows.get(index);
    if (row) return drawRow(row);
    fetching ||= window.setTimeout(fetchInSight, FETCH_MS); // what is scrolled past is not asked for
    return h("div", { class: "inspector-row waiting" });
  }

  function fetchInSight() {
    fetching = 0;
    const { scrollTop, clientHeight } = list.element;
    const last = Math.min(Math.ceil((scrollTop + clientHeight) / ROW) + AROUND, count - 1);
    for (let at = Math.max(Math.floor(scrollTop / ROW) - AROUND, 0); at <= last; at += 1) {
      if (!rows.has(at)) fetchPage(Math.floor(at / PAGE));
    }
  }

  /** @param {number} page */
  function fetchPage(page) {
    if (asked.has(page)) return;
    asked.add(page);
    const mine = generation;
    ask("rows", content({ start: page * PAGE })).then(
      (reply) => mine === generation && take(reply),
      () => asked.delete(page),
    );
  }

  /** @param {Record<string, unknown>} more */
  const content = (more) => ({ ...search(), folded: [...folded], count: PAGE, ...more });

  /** @param {any} reply */
  function take(reply) {
    reply.rows.forEach((/** @type {Row} */ row, /** @type {number} */ at) => rows.set(reply.start + at, row));
    for (let at = 0; at < reply.rows.length; at += 1) list.refresh(reply.start + at);
    onLoaded(reply);
  }

  /** All rows anew, from a reply to "open" or "rows". @param {any} reply */
  function show(reply) {
    generation += 1;
    rows = new Map();
    asked = new Set();
    reply.rows.forEach((/** @type {Row} */ row, /** @type {number} */ at) => rows.set(reply.start + at, row));
    count = reply.count;
    quiet = true;
    list.setCount(count);
    if (reply.index !== null) list.select(reply.index);
    else list.select(-1);
    quiet = false;
    onLoaded(reply);
  }

  /** Ask for the rows anew: those in sight, or those around the chosen one. @param {boolean} [around] */
  async function reload(around = false) {
    const mine = (generation += 1);
    const first = Math.max(0, Math.floor(list.element.scrollTop / ROW) - PAGE / 4);
    try {
      const reply = await ask("rows", content(around ? { start: 0, around: chosen } : { start: first, find: chosen }));
      if (mine !== generation) return;
      const top = list.element.scrollTop;
      show(reply);
      if (!around) list.element.scrollTop = top;
    } catch {
      /* The kernel is gone, or the journal is closed: the rows stay, and the banner says why. */
    }
  }

  /** @param {Row | undefined} row */
  function choose(row) {
    if (quiet || !row || row.group !== undefined) return;
    chosen = row.number;
    onChoose(row.number);
  }

  /** @param {Row | undefined} row */
  function toggle(row) {
    if (!row?.folds) return;
    if (!folded.delete(row.number)) folded.add(row.number);
    void reload();
  }

  /** @param {string} key @param {number} index @returns {boolean} whether it was for the tree */
  function onKey(key, index) {
    const row = rows.get(index);
    if (!row || (key !== "ArrowRight" && key !== "ArrowLeft")) return false;
    const open = row.folds && !row.folded;
    if (key === "ArrowRight" && row.folds && row.folded) toggle(row);
    else if (key === "ArrowRight" && open) list.select(index + 1);
    else if (key === "ArrowLeft" && open) toggle(row);
    else if (key === "ArrowLeft") for (let at = index - 1; at >= 0; at -= 1) {
      if ((rows.get(at)?.level ?? row.level) >= row.level) continue;
      list.select(at);
      break;
    }
    return true;
  }

  return {
    element: list.element,
    show,
    reload,
    focus: () => list.element.focus(),
    /** @param {number | null} number */
    setChosen(number) {
      chosen = number;
    },
    chosen: () => chosen,
    count: () => count,
    close() {
      clearTimeout(fetching);
      list.close();
    },
  };
}

/** @param {Row | undefined} row @returns {Record<string, unknown>} */
function describe(row) {
  if (!row) return {};
  return {
    "aria-level": row.level + 1,
    "aria-posinset": row.place,
    "aria-setsize": row.places,
    "aria-expanded": row.folds ? String(!row.folded) : null,
    "data-number": row.number,
  };
}

/** @param {Row} row */
function drawRow(row) {
  const indent = { "--level": String(Math.min(row.level, DEEPEST)) };
  const fold = row.folds
    ? h("span", { class: `inspector-fold${row.folded ? "" : " open"}`, "data-number": row.number, title: t(row.folded ? "inspect.unfold" : "inspect.fold") }, icon("chevron"))
    : h("span", { class: "inspector-fold" });
  if (row.group !== undefined) {
    return h("div", { class: "inspector-row group", style: indent }, fold, h("strong", null, row.group), h("span", { class: "muted small" }, t("inspect.group", { count: row.count })));
  }
  const tokens = row.tokens === null ? "" : t("inspect.tokens", { count: row.tokens });
  const facts = row.voice ? [shortModel(row.model), row.transport] : [tokens, row.seconds ? `${row.seconds.toFixed(2)} s` : ""];
  return h(
    "div",
    { class: `inspector-row${row.on ? "" : " off"}`, style: indent },
    fold,
    h("span", { class: `inspector-dot ${row.status}` }),
    h(
      "div",
      { class: "inspector-cell" },
      h(
        "div",
        { class: "inspector-line" },
        h("span", { class: "inspector-number" }, String(row.number)),
        h("span", { class: "inspector-prompt" }, row.prompt),
        row.places > 1 && h("span", { class: "badge" }, icon("fork"), t("inspect.branch_of", { place: row.place, places: row.places })),
        row.calls && h("span", { class: "badge", title: row.calls }, icon("tool"), row.calls.split(":")[0]),
        row.edited && h("span", { class: "badge" }, t("inspect.edited")),
        row.status !== "finished" && h("span", { class: `badge ${{ failed: "error", interrupted: "warn" }[/** @type {string} */ (row.status)] ?? ""}` }, t(`inspect.status.${row.status}`)),
        row.head && h("span", { class: "badge head" }, t("inspect.head")),
      ),
      h("div", { class: "inspector-line small muted" }, h("span", { class: "inspector-answer" }, row.answer), h("span", { class: "inspector-facts" }, facts.filter(Boolean).join(" · "))),
    ),
  );
}

/** @param {string} model @returns {string} an OCID by its end, which is what tells it apart */
export function shortModel(model) {
  return model.startsWith("ocid1.") ? `…${model.slice(-6)}` : model;
}
