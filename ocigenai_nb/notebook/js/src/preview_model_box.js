// The model: a combobox with the catalog below it, for typing any name. Keys as in the ARIA
// pattern: Down and Up move, Enter takes, Esc closes and puts back what was there.

import { h, icon } from "./dom.js";
import { t } from "./strings.js";
import { matches, modelRow } from "./preview_catalog.js";

/** @typedef {import("./preview_catalog.js").ModelFacts} ModelFacts */

/**
 * @typedef {object} ModelBox
 * @property {HTMLElement} element
 * @property {HTMLInputElement} input
 * @property {(models: ModelFacts[], region: string) => void} setModels
 * @property {(model: string) => void} setValue show the model that is set
 */

/**
 * @param {{ id: string, describedBy: string, onChoose: (model: string) => void, say: (text: string) => void }} options
 *   `id` begins the ids of the elements; `onChoose` is called with the name that was picked or typed
 * @returns {ModelBox}
 */
export function createModelBox({ id, describedBy, onChoose, say }) {
  /** @type {{ facts: ModelFacts, option: HTMLElement }[]} */
  let rows = [];
  let active = -1; // index in `fitting()`
  let value = "";

  const listId = `${id}-list`;
  const list = h("div", { id: listId, class: "model-list", role: "listbox", "aria-label": t("model.list"), hidden: true });
  const nothing = h("p", { class: "model-none muted small", hidden: true }, t("model.none"));
  const popup = h("div", { class: "model-popup", hidden: true }, list, nothing);
  const input = h("input", {
    id: `${id}-model`, type: "text", role: "combobox", class: "mono", autocomplete: "off", spellcheck: "false",
    placeholder: t("model.placeholder"), "aria-autocomplete": "list", "aria-expanded": "false",
    "aria-controls": listId, "aria-describedby": describedBy,
  }); // prettier-ignore
  const opener = h("button", {
    type: "button", class: "quiet", tabindex: -1, "aria-label": t("model.show"), title: t("model.show"),
    onmousedown: (/** @type {Event} */ event) => event.preventDefault(), // the focus stays in the field
    onclick: () => (popup.hidden ? (input.focus(), open("")) : close()),
  }, icon("down")); // prettier-ignore
  const element = h("div", { class: "model-box" }, h("div", { class: "model-field" }, input, opener), popup);

  const fitting = () => rows.filter(({ option }) => !option.hidden);

  /** @param {string} search */
  function open(search) {
    for (const { facts, option } of rows) option.hidden = !matches(facts, search);
    const count = fitting().length;
    list.hidden = count === 0;
    nothing.hidden = count > 0;
    popup.hidden = false;
    input.setAttribute("aria-expanded", String(count > 0));
    list.scrollTop = 0;
    mark(-1);
    say(count ? t("model.count", { count }) : t("model.none"));
    if (!search) rows.find(({ facts }) => facts.id === value)?.option.scrollIntoView({ block: "nearest" });
  }

  function close() {
    popup.hidden = true;
    input.setAttribute("aria-expanded", "false");
    mark(-1);
  }

  /** @param {number} index */
  function mark(index) {
    const all = fitting();
    all[active]?.option.classList.remove("active");
    active = all.length ? Math.max(-1, Math.min(index, all.length - 1)) : -1;
    const option = all[active]?.option;
    for (const row of rows) row.option.classList.toggle("active", row.option === option);
    if (option) {
      input.setAttribute("aria-activedescendant", option.id);
      option.scrollIntoView({ block: "nearest" });
    } else {
      input.removeAttribute("aria-activedescendant");
    }
  }

  /** @param {string} model */
  function choose(model) {
    close();
    setValue(model.trim());
    onChoose(value);
  }

  /** @param {string} model */
  function setValue(model) {
    value = model;
    if (input.value !== model) input.value = model;
    for (const { facts, option } of rows) option.setAttribute("aria-selected", String(facts.id === model));
  }

  /** @type {Record<string, () => void>} */
  const keys = {
    ArrowDown: () => (popup.hidden ? open("") : mark(active + 1)),
    ArrowUp: () => (popup.hidden ? open("") : mark(Math.max(active - 1, 0))),
    PageDown: () => mark(active + 8),
    PageUp: () => mark(Math.max(active - 8, 0)),
    Enter: () => choose(fitting()[active]?.facts.id ?? input.value),
    Escape() {
      close();
      input.value = value;
    },
  };

  input.addEventListener("keydown", (event) => {
    const act = keys[event.key];
    if (!act || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    event.stopPropagation(); // the notebook's own keys would act too
    act();
  });
  input.addEventListener("input", () => {
    open(input.value.trim());
    if (rows.some(({ facts }) => facts.id === input.value.trim())) onChoose((value = input.value.trim()));
  });
  input.addEventListener("click", () => popup.hidden && open(""));
  input.addEventListener("blur", () => {
    close();
    if (input.value.trim() !== value) choose(input.value);
  });
  list.addEventListener("mousedown", (event) => event.preventDefault());
  list.addEventListener("click", (event) => {
    const option = /** @type {Element} */ (event.target).closest("[role=option]");
    const row = rows.find((one) => one.option === option);
    if (row) choose(row.facts.id);
  });

  return {
    element,
    input,
    setModels(models, region) {
      rows = models.map((facts, index) => ({
        facts,
        option: h("div", { id: `${id}-model-${index}`, role: "option", "aria-selected": facts.id === value }, ...modelRow(facts, region)),
      }));
      list.replaceChildren(...rows.map(({ option }) => option));
    },
    setValue(model) {
      if (document.activeElement !== input || model !== value) setValue(model);
    },
  };
}
