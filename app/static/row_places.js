// Where rows stand in a live table. What the page can't decide by itself (a new row, a changed sort column) is asked in
// one batched question with the page's own query.

import { patchCell, saidBy } from "./live_cells.js";
import { isScrolled, keepingScroll } from "./kept_scroll.js";
import { offer } from "./row_offer.js";

const ASK_AFTER_MS = 60;

export class RowPlaces {
  constructor(table) {
    this.table = table;
    this.unseen = new Map(); // id → message: to be asked about
    this.doubtful = new Set(); // shown rows whose place may have changed
    this.waiting = new Set(); // new rows that would stand where they can't be put without moving things
    this.asking = null;
  }

  forget(id) {
    this.unseen.delete(id);
    this.waiting.delete(id);
    this.doubtful.delete(id);
  }

  nothingWaits() {
    this.waiting.clear();
    this.show();
  }

  show() {
    this.table.news.showPill(this.waiting.size);
  }

  // Does a change of these columns decide whether and where a row stands in this list?
  isDecidedBy(columns) {
    const query = new URLSearchParams(this.table.query);
    if (query.get("q")) return columns.length > 0;
    const decisive = new Set([...this.table.element.querySelectorAll("th[aria-sort]")].map((heading) => heading.dataset.column));
    const sort = (query.get("sort") ?? "").replace(/^-/, "");
    if (sort) decisive.add(sort);
    for (const name of query.keys()) if (name.startsWith("f.")) decisive.add(name.split(".")[2]);
    return columns.some((column) => decisive.has(column) || decisive.has(column.replace(/_id$/, "")));
  }

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
      answer = await this.table.feed.match({ entity: this.table.entity, query: this.table.query, ids, shown: this.table.rows().map((row) => row.dataset.id), ...this.bounds });
    } catch {
      answer = { error: "unanswered" };
    }
    this.asking = null;
    if (answer.error) this.table.lookAgain(undefined, 1000);
    else this.arrange(answer.rows, unseen);
    if (this.unseen.size || this.doubtful.size) this.askSoon();
  }

  // The page's own cursors: where it begins and ends, if anything lies beyond.
  get bounds() {
    return { previous: this.table.element.dataset.previous ?? "", next: this.table.element.dataset.next ?? "" };
  }

  // found: id → {place: "out" | "before" | "inside" | "after", follows: the row it stands behind}
  arrange(found, unseen) {
    const inside = [];
    for (const [id, { place, follows }] of Object.entries(found)) {
      const row = this.table.row(id);
      if (place === "inside") inside.push([id, follows]);
      else if (row) this.table.leave(row);
      if (place === "before" && unseen.has(id)) this.waiting.add(id);
      else this.waiting.delete(id);
    }
    this.place(inside, unseen);
    this.show();
  }

  // Each goes behind the row it follows; one that follows another of them waits for it.
  place(inside, unseen) {
    for (let rest = inside, before = Infinity; rest.length && rest.length < before; ) {
      before = rest.length;
      rest = rest.filter(([id, follows]) => {
        const predecessor = follows ? this.table.row(follows) : null;
        if (follows && !predecessor && inside.some(([other]) => other === follows)) return true;
        this.settle(id, predecessor, unseen.get(id));
        return false;
      });
    }
  }

  settle(id, predecessor, message) {
    const row = this.table.row(id);
    const before = predecessor ? predecessor.nextElementSibling : this.table.body.firstElementChild;
    if (row) {
      if (before !== row && row.previousElementSibling !== predecessor) keepingScroll(this.table, () => this.table.body.insertBefore(row, before));
    } else if (message && !this.table.known.get(id)?.gone) this.insert(message, before, !predecessor);
  }

  insert(message, before, isFirst) {
    const model = this.table.rows()[0];
    if (!model) return this.table.lookAgain(undefined, 0);
    if (isFirst && isScrolled(this.table.element)) return void this.waiting.add(message.id);
    const row = this.build(model, message);
    keepingScroll(this.table, () => this.table.body.insertBefore(row, before));
    row.classList.add("is-new");
    row.title = message.made ? saidBy(message).replace("Changed", "Added") : saidBy(message);
    setTimeout(() => row.classList.remove("is-new"), 1500);
    this.table.say("live:added", { id: message.id });
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
}
