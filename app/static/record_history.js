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
  // Whoever patches the page touches the time of the last change, too.
  const changed = document.querySelector('[data-column="updated_at"]');
  if (changed) new MutationObserver((found) => found.some((one) => one.type === "attributes") && again()).observe(changed, { subtree: true, attributes: true, attributeFilter: ["datetime"] });
}
