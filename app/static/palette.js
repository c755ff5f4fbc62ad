// The palette (Ctrl-K): finds screens, locations and this page's commands by a few letters, and opens them.

import { icon } from "./icons.js";
import { openDialog } from "./dialogs.js";
import { register } from "./shortcuts.js";

const MOST = 40;
let dialog, input, list;
let shown = [];
let at = 0;

// Everything offered stands on the page already, so the palette can never offer what the person may not see.
function entries() {
  const commands = [...document.querySelectorAll("[data-palette]")].map((element) => ({
    group: "On this page", label: element.dataset.palette, icon: element.dataset.icon ?? "bolt", go: () => element.click(),
  }));
  const screens = [...document.querySelectorAll(".rail-areas a.rail-link, .rail-areas > a.rail-row")].map((link) => ({
    group: "Go to",
    label: link.textContent.trim(),
    where: link.closest("[data-area]")?.dataset.area ?? "",
    icon: link.dataset.icon ?? "home",
    go: () => location.assign(link.href),
  }));
  const places = [...document.querySelectorAll('.bar-place button[name="location"]')].map((button) => ({
    group: "Work in", label: button.querySelector(".clip").textContent, where: "Location", icon: "map-pin", go: () => button.form.requestSubmit(button),
  }));
  const looks = [...document.querySelectorAll("[data-theme-choice]")].map((button) => ({
    group: "Settings", label: `${button.textContent.trim()} theme`, icon: "palette", go: () => button.click(),
  }));
  const leave = [...document.querySelectorAll('form[action="/account/sign-out"] button')].map((button) => ({
    group: "Settings", label: "Sign out", icon: "logout", go: () => button.form.requestSubmit(button),
  }));
  return [...commands, ...screens, ...places, ...looks, ...leave];
}

// Higher is better, 0 is no match: start of the name, start of a word, inside, letters in order and close together.
export function score(label, term) {
  const [name, wanted] = [label.toLowerCase(), term.toLowerCase()];
  if (!wanted) return 1;
  const found = name.indexOf(wanted);
  if (found === 0) return 100 - name.length / 100;
  if (found > 0) return (/\W/.test(name[found - 1]) ? 80 : 60) - found / 100;
  let from = name.indexOf(wanted[0]);
  const begin = from;
  for (const letter of wanted) {
    from = name.indexOf(letter, from) + 1;
    if (!from) return 0;
  }
  return from - begin <= wanted.length * 2 ? 20 - name.length / 100 : 0;
}

function search() {
  const term = input.value.trim();
  const found = entries()
    .map((entry) => ({ ...entry, score: score(entry.label, term) || score(`${entry.where ?? ""} ${entry.label}`, term) / 2 }))
    .filter((entry) => entry.score > 0);
  if (term) found.sort((a, b) => b.score - a.score);
  shown = found.slice(0, term ? MOST : 200);
  at = 0;
  draw(term);
}

function draw(term) {
  const rows = [];
  let group = "";
  shown.forEach((entry, index) => {
    if (!term && entry.group !== group) {
      group = entry.group;
      rows.push(Object.assign(document.createElement("li"), { className: "palette-group", role: "presentation", textContent: group }));
    }
    rows.push(row(entry, index, term));
  });
  if (!rows.length) {
    rows.push(Object.assign(document.createElement("li"), { className: "palette-none", role: "presentation", textContent: `Nothing is called “${term}” here` }));
  }
  list.replaceChildren(...rows);
  list.scrollTop = 0;
  point();
}

function row(entry, index, term) {
  const item = document.createElement("li");
  item.className = "palette-item";
  item.id = `palette-${index}`;
  item.role = "option";
  item.dataset.index = index;
  const label = document.createElement("span");
  label.append(...marked(entry.label, term));
  const where = Object.assign(document.createElement("span"), { className: "palette-where", textContent: entry.where ?? "" });
  item.append(icon(entry.icon), label, where);
  return item;
}

function marked(label, term) {
  const found = term ? label.toLowerCase().indexOf(term.toLowerCase()) : -1;
  if (found < 0) return [label];
  const mark = Object.assign(document.createElement("mark"), { textContent: label.slice(found, found + term.length) });
  return [label.slice(0, found), mark, label.slice(found + term.length)];
}

function point() {
  for (const item of list.querySelectorAll(".palette-item")) {
    const here = Number(item.dataset.index) === at;
    item.setAttribute("aria-selected", String(here));
    if (here) item.scrollIntoView({ block: "nearest" });
  }
  if (shown.length) input.setAttribute("aria-activedescendant", `palette-${at}`);
  else input.removeAttribute("aria-activedescendant");
}

function take(index) {
  const entry = shown[index];
  if (!entry) return;
  dialog.close();
  entry.go();
}

function press(event) {
  const step = { ArrowDown: 1, ArrowUp: -1, PageDown: 8, PageUp: -8 }[event.key];
  if (step && shown.length) {
    const wrap = Math.abs(step) === 1;
    at = wrap ? (at + step + shown.length) % shown.length : Math.max(0, Math.min(shown.length - 1, at + step));
    point();
  } else if (event.key === "Enter") take(at);
  else return;
  event.preventDefault();
}

export function openPalette() {
  if (!dialog || dialog.open) return;
  input.value = "";
  search();
  openDialog(dialog);
  input.focus();
}

export function start() {
  dialog = document.getElementById("palette");
  if (!dialog) return;
  input = dialog.querySelector("input");
  list = dialog.querySelector('[role="listbox"]');
  input.addEventListener("input", search);
  input.addEventListener("keydown", press);
  list.addEventListener("click", (event) => {
    const item = event.target.closest(".palette-item");
    if (item) take(Number(item.dataset.index));
  });
  list.addEventListener("pointermove", (event) => {
    const item = event.target.closest(".palette-item");
    if (!item || Number(item.dataset.index) === at) return;
    at = Number(item.dataset.index);
    point();
  });
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-open-palette]")) openPalette();
  });
  register("$mod+k", "Search or jump to", openPalette, { group: "Everywhere" });
}
