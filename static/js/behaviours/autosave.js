// Words in a [data-autosave] field are saved as they are typed; what did not arrive is sent again until it did.
// Its hx-trigger also listens for `save`; the server answers 204 when it has them. [data-said-of=id] says how it stands.
export const selector = "[data-autosave]";
const PAUSE_MS = 3_000;

export function start(field) {
  let sent = null;
  let timer = 0;

  const say = (state) => {
    const said = document.querySelector(`[data-said-of="${field.id}"]`)?.children ?? [];
    for (const words of said) words.hidden = words.dataset.when !== state;
  };
  const again = () => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      if (!field.isConnected) return;
      say("kept");
      again();
      field.dispatchEvent(new Event("save"));
    }, PAUSE_MS);
  };
  const rest = () => {
    clearTimeout(timer);
    field.dispatchEvent(new Event("filo:saved"));
  };

  field.addEventListener("input", () => {
    say("saving");
    again();
  });
  field.addEventListener("htmx:configRequest", () => (sent = field.value));
  field.addEventListener("htmx:afterRequest", (event) => {
    if (event.detail.xhr.status !== 204) return say("kept");
    if (field.value !== sent) return;
    rest();
    say("saved");
  });

  if (field.value === field.defaultValue) return rest();
  say("kept");
  again();
}
