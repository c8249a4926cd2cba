// The tables: headers, decisions, and the three transports side by side.

import { h, icon } from "./dom.js";
import { t } from "./strings.js";

/** @typedef {{ name: string, value: string, why: string, signed: boolean, known: boolean }} Header */
/** @typedef {{ what: string, value: string, why: string }} Decision */
/** @typedef {{ transport: string, class_name: string, url: string, chosen: boolean, why_not: string, notices: string[], places: Record<string, string> }} Alternative */

/**
 * A table that scrolls by itself where it is too wide; `heads` are the words of its columns.
 * @param {string} label
 * @param {import("./dom.js").Child[]} heads
 * @param {HTMLElement[]} rows
 * @param {string} [kind] a class of its own
 * @returns {HTMLElement}
 */
function table(label, heads, rows, kind = "") {
  const head = h("tr", null, ...heads.map((one) => (one ? h("th", { scope: "col" }, one) : h("td", null))));
  return h("div", { class: `table ${kind}`, role: "region", tabindex: 0, "aria-label": label },
    h("table", null, h("thead", null, head), h("tbody", null, ...rows))); // prettier-ignore
}

/** @param {Header[]} headers @returns {HTMLElement} */
export function headerTable(headers) {
  const rows = headers.map((header) =>
    h("tr", null,
      h("th", { scope: "row", class: "mono" }, header.name, header.signed && h("span", { class: "badge ok" }, t("headers.signed"))),
      h("td", { class: header.known ? "mono" : "made" }, header.value),
      h("td", { class: "muted" }, header.why),
    )); // prettier-ignore
  return table(t("tab.headers"), [t("headers.name"), t("headers.value"), t("headers.why")], rows);
}

/** @param {Decision[]} decisions @returns {HTMLElement} */
export function decisionTable(decisions) {
  const rows = decisions.map(({ what, value, why }) =>
    h("tr", null, h("th", { scope: "row" }, what), h("td", { class: "mono" }, value), h("td", { class: "muted" }, why)));
  return table(t("tab.decisions"), [t("decisions.what"), t("decisions.value"), t("decisions.why")], rows);
}

/**
 * @param {Alternative[]} alternatives
 * @param {(transport: string) => void} onUse
 * @returns {HTMLElement}
 */
export function transportTable(alternatives, onUse) {
  /** @param {Alternative} one */
  const head = (one) => h("span", { class: "transport-head" }, h("span", { class: "mono" }, one.transport),
    one.chosen ? h("span", { class: "badge accent" }, t("transports.chosen"))
      : h("button", { type: "button", onclick: () => onUse(one.transport), "aria-label": t("transports.use", { transport: one.transport }) }, t("transports.use_it"))); // prettier-ignore
  /** @param {string} label @param {(one: Alternative) => import("./dom.js").Child[]} cell */
  const row = (label, cell) =>
    h("tr", null, h("th", { scope: "row" }, label), ...alternatives.map((one) => h("td", { class: one.chosen ? "chosen" : "" }, ...cell(one))));
  const names = Object.keys(alternatives.find((one) => Object.keys(one.places).length)?.places ?? {});
  const rows = [
    row(t("transports.works"), (one) => [works(one), one.why_not && h("p", { class: "small" }, one.why_not)]),
    row(t("transports.class"), (one) => [mono(one.class_name)]),
    row(t("transports.path"), (one) => [mono(new URL(one.url).pathname)]),
    ...names.map((name) => row(t(`transports.${name}`), (one) => [one.places[name] ? mono(one.places[name]) : h("span", { class: "muted" }, t("transports.not_sent"))])),
  ];
  if (alternatives.some((one) => one.notices.length)) {
    rows.push(row(t("transports.changes"), (one) => one.notices.map((text) => h("p", { class: "small" }, text))));
  }
  return table(t("transports.table"), [null, ...alternatives.map(head)], rows, "transport-table");
}

/** A path, which may break after its dots and slashes. @param {string} text @returns {HTMLElement} */
const mono = (text) => h("span", { class: "mono" }, ...text.split(/(?<=[./])/).flatMap((piece, index) => [index > 0 && h("wbr"), piece]));

/** @param {Alternative} one @returns {HTMLElement} */
function works(one) {
  return one.why_not
    ? h("span", { class: "badge error" }, icon("close"), t("transports.not_available"))
    : h("span", { class: "badge ok" }, icon("check"), t("transports.available"));
}
