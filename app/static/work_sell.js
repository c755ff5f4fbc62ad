// Selling: the basket lives on the page, the server says what it comes to, and it is written when it is paid.

import { post } from "./csrf.js";
import { confirmDialog } from "./dialogs.js";
import { icon } from "./icons.js";
import { answer, clear } from "./work_answer.js";
import { send, words } from "./work_queue.js";
import { focus } from "./work_scan.js";
import { ask as askDetails, told } from "./work_sell_details.js";
import { uuid7 } from "./work_ids.js";

const cents = (text) => Math.round(Number(String(text).replace(",", ".")) * 100) || 0;
const money = (value) => (value / 100).toFixed(2);
const part = (name) => document.querySelector(`[data-${name}]`);
const made = (tag, facts = {}, ...inside) => {
  const element = Object.assign(document.createElement(tag), facts);
  element.append(...inside);
  return element;
};

// start() → take(code)
export function start() {
  const { me, keep, sign } = document.querySelector("[data-work]").dataset;
  const KEY = `sell:${me}:${keep}`;
  const state = { lines: [], payments: [], operation: null, off: {}, total: 0, less: 0, prices: [], totals: [], problems: {}, refusal: "", asked: 0, known: false, ...read(KEY) };
  let chain = Promise.resolve();

  const paid = () => state.payments.reduce((sum, one) => sum + cents(one.amount), 0);

  // Other contents are another sale; until then, pressing again is the same one.
  function changed({ priced = true } = {}) {
    state.operation = null;
    if (priced) state.known = false;
    keepIt();
    draw();
    if (priced) price();
  }

  function keepIt() {
    const { lines, payments, operation, off } = state;
    if (lines.length) localStorage.setItem(KEY, JSON.stringify({ lines, payments, operation, off }));
    else localStorage.removeItem(KEY);
  }

  async function price() {
    const turn = (state.asked += 1);
    if (!state.lines.length) return Object.assign(state, { total: 0, less: 0, prices: [], totals: [], problems: {}, refusal: "", known: true }) && draw();
    const found = await post("/work/sell/price", { json: { lines: state.lines.map(sent), ...off() }, headers: { Accept: "application/json" } }).catch(() => null);
    if (turn !== state.asked) return undefined;
    if (!found?.ok) return answer({ kind: "wait", words: "No connection: the total is not known yet." });
    const body = await found.json();
    if (turn !== state.asked) return undefined;
    Object.assign(state, { total: cents(body.total), less: cents(body.off), prices: body.lines, totals: body.totals, problems: body.problems, refusal: body.refusal, known: true });
    return draw();
  }

  const sent = ({ product, service, quantity, discount = "", reduction = "", staff = "" }) => ({ product, service, quantity: String(quantity), discount, reduction, staff });
  const off = () => ({ percent_off: state.off.percent ?? "", amount_off: state.off.amount ?? "" });

  // How much is off a line, and who served.
  async function details(line) {
    const said = await askDetails({ title: line.name, percent: line.discount, amount: line.reduction, staff: line.staff ?? "" });
    if (!said) return focus();
    Object.assign(line, { discount: said.percent, reduction: said.amount, staff: said.staff, server: said.server });
    changed();
    return focus();
  }

  async function discount() {
    const said = await askDetails({ title: "Off the whole bill", ...state.off, both: false });
    if (!said) return focus();
    state.off = Number(said.percent) || Number(said.amount) ? { percent: said.percent, amount: said.amount } : {};
    changed();
    return focus();
  }

  async function look(query, code) {
    const found = await fetch(`/work/sell/item?${new URLSearchParams(query)}`, { credentials: "same-origin", headers: { Accept: "application/json" } }).catch(() => null);
    if (!found) return answer({ kind: "wrong", words: `No connection: ${code} is not in the basket. Scan it again.` });
    const body = await found.json().catch(() => ({ message: "Something broke. Scan it again." }));
    if (!found.ok) {
      const offers = body.offers ?? [];
      return answer({ kind: offers.length ? "info" : "wrong", words: offers.length ? `“${code}”: which one?` : words(body), offers, take: (offer) => ask(offer.service ? { service: offer.service } : { code: offer.code }, offer.title) });
    }
    if (body.number !== undefined) {
      const last = state.lines.at(-1);
      if (!last) return answer({ kind: "wrong", words: body.message });
      return set(last, Number(body.number));
    }
    return put(body);
  }

  function put({ product = "", service = "", name, quantity }) {
    let line = state.lines.find((one) => one.product === product && one.service === service);
    if (line) state.lines.splice(state.lines.indexOf(line), 1);
    else line = { product, service, name, quantity: 0 };
    state.lines.push(line);
    return set(line, Math.round((Number(line.quantity) + Number(quantity)) * 1000) / 1000);
  }

  function set(line, quantity) {
    const before = Number(line.quantity);
    line.quantity = quantity;
    if (quantity <= 0) state.lines = state.lines.filter((one) => one !== line);
    else if (!state.lines.includes(line)) state.lines.push(line);
    changed();
    answer({ kind: "right", words: line.name, number: Math.max(0, quantity), undo: () => set(line, before) });
  }

  const ask = (query, code) => (chain = chain.then(() => look(query, code)));
  const take = (code) => ask({ code }, code);

  function draw() {
    part("basket").replaceChildren(...[...state.lines].reverse().map(row));
    part("nothing").hidden = state.lines.length > 0;
    part("total").textContent = `${sign} ${money(state.total)}`;
    part("payments").replaceChildren(...state.payments.map(paymentRow));
    const rest = state.total - paid();
    const line = part("rest");
    line.hidden = !state.refusal && (!state.payments.length || rest === 0);
    line.textContent = state.refusal ? state.refusal : rest > 0 ? `${sign} ${money(rest)} still to be paid` : `Change: ${sign} ${money(-rest)}`;
    line.dataset.kind = state.refusal ? "wrong" : rest > 0 ? "wait" : "change";
    part("discount").disabled = !state.lines.length;
    part("discount-words").textContent = told({ discount: state.off.percent, reduction: state.off.amount }, sign) || "Discount";
    part("off").textContent = state.less > 0 ? `${sign} ${money(state.less)} less` : "";
    for (const button of document.querySelectorAll("[data-method]")) button.disabled = !state.known || rest <= 0;
    const ready = state.known && state.lines.length > 0 && !Object.keys(state.problems).length && !state.refusal && rest <= 0;
    document.querySelector("form[data-ring] .work-next").disabled = !ready;
    part("ring-words").textContent = state.lines.length ? `Sell for ${sign} ${money(state.total)}` : "Sell";
  }

  function row(line) {
    const index = state.lines.indexOf(line);
    const problem = state.problems[index];
    const each = state.prices[index] ? `${sign} ${state.prices[index]} each` : "";
    const more = [each, told(line, sign), told(line, sign) && state.totals[index] ? `= ${sign} ${state.totals[index]}` : ""].filter(Boolean).join(" · ");
    const second = made("span", { className: "work-second" }, problem ? made("span", { className: "is-short", textContent: problem }) : more);
    const name = made("button", { type: "button", className: "work-words sell-line" }, made("span", { className: "work-name", textContent: line.name }), second);
    name.setAttribute("aria-label", `${line.name}: discount, served by`);
    name.addEventListener("click", () => details(line));
    return made("li", { className: "work-line" }, name, stepper(line));
  }

  function stepper(line) {
    const input = made("input", { className: "stepper-number", inputMode: "decimal", autocomplete: "off", value: line.quantity });
    input.setAttribute("aria-label", `Quantity of ${line.name}`);
    input.dataset.to = "";
    input.addEventListener("change", () => {
      const value = Number(input.value.replace(",", "."));
      if (Number.isFinite(value) && value >= 0) set(line, value);
      else answer({ kind: "wrong", words: `“${input.value}” is no quantity.` });
    });
    input.addEventListener("keydown", (event) => event.key === "Enter" && (input.blur(), focus()));
    const group = made("div", { className: "stepper" }, step(line, -1), input, step(line, 1));
    group.setAttribute("role", "group");
    group.setAttribute("aria-label", `Quantity of ${line.name}`);
    return group;
  }

  function step(line, by) {
    const button = made("button", { type: "button" }, icon(by < 0 ? "minus" : "plus"));
    button.setAttribute("aria-label", `One ${line.name} ${by < 0 ? "less" : "more"}`);
    button.addEventListener("click", () => set(line, Number(line.quantity) + by));
    return button;
  }

  function paymentRow(payment) {
    const input = made("input", { className: "form-control work-field num", inputMode: "decimal", autocomplete: "off", value: payment.amount });
    input.setAttribute("aria-label", `Amount by ${payment.label}`);
    input.dataset.to = "";
    input.addEventListener("input", () => {
      payment.amount = input.value.replace(",", ".");
      state.operation = null;
      keepIt();
      rest();
    });
    const away = made("button", { type: "button", className: "btn btn-icon btn-quiet work-tool" }, icon("x"));
    away.setAttribute("aria-label", `Remove the payment by ${payment.label}`);
    away.addEventListener("click", () => {
      state.payments = state.payments.filter((one) => one !== payment);
      changed({ priced: false });
    });
    return made("li", { className: "work-line sell-payment" }, made("span", { className: "work-words" }, made("span", { className: "work-name", textContent: payment.label })), input, away);
  }

  // While an amount is typed, its field stays as it is.
  function rest() {
    const fields = part("payments");
    const present = [...fields.childNodes];
    draw();
    fields.replaceChildren(...present);
  }

  async function ring(form) {
    const button = form.querySelector(".work-next");
    if (button.ariaBusy === "true") return;
    button.ariaBusy = "true";
    state.operation ??= uuid7();
    keepIt();
    const body = {
      operation: state.operation,
      lines: state.lines.map(sent),
      ...off(),
      payments: state.payments.map(({ method, amount }) => ({ method, amount })),
      client: document.getElementById("client")?.value ?? "",
      staff: document.getElementById("staff")?.value ?? "",
      register: document.getElementById("register")?.value ?? "",
    };
    const found = await send({ url: "/work/sell/ring", body });
    button.ariaBusy = null;
    if (!found) return answer({ kind: "wrong", words: "No connection. Press the button again: it will not be sold twice." });
    if (!found.ok) return answer({ kind: "wrong", words: words(found.body) });
    localStorage.removeItem(KEY);
    answer({ kind: "done", words: found.body.said });
    return location.assign(found.body.url);
  }

  document.addEventListener("click", async (event) => {
    const method = event.target.closest("[data-method]");
    if (method) {
      state.payments.push({ method: method.dataset.method, label: method.dataset.label, amount: money(state.total - paid()) });
      changed({ priced: false });
      // Cash is rarely the exact amount: what was given is typed over it.
      if (method.dataset.method === "cash") part("payments").lastElementChild.querySelector("input").select();
    }
    if (event.target.closest("[data-discount]")) return discount();
    if (event.target.closest("[data-empty]") && state.lines.length && (await confirmDialog({ title: "Empty the basket?", action: "Empty it", danger: true }))) {
      Object.assign(state, { lines: [], payments: [], off: {} });
      clear();
      changed();
      focus();
    }
  });
  // What the client has collected is told at the counter.
  document.getElementById("client")?.addEventListener("change", async (event) => {
    const id = event.target.value;
    part("points").textContent = "";
    const found = id && (await fetch(`/work/sell/client?${new URLSearchParams({ id })}`, { credentials: "same-origin", headers: { Accept: "application/json" } }).catch(() => null));
    if (found?.ok && event.target.value === id) part("points").textContent = (await found.json()).points.join(" · ");
  });
  document.addEventListener("submit", (event) => {
    const form = event.target.closest("form[data-ring]");
    if (!form) return;
    event.preventDefault();
    ring(form);
  });
  draw();
  price();
  return take;
}

function read(key) {
  try {
    return JSON.parse(localStorage.getItem(key) ?? "{}");
  } catch {
    return {};
  }
}
