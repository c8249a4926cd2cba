// Tabs: one Tab stop, the arrow keys open the next one.

import { h } from "./dom.js";
import { rovingFocus } from "./timing.js";

/**
 * @param {{ id: string, label: string, onOpen: (name: string, panel: HTMLElement) => void }} options
 *   `id` begins the ids of the elements; `onOpen` fills a panel that is shown
 * @param {[name: string, words: string][]} names
 * @returns {{ element: HTMLElement, refresh: () => void }} `refresh` fills the open panel anew
 */
export function createTabs({ id, label, onOpen }, names) {
  let current = names[0]?.[0] ?? "";
  const buttons = names.map(([name, words]) =>
    h("button", {
      type: "button", role: "tab", id: `${id}-tab-${name}`, class: "quiet", "aria-controls": `${id}-panel`,
      onclick: () => open(name), onfocus: () => open(name),
    }, words)); // prettier-ignore
  const list = h("div", { class: "tabs", role: "tablist", "aria-label": label }, ...buttons);
  const panel = h("div", { class: "panel", role: "tabpanel", id: `${id}-panel` });

  function mark() {
    for (const [index, button] of buttons.entries()) {
      const chosen = names[index]?.[0] === current;
      button.setAttribute("aria-selected", String(chosen));
      button.tabIndex = chosen ? 0 : -1;
    }
    panel.setAttribute("aria-labelledby", `${id}-tab-${current}`);
  }

  /** @param {string} name */
  function open(name) {
    if (name === current) return;
    current = name;
    mark();
    panel.replaceChildren();
    onOpen(name, panel);
  }

  mark();
  rovingFocus(list, "[role=tab]");
  list.addEventListener("keydown", (event) => {
    if (/^(Arrow|Home|End)/.test(event.key)) event.stopPropagation(); // the notebook's own keys
  });
  return {
    element: h("div", { class: "tabbed" }, list, panel),
    refresh: () => onOpen(current, panel),
  };
}
