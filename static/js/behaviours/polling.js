// What polls rests while nobody looks at the tab.
export const selector = "body";
const POLLS = "[hx-trigger*='every ']";

export function start() {
  document.addEventListener("htmx:beforeRequest", (event) => {
    const isPoll = event.detail.elt.matches?.(POLLS) && !event.detail.requestConfig?.triggeringEvent;
    if (document.hidden && isPoll) event.preventDefault();
  });
}
