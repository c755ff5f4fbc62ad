/* The rail: remembers open areas and its scroll place, folds, and slides in on a phone. Classic and not deferred:
   it runs before the rail is painted, so that an area never springs open under the pointer. */
(() => {
  const OPEN = "backroom.areas";
  const PLACE = "backroom.rail-scroll";
  const root = document.documentElement;
  const rail = document.getElementById("rail");
  const list = rail.querySelector(".rail-areas");
  const areas = [...rail.querySelectorAll(".rail-area")];

  const recall = (store, key) => {
    try {
      return JSON.parse(store.getItem(key));
    } catch {
      return null;
    }
  };
  const keep = (store, key, value) => {
    try {
      store.setItem(key, JSON.stringify(value));
    } catch {
      /* storage switched off: nothing to remember */
    }
  };

  // Areas
  // Only what the person opened is remembered; the area one is in is open by itself.
  const open = new Set(recall(localStorage, OPEN) ?? []);
  for (const area of areas) {
    area.open ||= open.has(area.dataset.area);
    area.querySelector("summary").addEventListener("click", () => {
      open[area.open ? "delete" : "add"](area.dataset.area); // the click has not turned it yet
      keep(localStorage, OPEN, [...open]);
    });
  }
  list.scrollTop = recall(sessionStorage, PLACE) ?? 0;
  const here = rail.querySelector(".rail-link[aria-current]");
  if (here) {
    const [top, bottom] = [here.getBoundingClientRect().top, here.getBoundingClientRect().bottom];
    const box = list.getBoundingClientRect();
    if (top < box.top || bottom > box.bottom) list.scrollTop += top - box.top - box.height / 3;
  }
  addEventListener("pagehide", () => keep(sessionStorage, PLACE, list.scrollTop));

  // Fold
  const fold = rail.querySelector(".rail-fold");
  const showFold = () => {
    const narrow = root.dataset.rail === "narrow";
    fold.setAttribute("aria-pressed", String(narrow));
    fold.setAttribute("aria-label", narrow ? "Keep the menu open" : "Fold the menu");
  };
  fold.addEventListener("click", () => {
    const next = root.dataset.rail === "narrow" ? "wide" : "narrow";
    root.dataset.rail = next;
    try {
      localStorage.setItem("backroom.rail", next);
    } catch {
      /* for this page only */
    }
    showFold();
  });
  showFold();

  // Off canvas
  document.addEventListener("DOMContentLoaded", () => {
    const opener = document.querySelector(".bar-menu");
    const rest = document.querySelector(".main-column");
    const show = (wanted) => {
      rail.toggleAttribute("data-open", wanted);
      rest.inert = wanted;
      opener.setAttribute("aria-expanded", String(wanted));
      (wanted ? rail.querySelector(".rail-close") : opener).focus();
    };
    opener.addEventListener("click", () => show(true));
    rail.querySelector(".rail-close").addEventListener("click", () => show(false));
    document.querySelector(".rail-veil").addEventListener("click", () => show(false));
    rail.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && rail.hasAttribute("data-open")) show(false);
    });
  });
})();
