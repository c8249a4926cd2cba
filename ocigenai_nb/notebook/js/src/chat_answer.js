// One answer: reasoning folded, Markdown as it grows, tool calls, what went wrong, usage and timing.

import { createCall, seconds } from "./chat_calls.js";
import { createRounds } from "./chat_rounds.js";
import { append, button, copyButton, h, icon } from "./dom.js";
import { createMarkdown } from "./markdown.js";
import { t } from "./strings.js";

/** @typedef {import("./chat_store.js").Turn} Turn */
/** @typedef {import("./chat_store.js").TurnData} TurnData */

/**
 * @typedef {object} AnswerActions
 * @property {(turn: Turn, resend: boolean) => void} regenerate
 * @property {(turn: Turn, ...what: Parameters<import("./chat_calls.js").Decide>) => Promise<boolean>} decide
 * @property {() => void} onPaint
 */

/**
 * What is said between speaker and tools.
 * @param {Turn} turn
 * @param {AnswerActions} actions
 */
export function createAnswer(turn, actions) {
  const words = h("div", { class: "words" });
  const thoughts = h("div", { class: "thoughts" });
  const thinking = h("summary", null, t("chat.reasoning"));
  const reasoning = h("details", { class: "reasoning", hidden: true }, thinking, thoughts);
  const waiting = h("div", { class: "waiting", title: t("chat.waiting") }, h("i"), h("i"), h("i"));
  const calls = h("div");
  const notes = h("div", { class: "notes" });
  /** @type {import("./chat_calls.js").Decide} */
  const decide = (...what) => actions.decide(turn, ...what);
  const rounds = createRounds(turn, { decide, onPaint: actions.onPaint });
  const element = h("div", { class: "said" }, rounds.element, reasoning, waiting, words, calls, notes);
  const shown = { text: createMarkdown(words, { onPaint: actions.onPaint }), reasoning: /** @type {ReturnType<typeof createMarkdown> | null} */ (null) };
  let drawn = ""; // what the calls and notes show
  let ended = false;

  /** Reasoning is drawn when it is first looked at. */
  function think() {
    if (shown.reasoning || !reasoning.open) return;
    shown.reasoning = createMarkdown(thoughts, { onPaint: actions.onPaint });
    shown.reasoning.write(turn.reasoning());
    if (ended) shown.reasoning.end();
  }
  reasoning.addEventListener("toggle", think);

  function update() {
    const { data } = turn;
    const streaming = data.status === "streaming";
    const empty = !turn.text();
    reasoning.hidden = !turn.reasoning();
    thinking.textContent = t(streaming && empty ? "chat.reasoning_open" : "chat.reasoning");
    thinking.classList.toggle("open", streaming && empty);
    const asks = data.rounds.at(-1)?.calls.some(({ state }) => state === "waiting");
    waiting.hidden = !streaming || !empty || Boolean(turn.reasoning() || asks);
    element.classList.toggle("growing", streaming && !empty);
    if (!streaming && !ended) {
      ended = true;
      shown.text.end();
      shown.reasoning?.end();
    }
    rounds.update();
    const now = JSON.stringify([data.calls, data.error, data.status, data.notices, data.unknown]);
    if (now === drawn) return;
    drawn = now;
    calls.replaceChildren(...data.calls.map((call) => {
      const shown = createCall(() => call, decide);
      shown.update(streaming);
      return shown.element;
    })); // prettier-ignore
    notes.replaceChildren(...showNotes(turn, actions));
  }

  shown.text.write(turn.text());
  update();
  return {
    element,
    update,
    /** @param {import("./chat_store.js").ChannelName} channel @param {string} text */
    append(channel, text) {
      shown[channel]?.write(text);
      if (!waiting.hidden || reasoning.hidden) update();
      else if (channel === "text" && !element.classList.contains("growing")) update();
    },
    /** @param {import("./chat_store.js").ChannelName} channel @param {string} text */
    replace(channel, text) {
      const markdown = shown[channel];
      markdown?.reset();
      markdown?.write(text);
      if (ended) markdown?.end();
      update();
    },
    close() {
      shown.text.stop();
      shown.reasoning?.stop();
    },
  };
}

/** @param {Turn} turn @param {AnswerActions} actions @returns {HTMLElement[]} */
function showNotes(turn, actions) {
  const { data } = turn;
  const notes = data.notices.map((text) => h("p", { class: "notice" }, text));
  if (data.error) return [...notes, showError(turn, actions)];
  const said = {
    length: t("chat.cut_length"),
    content_filter: t("chat.cut_filter"),
    stopped: t("chat.stopped"),
  }[data.finish_reason ?? ""];
  if (said) notes.push(h("div", { class: "mark" }, said));
  else if (data.status === "interrupted") notes.push(h("div", { class: "mark" }, t("chat.broken")));
  return notes;
}

/** @param {Turn} turn @param {AnswerActions} actions */
function showError(turn, actions) {
  const { error, unknown } = turn.data;
  const facts = [
    error?.status ? t("chat.status_code", { status: String(error.status) }) : "",
    error?.code ?? "",
    error?.request_id ? t("chat.request_id", { id: error.request_id }) : "",
  ].filter(Boolean);
  const note = h("div", { class: "note error", role: "group" },
    h("p", null, icon("warning"), " ", h("strong", null, error?.message ?? "")),
    error?.remedy ? h("p", null, error.remedy) : null,
    facts.length ? h("p", { class: "small mono muted" }, facts.join(" · ")) : null); // prettier-ignore
  const retry = button({ class: "retry", onclick: () => (unknown ? ask() : actions.regenerate(turn, false)) },
    icon("retry"), t("chat.retry")); // prettier-ignore
  append(note, [retry]);

  /** A second answer may cost a second time. */
  function ask() {
    const yes = button({ class: "primary", onclick: () => actions.regenerate(turn, true) }, t("chat.yes"));
    const no = button({ onclick: () => (question.replaceWith(retry), retry.focus()) }, t("chat.cancel"));
    const question = h("div", { class: "question", role: "group" }, h("p", null, t("chat.ask_again_hint")), yes, no);
    retry.replaceWith(question);
    yes.focus();
  }
  return note;
}

/**
 * Usage and timing in a word; all that is known when opened.
 * @param {TurnData} data
 * @returns {HTMLElement | null}
 */
export function showFacts(data) {
  if (data.status === "streaming" || !data.provenance || data.edited) return null;
  const { ttft, total, tokens_per_second: speed } = data.timing;
  const short = [
    total ? seconds(total) : "",
    data.usage ? t("chat.tokens", { input: data.usage.input, output: data.usage.output }) : "",
    speed ? t("chat.with_speed", { speed: Math.round(speed) }) : "",
  ].filter(Boolean);
  if (!short.length) return null;
  return h("details", { class: "facts" },
    h("summary", { "aria-label": `${t("chat.facts_label")}: ${short.join(", ")}` }, short.join(" · ")),
    h("p", null, data.provenance),
    ttft === null ? null : h("p", null, t("chat.first", { seconds: ttft.toFixed(2) })),
    data.cost ? h("p", null, t("chat.cost", { cost: data.cost })) : null,
    copyButton(() => data.provenance, { label: t("code.copy") })); // prettier-ignore
}
