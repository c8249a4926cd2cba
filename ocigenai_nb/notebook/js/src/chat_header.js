// Above the conversation: who answers, and what may be done with all of it.

import { button, h, icon } from "./dom.js";
import { t } from "./strings.js";

const KINDS = [
  ["markdown", "md"],
  ["json", "json"],
  ["python", "py"],
  ["curl", "sh"],
  ["notebook", "ipynb"],
];

const NOTED_MS = 4000;

/**
 * @param {{
 *   settings: () => void,
 *   settingsId: string,
 *   save: () => void,
 *   copy: () => void,
 *   exportAs: (kind: string, name: string) => void,
 * }} actions
 */
export function createHeader(actions) {
  const model = button({ class: "quiet model", onclick: actions.settings });
  const badge = h("span", { class: "badge", title: t("chat.emulator_hint"), hidden: true }, t("chat.emulator"));
  const noted = h("span", { class: "noted small muted", "aria-hidden": "true" });
  const menu = h("details", { class: "menu" });
  const summary = h("summary", { title: t("chat.export"), "aria-label": t("chat.export") }, icon("more"));
  /** @param {string} words @param {() => void} run */
  const item = (words, run) => button({ class: "quiet", onclick: () => (closeMenu(), run()) }, words);
  const kinds = KINDS.map(([kind, ending]) => item(`${t("chat.export")}: ${t(`chat.export_${kind}`)}`, () => actions.exportAs(String(kind), `conversation.${ending}`)));
  const save = button({ class: "quiet", label: t("chat.save"), onclick: actions.save }, icon("save"), h("span", { class: "wide" }, t("chat.save")));
  const settings = button({ class: "quiet", label: t("chat.settings"), "aria-expanded": false, "aria-controls": actions.settingsId, onclick: actions.settings }, icon("settings"));
  menu.append(summary, h("div", { class: "menu-items" }, item(t("chat.copy_all"), actions.copy), kinds));
  menu.addEventListener("focusout", (event) => {
    if (!menu.contains(/** @type {Node | null} */ (event.relatedTarget))) menu.open = false;
  });
  const element = h("header", { class: "head" }, model, badge, noted, h("span", { class: "gap" }), save, menu, settings);
  let timer = 0;

  /** @returns {boolean} whether it was open */
  function closeMenu() {
    const was = menu.open;
    menu.open = false;
    if (was) summary.focus();
    return was;
  }

  return {
    element,
    closeMenu,
    focusSettings: () => settings.focus(),
    /** @param {string} text shown for a while */
    note(text) {
      noted.textContent = text;
      clearTimeout(timer);
      timer = window.setTimeout(() => (noted.textContent = ""), NOTED_MS);
    },
    /** @param {{ model?: string, emulated?: boolean, empty?: boolean, gone?: boolean, open?: boolean }} state */
    set(state) {
      if (state.model !== undefined) {
        model.textContent = state.model;
        model.title = `${t("chat.model")}: ${state.model}`;
      }
      if (state.emulated !== undefined) badge.hidden = !state.emulated;
      if (state.empty !== undefined) {
        save.disabled = state.empty;
        menu.hidden = state.empty;
      }
      if (state.gone !== undefined) {
        save.hidden = settings.hidden = state.gone;
        model.disabled = state.gone;
        kinds.slice(1).forEach((each) => (each.hidden = Boolean(state.gone))); // those the kernel writes
      }
      if (state.open !== undefined) settings.setAttribute("aria-expanded", String(state.open));
    },
  };
}
