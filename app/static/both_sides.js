// One value that two people changed: a note says what the other one stored, and lets one keep one's own or take theirs.

const NUMBER = /^-?\d+(\.\d+)?$/;

// showBoth(place, { said, by, theirs, adds, keep, take }) → the note. `theirs` is text or a node; `adds()` is what saving
// makes of a quantity, for two changes of one are added up.
export function showBoth(place, { said, by = "", theirs, adds = () => "", keep, take, role = "status" }) {
  for (const old of place.querySelectorAll(":scope > :is(.cell-note, .field-news)")) old.remove();
  const note = Object.assign(document.createElement("div"), { className: "field-news" });
  note.setAttribute("role", role);
  note.dataset.by = by;
  const words = document.createElement("span");
  const stored = document.createElement("strong");
  stored.append(theirs || "nothing");
  const sum = document.createElement("span");
  words.append(`${said}. Now stored: `, stored, sum);
  note.append(words, choice("Keep mine", keep, note), choice("Take theirs", take, note));
  const tell = () => {
    const whole = adds();
    sum.textContent = whole && `, saving makes it ${whole}`;
  };
  tell();
  const ends = new AbortController();
  place.addEventListener("input", () => (note.isConnected ? tell() : ends.abort()), { signal: ends.signal });
  place.append(note);
  return note;
}

function choice(word, act, note) {
  const button = Object.assign(document.createElement("button"), { type: "button", textContent: word });
  // The field keeps the focus: a cell's editor may close when it loses it.
  button.addEventListener("pointerdown", (event) => event.preventDefault());
  button.addEventListener("click", () => {
    note.remove();
    act();
  });
  return button;
}

// A changed quantity means “five more”: what theirs and mine make together, or "" where that is not to be said.
export function added(base, mine, theirs) {
  const all = [base, mine, theirs].map((text) => String(text).trim().replaceAll(",", ""));
  if (!all.every((text) => NUMBER.test(text)) || base === mine || mine === theirs) return "";
  const places = Math.max(...all.map((text) => (text.split(".")[1] ?? "").length));
  const [from, own, other] = all.map(Number);
  const whole = other + own - from;
  const isBelow = whole < 0 && Math.min(from, own, other) >= 0; // such a sum is asked about
  return isBelow ? "" : String(Number(whole.toFixed(places)));
}
