// An open form follows the record: untouched fields show what others saved, a touched one says so and lets one choose,
// and a record that goes away is said at once, with the typing kept to copy.

import { added as addedUp, showBoth } from "./both_sides.js";
import { saidBy } from "./live_cells.js";
import { concerns, partsOf } from "./live_parts.js";
import { looking } from "./looking.js";
import { news, toCopy } from "./form_news.js";
import { GONE } from "./sending.js";
import * as lines from "./lines.js";
import * as values from "./form_values.js";

const APART_MS = 2500;
const CLOSED = 409;
const SOMEBODY = { said: "Changed by a colleague", by: "" };

// followRecord(form, { refresh(), gone(answer), signedOut() }) → { look(), stop() }
export function followRecord(form, { refresh, gone, signedOut }) {
  const [entity, id] = (form.dataset.liveRecord ?? "").split(":");
  if (!id) return { look: () => undefined, stop: () => undefined };
  let version = Number(form.dataset.version);
  let told = SOMEBODY;
  const again = looking(look, { apart: APART_MS });

  function heard({ detail }) {
    for (const message of detail) {
      const isNews = message.entity === entity && message.id === id ? isNewer(message) : concerns(form, id, message);
      if (!isNews) continue;
      told = message.by || message.at ? { said: saidBy(message), by: message.by } : SOMEBODY;
      again.soon();
    }
  }

  function isNewer({ v, op }) {
    if (v <= version && op !== "drop") return false;
    version = Math.max(v, version);
    return true;
  }

  async function look() {
    const url = new URL(form.action);
    url.searchParams.set("version", form.elements.version.value);
    const answer = await fetch(url, { headers: { "X-Fragment": "form", "X-Requested-With": "XMLHttpRequest" } }).catch(() => null);
    if (!form.isConnected) return;
    if (answer?.status === 401) return signedOut();
    if (GONE.has(answer?.status) || answer?.status === CLOSED) return gone(answer);
    if (!answer?.ok) return false; // busy, or starting again: the record is still there
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("form");
    if (!fresh) return;
    take(form, fresh, told);
    refresh();
  }

  const heardStale = ({ detail }) => {
    if (detail.entity === entity || partsOf(form, detail.entity).length) again.soon();
  };
  document.addEventListener("live:rows", heard);
  document.addEventListener("live:stale", heardStale);
  return {
    look: again.now,
    stop() {
      again.stop();
      document.removeEventListener("live:rows", heard);
      document.removeEventListener("live:stale", heardStale);
    },
  };
}

function take(form, fresh, told) {
  for (const name of values.names(fresh)) if (!name.startsWith("child.")) follow(form, fresh, name, name, told);
  for (const shown of fresh.querySelectorAll("[data-shown]")) {
    const own = form.querySelector(`[data-shown="${CSS.escape(shown.dataset.shown)}"]`);
    if (own && own.innerHTML !== shown.innerHTML) own.innerHTML = shown.innerHTML;
  }
  for (const field of form.querySelectorAll("[data-field]")) {
    if (!fresh.querySelector(`[data-field="${CSS.escape(field.dataset.field)}"]`)) close(form, field);
  }
  for (const grid of form.querySelectorAll("[data-lines]")) {
    const theirs = fresh.querySelector(`[data-lines="${CSS.escape(grid.dataset.lines)}"]`);
    if (theirs) followLines(form, fresh, grid, theirs, told);
  }
}

// One field: what it was and what it is are compared with what the page knew.
function follow(form, fresh, name, freshName, told) {
  const was = values.wasOf(form, name);
  const now = values.wasOf(fresh, freshName).value;
  if (!was || was.value === now) return false;
  const theirs = stored(fresh, freshName, now);
  const control = values.first(form, name);
  const isTouched = values.isChanged(form, name) || control === document.activeElement || control?.tomselect?.isFocused;
  const base = was.value;
  const load = () => {
    values.put(form, name, theirs.value, theirs.title);
    was.value = now;
    form.dispatchEvent(new Event("input", { bubbles: true }));
  };
  if (!isTouched) {
    load();
    mark(control, told);
    return true;
  }
  const keep = () => {
    was.value = now;
    form.dispatchEvent(new Event("input", { bubbles: true }));
  };
  const adds = () => (control.matches("[data-adds]") ? addedUp(base, control.value, now) : "");
  const take = () => {
    load();
    (control.tomselect ?? control).focus();
  };
  ask(control, { ...told, theirs: theirs.shown, adds, keep, take });
  return true;
}

