// One turn on show: the prompt, the answer, and what may be done to either.

import { createAnswer, showFacts } from "./chat_answer.js";
import { button, copyButton, h, icon } from "./dom.js";
import { t } from "./strings.js";

/** @typedef {import("./chat_store.js").Turn} Turn */

/**
 * @typedef {object} TurnActions
 * @property {(turn: Turn, resend: boolean) => void} regenerate
 * @property {(turn: Turn, prompt: string) => Promise<boolean>} edit false if it was refused
 * @property {(turn: Turn, text: string) => Promise<boolean>} editAnswer
 * @property {import("./chat_answer.js").AnswerActions["decide"]} decide
 * @property {() => void} resume
 * @property {(number: number) => void} switchTo
 * @property {(turn: Turn, index: number) => Promise<Record<string, unknown> | null>} attachment
 * @property {() => boolean} streaming
 * @property {() => void} onPaint
 */

/**
 * @param {Turn} turn
 * @param {TurnActions} actions
 */
export function createTurn(turn, actions) {
  const answer = createAnswer(turn, actions);
  const speaker = h("h4", { class: "speaker" });
  const bubble = h("div", { class: "bubble", tabindex: -1 });
  const promptTools = h("div", { class: "tools prompt-tools" });
  const tools = h("div", { class: "tools" });
  const prompt = h("div", { class: "prompt" }, h("h4", { class: "sr-only" }, t("chat.you")), bubble, promptTools);
  const body = h("div", { class: "answer" }, speaker, answer.element, tools);
  const element = h("article", { class: "turn" }, prompt, body);
  let drawn = "";

  function update() {
    const { data } = turn;
    const idle = !actions.streaming();
    answer.update();
    const now = JSON.stringify([data.status, data.branches, idle, data.model, data.resumable, last]);
    if (now === drawn) return;
    drawn = now;
    const held = /** @type {HTMLElement | null} */ (element.contains(document.activeElement) ? document.activeElement : null);
    const kept = held?.dataset.tool;
    element.setAttribute("aria-label", t("chat.turn", { number: data.number }));
    element.setAttribute("aria-busy", String(data.status === "streaming"));
    speaker.replaceChildren(data.model, ...(data.edited ? [h("span", { class: "badge" }, t("chat.answer_edited"))] : []));
    drawTools(idle);
    if (kept) /** @type {HTMLElement | null} */ (element.querySelector(`[data-tool="${kept}"]`))?.focus();
  }

  /** @param {boolean} idle nothing is coming, so another try may be asked for */
  function drawTools(idle) {
    const { data } = turn;
    promptTools.replaceChildren(
      ...(data.continues ? [] : [
        copyButton(() => data.prompt, { label: t("chat.copy_prompt") }),
        tool("edit", t("chat.edit"), editPrompt, !idle),
      ])); // prettier-ignore
    const done = data.status !== "streaming";
    tools.replaceChildren(
      ...branches(idle),
      ...(done && turn.text() ? [copyButton(() => turn.text(), { label: t("chat.copy_answer") })] : []),
      ...(done ? [tool("retry", t("chat.regenerate"), regenerate, !idle)] : []),
      ...(done && turn.text() ? [tool("edit-answer", t("chat.answer_edit"), editAnswer, !idle, "edit")] : []),
      ...(done && data.resumable && last
        ? [tool("continue", t("chat.continue_label"), actions.resume, !idle, "right", t("chat.continue"))]
        : []),
    );
    const facts = showFacts(data);
    if (facts) tools.append(facts);
  }

  /** Another try may be charged again where the first one's end is not known: the note asks. */
  function regenerate() {
    const retry = /** @type {HTMLElement | null} */ (turn.data.unknown && element.querySelector(".note .retry"));
    if (retry) retry.click();
    else actions.regenerate(turn, false);
  }

  /** @param {boolean} idle @returns {HTMLElement[]} */
  function branches(idle) {
    const { branches: all, number } = turn.data;
    if (all.length < 2) return [];
    const at = all.indexOf(number);
    /** @param {number} to @param {string} name @param {string} label */
    const step = (to, name, label) => {
      const other = all[to];
      const go = () => other !== undefined && actions.switchTo(other);
      return tool(`branch-${name}`, label, go, !idle || other === undefined, name);
    };
    return [
      h("span", { class: "branches", role: "group", "aria-label": t("chat.branch", { at: at + 1, count: all.length }) },
        step(at - 1, "left", t("chat.branch_previous")),
        h("span", { class: "small", "aria-hidden": "true" }, `${at + 1}/${all.length}`),
        step(at + 1, "right", t("chat.branch_next"))),
    ]; // prettier-ignore
  }

  function drawPrompt() {
    const { data } = turn;
    prompt.classList.toggle("continued", data.continues);
    bubble.replaceChildren(data.continues ? t("chat.continued") : h("div", { class: "prompt-text" }, data.prompt));
    if (data.attachments.length) bubble.append(showAttachments(turn, actions));
  }

  function editPrompt() {
    openEditor(bubble, { label: t("chat.edit_label"), text: turn.data.prompt, sends: true }, {
      save: (text) => actions.edit(turn, text),
      close() {
        drawPrompt();
        promptTools.hidden = false;
        /** @type {HTMLElement | null} */ (promptTools.querySelector('[data-tool="edit"]'))?.focus();
      },
    }); // prettier-ignore
    promptTools.hidden = true;
  }

  function editAnswer() {
    const editor = h("div", { class: "answer-editor" });
    answer.element.hidden = true;
    tools.hidden = true;
    body.insertBefore(editor, tools);
    openEditor(editor, { label: t("chat.answer_edit_label"), text: turn.text(), sends: false }, {
      save: (text) => actions.editAnswer(turn, text),
      close() {
        editor.remove();
        answer.element.hidden = false;
        tools.hidden = false;
        /** @type {HTMLElement | null} */ (tools.querySelector('[data-tool="edit-answer"]'))?.focus();
      },
    }); // prettier-ignore
  }

  let last = false;
  drawPrompt();
  update();
  turn.listener = { append: answer.append, replace: answer.replace, update };
  return {
    element,
    update,
    editPrompt,
    /** @param {boolean} is the last one on show */
    setLast(is) {
      last = is;
      element.classList.toggle("last", is);
      update();
    },
    close() {
      turn.listener = null;
      answer.close();
      element.remove();
    },
  };
}

