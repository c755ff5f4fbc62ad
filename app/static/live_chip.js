// The live chip: says by word, shape and colour whether this page follows the database.

const WORDS = {
  live: ["Live", "Changes appear here as they happen"],
  "catching-up": ["Catching up", "Reading what changed meanwhile"],
  polling: ["Delayed", "The live connection is blocked here; changes are fetched every few seconds"],
  offline: ["Offline", "No connection: what you see may be old"],
};
const SIGNED_OUT = ["Signed out", "You were signed out: what you see may be old"];

let wanted = null;
let isSignedOut = false;

// setState("live" | "catching-up" | "polling" | "offline")
export function setState(state) {
  if (!(state in WORDS)) throw new TypeError(`The live chip knows ${Object.keys(WORDS).join(", ")}, not ${state}`);
  wanted = state;
  if (state === "live") isSignedOut = false;
  draw();
}

// Nobody's connection is broken: the server follows for nobody who is signed out.
export function signedOut() {
  isSignedOut = true;
  setState("offline");
}

function draw() {
  const chip = document.getElementById("live-chip");
  const state = navigator.onLine ? wanted : "offline";
  if (!chip) return;
  if (!state) {
    delete chip.dataset.state;
    return;
  }
  const [word, meaning] = isSignedOut && state === "offline" && navigator.onLine ? SIGNED_OUT : WORDS[state];
  if (chip.dataset.state === state && chip.title === meaning) return;
  chip.dataset.state = state;
  chip.title = meaning;
  chip.querySelector(".live-word").textContent = word;
}

// The browser knows first when the cable is out, on pages without a live table too.
export function start() {
  addEventListener("online", draw);
  addEventListener("offline", draw);
  draw();
}
