// A draft: what somebody typed into a form and has not saved, as it is kept, and put back into a form.

import { addLine } from "./lines.js";
import * as values from "./form_values.js";

// What differs now, or null when nothing does; `rest` is what is only there to be copied.
export function of(form, rest = "") {
  const fields = values.names(form).filter((name) => !name.startsWith("child.") && values.isChanged(form, name) && !isFile(form, name));
  const lines = [...form.querySelectorAll("[data-lines] tbody tr")].map((row) => line(form, row)).filter(Boolean);
  if (!fields.length && !lines.length && !rest) return null;
  return { at: Date.now(), version: form.elements.version.value, fields: fields.map((name) => field(form, name)), lines, rest };
}

export const count = ({ fields, lines, rest }) => fields.length + lines.length + (rest ? 1 : 0);

const isFile = (form, name) => values.first(form, name)?.type === "file";

function field(form, name, own = name) {
  return { name: own, label: values.label(form, name), value: values.value(form, name), title: values.title(form, name), was: values.wasOf(form, name)?.value ?? "" };
}

function line(form, row) {
  const start = `child.${row.closest("[data-lines]").dataset.lines}.${row.dataset.line}.`;
  const own = values.names(form).filter((name) => name.startsWith(start));
  const remove = form.elements[`${start}remove`]?.value ?? "";
  if (!remove && !own.some((name) => values.isChanged(form, name))) return null;
  const fields = own.map((name) => ({ ...field(form, name, name.slice(start.length)), changed: values.isChanged(form, name) }));
  return { grid: row.closest("[data-lines]").dataset.lines, id: form.elements[`${start}id`]?.value ?? "", version: form.elements[`${start}version`]?.value ?? "", remove, fields };
}

// Puts a draft back; what it was based on comes along, so that saving it merges with what was saved since. Resolves with
// what found no place in the form any more, or had to make room, as text.
export async function restore(form, draft) {
  if (draft.version) form.elements.version.value = draft.version;
  const homeless = draft.fields.flatMap((each) => settle(form, each.name, each));
  for (const each of draft.lines) homeless.push(...(await restoreLine(form, each)));
  return [draft.rest, ...homeless.map(spoken)].filter(Boolean).join("\n");
}

const spoken = ({ label, name, title, value }) => `${label ?? name}: ${title || [value].flat().join(", ")}`;

// Each returns the fields that have no place in the form now.
function settle(form, name, kept) {
  const before = values.wasOf(form, name);
  if (!before || !form.elements[name]) return [kept];
  const isOther = values.isChanged(form, name) && String(values.value(form, name)) !== String(kept.value);
  const typedNow = isOther ? [field(form, name)] : [];
  before.value = kept.was;
  values.put(form, name, kept.value, kept.title);
  return typedNow;
}

async function restoreLine(form, kept) {
  const typed = kept.fields.filter((each) => each.changed);
  const grid = form.querySelector(`[data-lines="${CSS.escape(kept.grid)}"]`);
  if (!grid) return typed;
  const stored = [...grid.querySelectorAll("tbody tr")].find((row) => kept.id && row.querySelector('input[name$=".id"]').value === kept.id);
  if (!stored && kept.remove) return [];
  const row = stored ?? (await addLine(grid, () => undefined, { quietly: true }));
  if (!row) return typed;
  const start = `child.${kept.grid}.${row.dataset.line}.`;
  if (!stored) return kept.fields.flatMap((each) => place(form, start + each.name, each));
  form.elements[`${start}version`].value = kept.version;
  const homeless = typed.flatMap((each) => settle(form, start + each.name, each));
  if (kept.remove && !row.classList.contains("is-removed")) row.querySelector("[data-remove-line]")?.click();
  return homeless;
}

// Into a new line, which knows no value from before.
function place(form, name, kept) {
  if (!form.elements[name]) return kept.changed ? [kept] : [];
  values.put(form, name, kept.value, kept.title);
  return [];
}
