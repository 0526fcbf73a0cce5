// A refusal shows at once and is taken back when the server did not take it; a yes waits for the server.
export const selector = "form[data-consent]";

export function start(form) {
  const id = form.dataset.consent;
  const cell = document.getElementById(id);
  if (!cell) return;
  let before = null;

  form.addEventListener("submit", (event) => {
    document.addEventListener("htmx:afterSettle", () => document.getElementById(id)?.focus(), { once: true });
    if (event.submitter?.value !== "no") return;
    before = [...cell.childNodes];
    cell.replaceChildren(document.getElementById("consent-no").content.cloneNode(true));
    cell.classList.add("pending");
    form.closest("dialog").close();
  });
  form.addEventListener("htmx:afterRequest", (event) => {
    if (event.detail.successful || !before) return;
    cell.replaceChildren(...before);
    cell.classList.remove("pending");
    before = null;
  });
}
