// Region, compartment and endpoint: what is in force, where it is from, and a field to change it.

import { ChannelError } from "./channel.js";
import { h, icon } from "./dom.js";
import { addWords, t } from "./strings.js";

/** @typedef {{ edited: string, value?: string, source?: string }} Setting */

addWords({
  "setting.compartment_id": "Compartment",
  "setting.endpoint": "Endpoint",
  "setting.found": "as found",
  "setting.from": "from {source}",
  "setting.here": "set here",
  "setting.region": "Region",
  "setting.restore": "{name}: go back to what was found",
  "setting.title": "Settings",
  "setting.unknown": "none found",
});

/**
 * @param {{ settings: Record<string, Setting>, regions: string[] }} state
 * @param {string} own what makes ids differ between views
 * @param {(name: string, value: string) => Promise<any>} edit
 * @param {(state: any) => void} show
 */
export function settingsForm(state, own, edit, show) {
  const regions = h("datalist", { id: `${own}-regions` }, state.regions.map((value) => h("option", { value })));
  const fields = Object.entries(state.settings).map(([name, setting]) => field(name, setting, own, edit, show));
  return h("div", { class: "settings", role: "group", "aria-label": t("setting.title") }, fields, regions);
}

/**
 * @param {string} name @param {Setting} setting @param {string} own
 * @param {(name: string, value: string) => Promise<any>} edit @param {(state: any) => void} show
 */
function field(name, setting, own, edit, show) {
  const id = `${own}-${name}`;
  const hint = h("span", { class: "source muted small", id: `${id}-source` }, source(setting));
  const input = h("input", {
    id, type: "text", value: setting.edited, placeholder: setting.value ?? t("setting.unknown"),
    list: name === "region" ? `${own}-regions` : null, spellcheck: "false", autocomplete: "off",
    "aria-describedby": `${id}-source`, "data-key": `setting ${name}`,
    onchange: () => send(input.value),
    onkeydown: (/** @type {KeyboardEvent} */ event) => {
      if (event.key === "Enter") send(input.value);
      if (event.key !== "Escape" || input.value === setting.edited) return;
      input.value = sent = setting.edited;
      say("");
    },
  }); // prettier-ignore

  /** @param {string} problem */
  function say(problem) {
    hint.textContent = problem || source(setting);
    hint.className = `source small ${problem ? "problem" : "muted"}`;
    input.setAttribute("aria-invalid", String(problem !== ""));
  }

  let sent = setting.edited; // Enter sends, and so does leaving the field

  /** @param {string} value */
  async function send(value) {
    if (value === sent) return;
    sent = value;
    try {
      const state = await edit(name, value);
      say("");
      show(state);
    } catch (error) {
      const remedy = error instanceof ChannelError ? String(error.content.remedy ?? "") : "";
      say(`${error instanceof Error ? error.message : error} ${remedy}`.trim());
    }
  }

  const label = t(`setting.${name}`);
  const restore = setting.edited ? h("button", {
    type: "button", class: "quiet restore", "data-key": `restore ${name}`, onclick: () => send(""),
    title: t("setting.restore", { name: label }), "aria-label": t("setting.restore", { name: label }),
  }, icon("close")) : null; // prettier-ignore
  return h("div", { class: "field" }, h("label", { for: id }, label), h("div", { class: "input" }, input, restore), hint);
}

/** @param {Setting} setting */
function source(setting) {
  if (setting.edited) return t("setting.here");
  return setting.source ? t("setting.from", { source: setting.source }) : t("setting.unknown");
}
