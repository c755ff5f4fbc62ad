// The side panel: a record's form over the page one is on.

import { openDialog } from "./dialogs.js";
import { icon } from "./icons.js";
import { sentence } from "./sentence.js";
import { toast } from "./toast.js";

// Opens the form at `url`; resolves with { id, title, url, message } when it was saved, or null.
export async function openRecord(url, { first = "" } = {}) {
  const answer = await fetch(url, { headers: { "X-Fragment": "form", "X-Requested-With": "XMLHttpRequest" } }).catch(() => null);
  if (!answer?.ok) {
    toast(answer ? await sentence(answer) : "The form could not be loaded. Try again.", { kind: "bad" });
    return null;
  }
  const dialog = panel();
  const body = dialog.querySelector(".panel-body");
  body.innerHTML = await answer.text();
  dialog.querySelector(".panel-title").textContent = body.querySelector(".fragment")?.dataset.title ?? "";
  document.body.append(dialog);
  const { startForm } = await import("./edit_form.js");
  let saved = null;
  const form = startForm(body.querySelector("form"), {
    onSaved(result) {
      saved = result;
      dialog.close();
    },
    onDiscard: () => dialog.close(),
  });
  dialog.addEventListener("cancel", (event) => {
    if (!form.leave()) event.preventDefault();
  });
  const closed = openDialog(dialog);
  if (first) prefill(body, first);
  else body.querySelector("[data-field] :is(input:not([type=hidden]), select, textarea)")?.focus();
  await closed;
  form.stop();
  dialog.remove();
  return saved;
}

function prefill(body, text) {
  const field = body.querySelector("[data-field] :is(input[type=text], textarea)");
  if (!field) return;
  field.value = text;
  field.dispatchEvent(new Event("input", { bubbles: true }));
  field.focus();
}

function panel() {
  const dialog = document.createElement("dialog");
  dialog.className = "side-panel";
  dialog.setAttribute("aria-labelledby", "side-panel-title");
  const head = Object.assign(document.createElement("div"), { className: "panel-head" });
  const title = Object.assign(document.createElement("h2"), { className: "panel-title", id: "side-panel-title" });
  const close = Object.assign(document.createElement("button"), { className: "btn btn-icon btn-quiet", type: "button" });
  close.dataset.close = "";
  close.setAttribute("aria-label", "Close");
  close.append(icon("x"));
  head.append(title, close);
  dialog.append(head, Object.assign(document.createElement("div"), { className: "panel-body" }));
  return dialog;
}
