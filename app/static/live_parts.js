// The parts of a record, on its page or in its form: which rows that the feed tells of are among them, so that one order
// isn't read again for the lines of all others.

export const partsOf = (root, entity = null) =>
  [...root.querySelectorAll("table[data-live-part], [data-lines]")].filter((part) => entity === null || entityOf(part) === entity);

export const entityOf = (part) => part.dataset.lines ?? part.dataset.liveEntity;

// Does a message tell of a part of this record? A row's own cells say on what it hangs; where they are not sent, it may.
export function concerns(root, id, message) {
  return partsOf(root, message.entity).some(
    (part) => !part.dataset.link || stands(part, message.id) || (message.op !== "drop" && hangsOn(message, part.dataset.link, id)),
  );
}

const stands = (part, id) => part.querySelector(`tr[data-id="${CSS.escape(id)}"], input[name$=".id"][value="${CSS.escape(id)}"]`) !== null;

const hangsOn = ({ cells }, link, id) => cells?.[link] === undefined || cells[link].includes(id);
