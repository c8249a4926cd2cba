// Elements built as nodes, never from HTML text: what a model wrote can only become text.

import { t } from "./strings.js";

const SVG = "http://www.w3.org/2000/svg";
const PLAIN = new Set([
  "accept", "align", "autocomplete", "checked", "class", "colspan", "dir", "disabled", "draggable",
  "for", "hidden", "id", "lang", "list", "max", "maxlength", "min", "multiple", "name", "open",
  "placeholder", "readonly", "rel", "required", "role", "rows", "scope", "selected", "spellcheck",
  "start", "step", "tabindex", "target", "title", "type", "value",
]); // prettier-ignore
const AS_PROPERTY = new Set(["checked", "disabled", "hidden", "open", "selected", "value"]);
const NEVER = new Set(["base", "embed", "frame", "iframe", "link", "meta", "object", "script", "style"]);

/** @typedef {Node | string | number | null | undefined | false} Child */
/** @typedef {Record<string, unknown> | null | undefined} Props */

/**
 * Build an element. Props are a whitelist (anything else throws): plain attributes, `aria-*`,
 * `data-*`, `on<event>` functions, `href` (http, https, mailto only) and `style` as an object of
 * CSS custom properties or properties. `false`, `null` and `undefined` leave an attribute out.
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Props} [props]
 * @param {...(Child | Child[])} children
 * @returns {HTMLElementTagNameMap[Tag]}
 */
export function h(tag, props, ...children) {
  if (NEVER.has(tag)) throw new Error(`<${tag}> is never built`);
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(props ?? {})) setProp(element, name, value);
  append(element, children.flat());
  return element;
}

/**
 * A button. `label` names it where it shows no words: it is read out, and shown as a tip.
 * @param {Record<string, unknown> & { label?: string }} props
 * @param {...(Child | Child[])} children
 */
export function button({ label, ...props }, ...children) {
  return h("button", { type: "button", title: label, "aria-label": label, ...props }, ...children);
}

/**
 * @param {HTMLElement} element
 * @param {string} name
 * @param {unknown} value
 */
function setProp(element, name, value) {
  if (value === undefined || value === null) return;
  if (name.startsWith("on")) {
    if (typeof value !== "function") throw new Error(`${name} must be a function`);
    element.addEventListener(name.slice(2), /** @type {EventListener} */ (value));
  } else if (name === "style") {
    for (const [key, one] of Object.entries(value)) element.style.setProperty(key, String(one));
  } else if (name === "href") {
    if (!safeUrl(String(value))) throw new Error("Only http, https and mailto links are built");
    element.setAttribute("href", String(value));
  } else if (AS_PROPERTY.has(name)) {
    /** @type {any} */ (element)[name] = value;
  } else if (/^(aria|data)-[a-z-]+$/.test(name)) {
    element.setAttribute(name, String(value)); // "false" says something in aria
  } else if (PLAIN.has(name)) {
    if (value !== false) element.setAttribute(name, value === true ? "" : String(value));
  } else {
    throw new Error(`No such prop: ${name}`);
  }
}

/**
 * Append nodes and text; empty children are left out.
 * @param {Node} parent
 * @param {Child[]} children
 */
export function append(parent, children) {
  for (const child of children) {
    if (child === null || child === undefined || child === false || child === "") continue;
    parent.appendChild(child instanceof Node ? child : document.createTextNode(String(child)));
  }
}

/**
 * The URL if a person may follow it: http, https or mailto, spelled out; else null.
 * @param {string} text
 * @returns {URL | null}
 */
export function safeUrl(text) {
  if (!/^(https?:\/\/|mailto:)[^\s\u0000-\u001f]+$/i.test(text)) return null;
  try {
    const url = new URL(text);
    return ["http:", "https:", "mailto:"].includes(url.protocol) ? url : null;
  } catch {
    return null;
  }
}

/**
 * Keep plain keys from the page's shortcuts: JupyterLab acts on arrows, Enter and letters wherever
 * the focus is not in a text field (its attribute against it counts on the focused element only).
 * Keys with Ctrl, Alt or Meta stay the page's.
 * @param {HTMLElement} root of a widget
 */
export function keepKeys(root) {
  root.addEventListener("keydown", (event) => {
    if (!event.ctrlKey && !event.altKey && !event.metaKey) event.stopPropagation();
  });
}

