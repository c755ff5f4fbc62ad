// Selected rows, and what is done with all of them: one change or one deletion, with a result for each row.

import { confirmDialog, openDialog } from "./dialogs.js";
import { post } from "./csrf.js";
import { enhance } from "./picker.js";
import { sentence } from "./sentence.js";
import { toast } from "./toast.js";
import { value } from "./cell_value.js";
import { uuid7 } from "./work_ids.js";
import { allows } from "./row_offer.js";

const MOST = 500;
const UNSURE = {
  title: "No connection",
  words: "It may have happened, or only a part of it. Send it again to make sure: nothing happens twice.",
  action: "Send again",
};
const selected = new Map(); // id → {version, title, still}; stays when one turns the page
let page = null;
let last = null;

export function start(given) {
  page = given;
  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-select-all]")) all(event.target.checked);
  });
  document.addEventListener("click", (event) => {
    const box = event.target.closest("[data-select]");
    if (box) return pick(box.closest("tr"), box.checked, event.shiftKey);
    if (event.target.closest("[data-select-none]")) clear();
    if (event.target.closest("[data-bulk-edit]")) edit();
    if (event.target.closest("[data-bulk-delete]")) remove();
  });
  document.addEventListener("live:dropped", (event) => {
    selected.delete(event.detail.id);
    show();
  });
}

export function toggle(row) {
  if (row.querySelector("[data-select]")) pick(row, !selected.has(row.dataset.id), false);
}

export function clear() {
  const had = selected.size > 0;
  selected.clear();
  show();
  return had;
}

function pick(row, on, range) {
  const rows = page.rows();
  const [from, to] = [rows.indexOf(last), rows.indexOf(row)].sort((a, b) => a - b);
  for (const each of range && from >= 0 ? rows.slice(from, to + 1) : [row]) set(each, on);
  last = row;
  show();
}

function set(row, on) {
  if (on) selected.set(row.dataset.id, { version: Number(row.dataset.version), title: row.querySelector(".cell-lead")?.textContent.trim() ?? "", still: row.dataset.still });
  else selected.delete(row.dataset.id);
}

function all(on) {
  for (const row of page.rows()) set(row, on);
  show();
}

// Shows on the page what is selected; after a change of view as well.
export function show() {
  const rows = page?.rows() ?? [];
  for (const row of rows) {
    const on = selected.has(row.dataset.id);
    row.setAttribute("aria-selected", String(on));
    const box = row.querySelector("[data-select]");
    if (box) box.checked = on;
  }
  const bar = document.querySelector(".selection-bar");
  if (!bar) return;
  bar.toggleAttribute("data-open", selected.size > 0);
  if (selected.size) bar.querySelector(".selection-count").textContent = `${selected.size} selected`;
  const box = document.querySelector("[data-select-all]");
  const here = rows.filter((row) => selected.has(row.dataset.id)).length;
  if (box) {
    box.checked = here > 0 && here === rows.length;
    box.indeterminate = here > 0 && here < rows.length;
  }
}

// The rows with the versions the person sees now: a live change is seen, too.
function items() {
  for (const row of page.rows()) if (selected.has(row.dataset.id)) set(row, true);
  return [...selected].map(([id, { version }]) => [id, version]);
}

const many = (count) => `${count} ${count === 1 ? page.list().dataset.singular : page.list().dataset.plural}`;

function tooMany() {
  if (selected.size > MOST) toast(`At most ${MOST} rows at once: ${selected.size} are selected.`, { kind: "warn" });
  return selected.size > MOST;
}

// Sent until there is an answer, or until they give up: the very same each time, so that it happens once.
async function send(what) {
  const json = { ...what, operation: uuid7() };
  for (;;) {
    const answer = await post(`${page.list().dataset.url}bulk`, { json, headers: { "X-Requested-With": "XMLHttpRequest" } }).catch(() => null);
    const said = await answer?.clone().json().catch(() => null);
    if (answer?.ok && said) return said;
    if (said) return void toast(await sentence(answer), { kind: "bad" });
    if (!(await confirmDialog(UNSURE))) return void page.refresh();
  }
}

// Of those that are selected, how many have gone on and would refuse? Says so when it is all of them.
function refusing(allowed, what) {
  items();
  const count = [...selected.values()].filter(({ still }) => !allowed(still)).length;
  if (count === selected.size) toast(`${count === 1 ? "This one has" : "These have"} gone on and can't be ${what} any more.`, { kind: "info" });
  return count;
}

const staying = (count) => (count ? ` ${count} of ${selected.size} ${count === 1 ? "has" : "have"} gone on and ${count === 1 ? "stays as it is" : "stay as they are"}.` : "");

async function remove() {
  if (tooMany()) return;
  const gone = refusing((still) => still === undefined, "deleted");
  if (gone === selected.size) return;
  const what = many(selected.size - gone);
  const rows = items(); // what they see now: a change that comes while they are asked is nothing they decided about
  if (!(await confirmDialog({ title: `Delete ${what}?`, words: `Each is deleted for itself; what is still in use stays.${staying(gone)}`, action: `Delete ${what}`, danger: true }))) return;
  const answer = await send({ rows, delete: true });
  if (answer) told(answer, "deleted");
}

