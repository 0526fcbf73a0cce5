// [data-open="id"] opens a <dialog>, [data-close] or a click beside it closes; one that arrives with data-now is open.
// One that is drawn anew while it is open stays open.
export const selector = "[data-open], dialog";
let shown = null;

export function start(element) {
  if (element.matches("dialog")) startDialog(element);
  else element.addEventListener("click", () => open(document.getElementById(element.dataset.open)));
}

function open(dialog) {
  if (!dialog || dialog.open) return;
  document.documentElement.dataset.nav = "";
  dialog.showModal();
  shown = dialog;
  dialog.dispatchEvent(new CustomEvent("dialog:open", { bubbles: true }));
}

function startDialog(dialog) {
  dialog.addEventListener("click", (event) => {
    const isBeside = event.target === dialog && event.detail > 0 && !inside(dialog, event);
    if (isBeside || event.target.closest("[data-close]")) dialog.close();
  });
  const wasOpen = shown?.open && !shown.isConnected && dialog.id && shown.id === dialog.id;
  if ("now" in dialog.dataset || wasOpen) open(dialog);
}

function inside(dialog, { clientX, clientY }) {
  const box = dialog.getBoundingClientRect();
  return clientX >= box.left && clientX <= box.right && clientY >= box.top && clientY <= box.bottom;
}
