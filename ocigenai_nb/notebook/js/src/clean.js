// What a terminal or the eye could be fooled by is taken out of streamed text, or made visible.

const ESCAPE = 0x1b;
const STRINGS = new Set([0x90, 0x98, 0x9d, 0x9e, 0x9f]); // one-character starts of a control string
const LONGEST = 1024; // an escape sequence that goes on is none, and is shown

/** Overrides and isolates reorder what is read: shown by name. Plain direction marks stay. */
const BIDI = /[\u202a-\u202e\u2066-\u2069]/g;
const SPECIAL = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/;

/**
 * A function that cleans a stream piece by piece: terminal escapes and control characters go,
 * every line ends with `\n`, bidi overrides are shown as ⟨U+202E⟩. An escape may be split
 * anywhere. One that never ends is given back as text at its line's end.
 * @returns {{ write: (text: string) => string, end: () => string }}
 */
export function createCleaner() {
  let held = ""; // an escape that has begun, or a lone \r
  let kind = "";

  /** @param {string} char @returns {string} */
  function step(char) {
    const code = char.charCodeAt(0);
    if (kind === "\r") {
      kind = "";
      return char === "\n" ? "\n" : `\n${step(char)}`;
    }
    if (kind) return inside(char, code);
    if (char === "\r") return begin("\r", "");
    if (code === ESCAPE) return begin("esc", "");
    if (code === 0x9b) return begin("csi", "");
    if (STRINGS.has(code)) return begin("osc", "");
    return plain(char);
  }

  /** @param {string} next @param {string} char @returns {string} */
  function begin(next, char) {
    kind = next;
    held += char;
    return "";
  }

  /** @param {string} [char] @returns {string} */
  function drop(char = "") {
    kind = held = "";
    return char && step(char);
  }

  /** @param {string} char @returns {string} */
  function giveBack(char) {
    const text = held.replace(new RegExp(SPECIAL, "g"), "");
    kind = held = "";
    return text + step(char);
  }

  /** @param {string} char @param {number} code @returns {string} */
  function inside(char, code) {
    if (held.length > LONGEST) return giveBack(char);
    if (kind === "esc") {
      if (char === "[") return begin("csi", char);
      if ("]PX^_".includes(char)) return begin("osc", char);
      if (code >= 0x20 && code <= 0x2f) return begin("esc", char);
      return code >= 0x30 && code <= 0x7e ? drop() : giveBack(char);
    }
    if (kind === "csi") {
      if (code >= 0x20 && code <= 0x3f) return begin("csi", char);
      return code >= 0x40 && code <= 0x7e ? drop() : giveBack(char);
    }
    if (code === 0x07 || code === 0x9c) return drop();
    if (kind === "osc end") return char === "\\" ? drop() : giveBack(char);
    if (code === ESCAPE) return begin("osc end", "");
    return char === "\n" ? giveBack(char) : begin("osc", char);
  }

  return {
    write(text) {
      if (!kind && !SPECIAL.test(text)) return text;
      let out = "";
      for (let at = 0; at < text.length; at += 1) out += step(/** @type {string} */ (text[at]));
      return out;
    },
    end() {
      if (kind === "\r") return drop() + "\n";
      return kind ? giveBack("") : "";
    },
  };
}

/** @param {string} char @returns {string} */
function plain(char) {
  if (char.search(BIDI) === 0) {
    return `⟨U+${char.charCodeAt(0).toString(16).toUpperCase()}⟩`;
  }
  return char && SPECIAL.test(char) ? "" : char;
}

/**
 * A whole text, cleaned.
 * @param {string} text
 * @returns {string}
 */
export function clean(text) {
  const cleaner = createCleaner();
  return cleaner.write(text) + cleaner.end();
}
