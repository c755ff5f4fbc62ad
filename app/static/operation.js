// The id of something that is sent: the same one while the same thing is sent again, for whoever got no answer doesn't
// know whether it happened; under one id it happens once.

import { uuid7 } from "./work_ids.js";

export class Operation {
  constructor({ id = "", what = "" } = {}) {
    this.id = id;
    this.what = what;
  }

  // The id for sending `what`.
  of(what) {
    const text = JSON.stringify(what);
    if (text !== this.what) Object.assign(this, { id: uuid7(), what: text });
    return this.id;
  }

  // It has happened: the same once more would be something new.
  done() {
    this.what = "";
  }
}
