// What stands in a record's form: which fields differ from what the page was made with, and putting something else in.

import * as moments from "./moments.js";

const plain = (text) => text.replaceAll("\r\n", "\n").replace(/", "/g, '","');

export const wasOf = (form, name) => form.querySelector(`input[name="was-${CSS.escape(name)}"]`);

// The names of all fields of the form that know what stood in them; not those of the line that is copied.
export function names(form) {
  return [...form.querySelectorAll('input[name^="was-"]')].filter((was) => !was.closest("template")).map((was) => was.name.slice(4));
}

// The value as it is sent: text, or a list of words.
export function value(form, name) {
  const control = form.elements[name];
  if (!control) return "";
  if (control.multiple) return [...control.selectedOptions].map((option) => option.value);
  if (control.type === "checkbox") return String(control.checked);
  if (control.dataset?.moment !== undefined) return moments.value(control);
  return control.value;
}

// How a picked record is called, or a choice.
export function title(form, name) {
  const control = form.elements[name];
  if (control?.tomselect && !control.multiple) return control.tomselect.getItem(control.value)?.textContent ?? "";
  return control?.selectedOptions?.[0]?.textContent.trim() ?? "";
}

export function isChanged(form, name) {
  const control = form.elements[name];
  const was = wasOf(form, name);
  if (!control || !was) return false;
  if (control.type === "file") return control.files.length > 0;
  const now = control.multiple ? JSON.stringify(value(form, name)) : value(form, name);
  return plain(now) !== plain(was.value || nothing(control));
}

// How a field that nobody has filled in reads.
function nothing(control) {
  if (control.multiple) return "[]";
  return control.type === "checkbox" ? "false" : "";
}

// The fields that differ; lines of a grid count as one each.
export function changed(form) {
  const found = new Set(names(form).filter((name) => isChanged(form, name)).map(group));
  for (const mark of form.querySelectorAll("[data-remove]")) if (mark.value && !mark.closest("template")) found.add(group(mark.name));
  for (const clear of form.querySelectorAll('input[name^="clear-"]:checked')) found.add(clear.name.slice(6));
  return found;
}

export const group = (name) => (name.startsWith("child.") ? name.split(".").slice(0, 3).join(".") : name);

// Puts a value into a field, as if it had been typed; `title` is how a picked record is called.
export function put(form, name, wanted, title = "") {
  const control = form.elements[name];
  if (!control) return;
  if (control instanceof RadioNodeList) {
    for (const each of control) each.checked = each.value === wanted;
  } else if (control.type === "checkbox") control.checked = wanted === "true";
  else if (control.type === "file") control.value = "";
  else if (control.tomselect) choose(control, wanted, title);
  else if (control.matches("select")) select(control, wanted, title);
  else if (control.dataset.moment !== undefined) moment(control, wanted);
  else control.value = wanted;
  const first = control instanceof RadioNodeList ? control[0] : control;
  first.dispatchEvent(new Event("input", { bubbles: true }));
  first.dispatchEvent(new Event("change", { bubbles: true }));
}

function choose({ tomselect, multiple }, wanted, title) {
  const values = multiple ? wanted : [wanted].filter(Boolean);
  const { valueField, labelField } = tomselect.settings;
  for (const each of values) tomselect.addOption({ [valueField]: each, [labelField]: title || each, title: title || each, text: title || each });
  tomselect.setValue(multiple ? values : (values[0] ?? ""), true);
}

function select(control, wanted, title) {
  const values = control.multiple ? wanted : [wanted];
  for (const each of values) {
    if (each && ![...control.options].some((option) => option.value === each)) control.add(new Option(title || each, each));
  }
  for (const option of control.options) option.selected = values.includes(option.value);
}

function moment(control, wanted) {
  control.dataset.moment = wanted;
  delete control.dataset.shown;
  moments.show(control.parentElement);
}

// What a field is called on the page.
export function label(form, name) {
  const field = first(form, name);
  const cell = field?.closest("td[data-label]");
  if (cell) return `${cell.dataset.label}, line ${1 + [...cell.parentElement.parentElement.rows].indexOf(cell.parentElement)}`;
  const holder = field?.closest("[data-field]");
  const said = holder?.querySelector(".field-label:not([aria-hidden])") ?? holder?.querySelector(".switch-field span");
  return said ? said.firstChild.textContent.trim() : name;
}

export const first = (form, name) => (form.elements[name] instanceof RadioNodeList ? form.elements[name][0] : form.elements[name]);

// Everything that was typed, to be read and copied.
export function typed(form) {
  return names(form)
    .filter((name) => isChanged(form, name) && first(form, name).type !== "file")
    .map((name) => `${label(form, name)}: ${title(form, name) || [value(form, name)].flat().join(", ")}`)
    .join("\n");
}
