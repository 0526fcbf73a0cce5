// [data-dismiss] takes the notice around it away; Esc does it for the one over the page, and the focus stays.
export const selector = "[data-dismiss]";

export function start(button) {
  button.addEventListener("click", () => button.closest(".notice")?.remove());
  if (!button.closest("#notices")) return;
  document.addEventListener("keydown", function close(event) {
    if (!button.isConnected) return document.removeEventListener("keydown", close);
    if (event.key !== "Escape" || event.defaultPrevented || document.querySelector("dialog[open]")) return;
    button.closest(".notice").remove();
  });
}
