// In a [data-choosing="list id"] field ↓ goes to what was found and Enter takes the first; there ↑ and ↓ walk.
export const selector = "[data-choosing]";

export function start(field) {
  const list = document.getElementById(field.dataset.choosing);
  const found = () => [...list.querySelectorAll("button, a[href]")];
  let asked = ""; // what the rows in the list answer: Enter takes none of what was typed before

  field.addEventListener("htmx:afterRequest", (event) => {
    asked = new URL(event.detail.xhr.responseURL || location).searchParams.get(field.name);
  });
  field.addEventListener("keydown", (event) => {
    if (event.isComposing || event.ctrlKey || event.metaKey) return; // ⌘↵ is the page's own
    if (!["ArrowDown", "Enter"].includes(event.key)) return;
    event.preventDefault();
    if (event.key === "ArrowDown") found()[0]?.focus();
    else if (asked === field.value) found()[0]?.click();
  });
  list.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const all = found();
    const at = all.indexOf(document.activeElement) + step;
    (all[Math.min(at, all.length - 1)] ?? field).focus();
  });
}
