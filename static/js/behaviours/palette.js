// A combobox: the field keeps the focus, arrows choose a row, Enter opens it. htmx brings the rows.
// Who was opened lately is kept for this tab only.
export const selector = "[data-palette]";
const KEY = "filo:recent";
const RECENT = 5; // rows

export function start(dialog) {
  const field = dialog.querySelector("[role=combobox]");
  const list = dialog.querySelector("[role=listbox]");
  const rows = () => [...list.querySelectorAll("[role=option]")];

  const choose = (row) => {
    for (const one of rows()) one.setAttribute("aria-selected", one === row);
    if (row) field.setAttribute("aria-activedescendant", row.id);
    else field.removeAttribute("aria-activedescendant");
    row?.scrollIntoView({ block: "nearest" });
  };
  const chosen = () => rows().find((row) => row.getAttribute("aria-selected") === "true");

  dialog.addEventListener("dialog:open", () => {
    field.value = "";
    field.dispatchEvent(new CustomEvent("palette:open"));
  });
  list.addEventListener("htmx:afterSwap", () => {
    if (!field.value) list.prepend(...recent(dialog));
    choose(rows()[0]);
    document.getElementById("palette-said").textContent = rows().length;
  });
  field.addEventListener("keydown", (event) => {
    const all = rows();
    const at = all.indexOf(chosen());
    if (event.key === "ArrowDown") choose(all[(at + 1) % all.length]);
    else if (event.key === "ArrowUp") choose(all.at(at < 1 ? -1 : at - 1));
    else if (event.key === "Enter") chosen()?.click();
    else return;
    event.preventDefault();
  });
  list.addEventListener("click", (event) => {
    const row = event.target.closest("[data-recent]");
    if (row) remember({ href: row.getAttribute("href"), label: row.querySelector(".truncate").textContent });
  });
}

function read() {
  return JSON.parse(sessionStorage.getItem(KEY) ?? "[]");
}

function remember(row) {
  sessionStorage.setItem(KEY, JSON.stringify([row, ...read().filter((old) => old.href !== row.href)].slice(0, RECENT)));
}

function recent(dialog) {
  return read().map((row, n) => {
    const copy = dialog.querySelector("template").content.firstElementChild.cloneNode(true);
    copy.id = `palette-recent-${n}`;
    copy.href = row.href;
    copy.querySelector(".truncate").textContent = row.label;
    return copy;
  });
}
