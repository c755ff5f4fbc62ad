// Relation pickers: search as one types, with the second telling field, and make a new record in place.

import { openRecord } from "./side_panel.js";
import { toast } from "./toast.js";

const SCRIPT = new URL("./vendor/tom-select@2.6.2/tom-select.complete.min.js", import.meta.url).href;
let loading = null;

// tom-select is a classic script; a page that opens a form later loads it then.
function ready() {
  if (window.TomSelect) return Promise.resolve();
  loading ??= new Promise((resolve, reject) => {
    const script = Object.assign(document.createElement("script"), { src: SCRIPT, onload: resolve, onerror: reject });
    document.head.append(script);
  });
  return loading;
}

// Turns every picker and word list inside `root` into a searching one.
export async function enhance(root) {
  const found = [...root.querySelectorAll("select[data-picker], select[data-words]")].filter((each) => !each.tomselect && !each.closest("template"));
  if (!found.length) return;
  await ready();
  for (const element of found) {
    if (element.tomselect) continue;
    if (element.matches("[data-words]")) words(element);
    else picker(element);
    element.setAttribute("aria-hidden", "true"); // the label is the new input's
  }
}

function words(select) {
  const control = new window.TomSelect(select, { create: true, persist: false, plugins: ["remove_button"], hidePlaceholder: true, render: { no_results: null } });
  stayClosed(control);
}

function picker(select) {
  const label = select.dataset.pickerLabel ?? "record";
  const control = new window.TomSelect(select, {
    valueField: "id",
    labelField: "title",
    searchField: [],
    score: () => () => 1, // the server has searched already
    maxOptions: 20,
    maxItems: select.multiple ? null : 1,
    preload: "focus",
    loadThrottle: 120,
    openOnFocus: true,
    closeAfterSelect: true,
    allowEmptyOption: false,
    placeholder: `Search ${label}`,
    plugins: "pickerEmpty" in select.dataset ? ["clear_button"] : [],
    shouldLoad: () => true,
    load: (term, done) => load(control, select, term).then(done, () => done()),
    render: { option, item, no_results: (data, escape) => `<div class="no-results">No ${escape(label)} found${data.input ? ` for “${escape(data.input)}”` : ""}</div>`, option_create: (data, escape) => `<div class="create">+ New ${escape(label)} “${escape(data.input)}”</div>` },
    create: (input, done) => make(select, input, done),
    createFilter: () => control.mayCreate === true,
    createOnBlur: false,
    persist: true,
    // Inside a menu it stays inside, or a click on it would close the menu; elsewhere nothing may cut it off.
    dropdownParent: select.closest(".dropdown-menu") ? null : (select.closest("dialog") ?? "body"),
  });
  stayClosed(control);
  control.on("type", () => control.clearOptions((kept) => control.items.includes(kept.id)));
  control.on("item_add", () => {
    control.setTextboxValue("");
    control.blur(); // or the offers would cover what comes next
  });
}

// One who has chosen types on in the next field: a search still waiting for more of the word, or an answer that comes
// late, would open the offers again, and opening them takes the focus.
function stayClosed(control) {
  const open = control.open.bind(control);
  control.open = () => { if (control.isFocused) open(); };
  control.on("blur", () => { clearTimeout(control.refreshTimeout); });
}

async function load(control, select, term) {
  const url = new URL(select.dataset.picker, location.origin);
  url.searchParams.set("q", term);
  const answer = await fetch(url, { headers: { Accept: "application/json", "X-Requested-With": "XMLHttpRequest" } });
  if (!answer.ok) {
    toast("The list could not be searched. Try again.", { kind: "bad" });
    return [];
  }
  const found = await answer.json();
  control.mayCreate = found.may_create && Boolean(select.dataset.pickerNew);
  control.clearOptions((kept) => control.items.includes(kept.id));
  return found.items;
}

function option(data, escape) {
  return `<div>${escape(data.title ?? data.text ?? "")}${data.subtitle ? ` <span class="option-second">${escape(data.subtitle)}</span>` : ""}</div>`;
}

function item(data, escape) {
  return `<div>${escape(data.title ?? data.text ?? "")}</div>`;
}

// Opens the target's form over this one; what was typed becomes its first field.
async function make(select, input, done) {
  const made = await openRecord(`${select.dataset.pickerNew}?inside=1`, { first: input });
  done(made ? { id: made.id, title: made.title } : false);
}
