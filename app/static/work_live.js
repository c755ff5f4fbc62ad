// The living part of a work screen: what others do to the same document appears, and who they are.

import { Idiomorph } from "./vendor/idiomorph@0.8.0/idiomorph.esm.js";
import { follow } from "./feed.js";

const SOON_MS = 120;
const APART_MS = 400;
const OWN_MS = 1500;
const MOST_PEOPLE = 6;

const live = () => document.getElementById("work-live");
const about = () => live().querySelector("[data-about]")?.dataset.about ?? "";

const listeners = [];
const people = new Map();
let timer = null;
let due = 0;
let answered = 0;
let last = 0;
let asked = 0;
let shown = 0;

// Called after each time the living part was put in place.
export function onShow(listener) {
  listeners.push(listener);
}

// An answer may be older than what is shown already: `turn` says when it was asked for.
export function show(html, turn) {
  if (turn === undefined) answered = Date.now();
  turn ??= asked += 1;
  if (turn < shown) return;
  shown = turn;
  Idiomorph.morph(live(), html, { morphStyle: "innerHTML", ignoreActiveValue: true, restoreFocus: true });
  draw();
  for (const listener of listeners) listener();
}

export const nextTurn = () => (asked += 1);

export async function refresh() {
  const turn = nextTurn();
  const answer = await fetch(location.href, { credentials: "same-origin", headers: { "X-Fragment": "work" } }).catch(() => null);
  if (answer?.status === 401 || answer?.redirected) return location.reload();
  if (answer?.status === 404) return location.assign("/work/");
  // The server may be starting again, or busy: what was announced must still be seen.
  if (!answer?.ok) return soon(OWN_MS);
  show(await answer.text(), turn);
}

function soon(ms = SOON_MS) {
  const at = Math.max(Date.now() + ms, last + APART_MS);
  if (timer && due <= at) return;
  clearTimeout(timer);
  due = at;
  timer = setTimeout(() => {
    timer = null;
    last = Date.now();
    refresh();
  }, at - Date.now());
}

// Does it concern what is shown: the document itself, one of its lines, or a row that names it?
function concerns(row) {
  const wanted = about();
  if (!wanted) return false;
  if (wanted === "*" || row.id === wanted || live().querySelector(`[data-id="${CSS.escape(row.id)}"]`)) return true;
  if (!row.cells) return true;
  const cells = Object.values(row.cells);
  // What is free on the shelf stands beside each line.
  const named = row.entity === "stock_level" ? [...live().querySelectorAll("[data-product]")].map((line) => line.dataset.product) : [];
  return [wanted, ...named].some((id) => cells.some((cell) => cell.includes(id)));
}

function take(rows) {
  const mine = rows.filter(concerns);
  if (!mine.length) return;
  for (const row of mine) meet(row);
  // What was scanned here came back with its answer; looking again can wait until the scanner rests.
  const { me } = document.querySelector("[data-work]").dataset;
  soon(mine.every((row) => row.by === me) && Date.now() - answered < OWN_MS ? OWN_MS : SOON_MS);
}

function meet(row) {
  const { me } = document.querySelector("[data-work]").dataset;
  if (!row.by || row.by === me || about() === "*" || !row.entity.endsWith("_line")) return;
  people.delete(row.by);
  people.set(row.by, row.title ?? "");
  if (people.size > MOST_PEOPLE) people.delete(people.keys().next().value);
}

// The others who work on the same document, each with the line they touched last.
function draw() {
  let list = document.querySelector(".work-people");
  if (!people.size) return list?.remove();
  if (!list) {
    list = document.createElement("ul");
    list.className = "work-people";
    list.setAttribute("aria-label", "Also working on this");
    live().before(list);
  }
  list.replaceChildren(
    ...[...people].reverse().map(([name, line]) => {
      const item = document.createElement("li");
      const mark = Object.assign(document.createElement("span"), { className: "avatar avatar-small", textContent: initials(name) });
      mark.dataset.tone = name.length % 6;
      mark.setAttribute("aria-hidden", "true");
      item.append(mark, line ? `${name}: ${line}` : name);
      return item;
    }),
  );
}

const initials = (name) => name.split(/\s+/).slice(0, 2).map((word) => word[0]).join("");

export function start() {
  const { live: entities, cursor } = document.querySelector("[data-work]").dataset;
  if (!entities || !cursor) return;
  follow({ entities: entities.split(" "), cursor, rows: take, stale: () => soon(), label: () => soon(), grants: () => location.reload() });
}
