// The drafts of an open form: one is kept while somebody types, and those left here before are offered again.

import { news, quiet, toCopy } from "./form_news.js";
import * as draft from "./draft.js";
import * as store from "./draft_store.js";

const KEEP_AFTER_MS = 250;
const RESUME = "draft-resume";

export class FormDrafts {
  // restored() is called when something was put back
  constructor(form, { restored }) {
    this.form = form;
    this.restored = restored;
    this.place = new URL(form.action).pathname + new URL(form.action).search;
    this.name = store.newName(this.place);
    this.rest = ""; // what was typed and fits nowhere any more: kept until the form is saved or left
    this.isTyped = false; // a form that came prefilled and was only looked at leaves no draft
    this.isOver = false;
    this.release = null;
    this.timer = null;
    this.letGo = this.letGo.bind(this);
    this.keep = this.keep.bind(this);
    window.addEventListener("pagehide", this.letGo);
  }

  typed() {
    this.isTyped = true;
    clearTimeout(this.timer);
    this.timer = setTimeout(this.keep, KEEP_AFTER_MS);
  }

  keep() {
    if (this.isOver || !this.isTyped) return;
    const kept = draft.of(this.form, this.rest);
    if (!kept) return store.remove(this.name);
    this.release ??= store.hold(this.name);
    store.write(this.name, kept);
  }

  // Saved, or thrown away: nothing is kept from now on.
  forget() {
    this.end();
    store.remove(this.name);
  }

  end() {
    this.isOver = true;
    clearTimeout(this.timer);
    window.removeEventListener("pagehide", this.letGo);
    this.release?.();
  }

  // The page is left, or comes back as it was: then it goes on keeping with the next letter.
  letGo() {
    this.keep();
    this.release?.();
    this.release = null;
  }

  // Signing in leads back here: then the typing comes back without being asked for.
  resumeLater() {
    this.keep();
    sessionStorage.setItem(RESUME, this.name);
  }

  async offer() {
    const found = (await store.left(this.place)).filter(draft.count);
    if (!found.length || !this.form.isConnected) return quiet(this.form, "draft");
    const resumed = found.find(({ name }) => name === sessionStorage.getItem(RESUME));
    if (resumed) {
      sessionStorage.removeItem(RESUME);
      return this.takeBack(resumed);
    }
    const [latest] = found;
    const many = draft.count(latest);
    news(this.form, "draft", `You left ${many === 1 ? "1 change" : `${many} changes`} here that ${many === 1 ? "was" : "were"} not saved, ${ago(latest.at)}.`, [
      { label: "Put them back", act: () => this.takeBack(latest), main: true },
      { label: "Throw them away", act: () => this.throwAway(latest) },
    ]);
  }

  // What was put back is this form's own from now on.
  async takeBack(kept) {
    const rest = await draft.restore(this.form, kept);
    this.rest = [this.rest, rest].filter(Boolean).join("\n");
    this.isTyped = true;
    this.keep();
    store.remove(kept.name);
    if (rest) this.tellRest();
    else news(this.form, "draft", "What you typed is back. Look at it, then save.");
    this.restored();
  }

  tellRest() {
    quiet(this.form, "draft");
    const note = news(this.form, "rest", "What you typed is back where it still has a place. The rest is here to be copied.", [{ label: "Throw the rest away", act: () => this.forgetRest() }]);
    toCopy(note, this.rest);
    note.scrollIntoView({ block: "center" });
  }

  forgetRest() {
    this.rest = "";
    this.keep();
    quiet(this.form, "rest");
  }

  throwAway({ name }) {
    store.remove(name);
    return this.offer();
  }
}

function ago(at) {
  const minutes = Math.round((Date.now() - at) / 60_000);
  if (minutes < 2) return "just now";
  return minutes < 120 ? `${minutes} minutes ago` : minutes < 2880 ? `${Math.round(minutes / 60)} hours ago` : `${Math.round(minutes / 1440)} days ago`;
}
