// A refused form comes back from the server with what was typed: it takes the place of the one on the page.

import { Idiomorph } from "./vendor/idiomorph@0.8.0/idiomorph.esm.js";

export function takeRefused(form, html) {
  const fresh = new DOMParser().parseFromString(html, "text/html").querySelector("form");
  for (const select of form.querySelectorAll("select")) select.tomselect?.destroy();
  const sent = [...fresh.elements].map(({ id, name, type, value, checked }) => ({ id, name, type, value, checked }));
  // Of typing that is only there to be copied the server knows nothing, nor of a file that was chosen.
  const toCopy = [...form.querySelectorAll(".form-news:has(textarea)")];
  for (const note of toCopy) note.remove();
  const keepsFile = (old) => !(old.type === "file" && old.files?.length);
  Idiomorph.morph(form, [...fresh.childNodes], { morphStyle: "innerHTML", callbacks: { beforeNodeMorphed: keepsFile } });
  for (const given of sent) settle(form, given);
  form.querySelector(".record-main").prepend(...toCopy);
}

// A morph leaves the live value of a field alone; what the server sent is what counts now.
function settle(form, { id, name, type, value, checked }) {
  const field = id ? document.getElementById(id) : form.elements[name];
  if (type === "radio") {
    for (const each of form.elements[name]) if (each.value === value) each.checked = checked;
  } else if (type === "checkbox") field.checked = checked;
  else if (field instanceof Element && type !== "file" && type !== "submit" && type !== "button") field.value = value;
}
