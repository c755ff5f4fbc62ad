// The look a person chose (theme, density, width of the rail): keeps it in this browser and shows which is chosen.

const DEFAULTS = { theme: "system", density: "comfortable", rail: "wide" };

export function chosen(what) {
  try {
    return localStorage.getItem(`backroom.${what}`) ?? DEFAULTS[what];
  } catch {
    return DEFAULTS[what];
  }
}

export function choose(what, value) {
  try {
    localStorage.setItem(`backroom.${what}`, value);
  } catch {
    document.documentElement.dataset[what === "theme" ? "bsTheme" : what] = value; // no storage: for this page only
  }
  document.dispatchEvent(new CustomEvent("backroom:look")); // theme.js applies it
  mark();
}

export const setDensity = (density) => choose("density", density);
export const setTheme = (theme) => choose("theme", theme);

function mark() {
  for (const what of ["theme", "density"]) {
    for (const button of document.querySelectorAll(`[data-${what}-choice]`)) {
      button.setAttribute("aria-pressed", String(button.dataset[`${what}Choice`] === chosen(what)));
    }
  }
}

export function start() {
  mark();
  addEventListener("storage", mark);
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-theme-choice], [data-density-choice]");
    if (!button) return;
    if (button.dataset.themeChoice) setTheme(button.dataset.themeChoice);
    else setDensity(button.dataset.densityChoice);
  });
}
