// The turns on show, in order, and the place that is read: at the end it follows what comes.

import { createTurn } from "./chat_turn.js";
import { button, h, icon } from "./dom.js";
import { t } from "./strings.js";
import { nextFrame, perFrame } from "./timing.js";

const AT_ONCE = 6; // turns drawn before the first painting: what fits the panel
const NEAR = 48; // pixels from the end that count as the end

/** @typedef {import("./chat_store.js").Turn} Turn */

/**
 * @param {Omit<import("./chat_turn.js").TurnActions, "onPaint">} actions
 */
export function createTranscript(actions) {
  const turns = h("div", { class: "turns" });
  const pending = h("div", { class: "pending turn", hidden: true });
  const welcome = h("div", { class: "welcome", hidden: true });
  const scroller = h("div", { class: "transcript", tabindex: 0, role: "region", "aria-label": t("chat.transcript") }, welcome, turns, pending);
  const jump = button({ class: "jump", hidden: true, onclick: () => toEnd(true) }, icon("down"), t("chat.jump"));
  const element = h("div", { class: "transcript-frame" }, scroller, jump);
  /** @type {Map<Turn, ReturnType<typeof createTurn>>} */
  const views = new Map();
  let atEnd = true;
  let top = 0;
  let cancel = () => {};

  scroller.addEventListener("scroll", () => {
    const near = scroller.scrollHeight - scroller.clientHeight - scroller.scrollTop < NEAR;
    // What grows below is not the reader scrolling away: only scrolling up is.
    if (near) atEnd = true;
    else if (scroller.scrollTop < top) atEnd = false;
    top = scroller.scrollTop;
    jump.hidden = atEnd || near;
  }, { passive: true }); // prettier-ignore

  const follow = perFrame(() => {
    if (atEnd) scroller.scrollTop = scroller.scrollHeight;
    else jump.hidden = false;
  });

  /** @param {boolean} [focus] */
  function toEnd(focus) {
    atEnd = true;
    follow();
    jump.hidden = true;
    if (focus) scroller.focus({ preventScroll: true });
  }

  /** @param {Turn} turn @param {Element | null} before */
  function add(turn, before) {
    const view = createTurn(turn, { ...actions, onPaint: follow });
    views.set(turn, view);
    turns.insertBefore(view.element, before);
  }

  /** @param {Turn[]} visible */
  function show(visible) {
    cancel();
    const wanted = new Set(visible);
    for (const [turn, view] of views) {
      if (wanted.has(turn)) continue;
      view.close();
      views.delete(turn);
    }
    // From the end, where one reads; the rest follows frame by frame.
    let next = /** @type {Element | null} */ (null);
    let left = visible.length;
    const step = () => {
      for (let count = 0; left > 0 && count < AT_ONCE; left -= 1) {
        const turn = /** @type {Turn} */ (visible[left - 1]);
        if (!views.has(turn)) {
          add(turn, next);
          count += 1;
        }
        next = /** @type {Element} */ (views.get(turn)?.element);
        if (next.nextElementSibling !== (views.get(/** @type {Turn} */ (visible[left]))?.element ?? null)) {
          turns.insertBefore(next, views.get(/** @type {Turn} */ (visible[left]))?.element ?? null);
        }
      }
      if (left > 0) cancel = nextFrame(step);
      follow();
    };
    step();
    const last = visible.at(-1);
    for (const [turn, view] of views) view.setLast(turn === last);
    welcome.hidden = visible.length > 0 || !pending.hidden;
  }

  return {
    element,
    welcome,
    show,
    toEnd,
    /** Whether an answer comes has changed for all of them. */
    update() {
      for (const view of views.values()) view.update();
    },
    /** @param {Turn | undefined} turn */
    edit: (turn) => turn && views.get(turn)?.editPrompt(),
    /** @param {string | null} prompt what was sent and has not begun yet */
    wait(prompt) {
      pending.hidden = prompt === null;
      pending.replaceChildren(
        h("div", { class: "prompt" }, h("div", { class: "bubble" }, h("div", { class: "prompt-text" }, prompt ?? ""))),
        h("div", { class: "waiting" }, h("i"), h("i"), h("i")),
      );
      if (prompt !== null) {
        welcome.hidden = true;
        toEnd();
      } else welcome.hidden = views.size > 0;
    },
    close() {
      cancel();
      follow.cancel();
      for (const view of views.values()) view.close();
    },
  };
}
