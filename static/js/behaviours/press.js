// A form that is asked again as it is filled. What is typed while an answer is on its way breaks that answer off, for it
// would wipe out what is being typed; and while a press of a button is on its way, which carries the whole form, nothing
// else is sent. What waits for a quiet moment ([data-when-quiet]) waits for the next answer to bring another.
// Other fields than those in [data-answers], and what is searched for there, change nothing.
export const selector = "[data-press-first]";

export function start(form) {
  let press = null;
  const isPress = (element) => element?.matches?.("button");
  const typed = ({ target }) => {
    if (!target.closest("[data-answers]") || target.type === "search") return;
    form.querySelector("[data-when-quiet]")?.remove();
    if (!press) form.dispatchEvent(new CustomEvent("htmx:abort", { bubbles: true, detail: { elt: form } }));
  };
  form.addEventListener("input", typed, { capture: true }); // some fields keep it to themselves
  form.addEventListener("htmx:confirm", (event) => {
    if (press && !isPress(event.detail.elt)) event.preventDefault();
  });
  form.addEventListener("htmx:beforeSend", (event) => {
    if (isPress(event.detail.elt)) press = event.detail.xhr;
  });
  for (const end of ["htmx:afterRequest", "htmx:sendAbort"]) {
    form.addEventListener(end, (event) => {
      if (event.detail.xhr === press) press = null;
    });
  }
}
