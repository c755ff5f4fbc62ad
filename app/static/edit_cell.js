// Editing one cell in place: Enter saves, Escape gives up, Tab saves and goes on to the next.

import { patchCell, saidBy } from "./live_cells.js";
import { added, showBoth } from "./both_sides.js";
import { post } from "./csrf.js";
import { Operation } from "./operation.js";
import { enhance } from "./picker.js";
import { sentence } from "./sentence.js";
import { show as showMoments } from "./moments.js";
import { toast } from "./toast.js";
import { value } from "./cell_value.js";
import { offer } from "./row_offer.js";

const HEADERS = { "X-Requested-With": "XMLHttpRequest" };
let page = null;

export function start(given) {
  page = given;
  document.addEventListener("dblclick", (event) => {
    const cell = event.target.closest("#list .cell-edit");
    if (!cell || event.target.closest("[data-cell-editor]")) return;
    event.preventDefault();
    getSelection()?.removeAllRanges();
    edit(cell);
  });
  document.addEventListener("keydown", (event) => {
    if (event.target.matches?.("#list .cell-edit") && (event.key === "Enter" || event.key === "F2")) {
      event.preventDefault();
      event.stopPropagation();
      edit(event.target);
    }
  });
}

export function editFirst(row) {
  const cell = row.querySelector("td.cell-edit") ?? row.querySelector(".cell-edit");
  if (cell) edit(cell);
  else toast("Nothing in this row can be edited here.", { kind: "info" });
}

async function edit(cell) {
  if (cell.querySelector("[data-cell-editor]")) return;
  const row = cell.closest("tr");
  const answer = await fetch(address(row, `?column=${encodeURIComponent(cell.dataset.column)}`), { headers: HEADERS }).catch(() => null);
  if (!answer?.ok) return toast(answer ? await sentence(answer) : "No connection.", { kind: "bad" });
  if (cell.querySelector("[data-cell-editor]")) return;
  const editor = new Editor(cell, row, [...cell.childNodes]);
  await editor.open(await answer.text());
}

const address = (row, rest = "") => `${page.list().dataset.url}${row.dataset.id}/cell${rest}`;

class Editor {
  constructor(cell, row, before) {
    Object.assign(this, { cell, row, before, done: false, saving: false, unsure: false, seen: row.dataset.version });
    this.operation = new Operation();
    this.ends = new AbortController();
    this.theirs = null; // the row as a colleague stored it, while it is to be decided whose value stands
  }

  async open(html) {
    this.thaw = freeze(this.cell.closest("table"));
    this.cell.innerHTML = html;
    this.cell.classList.add("is-editing");
    this.box = this.cell.querySelector("[data-cell-editor]");
    this.version = Number(this.box.dataset.version);
    showMoments(this.box);
    await enhance(this.box);
    this.was = JSON.stringify(value(this.box));
    this.field = this.box.querySelector("select, textarea, input:not([type=color])");
    (this.field.tomselect ?? this.field).focus();
    if (this.field.matches("input[type=text], input[type=email], input[type=tel], input[type=url]")) this.field.select();
    this.listen();
  }

  listen() {
    this.box.addEventListener("keydown", (event) => this.key(event), true);
    const { signal } = this.ends;
    this.cell.addEventListener("live:changed", (event) => this.changed(event.detail), { signal });
    this.cell.addEventListener("keydown", (event) => event.key === "Escape" && this.cancel(event), { signal });
    if (this.field.matches("select:not([multiple]), [type=checkbox], [type=color]")) this.field.addEventListener("change", () => this.theirs || this.save());
    this.box.addEventListener("focusout", (event) => {
      if (!this.cell.contains(event.relatedTarget)) setTimeout(() => this.left(), 120);
    });
  }

  key(event) {
    if (event.isComposing) return;
    if (event.key === "Escape") this.cancel(event);
    else if (event.key === "Enter" && !event.shiftKey && !event.target.closest(".ts-wrapper")) this.save(event);
    else if (event.key === "Tab" && !this.theirs) this.save(event, event.shiftKey ? -1 : 1);
  }

  // Going elsewhere saves; but it is no answer to the question whose value is to stand.
  left() {
    if (this.done || this.saving || this.theirs || this.cell.contains(document.activeElement)) return;
    if (document.activeElement?.closest(".ts-dropdown, dialog")) return;
    this.save();
  }

  async save(event, goOn = 0) {
    event?.preventDefault();
    event?.stopPropagation();
    if (this.done || this.saving) return;
    const now = value(this.box);
    if (JSON.stringify(now) === this.was) return this.cancel(null, goOn);
    this.saving = true;
    this.cell.classList.add("is-saving");
    const json = { column: this.cell.dataset.column, value: now, version: this.version };
    if (this.was) json.base = JSON.parse(this.was);
    json.operation = this.operation.of(json);
    const answer = await post(address(this.row), { json, headers: HEADERS }).catch(() => null);
    // Until the answer is read through it is still this save: leaving the cell meanwhile must not send another.
    const result = await answer?.json().catch(() => null);
    this.saving = false;
    this.cell.classList.remove("is-saving");
    this.unsure = !result;
    if (this.unsure) return this.refused("No connection: it may not be saved. Your typing is still here: press Enter to make sure.");
    if (answer.ok) this.saved(result, goOn);
    else if (answer.status === 409 && result.cells) this.stale(result);
    else this.refused(result.message ?? "That did not work.");
  }

