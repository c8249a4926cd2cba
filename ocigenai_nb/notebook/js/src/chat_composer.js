// Where a prompt is written: the box, what is attached to it, and the button that sends or stops.

import { acceptFiles, readFile } from "./chat_files.js";
import { breakLine, picture } from "./chat_turn.js";
import { button, h, icon } from "./dom.js";
import { t } from "./strings.js";

/** @typedef {import("./chat_files.js").PromptFile} PromptFile */

/**
 * @typedef {object} ComposerActions
 * @property {(prompt: string, files: PromptFile[]) => Promise<void>} send rejects if it is refused
 * @property {() => Promise<void>} stop
 * @property {() => void} editLast
 * @property {(text: string) => void} say
 */

/**
 * @param {HTMLElement} root where files may be dropped
 * @param {ComposerActions} actions
 */
export function createComposer(root, actions) {
  let files = /** @type {PromptFile[]} */ ([]);
  let streaming = false;
  let sending = false;
  let gone = false;

  const area = h("textarea", { rows: 1, "aria-label": t("chat.message"), oninput: change });
  const picker = h("input", {
    type: "file", multiple: true, hidden: true, tabindex: -1, "aria-label": t("chat.attach"),
    accept: "image/png,image/jpeg,image/gif,image/webp,text/*,.csv,.json,.md,.py,.sql,.tex,.toml,.yaml,.yml",
    onchange: () => (take([...(picker.files ?? [])]), (picker.value = "")),
  }); // prettier-ignore
  const attach = button({ class: "quiet round", label: t("chat.attach"), onclick: () => picker.click() }, icon("plus"));
  const list = h("ul", { class: "files", "aria-label": t("chat.files"), hidden: true });
  const refusal = h("div", { class: "note error", role: "alert", hidden: true });
  const send = button({ class: "send primary round", onclick: () => (active() ? stop() : submit()) });
  const tools = h("div", { class: "composer-tools" }, attach, picker, h("span", { class: "hint" }, t("chat.hint")), send);
  const element = h("div", { class: "composer" }, refusal, h("div", { class: "box" }, list, area, tools));

  const active = () => streaming || sending;

  area.addEventListener("keydown", (event) => {
    if (event.isComposing || breakLine(event)) return;
    if (event.key === "Enter") {
      event.preventDefault();
      if (active()) actions.say(t("chat.still_coming"));
      else submit();
    } else if (event.key === "ArrowUp" && !area.value && !active()) {
      event.preventDefault();
      actions.editLast();
    }
  });
  acceptFiles(root, area, take);

  function change() {
    area.style.height = "auto"; // it grows with its text, up to what the style sheet allows
    if (area.value) area.style.height = `${area.scrollHeight + 2}px`;
    draw();
  }

  function draw() {
    const label = t(active() ? (stopping ? "chat.stopping" : "chat.stop") : "chat.send");
    const empty = !area.value.trim() && !files.length;
    if (send.title !== label) {
      send.title = label;
      send.setAttribute("aria-label", label);
      send.replaceChildren(icon(active() ? "stop" : "send"));
    }
    send.classList.toggle("stop", active());
    send.disabled = gone || (!active() && empty);
    attach.disabled = gone;
  }

  function drawFiles() {
    list.hidden = !files.length;
    list.replaceChildren(...files.map((file) => {
      const remove = () => (drop(file), area.focus());
      const label = t("chat.file_remove", { name: file.name });
      return h("li", { class: "chip" }, file.preview ? picture(file.preview, "") : icon("file"),
        h("span", { class: "name" }, file.name),
        button({ class: "quiet", label: label, onclick: remove }, icon("close")));
    })); // prettier-ignore
    draw();
  }

  /** @param {PromptFile} file */
  function drop(file) {
    URL.revokeObjectURL(file.preview);
    files = files.filter((each) => each !== file);
    drawFiles();
  }

  /** @param {File[]} chosen */
  async function take(chosen) {
    for (const file of chosen) {
      try {
        files = [...files, await readFile(file)];
        refuse(null);
      } catch (error) {
        refuse(error);
      }
    }
    drawFiles();
    area.focus();
  }

  /** @param {unknown} error what was refused, and what to do; null to forget it */
  function refuse(error) {
    refusal.hidden = error === null;
    const content = /** @type {any} */ (error)?.content ?? {};
    const message = error instanceof Error ? error.message : String(error ?? "");
    refusal.replaceChildren(
      h("p", null, h("strong", null, message)),
      ...(content.remedy ? [h("p", null, String(content.remedy))] : []),
    );
  }

  let stopping = false;
  async function stop() {
    stopping = true;
    draw();
    try {
      await actions.stop();
    } catch (error) {
      if (!gone) refuse(error);
    } finally {
      stopping = false;
      draw();
    }
  }

  async function submit() {
    const prompt = area.value.trim();
    if (gone || active() || (!prompt && !files.length)) return;
    const sent = files;
    sending = true;
    refuse(null);
    area.value = "";
    files = [];
    change();
    drawFiles();
    try {
      await actions.send(prompt, sent);
      for (const file of sent) URL.revokeObjectURL(file.preview);
    } catch (error) {
      area.value ||= prompt; // nothing that was written is lost
      files = [...sent, ...files];
      change();
      drawFiles();
      refuse(error);
    } finally {
      sending = false;
      draw();
    }
  }

  draw();
  return {
    element,
    stop,
    active,
    focus: () => area.focus(),
    /** @param {string} text */
    fill(text) {
      area.value = text;
      change();
      area.focus();
    },
    /** @param {unknown} error */
    refuse,
    /** @param {{ streaming?: boolean, gone?: boolean, model?: string }} state */
    set(state) {
      streaming = state.streaming ?? streaming;
      gone = state.gone ?? gone;
      if (state.model) area.placeholder = t("chat.placeholder", { model: state.model });
      draw();
    },
  };
}
