// The reorder page: says how many lines are ticked, ticks all of a location, and ticks what is given a quantity.

const form = document.querySelector("[data-reorder]");
const make = form.querySelector("[data-reorder-make]");
const ticks = (within = form) => [...within.querySelectorAll('[name="pick"]')];

for (const all of form.querySelectorAll("[data-reorder-all]")) all.hidden = ticks(all.closest("table")).length === 0;

function tell() {
  const number = ticks().filter((tick) => tick.checked).length;
  make.textContent = number === 1 ? "Make a draft of 1 line" : number ? `Make drafts of ${number} lines` : "Make drafts";
  make.disabled = number === 0;
  for (const all of form.querySelectorAll("[data-reorder-all]")) {
    const own = ticks(all.closest("table"));
    const on = own.filter((tick) => tick.checked).length;
    all.checked = on > 0 && on === own.length;
    all.indeterminate = on > 0 && on < own.length;
  }
}

form.addEventListener("change", (event) => {
  const all = event.target.closest("[data-reorder-all]");
  if (all) for (const tick of ticks(all.closest("table"))) tick.checked = all.checked;
  tell();
});
form.addEventListener("input", (event) => {
  if (!event.target.name?.startsWith("quantity.")) return;
  const tick = event.target.closest("tr").querySelector('[name="pick"]');
  tick.checked = event.target.value.trim() !== "";
  tell();
});
// The operation's id makes a second press harmless; the button only says that the first was heard.
form.addEventListener("submit", () => make.setAttribute("aria-busy", "true"));
addEventListener("pageshow", () => make.removeAttribute("aria-busy"));
tell();
