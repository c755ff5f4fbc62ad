// Scanning into a document: each scan is one more, a number after it sets how many, and the last one can be undone.

import { answer } from "./work_answer.js";
import { Queue, words } from "./work_queue.js";
import { onShow, show } from "./work_live.js";
import { focus } from "./work_scan.js";

const base = () => location.pathname.replace(/\/$/, "");

// start() → take(code)
export function start() {
  let last = null;
  // Which product was the last is known when it is a scan's turn, not when it was typed.
  const before = (body) => body.code !== undefined && Object.assign(body, { last });
  const queue = new Queue({ done, refused, waiting, before });

  const more = () => {
    const { mode } = document.querySelector("[data-work] [data-mode][aria-pressed=true]")?.dataset ?? {};
    return mode ? { mode, less: mode === "less" } : {};
  };

  function done(body, entry) {
    if (body.product) last = body.product;
    if (body.html) show(body.html);
    if (body.said) return answer({ kind: "done", words: body.said });
    const undo = !entry.undoing && body.undo ? () => queue.add(`${base()}/put`, body.undo, { undoing: true }) : null;
    answer({ kind: "right", words: entry.undoing ? `${body.name}: undone` : body.name, number: body.quantity, undo });
  }

  function refused(body, entry) {
    answer({ kind: "wrong", words: words(body), offers: body.offers ?? [], take: (offer) => scan(offer.code) });
    if (entry.body.to !== undefined) put(entry.body.product);
    if (entry.body.note !== undefined) document.querySelector("[data-note]").value = document.querySelector("[data-note]").defaultValue;
  }

  function waiting(count) {
    answer({ kind: "wait", words: `No connection. ${count === 1 ? "One scan waits" : `${count} scans wait`} and will be sent.` });
  }

  function scan(code) {
    queue.add(`${base()}/scan`, { code, ...more() });
    focus();
  }

  // A refused number goes back to what the server knows.
  function put(product) {
    const input = document.querySelector(`[data-product="${CSS.escape(product)}"] [data-to]`);
    if (input) input.value = input.defaultValue;
  }

  document.addEventListener("click", (event) => {
    const mode = event.target.closest("[data-modes] [data-mode]");
    if (mode) {
      for (const one of document.querySelectorAll("[data-modes] [data-mode]")) one.setAttribute("aria-pressed", String(one === mode));
      return;
    }
    const button = event.target.closest("[data-product] [data-by]");
    if (!button) return;
    const { product } = button.closest("[data-product]").dataset;
    const number = button.parentElement.querySelector("[data-to]");
    // A count goes down to a number that somebody looked at; up it goes by one, whoever else counts.
    const down = button.closest("[data-absolute]") && button.dataset.by === "-1";
    queue.add(`${base()}/put`, down ? { product, to: String(Math.max(0, Number(number.value || 0) - 1)) } : { product, by: signed(button), ...part(button) });
  });
  // For what goes out, one more on the screen is one less on the shelf.
  const signed = (button) => (button.closest("[data-less]") ? String(-Number(button.dataset.by)) : button.dataset.by);
  // What is damaged of a line has a number of its own.
  const part = (element) => (element.closest("[data-damaged]") ? { mode: "damaged" } : {});
  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-note]")) return queue.add(`${base()}/note`, { note: event.target.value });
    const input = event.target.closest("[data-product] [data-to]");
    if (!input) return;
    queue.add(`${base()}/put`, { product: input.closest("[data-product]").dataset.product, to: input.value || "0", less: Boolean(input.closest("[data-less]")), ...part(input) });
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !event.target.matches("[data-product] [data-to], [data-note]")) return;
    event.preventDefault();
    event.target.blur();
    focus();
  });
  onShow(() => light(last));
  return scan;
}

function light(product) {
  for (const row of document.querySelectorAll(".work-line.is-last")) row.classList.remove("is-last");
  if (product) document.querySelector(`.work-line[data-product="${CSS.escape(product)}"]`)?.classList.add("is-last");
}
