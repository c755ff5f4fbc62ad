// Lines of a document inside its form: add, remove, move along them by keyboard.

import { enhance } from "./picker.js";

// Starts every grid of lines in the form; `changed` is told after each change.
export function start(form, changed) {
  for (const grid of form.querySelectorAll("[data-lines]")) {
    if (grid.dataset.started) continue;
    grid.dataset.started = "1";
    grid.addEventListener("click", (event) => {
      if (event.target.closest("[data-add-line]")) addLine(grid, changed);
      const remove = event.target.closest("[data-remove-line]");
      if (remove) toggle(grid, remove.closest("tr"), changed);
    });
    grid.addEventListener("keydown", (event) => walk(event, grid, changed));
    count(grid);
  }
}

const standing = (grid) => grid.querySelectorAll("tbody tr:not(.is-removed)").length;

const isOutgrown = (grid) => "tooMany" in grid.dataset;

const isFull = (grid) => isOutgrown(grid) || standing(grid) >= Number(grid.dataset.most);

// A new line at the end, in which one goes on typing unless it comes `quietly`; resolves with its row, or with null where
// no more fit.
export async function addLine(grid, changed, { quietly = false } = {}) {
  const template = grid.querySelector("[data-line-template]");
  if (!template || isFull(grid)) return null;
  const row = place(grid, template.innerHTML, "__line__");
  const ready = enhance(row);
  changed();
  await ready;
  if (!quietly) focusFirst(row);
  return row;
}

// Puts the HTML of a line at the end of the grid, under a number that is free; `as` is what stands for its number in it.
export function place(grid, html, as) {
  const index = 1 + Math.max(-1, ...[...grid.querySelectorAll("tbody tr")].map((row) => Number(row.dataset.line)));
  const holder = document.createElement("tbody");
  holder.innerHTML = html.replaceAll(`child.${grid.dataset.lines}.${as}.`, `child.${grid.dataset.lines}.${index}.`).replaceAll(`data-line="${as}"`, `data-line="${index}"`);
  const row = holder.firstElementChild;
  grid.querySelector("tbody").append(row);
  count(grid);
  return row;
}

function focusFirst(row) {
  const first = row.querySelector("select, input:not([type=hidden]), textarea");
  (first?.tomselect ?? first)?.focus();
}

// A new line goes at once; a stored one is struck through until the form is saved, and comes back with the same button.
function toggle(grid, row, changed) {
  const id = row.querySelector('input[name$=".id"]').value;
  const next = row.nextElementSibling ?? row.previousElementSibling;
  if (!id) {
    for (const select of row.querySelectorAll("select")) select.tomselect?.destroy();
    row.remove();
    (next?.querySelector("[data-remove-line]") ?? grid.querySelector("[data-add-line]"))?.focus();
  } else {
    const mark = row.querySelector("[data-remove]");
    mark.value = mark.value ? "" : "1";
    row.classList.toggle("is-removed", Boolean(mark.value));
    row.querySelector("[data-remove-line]").setAttribute("aria-label", mark.value ? "Keep this line" : "Remove this line");
  }
  count(grid);
  changed();
}

// How many there are; where no more fit, that is said instead of offering one more.
export function count(grid) {
  const badge = grid.querySelector("[data-line-count]");
  if (badge && grid.querySelector("tbody") && !isOutgrown(grid)) badge.textContent = standing(grid);
  const add = grid.querySelector("[data-add-line]");
  if (!add) return;
  add.hidden = isFull(grid);
  grid.querySelector("[data-lines-full]").hidden = isOutgrown(grid) || !isFull(grid);
}

// Others added or removed so many that one form can't hold them any more, or can again: said as the fresh grid says it.
export function follow(grid, fresh) {
  if (!grid.querySelector("tbody") && !isOutgrown(fresh)) return; // a page loaded anew has them
  grid.toggleAttribute("data-too-many", isOutgrown(fresh));
  grid.querySelector("[data-line-hint]")?.remove();
  const hint = fresh.querySelector("[data-line-hint]");
  if (hint) grid.querySelector(".section-head").append(hint.cloneNode(true));
  grid.querySelector("[data-line-count]").textContent = fresh.querySelector("[data-line-count]").textContent;
  count(grid);
}

// Enter in the last line adds one; elsewhere it goes to the same column of the next. Ctrl+Backspace takes a line away.
function walk(event, grid, changed) {
  const cell = event.target.closest("td[data-column]");
  if (!cell || event.isComposing) return;
  const row = cell.parentElement;
  if (event.key === "Enter" && event.target.matches("input:not([type=checkbox])") && !event.target.closest(".ts-wrapper")) {
    event.preventDefault();
    const next = row.nextElementSibling;
    if (next) next.querySelector(`td[data-column="${cell.dataset.column}"] input:not([type=hidden])`)?.select();
    else addLine(grid, changed);
  } else if (event.key === "Backspace" && (event.ctrlKey || event.metaKey)) {
    event.preventDefault();
    if (row.querySelector("[data-remove-line]")) toggle(grid, row, changed);
  }
}
