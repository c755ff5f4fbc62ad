// A live table looks at the server's own rows again: after storms, and for what one row can't tell.

import { isEdited } from "./live_cells.js";
import { keepingScroll, scroller } from "./kept_scroll.js";

export class TableLooks {
  constructor(table) {
    this.table = table;
    this.looking = null;
  }

  get isDue() {
    return this.looking !== null;
  }

  // The server's own rows, once: for storms, and for what one row can't tell. Held back while a person is at it.
  again(count, delay) {
    if (count) this.table.news.storm(count);
    this.looking ??= setTimeout(() => this.look(), delay);
  }

  get isBusy() {
    return this.table.rows().some((row) => [...row.querySelectorAll(":scope > [data-column]")].some(isEdited) || row.querySelector("input[type=checkbox]:checked"));
  }

  async look(asked = false) {
    clearTimeout(this.looking);
    if (this.isBusy && !asked) {
      this.table.news.storm(0, true);
      this.looking = setTimeout(() => this.look(), 2000);
      return;
    }
    this.looking = null; // what is told from now on asks for another look
    const before = new Map(this.table.known);
    const query = this.table.query;
    let answer = null;
    try {
      answer = await fetch(location.href, { credentials: "same-origin", headers: { "X-Fragment": "rows" } });
    } catch {
      return this.again(undefined, 2000);
    }
    if (query !== this.table.query) return this.again(undefined, 0); // the person went on to another view
    if ([401, 403, 404].includes(answer.status)) return location.reload();
    if (!answer.ok) return this.again(undefined, 3000);
    this.replaceRows(await answer.text(), before);
    this.table.places.nothingWaits();
    this.table.news.settleStorm();
  }

  replaceRows(html, before) {
    const template = document.createElement("template");
    template.innerHTML = html;
    const section = template.content.getElementById("list");
    const table = template.content.querySelector("table[data-live-entity]");
    if (!table) return location.reload();
    const body = table.tBodies[0];
    for (const row of [...body.querySelectorAll(":scope > tr[data-id]")]) this.reconcile(row);
    const late = this.table.rows().filter((row) => this.isLater(row.dataset.id, before) && !body.querySelector(`tr[data-id="${CSS.escape(row.dataset.id)}"]`));
    const callbacks = { beforeNodeMorphed: (old) => !(old instanceof Element && old.matches("[data-column]") && isEdited(old)) };
    // From empty to full or back the whole list differs; else the rows alone, so that an open menu stays open.
    if (section && Boolean(table.tHead) !== Boolean(this.table.element.tHead)) this.table.morph(this.table.section, [...section.childNodes], { morphStyle: "innerHTML", callbacks });
    else keepingScroll(this.table, () => this.table.morph(this.table.body, [...body.childNodes], { morphStyle: "innerHTML", callbacks }));
    Object.assign(this.table.element.dataset, { previous: table.dataset.previous ?? "", next: table.dataset.next ?? "" });
    if (section) this.count(section);
    for (const row of late) if (this.table.told.has(row.dataset.id)) this.table.places.unseen.set(row.dataset.id, this.table.told.get(row.dataset.id));
    if (late.length) this.table.places.askSoon();
    this.table.say("live:replaced", {});
  }

  count(section) {
    const heading = document.getElementById("list-count");
    if (heading) heading.textContent = section.dataset.count;
    this.table.section.dataset.count = section.dataset.count;
    const [mine, theirs] = [this.table.section, section].map((list) => list.querySelector(".list-foot > span"));
    if (mine && theirs) mine.textContent = theirs.textContent;
  }

  // What was told after the server read its rows is newer than what it read.
  reconcile(row) {
    const { id, version } = row.dataset;
    const known = this.table.known.get(id);
    if (known && known.v > Number(version)) {
      if (known.gone) row.remove();
      else if (this.table.row(id)) row.replaceWith(this.table.row(id).cloneNode(true));
      return;
    }
    this.table.known.set(id, { v: Number(version), gone: false });
  }

  isLater(id, before) {
    const known = this.table.known.get(id);
    return known && !known.gone && (before.get(id)?.v ?? -1) < known.v;
  }

  async showNew() {
    this.table.places.nothingWaits();
    const query = new URLSearchParams(location.search);
    if (query.has("after") || query.has("before") || query.has("page")) {
      for (const name of ["after", "before", "page"]) query.delete(name);
      location.search = query.toString();
      return;
    }
    await this.look(true);
    scroller(this.table.element).scrollTo({ top: 0 });
  }
}
