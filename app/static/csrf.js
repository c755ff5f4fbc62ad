// Requests that change something carry the page's token. Who signed in again meanwhile, in another window, has a new one:
// it is fetched, and what was refused for the old one is sent once more.

import { whoIsHere } from "./sending.js";

const SIGNED_OUT = "You were signed out: nothing was done. Sign in in another window, then do it again here.";
const STRANGER = "Somebody else has signed in here: nothing was done. Load the page to go on as them.";

export const csrfToken = () => document.querySelector('meta[name="csrf-token"]')?.content ?? "";

// post("/x", { json: {…} }) or post("/x", { form: FormData }); answers with the Response, whatever its status.
export async function post(url, options = {}) {
  const answer = await sent(url, options);
  if (answer.status === 401) return refusal(401, SIGNED_OUT);
  if (!(await isOldToken(answer))) return answer;
  const who = await renewToken();
  if (who === "nobody") return refusal(401, SIGNED_OUT);
  if (who === "stranger") return refusal(403, STRANGER);
  return sent(url, options);
}

function sent(url, { json, form, headers = {}, method = "POST" }) {
  if (form?.has("csrf_token")) form.set("csrf_token", csrfToken());
  const body = json === undefined ? form : JSON.stringify(json);
  const type = json === undefined ? {} : { "Content-Type": "application/json" };
  return fetch(url, { method, body, credentials: "same-origin", headers: { "X-CSRFToken": csrfToken(), ...type, ...headers } });
}

function refusal(status, message) {
  return new Response(JSON.stringify({ message }), { status, headers: { "Content-Type": "application/json" } });
}

export const isOldToken = async (answer) => answer.status === 400 && (await answer.clone().json().catch(() => ({}))).error === "csrf";

let renewing = null;

// Gives the page and its forms the token of the session that is here now, if that is the same person's; says who is:
// "same", "nobody" or "stranger".
export function renewToken() {
  renewing ??= renew().finally(() => {
    renewing = null;
  });
  return renewing;
}

async function renew() {
  const { person, token } = await whoIsHere();
  if (!person) return "nobody";
  if (person !== document.body.dataset.person) return "stranger";
  document.querySelector('meta[name="csrf-token"]').content = token;
  for (const field of document.querySelectorAll('input[name="csrf_token"]')) field.value = token;
  return "same";
}
