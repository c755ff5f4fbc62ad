// Counting on the page what is packed or has arrived: nothing is booked before the button, and nothing is lost by a reload.

import { confirmDialog } from "./dialogs.js";
import { answer, clear } from "./work_answer.js";
import { post } from "./csrf.js";
import { send, words } from "./work_queue.js";
import { onShow, show } from "./work_live.js";
import { focus } from "./work_scan.js";
import { uuid7 } from "./work_ids.js";

const PLACES = 1000;
const add = (one, other) => Math.round((Number(one) + Number(other)) * PLACES) / PLACES;
const WORDS = { sent: "packed", received: "arrived", damaged: "damaged", refused: "sent back", good: "back" };
const MOST = { sent: "wanted", good: "can come back" };

// start() → take(code)
export function start() {
  const { tally, lines, keep, me, blind, sign } = document.querySelector("[data-work]").dataset;
  const modes = tally.split(" ");
  const KEY = `tally:${me}:${keep}`;
  const kept = read(KEY);
  const state = { counts: kept.counts ?? {}, operation: kept.operation ?? null, names: kept.names ?? {}, mode: modes[0], last: null };
  let chain = Promise.resolve();
  let priced = {};

  const of = (line, mode) => state.counts[line]?.[mode] ?? 0;
  const total = (line) => modes.reduce((sum, mode) => add(sum, of(line, mode)), 0);
  const counted = () => Object.keys(state.counts).filter((line) => total(line) > 0);
  const row = (line) => document.querySelector(`.work-line[data-id="${CSS.escape(line)}"]`);

  function save() {
    if (counted().length) localStorage.setItem(KEY, JSON.stringify({ counts: state.counts, operation: state.operation, names: state.names }));
    else localStorage.removeItem(KEY);
  }

  function set(line, mode, value, words) {
    const before = of(line, mode);
    state.counts[line] = { ...state.counts[line], [mode]: Math.max(0, value) };
    state.operation = null; // other contents are another write
    state.last = line;
    save();
    draw();
    const name = words ?? row(line)?.dataset.name ?? state.names[line] ?? "";
    const wanted = Number(row(line)?.dataset.wanted ?? NaN);
    const over = total(line) > wanted;
    const undo = () => set(line, mode, before, `${name}: undone`);
    const rest = mode === modes[0] ? "" : `, ${WORDS[mode]}`;
    if (over) answer({ kind: "wrong", words: `${name}: only ${wanted} ${MOST[modes[0]] ?? "to come"}.`, number: total(line), undo });
    else answer({ kind: "right", words: `${name}${rest}`, number: Number.isNaN(wanted) ? of(line, mode) : `${of(line, mode)} / ${wanted}`, undo });
  }

  async function look(code, mode) {
    const found = await fetch(`${lines}?${new URLSearchParams({ code })}`, { credentials: "same-origin", headers: { Accept: "application/json" } }).catch(() => null);
    if (!found) return answer({ kind: "wrong", words: `No connection: ${code} was not counted. Scan it again.` });
    const body = await found.json().catch(() => ({ message: "Something broke. Scan it again." }));
    if (!found.ok) return answer({ kind: "wrong", words: words(body), offers: body.offers ?? [], take: (offer) => take(offer.code) });
    if (body.number !== undefined) {
      if (state.last) return set(state.last, mode, Number(body.number));
      return answer({ kind: "wrong", words: `No product has the code ${code}.` });
    }
    const line = next(body);
    if (row(line)?.dataset.wanted === "0") return answer({ kind: "wrong", words: `${body.name}: all of it is here already.` });
    state.names[line] = body.name;
    set(line, mode, add(of(line, mode), body.quantity), body.name);
  }

  // A product may stand on several lines: the first one that isn't full takes it.
  function next({ line, lines: all = [line] }) {
    const free = all.filter((one) => total(one) < Number(row(one)?.dataset.wanted ?? Infinity));
    return free[0] ?? all.findLast((one) => row(one)?.dataset.wanted !== "0") ?? line;
  }

  // One after the other: a scanner is faster than the network.
  function take(code) {
    const { mode } = state;
    chain = chain.then(() => look(code, mode));
  }

  function draw() {
    if (blind !== undefined) drawBlind();
    let ready = 0;
    for (const line of document.querySelectorAll(".work-line[data-id]")) {
      const { id, wanted } = line.dataset;
      const input = line.querySelector("[data-to]");
      if (input && document.activeElement !== input) input.value = of(id, state.mode);
      const sum = total(id);
      line.classList.toggle("is-full", wanted !== undefined && Number(wanted) > 0 && sum === Number(wanted));
      line.classList.toggle("is-over", wanted !== undefined && sum > Number(wanted));
      line.classList.toggle("is-last", id === state.last);
      if (sum > 0) ready += 1;
      const parts = line.querySelector("[data-parts]");
      if (parts) parts.textContent = modes.filter((mode) => mode !== state.mode && of(id, mode)).map((mode) => ` · ${of(id, mode)} ${WORDS[mode]}`).join("");
    }
    const meter = document.querySelector("[data-meter]");
    if (meter) {
      const full = document.querySelectorAll(".work-line.is-full").length;
      meter.value = full;
      document.querySelector("[data-progress]").textContent = `${full} of ${meter.max} lines packed`;
    }
    drawFoot(ready);
  }

  function drawFoot(ready) {
    const form = document.querySelector("form[data-tally-do]");
    if (!form) return;
    const pieces = counted().reduce((sum, line) => add(sum, total(line)), 0);
    form.querySelector(".work-next").disabled = !ready;
    form.querySelector("[data-tally-words]").textContent = ready ? `${form.dataset.words} ${pieces} ${pieces === 1 ? "piece" : "pieces"}` : form.dataset.words;
    if (form.dataset.worth) worth(form, pieces);
    const reason = form.querySelector("[data-reason]");
    if (reason) reason.hidden = !counted().some((line) => of(line, "damaged"));
  }

  // What is on the page in money, as the server works it out.
  async function worth(form, pieces) {
    const lines = said();
    const asked = JSON.stringify(lines);
    const label = form.querySelector("[data-tally-words]");
    const most = [...document.querySelectorAll(".work-line[data-wanted]")].some((line) => total(line.dataset.id) > Number(line.dataset.wanted));
    if (!pieces || most) return Object.assign(label, { textContent: form.dataset.words });
    if (priced.asked === asked) return Object.assign(label, { textContent: priced.words });
    const found = await post(form.dataset.worth, { json: { lines }, headers: { Accept: "application/json" } }).catch(() => null);
    if (!found?.ok || asked !== JSON.stringify(said())) return undefined;
    priced = { asked, words: `${form.dataset.words} ${sign} ${(await found.json()).total}` };
    return Object.assign(label, { textContent: priced.words });
  }

  // Whoever counts blind sees their own tally and no list of what was sent.
  function drawBlind() {
    const list = document.querySelector("[data-tally-list]");
    if (!list) return;
    const present = new Map([...list.children].map((item) => [item.dataset.id, item]));
    const wanted = counted();
    for (const [id, item] of present) if (!wanted.includes(id)) item.remove();
    for (const id of wanted) {
      if (present.has(id)) continue;
      const name = state.names[id] ?? "A product";
      const item = document.createElement("li");
      item.className = "work-line";
      Object.assign(item.dataset, { id, name });
      const said = Object.assign(document.createElement("span"), { className: "work-words" });
      said.append(Object.assign(document.createElement("span"), { className: "work-name", textContent: name }));
      const parts = Object.assign(document.createElement("span"), { className: "work-second" });
      parts.dataset.parts = "";
      said.append(parts);
      item.append(said, stepper(name));
      list.prepend(item);
    }
  }

  async function book(form) {
    const button = form.querySelector(".work-next");
    await chain; // what was scanned before the button was pressed belongs to it
    if (button.ariaBusy === "true") return;
    const over = document.querySelector(".work-line.is-over");
    if (over) return answer({ kind: "wrong", words: `${over.dataset.name}: that is more than there can be. Put the number right first.` });
    const short = [...document.querySelectorAll(".work-line[data-wanted]")].some((line) => total(line.dataset.id) < Number(line.dataset.wanted));
    if (short && form.dataset.missing && !(await confirmDialog({ title: "Not everything is packed", words: form.dataset.missing, action: "Dispatch what is packed" }))) return;
    button.ariaBusy = "true";
    state.operation ??= uuid7();
    save();
    const facts = new FormData(form);
    const more = form.dataset.asks ? [...new FormData(document.getElementById(form.dataset.asks))] : [];
    const asks = Object.fromEntries([...facts, ...more].filter(([name, value]) => name !== "seen" && value));
    const body = { operation: state.operation, seen: facts.get("seen") ?? undefined, lines: said(), asks };
    const found = await send({ url: form.action, body });
    button.ariaBusy = null;
    if (!found) return answer({ kind: "wrong", words: "No connection. Press the button again: it will not be booked twice." });
    if (!found.ok) return answer({ kind: "wrong", words: words(found.body) });
    state.counts = {};
    state.operation = null;
    state.last = null;
    choose(modes[0]);
    save();
    answer({ kind: "done", words: found.body.said });
    if (found.body.url) return location.assign(found.body.url);
    return show(found.body.html);
  }

  function said() {
    const lines = {};
    const rows = [...document.querySelectorAll(".work-line[data-id]")].map((line) => line.dataset.id);
    // Packing says something of every line: what isn't in the box is nothing, not everything.
    for (const line of modes.includes("sent") ? rows : counted()) lines[line] = Object.fromEntries(modes.map((mode) => [mode, String(of(line, mode))]));
    return lines;
  }

  function choose(mode) {
    state.mode = mode;
    for (const one of document.querySelectorAll("[data-modes] [data-mode]")) one.setAttribute("aria-pressed", String(one.dataset.mode === mode));
    draw();
  }

  document.addEventListener("click", (event) => {
    const mode = event.target.closest("[data-modes] [data-mode]");
    if (mode) return choose(mode.dataset.mode);
    const step = event.target.closest(".work-line [data-by]");
    if (step) {
      const { id } = step.closest(".work-line").dataset;
      return set(id, state.mode, add(of(id, state.mode), step.dataset.by));
    }
    if (event.target.closest("[data-tally-all]")) all();
  });

  function all() {
    for (const line of document.querySelectorAll(".work-line[data-wanted]")) {
      const { id, wanted } = line.dataset;
      const others = modes.slice(1).reduce((sum, mode) => add(sum, of(id, mode)), 0);
      state.counts[id] = { ...state.counts[id], [modes[0]]: Math.max(0, add(wanted, -others)) };
    }
    state.operation = null;
    save();
    draw();
    clear();
  }

  document.addEventListener("change", (event) => {
    const input = event.target.closest(".work-line [data-to]");
    if (!input) return;
    const value = Number(input.value.replace(",", "."));
    const { id } = input.closest(".work-line").dataset;
    if (Number.isFinite(value) && value >= 0) set(id, state.mode, Math.round(value * PLACES) / PLACES);
    else {
      answer({ kind: "wrong", words: `“${input.value}” is no quantity.` });
      input.value = of(id, state.mode);
    }
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !event.target.matches(".work-line [data-to]")) return;
    event.preventDefault();
    event.target.blur();
    focus();
  });
  document.addEventListener("submit", (event) => {
    const form = event.target.closest("form[data-tally-do]");
    if (!form) return;
    event.preventDefault();
    book(form);
  });
  onShow(draw);
  draw();
  return take;
}

function stepper(name) {
  const template = document.createElement("div");
  template.className = "stepper";
  template.setAttribute("role", "group");
  template.setAttribute("aria-label", `Arrived of ${name}`);
  const make = (by, words, sign) => {
    const button = Object.assign(document.createElement("button"), { type: "button", textContent: sign });
    button.dataset.by = by;
    button.setAttribute("aria-label", words);
    return button;
  };
  const input = Object.assign(document.createElement("input"), { className: "stepper-number", inputMode: "decimal", autocomplete: "off" });
  input.dataset.to = "";
  input.setAttribute("aria-label", `Arrived of ${name}`);
  template.append(make("-1", `One ${name} less`, "−"), input, make("1", `One ${name} more`, "+"));
  return template;
}

function read(key) {
  try {
    return JSON.parse(localStorage.getItem(key) ?? "{}");
  } catch {
    return {};
  }
}
