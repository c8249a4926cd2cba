// The wire and the service's own state, as JSON trees; what differs between two responses; exports.

import { copyButton, h } from "./dom.js";
import { chooseRequest } from "./inspector_rounds.js";
import { createJsonTree } from "./json_tree.js";
import { t } from "./strings.js";

/** @typedef {(type: string, content: Record<string, unknown>) => Promise<any>} Ask */
/** @typedef {Record<string, any>} Detail */

/** A part that is asked for; a refusal is shown in its place. @param {Promise<HTMLElement>} part @returns {HTMLElement} */
export function later(part) {
  const place = h("div", null, h("p", { class: "muted" }, t("inspect.loading")));
  part.then(
    (element) => place.replaceChildren(element),
    (error) => place.replaceChildren(drawError(error)),
  );
  return place;
}

/** @param {any} error @returns {HTMLElement} */
export function drawError(error) {
  return h("div", { class: "note error", role: "alert" }, h("strong", null, error.message), error.content?.remedy && h("p", null, error.content.remedy));
}

/** @param {Ask} ask @param {Detail} detail @returns {HTMLElement} */
export function drawRequests(ask, detail) {
  return chooseRequest(detail, (place) => h("div", null, later(drawRequest(ask, detail, place)), place > 1 && drawNew(ask, detail, place)));
}

/** What a request has that the one before it has not. @param {Ask} ask @param {Detail} detail @param {number} place */
function drawNew(ask, detail, place) {
  const more = h("details", null, h("summary", { class: "inspector-title" }, t("inspect.request_new", { place: place - 1 })));
  more.addEventListener("toggle", () => more.append(later(ask("diff", { number: detail.number, place }).then(drawDiff))), { once: true });
  return more;
}

/** @param {Ask} ask @param {Detail} detail @param {number} place @returns {Promise<HTMLElement>} */
async function drawRequest(ask, detail, place) {
  const { value, left_out: leftOut } = await ask("wire", { number: detail.number, part: "request", place });
  const known = value && Object.keys(value).length > 0;
  return h("div", null, leftOut && h("div", { class: "note warn" }, leftOut), known ? createJsonTree(value, { label: t("inspect.request"), depth: 2 }).element : h("p", { class: "muted" }, t("inspect.request_none")));
}

/** @param {Ask} ask @param {Detail} detail @returns {HTMLElement} */
export function drawAllEvents(ask, detail) {
  return chooseRequest(detail, (place) => later(drawEvents(ask, detail, place)));
}

/** @param {Ask} ask @param {Detail} detail @param {number} place @returns {Promise<HTMLElement>} */
async function drawEvents(ask, detail, place) {
  const events = /** @type {unknown[]} */ ([]);
  const box = h("div");
  async function more() {
    const reply = await ask("wire", { number: detail.number, part: "events", place, start: events.length });
    events.push(...reply.value);
    if (!reply.count) return box.replaceChildren(h("p", { class: "muted" }, reply.left_out || t("inspect.events_none")));
    const rest = reply.count - events.length;
    box.replaceChildren(
      h("p", { class: "muted small" }, t("inspect.events_count", { count: reply.count })),
      ...(reply.left_out ? [h("div", { class: "note warn" }, reply.left_out)] : []),
      createJsonTree(events, { label: t("inspect.events") }).element,
      ...(rest > 0 ? [h("button", { type: "button", onclick: () => more() }, t("inspect.events_more", { count: Math.min(rest, reply.value.length) }))] : []),
    );
  }
  await more();
  return box;
}

/** @param {Ask} ask @param {Detail} detail @returns {HTMLElement} */
export function drawService(ask, detail) {
  const refused = detail.refused.service;
  if (refused) return h("p", { class: "muted" }, refused);
  const box = h("div", { class: "inspector-service", role: "status" });
  const button = h("button", { type: "button", class: "primary", onclick: () => box.replaceChildren(later(askService(ask, detail))) }, t("inspect.service_ask"));
  return h("div", null, h("p", null, t("inspect.service_intro")), button, box);
}

/** @param {Ask} ask @param {Detail} detail @returns {Promise<HTMLElement>} */
async function askService(ask, detail) {
  const held = await ask("service", { number: detail.number });
  const same = held.there === "the same";
  /** @type {HTMLElement[]} */
  const parts = [h("div", { class: `note ${same ? "ok" : "warn"}` }, t(`inspect.there.${held.there}`))];
  if (held.response) {
    parts.push(h("h4", null, t("inspect.service_response")), createJsonTree(held.response, { label: t("inspect.service_response") }).element);
    parts.push(h("h4", null, t("inspect.input_items")), createJsonTree(held.input_items, { label: t("inspect.input_items") }).element);
  }
  return h("div", null, parts);
}

