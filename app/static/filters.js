// Filters: pick a field, say how to compare, and the list's address gets one part more.

import { enhance } from "./picker.js";
import { sentence } from "./sentence.js";
import { toast } from "./toast.js";

let page = null;

export function start(given) {
  page = given;
  document.addEventListener("click", (event) => {
    const opener = event.target.closest("#list [data-filter]");
    if (opener) return open(opener.dataset.filter);
    if (event.target.closest("[data-filter-back]")) showColumns();
  });
  document.addEventListener("change", (event) => {
    const form = event.target.closest("form[data-filter-form]");
    if (form && event.target.name === "op") again(form);
  });
  document.addEventListener("submit", (event) => {
    const form = event.target.closest("form[data-filter-form]");
    if (!form) return;
    event.preventDefault();
    apply(form);
  });
  document.addEventListener("input", (event) => {
    const find = event.target.closest("[data-find-columns] .dropdown-find input");
    if (find) narrow(find.value.trim().toLowerCase());
  });
  document.addEventListener("shown.bs.dropdown", (event) => {
    if (!event.target.closest("[data-add-filter]")) return;
    if (pane().hidden) document.querySelector("[data-find-columns] .dropdown-find input").focus();
  });
  document.addEventListener("hidden.bs.dropdown", (event) => {
    if (event.target.closest("[data-add-filter]")) showColumns();
  });
}

const holder = () => document.querySelector("[data-add-filter]");
const pane = () => holder().querySelector("[data-filter-pane]");
const menu = () => window.tabler.Dropdown.getOrCreateInstance(holder().querySelector("[data-bs-toggle]"));

export function close() {
  if (holder()) menu().hide();
}

async function open(url) {
  const answer = await fetch(url);
  if (!answer.ok) return toast(await sentence(answer), { kind: "bad" });
  pane().innerHTML = await answer.text();
  pane().hidden = false;
  holder().querySelector("[data-columns-pane]").hidden = true;
  menu().show();
  await enhance(pane());
  const first = pane().querySelector('[name="value"]') ?? pane().querySelector('[name="op"]');
  (first?.tomselect ?? first)?.focus();
}

function showColumns() {
  if (!holder()) return;
  pane().replaceChildren();
  pane().hidden = true;
  holder().querySelector("[data-columns-pane]").hidden = false;
}

function again(form) {
  const url = new URL(form.dataset.self, location.origin);
  url.searchParams.set("op", form.elements.op.value);
  url.searchParams.set("column", form.dataset.column);
  open(url.pathname + url.search);
}

function apply(form) {
  const data = new FormData(form);
  const values = data.getAll("value").map((each) => each.trim());
  const takes = form.dataset.takes;
  if (takes !== "nothing" && !values.some(Boolean)) return form.querySelector('[name="value"]')?.focus();
  const query = new URLSearchParams(form.dataset.base);
  const name = `f.${data.get("group")}.${form.dataset.column}.${data.get("op")}`;
  if (takes === "two") query.append(name, values.join(".."));
  else for (const each of takes === "nothing" ? ["1"] : values) if (each) query.append(name, each);
  for (const place of ["after", "before", "page"]) query.delete(place);
  page.go(`${page.list().dataset.url}?${query}`);
}

function narrow(term) {
  for (const item of holder().querySelectorAll("[data-columns-pane] .dropdown-item")) item.hidden = !item.textContent.toLowerCase().includes(term);
}
