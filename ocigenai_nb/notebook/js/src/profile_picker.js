// The profile picker: a list of who could sign, and beside it the checks, settings and the test.
// It shows what the kernel says and decides nothing; nothing secret ever gets here.

import { ChannelError, createChannel } from "./channel.js";
import { h, icon, keepKeys } from "./dom.js";
import { checkList, worded } from "./profile_checks.js";
import { settingsForm } from "./profile_settings.js";
import { addWords, t } from "./strings.js";
import { createAnnouncer } from "./timing.js";

/** @typedef {import("./profile_checks.js").Check} Check */
/**
 * @typedef {{ name: string, kind: "profile" | "principal" | "emulator", auth: string, region: string,
 *   tenancy: string, checks: Check[], outcome: Check["outcome"] }} Signer
 * @typedef {{ signers: Signer[], checks: Check[], config_file: string, profile: string,
 *   settings: Record<string, import("./profile_settings.js").Setting>, regions: string[],
 *   problem: Check | null, tested: Check[], cost: string, magics: boolean }} State
 */

addWords({
  "picker.auth.api_key": "API key",
  "picker.auth.instance_principal": "Instance principal",
  "picker.auth.none": "No key needed",
  "picker.auth.resource_principal": "Resource principal",
  "picker.auth.security_token": "Session token",
  "picker.busy": "The kernel is busy and will answer afterwards.",
  "picker.emulator": "Runs on this machine and answers like the service. Nothing leaves it, nothing is charged.",
  "picker.gone": "The kernel is gone. Start it and run this cell again.",
  "picker.list": "Sign in as",
  "picker.magics": "%%ocichat signs in as {name}.",
  "picker.name.(emulator)": "Built-in emulator",
  "picker.name.(instance principal)": "This instance",
  "picker.name.(resource principal)": "This resource or pod",
  "picker.outcome.failed": "Does not work",
  "picker.outcome.passed": "Ready",
  "picker.outcome.warned": "See the warning",
  "picker.refresh": "Refresh",
  "picker.refresh_label": "Read the configuration again",
  "picker.test": "Test sign-in",
  "picker.testing": "Testing…",
  "picker.tested.failed": "Sign-in failed",
  "picker.tested.passed": "Signed in",
  "picker.tested.warned": "Signed in, with a warning",
});

const BADGES = { passed: "ok", warned: "warn", failed: "error" };

/** @param {string} name what a signer is called on the page */
const nameOf = (name) => (name.startsWith("(") && OWN.has(name) ? t(`picker.name.${name}`) : name);
const OWN = new Set(["(emulator)", "(instance principal)", "(resource principal)"]);

class Picker {
  /** @param {import("./channel.js").Model} model @param {HTMLElement} root */
  constructor(model, root) {
    this.root = root;
    this.own = Math.random().toString(36).slice(2, 8); // several views may stand on one page
    this.announcer = createAnnouncer();
    this.channel = createChannel(model, { onState: (state) => this.showKernel(state) });
    this.channel.on("state", (state) => this.show(state));
    this.kernel = h("div", { class: "note warn", role: "status", hidden: true });
    this.refused = h("div", { class: "note error", role: "alert", hidden: true });
    this.refresh = h("button", {
      type: "button", class: "quiet refresh", "aria-label": t("picker.refresh_label"),
      onclick: () => this.ask("refresh"),
    }, icon("retry"), h("span", null, t("picker.refresh"))); // prettier-ignore
    this.file = h("span", { class: "file muted small" });
    this.config = h("div", { class: "config" });
    this.list = h("div", { class: "signers", role: "radiogroup", "aria-label": t("picker.list") });
    this.details = h("div", { class: "details" });
    this.magics = h("p", { class: "magics muted small", hidden: true });
    root.append(
      h("div", { class: "head" }, h("h3", null, t("picker.list")), this.file, this.refresh),
      this.kernel, this.refused, this.config, h("div", { class: "panes" }, h("div", { class: "side" }, this.list), this.details),
      this.magics, this.announcer.element,
    ); // prettier-ignore
    /** @type {State | null} */
    this.state = null;
    this.testing = false;
    this.drawn = "";
    this.ask("look");
  }

  /** @param {string} type @param {Record<string, unknown>} [content] */
  async ask(type, content) {
    this.refused.hidden = true;
    try {
      this.show(/** @type {any} */ (await this.channel.request(type, content)));
    } catch (error) {
      this.mark(); // what was refused is not chosen
      if (!(error instanceof ChannelError) || this.channel.state() === "lost") return;
      this.refused.textContent = `${error.message} ${error.content.remedy ?? ""}`.trim();
      this.refused.hidden = false;
    }
  }

  /** @param {import("./channel.js").State} state */
  showKernel(state) {
    this.kernel.hidden = state === "ok";
    this.kernel.textContent = state === "ok" ? "" : t(state === "lost" ? "picker.gone" : "picker.busy");
    this.root.classList.toggle("lost", state === "lost");
  }

  /** @param {State & { type?: string, id?: string }} message */
  show({ type: _type, id: _id, ...state }) {
    const drawn = JSON.stringify(state);
    if (drawn === this.drawn) return; // the answer to a request also goes to every view
    const before = this.state;
    this.drawn = drawn;
    this.state = state;
    const focused = this.focused();
    this.file.textContent = state.config_file;
    this.config.replaceChildren(...state.checks.filter((one) => one.outcome !== "passed").map(note));
    if (JSON.stringify(before?.signers) !== JSON.stringify(state.signers)) {
      this.list.replaceChildren(...state.signers.map((signer) => this.row(signer)));
    }
    this.mark();
    this.draw();
    this.magics.hidden = !state.magics;
    this.magics.textContent = t("picker.magics", { name: nameOf(state.profile) });
    this.focus(focused);
  }

