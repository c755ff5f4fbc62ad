// A refund begins with a receipt: its number leads to the sale; a product or a client leads to the last sales with it.

import { answer } from "./work_answer.js";
import { words } from "./work_queue.js";

// start() → take(code)
export function start() {
  return async function take(code) {
    const found = await fetch(`/work/refund/find?${new URLSearchParams({ code })}`, { credentials: "same-origin", headers: { Accept: "application/json" } }).catch(() => null);
    if (!found) return answer({ kind: "wrong", words: "No connection. Scan it again." });
    const body = await found.json().catch(() => ({ message: "Something broke. Scan it again." }));
    if (found.ok) return location.assign(body.url);
    const offers = body.offers ?? [];
    return answer({ kind: offers.length ? "info" : "wrong", words: words(body), offers, take: (offer) => location.assign(offer.url) });
  };
}
