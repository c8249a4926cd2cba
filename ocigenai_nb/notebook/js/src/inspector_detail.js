// One response: what it is, what can be done with it, and tabs with all that is known of it.

import { h, icon } from "./dom.js";
import { drawItems, drawThread, drawUsage } from "./inspector_parts.js";
import { shortModel } from "./inspector_rows.js";
import { drawAllEvents, drawCompare, drawError, drawExport, drawRequests, drawService } from "./inspector_wire.js";
import { t } from "./strings.js";
import { rovingFocus } from "./timing.js";

/** @typedef {Record<string, any>} Detail */
const TABS = ["items", "thread", "usage", "request", "events", "compare", "service", "export"];

/**
 * @param {{
 *   ask: (type: string, content: Record<string, unknown>) => Promise<any>,
 *   go: (number: number) => void,
 *   say: (text: string) => void,
 *   kinds: () => string[],
 *   live: () => boolean,
 * }} options `go` shows another response; `say` announces what was done
 */
export function createDetail({ ask, go, say, kinds, live }) {
  const title = h("h3", { tabindex: -1, class: "inspector-heading" });
  const badges = h("span", { class: "inspector-badges" });
  const actions = h("span", { class: "inspector-actions" });
  const aside = h("div");
  const prefix = `og${Math.random().toString(36).slice(2, 10)}-`; // of ids, in a page with other views
  const tabs = TABS.map((name) =>
    h("button", { type: "button", role: "tab", id: `${prefix}${name}`, "aria-controls": `${prefix}panel`, "data-tab": name, onclick: () => open(name) }, t(`inspect.${name}`)),
  );
  const bar = h("div", { class: "inspector-tabs", role: "tablist", "aria-label": t("inspect.tabs") }, tabs);
  const panel = h("div", { class: "inspector-panel", role: "tabpanel", id: `${prefix}panel`, tabindex: 0 });
  const head = h("header", { class: "inspector-head" }, h("div", { class: "inspector-head-line" }, title, badges, actions), aside, bar);
  const nothing = h("p", { class: "inspector-nothing muted" }, t("inspect.nothing_chosen"));
  const element = h("div", { class: "inspector-detail" }, nothing, head, panel);
  head.hidden = panel.hidden = true;
  rovingFocus(bar, "[role=tab]");

  let current = /** @type {Detail | null} */ (null);
  let tab = "items";
  let shown = "";

  /** @param {string} name */
  function open(name) {
    tab = name;
    for (const one of tabs) {
      const on = one.dataset["tab"] === name;
      one.setAttribute("aria-selected", String(on));
      one.tabIndex = on ? 0 : -1;
      if (on && current) one.scrollIntoView({ block: "nearest", inline: "nearest" });
    }
    panel.setAttribute("aria-labelledby", prefix + name);
    panel.scrollTop = 0;
    if (current) panel.replaceChildren(draw(name, current));
  }

  /** @param {string} name @param {Detail} detail @returns {HTMLElement} */
  function draw(name, detail) {
    if (name === "thread") return drawThread(detail, go);
    if (name === "usage") return drawUsage(detail);
    if (name === "request") return drawRequests(ask, detail);
    if (name === "events") return drawAllEvents(ask, detail);
    if (name === "compare") return drawCompare(ask, detail);
    if (name === "service") return drawService(ask, detail);
    if (name === "export") return drawExport(ask, detail, kinds());
    return drawItems(detail);
  }

  /** @param {Detail} detail */
  function show(detail) {
    const same = JSON.stringify(detail);
    if (same === shown) return; // nothing new: what is open stays open
    const another = current?.["number"] !== detail["number"];
    const grew = !another && current?.["status"] !== "streaming" && tab !== "items" && tab !== "thread";
    shown = same;
    current = detail;
    nothing.hidden = true;
    head.hidden = panel.hidden = false;
    title.textContent = t(live() ? "inspect.turn" : "inspect.exchange", { number: detail["number"] });
    badges.replaceChildren(...drawBadges(detail));
    actions.replaceChildren(...drawActions(detail));
    if (another) aside.replaceChildren();
    if (!grew) open(tab);
  }

  /** @param {Detail} detail @returns {HTMLElement[]} */
  function drawActions(detail) {
    const { fork, delete: remove } = detail["refused"];
    const button = (/** @type {string} */ name, /** @type {string} */ sign, /** @type {string | undefined} */ refused, /** @type {() => void} */ run) =>
      h("button", { type: "button", class: name === "delete" ? "danger" : "", disabled: Boolean(refused), title: refused ?? t(`inspect.${name}`), onclick: run }, icon(sign), h("span", null, t(`inspect.${name}`)));
    return live() ? [button("fork", "fork", fork, () => act(forkHere(detail))), button("delete", "trash", remove, () => confirmDelete(detail))] : [];
  }

  /** @param {Promise<string>} deed */
  function act(deed) {
    deed.then(
      (words) => {
        aside.replaceChildren(h("div", { class: "note ok" }, words));
        say(words);
      },
      (error) => aside.replaceChildren(drawError(error)),
    );
  }

  /** @param {Detail} detail */
  async function forkHere(detail) {
    await ask("fork", { number: detail["number"] });
    return t("inspect.forked", { number: detail["number"] });
  }

  /** @param {Detail} detail @param {boolean} drop */
  async function remove(detail, drop) {
    const { deleted } = await ask("delete", { number: detail["number"], drop });
    return t("inspect.deleted", { count: deleted.length });
  }

  /** @param {Detail} detail */
  function confirmDelete(detail) {
    const drop = h("input", { type: "checkbox" });
    const words = t("inspect.delete_ask", { count: detail["stored_below"], number: detail["number"] });
    const close = () => {
      aside.replaceChildren();
      /** @type {HTMLElement | null} */ (actions.querySelector(".danger"))?.focus();
    };
    const cancel = h("button", { type: "button", onclick: close }, t("inspect.cancel"));
    const yes = h("button", { type: "button", class: "danger", onclick: () => act(remove(detail, drop.checked)) }, t("inspect.delete_yes"));
    const box = h("div", { class: "note warn", role: "group", "aria-label": words }, h("p", null, words), h("label", null, drop, " ", t("inspect.delete_drop")), h("div", { class: "inspector-form" }, yes, cancel));
    box.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      event.stopPropagation();
      close();
    });
    aside.replaceChildren(box);
    cancel.focus();
  }

  return {
    element,
    show,
    focus: () => title.focus(),
    current: () => current,
    /** @param {any} error */
    refuse(error) {
      nothing.hidden = true;
      shown = "";
      head.hidden = true;
      panel.hidden = false;
      panel.replaceChildren(drawError(error));
    },
  };
}

/** @param {Detail} detail @returns {HTMLElement[]} */
function drawBadges(detail) {
  const tone = { failed: "error", interrupted: "warn", finished: "ok" }[/** @type {string} */ (detail["status"])] ?? "";
  const badges = [h("span", { class: `badge ${tone}` }, t(`inspect.status.${detail["status"]}`))];
  badges.push(h("span", { class: "badge", title: detail["model"] }, shortModel(detail["model"])), h("span", { class: "badge" }, detail["transport"]));
  if (detail["head"]) badges.push(h("span", { class: "badge head" }, t("inspect.head")));
  if (detail["emulated"]) badges.push(h("span", { class: "badge" }, t("inspect.emulated")));
  if (detail["edited"]) badges.push(h("span", { class: "badge" }, t("inspect.edited")));
  return badges;
}
