// The last deeds at the side of a record's page: asked for when the page is there, and again when the record has changed.

const SOON_MS = 400;
const place = document.querySelector("[data-latest]");
let waiting = null;

async function load() {
  waiting = null;
  const answer = await fetch(place.dataset.latest, { headers: { "X-Fragment": "latest" } }).catch(() => null);
  if (answer?.ok) place.innerHTML = await answer.text();
}

function again() {
  waiting ??= setTimeout(load, SOON_MS);
}

if (place) {
  load();
  // Whoever patches the page brings the time of the last change, too.
  const changed = document.querySelector('[data-column="updated_at"]');
  const at = () => changed.querySelector("time")?.getAttribute("datetime");
  let known = changed && at();
  const look = () => at() !== known && ((known = at()), again());
  if (changed) new MutationObserver(look).observe(changed, { subtree: true, childList: true, attributes: true });
}
