// During a call a letter typed where nothing takes it goes to the notes.
export const selector = "body";

export function start() {
  document.addEventListener("keydown", (event) => {
    const notes = document.querySelector("[data-stray-notes]");
    if (!notes || document.querySelector("dialog[open], details[data-menu][open]")) return;
    if (event.metaKey || event.ctrlKey || event.altKey || !/^\p{L}$/u.test(event.key)) return;
    if (event.target.matches("input:not([type=radio], [type=checkbox]), textarea, select, [contenteditable]")) return;
    notes.focus();
    notes.setSelectionRange(notes.value.length, notes.value.length);
    event.stopImmediatePropagation();
  });
}
