// Shortcuts come from aria-keyshortcuts: "C", "Meta+K Control+K", "F2", "G T" (G, then T).
// Single keys rest while somebody types and when the profile says so; function keys work from any field.
export const selector = "body";
const LEADER_MS = 1500;
let leader = 0;

export function start() {
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.isComposing || event.repeat) return;
    const key = nameOf(event);
    const isFree = key.includes("+") || /^F\d+$/.test(key);
    if (!isFree && (isTyping(event) || "noSingleKeys" in document.body.dataset)) return;
    const element = key === "G" && startLeader() ? null : elementFor(key, event);
    if (!element) return;
    event.preventDefault();
    press(element);
  });
}

function nameOf({ key, code, metaKey, ctrlKey, altKey }) {
  const digit = altKey && /^Digit(\d)$/.exec(code)?.[1]; // the physical one: with Alt some keyboards write "¡"
  const plain = digit || (key.length === 1 ? key.toUpperCase() : key);
  return `${metaKey ? "Meta+" : ""}${ctrlKey ? "Control+" : ""}${altKey ? "Alt+" : ""}${plain}`;
}

function isTyping({ target, key }) {
  // An empty field for a telephone number has the focus by itself: no letter is meant for it.
  if (target.matches?.("[data-no-letters]") && !target.value && /^[\p{L}?]$/u.test(key)) return false;
  return target.matches?.("input:not([type=checkbox], [type=radio], [type=button], [type=submit]), textarea, select, [contenteditable]");
}

function startLeader() {
  leader = Date.now();
  return true;
}

function elementFor(key, event) {
  const wanted = Date.now() - leader < LEADER_MS ? `G ${key}` : key;
  leader = 0;
  const dialog = document.querySelector("dialog[open]");
  if (key === "Enter" && event.target !== document.body && event.target.id !== "main") return null;
  const near = event.target.closest?.("form");
  for (const scope of dialog ? [dialog] : [near, document.querySelector("main"), document]) {
    const found = [...(scope?.querySelectorAll("[aria-keyshortcuts]") ?? [])].find((element) => fits(element, wanted));
    if (found) return found;
  }
  return null;
}

function fits(element, wanted) {
  const value = element.getAttribute("aria-keyshortcuts");
  const keys = value.startsWith("G ") ? [value] : value.split(" ");
  return keys.includes(wanted) && !element.disabled && element.checkVisibility();
}

function press(element) {
  element.focus();
  if (!element.matches("input:not([type=checkbox], [type=radio]), textarea, select")) element.click();
}
