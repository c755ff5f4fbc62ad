// How a record went from where one could see it, from the answer that says so: who did it, and when.

const KINDS = {
  deleted: { did: "deleted", after: "." },
  moved_away: { did: "moved to another location", after: ", so you no longer see it." },
};

// departed(said) → what to say, as nodes; empty where the answer doesn't tell.
export function departed({ error, title, by, at }) {
  const kind = KINDS[error];
  if (!kind || !at) return [];
  const name = Object.assign(document.createElement("bdi"), { textContent: by });
  const time = Object.assign(document.createElement("time"), { dateTime: at, textContent: new Date(at).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" }) });
  return [`${title ?? "This record"} was ${kind.did} by `, name, " ", time, kind.after];
}
