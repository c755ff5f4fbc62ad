// The answer under the scan box: what was just scanned as a big number, or what is wrong, and Undo.

import { icon } from "./icons.js";
import { play } from "./work_sound.js";

const box = () => document.querySelector("[data-answer-box]");

// answer({ kind: "right" | "wrong" | "wait" | "done", words, number, undo: fn, offers: [{title, code}], take: fn })
export function answer({ kind, words, number = "", undo = null, offers = [], take = null, silent = false }) {
  const place = box();
  if (!silent && kind !== "wait") play(kind === "info" ? "" : kind);
  if (!place) return;
  const part = document.createElement("div");
  part.className = "answer";
  part.dataset.kind = kind;
  part.append(icon({ right: "circle-check", done: "circle-check", wrong: "alert-circle", wait: "clock", info: "info-circle" }[kind]));
  part.append(span("answer-words", words));
  if (number !== "") part.append(span("answer-number", number));
  if (undo) part.append(button("answer-undo", "Undo", undo));
  place.replaceChildren(part);
  if (offers.length) place.append(choices(offers, take));
}

// What was scanned can't be undone any more once the document has gone on.
export const close = () => box()?.querySelector(".answer-undo")?.closest(".answer").remove();

export const clear = () => box()?.replaceChildren();

function choices(offers, take) {
  const list = document.createElement("ul");
  list.className = "work-list answer-offers";
  for (const offer of offers) {
    const item = document.createElement("li");
    const choice = button("work-choice", "", () => take(offer));
    choice.append(span("", offer.title), span("work-second", offer.code ?? ""));
    item.append(choice);
    list.append(item);
  }
  return list;
}

function span(name, words) {
  return Object.assign(document.createElement("span"), { className: name, textContent: words });
}

function button(name, words, work) {
  const made = Object.assign(document.createElement("button"), { type: "button", className: name, textContent: words });
  made.addEventListener("click", work);
  return made;
}
