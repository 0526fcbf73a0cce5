// A form is sent once: its button says that it works, until the answer is here or the page comes back.
export const selector = "form";

export function start(form) {
  if (form.method === "dialog") return;
  const free = () => {
    delete form.dataset.sending;
    for (const button of form.querySelectorAll("[aria-busy]")) button.removeAttribute("aria-busy");
  };
  form.addEventListener("submit", (event) => {
    if (form.method !== "post" && !form.matches("[hx-post]")) return;
    if (form.dataset.sending) {
      event.preventDefault();
      event.stopImmediatePropagation();
      return;
    }
    form.dataset.sending = "yes";
    event.submitter?.setAttribute("aria-busy", "true");
    setTimeout(() => event.defaultPrevented && !form.matches("[hx-post], [data-hx-post]") && free());
  });
  form.addEventListener("htmx:afterRequest", (event) => {
    if (!event.detail.xhr.getResponseHeader("HX-Redirect")) free(); // else another page is on its way
  });
  form.addEventListener("htmx:sendAbort", free);
  window.addEventListener("pageshow", free);
}
