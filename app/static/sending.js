// Sending a form until somebody answers: a server that restarts or a cable that is out delays a save and loses nothing.
// Every try is the same operation, so it happens once however often it arrives.

const FIRST_WAIT_MS = 700;
const LONGEST_WAIT_MS = 10_000;
const LATER = new Set([502, 503, 504]);

// Answers that are for good: the record is not there, or not this person's. Any other that isn't one may be better later.
export const GONE = new Set([403, 404, 405, 410]);

// send(url, body, { waiting(), signal }) → the answer, or null when `signal` ended it
export async function send(url, body, { waiting = () => undefined, signal } = {}) {
  for (let wait = FIRST_WAIT_MS; ; wait = Math.min(wait * 1.7, LONGEST_WAIT_MS)) {
    const answer = await fetch(url, { method: "POST", body, signal, headers: { "X-Fragment": "form", "X-Requested-With": "XMLHttpRequest" } }).catch(() => null);
    if (signal?.aborted) return null;
    if (answer && !LATER.has(answer.status)) return answer;
    waiting();
    await pause(wait, signal);
    if (signal?.aborted) return null;
  }
}

// Ends early when the connection is back.
function pause(ms, signal) {
  return new Promise((resolve) => {
    const timer = setTimeout(done, ms);
    function done() {
      clearTimeout(timer);
      removeEventListener("online", done);
      signal?.removeEventListener("abort", done);
      resolve();
    }
    addEventListener("online", done);
    signal?.addEventListener("abort", done);
  });
}

// Is the same person still signed in here, and with which token? After signing in again a page has an old one.
export async function whoIsHere() {
  const answer = await fetch("/", { credentials: "same-origin" }).catch(() => null);
  if (!answer?.ok) return { person: "", token: "" };
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  return { person: page.body.dataset.person ?? "", token: page.querySelector('meta[name="csrf-token"]')?.content ?? "" };
}
