// Keyboard shortcuts: one registry, so that `?` can list what works on this page.

import { tinykeys } from "./vendor/tinykeys@4.0.0/tinykeys.mjs";
import { openDialog } from "./dialogs.js";

const APPLE = /Mac|iP(hone|ad|od)/.test(navigator.platform);
const TYPING = "input:not([type=checkbox], [type=radio], [type=button]), textarea, select, [contenteditable]";
const NAMES = { $mod: APPLE ? "⌘" : "Ctrl", Shift: "⇧", Alt: APPLE ? "⌥" : "Alt", Escape: "Esc", Enter: "↵", ArrowDown: "↓", ArrowUp: "↑", " ": "Space" };

const known = new Map();

// register("j", "Next row", fn, { group: "List" }) → a function that takes it back. Keys as in tinykeys: "$mod+s", "g p", "Escape".
export function register(keys, label, fn, { group = "This page" } = {}) {
  const unbind = tinykeys(window, { [pattern(keys)]: (event) => run(event, keys, fn) }, { ignore: (event) => event.isComposing });
  const entry = { keys, label, group };
  known.set(entry, unbind);
  return () => {
    unbind();
    known.delete(entry);
  };
}

// A sign like "?" or "/" is meant as it is typed, with or without shift: keyboards differ.
function pattern(keys) {
  return /^[^\w\s]$/.test(keys) ? `[Shift]+(${keys.replace(/[.*+?^${}()|[\]\\/]/g, "\\$&")})` : keys;
}

function run(event, keys, fn) {
  const plain = !keys.includes("$mod") && !keys.includes("Control") && keys !== "Escape";
  if (plain && (event.repeat ? !/^[jk]$|Arrow/.test(keys) : false)) return;
  if (plain && event.target.closest?.(TYPING)) return;
  // In front of the page only what is said there counts; Escape belongs to the dialog itself.
  const dialog = document.querySelector("dialog:modal");
  if (dialog && keys !== "$mod+k" && (keys === "Escape" || !event.target.closest?.("dialog.side-panel"))) return;
  // Enter on a link or button is theirs.
  if (keys === "Enter" && event.target.closest?.("a, button, summary")) return;
  if (fn(event) !== false) event.preventDefault();
}

function listing() {
  const groups = Map.groupBy ? Map.groupBy(known.keys(), (entry) => entry.group) : group([...known.keys()]);
  return [...groups].flatMap(([name, entries]) => {
    const title = Object.assign(document.createElement("h3"), { className: "keys-group", textContent: name });
    const list = Object.assign(document.createElement("dl"), { className: "keys-list" });
    for (const { keys, label } of entries) {
      const word = Object.assign(document.createElement("dt"), { textContent: label });
      const hold = document.createElement("dd");
      hold.append(...keycaps(keys));
      list.append(word, hold);
    }
    return [title, list];
  });
}

function group(entries) {
  const groups = new Map();
  for (const entry of entries) groups.set(entry.group, [...(groups.get(entry.group) ?? []), entry]);
  return groups;
}

function keycaps(keys) {
  return keys
    .split(/[+ ](?=.)/)
    .map((key) => Object.assign(document.createElement("kbd"), { textContent: NAMES[key] ?? (key.length === 1 ? key.toUpperCase() : key) }));
}

export function showShortcuts() {
  const dialog = document.getElementById("shortcuts");
  if (!dialog || dialog.open) return;
  dialog.querySelector("[data-shortcut-list]").replaceChildren(...listing());
  openDialog(dialog);
}

export function start() {
  if (!document.getElementById("shortcuts")) return;
  register("?", "Show all shortcuts", showShortcuts, { group: "Everywhere" });
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-shortcuts]")) showShortcuts();
  });
  for (const cap of document.querySelectorAll("[data-mod-key]")) cap.textContent = `${NAMES.$mod} ${cap.dataset.modKey}`;
}
