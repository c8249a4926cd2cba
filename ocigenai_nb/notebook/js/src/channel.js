// Talk with the Python side over anywidget's custom messages: JSON objects with a `type`.
// A request carries an `id`, and its answer is {type: "reply" | "error", id, ...}. A request waits
// as long as it takes, since a busy kernel answers late; that it does so is said through `onState`.

/**
 * @typedef {Record<string, unknown> & { type: string }} Message
 * @typedef {"ok" | "quiet" | "lost"} State `quiet`: no answer for a while, the kernel may be busy;
 *   `lost`: the kernel is gone or was restarted
 * @typedef {{
 *   send: (content: unknown, callbacks?: unknown, buffers?: ArrayBuffer[]) => void,
 *   on: (event: string, callback: (...args: any[]) => void) => void,
 *   off: (event: string, callback: (...args: any[]) => void) => void,
 * }} Model what of anywidget's model is used here
 */

/** An answer of type "error", or no kernel to ask; `content` is the whole answer. */
export class ChannelError extends Error {
  /** @param {string} message @param {Record<string, unknown>} [content] */
  constructor(message, content = {}) {
    super(message);
    this.name = "ChannelError";
    this.content = content;
  }
}

/**
 * @typedef {object} Channel
 * @property {(type: string, content?: Record<string, unknown>, buffers?: ArrayBuffer[]) => Promise<Message>} request
 *   ask, and wait for the answer; rejects with ChannelError
 * @property {(type: string, content?: Record<string, unknown>, buffers?: ArrayBuffer[]) => boolean} tell
 *   send without an answer; false if it could not be sent
 * @property {(type: string, handler: (message: any, buffers: DataView[]) => void) => void} on
 *   handle messages of a type that the Python side sends by itself
 * @property {() => State} state
 * @property {() => void} close stop listening; open requests are rejected
 */

/**
 * @param {Model} model as anywidget hands it to `render`
 * @param {{ onState?: (state: State) => void, quietMs?: number }} [options]
 * @returns {Channel}
 */
export function createChannel(model, { onState = () => {}, quietMs = 3000 } = {}) {
  /** @type {Map<string, { resolve: (message: Message) => void, reject: (error: Error) => void, timer: number }>} */
  const open = new Map();
  /** @type {Map<string, ((message: any, buffers: DataView[]) => void)[]>} */
  const handlers = new Map();
  const prefix = Math.random().toString(36).slice(2, 8); // several views may ask through one model
  let count = 0;
  let state = /** @type {State} */ ("ok");

  /** @param {State} next */
  function become(next) {
    if (next === state) return;
    state = next;
    onState(next);
  }

  function lose() {
    become("lost");
    for (const id of [...open.keys()]) take(id)?.reject(new ChannelError("The kernel is gone."));
  }

  /** @param {string} id */
  function take(id) {
    const waiting = open.get(id);
    open.delete(id);
    clearTimeout(waiting?.timer);
    return waiting;
  }

  /** @param {any} message @param {DataView[]} buffers */
  function receive(message, buffers = []) {
    if (!message || typeof message !== "object") return;
    become("ok");
    if (message.type === "reply") {
      take(message.id)?.resolve(message);
    } else if (message.type === "error" && message.id !== undefined) {
      take(message.id)?.reject(new ChannelError(String(message.message ?? ""), message));
    } else {
      for (const handle of handlers.get(message.type) ?? []) handle(message, buffers);
    }
  }

  /** @param {Message} message @param {ArrayBuffer[]} [buffers] @returns {boolean} */
  function post(message, buffers) {
    try {
      model.send(message, undefined, buffers);
      return true;
    } catch {
      lose();
      return false;
    }
  }

  model.on("msg:custom", receive);
  model.on("comm_live_update", lose); // ipywidgets: the kernel was restarted or disconnected
  model.on("comm:close", lose);

  return {
    request(type, content = {}, buffers) {
      const id = `${prefix}-${(count += 1)}`;
      return new Promise((resolve, reject) => {
        const timer = window.setTimeout(() => state === "ok" && become("quiet"), quietMs);
        open.set(id, { resolve, reject, timer });
        post({ ...content, type, id }, buffers);
      });
    },
    tell: (type, content = {}, buffers) => post({ ...content, type }, buffers),
    on(type, handler) {
      handlers.set(type, [...(handlers.get(type) ?? []), handler]);
    },
    state: () => state,
    close() {
      model.off("msg:custom", receive);
      model.off("comm_live_update", lose);
      model.off("comm:close", lose);
      for (const id of [...open.keys()]) take(id)?.reject(new ChannelError("The view was closed."));
    },
  };
}

/**
 * @typedef {object} TextFeed
 * @property {(message: { offset: number, text: string }) => void} delta
 * @property {(message: { text: string }) => void} snapshot the whole text so far
 * @property {() => void} reset what came before counts no more
 * @property {() => string} text what has been received
 */

/**
 * One growing text, put together from deltas. Offsets count UTF-16 units, as `length` does.
 * A repeated piece is left out; after a gap, deltas are ignored until a snapshot has come.
 * @param {{
 *   append: (text: string) => void,
 *   replace: (text: string) => void,
 *   askSnapshot: () => void,
 * }} to `append` adds to what is shown, `replace` begins anew, `askSnapshot` is called once a gap
 * @returns {TextFeed}
 */
export function createTextFeed({ append, replace, askSnapshot }) {
  let text = "";
  let asked = false;

  /** @param {string} more */
  function add(more) {
    if (!more) return;
    text += more;
    append(more);
  }

  return {
    delta({ offset, text: more }) {
      if (asked) return;
      if (offset > text.length) {
        asked = true;
        askSnapshot();
      } else {
        add(more.slice(text.length - offset));
      }
    },
    snapshot({ text: whole }) {
      asked = false;
      if (whole.startsWith(text)) {
        add(whole.slice(text.length));
      } else if (!text.startsWith(whole)) {
        text = whole;
        replace(whole);
      }
    },
    reset() {
      asked = false;
      text = "";
      replace("");
    },
    text: () => text,
  };
}
