// A comment that is being written is kept in this browser until it was said, with the id under which it was sent.

import { Operation } from "./operation.js";
import * as store from "./draft_store.js";

export class CommentDraft {
  constructor(form, place) {
    Object.assign(this, { form, place, name: store.newName(place), operation: new Operation(), release: null });
    this.takeBack();
    form.addEventListener("input", () => this.keep());
    window.addEventListener("pagehide", () => this.letGo());
  }

  get box() {
    return this.form.elements.body;
  }

  keep() {
    if (!this.box.value.trim()) return store.remove(this.name);
    this.release ??= store.hold(this.name);
    const { id, what } = this.operation;
    store.write(this.name, { at: Date.now(), value: this.box.value, id, what });
  }

  async takeBack() {
    const [kept] = await store.left(this.place);
    if (!kept?.value || this.box.value) return;
    this.box.value = kept.value;
    this.operation = new Operation(kept);
    this.keep();
    store.remove(kept.name);
  }

  // From now on what is in the box is sent: the same text under the same id, however often.
  sending() {
    this.form.elements.operation.value = this.operation.of(this.box.value);
    this.keep();
  }

  said(text) {
    this.operation.done();
    if (this.box.value === text) this.box.value = "";
    this.keep();
  }

  letGo() {
    this.release?.();
    this.release = null;
  }
}
