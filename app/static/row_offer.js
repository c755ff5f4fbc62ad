// What of a row is still edited: a document that has gone on, and its lines, offer a few cells or none.

const words = (still) => (still ? still.join(" ") : undefined);

// Does the row still let this column be edited? Rows that no document governs say nothing, and let everything.
export const allows = (still, column) => still === undefined || still.split(" ").includes(column);

export const isClosed = (row) => row.dataset.still === "";

// offer(row, still): the row offers these columns from now on, all of them without a list.
export function offer(row, still) {
  const said = words(still);
  if (row.dataset.still === said) return;
  if (said === undefined) delete row.dataset.still;
  else row.dataset.still = said;
  const editable = new Set([...document.querySelectorAll("#list-table th[data-editable]")].map((heading) => heading.dataset.column));
  for (const cell of row.querySelectorAll(":scope > [data-column]")) {
    const on = editable.has(cell.dataset.column) && allows(said, cell.dataset.column);
    cell.classList.toggle("cell-edit", on);
    if (on) cell.tabIndex = -1;
    else if (cell !== document.activeElement) cell.removeAttribute("tabindex");
  }
  const quick = row.querySelector("[data-quick-edit]");
  if (quick) quick.hidden = isClosed(row);
}
