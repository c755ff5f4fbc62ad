// The button of an undo says how many changes are ticked, and the line beside it how many records that deletes; one box
// ticks all of them.

const form = document.querySelector("[data-undoing]");
const all = form?.querySelector("[data-undo-all]");

const spoken = (count, noun) => `${count.toLocaleString("en")} ${noun}${count === 1 ? "" : "s"}`;

function show() {
  const boxes = form.querySelectorAll("[name=only]");
  const ticked = [...boxes].filter((box) => box.checked);
  const deleting = ticked.filter((box) => box.dataset.deletes !== undefined).length;
  const said = form.querySelector("[data-undo-count]");
  said.textContent = spoken(ticked.length, said.dataset.undoCount);
  said.closest("button").disabled = ticked.length === 0;
  if (all) all.checked = ticked.length === boxes.length;
  if (all) all.indeterminate = ticked.length > 0 && ticked.length < boxes.length;
  const line = form.querySelector("[data-undo-deleting]");
  if (line) line.hidden = deleting === 0;
  if (line) line.lastElementChild.textContent = spoken(deleting, "record");
}

form?.addEventListener("change", (event) => {
  if (event.target === all) for (const box of form.querySelectorAll("[name=only]")) box.checked = all.checked;
  show();
});
// A thousand rows take some seconds. Who comes back to the page finds the button as it was.
form?.addEventListener("submit", () => form.querySelector("button").setAttribute("aria-busy", "true"));
window.addEventListener("pageshow", () => form?.querySelector("button").removeAttribute("aria-busy"));
if (all) all.parentElement.hidden = false;
if (form) show(); // a browser that comes back to the page has kept what was ticked
