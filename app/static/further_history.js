// Further back in a history: what is older is added below what stands there, and the reader's place is kept.

const place = document.querySelector("[data-found]");
const said = document.querySelector("[data-further]");
let looking = null;

const next = () => place.querySelector("[rel=next]");

// Where only some changes are asked for, a page may hold none: on to the next one, until the reader says stop.
async function further() {
  looking = new AbortController();
  let older = [];
  while (next() && !older.length && !looking.signal.aborted) {
    const link = next();
    const label = link.innerHTML;
    link.textContent = "Looking… Stop";
    const headers = { "X-Fragment": "further" };
    const answer = await fetch(link.href, { headers, signal: looking.signal }).catch(() => null);
    if (looking.signal.aborted) {
      link.innerHTML = label;
    } else if (answer?.ok) {
      older = add(await answer.text());
    } else {
      location.assign(link.href); // that page says why
      return;
    }
  }
  looking = null;
  tell(older);
}

function add(html) {
  const found = document.createElement("template");
  found.innerHTML = html;
  const line = place.querySelector(".history-line");
  const older = [...found.content.querySelectorAll(".history-line > li")];
  found.content.querySelector("[data-newest]")?.remove(); // what is newest still stands above
  if (line) {
    line.append(...older);
    place.querySelector(".history-foot").replaceWith(found.content.querySelector(".history-foot") ?? end(found.content));
  } else {
    place.replaceChildren(found.content);
  }
  return older;
}

function end(found) {
  const words = found.querySelector(".empty-title")?.textContent ?? "";
  return Object.assign(document.createElement("p"), { className: "history-foot history-said", textContent: words });
}

function tell(older) {
  said.textContent = older.length ? `${older.length} more` : (place.querySelector(".history-said, .empty-title")?.textContent ?? "");
  if (older.length) older[0].tabIndex = -1;
  (older[0] ?? next() ?? place.querySelector("a"))?.focus({ preventScroll: true });
}

place.addEventListener("click", (event) => {
  if (!event.target.closest("[rel=next]") || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
  event.preventDefault();
  if (looking) looking.abort();
  else further();
});
