// Cells: put new HTML into a cell that differs, let it glow, and leave alone what a person is editing.

const GLOW_MS = 1500;

// Where a cell's content lives: cells may carry controls beside it.
const contentOf = (cell) => cell.querySelector(":scope > [data-cell]") ?? cell;

export const isEdited = (cell) => cell.querySelector("[data-cell-editor]") !== null;

// Times are rewritten by the browser, so they are compared by their moment.
function parsed(html) {
  const template = document.createElement("template");
  template.innerHTML = html;
  return template.content;
}

function bare(fragment) {
  for (const time of fragment.querySelectorAll("time[datetime]")) {
    time.textContent = "";
    time.removeAttribute("title");
  }
  return fragment;
}

function same(element, html) {
  if (element.innerHTML === html) return true;
  const present = document.createDocumentFragment();
  for (const node of element.childNodes) present.append(node.cloneNode(true));
  const wanted = bare(parsed(html));
  bare(present);
  present.normalize();
  wanted.normalize();
  const one = document.createElement("div");
  const other = document.createElement("div");
  one.append(present);
  other.append(wanted);
  return one.innerHTML.trim() === other.innerHTML.trim();
}

// patchCell(cell, html) → did it change?
export function patchCell(cell, html) {
  const place = contentOf(cell);
  if (same(place, html)) return false;
  const hadFocus = place.contains(document.activeElement);
  place.replaceChildren(parsed(html));
  if (hadFocus) (place.querySelector("a, button") ?? cell).focus({ preventScroll: true });
  return true;
}

const glowing = new WeakMap();

// A cell that glows already begins again with the next frame: asking for a reflow here would cost a whole layout a cell.
export function glow(cell, said) {
  if (said) cell.title = said;
  clearTimeout(glowing.get(cell));
  if (cell.classList.contains("glow")) {
    cell.classList.remove("glow");
    requestAnimationFrame(() => cell.classList.add("glow"));
  } else cell.classList.add("glow");
  glowing.set(cell, setTimeout(() => cell.classList.remove("glow"), GLOW_MS));
}

export function saidBy({ by, at }) {
  const who = by || "the database";
  const seconds = at ? Math.max(0, Math.round((Date.now() - new Date(at)) / 1000)) : 0;
  const ago = seconds < 2 ? "just now" : seconds < 120 ? `${seconds} s ago` : `${Math.round(seconds / 60)} min ago`;
  return `Changed by ${who}, ${ago}`;
}

// A renamed brand is renamed in every row that names it.
export function renameRefs({ entity, id, title }) {
  for (const ref of document.querySelectorAll(`[data-ref="${CSS.escape(entity)}:${CSS.escape(id)}"]`)) {
    if (ref.textContent === title) continue;
    ref.textContent = title;
    const cell = ref.closest("td, dd");
    if (cell) glow(cell);
  }
}
