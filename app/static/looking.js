// Looking again after news: soon but not everybody at once, not oftener than every few seconds, and once more while
// nobody could answer.

const SOON_MS = 300;
const LONGEST_MS = 60_000;

// looking(look, { apart: ms }) → { soon({ atOnce }), now(), stop() }; `look` resolves with false when nobody could answer.
export function looking(look, { apart }) {
  let timer = null;
  let due = 0;
  let last = 0;
  let failures = 0;
  let isLooking = false;
  let isStopped = false;

  // `atOnce`: what one is looking at has changed itself, so it isn't kept waiting.
  function soon({ atOnce = false } = {}) {
    const jitter = SOON_MS * Math.random();
    const wait = failures ? Math.min(apart * 2 ** (failures - 1), LONGEST_MS) : apart;
    plan(atOnce && !failures ? Date.now() + jitter : Math.max(Date.now() + jitter, last + wait + jitter));
  }

  function plan(at) {
    if (isStopped || (timer && due <= at)) return;
    clearTimeout(timer);
    due = at;
    timer = setTimeout(now, at - Date.now());
  }

  // News that comes while an answer is on its way may not be in it: then it is looked once more.
  async function now() {
    clearTimeout(timer);
    timer = null;
    if (isStopped) return;
    if (isLooking) return soon();
    isLooking = true;
    last = Date.now();
    let isAnswered = false;
    try {
      isAnswered = (await look()) !== false;
    } finally {
      isLooking = false;
      failures = isAnswered ? 0 : failures + 1;
      if (!isAnswered) soon();
    }
  }

  function stop() {
    isStopped = true;
    clearTimeout(timer);
  }

  return { soon, now, stop };
}
