// Beside the conversation: model, system prompt, temperature, the longest answer.

import { button, h, icon } from "./dom.js";
import { t } from "./strings.js";

/** @typedef {import("./chat_store.js").Settings} Settings */
/** @typedef {{ id: string, context: number | null, capabilities: string[] }} ModelFacts */

let views = 0;

/**
 * @param {{
 *   apply: (wishes: Record<string, unknown>) => Promise<void>,
 *   models: () => Promise<ModelFacts[]>,
 *   close: () => void,
 * }} actions `apply` rejects with what is wrong
 */
export function createSettings(actions) {
  const prefix = `ocigenai-chat-${(views += 1)}`;
  const id = (/** @type {string} */ name) => `${prefix}-${name}`;
  let known = /** @type {ModelFacts[]} */ ([]);

  const list = h("datalist", { id: id("models") });
  const model = h("input", { type: "text", id: id("model"), list: id("models"), spellcheck: "false", autocomplete: "off", onchange: () => apply("model", model.value) });
  const facts = h("p", { class: "small muted" });
  const system = h("textarea", { id: id("system"), rows: 5, placeholder: t("chat.system_placeholder"), onchange: () => apply("system", system.value) });
  const temperature = number("temperature", { min: 0, max: 2, step: 0.1 });
  const tokens = number("max_tokens", { min: 1, step: 1 });
  const refusal = h("div", { class: "note error", role: "alert", hidden: true });
  const where = h("p", { class: "small muted" });
  const close = button({ class: "quiet", label: t("chat.settings_close"), onclick: actions.close }, icon("close"));
  const element = h("section", { class: "settings", id: id("settings"), "aria-label": t("chat.settings"), hidden: true },
    h("div", { class: "settings-head" }, h("h4", null, t("chat.settings")), close),
    field("model", t("chat.model"), model), list, facts,
    field("system", t("chat.system"), system),
    h("div", { class: "pair" },
      field("temperature", t("chat.temperature"), temperature),
      field("max_tokens", t("chat.max_tokens"), tokens)),
    refusal, where); // prettier-ignore

  /** @param {string} name @param {Record<string, unknown>} limits */
  function number(name, limits) {
    const input = h("input", { type: "number", id: id(name), placeholder: t("chat.parameters_default"), ...limits,
      onchange: () => apply(name, input.value === "" ? null : Number(input.value)) }); // prettier-ignore
    return input;
  }

  /** @param {string} name @param {string} label @param {HTMLElement} input */
  function field(name, label, input) {
    return h("div", { class: "field" }, h("label", { for: id(name) }, label), input);
  }

  /** @param {string} name @param {unknown} value */
  async function apply(name, value) {
    try {
      await actions.apply({ [name]: value });
      refusal.hidden = true;
    } catch (error) {
      const content = /** @type {any} */ (error).content ?? {};
      refusal.replaceChildren(
        h("p", null, h("strong", null, /** @type {Error} */ (error).message)),
        ...(content.remedy ? [h("p", null, String(content.remedy))] : []),
      );
      refusal.hidden = false;
    }
  }

  function describe() {
    const found = known.find((each) => each.id === model.value);
    const words = found
      ? [found.context ? t("chat.model_context", { count: found.context }) : "", ...found.capabilities.map((each) => each.replace("_", " "))]
      : [known.length && model.value ? t("chat.model_unknown") : ""]; // prettier-ignore
    facts.textContent = words.filter(Boolean).join(" · ");
  }
  model.addEventListener("input", describe);

  return {
    element,
    /** @param {boolean} open */
    async show(open) {
      element.hidden = !open;
      if (!open) return;
      model.focus();
      if (known.length) return;
      known = await actions.models().catch(() => []);
      list.replaceChildren(...known.map((each) => h("option", { value: each.id })));
      describe();
    },
    /** @param {Settings} settings */
    update(settings) {
      set(model, settings.model);
      set(system, settings.system);
      set(temperature, settings.temperature);
      set(tokens, settings.max_tokens);
      where.textContent = [settings.profile, settings.region].filter(Boolean).join(" · ");
      describe();
    },
  };
}

/** Change a field, unless it is being written in. @param {HTMLInputElement | HTMLTextAreaElement} field @param {string | number | null} value */
function set(field, value) {
  if (field === document.activeElement) return;
  field.value = value === null ? "" : String(value);
}
