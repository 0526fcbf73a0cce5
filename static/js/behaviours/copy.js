// [data-copy="words"] copies them and says so on the button.
export const selector = "[data-copy]";

export function start(button) {
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(button.dataset.copy);
    const before = button.lastChild.textContent;
    button.lastChild.textContent = button.dataset.copied;
    setTimeout(() => (button.lastChild.textContent = before), 2000);
  });
}
