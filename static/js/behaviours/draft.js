// Words in a [data-draft="key"] field are kept on this device until the server has them.
export const selector = "[data-draft]";
const SENT = "filo:sent:";
const DRAFT = "filo:draft:";

export function start(field) {
  const key = DRAFT + field.dataset.draft;
  settle(field, key);
  field.addEventListener("input", () => keep(field, key));
  field.addEventListener("filo:saved", () => localStorage.removeItem(key));
  const form = field.form;
  if (!form) return;
  form.addEventListener("submit", () => sessionStorage.setItem(SENT + key, "1"));
  form.addEventListener("htmx:afterRequest", (event) => {
    sessionStorage.removeItem(SENT + key);
    if (event.target !== form || event.detail.requestConfig?.verb === "get") return;
    if (event.detail.successful && !event.detail.xhr.getResponseHeader("HX-Retarget")) localStorage.removeItem(key);
  });
}

function settle(field, key) {
  const how = performance.getEntriesByType("navigation")[0]?.type;
  const wasSent = sessionStorage.getItem(SENT + key) && how === "navigate";
  sessionStorage.removeItem(SENT + key);
  if (wasSent && field.getAttribute("aria-invalid") !== "true") localStorage.removeItem(key);
  const kept = localStorage.getItem(key);
  if (!kept || (field.value && !field.matches("[data-autosave]"))) return; // what saves itself drops its draft: one that is left is newer
  field.value = kept;
  say(field);
}

function keep(field, key) {
  if (field.value.trim()) localStorage.setItem(key, field.value);
  else localStorage.removeItem(key);
  say(field);
}

function say(field) {
  const said = field.form?.querySelector("[data-draft-said]") ?? document.querySelector(`[data-draft-said="${field.id}"]`);
  if (said) said.hidden = !field.value.trim();
}
