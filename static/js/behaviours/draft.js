// Words in a [data-draft="key"] field are kept on this device until the server has them, for who wrote them. A draft is
// one in all tabs.
export const selector = "[data-draft]";
const SENT = "filo:sent:";
const DRAFT = "filo:draft:";

export function start(field) {
  const key = `${DRAFT}${document.body.dataset.user ?? ""}:${field.dataset.draft}`;
  const form = field.form;
  const savesItself = field.matches("[data-autosave]");
  let sent = null;
  settle(field, key);
  field.addEventListener("input", () => keep(field, key));
  field.addEventListener("filo:saved", () => localStorage.removeItem(key));
  window.addEventListener("storage", (event) => {
    if (event.key !== key || savesItself || field.value !== (event.oldValue ?? "")) return;
    field.value = event.newValue ?? "";
    say(field);
  });
  if (!form) return;
  form.addEventListener("submit", () => sessionStorage.setItem(SENT + key, "1"));
  form.addEventListener("htmx:configRequest", (event) => event.target === form && (sent = field.value));
  form.addEventListener("htmx:afterRequest", (event) => {
    sessionStorage.removeItem(SENT + key);
    if (event.target !== form || event.detail.requestConfig?.verb === "get") return;
    // Not `successful`: htmx leaves it out when it is led to another page. A status of 0 is no answer.
    const { status } = event.detail.xhr;
    if (status < 200 || status >= 400 || field.value !== sent) return;
    if (localStorage.getItem(key) === sent) localStorage.removeItem(key);
    if (!savesItself) empty(form, field);
  });
}

function empty(form, field) {
  form.reset(); // whoever comes back to this page finds nothing to send again
  field.value = "";
  say(field);
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
