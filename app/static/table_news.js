// What is said above a live table: that many rows changed, and how many new ones wait.

const STORM_STAYS_MS = 6000;

export class TableNews {
  constructor(table) {
    this.table = table;
    this.stormCount = 0;
  }

  // A line or a pill of ours above the table; another view of the list takes it along, so it is made anew when needed.
  above(name, tag) {
    const found = this.table.section.querySelector(`.${name}`);
    if (found) return found;
    const made = document.createElement(tag);
    made.className = name;
    made.setAttribute("role", "status");
    (this.table.element.closest(".table-wrap") ?? this.table.element).before(made);
    return made;
  }

  showPill(waiting) {
    if (!waiting) return this.table.section.querySelector(".pill-holder")?.remove();
    const pill = document.createElement("button");
    pill.type = "button";
    pill.className = "pill-new";
    pill.textContent = `${waiting} new`;
    this.above("pill-holder", "div").replaceChildren(pill);
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
    setTimeout(() => this.table.looks.isDue || this.table.section.querySelector(".storm")?.remove(), STORM_STAYS_MS);
  }
}
