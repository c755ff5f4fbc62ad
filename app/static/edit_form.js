// A record's form: counts what changed, guards leaving, saves without losing anything that was typed.

import { Idiomorph } from "./vendor/idiomorph@0.8.0/idiomorph.esm.js";
import { register } from "./shortcuts.js";
import * as lines from "./lines.js";
import * as moments from "./moments.js";
import * as picker from "./picker.js";
import { sentence } from "./side_panel.js";
import { toast } from "./toast.js";

// startForm(form, { onSaved(result), onDiscard() }) → { leave(): may the page be left?, stop() }
export function startForm(form, { onSaved, onDiscard } = {}) {
  let busy = false;
  let left = false;
  const isNew = !form.elements.version.value;
  const bar = form.querySelector(".save-bar");
  const changed = () => changedFields(form);

  function refresh() {
    const names = changed();
    for (const field of form.querySelectorAll("[data-field]")) field.classList.toggle("is-changed", !isNew && names.has(field.dataset.field));
    const count = names.size;
    if (!isNew) form.querySelector(".save-words").textContent = count === 1 ? "1 change" : count ? `${count} changes` : "No changes yet";
    bar.toggleAttribute("data-open", isNew || count > 0 || form.querySelector(".error-summary") !== null);
  }

  function dress() {
    moments.show(form);
    lines.start(form, refresh);
    picker.enhance(form).then(refresh);
    refresh();
  }

  async function save(event) {
    event?.preventDefault();
    if (busy) return;
    busy = true;
    const button = form.querySelector('.save-bar [type="submit"]');
    button.setAttribute("aria-busy", "true");
    const answer = await fetch(form.action, { method: "POST", body: moments.formData(form), headers: { "X-Fragment": "form", "X-Requested-With": "XMLHttpRequest" } }).catch(() => null);
    busy = false;
    button.removeAttribute("aria-busy");
    if (!answer) return toast("No connection: nothing was saved, and your typing is still here. Try again.", { kind: "bad" });
    if (answer.ok) return saved(await answer.json());
    if (answer.status === 422 || answer.status === 409) {
      const text = await answer.text();
      if (text.includes("data-record-form")) return refused(text);
    }
    toast(await sentence(answer), { kind: "bad" });
  }

  function saved(result) {
    left = true;
    if (onSaved) return onSaved(result);
    sessionStorage.setItem("said", result.message);
    location.assign(result.url);
  }

  function refused(html) {
    const fresh = new DOMParser().parseFromString(html, "text/html").querySelector("form");
    for (const select of form.querySelectorAll("select")) select.tomselect?.destroy();
    const sent = [...fresh.elements].map(({ id, name, type, value, checked }) => ({ id, name, type, value, checked }));
    const keepsFile = (old) => !(old.type === "file" && old.files?.length);
    Idiomorph.morph(form, [...fresh.childNodes], { morphStyle: "innerHTML", callbacks: { beforeNodeMorphed: keepsFile } });
    for (const given of sent) settle(form, given);
    document.getElementById("live-banner")?.remove(); // the form itself says it now
    dress();
    form.querySelector(".error-summary")?.focus();
    form.querySelector(".error-summary")?.scrollIntoView({ block: "nearest" });
  }

  const leave = () => left || isUntouched() || window.confirm("Leave without saving? What you typed is lost.");
  const isUntouched = () => changed().size === 0;

  const guard = (event) => {
    if (!left && !isUntouched()) event.preventDefault();
  };
  const discard = (event) => {
    const link = event.target.closest("[data-discard]");
    if (!link) return;
    if (!leave()) return event.preventDefault();
    left = true;
    if (onDiscard) {
      event.preventDefault();
      onDiscard();
    }
  };
  const summary = (event) => {
    const link = event.target.closest(".error-summary a");
    if (!link) return;
    event.preventDefault();
    const field = form.querySelector(`#${CSS.escape(decodeURIComponent(link.hash.slice(1)))}`);
    (field?.tomselect ?? field)?.focus();
  };

  form.addEventListener("submit", save);
  form.addEventListener("input", refresh);
  form.addEventListener("change", refresh);
  form.addEventListener("click", discard);
  form.addEventListener("click", summary);
  window.addEventListener("beforeunload", guard);
  const forget = register("$mod+s", "Save", () => isOnTop(form) && void save(), { group: "Form" });
  dress();
  colours(form);
  return {
    leave,
    stop() {
      window.removeEventListener("beforeunload", guard);
      forget();
    },
  };
}

// A morph leaves the live value of a field alone; what the server sent is what counts now.
function settle(form, { id, name, type, value, checked }) {
  const field = id ? document.getElementById(id) : form.elements[name];
  if (type === "radio") {
    for (const each of form.elements[name]) if (each.value === value) each.checked = checked;
  } else if (type === "checkbox") field.checked = checked;
  else if (field instanceof Element && type !== "file" && type !== "submit" && type !== "button") field.value = value;
}

// The fields whose value differs from the one that the page was made with; lines count as one each.
function changedFields(form) {
  const names = new Set();
  const data = moments.formData(form);
  for (const was of form.querySelectorAll('input[name^="was-"]')) {
    const name = was.name.slice(4);
    const control = form.elements[name];
    if (!control || was.closest("template")) continue;
    const now = control.multiple ? JSON.stringify(data.getAll(name)) : control.type === "checkbox" ? String(control.checked) : data.get(name);
    if (now instanceof File ? now.size > 0 : plain(now ?? "") !== plain(control.multiple && !was.value ? "[]" : was.value)) names.add(group(name));
  }
  for (const mark of form.querySelectorAll("[data-remove]")) if (mark.value) names.add(group(mark.name));
  for (const clear of form.querySelectorAll('input[name^="clear-"]:checked')) names.add(clear.name.slice(6));
  return names;
}

const plain = (text) => text.replaceAll("\r\n", "\n").replace(/", "/g, '","');
const group = (name) => (name.startsWith("child.") ? name.split(".").slice(0, 3).join(".") : name);

// A form in a panel stands over another one: keys are for the one on top.
function isOnTop(form) {
  const panels = [...document.querySelectorAll("dialog.side-panel[open]")];
  return !panels.length || panels.at(-1).contains(form);
}

function colours(form) {
  form.addEventListener("input", (event) => {
    const pair = event.target.closest("[data-colour]");
    if (!pair) return;
    const [well, text] = pair.querySelectorAll("input");
    if (event.target === well) text.value = well.value;
    else if (/^#[0-9a-f]{6}$/i.test(text.value)) well.value = text.value;
  });
}

for (const form of document.querySelectorAll("main [data-record-form]")) startForm(form);
