// A tick takes effect at once and is taken back when the server refuses it.
export const selector = "[data-tick]";

export function start(box) {
  const row = box.closest("li, tr") ?? box.parentElement;
  box.addEventListener("htmx:beforeRequest", () => row.classList.add("pending", "ticked"));
  box.addEventListener("htmx:afterRequest", (event) => {
    row.classList.remove("pending");
    if (event.detail.successful) return;
    row.classList.remove("ticked");
    box.checked = !box.checked;
  });
}
