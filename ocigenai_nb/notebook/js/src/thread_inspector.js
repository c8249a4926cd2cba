// The thread inspector: a tree of responses, and all that is known of the one that is chosen.

import { createChannel } from "./channel.js";
import { h, icon } from "./dom.js";
import { createDetail } from "./inspector_detail.js";
import { createTree } from "./inspector_rows.js";
import "./inspector_words.js";
import { t } from "./strings.js";
import { createAnnouncer, debounce } from "./timing.js";

const SETTLE_MS = 60; // arrow keys held down choose many rows: the details follow when they rest
const TYPING_MS = 200;
const GROWING_MS = 1000; // an answer that is coming is looked at this often
const REFRESH_MS = 2000; // a journal is looked at no more often than this

/** @typedef {import("@anywidget/types").AnyModel<{ selected: number | null, query: string, height: string }>} Model */

/** @param {{ model: Model, el: HTMLElement }} given */
function render({ model, el }) {
  const banner = h("div", { class: "inspector-banner", role: "status", hidden: true });
  const channel = createChannel(model, { onState: showState });
  const announcer = createAnnouncer();
  let live = true;
  let kinds = /** @type {string[]} */ ([]);
  let number = /** @type {number | null} */ (model.get("selected"));
  let looked = 0;
  let growing = 0;

  const words = h("input", { type: "search", placeholder: t("inspect.search_hint"), "aria-label": t("inspect.search"), value: model.get("query") });
  const filters = { status: filter("status"), model: filter("model"), transport: filter("transport") };
  const total = h("span", { class: "muted small inspector-total", role: "status" });
  const name = h("strong", { class: "inspector-name" });
  const refresh = h("button", { type: "button", class: "quiet", title: t("inspect.refresh"), "aria-label": t("inspect.refresh"), hidden: true, onclick: () => look(true) }, icon("retry"));
  const empty = h("p", { class: "inspector-nothing muted", hidden: true });

  const search = () => ({ words: words.value, status: filters.status.value, model: filters.model.value, transport: filters.transport.value });
  const tree = createTree({ ask, search, onChoose: choose, onOpen: () => detail.focus(), onLoaded });
  const detail = createDetail({ ask, go: (to) => choose(to, true), say: announcer.say, kinds: () => kinds, live: () => live });

  const bar = h("div", { class: "inspector-bar", role: "search" }, name, h("span", { class: "inspector-search" }, icon("search"), words), Object.values(filters), h("span", { class: "inspector-count" }, total, refresh));
  const left = h("div", { class: "inspector-left" }, tree.element, empty);
  const view = h("section", { class: "inspector", "aria-label": t("inspect.label", { title: "" }) }, bar, banner, h("div", { class: "inspector-body" }, left, detail.element), announcer.element);
  const root = h("div", { class: "ocigenai inspector-root", "data-lm-suppress-shortcuts": "true" }, view);
  el.append(root);

  /** @param {string} type @param {Record<string, unknown>} content @returns {Promise<any>} */
  function ask(type, content) {
    return channel.request(type, content);
  }

  /** @param {"status" | "model" | "transport"} kind */
  function filter(kind) {
    return h("select", { "aria-label": t(`inspect.any_${kind}`), onchange: () => tree.reload(true) }, h("option", { value: "" }, t(`inspect.any_${kind}`)));
  }

  /** @param {import("./channel.js").State} state */
  function showState(state) {
    banner.hidden = state === "ok";
    banner.textContent = state === "ok" ? "" : t(state === "lost" ? "inspect.gone" : "inspect.busy");
    banner.classList.toggle("lost", state === "lost");
  }

  /** @param {any} reply */
  function onLoaded(reply) {
    total.textContent = reply.count !== reply.total && isSearch() ? t("inspect.matches", { count: reply.count, total: reply.total }) : t("inspect.total_count", { count: reply.total });
    for (const [kind, select] of Object.entries(filters)) fill(kind, select, reply.counts[kind] ?? {});
    empty.hidden = reply.count > 0;
    empty.textContent = t(reply.total ? "inspect.none_fits" : "inspect.empty");
    tree.element.hidden = reply.count === 0;
  }

  const isSearch = () => Object.values(search()).some(Boolean);

  /** @param {number} to @param {boolean} [find] scroll the tree to it, too */
  function choose(to, find = false) {
    number = to;
    tree.setChosen(to);
    settle();
    if (find) void tree.reload(true);
  }

  const settle = debounce(() => {
    if (number !== null && model.get("selected") !== number) {
      model.set("selected", number);
      save();
    }
    void load();
  }, SETTLE_MS);

  function save() {
    try {
      model.save_changes();
    } catch {
      /* The kernel is gone: the choice still holds in this view. */
    }
  }

  async function load() {
    clearTimeout(growing);
    const mine = number;
    if (mine === null) return;
    try {
      const reply = await ask("detail", { number: mine });
      if (mine !== number) return;
      detail.show(reply.detail);
      if (reply.detail.status === "streaming") growing = window.setTimeout(load, GROWING_MS);
    } catch (error) {
      if (mine === number && channel.state() !== "lost") detail.refuse(error);
    }
  }

  /** See what is new. @param {boolean} [now] */
  function look(now = false) {
    if (channel.state() === "lost" || (!now && Date.now() - looked < REFRESH_MS)) return;
    looked = Date.now();
    void tree.reload();
  }

  const onChanged = debounce(() => {
    void tree.reload();
    void load();
  }, SETTLE_MS);
  const onTyping = debounce(() => {
    model.set("query", words.value);
    save();
    void tree.reload(true);
  }, TYPING_MS);
  const onQuery = () => {
    if (words.value === model.get("query")) return;
    words.value = model.get("query");
    void tree.reload(true);
  };
  const onSelected = () => {
    const to = model.get("selected");
    if (to !== null && to !== number) choose(to, true);
  };
  const onHeight = () => view.style.setProperty("height", model.get("height"));

  channel.on("changed", onChanged);
  model.on("change:query", onQuery);
  model.on("change:selected", onSelected);
  model.on("change:height", onHeight);
  words.addEventListener("input", onTyping);
  root.addEventListener("pointerenter", () => !live && look());
  root.addEventListener("keydown", (event) => {
    const typing = /** @type {Element} */ (event.target).matches("input, select, textarea");
    if (event.key === "/" && !typing) {
      event.preventDefault();
      words.focus();
    } else if (event.target === words && (event.key === "ArrowDown" || event.key === "Enter")) {
      event.preventDefault();
      tree.focus();
    }
  });
  onHeight();

  ask("open", { ...search(), folded: [], count: 100 }).then((reply) => {
    live = reply.live;
    kinds = reply.kinds;
    name.textContent = reply.title;
    view.setAttribute("aria-label", t("inspect.label", { title: reply.title }));
    refresh.hidden = live;
    number ??= reply.first;
    tree.setChosen(number);
    tree.show(reply);
    void load();
  }, (error) => detail.refuse(error));

  return () => {
    settle.cancel();
    onChanged.cancel();
    onTyping.cancel();
    clearTimeout(growing);
    model.off("change:query", onQuery);
    model.off("change:selected", onSelected);
    model.off("change:height", onHeight);
    tree.close();
    channel.close();
  };
}

/** The choices of a filter, with how many there are of each. @param {string} kind @param {HTMLSelectElement} select @param {Record<string, number>} counts */
function fill(kind, select, counts) {
  const options = Object.entries(counts).map(([value, count]) => {
    const words = kind === "status" ? t(`inspect.status.${value}`) : value;
    return h("option", { value }, `${words} (${count.toLocaleString("en-US")})`);
  });
  const before = select.value;
  if (select.dataset["counts"] === JSON.stringify(counts)) return;
  select.dataset["counts"] = JSON.stringify(counts);
  select.replaceChildren(h("option", { value: "" }, t(`inspect.any_${kind}`)), ...options);
  select.value = before in counts ? before : "";
}

export default { render };
