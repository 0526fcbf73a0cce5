// A menu is a <details>: arrows, Home and End move, Esc closes and gives the focus back, a click elsewhere closes.
export const selector = "details[data-menu]";
const MOVES = { ArrowDown: 1, ArrowUp: -1 };

export function start(details) {
  const summary = details.querySelector("summary");
  const items = () => [...details.querySelectorAll('[role^="menuitem"]')].filter((item) => item.checkVisibility());

  const close = (back) => {
    details.open = false;
    if (back) summary.focus();
  };

  const move = (event) => {
    const all = items();
    if (!all.length) return false;
    const at = all.indexOf(document.activeElement);
    if (event.key in MOVES) all[(at + MOVES[event.key] + (at < 0 && event.key === "ArrowUp" ? 1 : 0) + all.length) % all.length].focus();
    else if (event.key === "Home") all[0].focus();
    else if (event.key === "End") all.at(-1).focus();
    else return false;
    return true;
  };

  details.addEventListener("toggle", () => {
    summary.setAttribute("aria-expanded", details.open);
    const first = details.querySelector("[autofocus], [data-choices] input") ?? items()[0];
    if (details.open && summary.matches(":focus")) first?.focus();
  });
  details.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown" && !details.open && event.target === summary) details.open = true;
    else if (!details.open) return;
    else if (event.key === "Escape") close(true);
    else if (event.target.matches("input, textarea, select") || !move(event)) return;
    event.preventDefault();
    event.stopPropagation();
  });
  // A press on what cannot have the focus, such as a label, gives it to something around the menu.
  details.addEventListener("focusout", ({ relatedTarget: next }) => {
    if (next && !details.contains(next) && !next.contains(details)) close(false);
  });
  document.addEventListener("click", (event) => {
    if (details.open && (!details.contains(event.target) || event.target.closest('[role^="menuitem"]'))) close(false);
  });
}
