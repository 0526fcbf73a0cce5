// [data-dismiss] takes the notice around it away.
export const selector = "[data-dismiss]";

export function start(button) {
  button.addEventListener("click", () => button.closest(".notice")?.remove());
}
