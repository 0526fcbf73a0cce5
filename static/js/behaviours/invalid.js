// After a form comes back with errors the focus goes to the first of them.
export const selector = "body";

export function start() {
  document.addEventListener("htmx:afterSettle", (event) => {
    event.detail.target?.querySelector?.('[aria-invalid="true"]')?.focus();
  });
}
