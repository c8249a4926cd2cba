// Talk with the kernel, and know how it is: an answer that does not come at once is waited for, and
// the person told. Pieces of an answer may go on arriving while the kernel is busy with a cell.

import { createChannel } from "./channel.js";

const LATE_MS = 400;

/** @typedef {"ready" | "busy" | "gone"} KernelState */
/** @typedef {import("./channel.js").Message} Message */
/** @typedef {ReturnType<typeof createLink>} Link */

/**
 * @param {import("./channel.js").Model} model
 * @param {(state: KernelState) => void} onState
 */
export function createLink(model, onState) {
  let late = 0;
  let gone = false;
  let told = /** @type {KernelState} */ ("ready");
  const channel = createChannel(model, {
    onState(state) {
      gone = state === "lost";
      tell();
    },
  });

  const state = () => /** @type {KernelState} */ (gone ? "gone" : late > 0 ? "busy" : "ready");

  function tell() {
    if (state() === told) return;
    told = state();
    onState(told);
  }

  /**
   * Ask, and wait for the answer as long as it takes.
   * @param {string} type
   * @param {Record<string, unknown>} [content]
   * @returns {Promise<Message>}
   */
  async function ask(type, content) {
    let counted = false;
    const timer = setTimeout(() => {
      counted = true;
      late += 1;
      tell();
    }, LATE_MS);
    try {
      return await channel.request(type, content);
    } finally {
      clearTimeout(timer);
      if (counted) late -= 1;
      tell();
    }
  }

  return { ask, tell: channel.tell, on: channel.on, state, close: channel.close };
}
