// Comments of a record: sent without leaving the page, kept in their box until they have arrived, and there as others write.

import { CommentDraft } from "./comment_draft.js";
import { confirmDialog } from "./dialogs.js";
import { post } from "./csrf.js";
import { looking } from "./looking.js";
import { GONE } from "./sending.js";
import { sentence } from "./sentence.js";
import { toast } from "./toast.js";

const APART_MS = 1000;

const section = document.querySelector("[data-comments]");
const again = looking(look, { apart: APART_MS });
let draft = null;

async function look() {
  const answer = await fetch(section.dataset.comments, { credentials: "same-origin", headers: { "X-Fragment": "comments" } }).catch(() => null);
  if (!answer?.ok) return GONE.has(answer?.status) || answer?.status === 401;
  const list = section.querySelector("[data-comment-list]");
  const known = new Set([...list.querySelectorAll("[data-comment]")].map((each) => each.dataset.comment));
  list.innerHTML = await answer.text();
  const all = [...list.querySelectorAll("[data-comment]")];
  for (const each of all) if (!known.has(each.dataset.comment)) each.classList.add("is-news");
  const count = section.querySelector(".count");
  count.textContent = all.length;
  count.hidden = !all.length;
}

// Of other records' comments nothing is asked: a cell of the message says what a comment is about.
function concerns({ entity, id, op, cells }) {
  if (entity !== "comment") return false;
  if (op === "drop") return section.querySelector(`[data-comment="${CSS.escape(id)}"]`) !== null;
  return !cells?.record_id || cells.record_id.includes(section.dataset.about);
}

async function add(form) {
  const button = form.querySelector("button");
  if (button.disabled) return;
  const typed = form.elements.body.value;
  draft.sending();
  button.disabled = true;
  const answer = await post(form.action, { form: new FormData(form), headers: { "X-Fragment": "comment", Accept: "application/json" } }).catch(() => null);
  button.disabled = false;
  if (!answer) return tell(form, "No connection: it may not have arrived. Your comment is still here; sent again it is said once.");
  if (!answer.ok) return tell(form, await words(answer));
  tell(form, "");
  draft.said(typed);
  again.now();
}

async function words(answer) {
  const said = await answer.clone().json().catch(() => ({}));
  return said.fields?.body ?? (await sentence(answer));
}

function tell(form, text) {
  const place = form.querySelector(".field-error");
  place.textContent = text;
  place.hidden = !text;
  form.elements.body.toggleAttribute("aria-invalid", Boolean(text));
}

async function remove(form) {
  const sure = await confirmDialog({ title: "Delete this comment?", words: "Everybody stops seeing it.", action: "Delete", danger: true });
  if (!sure) return;
  const answer = await post(form.action, { form: new FormData(form), headers: { "X-Fragment": "delete", Accept: "application/json" } }).catch(() => null);
  if (!answer) return toast("No connection: it may still be there. Delete it again to make sure.", { kind: "bad" });
  if (!answer.ok) toast(await sentence(answer), { kind: "bad" });
  again.now();
}

if (section) {
  const form = section.querySelector(".comment-form");
  if (form) draft = new CommentDraft(form, section.dataset.comments);
  section.addEventListener("submit", (event) => {
    event.preventDefault();
    if ("uncomment" in event.target.dataset) remove(event.target);
    else add(event.target);
  });
  section.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) event.target.form?.requestSubmit();
  });
  document.addEventListener("live:rows", ({ detail }) => detail.some(concerns) && again.soon());
  document.addEventListener("live:stale", ({ detail }) => detail.entity === "comment" && again.soon());
  // The page wants to load itself anew: not over a comment that is being written.
  document.addEventListener("live:reload", (event) => {
    if (section.querySelector("textarea")?.value.trim()) event.preventDefault();
  });
}
