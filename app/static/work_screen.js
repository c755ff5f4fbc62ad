// Starts a work screen: its scan box, its living part, and what its buttons do.

import { confirmDialog } from "./dialogs.js";
import { enhance } from "./picker.js";
import { answer, clear, close } from "./work_answer.js";
import * as find from "./work_find.js";
import * as lines from "./work_lines.js";
import * as live from "./work_live.js";
import * as refund from "./work_refund.js";
import * as scan from "./work_scan.js";
import * as sell from "./work_sell.js";
import * as tally from "./work_tally.js";
import { send, words } from "./work_queue.js";
import { uuid7 } from "./work_ids.js";

const KINDS = { find, basket: lines, tally, sell, refund };
const operations = new Map(); // what was asked for → its id, kept until it is known what came of it

const kind = document.querySelector("[data-work]").dataset.work;

// Only while something can be scanned is there a scan box.
function settle() {
  const part = document.querySelector("[data-scan-part]");
  if (!part || kind === "find") return;
  // From filling to packing is another screen at the same address.
  const now = document.querySelector("#work-live > [data-kind]")?.dataset.kind;
  if (now && now !== kind) return location.reload();
  const scanning = document.querySelector("#work-live [data-scanning]") !== null;
  for (const one of [part.querySelector("form"), part.querySelector(".scan-hint"), document.querySelector("[data-modes]")]) if (one) one.hidden = !scanning;
  if (!scanning) close();
}

async function act(form) {
  const button = form.querySelector(".work-next") ?? form.querySelector("button");
  if (button.ariaBusy === "true") return;
  const { ask, askWords } = form.dataset;
  if (ask && !(await confirmDialog({ title: ask, words: askWords, action: "Go on" }))) return;
  button.ariaBusy = "true";
  const facts = Object.fromEntries(new FormData(form));
  const { seen, ...asks } = facts;
  const key = `${form.action} ${JSON.stringify(facts)}`;
  if (!operations.has(key)) operations.set(key, uuid7());
  const found = await send({ url: form.action, body: { operation: operations.get(key), seen, asks } });
  button.ariaBusy = null;
  if (!found) return answer({ kind: "wrong", words: "No connection. Press the button again: it will not happen twice." });
  operations.delete(key);
  if (!found.ok) {
    answer({ kind: "wrong", words: words(found.body) });
    return live.refresh();
  }
  live.show(found.body.html);
  answer({ kind: "done", words: found.body.said });
}

document.addEventListener("submit", (event) => {
  const form = event.target.closest("form[data-do]");
  if (!form) return;
  event.preventDefault();
  clear();
  act(form);
});

// A form that leads to the next page is sent once, however often it is tapped.
document.addEventListener("submit", (event) => {
  const form = event.target.closest("form[data-once]");
  if (!form) return;
  if (form.dataset.sent) event.preventDefault();
  form.dataset.sent = "yes";
});
addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-once]")) delete form.dataset.sent;
});

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-print]")) print();
});

enhance(document);
live.onShow(settle);
const take = KINDS[kind]?.start();
if (take) scan.start(take);
settle();
live.start();
