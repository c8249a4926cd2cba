// Reference links: `[text][label]` may stand long before `[label]: address`.

/** @typedef {import("marked").Links} Links */
/** @typedef {import("./markdown_nodes.js").Item} Item */

const LABEL = /\[([^[\]]{1,100})\]/g;

/**
 * @param {(item: Item, links: Links) => void} redo called for a block that waited for a definition
 * @returns {{ links: () => Links, add: (item: Item) => void }}
 */
export function createReferences(redo) {
  /** @type {Links} no prototype: a label may be "constructor" */
  const links = Object.create(null);
  /** @type {Map<string, Item[]>} */
  const waiting = new Map();

  /** @param {string} label @returns {string} */
  const normal = (label) => label.toLowerCase().replace(/\s+/g, " ").trim();

  return {
    /** A copy: a definition counts once its block is final. */
    links: () => Object.assign(Object.create(null), links),
    add(item) {
      const { token } = item;
      if (token.type === "def") {
        const tag = normal(token.tag);
        if (Object.hasOwn(links, tag)) return;
        links[tag] = { href: token.href, title: token.title };
        for (const one of waiting.get(tag) ?? []) redo(one, links);
        waiting.delete(tag);
      } else if (token.type !== "code" && token.raw.includes("[")) {
        const labels = new Set([...token.raw.matchAll(LABEL)].map((found) => normal(found[1] ?? "")));
        for (const label of labels) {
          if (Object.hasOwn(links, label)) continue;
          waiting.set(label, [...(waiting.get(label) ?? []), item]);
        }
      }
    },
  };
}
