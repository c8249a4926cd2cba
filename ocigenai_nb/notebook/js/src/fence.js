// A fenced code block that is still being written: it grows line by line and is never read again.

import { createCodeBlock } from "./code_block.js";

const OPENING = /^ {0,3}(`{3,}(?=[^`\n]*\n)|~{3,})([^\n]*)\n/;

/**
 * @typedef {object} Fence
 * @property {HTMLElement} element
 * @property {number} size of the opening line, in characters
 * @property {(text: string, ended: boolean) => string | null} feed the text after the closing
 *   line, or null while the fence is open
 * @property {() => void} paint
 */

/**
 * The fence that some Markdown begins with, if its opening line is whole.
 * @param {string} source
 * @returns {Fence | null}
 */
export function openFence(source) {
  const found = OPENING.exec(source);
  if (!found) return null;
  const [line, mark = "", info = ""] = found;
  const closing = new RegExp(`^ {0,3}${mark[0]}{${mark.length},}[ \\t]*$`);
  const begun = new RegExp(`^ {0,3}${mark[0]}*[ \\t]*$`); // may yet become a closing line
  const indent = new RegExp(`^ {0,${line.search(/\S/)}}`);
  const block = createCodeBlock(info);
  let held = "";
  let fresh = true; // at the start of a line
  let newline = ""; // shown with the line that follows: the last one is not part of the code

  /** @param {string} more @param {boolean} ended @returns {string | null} */
  function feed(more, ended) {
    const text = held + more;
    held = "";
    for (let at = 0; at < text.length; ) {
      const found = text.indexOf("\n", at);
      const end = found < 0 ? text.length : found + 1;
      const piece = text.slice(at, found < 0 ? end : found);
      const whole = found >= 0 || ended;
      if (fresh && whole && closing.test(piece)) return text.slice(end);
      if (fresh && !whole && begun.test(piece)) {
        held = piece;
        return null;
      }
      block.append(newline + (fresh ? piece.replace(indent, "") : piece));
      fresh = found >= 0;
      newline = fresh ? "\n" : "";
      at = end;
    }
    return null;
  }
  return { element: block.element, size: line.length, feed, paint: block.paint };
}
