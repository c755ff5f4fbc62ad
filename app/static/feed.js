// The connection: one socket per page that follows entities from the page's cursor on. Where websockets are blocked,
// the same page asks for changes every few seconds.

import { io } from "./vendor/socket.io-client@4.8.4/socket.io.esm.min.js";
import { post } from "./csrf.js";
import * as chip from "./live_chip.js";

const TRIES_BEFORE_POLLING = 2;
const ANSWER_MS = 15_000;
const CHANGES_URL = "/api/v1/changes";
const HERE_URL = "/api/v1/here";
const HERE_EVERY_MS = 10_000; // the server forgets who is silent for twice as long
const PAGE = Math.random().toString(36).slice(2);

// follow({ entities, cursor, rows, stale, label, still, grants }) → { match(question), here(place), cursor() }
//
// rows(list)    changes of rows, each {entity, id, v, op, cells?, title?, by?, at?, columns?, moved?}; without cells the
//               row must be fetched
// stale({entity, count?}), label({entity, id, title}), grants({signed_in})
// still({entity, part_of, still?})   what is still edited of the lines of a document that has gone on
// documents   of lines among the entities: where websockets are blocked, changes of these tell that lines may be closed
// presence({entity, id, people, beat})   who else is at a record
// joined(), lost()   the page has caught up and may say where it is; the connection is gone
export function follow(page) {
  const state = { ...page, caughtUp: false, failures: 0, poll: null, visits: null };
  const socket = io({
    transports: ["websocket"],
    reconnectionDelay: 500,
    reconnectionDelayMax: 15_000,
    randomizationFactor: 0.5,
  });
  chip.setState("catching-up");

  socket.on("connect", () => {
    state.failures = 0;
    stopPolling(state);
    watch(socket, state);
  });
  socket.on("connect_error", (error) => refused(state, error));
  socket.on("disconnect", (reason) => {
    state.caughtUp = false;
    chip.setState("offline");
    state.lost?.();
    // The server ended it: this person is signed out, or was disabled.
    if (reason === "io server disconnect") reload();
  });
  socket.on("changes", (message) => take(state, message));
  socket.on("stale", (message) => state.stale(message));
  socket.on("labels", (message) => state.label(message));
  socket.on("still", (message) => state.still?.(message));
  socket.on("presence", (message) => state.presence?.(message));
  socket.on("grants", (message) => state.grants(message));
  socket.on("resync", () => watch(socket, state));
  socket.on("reload", () => setTimeout(() => reload(), Math.random() * 2000));

  return {
    here: (place) => (socket.connected ? socket.timeout(ANSWER_MS).emitWithAck("here", place) : visit(place)),
    match: (question) => socket.timeout(ANSWER_MS).emitWithAck("match", question),
    connected: () => socket.connected || state.poll !== null,
    cursor: () => state.cursor,
  };
}

// Join first, then be sent what was missed; until the answer is here, no cursor of a message counts, for it may be
// ahead of what is still on its way.
async function watch(socket, state) {
  state.caughtUp = false;
  chip.setState("catching-up");
  let answer;
  try {
    answer = await socket.timeout(ANSWER_MS).emitWithAck("watch", { entities: state.entities, cursor: state.cursor });
  } catch {
    return socket.connected ? setTimeout(() => socket.connected && !state.caughtUp && watch(socket, state), 1000 + Math.random() * 2000) : undefined;
  }
  if (answer.reload) return reload();
  if (answer.error) return chip.setState("offline");
  state.cursor = answer.cursor;
  state.caughtUp = true;
  chip.setState("live");
  state.joined?.();
}

function take(state, message) {
  if (message.rows.length) state.rows(message.rows);
  if (state.caughtUp && message.cursor) state.cursor = message.cursor;
}

function refused(state, error) {
  if (error.message === "not_signed_in") return reload();
  state.failures += 1;
  chip.setState("offline");
  if (state.failures >= TRIES_BEFORE_POLLING && !state.poll) startPolling(state);
}

function startPolling(state) {
  const every = Number(document.body.dataset.pollSeconds || 5) * 1000;
  const again = async () => {
    try {
      await ask(state);
      if (state.poll) chip.setState("polling");
    } catch {
      if (state.poll) chip.setState("offline");
    }
    if (state.poll) state.poll = setTimeout(again, every);
  };
  state.poll = setTimeout(again, 0);
  // No server can ask whether this page is still there, so it says so by itself.
  state.visits = setInterval(() => state.joined?.(), HERE_EVERY_MS);
  state.joined?.();
}

function stopPolling(state) {
  clearTimeout(state.poll);
  clearInterval(state.visits);
  state.poll = null;
}

async function ask(state) {
  for (let more = true; more && state.poll; ) {
    const query = new URLSearchParams({ after: state.cursor, limit: "500" });
    for (const entity of new Set([...state.entities, ...(state.documents ?? [])])) query.append("entity", entity);
    const answer = await fetch(`${CHANGES_URL}?${query}`, { credentials: "same-origin", headers: { Accept: "application/json" } });
    if (answer.status === 401 || answer.status === 410) return reload();
    if (!answer.ok) throw new Error(`The feed answered ${answer.status}`);
    const told = await answer.json();
    if (told.changes.length) state.rows(told.changes.map(({ version, ...change }) => ({ ...change, v: version })));
    state.cursor = told.cursor;
    more = told.more;
  }
}

async function visit(place) {
  const answer = await post(HERE_URL, { json: { ...place, page: PAGE }, headers: { Accept: "application/json" } });
  return answer.ok ? answer.json() : {};
}

// The page loads anew, unless somebody is typing in it: they are told by their form.
export function reload() {
  if (document.dispatchEvent(new Event("live:reload", { cancelable: true }))) location.reload();
}
