// What was scanned goes to the server one after the other; without a connection it waits and is sent again, booked once.

import { post } from "./csrf.js";
import { uuid7 } from "./work_ids.js";

const AGAIN_MS = 1500;
const KEY = () => `work:${document.querySelector("[data-work]").dataset.me}:${location.pathname}`;

export class Queue {
  // done(answer, entry), refused(body, entry), waiting(count); before(body) completes what is sent next, once
  constructor({ done, refused, waiting, before }) {
    Object.assign(this, { done, refused, waiting, before });
    this.entries = this.kept();
    this.running = false;
    addEventListener("online", () => this.run());
    if (this.entries.length) this.run();
  }

  kept() {
    try {
      return JSON.parse(sessionStorage.getItem(KEY()) ?? "[]");
    } catch {
      return [];
    }
  }

  keep() {
    if (this.entries.length) sessionStorage.setItem(KEY(), JSON.stringify(this.entries));
    else sessionStorage.removeItem(KEY());
  }

  add(url, body, facts = {}) {
    this.entries.push({ url, body: { operation: uuid7(), ...body }, ...facts });
    this.keep();
    this.run();
  }

  async run() {
    if (this.running) return;
    this.running = true;
    while (this.entries.length) {
      const entry = this.entries[0];
      if (!entry.begun) {
        this.before(entry.body);
        entry.begun = true;
        this.keep();
      }
      const found = await send(entry);
      if (!found) {
        this.waiting(this.entries.length);
        await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
        continue;
      }
      this.entries.shift();
      this.keep();
      if (found.ok) this.done(found.body, entry);
      else this.refused(found.body, entry);
    }
    this.running = false;
  }
}

// { ok, body }, or null when it has to be sent again: no connection, or too many at the same moment.
export async function send({ url, body }) {
  const answer = await post(url, { json: body, headers: { Accept: "application/json" } }).catch(() => null);
  if (!answer || answer.status === 502 || answer.status === 503 || answer.status === 429) return null;
  if (answer.status === 401) return location.reload();
  const told = await answer.json().catch(() => ({ message: "Something broke. Nothing was booked: try it again." }));
  return { ok: answer.ok, body: told };
}

// A refusal in one line.
export function words(body) {
  const each = [...new Set(Object.values(body.fields ?? {}))];
  return each.length ? each.join(" ") : (body.message ?? "That was not possible.");
}
