// [data-submit-on-change] sends its form when a choice is made; empty fields stay out of the address.
// [data-filter="town"] opens the panel of filters at that one.
export const selector = "form[data-submit-on-change], [data-filter]";

export function start(element) {
  if ("filter" in element.dataset) element.addEventListener("click", open);
  else sendAtOnce(element);
}

function open(event) {
  event.stopPropagation(); // a click elsewhere closes the panel
  const panel = event.currentTarget.closest(".filterbar").querySelector("details[data-menu]");
  panel.open = true;
  panel.querySelector(`[name="${event.currentTarget.dataset.filter}"]`)?.focus();
}

function sendAtOnce(form) {
  form.addEventListener("change", () => form.requestSubmit());
  form.addEventListener("formdata", (event) => {
    if (form.method !== "get") return;
    for (const [name, value] of [...event.formData]) if (value === "") event.formData.delete(name);
  });
}
