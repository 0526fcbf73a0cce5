// J and K walk the rows of [data-rows] by moving the focus; X ticks the row that has it. Enter is the link's own.
// When the page comes again, after an undo or a move, the focus goes back to where it was.
export const selector = "body";
const LEFT = "filo:row";
const GOAL = "a[href], button, input[type=checkbox]";

export function start() {
  document.addEventListener("keydown", (event) => {
    const step = { j: 1, k: -1 }[event.key.toLowerCase()];
    if (event.defaultPrevented || event.metaKey || event.ctrlKey || event.altKey) return;
    if ("noSingleKeys" in document.body.dataset || document.querySelector("dialog[open]")) return;
    if (event.target.matches("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]")) return;
    if (step ? move(step) : event.key.toLowerCase() === "x" && tick()) event.preventDefault();
  });
  resume();
  remember();
}

function remember() {
  let left = -1;
  document.addEventListener("focusin", ({ target }) => {
    if (!target.closest("dialog, .toast")) left = all().findIndex((row) => row.contains(target));
  });
  window.addEventListener("pagehide", () => sessionStorage.setItem(LEFT, `${left} ${location.pathname}`));
}

function resume() {
  const [at, path] = (sessionStorage.getItem(LEFT) ?? "").split(" ");
  const came = performance.getEntriesByType("navigation")[0]?.type === "reload" ? location.href : document.referrer;
  const isAgain = path === location.pathname && came.split(/[?#]/)[0] === location.origin + path;
  if (!isAgain || at < 0 || document.activeElement !== document.body) return;
  const row = all()[at];
  if (row) goal(row).focus();
}

function all() {
  return [...document.querySelectorAll("[data-rows] > *")].filter((row) => row.checkVisibility() && goal(row));
}

function goal(row) {
  return row.querySelector("[data-row-goal]") ?? row.querySelector("a[href]") ?? row.querySelector(GOAL);
}

function move(step) {
  const rows = all();
  const at = rows.findIndex((row) => row.contains(document.activeElement));
  const here = at < 0 ? rows.findIndex((row) => row.querySelector("[aria-current]")) : at;
  const next = rows[here < 0 ? 0 : here + step];
  if (next) goal(next).focus();
  next?.scrollIntoView({ block: "nearest" });
  return Boolean(next);
}

function tick() {
  const row = all().find((one) => one.contains(document.activeElement));
  row?.querySelector("input[type=checkbox]")?.click();
  return Boolean(row);
}
