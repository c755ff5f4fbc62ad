// Who changed this cell last: a small button at the cell under the pointer, the finger or the keyboard opens the answer.

import { register } from "./shortcuts.js";

const OURS = "#list-table tbody tr[data-id] > [data-column], dl.details dd[data-column], table[data-live-part] tbody tr[data-id] > [data-column]";
const NOBODYS = new Set(["id", "version", "created_at", "updated_at", "changed_by"]);

const button = document.createElement("button");
button.type = "button";
button.className = "cell-asks";
button.hidden = true;

const answer = document.createElement("div");
answer.className = "cell-answer";
answer.popover = "auto";
answer.tabIndex = -1;

let cell = null;

// The cell's own record: a row of a list or of a part, else the record whose page this is.
function address(of) {
  const row = of.closest("tr[data-id]");
  if (!row) return location.pathname;
  const list = row.closest("[data-list]")?.dataset.url;
  return list ? list + row.dataset.id : (row.querySelector(".line-tools a")?.pathname ?? null);
}

function label(of) {
  const own = of.dataset.label || of.closest("div")?.querySelector("dt")?.textContent;
  const heading = of.closest("table")?.querySelector(`thead [data-column="${of.dataset.column}"]`)?.textContent;
  return (own || heading || of.dataset.column).trim();
}

function offer(of) {
  if (!of || NOBODYS.has(of.dataset.column) || !address(of) || of.querySelector("[data-cell-editor]")) return withdraw();
  cell = of;
  button.setAttribute("aria-label", `Who changed ${label(of)}?`);
  button.title = "Who changed this? (h)";
  const box = of.getBoundingClientRect();
  if (!of.contains(button)) document.body.append(button);
  button.hidden = false;
  const [left, top] = corner(of, box);
  button.style.insetInlineStart = `${left + scrollX}px`;
  button.style.insetBlockStart = `${top + scrollY}px`;
}

// Where the button covers nothing of what the cell says, which may be a link: beside it, or else on the upper edge.
function corner(of, box) {
  const [width, height] = [button.offsetWidth + 2, button.offsetHeight];
  const words = document.createRange();
  words.selectNodeContents(of);
  const said = words.getBoundingClientRect();
  if (box.right - said.right >= width) return [box.right - width, box.top + 2];
  if (said.left - box.left >= width) return [box.left + 2, box.top + 2];
  return [box.right - width, Math.min(box.top, said.top - height / 2) - height / 2];
}

function withdraw() {
  if (!answer.matches(":popover-open")) button.hidden = true;
}

async function ask(of) {
  const from = document.activeElement;
  offer(of);
  const found = await fetch(`${address(of)}/history/${encodeURIComponent(of.dataset.column)}`).catch(() => null);
  if (cell !== of) return; // asked for another one meanwhile
  const html = found?.ok ? await found.text() : '<p class="cell-story-none">That can\'t be told now. Try again.</p>';
  answer.innerHTML = html;
  document.body.append(answer);
  answer.showPopover();
  place(of);
  answer.focus({ preventScroll: true });
  answer.addEventListener("toggle", () => (from?.isConnected && from !== document.body ? from : of).focus?.({ preventScroll: true }), { once: true });
}

function place(of) {
  const box = of.getBoundingClientRect();
  const below = box.bottom + answer.offsetHeight + 8 < innerHeight;
  answer.style.insetInlineStart = `${Math.max(8, Math.min(box.left, innerWidth - answer.offsetWidth - 8))}px`;
  answer.style.insetBlockStart = `${below ? box.bottom + 4 : Math.max(8, box.top - answer.offsetHeight - 4)}px`;
}

document.addEventListener("pointerover", (event) => {
  if (event.target === button || button.contains(event.target)) return;
  const over = event.target.closest(OURS);
  if (over) offer(over);
  else withdraw();
});
document.addEventListener("focusin", (event) => {
  const within = event.target.closest(OURS);
  if (within) offer(within);
});
document.addEventListener("scroll", withdraw, { capture: true, passive: true });
button.addEventListener("click", () => cell && ask(cell));
// Esc means the answer alone: the page's own Esc must not hear of it.
document.addEventListener(
  "keydown",
  (event) => {
    if (event.key !== "Escape" || !answer.matches(":popover-open")) return;
    event.stopImmediatePropagation();
    event.preventDefault();
    answer.hidePopover();
  },
  { capture: true },
);

// The cell in focus, else the one under the pointer, else the first of the row that the keys stand on.
function here() {
  return document.activeElement?.closest(OURS) ?? (button.hidden ? null : cell) ?? document.querySelector("#list-table tr.is-at > [data-column]");
}

register("h", "Who changed this?", () => here() && ask(here()), { group: "History" });
