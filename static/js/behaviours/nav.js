// The navigation is a drawer on a phone: opened by a button, closed by Esc, a tap elsewhere or leaving it.
export const selector = "#nav";

export function start(nav) {
  const root = document.documentElement;
  const buttons = () => document.querySelectorAll("[data-nav-toggle]");
  let opener = null;

  const show = (open) => {
    root.dataset.nav = open ? "open" : "";
    for (const button of buttons()) button.setAttribute("aria-expanded", open);
    if (open) nav.querySelector("a, button")?.focus();
    else opener?.focus();
    if (!open) opener = null;
  };

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-nav-toggle]");
    if (button) {
      opener = button;
      show(root.dataset.nav !== "open");
    } else if (root.dataset.nav === "open" && !event.target.closest("#nav")) show(false);
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && root.dataset.nav === "open") show(false);
  });
  nav.addEventListener("focusout", (event) => {
    if (root.dataset.nav === "open" && event.relatedTarget && !nav.contains(event.relatedTarget)) {
      opener = null;
      show(false);
    }
  });
}
