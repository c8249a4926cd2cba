// What the view knows of the conversation: the turns it has met, which of them are on show, and
// the settings. A turn grows by pieces; what was missed is asked for.

import { createTextFeed } from "./channel.js";

/** @typedef {"text" | "reasoning"} ChannelName */

/**
 * @typedef {object} ChatError
 * @property {string} message
 * @property {string} remedy
 * @property {number | null} [status]
 * @property {string | null} [code]
 * @property {string | null} [request_id]
 */

/**
 * @typedef {object} Call
 * @property {string} id
 * @property {string} name
 * @property {string} arguments
 * @property {string} line the call as it would be written
 * @property {string} state
 * @property {number | null} seconds
 * @property {string | null} result
 */

/** @typedef {{ text: string, reasoning: string, calls: Call[], correction: string }} Round */

/**
 * @typedef {object} TurnData what Python tells of a turn; `text`, `reasoning` and `rounds` only when whole
 * @property {number} number
 * @property {number | null} parent
 * @property {number[]} branches
 * @property {string} prompt
 * @property {boolean} continues
 * @property {{ kind: "image" | "text", name: string }[]} attachments
 * @property {string} model
 * @property {boolean} edited
 * @property {"streaming" | "finished" | "failed" | "interrupted"} status
 * @property {{ text: number, reasoning: number, rounds: number, results: number }} size
 * @property {Round[]} rounds
 * @property {Call[]} calls those that nobody runs
 * @property {string | null} finish_reason
 * @property {ChatError | null} error
 * @property {boolean} unknown
 * @property {boolean} resumable
 * @property {string[]} notices
 * @property {{ input: number, output: number } | null} usage
 * @property {{ ttft: number | null, total: number, tokens_per_second: number | null }} timing
 * @property {string | null} cost
 * @property {string} provenance
 * @property {string} [text]
 * @property {string} [reasoning]
 */

/**
 * @typedef {object} Settings
 * @property {string} model
 * @property {string} system
 * @property {number | null} temperature
 * @property {number | null} max_tokens
 * @property {string} region
 * @property {string} profile
 * @property {boolean} emulated
 */

/**
 * @typedef {object} TurnListener
 * @property {(channel: ChannelName, text: string) => void} append
 * @property {(channel: ChannelName, text: string) => void} replace
 * @property {() => void} update the turn's data changed
 */

/**
 * @typedef {object} Turn
 * @property {TurnData} data
 * @property {() => string} text
 * @property {() => string} reasoning
 * @property {TurnListener | null} listener
 */

/**
 * @typedef {object} StoreEvents
 * @property {() => void} onPath other turns are on show
 * @property {() => void} onSettings
 * @property {(turn: Turn) => void} onBegan
 * @property {(turn: Turn) => void} onEnded
 * @property {(turn: Turn, text: string) => void} onText more of an answer's text
 * @property {(calls: Call[]) => void} onWaiting calls that have begun to wait
 */

/** @typedef {ReturnType<typeof createStore>} Store */

/**
 * @param {import("./chat_link.js").Link} link
 * @param {StoreEvents} events
 */
