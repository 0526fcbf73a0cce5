// What polls rests while nobody looks at the tab. Once the server says that the page is over (its reader is signed out,
// or signed in anew), nothing asks by itself any more: it is said once, and whoever presses something is told again.
export const selector = "body";
const POLLS = "[hx-trigger*='every ']";
const BY_HAND = ["submit", "click", "change"];

export function start() {
  document.addEventListener("htmx:beforeRequest", (event) => {
    const cause = event.detail.requestConfig?.triggeringEvent?.type;
    const isPoll = event.detail.elt.matches?.(POLLS) && !cause;
    const isOver = document.querySelector("#notices [data-over]") && !BY_HAND.includes(cause);
    if ((document.hidden && isPoll) || isOver) event.preventDefault();
  });
}
