// One live table: which rows it shows, at which version, and what becomes of a change.
//
// A change of a row counts if its version is higher than what is known; at the same version "put" beats "drop". What
// the page can't decide by itself (a new row, a changed sort column) is asked in one batched question with its own query.

import { glow, isEdited, offerToLoad, patchCell, saidBy } from "./live_cells.js";
import { offer } from "./row_offer.js";

const ASK_AFTER_MS = 60;
const LEAVE_MS = 600;
const STORM_STAYS_MS = 6000;
const MOST_REMEMBERED = 5000;

export class LiveTable {
  constructor(element, { morph }) {
    this.morph = morph;
    this.entity = element.dataset.liveEntity;
    this.cursor = element.dataset.cursor;
    this.known = new Map(); // id → {v, gone}: what is known of rows, also of those that are not shown
    this.told = new Map(); // id → the last message with cells, of the last hundred
    this.unseen = new Map(); // id → message: to be asked about
    this.doubtful = new Set(); // shown rows whose place may have changed
    this.waiting = new Set(); // new rows that would stand where they can't be put without moving things
    this.asking = null;
    this.looking = null;
    this.stormCount = 0;
    this.feed = null;
    this.learn();
    this.section.addEventListener("click", (event) => {
      if (event.target.closest(".pill-new")) this.showNew();
      if (event.target.closest("[data-look-again]")) this.look(true);
    });
    this.section.addEventListener("list:changed", () => this.waiting.clear());
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
    if (this.unseen.size || this.doubtful.size) this.askSoon();
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
      this.unseen.set(message.id, message);
      return;
    }
    this.patch(row, message);
    if (message.moved || this.placing(message.columns ?? [])) this.doubtful.add(message.id);
  }

  patch(row, message) {
    row.dataset.version = message.v;
    const said = saidBy(message);
    for (const cell of row.querySelectorAll(":scope > [data-column]")) {
      const html = message.cells[cell.dataset.column];
      if (html === undefined) continue;
      const touched = message.columns?.includes(cell.dataset.column);
      if (isEdited(cell)) {
        if (touched) offerToLoad(cell, message, () => this.load(cell, html, message));
      } else if (patchCell(cell, html)) glow(cell, said);
    }
    offer(row, message.still);
    this.say("live:patched", { id: message.id, version: message.v });
  }

  // The document of these lines has gone on, or came back.
  offer({ part_of, still }) {
    for (const row of this.rows()) if (row.dataset.partOf === part_of) offer(row, still);
  }

  load(cell, html, message) {
    // The editor listens and gives the cell back; whatever it does, the new value stands.
    cell.dispatchEvent(new CustomEvent("live:load", { bubbles: true, detail: { html, version: message.v } }));
    if (isEdited(cell)) cell.classList.remove("is-editing");
    patchCell(cell, html);
    glow(cell, saidBy(message));
  }

  drop(id) {
    this.unseen.delete(id);
    this.waiting.delete(id);
    this.doubtful.delete(id);
    const row = this.row(id);
    if (row) this.leave(row);
    this.showPill();
  }

  leave(row) {
    row.classList.add("is-leaving");
    for (const box of row.querySelectorAll("input[type=checkbox]:checked")) {
      box.checked = false;
      box.dispatchEvent(new Event("change", { bubbles: true }));
    }
    setTimeout(() => {
      this.keepingScroll(() => row.remove());
      this.say("live:dropped", { id: row.dataset.id });
      if (!this.rows().length) this.lookAgain(undefined, 0); // the empty state comes from the server
    }, LEAVE_MS);
  }

  // Does a change of these columns decide whether and where a row stands in this list?
  placing(columns) {
    const query = new URLSearchParams(this.query);
    if (query.get("q")) return columns.length > 0;
    const decisive = new Set([...this.element.querySelectorAll("th[aria-sort]")].map((heading) => heading.dataset.column));
    const sort = (query.get("sort") ?? "").replace(/^-/, "");
    if (sort) decisive.add(sort);
    for (const name of query.keys()) if (name.startsWith("f.")) decisive.add(name.split(".")[2]);
    return columns.some((column) => decisive.has(column) || decisive.has(column.replace(/_id$/, "")));
  }

  // --- asking ------------------------------------------------------------------------------------------------------

  askSoon() {
    this.asking ??= setTimeout(() => this.ask(), ASK_AFTER_MS);
  }

  async ask() {
    const unseen = new Map(this.unseen);
    const ids = [...new Set([...unseen.keys(), ...this.doubtful])].slice(0, 500);
    this.unseen.clear();
    this.doubtful.clear();
    if (!ids.length) {
      this.asking = null;
      return;
    }
    let answer;
    try {
      answer = await this.feed.match({ entity: this.entity, query: this.query, ids, shown: this.rows().map((row) => row.dataset.id), ...this.bounds });
    } catch {
      answer = { error: "unanswered" };
    }
    this.asking = null;
    if (answer.error) this.lookAgain(undefined, 1000);
    else this.arrange(answer.rows, unseen);
    if (this.unseen.size || this.doubtful.size) this.askSoon();
  }

  // The page's own cursors: where it begins and ends, if anything lies beyond.
  get bounds() {
    return { previous: this.element.dataset.previous ?? "", next: this.element.dataset.next ?? "" };
  }

  // found: id → {place: "out" | "before" | "inside" | "after", follows: the row it stands behind}
  arrange(found, unseen) {
    const inside = [];
    for (const [id, { place, follows }] of Object.entries(found)) {
      const row = this.row(id);
      if (place === "inside") inside.push([id, follows]);
      else if (row) this.leave(row);
      if (place === "before" && unseen.has(id)) this.waiting.add(id);
      else this.waiting.delete(id);
    }
    this.place(inside, unseen);
    this.showPill();
  }

  // Each goes behind the row it follows; one that follows another of them waits for it.
  place(inside, unseen) {
    for (let rest = inside, before = Infinity; rest.length && rest.length < before; ) {
      before = rest.length;
      rest = rest.filter(([id, follows]) => {
        const predecessor = follows ? this.row(follows) : null;
        if (follows && !predecessor && inside.some(([other]) => other === follows)) return true;
        this.settle(id, predecessor, unseen.get(id));
        return false;
      });
    }
  }

  settle(id, predecessor, message) {
    const row = this.row(id);
    const before = predecessor ? predecessor.nextElementSibling : this.body.firstElementChild;
    if (row) {
      if (before !== row && row.previousElementSibling !== predecessor) this.keepingScroll(() => this.body.insertBefore(row, before));
    } else if (message && !this.known.get(id)?.gone) this.insert(message, before, !predecessor);
  }

  insert(message, before, isFirst) {
    const model = this.rows()[0];
    if (!model) return this.lookAgain(undefined, 0);
    if (isFirst && this.isScrolled()) return void this.waiting.add(message.id);
    const row = this.build(model, message);
    this.keepingScroll(() => this.body.insertBefore(row, before));
    row.classList.add("is-new");
    row.title = message.made ? saidBy(message).replace("Changed", "Added") : saidBy(message);
    setTimeout(() => row.classList.remove("is-new"), 1500);
    this.say("live:added", { id: message.id });
  }

  // A new row is made after one that is there: same cells, same controls, another record.
  build(model, message) {
    const template = document.createElement("template");
    template.innerHTML = model.outerHTML.replaceAll(model.dataset.id, message.id);
    const row = template.content.firstElementChild;
    row.classList.remove("is-new", "is-leaving", "is-selected", "is-current");
    row.removeAttribute("aria-selected");
    row.removeAttribute("title");
    row.dataset.version = message.v;
    if (message.part_of) row.dataset.partOf = message.part_of;
    offer(row, message.still);
    for (const box of row.querySelectorAll("input[type=checkbox]")) {
      box.checked = false;
      box.removeAttribute("checked");
      if (box.hasAttribute("aria-label") && message.title) box.setAttribute("aria-label", `Select ${message.title}`);
    }
    for (const cell of row.querySelectorAll(":scope > [data-column]")) {
      cell.classList.remove("glow", "is-editing");
      cell.removeAttribute("title");
      patchCell(cell, message.cells[cell.dataset.column] ?? "");
    }
    return row;
  }

  isFirstPage() {
    const query = new URLSearchParams(this.query);
    return !query.get("after") && !query.get("before");
  }

  // --- looking again -----------------------------------------------------------------------------------------------

  // The server's own rows, once: for storms, and for what one row can't tell. Held back while a person is at it.
  lookAgain(count, delay) {
    if (count) this.storm(count);
    this.looking ??= setTimeout(() => this.look(), delay);
  }

  get isBusy() {
    return this.rows().some((row) => [...row.querySelectorAll(":scope > [data-column]")].some(isEdited) || row.querySelector("input[type=checkbox]:checked"));
  }

  async look(asked = false) {
    clearTimeout(this.looking);
    if (this.isBusy && !asked) {
      this.storm(this.stormCount, true);
      this.looking = setTimeout(() => this.look(), 2000);
      return;
    }
    this.looking = null; // what is told from now on asks for another look
    const before = new Map(this.known);
    const query = this.query;
    let answer = null;
    try {
      answer = await fetch(location.href, { credentials: "same-origin", headers: { "X-Fragment": "rows" } });
    } catch {
      return this.lookAgain(undefined, 2000);
    }
    if (query !== this.query) return this.lookAgain(undefined, 0); // the person went on to another view
    if ([401, 403, 404].includes(answer.status)) return location.reload();
    if (!answer.ok) return this.lookAgain(undefined, 3000);
    this.replaceRows(await answer.text(), before);
    this.waiting.clear();
    this.showPill();
    this.settleStorm();
  }

  replaceRows(html, before) {
    const template = document.createElement("template");
    template.innerHTML = html;
    const section = template.content.getElementById("list");
    const table = template.content.querySelector("table[data-live-entity]");
    if (!table) return location.reload();
    const body = table.tBodies[0];
    for (const row of [...body.querySelectorAll(":scope > tr[data-id]")]) this.reconcile(row);
    const late = this.rows().filter((row) => this.isLater(row.dataset.id, before) && !body.querySelector(`tr[data-id="${CSS.escape(row.dataset.id)}"]`));
    const callbacks = { beforeNodeMorphed: (old) => !(old instanceof Element && old.matches("[data-column]") && isEdited(old)) };
    // From empty to full or back the whole list differs; else the rows alone, so that an open menu stays open.
    if (section && Boolean(table.tHead) !== Boolean(this.element.tHead)) this.morph(this.section, [...section.childNodes], { morphStyle: "innerHTML", callbacks });
    else this.keepingScroll(() => this.morph(this.body, [...body.childNodes], { morphStyle: "innerHTML", callbacks }));
    Object.assign(this.element.dataset, { previous: table.dataset.previous ?? "", next: table.dataset.next ?? "" });
    if (section) this.count(section);
    for (const row of late) if (this.told.has(row.dataset.id)) this.unseen.set(row.dataset.id, this.told.get(row.dataset.id));
    if (late.length) this.askSoon();
    this.say("live:replaced", {});
  }

  count(section) {
    const heading = document.getElementById("list-count");
    if (heading) heading.textContent = section.dataset.count;
    this.section.dataset.count = section.dataset.count;
    const [mine, theirs] = [this.section, section].map((list) => list.querySelector(".list-foot > span"));
    if (mine && theirs) mine.textContent = theirs.textContent;
  }

  // What was told after the server read its rows is newer than what it read.
  reconcile(row) {
    const { id, version } = row.dataset;
    const known = this.known.get(id);
    if (known && known.v > Number(version)) {
      if (known.gone) row.remove();
      else if (this.row(id)) row.replaceWith(this.row(id).cloneNode(true));
      return;
    }
    this.known.set(id, { v: Number(version), gone: false });
  }

  isLater(id, before) {
    const known = this.known.get(id);
    return known && !known.gone && (before.get(id)?.v ?? -1) < known.v;
  }

  // Nothing of what this person may no longer see stays on the screen.
  purge() {
    this.body.replaceChildren();
  }

  // --- saying so ---------------------------------------------------------------------------------------------------

  // A line or a pill of ours above the table; another view of the list takes it along, so it is made anew when needed.
  above(name, tag) {
    const found = this.section.querySelector(`.${name}`);
    if (found) return found;
    const made = document.createElement(tag);
    made.className = name;
    made.setAttribute("role", "status");
    (this.element.closest(".table-wrap") ?? this.element).before(made);
    return made;
  }

  showPill() {
    if (!this.waiting.size) return this.section.querySelector(".pill-holder")?.remove();
    const pill = document.createElement("button");
    pill.type = "button";
    pill.className = "pill-new";
    pill.textContent = `${this.waiting.size} new`;
    this.above("pill-holder", "div").replaceChildren(pill);
  }

  async showNew() {
    this.waiting.clear();
    this.showPill();
    const query = new URLSearchParams(location.search);
    if (query.has("after") || query.has("before") || query.has("page")) {
      for (const name of ["after", "before", "page"]) query.delete(name);
      location.search = query.toString();
      return;
    }
    await this.look(true);
    this.scroller().scrollTo({ top: 0 });
  }

  storm(count, held = false) {
    this.stormCount = Math.max(this.stormCount, count ?? 0);
    const line = this.above("storm", "p");
    line.replaceChildren(this.stormCount ? `${this.stormCount} rows changed` : "Rows changed");
    if (!held) return;
    const refresh = document.createElement("button");
    refresh.type = "button";
    refresh.dataset.lookAgain = "";
    refresh.textContent = "refresh";
    line.append(" · ", refresh);
  }

  settleStorm() {
    this.stormCount = 0;
    setTimeout(() => this.looking || this.section.querySelector(".storm")?.remove(), STORM_STAYS_MS);
  }

  say(event, detail) {
    this.element.dispatchEvent(new CustomEvent(event, { bubbles: true, detail }));
  }

  // --- staying where one is ----------------------------------------------------------------------------------------

  scroller() {
    for (let place = this.element.parentElement; place; place = place.parentElement) {
      if (place.scrollHeight > place.clientHeight && /auto|scroll/.test(getComputedStyle(place).overflowY)) return place;
    }
    return document.scrollingElement;
  }

  isScrolled() {
    return this.scroller().scrollTop > 0;
  }

  // The row at the top of what is seen stays there, whatever comes or goes above it.
  keepingScroll(work) {
    const scroller = this.scroller();
    if (scroller.scrollTop === 0) return work();
    const edge = scroller === document.scrollingElement ? 0 : scroller.getBoundingClientRect().top;
    const anchor = this.rows().find((row) => row.getBoundingClientRect().bottom > edge + 1);
    const was = anchor?.getBoundingClientRect().top;
    work();
    if (anchor?.isConnected) scroller.scrollTop += anchor.getBoundingClientRect().top - was;
  }
}
