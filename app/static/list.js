// A list: every view of it is an address, and going to one patches the page instead of loading it anew.

import { Idiomorph } from "./vendor/idiomorph@0.8.0/idiomorph.esm.js";
import * as bulk from "./bulk.js";
import * as columns from "./columns.js";
import * as editCell from "./edit_cell.js";
import * as filters from "./filters.js";
import { chosen, setDensity } from "./look.js";
import { register } from "./shortcuts.js";
import { openRecord } from "./side_panel.js";
import { saidBefore, toast } from "./toast.js";

const TYPING_MS = 180;
const PATIENCE_MS = 150;
let asking = null;

export const list = () => document.getElementById("list");
const table = () => document.getElementById("list-table");
const rows = () => [...table().querySelectorAll("tbody > tr[data-id]:not(.is-leaving)")];

// Goes to another view of the list. The answer that was asked for last wins.
export async function go(url, { push = true, keepScroll = false } = {}) {
  asking?.abort();
  const mine = (asking = new AbortController());
  const slow = setTimeout(() => list().setAttribute("aria-busy", "true"), PATIENCE_MS);
  let answer;
  try {
    answer = await fetch(url, { headers: { "X-Fragment": "rows" }, signal: mine.signal });
    const text = await answer.text();
    if (mine !== asking) return;
    if (answer.status === 401) return location.reload();
    if (!answer.ok) return toast(refusal(text, answer), { kind: "bad" });
    if (push) history.pushState(null, "", url);
    patch(text, keepScroll);
  } catch (error) {
    if (error.name !== "AbortError") toast("No connection: the list shows what it had. Try again.", { kind: "bad" });
  } finally {
    clearTimeout(slow);
    if (mine === asking) list().removeAttribute("aria-busy");
  }
}

export const refresh = () => go(location.href, { push: false, keepScroll: true });

function refusal(text, answer) {
  const page = new DOMParser().parseFromString(text, "text/html");
  return page.querySelector("main p, .plain-card p")?.textContent.trim() || `That did not work (${answer.status}).`;
}

function patch(html, keepScroll) {
  const fresh = new DOMParser().parseFromString(html, "text/html").getElementById("list");
  filters.close();
  Idiomorph.morph(list(), fresh, {
    morphStyle: "outerHTML",
    ignoreActiveValue: true,
    callbacks: { beforeNodeMorphed: (old) => !(old instanceof Element && old.matches("[data-column]") && old.querySelector("[data-cell-editor]")) },
  });
  document.getElementById("list-count").textContent = list().dataset.count;
  if (!keepScroll) document.querySelector(".table-wrap").scrollTop = 0;
  dress();
  table().dispatchEvent(new CustomEvent("list:changed", { bubbles: true }));
}

function dress() {
  bulk.show();
  const wrap = document.querySelector(".table-wrap");
  wrap.onscroll = () => wrap.classList.toggle("is-scrolled", wrap.scrollLeft > 0);
}

// --- search ----------------------------------------------------------------------------------------------------------

let typing = null;

// The first letter makes a step to go back over; the next ones go on from there.
function search(value, entered) {
  const push = entered || !new URLSearchParams(location.search).has("q");
  const query = new URLSearchParams(table().dataset.query);
  for (const name of ["after", "before", "page", "q"]) query.delete(name);
  if (value.trim()) query.set("q", value.trim());
  const url = query.size ? `${list().dataset.url}?${query}` : list().dataset.url;
  if (url === location.pathname + location.search) return;
  if (!push) history.replaceState(null, "", url);
  go(url, { push });
}

// --- keys ------------------------------------------------------------------------------------------------------------

const at = () => table().querySelector("tr.is-at");

function step(by) {
  const all = rows();
  if (!all.length) return;
  const here = all.indexOf(at());
  stand(all[here < 0 ? (by > 0 ? 0 : all.length - 1) : Math.min(all.length - 1, Math.max(0, here + by))]);
}

function stand(row) {
  at()?.classList.remove("is-at");
  row.classList.add("is-at");
  row.querySelector("a.cell-title, a")?.focus({ preventScroll: true });
  row.scrollIntoView({ block: "nearest" });
}

// Does the work with what is there; without it the key is not ours.
function on(selector, work) {
  const found = document.querySelector(selector);
  if (found) work(found);
  return Boolean(found);
}

function keys() {
  const onRow = (work) => () => (at() ? work(at()) : step(1));
  register("/", "Search", () => on("#list-search", (field) => field.select()), { group: "List" });
  register("j", "Next row", () => step(1), { group: "List" });
  register("k", "Previous row", () => step(-1), { group: "List" });
  register("Enter", "Open the row", onRow((row) => row.querySelector("a.cell-title")?.click()), { group: "List" });
  register("x", "Select the row", onRow((row) => bulk.toggle(row)), { group: "List" });
  register("e", "Edit a cell", onRow((row) => editCell.editFirst(row)), { group: "List" });
  register("o", "Open the row at the side", onRow((row) => quickEdit(row)), { group: "List" });
  register("c", "Create", () => on("[data-new-record]", (link) => link.click()), { group: "List" });
  register("n", "Next page", () => on('#list a[rel="next"]', (link) => link.click()), { group: "List" });
  register("p", "Previous page", () => on('#list a[rel="prev"]', (link) => link.click()), { group: "List" });
  register("Escape", "Let go", () => letGo(), { group: "List" });
}

function letGo() {
  if (bulk.clear()) return;
  at()?.classList.remove("is-at");
  if (document.activeElement?.id === "list-search") document.activeElement.blur();
}

async function quickEdit(row) {
  const saved = await openRecord(`${list().dataset.url}${row.dataset.id}/edit`);
  if (!saved) return;
  toast(saved.message, { undo: saved.undo && { url: saved.undo } });
  refresh();
}

// --- start -----------------------------------------------------------------------------------------------------------

document.addEventListener("click", (event) => {
  const link = event.target.closest("#list a[data-go]");
  if (link && event.button === 0 && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
    event.preventDefault();
    go(link.href);
  }
  if (event.target.closest("[data-toggle-density]")) setDensity(chosen("density") === "compact" ? "comfortable" : "compact");
  const quick = event.target.closest("[data-quick-edit]");
  if (quick) quickEdit(quick.closest("tr"));
});

document.addEventListener("input", (event) => {
  if (event.target.id !== "list-search") return;
  clearTimeout(typing);
  typing = setTimeout(() => search(event.target.value, false), TYPING_MS);
});

document.addEventListener("submit", (event) => {
  if (!event.target.matches("[data-search]")) return;
  event.preventDefault();
  clearTimeout(typing);
  search(event.target.elements.q.value, true);
});

addEventListener("popstate", () => go(location.href, { push: false }));

keys();
bulk.start({ list, rows, refresh });
columns.start({ list, go });
editCell.start({ list, refresh });
filters.start({ list, go });
dress();

saidBefore();
document.addEventListener("undone", () => refresh());

