// One toast at a time says what was done; Undo waits as long as the server does, longer while hovered or focused.
export const selector = "#toasts";
const SECONDS = 10; // where nothing can be undone

export function start(region) {
  document.body.addEventListener("toast", (event) => show(region, event.detail));
  for (const toast of region.querySelectorAll(".toast")) leaveLater(region, toast);
}

function show(region, { text, undo }) {
  const toast = document.getElementById("toast-template").content.firstElementChild.cloneNode(true);
  toast.querySelector("[data-text]").textContent = text;
  const button = toast.querySelector("button");
  if (undo) button.addEventListener("click", () => takeBack(toast, undo));
  else button.remove();
  for (const old of region.querySelectorAll(":scope > .toast")) old.remove();
  region.append(toast);
  window.htmx?.process(toast);
  document.dispatchEvent(new CustomEvent("htmx:load", { detail: { elt: toast } }));
  leaveLater(region, toast);
}

async function takeBack(toast, url) {
  toast.remove();
  await window.htmx.ajax("POST", url, { source: document.body, target: document.body, swap: "none" });
}

function leaveLater(region, toast) {
  let left = Number(region.dataset.seconds) || SECONDS;
  const tick = setInterval(() => {
    if (!toast.isConnected) return clearInterval(tick);
    if (toast.matches(":hover, :focus-within")) return;
    left -= 1;
    if (left <= 0) toast.remove();
  }, 1000);
}
