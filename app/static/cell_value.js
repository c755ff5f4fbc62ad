// What a lone field says, in the form in which the server takes it.

import { value as moment } from "./moments.js";

export function value(editor) {
  const field = editor.querySelector("select, textarea, input:not([type=color])");
  if (field.type === "checkbox") return field.checked;
  if (field.multiple) return [...field.selectedOptions].map((option) => option.value);
  return field.matches("[data-moment]") ? moment(field) : field.value;
}
