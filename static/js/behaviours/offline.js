// When the server does not answer, say so, keep what was written, ask again every ten seconds, and send what waits.
export const selector = "#notices";
const PAUSE_MS = 10_000;
let asking = 0;

export function start(region) {
  const waiting = new Set();
  const copy = (id) => document.getElementById(id).content.firstElementChild.cloneNode(true);

  const down = (event) => {
    const sent = event?.detail?.elt;
    const form = sent?.matches?.("form[method=post]") ? sent : null;
    if (form?.matches("[data-retry]")) waiting.add(form);
    if (!asking) say();
    if (form) region.querySelector(waiting.has(form) ? "[data-again]" : "[data-unsent]")?.removeAttribute("hidden");
  };

  function say() {
    const notice = copy("offline-notice");
    const time = { hour: "2-digit", minute: "2-digit", hourCycle: "h23" };
    notice.querySelector("[data-now]").textContent = new Date().toLocaleTimeString(document.documentElement.lang, time);
    notice.querySelector("[data-retry]").addEventListener("click", ask);
    region.replaceChildren(notice);
    document.dispatchEvent(new CustomEvent("htmx:load", { detail: { elt: notice } }));
    asking = setInterval(ask, PAUSE_MS);
  }

  async function ask() {
    const answer = await fetch("/healthz", { cache: "no-store" }).catch(() => null);
    if (!answer?.ok) return;
    clearInterval(asking);
    asking = 0;
    region.replaceChildren();
    for (const form of waiting) if (form.isConnected) form.requestSubmit();
    waiting.clear();
  }

  window.addEventListener("offline", () => down());
  window.addEventListener("online", () => asking && ask());
  document.addEventListener("htmx:sendError", down);
  document.addEventListener("htmx:timeout", down);
  document.addEventListener("htmx:responseError", (event) => {
    if ([502, 503, 504].includes(event.detail.xhr.status)) down(event);
    else region.replaceChildren(copy("broken-notice"));
  });
  // What was said stays until somebody does something: a poll, or notes that save themselves, take nothing away
  document.addEventListener("htmx:beforeRequest", (event) => {
    const cause = event.detail.requestConfig.triggeringEvent?.type;
    if (!asking && ["submit", "click", "change"].includes(cause)) region.replaceChildren();
  });
}
