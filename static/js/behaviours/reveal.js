// The button in a password field shows what was typed.
export const selector = "[data-reveal]";

export function start(button) {
  const field = document.getElementById(button.getAttribute("aria-controls"));
  button.addEventListener("click", () => {
    const show = field.type === "password";
    field.type = show ? "text" : "password";
    button.textContent = show ? button.dataset.hide : button.dataset.show;
    field.focus();
  });
}
