// The chat panel: a conversation that goes on off-cell, shown as it is held by the kernel.

import "./chat_words.js";

import { createComposer } from "./chat_composer.js";
import { download, writeMarkdown } from "./chat_export.js";
import { upload } from "./chat_files.js";
import { createHeader } from "./chat_header.js";
import { createLink } from "./chat_link.js";
import { createSettings } from "./chat_settings.js";
import { createStore, PAGE } from "./chat_store.js";
import { createTranscript } from "./chat_transcript.js";
import { button, copy, h } from "./dom.js";
import { t } from "./strings.js";
import { createAnnouncer } from "./timing.js";

/** @typedef {import("./chat_store.js").Turn} Turn */

/** @param {{ model: any, el: HTMLElement }} context */
function render({ model, el }) {
  const announcer = createAnnouncer();
  const status = h("div", { class: "status", role: "status", hidden: true });
  const link = createLink(model, showState);
  const store = createStore(link, {
    onPath: showPath,
    onSettings: showSettings,
    onBegan: () => (transcript.wait(null), transcript.toEnd()),
    onEnded: announceEnd,
    onWaiting: (calls) => announcer.say(calls.map(({ line: call }) => t("chat.call_waits", { call })).join(" ")),
    onText: (turn, text) => isLast(turn) && announcer.stream(text),
  });

  const transcript = createTranscript({
    regenerate: (turn, resend) => run("regenerate", { turn: turn.data.number, resend }),
    edit: (turn, prompt) => run("edit", { turn: turn.data.number, prompt }),
    editAnswer: (turn, text) => run("edit_answer", { turn: turn.data.number, text }),
    decide: (turn, call, how, always = false) => run(how, { turn: turn.data.number, call: call.id, always }),
    resume: () => run("resume"),
    switchTo: (number) => run("switch", { turn: number }),
    attachment: (turn, index) =>
      link.ask("attachment", { turn: turn.data.number, index }).catch(() => null),
    streaming: () => store.streaming() || link.state() === "gone",
  });
  const root = h("div", { class: "ocigenai chat-panel", role: "group", "data-lm-suppress-shortcuts": "true" });
  const composer = createComposer(root, {
    send,
    stop: async () => void (await link.ask("stop")),
    editLast: () => transcript.edit(store.visible().findLast((turn) => !turn.data.continues)),
    say: announcer.say,
  });
  const settings = createSettings({
    apply: async (wishes) => void (await link.ask("settings", wishes)),
    async models() {
      const answer = /** @type {any} */ (await link.ask("models"));
      store.setSettings(answer.settings);
      return answer.models;
    },
    close: () => openSettings(false),
  });
  const header = createHeader({
    settings: () => openSettings(!root.classList.contains("with-settings")),
    settingsId: settings.element.id,
    save: () => run("save", { page: PAGE }, t("chat.saved")),
    copy: async () => say((await copy(writeMarkdown(store.visible()))) ? t("chat.copied_all") : t("copy.failed")),
    exportAs,
  });
  const drop = h("div", { class: "drop", "aria-hidden": "true" }, t("chat.drop"));
  root.append(header.element,
    h("div", { class: "main" }, h("div", { class: "talk" }, transcript.element, status, composer.element), settings.element),
    drop, announcer.element); // prettier-ignore
  root.addEventListener("keydown", onKey);

  const resize = () => root.style.setProperty("--panel-height", model.get("height"));
  model.on("change:height", resize);
  resize();
  el.append(root);
  status.textContent = t("chat.loading");
  store.load().then(() => transcript.toEnd(), () => showState("gone")); // prettier-ignore

  /** @param {Turn} turn */
  function isLast(turn) {
    return store.visible().at(-1) === turn;
  }

  function showPath() {
    transcript.show(store.visible());
    transcript.update();
    composer.set({ streaming: store.streaming() });
    header.set({ empty: store.visible().length === 0 });
    drawWelcome();
  }

  function showSettings() {
    const now = store.settings();
    if (!now) return;
    settings.update(now);
    header.set(now);
    composer.set({ model: now.model });
    root.setAttribute("aria-label", t("chat.label", { model: now.model }));
  }

  function drawWelcome() {
    const now = store.settings();
    if (!now || transcript.welcome.hidden || transcript.welcome.childElementCount) return;
    const words = now.emulated ? t("chat.welcome_emulator") : t("chat.welcome_region", { model: now.model, region: now.region });
    const chips = ["chat.suggestion_1", "chat.suggestion_2", "chat.suggestion_3"].map((key) =>
      button({ onclick: () => composer.fill(t(key)) }, t(key)));
    transcript.welcome.append(h("h3", null, t("chat.welcome")), h("p", { class: "muted" }, words),
      h("div", { class: "suggestions", role: "group", "aria-label": t("chat.suggestions") }, chips)); // prettier-ignore
  }

  /** @param {import("./chat_link.js").KernelState} state */
  function showState(state) {
    status.hidden = state === "ready";
    status.textContent = state === "ready" ? "" : t(state === "gone" ? "chat.gone" : "chat.busy");
    status.classList.toggle("gone", state === "gone");
    composer.set({ gone: state === "gone", ...(state === "gone" ? { streaming: false } : {}) });
    header.set({ gone: state === "gone" });
    if (state === "gone") {
      store.lose();
      transcript.wait(null);
    }
    transcript.update();
  }

  /** @param {Turn} turn */
  function announceEnd(turn) {
    if (!isLast(turn)) return;
    announcer.flush();
    const { status: how, error, finish_reason: reason } = turn.data;
    if (error) announcer.say(t("chat.answer_failed", { message: error.message }));
    else if (how === "interrupted") announcer.say(t("chat.answer_stopped"));
    else if (reason !== "edited") announcer.say(t("chat.answer_ended"));
  }

  /** @param {string} text said aloud and shown for a while */
  function say(text) {
    announcer.say(text);
    header.note(text);
  }

  /** @param {string} prompt @param {import("./chat_files.js").PromptFile[]} files */
  async function send(prompt, files) {
    transcript.wait(prompt);
    try {
      await link.ask("send", { prompt, files: upload(link, files) });
    } finally {
      transcript.wait(null);
    }
  }

  /**
   * Ask for something to be done; what is refused is said above the box.
   * @param {string} type
   * @param {Record<string, unknown>} [content]
   * @param {string} [done] what to say then
   */
  async function run(type, content, done) {
    try {
      composer.refuse(null);
      await link.ask(type, content);
      if (done) say(done);
      return true;
    } catch (error) {
      if (link.state() !== "gone") composer.refuse(error);
      return false;
    }
  }

  /** @param {string} kind @param {string} name */
  async function exportAs(kind, name) {
    try {
      const text = link.state() === "gone" ? writeMarkdown(store.visible()) : (await link.ask("export", { format: kind })).text;
      download(name, String(text));
    } catch (error) {
      composer.refuse(error);
    }
  }

  /** @param {boolean} open */
  function openSettings(open) {
    root.classList.toggle("with-settings", open);
    header.set({ open });
    settings.show(open);
    if (!open) header.focusSettings();
  }

  /** @param {KeyboardEvent} event */
  function onKey(event) {
    if (event.key !== "Escape" || event.defaultPrevented) return;
    if (header.closeMenu()) return;
    if (composer.active()) composer.stop();
    else if (!settings.element.hidden) openSettings(false);
  }

  return () => {
    model.off("change:height", resize);
    transcript.close();
    link.close();
    root.remove();
  };
}

export default { render };
