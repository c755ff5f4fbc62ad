// Times: relative while fresh, exact on hover, in the time zone of the location.
//
// <time datetime="2026-11-21T10:00:00Z" data-format="short|full|exact">; short is relative up to a day, full always
// adds the date, exact is never relative. A day without a clock (datetime="2026-11-21") is no moment and knows no zone.

const LANGUAGE = document.documentElement.lang || "en";
const ZONE = document.body.dataset.tz || undefined;
const EVERY_MS = 30_000;
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const format = (options) => new Intl.DateTimeFormat(LANGUAGE === "en" ? "en-GB" : LANGUAGE, { timeZone: ZONE, ...options });
const CLOCK = format({ hour: "2-digit", minute: "2-digit" });
const WEEKDAY = format({ weekday: "short", hour: "2-digit", minute: "2-digit" });
const THIS_YEAR = format({ day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" });
const OLD = format({ day: "numeric", month: "short", year: "numeric" });
const FULL = format({ day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit" });
const EXACT = format({ weekday: "short", day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit", second: "2-digit", timeZoneName: "short" });
const DAY_KEY = format({ year: "numeric", month: "2-digit", day: "2-digit" });
const PLAIN_DAY = new Intl.DateTimeFormat(LANGUAGE === "en" ? "en-GB" : LANGUAGE, { day: "numeric", month: "short", year: "numeric", timeZone: "UTC" });

export function say(moment, now = new Date(), style = "short") {
  if (style === "exact") return FULL.format(moment);
  const ago = now - moment;
  if (Math.abs(ago) < 45_000) return "just now";
  if (ago > 0 && ago < HOUR) return `${Math.max(1, Math.round(ago / MINUTE))} min ago`;
  if (ago < 0 && ago > -HOUR) return `in ${Math.max(1, Math.round(-ago / MINUTE))} min`;
  if (style === "full") return FULL.format(moment);
  if (DAY_KEY.format(moment) === DAY_KEY.format(now)) return `today, ${CLOCK.format(moment)}`;
  if (DAY_KEY.format(moment) === DAY_KEY.format(new Date(now - DAY))) return `yesterday, ${CLOCK.format(moment)}`;
  if (Math.abs(ago) < 6 * DAY) return WEEKDAY.format(moment);
  return moment.getFullYear() === now.getFullYear() ? THIS_YEAR.format(moment) : OLD.format(moment);
}

function render(element, now) {
  const written = element.getAttribute("datetime") ?? "";
  const moment = new Date(written);
  if (Number.isNaN(moment.getTime())) return;
  const day = /^\d{4}-\d\d-\d\d$/.test(written);
  const words = day ? PLAIN_DAY.format(moment) : say(moment, now, element.dataset.format);
  if (element.textContent !== words) element.textContent = words;
  if (!day) element.title = EXACT.format(moment);
}

export function renderTimes(root = document) {
  const now = new Date();
  if (root instanceof Element && root.matches("time[datetime]")) render(root, now);
  for (const element of root.querySelectorAll?.("time[datetime]") ?? []) render(element, now);
}

// Rows come and change while the page is open: live updates, morphs, panels.
function watch() {
  new MutationObserver((changes) => {
    for (const change of changes) {
      if (change.type === "attributes") render(change.target, new Date());
      for (const node of change.addedNodes) if (node instanceof Element) renderTimes(node);
    }
  }).observe(document.body, { childList: true, subtree: true, attributes: true, attributeFilter: ["datetime"] });
}

export function start() {
  renderTimes();
  watch();
  setInterval(() => document.hidden || renderTimes(), EVERY_MS);
  document.addEventListener("visibilitychange", () => document.hidden || renderTimes());
}
