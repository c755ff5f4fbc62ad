// Drafts: what somebody typed into a form and has not saved is kept in their browser, for them alone, and offered again.

import { addLine } from "./lines.js";
import * as store from "./draft_store.js";
import * as values from "./form_values.js";

const RESUME = "draft-resume";

const key = (form) => store.key(new URL(form.action).pathname + new URL(form.action).search);

// Keeps what differs now; forgets the draft when nothing does.
export function keep(form) {
  const fields = values.names(form).filter((name) => !name.startsWith("child.") && values.isChanged(form, name) && !isFile(form, name));
  const lines = [...form.querySelectorAll("[data-lines] tbody tr")].map((row) => line(form, row)).filter(Boolean);
  if (!fields.length && !lines.length) return forget(form);
  const draft = { at: Date.now(), version: form.elements.version.value, fields: fields.map((name) => field(form, name)), lines };
  store.write(key(form), draft);
}

export function forget(form) {
  store.remove(key(form));
}

// The draft of this form, if it is this person's and not too old.
export const found = (form) => store.read(key(form));

export const count = (draft) => draft.fields.length + draft.lines.length;

// Signing in leads back here: then the typing comes back without being asked for.
export function resumeLater(form) {
  keep(form);
  sessionStorage.setItem(RESUME, key(form));
}

export function isResumed(form) {
  const wanted = sessionStorage.getItem(RESUME) === key(form);
  if (wanted) sessionStorage.removeItem(RESUME);
  return wanted;
}

const isFile = (form, name) => values.first(form, name)?.type === "file";

function field(form, name, own = name) {
  return { name: own, value: values.value(form, name), title: values.title(form, name), was: values.wasOf(form, name)?.value ?? "" };
}

function line(form, row) {
  const start = `child.${row.closest("[data-lines]").dataset.lines}.${row.dataset.line}.`;
  const own = values.names(form).filter((name) => name.startsWith(start));
  const remove = form.elements[`${start}remove`]?.value ?? "";
  if (!remove && !own.some((name) => values.isChanged(form, name))) return null;
  const fields = own.map((name) => ({ ...field(form, name, name.slice(start.length)), changed: values.isChanged(form, name) }));
  return { grid: row.closest("[data-lines]").dataset.lines, id: form.elements[`${start}id`]?.value ?? "", version: form.elements[`${start}version`]?.value ?? "", remove, fields };
}

// Puts a draft back; what it was based on comes along, so that saving it merges with what was saved since.
export async function restore(form, draft) {
  if (draft.version) form.elements.version.value = draft.version;
  for (const each of draft.fields) settle(form, each.name, each);
  for (const each of draft.lines) await restoreLine(form, each);
}

function settle(form, name, { value, title, was }) {
  const before = values.wasOf(form, name);
  if (!before) return;
  before.value = was;
  values.put(form, name, value, title);
}

async function restoreLine(form, kept) {
  const grid = form.querySelector(`[data-lines="${CSS.escape(kept.grid)}"]`);
  if (!grid) return;
  const held = [...grid.querySelectorAll("tbody tr")].find((row) => kept.id && row.querySelector('input[name$=".id"]').value === kept.id);
  const row = held ?? (kept.remove ? null : await addLine(grid, () => undefined, { quietly: true }));
  if (!row) return;
  const start = `child.${kept.grid}.${row.dataset.line}.`;
  if (held) form.elements[`${start}version`].value = kept.version;
  for (const each of kept.fields) {
    if (!held) values.put(form, start + each.name, each.value, each.title);
    else if (each.changed) settle(form, start + each.name, each);
  }
  if (kept.remove) row.querySelector("[data-remove-line]")?.click();
}