/** @param {Ask} ask @param {Detail} detail @returns {HTMLElement} */
export function drawCompare(ask, detail) {
  const beside = detail.beside.filter((/** @type {number} */ one) => one !== detail.number);
  const before = detail.chain[1]?.turn;
  const part = select(t("inspect.compare_part"), ["answer", "prompt", "request"].map((one) => [one, t(`inspect.${one}`)]));
  const other = h("input", { type: "number", min: 1, value: String(beside.at(-1) ?? before ?? ""), "aria-label": t("inspect.compare_number") });
  const result = h("div", { role: "region", "aria-label": t("inspect.differences"), tabindex: 0 });
  const compare = () => {
    const number = Number(other.value);
    if (!number || number === detail.number) return result.replaceChildren(h("p", { class: "muted" }, t("inspect.other_is_same")));
    result.replaceChildren(later(ask("diff", { number: detail.number, other: number, part: part.control.value }).then(drawDiff)));
  };
  const quick = (/** @type {number} */ number, /** @type {string} */ key) =>
    h("button", { type: "button", class: "quiet", onclick: () => ((other.value = String(number)), compare()) }, t(key, { number }));
  part.control.addEventListener("change", compare);
  other.addEventListener("change", compare);
  compare();
  return h(
    "div",
    null,
    h("div", { class: "inspector-form" }, part.element, h("label", null, t("inspect.compare_other"), " ", other), beside.map((/** @type {number} */ one) => quick(one, "inspect.beside")), before && quick(before, "inspect.before")),
    result,
  );
}

/** @param {any} reply @returns {HTMLElement} */
function drawDiff(reply) {
  /** @type {Record<string, string>} */
  const signs = { same: " ", old: "−", new: "+", "left out": "…" };
  const lines = reply.lines.map((/** @type {[string, string]} */ [mark, text]) => {
    const words = mark === "left out" ? t("inspect.left_out", { count: Number(text) }) : text;
    return h("div", { class: `inspector-diff-line ${mark.replace(" ", "-")}` }, h("span", { class: "sign" }, signs[mark]), words || " ");
  });
  const differs = reply.lines.some((/** @type {[string, string]} */ [mark]) => mark === "old" || mark === "new");
  return h("div", null, !differs && h("p", { class: "muted" }, t("inspect.no_difference")), h("div", { class: "inspector-diff", dir: "auto" }, lines));
}

/** @param {Ask} ask @param {Detail} detail @param {string[]} kinds @returns {HTMLElement} */
export function drawExport(ask, detail, kinds) {
  const allowed = kinds.filter((kind) => !detail.refused[`export ${kind}`]);
  const kind = select(t("inspect.export_kind"), allowed.map((one) => [one, t(`inspect.export_kind.${one}`)]));
  const scopes = [["one", t("inspect.one")], ...(allowed.length > 1 ? [["branch", t("inspect.branch")]] : [])];
  const scope = select(t("inspect.export_scope"), /** @type {[string, string][]} */ (scopes));
  const result = h("div");
  const show = () => result.replaceChildren(later(write()));
  async function write() {
    const { text } = await ask("export", { number: detail.number, kind: kind.control.value, branch: scope.control.value === "branch" });
    return drawText(text, `turn-${detail.number}.${ENDINGS[kind.control.value] ?? "txt"}`);
  }
  kind.control.addEventListener("change", show);
  scope.control.addEventListener("change", show);
  show();
  const why = Object.entries(detail.refused).find(([name]) => name.startsWith("export "))?.[1];
  return h("div", null, h("div", { class: "inspector-form" }, kind.element, scope.element), why && h("p", { class: "muted small" }, why), result);
}

/** @type {Record<string, string>} */
const ENDINGS = { python: "py", curl: "sh", markdown: "md", json: "json", notebook: "ipynb" };

/** @param {string} text @param {string} name @returns {HTMLElement} */
function drawText(text, name) {
  const download = () => {
    const url = URL.createObjectURL(new Blob([text], { type: "text/plain;charset=utf-8" }));
    const link = document.createElement("a");
    link.href = url;
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(url), 1000);
  };
  return h(
    "div",
    null,
    h("div", { class: "inspector-form" }, copyButton(() => text, { label: t("inspect.copy_answer"), text: t("code.copy") }), h("button", { type: "button", class: "quiet", onclick: download }, t("inspect.download"))),
    h("pre", { class: "inspector-plain", tabindex: 0, role: "region", "aria-label": name }, text),
  );
}

/** @param {string} label @param {string[][]} options @returns {{ element: HTMLElement, control: HTMLSelectElement }} */
function select(label, options) {
  const control = h("select", null, options.map(([value, words]) => h("option", { value }, words)));
  return { element: h("label", null, label, " ", control), control };
}
