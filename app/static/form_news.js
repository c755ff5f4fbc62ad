// What a form has to tell above its fields: one piece of news of each kind at a time.

let count = 0;

// news(form, "draft", "You typed …", [{ label, act, href }]) → the element
export function news(form, kind, sentence, ways = []) {
  const note = form.querySelector(`:scope .form-news[data-kind="${kind}"]`) ?? document.createElement("div");
  note.className = "form-news";
  note.dataset.kind = kind;
  note.setAttribute("role", "status");
  const words = Object.assign(document.createElement("p"), { textContent: sentence });
  note.replaceChildren(words, ...ways.map(way));
  if (!note.isConnected) form.querySelector(".record-main").prepend(note);
  return note;
}

export function quiet(form, kind) {
  form.querySelector(`:scope .form-news[data-kind="${kind}"]`)?.remove();
}

function way({ label, act, href, main = false }) {
  const made = document.createElement(href ? "a" : "button");
  made.className = main ? "btn btn-primary" : "btn";
  made.textContent = label;
  if (href) made.href = href;
  else made.type = "button";
  if (act) made.addEventListener("click", act);
  return made;
}

// The typing in a box of its own, with a button that copies it.
export function toCopy(note, text) {
  if (!text) return;
  count += 1;
  const box = Object.assign(document.createElement("textarea"), { id: `typed-${count}`, value: text, readOnly: true, rows: Math.min(8, text.split("\n").length + 1), className: "form-control" });
  box.setAttribute("aria-label", "What you typed");
  const button = Object.assign(document.createElement("button"), { type: "button", className: "btn", textContent: "Copy what I typed" });
  button.dataset.copy = box.id;
  note.append(box, button);
}
