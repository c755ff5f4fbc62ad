// The permission matrix: counts what was ticked, and saves all of it at once.

import { post } from "./csrf.js";
import { sentence } from "./sentence.js";
import { toast } from "./toast.js";
import { register } from "./shortcuts.js";

const root = document.querySelector("[data-matrix]");
const bar = root.querySelector(".save-bar");
const now = (field) => (field.type === "checkbox" ? field.checked : field.value);
const fields = [...root.querySelectorAll("[data-verb], [data-field]")].filter((field) => !field.disabled);
const before = new Map(fields.map((field) => [field, now(field)]));
const changed = () => fields.filter((field) => now(field) !== before.get(field));

function wish(field) {
  const entity = field.closest("[data-entity]").dataset.entity;
  return field.dataset.verb ? { entity, verb: field.dataset.verb, on: field.checked } : { entity, field: field.dataset.field, level: field.value };
}

function refresh() {
  const count = changed().length;
  bar.toggleAttribute("data-open", count > 0);
  if (count) bar.querySelector(".save-words").textContent = count === 1 ? "1 change" : `${count} changes`;
}

async function save() {
  const changes = changed().map(wish);
  if (!changes.length) return;
  const button = bar.querySelector("[data-save-matrix]");
  button.setAttribute("aria-busy", "true");
  const answer = await post(root.dataset.save, { json: { changes }, headers: { "X-Requested-With": "XMLHttpRequest" } }).catch(() => null);
  button.removeAttribute("aria-busy");
  if (!answer?.ok) return toast(answer ? await sentence(answer) : "No connection: nothing was saved.", { kind: "bad" });
  for (const field of fields) before.set(field, now(field));
  refresh();
  toast((await answer.json()).message);
}

function discard() {
  for (const field of changed()) {
    if (field.type === "checkbox") field.checked = before.get(field);
    else field.value = before.get(field);
  }
  refresh();
}

root.addEventListener("change", refresh);
root.addEventListener("click", (event) => {
  if (event.target.closest("[data-save-matrix]")) save();
  if (event.target.closest("[data-discard]")) discard();
});
addEventListener("beforeunload", (event) => {
  if (changed().length) event.preventDefault();
});
register("$mod+s", "Save", save, { group: "Permissions" });
