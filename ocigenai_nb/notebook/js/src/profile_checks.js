// Checks as a list: what was looked at, what was seen, and what to do about it.

import { copyButton, h, icon } from "./dom.js";
import { addWords, t } from "./strings.js";

/** @typedef {{ name: string, outcome: "passed" | "warned" | "failed", text: string, remedy: string }} Check */

addWords({
  "check.access": "Access",
  "check.clock": "Clock",
  "check.configuration": "Configuration",
  "check.copy_label": "Copy: {text}",
  "check.environment": "Environment",
  "check.failed": "Failed",
  "check.fingerprint": "Fingerprint",
  "check.key": "Key",
  "check.list": "Checks",
  "check.network": "Network",
  "check.passed": "Passed",
  "check.permissions": "Permissions",
  "check.region": "Region",
  "check.signature": "Signature",
  "check.tenancy": "Tenancy",
  "check.token": "Token",
  "check.warned": "Warning",
});

const ICONS = { passed: "check", warned: "warning", failed: "close" };

/** @param {Check[]} checks */
export function checkList(checks) {
  return h("ul", { class: "checks", "aria-label": t("check.list") }, checks.map(item));
}

/** @param {Check} check */
function item(check) {
  return h("li", { class: check.outcome },
    h("span", { class: "mark" }, icon(ICONS[check.outcome]), h("span", { class: "sr-only" }, t(`check.${check.outcome}`))),
    h("span", { class: "what" }, t(`check.${check.name}`)),
    h("span", { class: "seen" }, worded(check.text), check.remedy ? h("span", { class: "remedy" }, worded(check.remedy)) : null),
  ); // prettier-ignore
}

/**
 * A text whose parts between backticks are code, those that are whole commands ready to be copied.
 * @param {string} text
 * @returns {(Node | string)[]}
 */
export function worded(text) {
  const parts = text.split("`");
  // A full stop would stand alone behind the button.
  const after = (/** @type {number} */ at) => at > 0 && parts[at - 1]?.includes(" ");
  return parts.map((part, at) => (at % 2 ? command(part) : after(at) ? part.replace(/^[.,]/, "") : part));
}

/** @param {string} text */
function command(text) {
  const code = h("code", null, text);
  if (!text.includes(" ")) return code;
  const label = t("check.copy_label", { text });
  return h("span", { class: "command" }, code, copyButton(() => text, { label }));
}
