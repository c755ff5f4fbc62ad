// A long menu with a search field narrows as one types (the location switcher of a fifty-shop chain).

export function start() {
  for (const menu of document.querySelectorAll("[data-find-menu]")) {
    const input = menu.querySelector('input[type="search"]');
    if (!input) continue;
    const items = [...menu.querySelectorAll(".dropdown-item")];
    input.addEventListener("input", () => narrow(menu, items, input.value.trim().toLowerCase()));
    input.addEventListener("keydown", (event) => {
      if (event.key === "Enter") {
        event.preventDefault(); // the form's first button would send one home to "All my locations"
        items.find((item) => !item.hidden)?.click();
      }
    });
    menu.parentElement.addEventListener("shown.bs.dropdown", () => input.focus());
  }
}

function narrow(menu, items, term) {
  for (const item of items) item.hidden = !item.textContent.toLowerCase().includes(term);
  menu.querySelector("[data-find-none]").hidden = items.some((item) => !item.hidden);
}
