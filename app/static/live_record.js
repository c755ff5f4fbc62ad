// One record's page shows the new values as they come; a form follows by itself.

import { glow, patchCell, saidBy } from "./live_cells.js";

const SOON_MS = 300;
const NOT_OFTENER_THAN_MS = 3000;

export class LiveRecord {
  constructor(element) {
    this.element = element;
    [this.entity, this.id] = element.dataset.liveRecord.split(":");
    this.version = Number(element.dataset.version);
    this.cursor = element.dataset.cursor;
    this.isForm = element.matches("form") || element.querySelector("form[data-guard], form[data-record-form]") !== null;
    this.looking = null;
    this.looked = 0;
  }

  // Its own entity, and those of the grids below it.
  get entities() {
    const parts = [...this.element.querySelectorAll("table[data-live-part]")].map((table) => table.dataset.liveEntity);
    const talk = this.element.querySelector("[data-comments]") ? ["comment"] : []; // comments.js looks after them
    return [this.entity, ...parts, ...[...this.element.querySelectorAll("[data-lines]")].map((grid) => grid.dataset.lines), ...talk];
  }

  take(messages) {
    if (this.isForm) return; // it follows by itself: see live_form.js
    for (const message of messages) {
      if (message.entity === "comment" && this.entity !== "comment") continue;
      if (message.entity !== this.entity) this.lookAgain();
      else if (message.id !== this.id) continue;
      else if (message.op === "drop" && message.v >= this.version) this.tell("This record was deleted, or is no longer yours to see.", null);
      else if (message.op === "put" && message.v > this.version) this.put(message);
    }
  }

  put(message) {
    this.version = message.v;
    this.soon(message);
  }

  lookAgain() {
    if (!this.isForm) this.soon();
  }

  soon(message) {
    this.message = message ?? this.message;
    const wait = Math.max(SOON_MS * Math.random(), this.looked + NOT_OFTENER_THAN_MS - Date.now());
    this.looking ??= setTimeout(() => this.look(), this.message ? SOON_MS * Math.random() : wait);
  }

  // The page shows values at full length, which the feed doesn't carry: read them from the server.
  async look() {
    this.looked = Date.now();
    const answer = await fetch(location.href, { credentials: "same-origin" }).catch(() => null);
    this.looking = null;
    if (!answer) return this.soon();
    if (!answer.ok) return this.tell("This record was deleted, or is no longer yours to see.", null);
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = page.querySelector("[data-live-record]");
    if (!fresh) return location.reload();
    this.head(page.querySelector(".page-head"), fresh.dataset.mark);
    this.show(fresh);
    this.message = undefined;
  }

  // A document that has gone on has other steps, and they are taken with what the page shows now.
  head(fresh, mark) {
    const own = document.querySelector(".page-head");
    if (!fresh || !own || mark === this.element.dataset.mark) return;
    this.element.dataset.mark = mark;
    own.replaceChildren(...fresh.childNodes);
  }

  show(fresh) {
    this.version = Math.max(this.version, Number(fresh.dataset.version));
    this.element.dataset.version = fresh.dataset.version;
    const said = this.message ? saidBy(this.message) : "";
    const own = (root) => [...root.querySelectorAll("dd[data-column]")];
    const theirs = new Map(own(fresh).map((cell) => [cell.dataset.column, cell]));
    for (const cell of own(this.element)) {
      const other = theirs.get(cell.dataset.column);
      if (other && patchCell(cell, other.innerHTML)) glow(cell, said);
    }
    const grids = [...fresh.querySelectorAll("table[data-live-part] tbody")];
    [...this.element.querySelectorAll("table[data-live-part] tbody")].forEach((body, index) => {
      if (grids[index] && body.innerHTML !== grids[index].innerHTML) body.innerHTML = grids[index].innerHTML;
    });
  }

  tell(sentence, offer) {
    const note = document.getElementById("live-banner") ?? document.createElement("div");
    note.id = "live-banner";
    note.className = "field-news";
    note.setAttribute("role", "status");
    note.replaceChildren(sentence);
    if (offer) {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = offer;
      button.addEventListener("click", () => location.reload());
      note.append(" ", button);
    }
    if (!note.isConnected) this.element.before(note);
  }
}
