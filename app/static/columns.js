// The column chooser: which columns the list shows, and in which order.

export function start({ list, go }) {
  document.addEventListener("submit", (event) => {
    const form = event.target.closest("form[data-columns]");
    if (!form) return;
    event.preventDefault();
    show(form, [...form.querySelectorAll("input:checked")].map((box) => box.value));
  });
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-columns] [data-usual]")) show(event.target.closest("form"), []);
    const move = event.target.closest("[data-columns] [data-move]");
    if (move) shift(move);
  });

  function show(form, names) {
    const query = new URLSearchParams(document.getElementById("list-table").dataset.query);
    if (names.length) query.set("cols", names.join(","));
    else query.delete("cols");
    window.tabler?.Dropdown.getInstance(form.parentElement.querySelector("[data-bs-toggle]"))?.hide();
    go(query.size ? `${list().dataset.url}?${query}` : list().dataset.url);
  }

  let dragged = null;
  document.addEventListener("dragstart", (event) => {
    dragged = event.target.closest?.(".columns-item") ?? null;
  });
  document.addEventListener("dragover", (event) => {
    const over = event.target.closest?.(".columns-item");
    if (!dragged || !over || over === dragged) return;
    event.preventDefault();
    const box = over.getBoundingClientRect();
    over.parentElement.insertBefore(dragged, event.clientY < box.top + box.height / 2 ? over : over.nextElementSibling);
  });
  document.addEventListener("dragend", () => {
    dragged = null;
  });
}

function shift(button) {
  const item = button.closest(".columns-item");
  if (button.dataset.move === "-1") item.previousElementSibling?.before(item);
  else item.nextElementSibling?.after(item);
  button.focus();
}
