// A textarea is as tall as its words, where the browser does not do it by itself (field-sizing).
export const selector = "textarea";

export function start(area) {
  if (CSS.supports("field-sizing", "content")) return;
  const fit = () => {
    area.style.setProperty("height", "auto");
    area.style.setProperty("height", `${area.scrollHeight + 2}px`);
  };
  area.addEventListener("input", fit);
  fit();
}
