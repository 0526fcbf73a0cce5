// [data-submit-on-change] sends its form when a choice is made; empty fields stay out of the address.
export const selector = "form[data-submit-on-change]";

export function start(form) {
  form.addEventListener("change", () => form.requestSubmit());
  form.addEventListener("formdata", (event) => {
    if (form.method !== "get") return;
    for (const [name, value] of [...event.formData]) if (value === "") event.formData.delete(name);
  });
}
