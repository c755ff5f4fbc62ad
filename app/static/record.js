// The page of one record: confirms what is final, attaches files, and opens the form in place by key.

import { confirmDialog } from "./dialogs.js";
import { post } from "./csrf.js";
import { register } from "./shortcuts.js";
import { sentence } from "./sentence.js";
import { saidBefore, sayNext, toast } from "./toast.js";

document.addEventListener("submit", async (event) => {
  const form = event.target.closest("form[data-confirm]");
  if (!form || form.dataset.sure) return;
  event.preventDefault(); // asks first
  const sure = await confirmDialog({ title: form.dataset.confirm, words: "", action: form.dataset.confirmAction, danger: true });
  if (!sure) return;
  if ("delete" in form.dataset) return remove(form);
  form.dataset.sure = "1";
  form.requestSubmit();
});

async function remove(form) {
  const answer = await post(form.action, { form: new FormData(form), headers: { "X-Fragment": "delete", Accept: "application/json" } }).catch(() => null);
  if (!answer) return toast("No connection: nothing was deleted.", { kind: "bad" });
  if (!answer.ok) return toast(await sentence(answer), { kind: "bad" });
  const result = await answer.json();
  sayNext(result.message, result.undo);
  location.assign(form.elements.back?.value || result.url);
}

for (const form of document.querySelectorAll("form[data-attach]")) {
  const zone = form.querySelector(".drop-zone");
  form.elements.file.addEventListener("change", () => attach(form, form.elements.file.files));
  zone.addEventListener("dragover", (event) => {
    event.preventDefault();
    zone.classList.add("is-over");
  });
  zone.addEventListener("dragleave", () => zone.classList.remove("is-over"));
  zone.addEventListener("drop", (event) => {
    event.preventDefault();
    zone.classList.remove("is-over");
    attach(form, event.dataTransfer.files);
  });
}

async function attach(form, files) {
  let done = 0;
  for (const file of files) {
    const data = new FormData();
    data.append("file", file);
    const answer = await post(form.action, { form: data, headers: { "X-Fragment": "attach", Accept: "application/json" } }).catch(() => null);
    if (answer?.ok) done += 1;
    else toast(`${file.name}: ${answer ? await sentence(answer) : "no connection."}`, { kind: "bad" });
  }
  if (done) {
    sayNext(done === 1 ? "Attached." : `${done} files attached.`);
    location.reload();
  }
}

const edit = document.querySelector("[data-edit-record]");
if (edit) register("e", "Edit", () => edit.click(), { group: "Record" });
register("Escape", "Back to the list", () => document.querySelector(".crumbs li:last-child a")?.click(), { group: "Record" });

saidBefore();
