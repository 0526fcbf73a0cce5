// One toast at a time says what was done; Undo waits as long as the server does, longer while hovered or focused, and
// is there again when the page is loaded anew or another one was opened.
export const selector = "#toasts";
const SECONDS = 10; // where nothing can be undone
const LAST = "filo:undo"; // what can still be undone: {text, undo, until}

export function start(region) {
  document.body.addEventListener("toast", (event) => say(region, event.detail));
  region.addEventListener("submit", () => sessionStorage.removeItem(LAST));
  const drawn = region.querySelector("form.toast");
  if (drawn) {
    keep(region, drawn.querySelector("span").textContent, drawn.querySelector("button") && drawn.getAttribute("action"));
    return leaveLater(drawn, seconds(region));
  }
  const last = JSON.parse(sessionStorage.getItem(LAST) ?? "null");
  const left = last ? Math.ceil((last.until - Date.now()) / 1000) : 0;
  if (left > 0) show(region, last, left);
}

function say(region, { text, undo }) {
  keep(region, text, undo);
  show(region, { text, undo }, seconds(region));
}

function keep(region, text, undo) {
  if (undo) sessionStorage.setItem(LAST, JSON.stringify({ text, undo, until: Date.now() + seconds(region) * 1000 }));
  else sessionStorage.removeItem(LAST);
}

function show(region, { text, undo }, left) {
  const toast = document.getElementById("toast-template").content.firstElementChild.cloneNode(true);
  toast.querySelector("[data-text]").textContent = text;
  const button = toast.querySelector("button");
  if (undo) button.addEventListener("click", () => takeBack(toast, undo));
  else button.remove();
  for (const old of region.querySelectorAll(":scope > .toast")) old.remove();
  region.append(toast);
  window.htmx?.process(toast);
  document.dispatchEvent(new CustomEvent("htmx:load", { detail: { elt: toast } }));
  leaveLater(toast, left);
}

async function takeBack(toast, url) {
  toast.remove();
  sessionStorage.removeItem(LAST);
  await window.htmx.ajax("POST", url, { source: document.body, target: document.body, swap: "none" });
}

const seconds = (region) => Number(region.dataset.seconds) || SECONDS;

function leaveLater(toast, left) {
  const tick = setInterval(() => {
    if (!toast.isConnected) return clearInterval(tick);
    if (!toast.matches(":hover, :focus-within")) left -= 1;
    if (left <= 0) toast.remove();
  }, 1000);
}
