// Small buttons of plain pages: read the password one types, copy a link, go back, try again.

import { forgetAll } from "./draft_store.js";
import { toast } from "./toast.js";

const ACTIONS = {
  reveal(button) {
    const input = document.getElementById(button.dataset.reveal);
    const shown = input.type === "text";
    input.type = shown ? "password" : "text";
    button.setAttribute("aria-pressed", String(!shown));
    button.setAttribute("aria-label", shown ? "Show password" : "Hide password");
    input.focus();
  },
  async copy(button) {
    const input = document.getElementById(button.dataset.copy);
    input.select();
    try {
      await navigator.clipboard.writeText(input.value);
      toast("Copied");
    } catch {
      toast("It is selected: press Ctrl C to copy it", { kind: "info" }); // no clipboard without HTTPS
    }
  },
  back() {
    if (history.length > 1) history.back();
    else location.assign("/");
  },
  again() {
    location.reload();
  },
};

export function start() {
  document.addEventListener("click", (event) => {
    for (const [name, act] of Object.entries(ACTIONS)) {
      const button = event.target.closest(`[data-${name}]`);
      if (button) return act(button);
    }
  });
  document.addEventListener("submit", (event) => {
    if (event.target.matches("[data-sign-out]")) forgetAll();
  });
}
