// What is known of a response, drawn: what was said, who keeps it, tokens and time.
// Text is shown as it was written, Markdown and all: whoever inspects wants to see just that.

import { clean } from "./clean.js";
import { copyButton, h } from "./dom.js";
import { drawJudged, drawRounds, indent } from "./inspector_rounds.js";
import { t } from "./strings.js";

/** @typedef {Record<string, any>} Detail */

const FOLDED = new Set(["system", "reasoning"]);

/** What was said, in order. @param {Detail} detail @returns {HTMLElement} */
export function drawItems(detail) {
  const items = detail.items.map(drawItem);
  const first = detail.items.findIndex((/** @type {any} */ item) => item.kind !== "system");
  if (detail.history) {
    const note = h("p", { class: "muted small inspector-history" }, t("inspect.history", { count: detail.history }));
    items.splice(Math.max(first, 0), 0, note);
  }
  const asked = detail.asked + (detail.history ? 1 : 0);
  items.splice(asked, 0, ...drawRounds(detail));
  items.push(...drawJudged(detail));
  for (const notice of detail.notices) items.push(h("div", { class: "note warn" }, notice));
  if (detail.error) {
    items.push(h("div", { class: "note error" }, h("strong", null, detail.error), detail.remedy && h("p", null, detail.remedy)));
  }
  return h("div", { class: "inspector-items" }, items);
}

/** @param {any} item @returns {HTMLElement} */
function drawItem(item) {
  const title = [t(`inspect.${item.kind}`), item.name].filter(Boolean).join(": ");
  const copy = copyButton(() => item.text, { label: t("inspect.copy_answer") });
  const body = h("pre", { class: "inspector-plain", dir: "auto" }, clean(item.kind === "tool call" ? indent(item.text) : item.text));
  const cut = item.cut > 0 && h("p", { class: "muted small" }, t("inspect.cut", { count: item.cut }));
  const call = item.call && h("span", { class: "muted small mono" }, item.call);
  const kind = item.kind.replace(" ", "-");
  if (FOLDED.has(item.kind)) {
    return h("details", { class: `inspector-item ${kind}` }, h("summary", { class: "inspector-title" }, title), body, cut);
  }
  return h("section", { class: `inspector-item ${kind}`, "aria-label": title }, h("div", { class: "inspector-title" }, h("span", null, title), call, copy), body, cut);
}

/** Who keeps it, and what it hangs on. @param {Detail} detail @param {(number: number) => void} go @returns {HTMLElement} */
export function drawThread(detail, go) {
  const { who, sentence } = detail.holder;
  const links = detail.chain.map((/** @type {any} */ link) =>
    h(
      "li",
      { class: link.who ?? "" },
      h("button", { type: "button", class: "quiet", onclick: () => go(link.turn), disabled: link.turn === detail.number }, String(link.turn)),
      link.id ? h("code", { class: "mono" }, link.id) : h("span", { class: "muted" }, "—"),
      link.id && copyButton(() => link.id, { label: t("inspect.copy_id", { id: link.id }) }),
      link.past && h("span", { class: "muted small" }, "↳ ", t("inspect.continued", { id: link.past })),
      link.who && h("span", { class: "badge" }, t(`inspect.who.${link.who}`)),
    ),
  );
  return h(
    "div",
    null,
    h("div", { class: `note ${{ unknown: "warn", gone: "warn", server: "ok" }[/** @type {string} */ (who)] ?? ""}` }, h("strong", null, t("inspect.state"), ": ", t(`inspect.who.${who}`)), h("p", null, sentence)),
    h("h4", null, t("inspect.chain")),
    h("ol", { class: "inspector-chain" }, links),
    drawFacts(detail),
  );
}

/** @param {Detail} detail @returns {HTMLElement} */
function drawFacts(detail) {
  /** @type {[string, unknown][]} */
  const facts = [
    ["inspect.sent", new Date(detail.at).getTime() > 0 ? new Date(detail.at).toLocaleString() : null],
    ["inspect.finish", detail.finish_reason],
    ["inspect.region", detail.region],
    ["inspect.auth", [detail.profile, detail.auth].filter(Boolean).join(", ")],
    ["inspect.url", detail.url],
    ["inspect.response_id", detail.response_id],
    ["inspect.request_id", detail.request_id],
    ["inspect.attempts", detail.attempts > 1 ? detail.attempts : null],
  ];
  const rows = facts.filter(([, value]) => value).flatMap(([key, value]) => [h("dt", null, t(key)), h("dd", { class: "mono" }, String(value))]);
  return h("dl", { class: "inspector-facts-list" }, rows);
}

/** Tokens and time, as bars. @param {Detail} detail @returns {HTMLElement} */
export function drawUsage(detail) {
  const { input_tokens: input, output_tokens: output } = detail;
  const counted = input !== null && output !== null;
  const most = Math.max(input ?? 0, output ?? 0, 1);
  const cost = detail.cost === null ? null : t("inspect.cost_value", { amount: detail.cost.toPrecision(2) });
  return h(
    "div",
    { class: "inspector-usage" },
    h("h4", null, t("inspect.tokens_title")),
    counted
      ? [
          drawBar(t("inspect.input"), input, detail.cached_tokens, t("inspect.cached"), most, "input"),
          drawBar(t("inspect.output"), output, detail.reasoning_tokens, t("inspect.reasoning_part"), most, "output"),
        ]
      : h("p", { class: "muted" }, t("inspect.unknown_usage")),
    cost && h("p", null, t("inspect.cost"), ": ", cost),
    h("h4", null, t("inspect.timing")),
    drawTiming(detail),
  );
}

/** @param {string} name @param {number} count @param {number | null} part @param {string} partName @param {number} most @param {string} kind */
function drawBar(name, count, part, partName, most, kind) {
  const share = (/** @type {number} */ one) => `${(one / most) * 100}%`;
  const words = `${count.toLocaleString("en-US")}${part ? ` (${part.toLocaleString("en-US")} ${partName})` : ""}`;
  return h(
    "div",
    { class: "inspector-bar-row" },
    h("span", { class: "inspector-bar-name" }, name),
    h("span", { class: "inspector-track" }, h("span", { class: `inspector-fill ${kind} part`, style: { width: share(part ?? 0) } }), h("span", { class: `inspector-fill ${kind}`, style: { width: share(count - (part ?? 0)) } })),
    h("span", { class: "inspector-bar-count" }, words),
  );
}

/** @param {Detail} detail */
function drawTiming(detail) {
  const { ttft, total, tokens_per_second: speed } = detail;
  const share = total > 0 && ttft !== null ? (ttft / total) * 100 : 100;
  const words = [
    ttft === null ? "" : t("inspect.first_token", { seconds: ttft.toFixed(2) }),
    t("inspect.total", { seconds: total.toFixed(2) }),
    speed === null ? "" : t("inspect.speed", { speed: Math.round(speed) }),
  ];
  return h(
    "div",
    null,
    h("div", { class: "inspector-track time" }, h("span", { class: "inspector-fill wait", style: { width: `${share}%` } }), h("span", { class: "inspector-fill output", style: { width: `${100 - share}%` } })),
    h("p", { class: "small" }, words.filter(Boolean).join(" · ")),
  );
}
