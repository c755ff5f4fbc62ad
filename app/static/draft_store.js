// Where drafts are kept: in this browser, under the person's id, for three days, and not after signing out. Every open
// form writes to a place of its own, so that two windows on one record keep what is typed into either.

import { uuid7 } from "./work_ids.js";

const KEPT_MS = 3 * 24 * 3600 * 1000;
const BEGIN = "draft:";
let closed = false;

const person = () => document.body.dataset.person ?? "";

// Nobody but the person signed in can ask for it: their id is in it.
const key = (place) => `${BEGIN}${person()}:${place}`;

export const newName = (place) => `${key(place)}#${uuid7()}`;

export function write(name, draft) {
  if (closed || !person()) return;
  try {
    localStorage.setItem(name, JSON.stringify(draft));
  } catch {
    // A full or forbidden storage keeps no drafts; the form itself still has everything.
  }
}

// The drafts of this form that nobody has open any more, the latest first: [{ name, at, … }].
export async function left(place) {
  if (!person()) return [];
  for (const name of names()) if (!isFresh(parsed(name))) remove(name);
  const open = await openOnes();
  const own = names().filter((name) => (name === key(place) || name.startsWith(`${key(place)}#`)) && !open.has(name));
  return own.map((name) => ({ ...parsed(name), name })).sort((one, other) => other.at - one.at);
}

export function remove(name) {
  localStorage.removeItem(name);
}

// Signing out on purpose leaves nothing of one's typing in the browser.
export function forgetAll() {
  closed = true;
  for (const name of names()) if (name.startsWith(key(""))) remove(name);
}

// While its form is open a draft is offered nowhere else; returns what lets go of it. The browser lets go of it as well,
// however the window ends. Without a secure connection there are no locks: then the drafts of open forms are offered too.
export function hold(name) {
  let release = () => undefined;
  const held = new Promise((resolve) => {
    release = resolve;
  });
  navigator.locks?.request(name, () => held);
  return release;
}

async function openOnes() {
  const { held = [] } = (await navigator.locks?.query()) ?? {};
  return new Set(held.map((lock) => lock.name));
}

const names = () => Object.keys(localStorage).filter((name) => name.startsWith(BEGIN));

const isFresh = (draft) => draft && Date.now() - draft.at < KEPT_MS;

function parsed(name) {
  try {
    return JSON.parse(localStorage.getItem(name));
  } catch {
    return null;
  }
}
