// An icon from the sprite as an element, for the few places where JavaScript builds one.

const SPRITE = new URL("./vendor/tabler-icons@3.51.0/sprite.svg", import.meta.url).pathname;
const SVG = "http://www.w3.org/2000/svg";
const LINES = { viewBox: "0 0 24 24", fill: "none", stroke: "currentColor", "stroke-linecap": "round", "stroke-linejoin": "round" };

export function icon(name, extra = "") {
  const svg = document.createElementNS(SVG, "svg");
  for (const [key, value] of Object.entries(LINES)) svg.setAttribute(key, value);
  svg.setAttribute("class", `icon ${extra}`.trim());
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS(SVG, "use");
  use.setAttribute("href", `${SPRITE}#${name}`);
  svg.append(use);
  return svg;
}
