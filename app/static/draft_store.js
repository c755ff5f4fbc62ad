// Where drafts are kept: in this browser, under the person's id, for three days, and not after signing out.

const KEPT_MS = 3 * 24 * 3600 * 1000;
const BEGIN = "draft:";
let closed = false;

const person = () => document.body.dataset.person ?? "";

// Nobody but the person signed in can ask for it: their id is in it.
export const key = (place) => `${BEGIN}${person()}:${place}`;

export function write(name, draft) {
  if (closed || !person()) return;
  try {
    localStorage.setItem(name, JSON.stringify(draft));
  } catch {
    // A full or forbidden storage keeps no drafts; the form itself still has everything.
  }
}

export function read(name) {
  for (const each of Object.keys(localStorage)) if (each.startsWith(BEGIN) && !isFresh(parsed(each))) localStorage.removeItem(each);
  return person() ? parsed(name) : null;
}

export function remove(name) {
  localStorage.removeItem(name);
}

// Signing out on purpose leaves nothing of one's typing in the browser.
export function forgetAll() {
  closed = true;
  for (const name of Object.keys(localStorage)) if (name.startsWith(key(""))) localStorage.removeItem(name);
}

const isFresh = (draft) => draft && Date.now() - draft.at < KEPT_MS;

function parsed(name) {
  try {
    return JSON.parse(localStorage.getItem(name));
  } catch {
    return null;
  }
}
