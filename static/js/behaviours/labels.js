// Key labels follow the machine: ⌘ is Ctrl where there is no ⌘.
export const selector = "kbd";
const isApple = /mac|iphone|ipad/i.test(navigator.userAgentData?.platform ?? navigator.platform);

export function start(kbd) {
  if (!isApple && kbd.textContent.startsWith("⌘")) kbd.textContent = kbd.textContent.replace("⌘", "Ctrl ");
}
