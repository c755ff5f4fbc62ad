// Dialogs: open one, close it, and put the focus back where it came from.

// Opens modally; resolves with its returnValue when it closes.
export function openDialog(dialog) {
  const before = document.activeElement;
  if (!dialog.open) dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener(
      "close",
      () => {
        if (before?.isConnected) before.focus({ preventScroll: true });
        resolve(dialog.returnValue);
      },
      { once: true },
    );
  });
}

// Asks before something final: await confirmDialog({ title: "Delete 3 products?", words: "…", action: "Delete 3 products", danger: true })
export async function confirmDialog({ title, words = "", action, danger = false }) {
  const dialog = document.getElementById("question");
  dialog.querySelector(".dialog-title").textContent = title;
  dialog.querySelector(".dialog-body").textContent = words;
  dialog.querySelector(".dialog-body").hidden = !words;
  const yes = dialog.querySelector('[data-answer="yes"]');
  yes.textContent = action;
  yes.className = danger ? "btn btn-danger" : "btn btn-primary";
  dialog.returnValue = "no";
  const answer = openDialog(dialog);
  (danger ? dialog.querySelector('[data-answer="no"]') : yes).focus();
  return (await answer) === "yes";
}

export function start() {
  document.addEventListener("click", (event) => {
    const dialog = event.target.closest("dialog");
    if (!dialog) return;
    if (event.target.closest("[data-close]")) return requestClose(dialog);
    const answer = event.target.closest("[data-answer]");
    if (answer) return dialog.close(answer.dataset.answer);
  });
  // A press that began on the veil closes; one that began on text and slipped does not.
  document.addEventListener("pointerdown", (event) => {
    if (event.target instanceof HTMLDialogElement && event.target.open && outside(event)) requestClose(event.target);
  });
}

// Lets a form inside object ("cancel" with preventDefault) before it closes.
function requestClose(dialog) {
  if (dialog.dispatchEvent(new Event("cancel", { cancelable: true }))) dialog.close();
}

function outside({ target, clientX, clientY }) {
  const box = target.getBoundingClientRect();
  return clientX < box.left || clientX > box.right || clientY < box.top || clientY > box.bottom;
}
