// Further back in a history: what is older is added below what stands there, and the reader's place is kept.

const place = document.querySelector("[data-found]");
const said = document.querySelector("[data-further]");

async function further(link) {
  link.setAttribute("aria-busy", "true");
  link.textContent = "Looking…";
  const answer = await fetch(link.href, { headers: { "X-Fragment": "further" } }).catch(() => null);
  if (!answer?.ok) return location.assign(link.href); // the page itself says why
  const found = document.createElement("template");
  found.innerHTML = await answer.text();
  add(found.content);
}

function add(found) {
  const line = place.querySelector(".history-line");
  const older = [...found.querySelectorAll(".history-line > li")];
  found.querySelector("[data-newest]")?.remove(); // it still stands above
  if (line) {
    line.append(...older);
    place.querySelector(".history-foot").replaceWith(found.querySelector(".history-foot") ?? "");
  } else {
    place.replaceChildren(found);
  }
  said.textContent = older.length ? `${older.length} more` : (place.querySelector(".history-said")?.textContent ?? "");
  const next = older[0] ?? place.querySelector("[rel=next]");
  if (older[0]) older[0].tabIndex = -1;
  next?.focus({ preventScroll: true });
}

place.addEventListener("click", (event) => {
  const link = event.target.closest("[rel=next]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
  event.preventDefault();
  if (!link.ariaBusy) further(link);
});
