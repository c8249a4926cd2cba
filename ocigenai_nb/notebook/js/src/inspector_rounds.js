// The rounds of a response: what was said, what was called and what came of it; a choice of requests.

import { clean } from "./clean.js";
import { copyButton, h } from "./dom.js";
import { t } from "./strings.js";

/** @typedef {Record<string, any>} Detail */

/** @param {Detail} detail @returns {HTMLElement[]} */
export function drawRounds(detail) {
  return detail.rounds.map((/** @type {any} */ round, /** @type {number} */ at) => drawRound(round, at + 1));
}

/** @param {any} round @param {number} number */
function drawRound(round, number) {
  const title = t("inspect.round", { number });
  const tokens = round.tokens !== null && h("span", { class: "muted small" }, t("inspect.tokens", { count: round.tokens }));
  const id = round.response_id && h("code", { class: "mono small muted" }, round.response_id);
  const said = round.text && drawText("answer", t("inspect.answer"), round.text);
  const thought = round.reasoning && h("details", { class: "inspector-item reasoning" }, h("summary", { class: "inspector-title" }, t("inspect.reasoning")), plain(round.reasoning));
  const correction = round.correction && drawText("correction", t("inspect.correction"), round.correction);
  return h("section", { class: "inspector-round", "aria-label": title }, h("div", { class: "inspector-title" }, h("strong", null, title), tokens, id), thought, said, round.calls.map(drawCall), correction);
}

/** @param {any} call */
function drawCall(call) {
  const title = `${t("inspect.tool call")}: ${call.name}`;
  const bad = !["returned", "repeated"].includes(call.state);
  const took = call.seconds ? t("inspect.took", { seconds: call.seconds < 0.01 ? "<0.01" : call.seconds.toFixed(2) }) : "";
  const state = h("span", { class: `badge ${bad ? "warn" : "ok"}` }, [t(`inspect.outcome.${call.state}`), took].filter(Boolean).join(" "));
  const copy = copyButton(() => call.arguments, { label: t("inspect.copy_answer") });
  const ran = call.ran !== null && [h("div", { class: "inspector-title" }, t("inspect.ran")), plain(indent(call.ran))];
  return h("section", { class: "inspector-item tool-call", "aria-label": title }, h("div", { class: "inspector-title" }, h("span", null, title), state, copy, h("span", { class: "inspector-id muted small mono" }, call.id)), plain(indent(call.arguments)), ran, call.result !== null && drawResult(call));
}

/** @param {any} call */
function drawResult(call) {
  const title = t("inspect.result", { name: call.name });
  const copy = copyButton(() => call.result, { label: t("inspect.copy_answer") });
  const cut = call.cut > 0 && h("p", { class: "muted small" }, t("inspect.cut", { count: call.cut }));
  return h("div", { class: "inspector-result" }, h("div", { class: "inspector-title" }, h("span", null, title), h("span", { class: "badge" }, t("inspect.as_data")), copy), h("pre", { class: "inspector-plain", dir: "auto", tabindex: 0, role: "region", "aria-label": title }, clean(call.result)), cut);
}

/** @param {string} kind @param {string} title @param {string} text */
function drawText(kind, title, text) {
  const copy = copyButton(() => text, { label: t("inspect.copy_answer") });
  return h("section", { class: `inspector-item ${kind}`, "aria-label": title }, h("div", { class: "inspector-title" }, h("span", null, title), copy), plain(text));
}

/** @param {string} text */
function plain(text) {
  return h("pre", { class: "inspector-plain", dir: "auto" }, clean(text));
}

/** Arguments as they are read best; as the model wrote them where they are no JSON. @param {string} json @returns {string} */
export function indent(json) {
  try {
    return JSON.stringify(JSON.parse(json), null, 2);
  } catch {
    return json;
  }
}

/** What an agent's hooks found. @param {Detail} detail @returns {HTMLElement[]} */
export function drawJudged(detail) {
  return detail.judged.map((/** @type {any} */ found) => {
    const score = found.score !== null && h("span", { class: "muted small" }, found.score.toFixed(2));
    return h("div", { class: "note" }, h("strong", null, `${found.by}: ${found.verdict}`), " ", score, found.text && h("p", null, found.text));
  });
}

/**
 * A choice among the requests of a response, above what is drawn of the chosen one.
 * @param {Detail} detail
 * @param {(place: number) => HTMLElement} draw of a request, counted from 1
 * @returns {HTMLElement}
 */
export function chooseRequest(detail, draw) {
  const count = detail.requests;
  if (count < 2) return draw(0);
  const shown = h("div");
  const options = Array.from({ length: count }, (_, at) => h("option", { value: String(at + 1) }, t("inspect.request_of", { place: at + 1, count })));
  const choice = h("select", { onchange: () => show() }, options);
  const show = () => shown.replaceChildren(draw(Number(choice.value)));
  choice.value = String(count);
  show();
  return h("div", null, h("div", { class: "inspector-form" }, h("label", null, t("inspect.request_which"), " ", choice)), shown);
}
