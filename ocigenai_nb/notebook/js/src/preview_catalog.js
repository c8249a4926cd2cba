// The catalog of models: how one is found, and what is known of it.

import { h } from "./dom.js";
import { t } from "./strings.js";

/**
 * @typedef {object} ModelFacts one model, as `model_facts.py` describes it
 * @property {string} id
 * @property {string} family
 * @property {number | null} context_tokens
 * @property {number | null} output_tokens
 * @property {string[]} capabilities
 * @property {string[]} on_demand
 * @property {boolean} restricted
 * @property {boolean} responses_only
 * @property {string | null} retired
 * @property {number | null} input_price
 * @property {number | null} output_price
 * @property {string} note
 */

/**
 * Whether each word of a search is in a model's name, family, capabilities or regions.
 * @param {ModelFacts} facts
 * @param {string} search
 * @returns {boolean}
 */
export function matches(facts, search) {
  const ends = facts.retired ? "retired" : "";
  const text = [facts.id, facts.family, ...facts.capabilities, ...facts.on_demand, ends].join(" ").toLowerCase();
  return search.toLowerCase().split(/\s+/).every((word) => text.includes(word));
}

/**
 * A size in tokens, short: 128k, 1M.
 * @param {number} tokens
 * @returns {string}
 */
function short(tokens) {
  return tokens >= 1_000_000 ? `${+(tokens / 1_000_000).toFixed(1)}M` : `${Math.round(tokens / 1000)}k`;
}

/** @param {string} date an ISO day @returns {boolean} */
const isPast = (date) => date <= new Date().toISOString().slice(0, 10);

/**
 * What a row of the list shows.
 * @param {ModelFacts} facts
 * @param {string} region the connection's
 * @returns {HTMLElement[]}
 */
export function modelRow(facts, region) {
  const here = facts.on_demand.includes(region);
  const about = [
    facts.family,
    facts.context_tokens ? t("model.context", { size: short(facts.context_tokens) }) : "",
    facts.capabilities.filter((one) => one !== "streaming").join(", "),
    here ? t("model.here", { region }) : facts.on_demand.length ? t("model.regions", { count: facts.on_demand.length }) : "",
  ].filter(Boolean);
  return [
    h("span", { class: "row-name mono" }, facts.id),
    h("span", { class: "row-badges" }, ...modelBadges(facts)),
    h("span", { class: "row-about" }, about.join(" · ")),
  ];
}

/** @param {ModelFacts} facts @returns {(HTMLElement | false)[]} */
function modelBadges(facts) {
  return [
    facts.responses_only && h("span", { class: "badge" }, t("model.responses_only")),
    facts.restricted && h("span", { class: "badge warn" }, t("model.restricted")),
    facts.retired !== null && h("span", { class: `badge ${isPast(facts.retired) ? "error" : "warn"}` }, ends(facts.retired)),
  ];
}

/** @param {string} date @returns {string} */
const ends = (date) => t(isPast(date) ? "model.ended" : "model.ends", { date });

/**
 * What is known of the chosen model.
 * @param {ModelFacts | undefined} facts
 * @param {{ region: string, asOf: string }} options
 * @returns {HTMLElement[]}
 */
export function modelCard(facts, { region, asOf }) {
  if (!facts) return [h("p", { class: "muted small" }, t("model.unlisted"))];
  const chips = facts.capabilities.map((one) => h("span", { class: "badge" }, one));
  const regions = facts.on_demand.map((one) => h("span", { class: one === region ? "badge ok" : "badge" }, one));
  const prices = facts.input_price === null || facts.output_price === null ? null
    : t("fact.price_of", { input: String(facts.input_price), output: String(facts.output_price) }); // prettier-ignore
  /** @type {[string, import("./dom.js").Child[]][]} */
  const rows = [
    ["fact.regions", regions],
    ["fact.context", [facts.context_tokens && t("fact.tokens", { count: facts.context_tokens })]],
    ["fact.output", [facts.output_tokens && t("fact.tokens", { count: facts.output_tokens })]],
    ["fact.retired", [facts.retired && ends(facts.retired)]],
    ["fact.price", [prices]],
    ["fact.note", [facts.note]],
  ];
  const known = rows.filter(([, values]) => values.some(Boolean));
  return [
    h("div", { class: "chips" }, h("span", { class: "badge family" }, facts.family), ...chips, ...modelBadges(facts)),
    h("details", { class: "facts" },
      h("summary", { class: "small" }, t("fact.more")),
      h("dl", { class: "small" }, ...known.map(([name, values]) => h("div", null, h("dt", null, t(name)), h("dd", null, ...values)))),
      h("p", { class: "muted small" }, t("fact.as_of", { date: asOf })),
    ),
  ]; // prettier-ignore
}
