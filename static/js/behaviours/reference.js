// Swagger's page knows the dark by a class of <html>; it follows the theme, as chosen here or by the system.
export const selector = "#swagger-ui";

export function start() {
  const root = document.documentElement;
  const system = matchMedia("(prefers-color-scheme: dark)");
  const follow = () => root.classList.toggle("dark-mode", root.dataset.theme === "dark" || (root.dataset.theme !== "light" && system.matches));
  system.addEventListener("change", follow);
  new MutationObserver(follow).observe(root, { attributeFilter: ["data-theme"] });
  follow();
}
