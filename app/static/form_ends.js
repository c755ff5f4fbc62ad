// When a form can't be saved here any more: what is said of it, and the typing is kept, or given back to be copied.

import { departed } from "./departure.js";
import { news, toCopy } from "./form_news.js";
import * as chip from "./live_chip.js";
import * as values from "./form_values.js";

// endings(form, { drafts, leaving() }) → { signedOut(), stranger(), gone(answer) }
export function endings(form, { drafts, leaving }) {
  function signedOut() {
    drafts.resumeLater();
    chip.signedOut();
    const here = encodeURIComponent(location.pathname + location.search);
    news(form, "signed-out", "You were signed out: nothing was saved. What you typed is kept in this browser for you.", [{ label: "Sign in and go on", href: `/sign-in?next=${here}`, act: leaving, main: true }]);
  }

  function stranger() {
    drafts.keep();
    news(form, "signed-out", "Somebody else has signed in here: nothing was saved. What you typed waits until you sign in again.");
  }

  // The record was deleted, moved away, closed, or is no longer this person's to change: their typing is all that is left.
  async function gone(answer) {
    const said = await answer.json().catch(() => ({}));
    const history = { label: "See its history", href: form.action.replace(/\/edit.*$/, "/history") };
    const note = news(form, "gone", answer.status === 404 ? "This was deleted, or is no longer yours to see. Nothing was saved." : (said.message ?? "This can no longer be saved."), said.error === "deleted" ? [history] : []);
    const typed = values.typed(form);
    const how = departed(said);
    if (how.length) note.firstChild.replaceChildren(...how, ` Nothing was saved${typed ? "; copy what you typed if you need it" : ""}.`);
    toCopy(note, typed);
    form.querySelector('.save-bar [type="submit"]').disabled = true;
  }

  return { signedOut, stranger, gone };
}