// What stands in a field of a page that was only fetched.
function stored(fresh, name, now) {
  const control = fresh.elements[name];
  if (control?.multiple) {
    const words = JSON.parse(now || "[]");
    return { value: words, title: "", shown: words.join(", ") };
  }
  const option = control?.tagName === "SELECT" ? [...control.options].find((each) => each.value === now) : null;
  const shown = option?.textContent.trim() ?? (control?.dataset?.moment !== undefined ? new Date(now).toLocaleString() : labelled(fresh, name, now));
  return { value: now, title: option?.textContent.trim() ?? "", shown };
}

function labelled(fresh, name, now) {
  const radio = [...fresh.querySelectorAll(`input[type=radio][name="${CSS.escape(name)}"]`)].find((each) => each.value === now);
  if (radio) return radio.nextElementSibling?.textContent ?? now;
  return fresh.elements[name]?.type === "checkbox" ? (now === "true" ? "yes" : "no") : now;
}

const holder = (control) => control.closest("[data-field], td > div, td") ?? control.parentElement;

function mark(control, told) {
  const place = holder(control);
  place.classList.add("is-news");
  place.title = told.said;
  setTimeout(() => place.classList.remove("is-news"), 4000);
}

// "Changed by Anna, 5 s ago. Now stored: 12.00" under a field that is being edited, and in sight.
function ask(control, both) {
  const note = showBoth(holder(control), both);
  if (control === document.activeElement || control.tomselect?.isFocused) note.scrollIntoView({ block: "nearest" });
}

// A field that is no longer this person's to change, or to see.
function close(form, field) {
  const name = field.dataset.field;
  const text = values.isChanged(form, name) ? `${values.label(form, name)}: ${[values.value(form, name)].flat().join(", ")}` : "";
  const note = news(form, `closed-${name}`, `${values.label(form, name)} is no longer yours to change.`);
  toCopy(note, text);
  field.remove();
}

// --- lines ---------------------------------------------------------------------------------------------------------

const idOf = (row) => row.querySelector('input[name$=".id"]')?.value ?? "";
const rowsOf = (grid) => [...grid.querySelectorAll("tbody tr[data-line]")];

function followLines(form, fresh, grid, theirs, told) {
  lines.follow(grid, theirs);
  // With more lines than a form holds, the fresh one shows none: those here are still stored, or their save will say.
  if (![grid, theirs].every((each) => each.querySelector("tbody"))) return;
  const own = new Map(rowsOf(grid).filter(idOf).map((row) => [idOf(row), row]));
  for (const row of rowsOf(theirs)) {
    if (own.has(idOf(row))) followLine(form, fresh, grid, own.get(idOf(row)), row, told);
    else added(grid, row, told);
    own.delete(idOf(row));
  }
  for (const row of own.values()) removed(form, row, told);
  lines.count(grid);
}

function followLine(form, fresh, grid, row, theirs, told) {
  const [start, freshStart] = [row, theirs].map((each) => `child.${grid.dataset.lines}.${each.dataset.line}.`);
  const names = values.names(form).filter((name) => name.startsWith(start));
  const wasTouched = row.classList.contains("is-removed") || names.some((name) => values.isChanged(form, name));
  for (const name of names) {
    const freshName = freshStart + name.slice(start.length);
    if (values.wasOf(fresh, freshName)) follow(form, fresh, name, freshName, told);
  }
  // A touched line keeps the version it was based on, so that its save is compared with what was seen.
  if (!wasTouched) form.elements[`${start}version`].value = fresh.elements[`${freshStart}version`].value;
}

function added(grid, row, told) {
  const made = lines.place(grid, row.outerHTML, row.dataset.line);
  made.classList.add("is-news");
  made.title = told.said;
  made.dispatchEvent(new CustomEvent("line:placed", { bubbles: true }));
}

function removed(form, row, told) {
  const start = `child.${row.closest("[data-lines]").dataset.lines}.${row.dataset.line}.`;
  const isTouched = values.names(form).some((name) => name.startsWith(start) && values.isChanged(form, name));
  if (!isTouched) {
    for (const select of row.querySelectorAll("select")) select.tomselect?.destroy();
    return row.remove();
  }
  if (row.dataset.orphan) return;
  row.dataset.orphan = "1";
  const note = Object.assign(document.createElement("div"), { className: "field-news", textContent: `${told.said.replace("Changed", "Removed")}. Saving asks what becomes of it.` });
  row.querySelector(".line-tools").prepend(note);
}
