// Saving a form: it is sent until somebody answers, as one operation, and the answer goes to whoever deals with it.

import { csrfToken, isOldToken, renewToken } from "./csrf.js";
import { decide, isUndecided } from "./merge_dialog.js";
import { uuid7 } from "./work_ids.js";
import { news, quiet } from "./form_news.js";
import { GONE, send } from "./sending.js";
import { sentence } from "./sentence.js";
import { toast } from "./toast.js";
import * as moments from "./moments.js";

const CLOSED = 409;

// saving(form, { before(), saved(result), refused(html), ends }) → save(event)
export function saving(form, { before, saved, refused, ends }) {
  const isNew = !form.elements.version.value;
  const button = () => form.querySelector('.save-bar [type="submit"]');
  const parts = () => form.querySelector(".record-main").children;
  let sending = null; // an AbortController while a save is on its way

  async function save(event) {
    event?.preventDefault();
    if (sending) return;
    if (isUndecided(form)) return decide(form, save);
    before();
    sending = new AbortController();
    button().setAttribute("aria-busy", "true");
    // The same body for every try: the operation in it happens once, whichever try arrives.
    const body = moments.formData(form);
    let answer = await send(form.action, body, { waiting, signal: sending.signal });
    const isOld = answer !== null && (await isOldToken(answer));
    const isRenewed = isOld && (await takeToken(body));
    if (isRenewed) answer = await send(form.action, body, { waiting, signal: sending.signal });
    sending = null;
    rest();
    // Whether the last try arrived is not known: what is saved next is compared with it, and a new record is made once.
    if (!answer && !isNew) form.elements.operation.value = uuid7();
    else if (answer && isOld === isRenewed) await answered(answer);
  }

  // Nothing is typed into what is on its way: it could be saved already, and the rest would be left behind.
  function waiting() {
    if (form.querySelector('.form-news[data-kind="waiting"]')) return;
    news(form, "waiting", "Not saved yet: no connection. Trying again and again; your typing is kept here.", [{ label: "Stop trying", act: () => sending?.abort() }]);
    for (const part of parts()) part.inert = !part.matches(".form-news");
  }

  function rest() {
    button().removeAttribute("aria-busy");
    for (const part of parts()) part.inert = false;
    quiet(form, "waiting");
  }

  async function answered(answer) {
    if (answer.ok) return saved(await answer.json());
    if (answer.status === 401) return ends.signedOut();
    const text = await answer.clone().text();
    if (text.includes("data-record-form")) return refused(text);
    if (GONE.has(answer.status) || (answer.status === CLOSED && !isNew)) return ends.gone(answer);
    toast(await sentence(answer), { kind: "bad" });
  }

  // Signed in again meanwhile, in another window: the page's token is of the session before.
  async function takeToken(body) {
    const who = await renewToken();
    if (who === "nobody") ends.signedOut();
    else if (who === "stranger") ends.stranger();
    else body.set("csrf_token", csrfToken());
    return who === "same";
  }

  return save;
}
