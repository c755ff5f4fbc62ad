// One live table: which rows it shows, at which version, and what becomes of a change.
//
// A change of a row counts if its version is higher than what is known; at the same version "put" beats "drop".

import { glow, isEdited, patchCell, saidBy } from "./live_cells.js";
import { keepingScroll } from "./kept_scroll.js";
import { offer } from "./row_offer.js";
import { RowPlaces } from "./row_places.js";
import { TableLooks } from "./table_looks.js";
import { TableNews } from "./table_news.js";

const LEAVE_MS = 600;
const MOST_REMEMBERED = 5000;

export class LiveTable {
  constructor(element, { morph }) {
    this.morph = morph;
    this.entity = element.dataset.liveEntity;
    this.document = element.dataset.document; // of a list of lines: what their documents are
    this.cursor = element.dataset.cursor;
    this.known = new Map(); // id → {v, gone}: what is known of rows, also of those that are not shown
    this.told = new Map(); // id → the last message with cells, of the last hundred
    this.feed = null;
    this.places = new RowPlaces(this);
    this.looks = new TableLooks(this);
    this.news = new TableNews(this);
    this.learn();
    this.section.addEventListener("click", (event) => {
      if (event.target.closest(".pill-new")) this.looks.showNew();
      if (event.target.closest("[data-look-again]")) this.looks.look(true);
    });
    this.section.addEventListener("list:changed", () => this.places.waiting.clear());
    // The list changes under our hands when a person pages, sorts or filters.
    new MutationObserver(() => this.learn()).observe(this.section, { childList: true, subtree: true });
  }

  get entities() {
    return [this.entity];
  }

  // Looked up each time: an empty list has another table than a full one.
  get element() {
    return document.querySelector(`table[data-live-entity="${CSS.escape(this.entity)}"]:not([data-live-part])`);
  }

  get section() {
    return document.getElementById("list") ?? this.element.parentElement;
  }

  get body() {
    return this.element.tBodies[0];
  }

  get query() {
    return this.element.dataset.query ?? "";
  }

  rows() {
    return [...this.body.querySelectorAll(":scope > tr[data-id]:not(.is-leaving)")];
  }

  row(id) {
    return this.body.querySelector(`:scope > tr[data-id="${CSS.escape(id)}"]:not(.is-leaving)`);
  }

  // What the page shows now. A row that is older than what was told came with an answer that was on its way meanwhile.
  learn() {
    let old = false;
    for (const row of this.rows()) {
      const v = Number(row.dataset.version);
      const known = this.known.get(row.dataset.id);
      if (!known || v > known.v) this.known.set(row.dataset.id, { v, gone: false });
      else old ||= v < known.v || known.gone;
    }
    if (old) this.lookAgain(undefined, 100);
  }

  // --- changes -----------------------------------------------------------------------------------------------------

  take(messages) {
    for (const message of messages) {
      if (!this.isNews(message)) continue;
      this.remember(message);
      if (message.op === "drop") this.drop(message.id);
      else if (!message.cells) this.lookAgain(undefined, 0);
      else this.put(message);
    }
    if (this.places.unseen.size || this.places.doubtful.size) this.places.askSoon();
  }

  isNews({ id, v, op }) {
    const known = this.known.get(id);
    return !known || v > known.v || (v === known.v && op === "put" && known.gone);
  }

  remember(message) {
    const { id, v, op } = message;
    this.known.delete(id);
    this.told.delete(id);
    if (message.cells) this.told.set(id, message);
    if (this.told.size > 100) this.told.delete(this.told.keys().next().value);
    this.known.set(id, { v, gone: op === "drop" });
    if (this.known.size <= MOST_REMEMBERED) return;
    const shown = new Set(this.rows().map((row) => row.dataset.id));
    for (const old of this.known.keys()) {
      if (this.known.size <= MOST_REMEMBERED / 2) break;
      if (!shown.has(old)) this.known.delete(old);
    }
  }

  put(message) {
    const row = this.row(message.id);
    if (!row) {
      this.places.unseen.set(message.id, message);
      return;
    }
    this.patch(row, message);
    if (message.moved || this.places.isDecidedBy(message.columns ?? [])) this.places.doubtful.add(message.id);
  }

  patch(row, message) {
    row.dataset.version = message.v;
    const said = saidBy(message);
    for (const cell of row.querySelectorAll(":scope > [data-column]")) {
      const html = message.cells[cell.dataset.column];
      if (html === undefined) continue;
      const touched = message.columns?.includes(cell.dataset.column);
      if (isEdited(cell)) {
        if (touched) this.tell(cell, html, message);
      } else if (patchCell(cell, html)) glow(cell, said);
    }
    offer(row, message.still);
    this.say("live:patched", { id: message.id, version: message.v });
  }

  // The document of these lines has gone on, or came back.
  offer({ part_of, still }) {
    for (const row of this.rows()) if (row.dataset.partOf === part_of) offer(row, still);
  }

  // Where websockets are blocked nobody says that it has gone on, only that it changed: the server's rows know the rest.
  takeDocuments(messages) {
    const changed = new Set(messages.filter((message) => message.entity === this.document).map((message) => message.id));
    if (changed.size && this.rows().some((row) => changed.has(row.dataset.partOf))) this.lookAgain(undefined, 0);
  }

  lookAgain(count, delay) {
    this.looks.again(count, delay);
  }

  // The editor in it says so, and gives the cell back if theirs is taken.
  tell(cell, html, message) {
    const load = () => {
      cell.classList.remove("is-editing");
      patchCell(cell, html);
      glow(cell, saidBy(message));
    };
    cell.dispatchEvent(new CustomEvent("live:changed", { detail: { html, message, load } }));
  }

  drop(id) {
    this.places.forget(id);
    const row = this.row(id);
    if (row) this.leave(row);
    this.places.show();
  }

  leave(row) {
    row.classList.add("is-leaving");
    for (const box of row.querySelectorAll("input[type=checkbox]:checked")) {
      box.checked = false;
      box.dispatchEvent(new Event("change", { bubbles: true }));
    }
    setTimeout(() => {
      keepingScroll(this, () => row.remove());
      this.say("live:dropped", { id: row.dataset.id });
      if (!this.rows().length) this.lookAgain(undefined, 0); // the empty state comes from the server
    }, LEAVE_MS);
  }

  // Nothing of what this person may no longer see stays on the screen.
  purge() {
    this.body.replaceChildren();
  }

  say(event, detail) {
    this.element.dispatchEvent(new CustomEvent(event, { bubbles: true, detail }));
  }
}
