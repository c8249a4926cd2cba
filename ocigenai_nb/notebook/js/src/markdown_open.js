// What is half written, shown as what it is about to be: `**bol` is bold at once, and the address
// of a link is not shown while it is being written. For the last block of a growing answer only.

const CODE = /(`+)(?!`)[^]*?(?<!`)\1(?!`)/g;

/**
 * Markdown with what is open at its end closed.
 * @param {string} source
 * @returns {string}
 */
export function closeOpen(source) {
  const trimmed = source.replace(/\n {0,3}(?:[-=]+|[*+]|\d{1,9}[.)]?)[ \t]*$/, ""); // may become a list or a title
  const from = trimmed.lastIndexOf("\n\n") + 1;
  return trimmed.slice(0, from) + closeInline(trimmed.slice(from));
}

/** @param {string} text @returns {string} */
function closeInline(text) {
  const bare = text.replace(CODE, (code) => " ".repeat(code.length)).replace(/\\[^]/g, "  ");
  const tick = /(?<!`)(`+)(?!`)[^`\n]*$/.exec(bare);
  if (tick) {
    const inside = text.slice(tick.index + (tick[1]?.length ?? 0));
    return inside.trim() ? text + tick[1] : text.slice(0, tick.index);
  }
  const link = /!?\[([^[\]\n]*)(?:\]\([^()\s]*)$/.exec(bare);
  if (link) return closeMarks(text.slice(0, link.index) + text.slice(link.index).replace(/^!?\[|\]\([^]*$/g, ""));
  return closeMarks(text.replace(/(?<=^|[^\w*_~])[*_~]{1,3}$/, ""));
}

/** @param {string} text @returns {string} */
function closeMarks(text) {
  const bare = text.replace(CODE, (code) => "x".repeat(code.length)).replace(/\\[^]/g, "xx");
  let end = "";
  for (const mark of ["**", "__", "~~", "*", "_"]) {
    const sign = `\\${mark[0]}`;
    const found = [...bare.matchAll(new RegExp(`(?<!${sign})(?:${sign}){${mark.length}}(?!${sign})`, "g"))];
    const opening = found.at(-1);
    if (!opening || found.length % 2 === 0) continue;
    const before = bare[opening.index - 1] ?? " ";
    const after = bare[opening.index + mark.length] ?? " ";
    if (/[\s([{"'>*_~|:—-]/.test(before) && /\S/.test(after)) end = mark + end;
  }
  return end ? text.replace(/\s+$/, "") + end : text;
}
