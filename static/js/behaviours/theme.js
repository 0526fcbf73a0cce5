// The theme changes at once; the form that holds the choice tells the server.
export const selector = "[data-theme-form]";

export function start(form) {
  form.addEventListener("click", (event) => {
    const choice = event.target.closest("[name=theme]");
    if (!choice) return;
    document.documentElement.dataset.theme = choice.value;
    for (const other of form.querySelectorAll("[name=theme]")) other.setAttribute("aria-checked", other === choice);
  });
}
