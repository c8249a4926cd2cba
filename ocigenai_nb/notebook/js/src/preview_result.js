// What would be sent: the route in one line, an estimate, and tabs with everything.

import { createCodeBlock } from "./code_block.js";
import { copyButton, h, icon } from "./dom.js";
import { t } from "./strings.js";
import { createTabs } from "./preview_tabs.js";
import { decisionTable, headerTable, transportTable } from "./preview_tables.js";

/** @typedef {{ amount: number, currency: string, why: string } | null} Cost */
/**
 * @typedef {object} Preview what the kernel says, see `router_preview.py`
 * @property {{ model: string }} draft
 * @property {import("./preview_form.js").Problem[]} problems
 * @property {string[]} warnings
 * @property {string[]} notices
 * @property {{ model: string, transport: string, class_name: string, url: string, decisions: import("./preview_tables.js").Decision[] } | null} route
 * @property {string | null} body
 * @property {import("./preview_tables.js").Header[]} headers
 * @property {{ input: number, output: number | null, cost: Cost, most: Cost, why: string } | null} estimate
 * @property {import("./preview_tables.js").Alternative[]} alternatives
 */

/**
 * @param {{ id: string, onUse: (transport: string) => void, write: (kind: string) => Promise<string> }} options
 *   `onUse` when another transport is asked for; `write` gives the request as a program
 * @returns {{ element: HTMLElement, show: (preview: Preview) => void }}
 */
export function createResult({ id, onUse, write }) {
  const path = h("div", { class: "path" });
  const notes = h("div", { class: "notes" });
  const estimate = h("div", { class: "estimate" });
  /** @type {Preview | null} */
  let latest = null;
  let kind = "python";
  let asked = 0; // so that an old answer does not replace a newer one

  const tabs = createTabs({ id, label: t("tabs.label"), onOpen: fill }, [
    ["body", t("tab.body")], ["headers", t("tab.headers")], ["decisions", t("tab.decisions")],
    ["transports", t("tab.transports")], ["code", t("tab.code")],
  ]); // prettier-ignore
  const element = h("section", { class: "result", "aria-label": t("preview.result") }, path, notes, estimate, tabs.element);

  /** Fill the open panel. @param {string} name @param {HTMLElement} panel */
  function fill(name, panel) {
    if (!latest) return;
    const { route, body, headers, alternatives } = latest;
    if (name === "headers" && route) panel.replaceChildren(headerTable(headers));
    else if (name === "decisions" && route) panel.replaceChildren(decisionTable(route.decisions));
    else if (name === "transports" && alternatives.length) panel.replaceChildren(transportTable(alternatives, onUse));
    else if (body === null) panel.replaceChildren(refusal(latest));
    else if (name === "code") fillCode(panel);
    else panel.replaceChildren(block("json", body));
  }

  /** @param {HTMLElement} panel */
  async function fillCode(panel) {
    const number = (asked += 1);
    const choices = ["python", "curl"].map((one) =>
      h("button", { type: "button", "aria-pressed": one === kind, onclick: () => ((kind = one), fillCode(panel)) }, t(`code.${one}`)));
    const bar = h("div", { class: "segments", role: "group", "aria-label": t("code.kind") }, ...choices);
    const pressed = panel.contains(document.activeElement) && document.activeElement?.closest(".segments");
    const old = panel.querySelector(".code-block, .note");
    panel.replaceChildren(bar, old ?? h("p", { class: "muted" }, t("code.writing")));
    if (pressed) choices[kind === "python" ? 0 : 1]?.focus();
    try {
      const text = await write(kind);
      if (number === asked) panel.replaceChildren(bar, block(kind === "python" ? "python" : "bash", text));
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      if (number === asked) panel.replaceChildren(bar, h("p", { class: "note error" }, message));
    }
  }

  return {
    element,
    show(preview) {
      latest = preview;
      asked += 1;
      path.replaceChildren(...(preview.route ? showPath(preview.route) : []));
      notes.replaceChildren(
        ...preview.warnings.map((text) => h("p", { class: "note warn" }, icon("warning"), text)),
        ...preview.notices.map((text) => h("p", { class: "note" }, text)),
      );
      estimate.replaceChildren(...(preview.estimate ? showEstimate(preview.estimate) : []));
      tabs.refresh();
    },
  };
}

/** @param {NonNullable<Preview["route"]>} route @returns {HTMLElement[]} */
function showPath(route) {
  const url = new URL(route.url);
  const step = (/** @type {string} */ name, /** @type {HTMLElement[]} */ ...words) => h("div", { class: `step ${name}` }, ...words);
  const leg = (/** @type {HTMLElement} */ to) => h("div", { class: "leg" }, icon("right"), to);
  return [
    step("from", h("span", { class: "mono" }, route.model)),
    leg(step("over", h("span", { class: "badge accent mono" }, route.transport), h("span", { class: "mono" }, route.class_name))),
    leg(step("to", h("span", { class: "mono" }, h("span", { class: "method" }, "POST"), " ", h("span", { class: "muted" }, url.origin), url.pathname),
      copyButton(() => route.url, { label: t("url.copy") }))),
  ]; // prettier-ignore
}

/** @param {NonNullable<Preview["estimate"]>} estimate @returns {HTMLElement[]} */
function showEstimate({ input, output, cost, most, why }) {
  const figure = (/** @type {string} */ label, /** @type {import("./dom.js").Child[]} */ ...words) =>
    h("div", { class: "figure" }, h("dt", null, label), h("dd", null, ...words));
  const note = (/** @type {string} */ words) => h("span", { class: "small muted" }, ` ${words}`);
  const unknown = t("estimate.unknown");
  const money = cost ? [t("estimate.money", { amount: showMoney(cost) }), note(t("estimate.in_only"))] : [unknown];
  if (most) money.push("  ", t("estimate.money_most", { amount: showMoney(most) }), note(t("estimate.all")));
  return [
    h("dl", null,
      figure(t("estimate.input"), t("estimate.about", { count: input })),
      figure(t("estimate.output"), output === null ? unknown : t("estimate.most", { count: output })),
      figure(t("estimate.cost"), ...money),
    ),
    h("p", { class: "small muted" }, h("span", { class: "badge" }, t("estimate.title")), ` ${[why, (most ?? cost)?.why].filter(Boolean).join("; ")}`),
  ]; // prettier-ignore
}

/** @param {NonNullable<Cost>} cost @returns {string} */
const showMoney = ({ amount, currency }) =>
  amount.toLocaleString("en-US", { style: "currency", currency, maximumSignificantDigits: 2 });

/** @param {Preview} preview @returns {HTMLElement} */
function refusal({ problems }) {
  const message = problems.map((one) => `${one.message} ${one.remedy}`.trim()).join(" ");
  return h("p", { class: "note error" }, t("none.body", { message }));
}

/** @param {string} language @param {string} text @returns {HTMLElement} */
function block(language, text) {
  const code = createCodeBlock(language);
  code.append(text);
  code.paint();
  return code.element;
}