/** The outlines of the icons, on a grid of 16. @type {Record<string, string>} */
const OUTLINES = {
  check: "M3 8.5l3.2 3L13 4.5",
  chevron: "M6 3.5l4.5 4.5L6 12.5",
  close: "M4 4l8 8M12 4l-8 8",
  copy: "M6 6h7v7.5H6zM3 10V2.5h7V4",
  down: "M3.5 6L8 10.5 12.5 6",
  edit: "M10.5 3l2.5 2.5L6 12.5 3 13l.5-3z",
  external: "M9 3h4v4M13 3L7 9M11 9.5V13H3V5h3.5",
  file: "M4 2.5h5l3 3v8H4zM9 2.5v3h3",
  fork: "M4.5 2.5v11M4.5 9.5C11 9.5 11.5 8 11.5 5M11.5 2.5v2.5",
  image: "M2.5 3.5h11v9h-11zM3 11l3-3.5 2.5 2.5 2-2 2.5 3M10.2 6h.1",
  left: "M10 3.5L5.5 8l4.5 4.5",
  more: "M3.5 8h.1M8 8h.1M12.5 8h.1",
  plus: "M8 3v10M3 8h10",
  retry: "M13 8a5 5 0 1 1-1.6-3.7M13 2.5v3h-3",
  right: "M6 3.5l4.5 4.5L6 12.5",
  save: "M3 3h8l2 2v8H3zM5.5 3v3.5h4V3M5 13V9h6v4",
  search: "M7 2.5a4.5 4.5 0 1 0 0 9 4.5 4.5 0 0 0 0-9zM10.3 10.3L13.5 13.5",
  send: "M8 13V3M3.8 7.2L8 3l4.2 4.2",
  settings: "M3 5h6M12 5h1M3 11h1M7 11h6M9 3.5v3M4.5 9.5v3",
  stop: "M4.5 4.5h7v7h-7z",
  tool: "M9.5 6.5L3 13M9 4a3 3 0 0 1 4-1.2L11.2 4.6l.4 1.3 1.3.3 1.6-1.6A3 3 0 0 1 10 7.5",
  trash: "M3 4.5h10M6.5 4.5V3h3v1.5M4.5 4.5l.6 8.5h5.8l.6-8.5",
  warning: "M8 2.5L14 13H2zM8 6.5v3M8 11.3v.1",
};

/**
 * An icon drawn in the color of the text around it, hidden from screen readers.
 * @param {string} name
 * @returns {SVGSVGElement}
 */
export function icon(name) {
  const outline = OUTLINES[name];
  if (!outline) throw new Error(`No icon ${name}`);
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("class", `icon icon-${name}`);
  svg.setAttribute("viewBox", "0 0 16 16");
  svg.setAttribute("aria-hidden", "true");
  svg.setAttribute("focusable", "false");
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", outline);
  svg.appendChild(path);
  return svg;
}

/**
 * Copy text. Outside a secure page the browser has no clipboard API: then by way of a selection.
 * @param {string} text
 * @returns {Promise<boolean>} whether it worked
 */
export async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copyBySelection(text);
  }
}

/**
 * @param {string} text
 * @returns {boolean}
 */
function copyBySelection(text) {
  const before = document.activeElement;
  const area = h("textarea", { readonly: true, "aria-hidden": "true", tabindex: -1, value: text });
  area.style.cssText = "position:fixed;top:0;left:0;width:1px;height:1px;opacity:0";
  document.body.appendChild(area);
  area.select();
  const done = document.execCommand("copy");
  area.remove();
  if (before instanceof HTMLElement) before.focus({ preventScroll: true });
  return done;
}

/**
 * A button that copies what `read()` returns and says so for two seconds.
 * @param {() => string} read
 * @param {{ label: string, text?: string, class?: string }} options `text` is shown beside the icon
 * @returns {HTMLButtonElement}
 */
export function copyButton(read, options) {
  const word = h("span", null, options.text ?? "");
  const slot = h("span", { class: "slot" }, icon("copy"));
  const button = h("button", {
    type: "button",
    class: options.class ?? "copy",
    title: options.label,
    "aria-label": options.label,
    onclick: async () => {
      const done = await copy(read());
      slot.replaceChildren(icon(done ? "check" : "warning"));
      if (options.text) word.textContent = done ? t("code.copied") : options.text;
      button.setAttribute("aria-label", done ? t("code.copied") : t("copy.failed"));
      button.title = done ? t("code.copied") : t("copy.failed");
      setTimeout(() => {
        slot.replaceChildren(icon("copy"));
        word.textContent = options.text ?? "";
        button.setAttribute("aria-label", options.label);
        button.title = options.label;
      }, 2000);
    },
  }, slot, options.text ? word : null); // prettier-ignore
  return button;
}
