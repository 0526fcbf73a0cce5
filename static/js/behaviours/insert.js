// A button that writes a merge field where the cursor was: data-insert is the text, data-insert-into the field's id.
export const selector = "[data-insert]";

export function start(button) {
  button.addEventListener("click", () => {
    const field = document.getElementById(button.dataset.insertInto);
    field.setRangeText(button.dataset.insert, field.selectionStart, field.selectionEnd, "end");
    field.focus();
    field.dispatchEvent(new Event("input", { bubbles: true }));
  });
}
