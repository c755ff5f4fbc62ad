// Who else is at this record: faces beside its title, and by name who is editing it.

const FACES = 4;
const PHONE = matchMedia("(max-width: 767.98px)");
const NO_RECORD = "00000000-0000-0000-0000-000000000000";

// The page is at the record it shows, or at that of the form opened last; the server is told, and asks with each beat.
export class Presence {
  constructor() {
    this.feed = null;
    this.forms = new Map(); // form → is something changed in it?
    this.said = "";
    this.box = Object.assign(document.createElement("div"), { className: "present" });
    this.box.setAttribute("role", "status");
    document.addEventListener("form:state", ({ detail }) => this.formed(detail));
    // A document that has gone on gets a new head, and nobody left for that.
    const head = document.querySelector(".page-head");
    if (head) new MutationObserver(() => this.box.childElementCount && this.place()).observe(head, { childList: true });
  }

  formed({ form, editing }) {
    if (!form.dataset.liveRecord) return;
    this.forms.delete(form);
    if (editing !== null) this.forms.set(form, editing);
    if (JSON.stringify(this.where()) !== this.said) this.say();
  }

  get element() {
    return [...this.forms.keys()].filter((form) => form.isConnected).at(-1) ?? document.querySelector("main [data-live-record]");
  }

  where() {
    const element = this.element;
    const [entity, id] = (element?.dataset.liveRecord ?? ":").split(":");
    return id && id !== NO_RECORD ? { entity, id, editing: this.forms.get(element) ?? false } : { entity: "", id: "", editing: false };
  }

  async say() {
    const place = this.where();
    const said = JSON.stringify(place);
    if (!this.feed?.connected() || (!place.entity && (!this.said || said === this.said))) return;
    this.said = said;
    const answer = await this.feed.here(place).catch(() => null);
    if (answer && JSON.stringify(this.where()) === this.said) this.show(answer.people ?? []);
  }

  take({ entity, id, people, beat }) {
    const here = this.where();
    if (entity === here.entity && id === here.id) this.show(people);
    if (beat) this.say();
  }

  // Without a connection nobody knows who is there.
  lost() {
    this.said = "";
    this.show([]);
  }

  show(people) {
    const fresh = document.createElement("div");
    if (people.length) fresh.append(who(people), words(people));
    if (fresh.innerHTML !== this.box.innerHTML) this.box.replaceChildren(...fresh.childNodes);
    this.place();
  }

  place() {
    const head = this.element?.closest("dialog")?.querySelector(".panel-head") ?? document.querySelector(".page-head");
    const before = head?.querySelector(":scope > .page-actions, :scope > [data-close]");
    const line = PHONE.matches && head?.querySelector(":scope > .page-head-words");
    if (line) return this.box.parentElement === line || line.append(this.box);
    if (before && this.box.nextElementSibling !== before) before.before(this.box);
  }
}

// The faces, and for whoever presses them everybody's name: a finger has no hover.
function who(people) {
  const box = Object.assign(document.createElement("details"), { className: "present-who" });
  const summary = document.createElement("summary");
  summary.setAttribute("aria-label", `Who else is here: ${people.length}`);
  summary.append(faces(people));
  const list = Object.assign(document.createElement("ul"), { className: "present-names" });
  for (const { name, editing } of people) {
    const item = document.createElement("li");
    item.append(Object.assign(document.createElement("bdi"), { textContent: name }), editing ? " is editing" : " is here");
    list.append(item);
  }
  box.append(summary, list);
  return box;
}

function faces(people) {
  const group = Object.assign(document.createElement("span"), { className: "present-faces" });
  group.setAttribute("aria-hidden", "true");
  for (const { name, editing } of people.slice(0, FACES)) {
    const parts = name.split(/\s+/).filter(Boolean);
    const initials = (parts[0]?.[0] ?? "?") + (parts.length > 1 ? parts.at(-1)[0] : "");
    const face = Object.assign(document.createElement("span"), { className: "avatar avatar-small", textContent: initials, title: `${name} is ${editing ? "editing" : "here"}` });
    face.classList.toggle("is-editing", editing);
    face.dataset.tone = name.length % 6;
    group.append(face);
  }
  if (people.length > FACES) group.append(Object.assign(document.createElement("span"), { className: "present-more", textContent: `+${people.length - FACES}` }));
  return group;
}

// Who edits is said in words for everybody; who only looks, for those who hear the page.
function words(people) {
  const editing = people.filter((one) => one.editing);
  const said = Object.assign(document.createElement("span"), { className: editing.length ? "clip" : "visually-hidden" });
  said.append(...(editing.length ? [...listed(editing), " editing"] : [...listed(people), " here"]));
  said.title = said.textContent;
  return said;
}

// Each name keeps its own direction: what somebody is called can't turn the words around it.
function listed(people) {
  const names = people.map(({ name }) => Object.assign(document.createElement("bdi"), { textContent: name }));
  if (names.length === 1) return [names[0], " is"];
  if (names.length === 2) return [names[0], " and ", names[1], " are"];
  return [names[0], ` and ${names.length - 1} others are`];
}
