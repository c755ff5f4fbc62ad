// Requests that change something carry the page's token.

export function csrfToken() {
  return document.querySelector('meta[name="csrf-token"]')?.content ?? "";
}

// post("/x", { json: {…} }) or post("/x", { form: FormData }); answers with the Response, whatever its status.
export function post(url, { json, form, headers = {}, method = "POST" } = {}) {
  const body = json === undefined ? form : JSON.stringify(json);
  const type = json === undefined ? {} : { "Content-Type": "application/json" };
  return fetch(url, { method, body, credentials: "same-origin", headers: { "X-CSRFToken": csrfToken(), ...type, ...headers } });
}
