// A button that writes a merge field where the cursor was: data-insert is the text, data-insert-into the field's id.
// What is still to be written in it (…) is selected: the next letter takes its place.
export const selector = "[data-insert]";

export function start(button) {
  button.addEventListener("click", () => {
    const field = document.getElementById(button.dataset.insertInto);
    const from = field.selectionStart;
    field.setRangeText(button.dataset.insert, from, field.selectionEnd, "end");
    const dots = button.dataset.insert.indexOf("…");
    if (dots >= 0) field.setSelectionRange(from + dots, from + dots + 1);
    field.focus();
    field.dispatchEvent(new Event("input", { bubbles: true }));
  });
}
