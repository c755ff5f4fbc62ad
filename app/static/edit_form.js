// A record's form: counts what changed, guards leaving, and brings together those who save it, keep drafts of it and
// follow the record.

import { decide } from "./merge_dialog.js";
import { endings } from "./form_ends.js";
import { followRecord } from "./live_form.js";
import { FormDrafts } from "./form_drafts.js";
import { register } from "./shortcuts.js";
import { saving } from "./form_saving.js";
import { takeRefused } from "./form_refused.js";
import { whoIsHere } from "./sending.js";
import { sayNext } from "./toast.js";
import * as lines from "./lines.js";
import * as moments from "./moments.js";
import * as picker from "./picker.js";
import * as values from "./form_values.js";

// startForm(form, { onSaved(result), onDiscard() }) → { leave(): may the page be left?, stop() }
export function startForm(form, { onSaved, onDiscard } = {}) {
  let left = false;
  const joined = []; // what was added up beside a question: said again when it is saved, if it is still so
  const isNew = !form.elements.version.value;
  const drafts = new FormDrafts(form, { restored: refresh });
  const ends = endings(form, { drafts, leaving });
  const save = saving(form, { before: () => drafts.keep(), saved, refused, ends });
  const follower = followRecord(form, { refresh: touched, ...ends });
  const isUntouched = () => values.changed(form).size === 0;

  function refresh() {
    const names = values.changed(form);
    for (const field of form.querySelectorAll("[data-field]")) field.classList.toggle("is-changed", !isNew && names.has(field.dataset.field));
    const count = names.size;
    if (!isNew) form.querySelector(".save-words").textContent = [count === 1 ? "1 change" : count ? `${count} changes` : "No changes yet", ...touchedToo(form)].join(" · ");
    tell(!isNew && count > 0);
    form.querySelector(".save-bar").toggleAttribute("data-open", isNew || count > 0 || form.querySelector(".error-summary") !== null);
  }

  // Colleagues are told that somebody is editing, while there is something to save.
  function tell(editing) {
    document.dispatchEvent(new CustomEvent("form:state", { detail: { form, editing } }));
  }

  function touched() {
    refresh();
    drafts.typed();
  }

  function dress() {
    moments.show(form);
    lines.start(form, touched);
    const ready = picker.enhance(form).then(refresh);
    refresh();
    const button = form.querySelector("[data-decide]");
    if (button) button.hidden = false;
    return ready;
  }

  async function refused(html) {
    takeRefused(form, html);
    await dress();
    for (const said of form.querySelectorAll("[data-joined]")) {
      joined.push({ name: said.dataset.joined, value: values.value(form, said.dataset.joined), sentence: said.textContent });
    }
    drafts.keep();
    if (decide(form, save)) return;
    form.querySelector(".error-summary")?.focus();
    form.querySelector(".error-summary")?.scrollIntoView({ block: "nearest" });
  }

  function leaving() {
    left = true;
  }

  function saved(result) {
    leaving();
    drafts.forget();
    if (onSaved) return onSaved(result);
    const added = joined.filter(({ name, value }) => form.elements[name] && values.value(form, name) === value).map(({ sentence }) => sentence);
    sayNext([result.message, ...new Set(added)].join(" "), result.undo);
    location.assign(result.url);
  }

  function leave() {
    if (left || isUntouched()) return true;
    if (!window.confirm("Leave without saving? What you typed is lost.")) return false;
    drafts.forget();
    return true;
  }

  function click(event) {
    if (event.target.closest("[data-decide]")) decide(form, save);
    else if (event.target.closest("[data-discard]")) discard(event);
    else if (event.target.closest(".error-summary a")) goTo(event);
  }

  function discard(event) {
    if (!leave()) return event.preventDefault();
    leaving();
    drafts.forget();
    if (!onDiscard) return;
    event.preventDefault();
    onDiscard();
  }

  function goTo(event) {
    event.preventDefault();
    const { hash } = event.target.closest("a");
    const field = form.querySelector(`#${CSS.escape(decodeURIComponent(hash.slice(1)))}`);
    (field?.tomselect ?? field)?.focus();
  }

  function guard(event) {
    if (!left && !isUntouched()) event.preventDefault();
  }

  // The page wants to load itself anew, for the session or what this person may do has changed: not over their typing.
  function stay(event) {
    if (left || isUntouched()) return;
    event.preventDefault();
    drafts.keep();
    if (isNew) whoIsHere().then(({ person }) => person || ends.signedOut());
    else follower.look();
  }

  form.addEventListener("submit", save);
  form.addEventListener("input", touched);
  form.addEventListener("change", touched);
  form.addEventListener("click", click);
  form.addEventListener("line:placed", (event) => void picker.enhance(event.target));
  document.addEventListener("live:reload", stay);
  window.addEventListener("beforeunload", guard);
  const forget = register("$mod+s", "Save", () => isOnTop(form) && void save(), { group: "Form" });
  dress().then(() => drafts.offer());
  colours(form);
  return {
    leave,
    stop() {
      leaving();
      tell(null);
      drafts.end();
      follower.stop();
      window.removeEventListener("beforeunload", guard);
      document.removeEventListener("live:reload", stay);
      forget();
    },
  };
}

// Whose changes stand under fields of this form, for whoever has scrolled past them.
function touchedToo(form) {
  const notes = [...form.querySelectorAll(".field-news[data-by]")];
  const people = [...new Set(notes.map((note) => note.dataset.by.split(" ")[0] || "a colleague"))];
  return notes.length ? [`${notes.length} changed by ${people.length === 1 ? people[0] : "colleagues"}`] : [];
}

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
