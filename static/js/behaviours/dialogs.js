// [data-open="id"] opens a <dialog>, [data-close] or a click beside it closes; one that arrives with data-now is open.
export const selector = "[data-open], dialog";

export function start(element) {
  if (element.matches("dialog")) startDialog(element);
  else element.addEventListener("click", () => open(document.getElementById(element.dataset.open)));
}

function open(dialog) {
  if (!dialog || dialog.open) return;
  document.documentElement.dataset.nav = "";
  dialog.showModal();
  dialog.dispatchEvent(new CustomEvent("dialog:open", { bubbles: true }));
}

function startDialog(dialog) {
  dialog.addEventListener("click", (event) => {
    const isBeside = event.target === dialog && event.detail > 0 && !inside(dialog, event);
    if (isBeside || event.target.closest("[data-close]")) dialog.close();
  });
  if ("now" in dialog.dataset) open(dialog);
}

function inside(dialog, { clientX, clientY }) {
  const box = dialog.getBoundingClientRect();
  return clientX >= box.left && clientX <= box.right && clientY >= box.top && clientY <= box.bottom;
}
