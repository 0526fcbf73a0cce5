// A composer has kinds (call, mail, note …) as tabs; [data-for="email sms"] parts show with their kinds only.
export const selector = "[data-composer]";

export function start(composer) {
  const tabs = [...composer.querySelectorAll("[role=tab]")];
  const kind = composer.querySelector("[data-kind]");
  const field = composer.querySelector("textarea");

  const choose = (tab) => {
    for (const one of tabs) {
      one.setAttribute("aria-selected", one === tab);
      one.tabIndex = one === tab ? 0 : -1;
    }
    kind.value = tab.dataset.value;
    if (tab.dataset.placeholder) field.placeholder = tab.dataset.placeholder;
    if (tab.dataset.submit) composer.querySelector("[data-submit-words]").textContent = tab.dataset.submit;
    for (const part of composer.querySelectorAll("[data-for]")) {
      part.hidden = !part.dataset.for.split(" ").includes(kind.value);
      for (const control of part.querySelectorAll("input, select, textarea, button")) control.disabled = part.hidden;
    }
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
