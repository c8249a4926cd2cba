// One tool call: what it is asked with, how it stands, what it returned; approve or deny where it
// waits. What a tool returned is text that nobody has looked through: it can only become text.

import { append, button, h, icon } from "./dom.js";
import { createJsonTree } from "./json_tree.js";
import { t } from "./strings.js";

/** @typedef {import("./chat_store.js").Call} Call */
/** @typedef {(call: Call, how: "approve" | "deny", always?: boolean) => Promise<boolean>} Decide */

/**
 * @param {() => Call} read the call as it stands
 * @param {Decide} decide false if it was refused
 */
export function createCall(read, decide) {
  const { name, line } = read();
  const state = h("span", { class: "state" });
  const summary = h("summary", null, icon("tool"), h("span", { class: "mono" }, line), state);
  const result = h("div");
  const details = h("details", null, summary);
  const question = h("div", { class: "question", role: "group", "aria-label": t("chat.call_waits", { call: line }), hidden: true });
  const element = h("div", { class: "call" }, details, question);
  let drawn = "";
  let asked = false;

  /** What was asked with, and returned, is drawn when it is first looked at. */
  function draw() {
    if (details.open && !result.parentElement) append(details, [showArguments(read()), result]);
  }
  details.addEventListener("toggle", draw);

  /** @param {boolean} going whether the answer is still coming */
  function update(going) {
    const call = read();
    const now = going || call.result !== null || call.state === "asked" ? call.state : "stopped";
    if (now === drawn) return;
    drawn = now;
    element.dataset.state = now;
    state.textContent = [t(`chat.call_${now}`), call.seconds ? seconds(call.seconds) : ""].filter(Boolean).join(" · ");
    if (call.result !== null) {
      const own = ["returned", "raised", "repeated"].includes(now);
      const label = t(own ? "chat.call_result" : "chat.call_told", { name });
      result.replaceChildren(h("p", { class: "muted small" }, label), code(call.result, label));
    }
    ask(now === "waiting");
  }

  /** @param {boolean} waits */
  function ask(waits) {
    const held = question.contains(document.activeElement);
    question.hidden = !waits;
    if (waits && !question.childElementCount) {
      details.open = true; // one sees what one approves
      draw();
      append(question, [
        choice("approve", t("chat.approve"), "primary"),
        choice("deny", t("chat.deny"), ""),
        choice("approve", t("chat.approve_always"), "quiet", true),
      ]);
    }
    if (!held) return;
    // To the next one that waits, for whoever goes by keyboard.
    const next = element.closest(".rounds")?.querySelector(".question:not([hidden]) button");
    /** @type {HTMLElement} */ (next ?? summary).focus();
  }

  /** @param {"approve" | "deny"} how @param {string} words @param {string} kind @param {boolean} [always] */
  function choice(how, words, kind, always) {
    const label = `${words}: ${always ? name : line}`;
    const once = async () => {
      if (asked) return;
      asked = true;
      asked = await decide(read(), how, always);
    };
    return button({ class: kind, label, onclick: once }, words);
  }

  return { element, update };
}

/** @param {Call} call */
function showArguments(call) {
  const label = t("chat.call_arguments", { name: call.name });
  try {
    const tree = createJsonTree(JSON.parse(call.arguments || "{}"), { label });
    return h("div", { class: "arguments" }, tree.element);
  } catch {
    return code(call.arguments, label); // it may be cut off, or badly written by the model
  }
}

/** @param {string} text @param {string} label */
export function code(text, label) {
  return h("pre", { class: "mono", tabindex: 0, role: "region", "aria-label": label }, text);
}

/** @param {number} number @returns {string} */
export function seconds(number) {
  return t("chat.with_total", { seconds: number < 0.1 ? "<0.1" : number.toFixed(number < 10 ? 1 : 0) });
}
