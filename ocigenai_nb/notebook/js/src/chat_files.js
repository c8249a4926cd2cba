// Files on their way into a prompt: read in the browser, sent in pieces, held to the kernel's limits.

import { ChannelError } from "./channel.js";
import { t } from "./strings.js";

const MOST_OF_IMAGE = 20_000_000; // bytes, as chat/attachments.py has it
const MOST_OF_TEXT = 1_000_000;
const PIECE = 4_000_000; // characters of a message: Jupyter's server closes the connection at 10 MiB

/** @typedef {{ name: string, image: boolean, data: string, preview: string }} PromptFile data in base64 */

/**
 * @param {File} file
 * @returns {Promise<PromptFile>} rejects with ChannelError for what can't go along
 */
export async function readFile(file) {
  const image = /^image\/(png|jpeg|gif|webp)$/.test(file.type);
  const name = file.name || t("chat.attached_text");
  if (file.size > (image ? MOST_OF_IMAGE : MOST_OF_TEXT)) {
    const limit = image ? "20 MB" : "1 MB";
    throw new ChannelError(t("chat.file_large", { name, limit }), { remedy: t("chat.file_large_remedy") });
  }
  const address = await readAddress(file).catch(() => {
    throw new ChannelError(t("chat.file_read", { name }));
  });
  const data = address.slice(address.indexOf(",") + 1);
  return { name, image, data, preview: image ? URL.createObjectURL(file) : "" };
}

/** @param {File} file @returns {Promise<string>} */
function readAddress(file) {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(String(reader.result));
    reader.onerror = () => reject(reader.error);
    reader.readAsDataURL(file);
  });
}

/**
 * Send files ahead of the prompt that names them; messages stay in order.
 * @param {import("./chat_link.js").Link} link
 * @param {PromptFile[]} files
 * @returns {string[]} what to name them by
 */
export function upload(link, files) {
  return files.map((file) => {
    const id = `${Date.now().toString(36)}-${Math.random().toString(36).slice(2)}`;
    for (let at = 0; at === 0 || at < file.data.length; at += PIECE) {
      link.tell("upload", { file: id, name: file.name, data: file.data.slice(at, at + PIECE) });
    }
    return id;
  });
}

/**
 * Take files that are pasted, or dropped anywhere on `root`.
 * @param {HTMLElement} root
 * @param {HTMLElement} area where it is pasted
 * @param {(files: File[]) => void} take
 */
export function acceptFiles(root, area, take) {
  const holds = (/** @type {DragEvent} */ event) => event.dataTransfer?.types.includes("Files");
  area.addEventListener("paste", (event) => {
    const files = [...(event.clipboardData?.files ?? [])];
    if (!files.length) return;
    event.preventDefault();
    take(files);
  });
  root.addEventListener("dragover", (event) => {
    if (!holds(event)) return;
    event.preventDefault();
    event.stopPropagation();
    root.classList.add("dropping");
  });
  root.addEventListener("dragleave", (event) => {
    if (!root.contains(/** @type {Node | null} */ (event.relatedTarget))) root.classList.remove("dropping");
  });
  root.addEventListener("drop", (event) => {
    root.classList.remove("dropping");
    if (!holds(event)) return;
    event.preventDefault();
    event.stopPropagation();
    take([...(event.dataTransfer?.files ?? [])]);
  });
}
