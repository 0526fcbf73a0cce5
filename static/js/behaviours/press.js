// A form that is asked again as it is filled. What is typed while an answer is on its way breaks that answer off, for it
// would wipe out what is being typed; and while a press of a button is on its way, which carries the whole form, nothing
// else is sent. What waits for a quiet moment ([data-when-quiet]) waits for the next answer to bring another.
// Another choice in a select draws the form anew: what asks no more than the numbers does not take its place, and where
// typing broke it off it is asked for again. Other fields than those in [data-answers], and what is searched for there,
// change nothing.
export const selector = "[data-press-first]";

export function start(form) {
  let press = null;
  let [drawing, owed] = [null, null]; // the request of a select, and the select until it is answered
  const isPress = (element) => element?.matches?.("button");
  const isDrawing = (element) => element?.matches?.("select");
  const typed = ({ target }) => {
    if (!target.closest("[data-answers]") || target.type === "search") return;
    form.querySelector("[data-when-quiet]")?.remove();
    if (!press) form.dispatchEvent(new CustomEvent("htmx:abort", { bubbles: true, detail: { elt: form } }));
  };
  form.addEventListener("input", typed, { capture: true }); // some fields keep it to themselves
  form.addEventListener("htmx:confirm", (event) => {
    const { elt } = event.detail;
    if (press && !isPress(elt)) event.preventDefault();
    else if (elt.matches("[data-answers]") && owed?.isConnected) {
      event.preventDefault();
      if (!drawing) owed.dispatchEvent(new Event("input", { bubbles: true }));
    }
  });
  form.addEventListener("htmx:beforeSend", (event) => {
    const { elt, xhr } = event.detail;
    if (isPress(elt)) press = xhr;
    if (isDrawing(elt)) [drawing, owed] = [xhr, elt];
  });
  for (const end of ["htmx:afterRequest", "htmx:sendAbort"]) {
    form.addEventListener(end, (event) => {
      const { xhr, successful } = event.detail;
      if (xhr === press) press = null;
      if (xhr === drawing) [drawing, owed] = [null, successful ? null : owed];
    });
  }
}
