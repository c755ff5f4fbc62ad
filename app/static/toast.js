// Toasts: a sentence at the edge of the screen that says what happened, with Undo where undo is possible.

import { icon } from "./icons.js";
import { post } from "./csrf.js";
import { uuid7 } from "./work_ids.js";

const ICONS = { good: "circle-check", bad: "alert-circle", warn: "alert-triangle", info: "info-circle" };
const STAYS_MS = { good: 5000, info: 5000, warn: 9000, bad: 0 }; // 0: until dismissed, an error must not run away
const UNDO_MS = 9000;
const MOST = 4;

const region = () => document.getElementById("toasts");

// toast("Saved", { kind: "good", undo: () => … | { url }, action: { label, fn }, stay: true }) → { close }
export function toast(message, { kind = "good", undo = null, action = null, stay = false } = {}) {
  const notice = document.createElement("div");
  notice.className = "notice";
  notice.dataset.kind = kind;
  const words = document.createElement("span");
  words.className = "notice-words";
  words.textContent = message;
  notice.append(icon(ICONS[kind] ?? ICONS.info), words);

  const offer = undo ? { label: "Undo", fn: typeof undo === "function" ? undo : () => undoAt(undo.url) } : action;
  if (offer) notice.append(offerButton(notice, offer));
  notice.append(closeButton());
  region().append(notice);
  crowd();
  live(notice, stay ? 0 : offer ? UNDO_MS : STAYS_MS[kind]);
  return { close: () => leave(notice) };
}

function offerButton(notice, { label, fn }) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "notice-undo";
  button.textContent = label;
  button.addEventListener("click", () => {
    leave(notice);
    fn();
  });
  return button;
}

function closeButton() {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "notice-close";
  button.setAttribute("aria-label", "Dismiss");
  button.append(icon("x"));
  return button;
}

async function undoAt(url, operation = uuid7()) {
  const form = new FormData();
  form.set("operation", operation);
  const answer = await post(url, { form, headers: { Accept: "application/json", "X-Requested-With": "XMLHttpRequest" } }).catch(() => null);
  const again = { label: "Try again", fn: () => undoAt(url, operation) };
  if (!answer) return toast("No connection: it may not be undone. It is not undone twice.", { kind: "bad", action: again, stay: true });
  const told = await answer.json().catch(() => ({}));
  if (!answer.ok) return toast(told.message ?? "This could not be undone. Open the record to see what changed.", { kind: "bad" });
  document.dispatchEvent(new CustomEvent("undone", { detail: told }));
  // What stayed as it is has its reason on the page.
  const show = { label: "Show", fn: () => location.assign(told.url) };
  toast(told.message, told.left ? { kind: "warn", action: show } : { kind: "good" });
}

// What is to be said on the page that comes next, with its undo.
export function sayNext(message, undo = "") {
  sessionStorage.setItem("said", JSON.stringify({ message, undo }));
}

export function saidBefore() {
  const kept = sessionStorage.getItem("said");
  if (!kept) return;
  sessionStorage.removeItem("said");
  const { message, undo } = JSON.parse(kept);
  toast(message, { undo: undo ? { url: undo } : null });
}

// Goes after a while, but not while somebody points at it or has the focus in it.
function live(notice, ms) {
  notice.querySelector(".notice-close").addEventListener("click", () => leave(notice));
  if (!ms) return;
  let timer = setTimeout(() => leave(notice), ms);
  const hold = () => clearTimeout(timer);
  const go = () => {
    clearTimeout(timer);
    timer = setTimeout(() => leave(notice), 2500);
  };
  notice.addEventListener("pointerenter", hold);
  notice.addEventListener("focusin", hold);
  notice.addEventListener("pointerleave", go);
  notice.addEventListener("focusout", go);
}

function leave(notice) {
  if (!notice.isConnected || notice.classList.contains("is-leaving")) return;
  notice.classList.add("is-leaving");
  setTimeout(() => notice.remove(), 170);
}

function crowd() {
  const standing = [...region().querySelectorAll(".notice:not(.is-leaving)")];
  for (const old of standing.slice(0, Math.max(0, standing.length - MOST))) leave(old);
}

// Messages the server put on the page behave like the others.
export function start() {
  for (const notice of region()?.querySelectorAll(".notice") ?? []) live(notice, STAYS_MS[notice.dataset.kind] ?? 5000);
}
