// Where a row of links scrolls sideways, as on a phone, the one that is open is in sight.
export const selector = ".subnav [aria-current]";

export function start(link) {
  const row = link.closest(".subnav");
  const [inner, outer] = [link.getBoundingClientRect(), row.getBoundingClientRect()];
  row.scrollLeft += inner.left - outer.left - (outer.width - inner.width) / 2;
}
