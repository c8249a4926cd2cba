// Every word a person reads, in one place: a translation replaces this table.
// `{name}` is filled in from the values; a plural has a `one` and an `other` form.

/** @type {Record<string, string>} */
const words = {
  "code.copied": "Copied",
  "code.copy": "Copy",
  "code.copy_label": "Copy the code",
  "code.block": "Code",
  "code.block_of": "{language} code",
  "copy.failed": "The browser did not allow copying: select the text and copy it.",
  "image.label": "Image: {text}",
  "image.unnamed": "Image",
  "json.copied": "Copied {path}",
  "json.copy": "Copy",
  "json.copy_label": "Copy the value of {path}",
  "json.items.one": "1 item",
  "json.items.other": "{count} items",
  "json.keys.one": "1 key",
  "json.keys.other": "{count} keys",
  "json.more": "Show {count} more",
  "json.rest": "… {count} more characters",
  "json.root": "the whole value",
  "json.tree": "JSON",
  "link.refused": "link not opened: {url}",
  "list.task_done": "Done",
  "list.task_open": "Not done",
  "math.label": "Formula, as TeX source",
  "table.label": "Table",
};

/**
 * The words of a key, with values filled in. With `count` and no such key, the key's `.one` or
 * `.other` form is taken. An unknown key is a mistake of ours and throws.
 * @param {string} key
 * @param {Record<string, string | number>} [values]
 * @returns {string}
 */
export function t(key, values = {}) {
  const plural = `${key}.${values.count === 1 ? "one" : "other"}`;
  const text = words[key] ?? words[plural];
  if (text === undefined) throw new Error(`No words for ${key}`);
  return text.replace(/\{(\w+)\}/g, (whole, name) => {
    const value = values[name];
    return typeof value === "number" ? value.toLocaleString("en-US") : (value ?? whole);
  });
}

/**
 * Add the words of a widget, or replace some by a translation.
 * @param {Record<string, string>} more
 */
export function addWords(more) {
  Object.assign(words, more);
}
