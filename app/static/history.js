// Pages about the past: what is typed there means the reader's own clock, so the form says which that is.

const zone = () => document.body.dataset.tz || Intl.DateTimeFormat().resolvedOptions().timeZone;

document.addEventListener("submit", (event) => {
  const form = event.target.closest("form[data-zoned]");
  if (!form) return;
  form.elements.tz.value = zone();
  // An address holds what was asked for, and nothing else.
  for (const field of form.elements) if (field.name && !field.value) field.disabled = true;
});

// Back from the page that it led to, the form can be filled in again.
addEventListener("pageshow", () => {
  for (const field of document.querySelectorAll("form[data-zoned] :disabled")) field.disabled = false;
});
