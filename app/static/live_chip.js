// The live chip: says by word, shape and colour whether this page follows the database.

const WORDS = {
  live: ["Live", "Changes appear here as they happen"],
  "catching-up": ["Catching up", "Reading what changed meanwhile"],
  polling: ["Delayed", "The live connection is blocked here; changes are fetched every few seconds"],
  offline: ["Offline", "No connection: what you see may be old"],
};

let wanted = null;

// setState("live" | "catching-up" | "polling" | "offline")
export function setState(state) {
  if (!(state in WORDS)) throw new TypeError(`The live chip knows ${Object.keys(WORDS).join(", ")}, not ${state}`);
  wanted = state;
  draw();
}

function draw() {
  const chip = document.getElementById("live-chip");
  const state = navigator.onLine ? wanted : "offline";
  if (!chip || chip.dataset.state === state) return;
  if (!state) {
    delete chip.dataset.state;
    return;
  }
  const [word, meaning] = WORDS[state];
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