  /** Show which one is chosen. */
  mark() {
    for (const input of this.list.querySelectorAll("input")) {
      input.checked = input.value === this.state?.profile;
      input.closest("label")?.classList.toggle("chosen", input.checked);
    }
  }

  /** What has the focus, by name, since drawing anew replaces it. */
  focused() {
    const active = /** @type {Document | ShadowRoot} */ (this.root.getRootNode()).activeElement;
    return active && this.root.contains(active) ? active.getAttribute("data-key") : null;
  }

  /** @param {string | null} key */
  focus(key) {
    const all = /** @type {NodeListOf<HTMLElement>} */ (this.root.querySelectorAll("[data-key]"));
    if (!key || this.focused() === key) return;
    const find = (/** @type {string} */ wanted) => [...all].find((one) => one.dataset.key === wanted);
    const same = find(key) ?? find(key.replace("restore ", "setting ")); // its button goes away
    (same ?? this.chosenRadio())?.focus({ preventScroll: true });
  }

  chosenRadio() {
    return /** @type {HTMLElement | null} */ (this.list.querySelector("input:checked, input"));
  }

  /** @param {Signer} signer */
  row(signer) {
    const id = `${this.own}-${this.state?.signers.indexOf(signer)}`;
    const facts = [t(`picker.auth.${signer.auth}`), signer.region].filter(Boolean).join(" · ");
    const outcome = t(`picker.outcome.${signer.outcome}`);
    return h("label", { class: `signer ${signer.outcome}` },
      h("input", {
        type: "radio", name: `${this.own}-signer`, value: signer.name, "data-key": `signer ${signer.name}`,
        "aria-describedby": id,
        onclick: () => this.ask("choose", { name: signer.name }), // the arrow keys click, too
      }),
      h("span", { class: "name" }, nameOf(signer.name)),
      signer.outcome !== "passed" && h("span", { class: `badge ${BADGES[signer.outcome]}` }, outcome),
      h("span", { class: "facts muted small", id }, facts),
    ); // prettier-ignore
  }

  /** The right-hand side: all about what is chosen. */
  draw() {
    const state = /** @type {State} */ (this.state);
    const signer = state.signers.find((one) => one.name === state.profile);
    const title = h("h4", null, nameOf(state.profile));
    const facts = signer?.tenancy ? h("p", { class: "muted small mono" }, signer.tenancy) : null;
    const emulator = signer?.kind === "emulator";
    this.details.replaceChildren(
      title, ...(facts ? [facts] : []),
      ...(emulator ? [h("p", null, t("picker.emulator"))] : []),
      ...(state.problem ? [note(state.problem)] : []),
      ...(signer?.checks.length ? [checkList(signer.checks.filter((one) => one.name !== "tenancy" || one.outcome !== "passed"))] : []),
      ...(emulator ? [] : [settingsForm(state, this.own, (name, value) => this.channel.request("edit", { name, value }), (next) => this.show(next))]),
      this.actions(state), ...(state.tested.length ? [this.result(state.tested)] : []),
    ); // prettier-ignore
  }

  /** @param {State} state */
  actions(state) {
    const button = h("button", {
      type: "button", class: "primary test", "data-key": "test", "aria-disabled": this.testing,
      "aria-describedby": `${this.own}-cost`, onclick: () => this.test(),
    }, t(this.testing ? "picker.testing" : "picker.test")); // prettier-ignore
    return h("div", { class: "actions" }, button, h("span", { class: "muted small", id: `${this.own}-cost` }, state.cost));
  }

  async test() {
    if (this.testing) return;
    this.setTesting(true);
    await this.ask("test");
    this.setTesting(false);
    const tested = this.state?.tested ?? [];
    const words = tested.map((one) => `${one.text} ${one.outcome === "passed" ? "" : one.remedy}`);
    if (tested.length) this.announcer.say([t(`picker.tested.${worstOf(tested)}`), ...words].join(". "));
  }

  /** @param {boolean} testing */
  setTesting(testing) {
    this.testing = testing;
    const button = this.details.querySelector("button.test");
    button?.setAttribute("aria-disabled", String(testing));
    button?.replaceChildren(t(testing ? "picker.testing" : "picker.test"));
  }

  /** @param {Check[]} tested */
  result(tested) {
    const outcome = worstOf(tested);
    return h("div", { class: `result note ${BADGES[outcome]}` }, h("strong", null, t(`picker.tested.${outcome}`)), checkList(tested));
  }
}

/** @param {Check[]} checks @returns {Check["outcome"]} */
function worstOf(checks) {
  const all = checks.map((one) => one.outcome);
  return all.includes("failed") ? "failed" : all.includes("warned") ? "warned" : "passed";
}

/** @param {Check} check */
function note(check) {
  return h("div", { class: `note ${BADGES[check.outcome]}` }, h("div", null, worded(check.text)), h("div", { class: "remedy" }, worded(check.remedy)));
}

/** @param {{ model: import("./channel.js").Model, el: HTMLElement }} context */
function render({ model, el }) {
  const root = h("div", { class: "ocigenai profile-picker" });
  keepKeys(root);
  el.append(root);
  const picker = new Picker(model, root);
  return () => picker.channel.close();
}

export default { render };