export function createStore(link, events) {
  /** @type {Map<number, Turn & { feeds: Record<ChannelName, import("./channel.js").TextFeed> }>} */
  const turns = new Map();
  let path = /** @type {number[]} */ ([]);
  let settings = /** @type {Settings | null} */ (null);
  let loaded = false;
  let asked = /** @type {Set<number>} */ (new Set());

  /** @param {TurnData} data */
  function make(data) {
    /** @param {ChannelName} name */
    const feed = (name) =>
      createTextFeed({
        append(text) {
          turn.listener?.append(name, text);
          if (name === "text" && loaded) events.onText(turn, text);
        },
        replace: (text) => turn.listener?.replace(name, text),
        askSnapshot: () => fetchTurns([data.number]),
      });
    const feeds = { text: feed("text"), reasoning: feed("reasoning") };
    const turn = {
      data,
      feeds,
      text: feeds.text.text,
      reasoning: feeds.reasoning.text,
      listener: /** @type {TurnListener | null} */ (null),
    };
    turns.set(data.number, turn);
    return turn;
  }

  /** @param {TurnData} data */
  function put(data) {
    const turn = turns.get(data.number) ?? make(data);
    const { rounds } = turn.data;
    if (data.rounds?.length > rounds?.length) for (const feed of Object.values(turn.feeds)) feed.reset();
    // What was asked for a while ago knows less than has come since.
    const late = rounds && (!data.rounds || data.rounds.length < rounds.length);
    if (late && data.rounds) return turn;
    if (late || countResults(data.rounds) < countResults(rounds)) data.rounds = rounds;
    data.rounds ??= [];
    // What was asked for before the end may arrive after it.
    if (data.status !== "streaming" || turn.data.status === "streaming") turn.data = data;
    for (const name of /** @type {const} */ (["reasoning", "text"])) {
      const whole = data[name];
      if (whole !== undefined) turn.feeds[name].snapshot({ text: whole });
    }
    delete data.text; // once is enough in memory
    delete data.reasoning;
    for (const each of data.branches) {
      const beside = turns.get(each);
      if (!beside || beside === turn) continue;
      beside.data.branches = data.branches;
      beside.listener?.update();
    }
    turn.listener?.update();
    return turn;
  }

  /** @param {number[]} numbers */
  async function fetchTurns(numbers) {
    const wanted = numbers.filter((each) => !asked.has(each));
    if (!wanted.length) return;
    asked = new Set([...asked, ...wanted]);
    try {
      const answer = await link.ask("turns", { numbers: wanted });
      for (const data of /** @type {TurnData[]} */ (answer.turns)) put(data);
    } catch {
      // The kernel is gone, which the panel says: what is here stays.
    } finally {
      for (const each of wanted) asked.delete(each);
    }
    events.onPath();
  }

  /** @param {number[]} next */
  function setPath(next) {
    path = next;
    const missing = path.filter((each) => !turns.has(each));
    if (missing.length) fetchTurns(missing);
    else events.onPath();
  }

  /** @param {Settings} next */
  function setSettings(next) {
    settings = next;
    events.onSettings();
  }

  /** @param {Turn} turn @returns {boolean} whether no piece of its answer was missed */
  const complete = ({ data: { rounds, size, status }, text, reasoning }) =>
    status === "streaming" ||
    (text().length === size.text && reasoning().length === size.reasoning &&
      rounds.length === size.rounds && countResults(rounds) === size.results); // prettier-ignore

  /** @param {Call[]} calls */
  function tellWaiting(calls) {
    const waiting = calls.filter(({ state }) => state === "waiting");
    if (loaded && waiting.length) events.onWaiting(waiting);
  }

  link.on("began", (message) => {
    const turn = put(message.turn);
    setSettings(message.settings);
    setPath(message.path);
    events.onBegan(turn);
  });
  link.on("delta", ({ turn: number, round, channel, offset, text }) => {
    const turn = turns.get(number);
    const missed = round - (turn?.data.rounds.length ?? -1);
    if (missed === 0) turn?.feeds[/** @type {ChannelName} */ (channel)].delta({ offset, text });
    else if (loaded && missed > 0) fetchTurns([number]);
  });
  link.on("round", ({ turn: number, at, round }) => {
    const turn = turns.get(number);
    const known = turn?.data.rounds ?? [];
    if (!turn || at > known.length) return void (loaded && fetchTurns([number]));
    if (at < known.length) return; // a snapshot had it already
    known.push(round);
    turn.data.calls = [];
    for (const feed of Object.values(turn.feeds)) feed.reset();
    turn.listener?.update();
    tellWaiting(round.calls);
  });
  link.on("call", ({ turn: number, at, index, call }) => {
    const turn = turns.get(number);
    const known = turn?.data.rounds[at]?.calls[index];
    if (!known) return void (loaded && fetchTurns([number]));
    if (known.result === null) Object.assign(known, call);
    turn.listener?.update();
    if (call.state) tellWaiting([known]);
  });
  link.on("replaced", ({ turn: number, channel }) => {
    turns.get(number)?.feeds[/** @type {ChannelName} */ (channel)].reset();
  });
  link.on("ended", (message) => {
    const turn = put(message.turn);
    setSettings(message.settings);
    setPath(message.path);
    events.onEnded(turn);
    if (!complete(turn)) fetchTurns([turn.data.number]);
  });
  link.on("head", (message) => setPath(message.path));
  link.on("dropped", (message) => {
    turns.delete(message.turn);
    for (const { data } of turns.values()) data.branches = data.branches.filter((each) => each !== message.turn);
    setPath(message.path);
  });
  link.on("settings", (message) => setSettings(message.settings));

  return {
    /** Ask for everything: a view that begins, or joins late. */
    async load() {
      const answer = /** @type {any} */ (await link.ask("snapshot", { page: PAGE }));
      for (const data of answer.turns) put(data);
      setSettings(answer.settings);
      setPath(answer.path);
      loaded = true;
    },
    /** The turns on show, in order. */
    visible: () => path.flatMap((each) => turns.get(each) ?? []),
    /** @returns {Settings | null} */
    settings: () => settings,
    setSettings,
    /** The kernel is gone: what came of an answer is all there will be. */
    lose() {
      for (const turn of turns.values()) {
        if (turn.data.status !== "streaming") continue;
        turn.data.status = "interrupted";
        turn.listener?.update();
      }
    },
    /** Whether an answer is coming, on whatever branch. */
    streaming: () => [...turns.values()].some((turn) => turn.data.status === "streaming"),
  };
}

/** @param {Round[] | undefined} rounds @returns {number} */
const countResults = (rounds) => (rounds ?? []).flatMap(({ calls }) => calls).filter(({ result }) => result !== null).length;

/** This page, until it is reloaded. */
export const PAGE = String(performance.timeOrigin);
