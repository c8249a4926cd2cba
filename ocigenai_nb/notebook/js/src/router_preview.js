// The router preview: a form on one side, what would be sent on the other. The kernel plans each
// request; nothing is sent.

import "./preview_words.js";

import { createChannel } from "./channel.js";
import { h } from "./dom.js";
import { modelCard } from "./preview_catalog.js";
import { createForm } from "./preview_form.js";
import { createResult } from "./preview_result.js";
import { t } from "./strings.js";
import { createAnnouncer } from "./timing.js";

/** @typedef {import("./preview_result.js").Preview} Preview */
/** @typedef {import("./preview_catalog.js").ModelFacts} ModelFacts */

/**
 * @param {{ model: any, el: HTMLElement }} view
 * @returns {() => void}
 */
function render({ model, el }) {
  const id = `og${Math.random().toString(36).slice(2, 10)}`;
  /** @type {{ models: ModelFacts[], as_of: string, region: string }} */
  let catalog = { models: [], as_of: "", region: "" };
  const announcer = createAnnouncer();
  let said = "";

  const channel = createChannel(model, {
    onState(state) {
      status.textContent = state === "ok" ? "" : t(state === "lost" ? "preview.lost" : "preview.waiting");
      status.hidden = state === "ok";
    },
  });
  const form = createForm(model, { id, say: announcer.say });
  const result = createResult({
    id,
    onUse: (transport) => form.set("transport", transport),
    write: async (kind) => String((await channel.request("export", { kind })).text),
  });
  const where = h("span", { class: "muted small" });
  const status = h("p", { class: "note warn", role: "status", hidden: true });
  const root = h("div", { class: "ocigenai router-preview" },
    h("header", null, h("strong", null, t("preview.title")), h("span", { class: "badge ok" }, t("preview.nothing_sent")), where),
    status,
    h("div", { class: "columns" }, form.element, result.element),
    announcer.element,
  ); // prettier-ignore
  el.replaceChildren(root);

  /** @param {Preview} preview */
  function show(preview) {
    form.showProblems(preview.problems);
    result.show(preview);
    const facts = catalog.models.find((one) => one.id === preview.draft.model.toLowerCase());
    const open = form.card.querySelector("details")?.open ?? false;
    const known = facts || preview.route;
    form.card.replaceChildren(...(known ? modelCard(facts, { region: catalog.region, asOf: catalog.as_of }) : []));
    const details = form.card.querySelector("details");
    if (details) details.open = open;
    announce(preview);
  }

  /** @param {Preview} preview */
  function announce({ problems, route }) {
    const words = problems[0]?.message ?? (route ? t("preview.said", { model: route.model, transport: route.transport }) : "");
    if (words !== said && said) announcer.say(words);
    said = words;
  }

  channel.on("preview", show);
  channel.request("look").then(
    (reply) => {
      catalog = /** @type {any} */ (reply);
      form.modelBox.setModels(catalog.models, catalog.region);
      const emulated = reply.emulated ? [t("preview.emulator")] : [];
      where.textContent = [String(reply.profile), catalog.region, ...emulated].join(" · ");
      show(/** @type {Preview} */ (reply.preview));
    },
    (error) => {
      status.hidden = false;
      status.textContent = t("preview.failed", { message: error.message });
    },
  );

  return () => {
    form.close();
    channel.close();
  };
}

export default { render };
