// The badge of the stock pages: says how long ago stock was verified, second by second, and asks now and then.

const TICK_MS = 1000;
const ASK_MS = 15_000;
const URL = "/stock/verified";

const badge = document.querySelector("[data-stock-badge]");
let verified = null;

function ago(seconds) {
  if (seconds < 60) return `${seconds} s ago`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ago`;
  return `${Math.floor(seconds / 3600)} h ago`;
}

// The age comes from the server, so that a wrong clock of this machine shows nothing wrong.
function take({ tone, words, age }) {
  badge.classList.replace(`tone-${badge.dataset.tone}`, `tone-${tone}`);
  badge.dataset.tone = tone;
  verified = { words, since: age === null ? null : performance.now() - age * 1000 };
  say();
}

function say() {
  const { words, since } = verified;
  const text = since === null ? words : `${words} ${ago(Math.floor((performance.now() - since) / 1000))}`;
  if (badge.textContent !== text) badge.textContent = text;
}

async function ask() {
  if (document.hidden) return;
  const answer = await fetch(URL, { credentials: "same-origin" }).catch(() => null);
  if (answer?.ok) take(await answer.json());
}

if (badge) {
  const { tone, age } = badge.dataset;
  take({ tone, words: age === undefined ? badge.textContent : "Verified", age: age === undefined ? null : Number(age) });
  setInterval(say, TICK_MS);
  setInterval(ask, ASK_MS);
  document.addEventListener("visibilitychange", ask);
}
