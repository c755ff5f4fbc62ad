// A person stays where they are in a table, whatever comes or goes above.

// What of the page scrolls the table.
export function scroller(element) {
  for (let place = element.parentElement; place; place = place.parentElement) {
    if (place.scrollHeight > place.clientHeight && /auto|scroll/.test(getComputedStyle(place).overflowY)) return place;
  }
  return document.scrollingElement;
}

export function isScrolled(element) {
  return scroller(element).scrollTop > 0;
}

// The row at the top of what is seen stays there, whatever comes or goes above it.
export function keepingScroll(table, work) {
  const place = scroller(table.element);
  if (place.scrollTop === 0) return work();
  const edge = place === document.scrollingElement ? 0 : place.getBoundingClientRect().top;
  const anchor = table.rows().find((row) => row.getBoundingClientRect().bottom > edge + 1);
  const was = anchor?.getBoundingClientRect().top;
  work();
  if (anchor?.isConnected) place.scrollTop += anchor.getBoundingClientRect().top - was;
}
