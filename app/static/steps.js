// A document's steps on its page: a button takes one at once, asks first, or opens what the step wants to know.

import { confirmDialog } from "./dialogs.js";
import { post } from "./csrf.js";
import { openRecord } from "./side_panel.js";
import { sentence } from "./sentence.js";
import { sayNext, toast } from "./toast.js";

document.addEventListener("submit", (event) => {
  const form = event.target.closest("form[data-step]");
  if (!form) return;
  event.preventDefault();
  take(form);
});

document.addEventListener("click", async (event) => {
  const link = event.target.closest("a[data-open-step]");
  if (!link || event.ctrlKey || event.metaKey) return;
  event.preventDefault();
  land(await openRecord(link.href));
});

async function take(form) {
  const { confirmStep, words, action, danger } = form.dataset;
  if (confirmStep && !(await confirmDialog({ title: confirmStep, words, action, danger: danger !== undefined }))) return;
  const button = form.querySelector("button");
  if (button.ariaBusy === "true") return;
  button.ariaBusy = "true";
  const answer = await post(form.action, { form: new FormData(form), headers: { "X-Fragment": "step", Accept: "application/json" } }).catch(() => null);
  button.ariaBusy = null;
  if (answer?.ok) return land(await answer.json());
  // Pressed again it is the same operation: what was done is not done twice.
  toast(answer ? await sentence(answer) : "No connection. Press it again: it will not happen twice.", { kind: "bad" });
}

function land(result) {
  if (!result) return;
  sayNext(result.message);
  location.assign(result.url);
}
