// The dialog about fields that two people changed: mine, theirs or by hand, for each or for all; then the form is saved.

import { openDialog } from "./dialogs.js";
import * as values from "./form_values.js";

// Opens it if the form has one; `decided` is called when every field has been decided and is in the form.
export function decide(form, decided) {
  const dialog = form.querySelector("[data-merge]");
  if (!dialog || dialog.open) return Boolean(dialog);
  if (!dialog.dataset.started) start(form, dialog, decided);
  openDialog(dialog);
  dialog.querySelector("input[type=radio]")?.focus();
  return true;
}

export const isUndecided = (form) => form.querySelector("[data-merge]") !== null;

function start(form, dialog, decided) {
  dialog.dataset.started = "1";
  const fields = [...dialog.querySelectorAll("[data-decision]")];
  const save = dialog.querySelector("[data-merge-save]");
  const chosen = (field) => field.querySelector("input[type=radio]:checked")?.value;

  function show() {
    const left = fields.filter((field) => !chosen(field)).length;
    save.disabled = left > 0;
    dialog.querySelector("[data-merge-left]").textContent = !left ? "" : fields.length === 1 ? "Not decided yet" : `${left} of ${fields.length} still to decide`;
    for (const field of fields) {
      const write = field.querySelector(".merge-write");
      if (write) write.hidden = chosen(field) !== "hand";
    }
  }

  function finish() {
    if (save.disabled) return;
    for (const field of fields) apply(form, field, chosen(field));
    dialog.close();
    dialog.remove();
    decided();
  }

  dialog.addEventListener("change", (event) => {
    event.stopPropagation();
    show();
    if (event.target.value === "hand" && event.target.type === "radio") writer(event.target)?.focus();
  });
  dialog.addEventListener("input", (event) => event.stopPropagation());
  dialog.addEventListener("click", (event) => {
    const all = event.target.closest("[data-merge-all]");
    if (all) for (const field of fields) field.querySelector(`input[value="${all.dataset.mergeAll}"]`).checked = true;
    if (all) show();
    if (all) save.focus();
    if (event.target.closest("[data-merge-close]")) dialog.close();
    if (event.target.closest("[data-merge-save]")) finish();
  });
  dialog.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.isComposing || event.target.closest("button, textarea, .ts-wrapper")) return;
    event.preventDefault(); // or the form itself would be sent, undecided
    finish();
  });
  show();
}

function writer(radio) {
  const control = radio.closest(".merge-hand").querySelector(".merge-write :is(select, textarea, input:not([type=color]))");
  return control?.tomselect ?? control;
}

function apply(form, field, choice) {
  const name = field.dataset.decision;
  if (choice === "mine") return;
  if (field.dataset.take) return take(form, name, field.dataset.take);
  if (choice === "theirs") values.put(form, name, JSON.parse(field.dataset.theirs), field.dataset.theirsTitle);
  else values.put(form, name, values.value(form, `decide.${name}`));
}

// Theirs of a whole line: it goes as they removed it, or it stays because they changed it.
function take(form, start, how) {
  const row = form.elements[`${start}id`]?.closest("tr");
  const isRemoved = row?.classList.contains("is-removed");
  if (row && isRemoved === (how === "restore")) row.querySelector("[data-remove-line]")?.click();
}
