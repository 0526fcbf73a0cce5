// A composer has tabs (call, mail, note …); [data-for="send-email send-sms"] parts show with their tabs only. What a tab
// says of itself is sent in [data-of-tab] fields; on one that says data-refused nothing can be submitted.
export const selector = "[data-composer]";

export function start(composer) {
  const tabs = [...composer.querySelectorAll("[role=tab]")];
  const field = composer.querySelector("textarea");
  const said = composer.querySelector("[data-submit-words]");

  const choose = (tab) => {
    for (const one of tabs) {
      one.setAttribute("aria-selected", one === tab);
      one.tabIndex = one === tab ? 0 : -1;
    }
    const { value, placeholder, refused, submit: words } = tab.dataset;
    composer.querySelector("[role=tabpanel]").setAttribute("aria-labelledby", tab.id);
    if (placeholder) field.placeholder = placeholder;
    if (words) said.textContent = words;
    said.closest("button").disabled = refused !== undefined;
    for (const part of composer.querySelectorAll("[data-for]")) {
      part.hidden = part.disabled = !part.dataset.for.split(" ").includes(value);
    }
    for (const hidden of composer.querySelectorAll("[data-of-tab]")) {
      hidden.value = tab.dataset[hidden.name] ?? "";
      hidden.disabled = !hidden.value; // a field of the part says it
    }
    field.dispatchEvent(new CustomEvent("filo:tab", { bubbles: true, detail: value }));
  };

  for (const tab of tabs) {
    tab.addEventListener("click", () => {
      choose(tab);
      field.focus();
    });
  }
  composer.querySelector("[role=tablist]")?.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    const next = tabs[(tabs.indexOf(document.activeElement) + step + tabs.length) % tabs.length];
    event.preventDefault();
    choose(next);
    next.focus();
  });
  choose(tabs.find((tab) => tab.getAttribute("aria-selected") === "true") ?? tabs[0]);
}
