// The conversation out of the page: also without a kernel, from what the view holds.

import { h } from "./dom.js";

/** @typedef {import("./chat_store.js").Turn} Turn */

/**
 * The turns as Markdown. Each text is in a fence of its own, so that nothing of it can act.
 * @param {Turn[]} turns
 * @returns {string}
 */
export function writeMarkdown(turns) {
  const blocks = turns.flatMap(({ data, text }) => [
    "## User",
    fence(data.prompt),
    `## ${data.model.replace(/[^\w.:/ -]/g, "")}`,
    ...data.rounds.flatMap((round) => [
      round.text && fence(round.text),
      ...round.calls.flatMap(({ name, state, line, result }) => [`Tool ${name.replace(/\W/g, "")}: ${state}`, fence([line, result].filter(Boolean).join("\n"))]),
    ].filter(Boolean)),
    text() ? fence(text()) : "(no answer)",
    ...(data.error ? ["Error:", fence(data.error.message)] : []),
  ]);
  return `${["# Conversation", ...blocks].join("\n\n")}\n`;
}

/** @param {string} text @returns {string} */
function fence(text) {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
  const marks = "`".repeat(longest + 1);
  return `${marks}text\n${text}\n${marks}`;
}

/**
 * Hand the reader a file, made here.
 * @param {string} name
 * @param {string} text
 */
export function download(name, text) {
  const url = URL.createObjectURL(new Blob([text], { type: "text/plain;charset=utf-8" }));
  const link = h("a", { hidden: true });
  link.href = url;
  link.download = name;
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
