/* Theme before paint: a classic script in <head>, so that nobody sees a flash of the wrong theme, density or rail. */
(() => {
  const root = document.documentElement;
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const stored = (key) => {
    try {
      return localStorage.getItem(`backroom.${key}`);
    } catch {
      return null; // storage switched off: the defaults serve
    }
  };

  function apply() {
    const theme = stored("theme") ?? "system";
    root.dataset.bsTheme = theme === "system" ? (dark.matches ? "dark" : "light") : theme;
    root.dataset.density = stored("density") === "compact" ? "compact" : "comfortable";
    root.dataset.rail = stored("rail") === "narrow" ? "narrow" : "wide";
  }

  apply();
  dark.addEventListener("change", apply);
  addEventListener("storage", apply); // another tab chose
  document.addEventListener("backroom:look", apply);
})();
