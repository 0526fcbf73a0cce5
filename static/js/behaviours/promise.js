// A promise made in a composer: its button, or "/" at the start of a line or after a space, shows the fields.
// [data-kind-of="compose" data-value="send-…"] chooses a kind of that composer from elsewhere on the page.
export const selector = "[data-promise], [data-kind-of]";

export function start(button) {
  if (button.dataset.kindOf) return startKind(button);
  const form = button.form;
  const fields = document.getElementById(button.getAttribute("aria-controls"));
  const what = fields.querySelector("input");
  const show = (on) => {
    fields.hidden = !on;
    button.setAttribute("aria-expanded", on);
    if (on) what.focus();
    else what.value = "";
  };
  button.addEventListener("click", () => show(fields.hidden));
  form.querySelector("textarea").addEventListener("keydown", (event) => {
    const before = event.target.value.slice(0, event.target.selectionStart);
    if (event.key !== "/" || !/(^|\s)$/.test(before)) return;
    event.preventDefault();
    show(true);
  });
  fields.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    show(false);
    form.querySelector("textarea").focus();
  });
}

function startKind(button) {
  button.addEventListener("click", () => {
    const composer = document.getElementById(button.dataset.kindOf);
    composer?.querySelector(`[data-value="${button.dataset.value}"]`)?.click();
    composer?.scrollIntoView({ block: "center" });
  });
}
