// A record's form: counts what changed, guards leaving, saves without losing anything that was typed.

import { Idiomorph } from "./vendor/idiomorph@0.8.0/idiomorph.esm.js";
import { decide, isUndecided } from "./merge_dialog.js";
import { followRecord } from "./live_form.js";
import { uuid7 } from "./work_ids.js";
import { news, quiet, toCopy } from "./form_news.js";
import { register } from "./shortcuts.js";
import { send, whoIsHere } from "./sending.js";
import { sentence } from "./side_panel.js";
import { sayNext, toast } from "./toast.js";
import * as draft from "./draft.js";
import * as lines from "./lines.js";
import * as moments from "./moments.js";
import * as picker from "./picker.js";
import * as values from "./form_values.js";

const KEEP_AFTER_MS = 250;
const GONE = new Set([403, 404, 405, 410]);

// startForm(form, { onSaved(result), onDiscard() }) → { leave(): may the page be left?, stop() }
export function startForm(form, { onSaved, onDiscard } = {}) {
  let sending = null; // an AbortController while a save is on its way
  let left = false;
  let keeping = null;
  let isTyped = false; // a form that came prefilled and was only looked at leaves no draft
  const isNew = !form.elements.version.value;
  const bar = form.querySelector(".save-bar");
  const main = form.querySelector(".record-main");
  const changed = () => values.changed(form);

  function refresh() {
    const names = changed();
    for (const field of form.querySelectorAll("[data-field]")) field.classList.toggle("is-changed", !isNew && names.has(field.dataset.field));
    const count = names.size;
    if (!isNew) form.querySelector(".save-words").textContent = count === 1 ? "1 change" : count ? `${count} changes` : "No changes yet";
    tell(!isNew && count > 0);
    bar.toggleAttribute("data-open", isNew || count > 0 || form.querySelector(".error-summary") !== null);
  }

  // Colleagues are told that somebody is editing, while there is something to save.
  function tell(editing) {
    document.dispatchEvent(new CustomEvent("form:state", { detail: { form, editing } }));
  }

  function touched() {
    isTyped = true;
    refresh();
    clearTimeout(keeping);
    keeping = setTimeout(keep, KEEP_AFTER_MS);
  }

  function keep() {
    if (!left && isTyped) draft.keep(form);
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

  async function save(event) {
    event?.preventDefault();
    if (sending) return;
    if (isUndecided(form)) return decide(form, save);
    keep();
    sending = new AbortController();
    busy(true);
    // The same body for every try: the operation in it happens once, whichever try arrives.
    const body = moments.formData(form);
    let answer = await send(form.action, body, { waiting, signal: sending.signal });
    const isOld = answer?.status === 400 && (await isOldToken(answer));
    const isRenewed = isOld && (await takeToken(body));
    if (isRenewed) answer = await send(form.action, body, { waiting, signal: sending.signal });
    sending = null;
    busy(false);
    quiet(form, "waiting");
    // Whether the last try arrived is not known: what is saved next is compared with it, and a new record is made once.
    if (!answer && !isNew) form.elements.operation.value = uuid7();
    else if (answer && isOld === isRenewed) await answered(answer);
  }

  function busy(on) {
    const button = form.querySelector('.save-bar [type="submit"]');
    if (on) button.setAttribute("aria-busy", "true");
    else button.removeAttribute("aria-busy");
    if (!on) for (const part of main.children) part.inert = false;
  }

  // Nothing is typed into what is on its way: it could be saved already, and the rest would be left behind.
  function waiting() {
    if (form.querySelector('.form-news[data-kind="waiting"]')) return;
    news(form, "waiting", "Not saved yet: no connection. Trying again and again; your typing is kept here.", [{ label: "Stop trying", act: () => sending?.abort() }]);
    for (const part of main.children) part.inert = !part.matches(".form-news");
  }

  async function answered(answer) {
    if (answer.ok) return saved(await answer.json());
    if (answer.status === 401) return signedOut();
    const text = await answer.clone().text();
    if (text.includes("data-record-form")) return refused(text);
    if (GONE.has(answer.status) || (answer.status === 409 && !isNew)) return gone(answer);
    toast(await sentence(answer), { kind: "bad" });
  }

  async function isOldToken(answer) {
    return (await answer.clone().json().catch(() => ({}))).error === "csrf";
  }

  // Signed in again meanwhile, in another window: the page's token is of the session before.
  async function takeToken(body) {
    const { person, token } = await whoIsHere();
    if (!person) signedOut();
    else if (person !== document.body.dataset.person) stranger();
    else {
      body.set("csrf_token", token);
      form.elements.csrf_token.value = token;
      document.querySelector('meta[name="csrf-token"]').content = token;
      return true;
    }
    return false;
  }

  function signedOut() {
    draft.resumeLater(form);
    const here = encodeURIComponent(location.pathname + location.search);
    const go = () => {
      left = true;
    };
    news(form, "signed-out", "You were signed out: nothing was saved. What you typed is kept in this browser for you.", [{ label: "Sign in and go on", href: `/sign-in?next=${here}`, act: go, main: true }]);
  }

  function stranger() {
    draft.keep(form);
    news(form, "signed-out", "Somebody else has signed in here: nothing was saved. What you typed waits until you sign in again.");
  }

  // The record was deleted, moved away, closed, or is no longer this person's to change: their typing is all that is left.
  async function gone(answer) {
    const said = await answer.json().catch(() => ({}));
    const history = { label: "See its history", href: form.action.replace(/\/edit.*$/, "/history") };
    const note = news(form, "gone", answer.status === 404 ? "This was deleted, or is no longer yours to see. Nothing was saved." : (said.message ?? "This can no longer be saved."), said.error === "deleted" ? [history] : []);
    const at = said.at ? Object.assign(document.createElement("time"), { dateTime: said.at, textContent: new Date(said.at).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" }) }) : null;
    if (at) note.firstChild.append(" (", at, ")");
    if (!note.querySelector("textarea")) toCopy(note, values.typed(form));
    form.querySelector('.save-bar [type="submit"]').disabled = true;
  }

  function saved(result) {
    left = true;
    clearTimeout(keeping);
    draft.forget(form);
    if (onSaved) return onSaved(result);
    sayNext(result.message, result.undo);
    location.assign(result.url);
  }

  async function refused(html) {
    const fresh = new DOMParser().parseFromString(html, "text/html").querySelector("form");
    for (const select of form.querySelectorAll("select")) select.tomselect?.destroy();
    const sent = [...fresh.elements].map(({ id, name, type, value, checked }) => ({ id, name, type, value, checked }));
    const keepsFile = (old) => !(old.type === "file" && old.files?.length);
    Idiomorph.morph(form, [...fresh.childNodes], { morphStyle: "innerHTML", callbacks: { beforeNodeMorphed: keepsFile } });
    for (const given of sent) settle(form, given);
    await dress();
    keep();
    if (decide(form, save)) return;
    form.querySelector(".error-summary")?.focus();
    form.querySelector(".error-summary")?.scrollIntoView({ block: "nearest" });
  }

  function offerDraft() {
    const kept = draft.found(form);
    if (!kept || !draft.count(kept)) return;
    if (draft.isResumed(form)) return void takeBack(kept);
    const many = draft.count(kept) === 1 ? "1 change" : `${draft.count(kept)} changes`;
    news(form, "draft", `You left ${many} here that ${draft.count(kept) === 1 ? "was" : "were"} not saved, ${ago(kept.at)}.`, [
      { label: "Put them back", act: () => takeBack(kept), main: true },
      { label: "Throw them away", act: throwAway },
    ]);
  }

  async function takeBack(kept) {
    await draft.restore(form, kept);
    news(form, "draft", "What you typed is back. Look at it, then save.");
    refresh();
  }

  function throwAway() {
    draft.forget(form);
    quiet(form, "draft");
  }

  function leave() {
    if (left || isUntouched()) return true;
    if (!window.confirm("Leave without saving? What you typed is lost.")) return false;
    clearTimeout(keeping);
    draft.forget(form);
    return true;
  }
  const isUntouched = () => changed().size === 0;

  const guard = (event) => {
    if (!left && !isUntouched()) event.preventDefault();
  };
  const discard = (event) => {
    const link = event.target.closest("[data-discard]");
    if (!link) return;
    if (!leave()) return event.preventDefault();
    left = true;
    clearTimeout(keeping);
    draft.forget(form);
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

  const decideNow = (event) => {
    if (event.target.closest("[data-decide]")) decide(form, save);
  };
  // The page wants to load itself anew, for the session or what this person may do has changed: not over their typing.
  const stay = (event) => {
    if (left || isUntouched()) return;
    event.preventDefault();
    keep();
    if (isNew) whoIsHere().then(({ person }) => person || signedOut());
    else follower.look();
  };

  form.addEventListener("submit", save);
  form.addEventListener("input", touched);
  form.addEventListener("change", touched);
  form.addEventListener("click", decideNow);
  form.addEventListener("line:placed", (event) => void picker.enhance(event.target));
  document.addEventListener("live:reload", stay);
  window.addEventListener("pagehide", keep);
  form.addEventListener("click", discard);
  form.addEventListener("click", summary);
  window.addEventListener("beforeunload", guard);
  const forget = register("$mod+s", "Save", () => isOnTop(form) && void save(), { group: "Form" });
  const follower = followRecord(form, { refresh: touched, gone, signedOut });
  dress().then(offerDraft);
  colours(form);
  return {
    leave,
    stop() {
      left = true;
      clearTimeout(keeping);
      tell(null);
      follower.stop();
      window.removeEventListener("beforeunload", guard);
      window.removeEventListener("pagehide", keep);
      document.removeEventListener("live:reload", stay);
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

function ago(at) {
  const minutes = Math.round((Date.now() - at) / 60_000);
  if (minutes < 2) return "just now";
  return minutes < 120 ? `${minutes} minutes ago` : minutes < 2880 ? `${Math.round(minutes / 60)} hours ago` : `${Math.round(minutes / 1440)} days ago`;
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