function edit() {
  if (tooMany() || refusing((still) => still !== "", "changed") === selected.size) return;
  let rows = items(); // as they were when the dialog covered them: who saves meanwhile is asked about
  const dialog = document.querySelector("[data-bulk-template]").content.firstElementChild.cloneNode(true);
  document.body.append(dialog);
  dialog.querySelector(".dialog-title").textContent = `Change ${many(selected.size)}`;
  const button = dialog.querySelector("[data-bulk-save]");
  const column = dialog.querySelector("#bulk-column");
  const place = dialog.querySelector("[data-bulk-value]");
  const refused = (name) => [...selected.values()].filter(({ still }) => !allows(still, name)).length;
  for (const option of [...column.options]) if (option.value && refused(option.value) === selected.size) option.remove();
  column.addEventListener("change", async () => {
    button.disabled = true;
    place.replaceChildren();
    if (!column.value) return;
    const answer = await fetch(`${page.list().dataset.url}field?column=${encodeURIComponent(column.value)}`);
    if (!answer.ok) return toast(await sentence(answer), { kind: "bad" });
    place.innerHTML = `<span class="field-label">New value</span>${await answer.text()}`;
    if (refused(column.value)) place.append(words(staying(refused(column.value)).trim()));
    await enhance(place);
    place.querySelector("input, select, textarea")?.focus();
    button.disabled = false;
  });
  place.addEventListener("input", () => (button.disabled = false));
  const change = async (these) => {
    button.setAttribute("aria-busy", "true");
    const answer = await send({ rows: these, change: { [column.value]: value(place.querySelector("[data-cell-editor]")) } });
    button.removeAttribute("aria-busy");
    if (!answer) return;
    const done = new Set(answer.results.filter(({ ok }) => ok).map(({ id }) => id));
    rows = rows.filter(([id]) => !done.has(id));
    if (done.size === answer.results.length) dialog.close();
    told(answer, "changed", dialog, change);
  };
  const save = (event) => {
    event.preventDefault();
    if (!button.disabled) change(rows);
  };
  button.addEventListener("click", save);
  dialog.querySelector("form").addEventListener("submit", save);
  openDialog(dialog).then(() => dialog.remove());
}

// Says what became of each row; those that did not work stay selected.
function told({ results, undo: url }, done, dialog = null, again = null) {
  const failed = results.filter(({ ok }) => !ok);
  for (const { id, ok, version } of results) {
    if (ok) selected.delete(id);
    const row = document.getElementById(`row-${id}`);
    if (ok && version > Number(row?.dataset.version)) row.dataset.version = version;
  }
  show();
  page.refresh();
  const good = results.length - failed.length;
  const merged = results.filter(({ ok, message }) => ok && message);
  if (merged.length) toast(merged.length === 1 ? merged[0].message : `${merged.length} rows were changed by colleagues, too: both changes are kept.`, { kind: "info" });
  const undo = url ? { url } : null;
  if (!failed.length) return toast(`${many(good)} ${done}.`, { undo });
  const shown = dialog ?? report();
  // Its Undo would lie under the veil: it comes when the dialog goes.
  if (good) shown.addEventListener("close", () => toast(`${many(good)} ${done}.`, { undo }), { once: true });
  if (!dialog) return tellFailed(shown, failed, `${good} ${done}, ${failed.length} not`);
  tellResults(dialog, failed, `${good} ${done}, ${failed.length} not:`, again);
  dialog.querySelector("[data-bulk-save]").disabled = true;
  dialog.querySelector(".dialog-foot [data-close]").textContent = "Close";
}

function tellResults(dialog, failed, sentence, again) {
  const stale = failed.filter(({ conflict }) => conflict);
  const leave = () => {
    for (const { id } of stale) selected.delete(id);
    show();
    const rest = failed.filter(({ conflict }) => !conflict);
    if (rest.length) tellResults(dialog, rest, `Theirs stays in ${many(stale.length)}. Not changed:`, again);
    else dialog.close();
  };
  dialog.querySelector("[data-bulk-results]").replaceChildren(words(sentence), listed(failed), ...overrule(stale, again, leave));
}

// What was changed by others is shown with both sides; to save one's own over exactly those is a decision.
function overrule(stale, again, leave) {
  if (!again || !stale.length) return [];
  const ways = Object.assign(document.createElement("div"), { className: "bulk-ways" });
  const rows = stale.length === 1 ? "" : ` in ${stale.length} rows`;
  ways.append(
    way(`Save mine over theirs${rows}`, () => again(stale.map(({ id, conflict }) => [id, conflict.version]))),
    way(`Leave theirs${rows}`, leave),
  );
  return [ways];
}

function way(label, act) {
  const button = Object.assign(document.createElement("button"), { type: "button", className: "btn", textContent: label });
  button.addEventListener("click", act);
  return button;
}

function report() {
  const dialog = document.querySelector("[data-bulk-template]").content.firstElementChild.cloneNode(true);
  dialog.querySelector("[data-bulk-save]").remove();
  dialog.querySelector(".dialog-foot [data-close]").textContent = "Close";
  document.body.append(dialog);
  return dialog;
}

function tellFailed(dialog, failed, title) {
  dialog.querySelector(".dialog-title").textContent = title;
  dialog.querySelector(".dialog-body").replaceChildren(listed(failed));
  openDialog(dialog).then(() => dialog.remove());
}

function listed(failed) {
  const list = Object.assign(document.createElement("ul"), { className: "bulk-results" });
  for (const { id, title, message, sides = [] } of failed) {
    const item = document.createElement("li");
    item.append(Object.assign(document.createElement("strong"), { textContent: title || "A record" }), `: ${message}`);
    item.dataset.id = id;
    for (const side of sides) item.append(bothSides(side));
    list.append(item);
  }
  return list;
}

const words = (text) => Object.assign(document.createElement("p"), { textContent: text });

function bothSides({ mine, theirs }) {
  const made = Object.assign(document.createElement("div"), { className: "bulk-sides" });
  const [own, other] = [document.createElement("span"), document.createElement("strong")];
  own.innerHTML = mine;
  other.innerHTML = theirs;
  made.append("Yours: ", own, " · Theirs: ", other);
  return made;
}
