// [data-kept] is said where what somebody writes is kept on this device, [data-unkept] where it is not.
export const selector = "[data-kept], [data-unkept]";

export function start(words) {
  const isKept = document.querySelector("[data-draft]") !== null;
  words.hidden = isKept !== "kept" in words.dataset;
}
