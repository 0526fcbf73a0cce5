// Some of many in a menu. Arrows, Home and End walk from the search through the choices, Enter in the search takes the
// first that was found, on a choice what Space does. What was ticked among those that were found stays, on top.
export const selector = "[data-choices]";
const MOVES = { ArrowDown: 1, ArrowUp: -1 };

export function start(menu) {
  const search = menu.querySelector("input[type=search]");
  const [chosen, found] = [menu.querySelector("[data-chosen]"), menu.querySelector("[data-found]")];
  const boxes = () => [...menu.querySelectorAll("input[type=checkbox]")];
  let asked = ""; // what the choices answer: Enter takes none of what was typed before

  menu.addEventListener("keydown", (event) => {
    const { target, key } = event;
    if (event.isComposing || event.ctrlKey || event.metaKey || event.altKey || !target.matches("input")) return;
    const all = [search, ...boxes()].filter(Boolean);
    const at = all.indexOf(target);
    if (key in MOVES) all[(at + MOVES[key] + all.length) % all.length].focus();
    else if (key === "Home" && target !== search) all[0].focus();
    else if (key === "End" && target !== search) all.at(-1).focus();
    else if (key !== "Enter") return;
    else if (target !== search) target.click();
    else if (asked === search.value) found.querySelector("input")?.click();
    event.preventDefault();
    event.stopPropagation();
  });
  found.addEventListener("htmx:beforeSwap", () => {
    for (const box of found.querySelectorAll(":checked")) chosen.append(box.closest("label"));
  });
  found.addEventListener("htmx:afterSwap", () => {
    asked = search.value;
    const known = new Set([...chosen.querySelectorAll("input")].map((box) => box.value));
    for (const box of found.querySelectorAll("input")) if (known.has(box.value)) box.closest("label").remove();
  });
}
