// Live tables: what the feed tells is patched into the rows on the page, and nothing a person is doing is disturbed.
//
// A table says what it shows: <table data-live-entity="product" data-cursor="…" data-query="…">, rows <tr data-id
// data-version>, cells <td data-column>, names of linked records <a data-ref="brand:…">. A page of one record says
// <… data-live-record="product:…" data-version="…" data-cursor="…">.

import { follow, reload } from "./feed.js";
import { Idiomorph } from "./vendor/idiomorph@0.8.0/idiomorph.esm.js";
import { LiveTable } from "./live_rows.js";
import { LiveRecord } from "./live_record.js";
import { renameRefs } from "./live_cells.js";
import { Presence } from "./presence.js";

const LATEST_MS = 500;

export function start() {
  const tables = [...document.querySelectorAll("table[data-live-entity]:not([data-live-part])")].map((element) => new LiveTable(element, { morph: Idiomorph.morph }));
  const records = [...document.querySelectorAll("[data-live-record]")].map((element) => new LiveRecord(element));
  const parts = [...tables, ...records];
  const cursor = parts.find((part) => part.cursor)?.cursor;
  if (!parts.length || !cursor) return null;

  const presence = new Presence();
  const feed = follow({
    entities: [...new Set(parts.flatMap((part) => part.entities))],
    documents: tables.map((table) => table.document).filter(Boolean),
    cursor,
    rows: (rows) => {
      parts.forEach((part) => part.take(rows.filter((row) => part.entities.includes(row.entity))));
      tables.forEach((table) => table.takeDocuments(rows));
      document.dispatchEvent(new CustomEvent("live:rows", { detail: rows }));
    },
    stale: (message) => {
      document.dispatchEvent(new CustomEvent("live:stale", { detail: message }));
      parts.filter((part) => part.entities.includes(message.entity)).forEach((part) => part.lookAgain(message.count, Math.random() * LATEST_MS));
    },
    label: renameRefs,
    still: (message) => tables.filter((table) => table.entity === message.entity).forEach((table) => table.offer(message)),
    presence: (message) => presence.take(message),
    joined: () => presence.say(),
    lost: () => presence.lost(),
    grants: () => {
      tables.forEach((table) => table.purge());
      reload();
    },
  });
  presence.feed = feed;
  for (const table of tables) table.feed = feed;
  return feed;
}

start();