  saved(result, goOn) {
    this.end();
    fill(this.row, result);
    const undo = result.undo ? { url: result.undo } : null;
    toast(`${label(this.cell)} saved${result.merged ? `. ${result.merged}` : ""}`, { kind: "good", undo });
    if (goOn) next(this.cell, goOn);
    else this.cell.focus({ preventScroll: true });
  }

  // A colleague saves this cell while it is edited: theirs is shown at once.
  changed({ html, message, load }) {
    const theirs = nodeOf(html);
    const base = this.was && JSON.parse(this.was);
    const adds = () => (this.box.dataset.kind === "quantity" && this.was ? added(base, value(this.box), theirs.textContent) : "");
    const keep = () => {
      this.version = message.v;
      this.seen = String(message.v);
      this.was = "";
      (this.field.tomselect ?? this.field).focus();
    };
    const take = () => {
      this.end();
      load();
      this.cell.focus({ preventScroll: true });
    };
    showBoth(this.cell, { said: saidBy(message), theirs, adds, keep: this.theirs ? () => this.overrule(message.v) : keep, take });
  }

  // Someone else was faster: the rest of the row shows theirs, the typing stays, and saving again is a decision.
  stale(result) {
    this.version = result.version;
    this.seen = String(result.version);
    fill(this.row, result, this.cell);
    const told = result.changes?.find((change) => change.field === this.cell.dataset.column);
    const said = told ? saidBy(told) : "Changed by a colleague";
    const theirs = nodeOf(result.cells[this.cell.dataset.column] ?? "");
    showBoth(this.cell, { said, theirs, keep: () => this.overrule(result.version), take: () => this.cancel(), role: "alert" });
    this.theirs = result;
    this.was = ""; // what they began with counts no more: they decide about what is told here
    (this.field.tomselect ?? this.field).focus();
  }

  overrule(version) {
    this.version = version;
    this.save();
  }

  refused(message) {
    this.cell.classList.add("has-error");
    this.note("field-error", message);
    this.field.setAttribute("aria-invalid", "true");
    (this.field.tomselect ?? this.field).focus();
  }

  note(kind, ...words) {
    for (const old of this.cell.querySelectorAll(":scope > :is(.cell-note, .field-news)")) old.remove();
    const note = Object.assign(document.createElement("div"), { className: `cell-note ${kind}` });
    note.setAttribute("role", "alert");
    note.append(...words);
    this.cell.append(note);
  }

  cancel(event, goOn = 0) {
    event?.preventDefault();
    event?.stopPropagation();
    const behind = this.row.dataset.version !== this.seen;
    this.end();
    if (this.theirs) fill(this.row, this.theirs);
    else this.cell.replaceChildren(...this.before);
    if (behind || this.unsure) page.refresh();
    if (goOn) next(this.cell, goOn);
    else this.cell.focus({ preventScroll: true });
  }

  end() {
    this.done = true;
    this.ends.abort();
    this.field.tomselect?.destroy();
    this.cell.classList.remove("is-editing", "has-error");
    this.cell.replaceChildren();
    // After the cell is filled again: nothing may move in between.
    requestAnimationFrame(this.thaw);
  }
}

function nodeOf(html) {
  const made = document.createElement("span");
  made.innerHTML = html;
  return made;
}

// While a cell is edited the columns keep their widths, whatever stands in it.
function freeze(table) {
  const heads = [...table.tHead.rows[0].cells];
  const widths = heads.map((head) => head.getBoundingClientRect().width);
  heads.forEach((head, index) => {
    head.style.width = `${widths[index]}px`;
  });
  table.style.tableLayout = "fixed";
  return () => {
    if (table.querySelector("[data-cell-editor]")) return;
    table.style.tableLayout = "";
    for (const head of heads) head.style.width = "";
  };
}

function fill(row, { version, cells, still }, except = null) {
  row.dataset.version = version;
  offer(row, still);
  for (const cell of row.querySelectorAll(":scope > [data-column]")) {
    const html = cells[cell.dataset.column];
    if (cell !== except && html !== undefined) patchCell(cell, html);
  }
}

function next(cell, by) {
  const cells = [...cell.closest("tr").querySelectorAll(".cell-edit")];
  const found = cells[cells.indexOf(cell) + by];
  if (found) edit(found);
  else cell.focus({ preventScroll: true });
}

// A heading names its unit, "Price, €": the sentence does without.
const label = (cell) => named(cell).replace(/,\s*[^\p{L}\s]+$/u, "");
const named = (cell) => cell.dataset.label ?? document.querySelector(`#list-table th[data-column="${CSS.escape(cell.dataset.column)}"]`)?.textContent.trim() ?? "Cell";
