// Moments in forms: shown and typed in the reader's time zone, sent with it, and untouched ones sent as they came.

const zone = () => document.body.dataset.tz || Intl.DateTimeFormat().resolvedOptions().timeZone;

// Shows every moment of the form in the zone.
export function show(root) {
  for (const input of root.querySelectorAll("input[data-moment]")) {
    const shown = input.dataset.moment ? local(new Date(input.dataset.moment)) : "";
    if (input.dataset.shown === undefined || input.value !== input.dataset.shown) input.value = shown;
    input.dataset.shown = shown;
  }
}

// What the form sends: each moment as ISO 8601 with its offset; one that was left alone exactly as it came.
export function formData(form) {
  const data = new FormData(form);
  for (const input of form.querySelectorAll("input[data-moment]")) if (!input.closest("template")) data.set(input.name, value(input));
  return data;
}

export function value(input) {
  if (input.value === input.dataset.shown) return input.dataset.moment;
  return input.value ? withOffset(input.value) : "";
}

// "2026-11-21T09:30" of a moment in the zone.
function local(moment) {
  if (Number.isNaN(moment.getTime())) return "";
  const parts = Object.fromEntries(format().formatToParts(moment).map(({ type, value }) => [type, value]));
  return `${parts.year}-${parts.month}-${parts.day}T${parts.hour}:${parts.minute}`;
}

let made = null;
function format() {
  made ??= new Intl.DateTimeFormat("sv-SE", { timeZone: zone(), year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
  return made;
}

// The moment that a clock in the zone shows as `text`: guess it in UTC, see what the clock shows then, and correct, twice for
// the days on which the clock is changed.
function withOffset(text) {
  const wanted = Date.parse(`${text}Z`);
  let guess = wanted;
  for (let turn = 0; turn < 2; turn += 1) guess += wanted - Date.parse(`${local(new Date(guess))}Z`);
  return new Date(guess).toISOString();
}
