// [data-key="1"] … in a [data-digits] group are chosen by Alt and the physical digit from any field,
// or by Esc, which leaves the field, and then the digit; those in [data-digits="alt"] by Alt alone.
// A choice empties the element that [data-unsays] names, where it was said to be missing.
export const selector = "body";

export function start() {
  document.addEventListener("keydown", (event) => {
    const group = document.querySelector("[data-digits]");
    if (!group || document.querySelector("dialog[open]") || event.metaKey || event.ctrlKey) return;
    const typing = event.target.matches("input:not([type=radio], [type=checkbox]), textarea, select");
    if (event.key === "Escape" && typing) {
      event.preventDefault(); // a search field would empty itself
      return event.target.blur();
    }
    const digit = /^(?:Digit|Numpad)(\d)$/.exec(event.code)?.[1];
    if (!digit || (typing && !event.altKey)) return;
    const groups = event.altKey ? "[data-digits]" : '[data-digits]:not([data-digits="alt"])';
    const choice = document.querySelector(`:is(${groups}) [data-key="${digit}"]`);
    if (!choice) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    choice.focus();
    choice.click();
  });
  document.addEventListener("change", (event) => {
    const said = event.target.closest("[data-unsays]");
    if (said) document.getElementById(said.dataset.unsays).textContent = "";
  });
}
