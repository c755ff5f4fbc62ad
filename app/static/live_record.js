// One record's page shows the new values as they come; a form follows by itself.

import { departed } from "./departure.js";
import { glow, patchCell, saidBy } from "./live_cells.js";
import { concerns, entityOf, partsOf } from "./live_parts.js";
import { looking } from "./looking.js";
import { GONE } from "./sending.js";

const APART_MS = 3000;
const WENT_AWAY = "This record was deleted, or is no longer yours to see.";

export class LiveRecord {
  constructor(element) {
    this.element = element;
    [this.entity, this.id] = element.dataset.liveRecord.split(":");
    this.version = Number(element.dataset.version);
    this.cursor = element.dataset.cursor;
    this.isForm = element.matches("form") || element.querySelector("form[data-guard], form[data-record-form]") !== null;
    this.again = looking(() => this.look(), { apart: APART_MS });
  }

  // Its own entity, and those of the grids below it.
  get entities() {
    const talk = this.element.querySelector("[data-comments]") ? ["comment"] : []; // comments.js looks after them
    return [this.entity, ...partsOf(this.element).map(entityOf), ...talk];
  }

  take(messages) {
    if (this.isForm) return; // it follows by itself: see live_form.js
    for (const message of messages) {
      if (message.entity !== this.entity || message.id !== this.id) this.takePart(message);
      else if (message.op === "drop" && message.v >= this.version) this.again.soon({ atOnce: true });
      else if (message.op === "put" && message.v > this.version) this.put(message);
    }
  }

  takePart(message) {
    if (concerns(this.element, this.id, message)) this.lookAgain();
  }

  put(message) {
    this.version = message.v;
    this.message = message;
    this.again.soon({ atOnce: true });
  }

  lookAgain() {
    if (!this.isForm) this.again.soon();
  }

  // The page shows values at full length, which the feed doesn't carry: read them from the server.
  async look() {
    const url = new URL(location.href);
    url.searchParams.set("version", this.version); // who saw this one may know how it went
    const answer = await fetch(url, { headers: { "X-Requested-With": "XMLHttpRequest" } }).catch(() => null);
    if (GONE.has(answer?.status)) return this.gone(await answer.json().catch(() => ({})));
    if (!answer?.ok) return false;
    document.getElementById("live-banner")?.remove();
    this.offer(true);
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

  // Who went on reading is told who took it away, and is led to where it can be put back.
  gone(said) {
    const note = document.getElementById("live-banner") ?? document.createElement("div");
    note.id = "live-banner";
    note.className = "form-news";
    note.setAttribute("role", "status");
    const how = departed(said);
    const words = document.createElement("p");
    words.append(...(how.length ? how : [WENT_AWAY]));
    note.replaceChildren(words);
    if (said.error === "deleted") {
      const way = Object.assign(document.createElement("a"), { className: "btn", textContent: "See its history", href: `${location.pathname}/history` });
      note.append(way);
    }
    if (!note.isConnected) this.element.before(note);
    this.offer(false);
  }

  // Nothing is done with a record that is gone.
  offer(isThere) {
    const ways = document.querySelector(".page-head .page-actions");
    if (ways) ways.hidden = !isThere;
  }
}
