// Find by scanning: the product behind a code is shown in place, one scan after the other.

import { answer, clear } from "./work_answer.js";
import { refresh } from "./work_live.js";
import { play } from "./work_sound.js";
import { words } from "./work_queue.js";

// start() → take(code)
export function start() {
  addEventListener("popstate", refresh);

  async function open(id) {
    history.pushState({}, "", `/work/find/${encodeURIComponent(id)}`);
    await refresh();
    scrollTo({ top: 0 });
  }

  return async function take(code) {
    const found = await fetch(`/work/code?${new URLSearchParams({ code })}`, { credentials: "same-origin", headers: { Accept: "application/json" } }).catch(() => null);
    if (!found) return answer({ kind: "wrong", words: "No connection. Scan it again." });
    const body = await found.json().catch(() => ({ message: "Something broke. Scan it again." }));
    if (!found.ok) {
      const offers = body.offers ?? [];
      return answer({ kind: offers.length ? "info" : "wrong", words: offers.length ? `“${code}”: which one?` : words(body), offers, take: (offer) => (clear(), open(offer.id)) });
    }
    play("right");
    clear();
    open(body.id);
  };
}
