// The scan box: it always has the focus, takes what a scanner types, and hands on one code per Enter.

const FREE = "input, select, textarea, [contenteditable], dialog, .dropdown-menu";

const field = () => document.getElementById("scan");

// start(take): take(code) is called for every code.
export function start(take) {
  const form = document.querySelector("form[data-scan]");
  if (!form) return;
  const input = field();
  // A phone's keyboard stays away while a scanner types; whoever taps the box wants to type.
  if (matchMedia("(pointer: coarse)").matches) input.inputMode = "none";
  input.addEventListener("pointerdown", () => (input.inputMode = "text"));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const code = input.value.trim();
    input.value = "";
    if (code) take(code);
    focus();
  });
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.key.length !== 1) return;
    if (!event.target.closest?.(FREE)) focus();
  });
  document.addEventListener("click", (event) => {
    if (!event.target.closest(`${FREE}, a, summary, label`)) focus();
  });
  document.addEventListener("visibilitychange", () => document.hidden || focus());
  focus();
}

export function focus() {
  const input = field();
  if (!input || input.closest("[hidden]") || document.querySelector("dialog[open]")) return;
  if (document.activeElement?.matches("[data-to], select, textarea")) return;
  input.focus({ preventScroll: true });
}
