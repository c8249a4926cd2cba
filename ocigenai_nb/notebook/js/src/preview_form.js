// The form: what a person sets. Each field is a trait of the widget, and shows its own problem.

import { h, icon } from "./dom.js";
import { t } from "./strings.js";
import { debounce } from "./timing.js";
import { createModelBox } from "./preview_model_box.js";

const TYPING_MS = 180; // between the last key and the question to the kernel

/** @typedef {{ field: string, message: string, remedy: string }} Problem */
/** @typedef {{ get: (name: string) => any, set: (name: string, value: unknown) => void, save_changes: () => void, on: (event: string, callback: () => void) => void, off: (event: string, callback: () => void) => void }} Traits */

/**
 * @typedef {object} Form
 * @property {HTMLElement} element
 * @property {import("./preview_model_box.js").ModelBox} modelBox
 * @property {HTMLElement} card where the model is described
 * @property {(name: string, value: unknown) => void} set set a trait
 * @property {(problems: Problem[]) => void} showProblems
 * @property {() => void} close
 */

/**
 * @param {Traits} traits
 * @param {{ id: string, say: (text: string) => void }} options `id` begins the ids of the elements
 * @returns {Form}
 */
export function createForm(traits, { id, say }) {
  /** @type {Record<string, () => void>} */
  const readers = {};
  /** @type {Record<string, { control: HTMLElement, problem: HTMLElement }>} */
  const fields = {};
  const later = debounce(() => traits.save_changes(), TYPING_MS);

  /** @param {string} name @param {unknown} value @param {boolean} [typing] */
  function set(name, value, typing = false) {
    traits.set(name, value);
    if (typing) return later();
    later.cancel();
    traits.save_changes();
  }

  /** @param {string} name @param {HTMLElement} control @param {string} [extra] @returns {HTMLElement} */
  function field(name, control, extra = "") {
    const problem = h("p", { class: "problem small", id: `${id}-${name}-problem`, hidden: true });
    fields[name] = { control: /** @type {HTMLElement} */ (control.matches(".model-box") ? control.querySelector("input") : control), problem };
    return h("div", { class: `field ${extra}` }, h("label", { for: `${id}-${name}` }, t(name === "model" ? "model.label" : `field.${name}`)), control, problem);
  }

  /** @param {string} name @param {number} rows */
  function textArea(name, rows) {
    const area = h("textarea", { id: `${id}-${name}`, rows, "aria-describedby": `${id}-${name}-problem`, oninput: () => set(name, area.value, true) });
    readers[name] = () => area.value !== traits.get(name) && (area.value = traits.get(name));
    return field(name, area);
  }

  /** @param {string} name @param {string} step */
  function number(name, step) {
    const read = () => (input.value === "" ? null : Number(input.value));
    const input = h("input", {
      id: `${id}-${name}`, type: "number", min: "0", placeholder: t("field.service_default"),
      "aria-describedby": `${id}-${name}-problem`, oninput: () => set(name, read(), true),
    }); // prettier-ignore
    input.step = step;
    readers[name] = () => read() !== traits.get(name) && (input.value = traits.get(name) ?? "");
    return field(name, input, "short");
  }

  /** @param {string} name */
  function check(name) {
    const box = h("input", { id: `${id}-${name}`, type: "checkbox", onchange: () => set(name, box.checked) });
    readers[name] = () => (box.checked = traits.get(name));
    return h("label", { class: "check" }, box, t(`field.${name}`));
  }

  function transport() {
    const names = ["", "v1", "sdk", "responses"];
    const options = names.map((name) => h("option", { value: name }, t(`transport.${name || "auto"}`)));
    const select = h("select", { id: `${id}-transport`, "aria-describedby": `${id}-transport-problem`, onchange: () => set("transport", select.value) }, ...options);
    readers.transport = () => (select.value = traits.get("transport"));
    return field("transport", select);
  }

  const modelBox = createModelBox({
    id, describedBy: `${id}-model-problem`, onChoose: (model) => set("model", model), say,
  }); // prettier-ignore
  readers.model = () => modelBox.setValue(traits.get("model"));
  const card = h("div", { class: "model-card" });
  const element = h("form", { class: "draft", "aria-label": t("preview.form"), onsubmit: (/** @type {Event} */ event) => event.preventDefault() },
    field("model", modelBox.element), card, transport(), textArea("prompt", 3), textArea("system", 2),
    h("div", { class: "pair" }, number("temperature", "0.1"), number("max_tokens", "1")),
    h("div", { class: "checks" }, check("stream"), check("store")),
  ); // prettier-ignore

  for (const [name, read] of Object.entries(readers)) {
    read();
    traits.on(`change:${name}`, read);
  }

  return {
    element,
    modelBox,
    card,
    set,
    showProblems(problems) {
      for (const [name, { control, problem }] of Object.entries(fields)) {
        const found = problems.find((one) => one.field === name);
        problem.hidden = !found;
        problem.replaceChildren(...(found ? [icon("warning"), ` ${found.message} ${found.remedy}`] : []));
        if (found) control.setAttribute("aria-invalid", "true");
        else control.removeAttribute("aria-invalid");
      }
    },
    close() {
      later.cancel();
      for (const [name, read] of Object.entries(readers)) traits.off(`change:${name}`, read);
    },
  };
}
