// D and H on a promise that has the focus open one dialog for all rows: it gets the row's words and address.
export const selector = "[data-owe], main";

export function start(element) {
  if (!element.matches("[data-owe]")) return startKeys();
  element.addEventListener("click", () => {
    const dialog = document.getElementById(`owe-${element.dataset.owe}`);
    dialog.querySelector("[data-owe-what]").textContent = element.dataset.oweWhat;
    for (const form of dialog.querySelectorAll("[data-owe-form]")) form.action = element.dataset.oweUrl;
    dialog.showModal();
    dialog.dispatchEvent(new CustomEvent("dialog:open", { bubbles: true }));
  });
}

function startKeys() {
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.metaKey || event.ctrlKey || event.altKey || event.repeat) return;
    if ("noSingleKeys" in document.body.dataset || document.querySelector("dialog[open]")) return;
    if (event.target.matches("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]")) return;
    const row = event.target.closest("[data-rows] > *") ?? document.querySelector("[data-rows] > *:has([data-owe])");
    const button = row?.querySelector(`[data-row-key="${event.key.toUpperCase()}"]`);
    if (!button) return;
    event.preventDefault();
    button.click();
  });
}
