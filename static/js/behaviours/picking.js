// In [data-picking] boxes choose rows: shift-click chooses all between, the head's box the page; the bar says how many.
// Whether the bar is there is CSS's: it works without this.
export const selector = "[data-picking]";

export function start(area) {
  const boxes = () => [...area.querySelectorAll("[data-pick]")];
  const all = area.querySelector("[data-pick-all]");
  let last = null;

  area.addEventListener("click", ({ target, shiftKey }) => {
    if (target.closest("[data-pick-none]")) set(boxes(), false);
    if (target === all) set(boxes(), all.checked);
    if (!target.matches("[data-pick]")) return;
    if (shiftKey && last?.isConnected) set(between(boxes(), last, target), target.checked);
    last = target;
    tell();
  });
  const set = (some, checked) => {
    for (const box of some) box.checked = checked;
    tell();
  };
  const tell = () => {
    const count = boxes().filter((box) => box.checked).length;
    area.querySelector("[data-picked]").textContent = count;
    if (!all) return;
    all.checked = count > 0 && count === boxes().length;
    all.indeterminate = count > 0 && !all.checked;
  };
  tell();
}

function between(boxes, one, other) {
  const [from, to] = [boxes.indexOf(one), boxes.indexOf(other)].sort((a, b) => a - b);
  return boxes.slice(from, to + 1);
}
