// Links that a person may follow knowingly, and character references.

import { clean } from "./clean.js";
import { h, safeUrl } from "./dom.js";
import { t } from "./strings.js";

const LONGEST_URL_SHOWN = 200;

/**
 * A link that a person may follow, with its host shown unless the text is that address; else the
 * text, with the address as text.
 * @param {string} href
 * @param {(Node | string)[]} children
 * @returns {HTMLElement}
 */
export function anchor(href, children) {
  const url = safeUrl(href);
  if (!url) {
    const note = h("span", { class: "refused" }, ` (${t("link.refused", { url: shortened(href) })})`);
    return h("span", { class: "no-link" }, children, note);
  }
  const props = { href: url.href, target: "_blank", rel: "noopener noreferrer nofollow" };
  const element = h("a", props, children);
  const words = (element.textContent ?? "").trim().replace(/^(https?:\/\/|mailto:)/i, "");
  const host = url.protocol === "mailto:" ? url.pathname : url.host;
  const shown = words.startsWith(host) && /^($|[/?#])/.test(words.slice(host.length));
  if (!shown) element.append(" ", h("span", { class: "host" }, host));
  return element;
}

/** An address, cut if very long. @param {string} text @returns {string} */
export function shortened(text) {
  const rest = text.length - LONGEST_URL_SHOWN;
  return clean(rest > 0 ? `${text.slice(0, LONGEST_URL_SHOWN)}…` : text);
}

/** The references that models write; the others stay as they are. @type {Record<string, string>} */
const references = {
  amp: "&", apos: "'", bull: "•", cent: "¢", copy: "©", deg: "°", divide: "÷", euro: "€", ge: "≥",
  gt: ">", hellip: "…", infin: "∞", laquo: "«", larr: "←", ldquo: "“", le: "≤", lsquo: "‘",
  lt: "<", mdash: "—", micro: "µ", middot: "·", minus: "−", nbsp: "\u00a0", ndash: "–", ne: "≠",
  para: "¶", plusmn: "±", pound: "£", quot: '"', raquo: "»", rarr: "→", rdquo: "”", reg: "®",
  rsquo: "’", sect: "§", times: "×", trade: "™", yen: "¥",
}; // prettier-ignore

/**
 * Text with its character references resolved. What they hide is cleaned like the rest.
 * @param {string} text
 * @returns {string}
 */
export function decode(text) {
  if (!text.includes("&")) return text;
  return text.replace(/&(?:#(\d{1,7})|#x([\da-f]{1,6})|([a-z]\w{1,9}));/gi, (whole, dec, hex, name) => {
    if (name) return Object.hasOwn(references, name) ? /** @type {string} */ (references[name]) : whole;
    const code = dec ? Number(dec) : Number.parseInt(hex, 16);
    const known = code > 0 && code <= 0x10ffff && !(code >= 0xd800 && code <= 0xdfff);
    return known ? clean(String.fromCodePoint(code)) : "\ufffd";
  });
}
