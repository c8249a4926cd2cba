// The parts of an answer before its last: what was said, what was called, what was to be put right.

import { code, createCall } from "./chat_calls.js";
import { append, h } from "./dom.js";
import { createMarkdown } from "./markdown.js";
import { t } from "./strings.js";

/** @typedef {import("./chat_store.js").Turn} Turn */
/** @typedef {import("./chat_store.js").Round} Round */
/** @typedef {import("./chat_calls.js").Decide} Decide */

/**
 * @param {Turn} turn
 * @param {{ decide: Decide, onPaint: () => void }} actions
 */
export function createRounds(turn, { decide, onPaint }) {
  const element = h("div", { class: "rounds" });
  /** @type {ReturnType<typeof createCall>[]} */
  let calls = [];
  let drawn = 0;

  /** @param {number} at */
  function add(at) {
    const { text, reasoning, correction, calls: asked } = /** @type {Round} */ (turn.data.rounds[at]);
    append(element, [
      reasoning && folded(t("chat.reasoning"), "reasoning", () => markdown("thoughts", reasoning)),
      text && markdown("said-before", text),
    ]);
    asked.forEach((_, index) => {
      const call = createCall(() => /** @type {any} */ (turn.data.rounds[at]?.calls[index]), decide);
      calls.push(call);
      element.append(call.element);
    });
    if (correction) element.append(folded(t("chat.correction"), "call", () => code(correction, t("chat.correction"))));
  }

  /** @param {string} kind @param {string} text */
  function markdown(kind, text) {
    const place = h("div", { class: kind });
    const shown = createMarkdown(place, { onPaint });
    shown.write(text);
    shown.end();
    return place;
  }

  return {
    element,
    update() {
      const { rounds, status } = turn.data;
      for (; drawn < rounds.length; drawn += 1) add(drawn);
      for (const call of calls) call.update(status === "streaming");
      onPaint();
    },
  };
}

/** @param {string} title @param {string} kind @param {() => Node} draw when it is first looked at */
function folded(title, kind, draw) {
  const details = h("details", { class: kind }, h("summary", null, title));
  details.addEventListener("toggle", () => details.append(draw()), { once: true });
  return details;
}