/**
 * @param {string} name
 * @param {string} label
 * @param {() => void} onclick
 * @param {boolean} disabled
 * @param {string} [drawing]
 * @param {string} [text]
 */
function tool(name, label, onclick, disabled, drawing = name, text = "") {
  return button({ class: "quiet", label: label, "data-tool": name, disabled, onclick },
    icon(drawing), text || null); // prettier-ignore
}

/**
 * A text to be written in other words. Esc leaves it; Enter sends where it `sends`, else Ctrl+Enter.
 * @param {HTMLElement} place
 * @param {{ label: string, text: string, sends: boolean }} what
 * @param {{ save: (text: string) => Promise<boolean>, close: () => void }} then
 */
function openEditor(place, { label, text, sends }, { save, close }) {
  const area = h("textarea", { "aria-label": label, rows: Math.min(16, text.split("\n").length + 1), value: text });
  const ok = button({ class: "primary", onclick: done }, t(sends ? "chat.send_edit" : "chat.answer_edit"));
  const cancel = button({ onclick: close }, t("chat.cancel"));
  async function done() {
    if (!area.value.trim()) return;
    ok.disabled = true;
    if (await save(area.value)) close();
    ok.disabled = false;
  }
  area.addEventListener("keydown", (event) => {
    if (event.isComposing || breakLine(event)) return;
    if (event.key === "Escape") {
      event.preventDefault();
      event.stopPropagation();
      close();
    } else if (event.key === "Enter" && (sends || event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      done();
    }
  });
  place.replaceChildren(area, h("div", { class: "editor-tools" }, cancel, ok));
  area.focus();
  area.setSelectionRange(area.value.length, area.value.length);
}

/**
 * Shift+Enter begins a line: done here, because JupyterLab keeps the browser from doing it.
 * @param {KeyboardEvent} event
 * @returns {boolean} whether it was that
 */
export function breakLine(event) {
  if (event.key !== "Enter" || !event.shiftKey) return false;
  event.preventDefault();
  document.execCommand("insertText", false, "\n"); // so that it can be undone
  return true;
}

/** @param {Turn} turn @param {TurnActions} actions */
function showAttachments(turn, actions) {
  const items = turn.data.attachments.map(({ kind, name }, index) => {
    const label = name || t(kind === "image" ? "chat.attached_image" : "chat.attached_text", { number: index + 1 });
    const slot = h("span", { class: "preview" });
    const open = async () => {
      chip.disabled = true;
      const found = await actions.attachment(turn, index);
      chip.disabled = false;
      if (!found) return;
      const { text, url } = found;
      if (typeof text === "string") slot.replaceChildren(h("pre", { tabindex: 0, role: "region", "aria-label": label }, text.trim()));
      else slot.replaceChildren(/^data:image/.test(String(url)) ? picture(String(url), label) : h("span", { class: "mono small" }, String(url)));
    };
    const chip = button({ class: "chip", onclick: open }, icon(kind === "image" ? "image" : "file"), label);
    return h("li", null, chip, slot);
  });
  return h("ul", { class: "files", "aria-label": t("chat.files") }, items);
}

/** @param {string} url a data or blob URL: never one that leaves the page @param {string} label */
export function picture(url, label) {
  if (!/^(data:image\/(png|jpeg|gif|webp);|blob:)/.test(url)) throw new Error("Only local pictures are shown");
  const image = h("img", { class: "picture" });
  image.alt = label;
  image.src = url;
  return image;
}
