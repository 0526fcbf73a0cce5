// An open menu lies over everything and inside the window, whatever clips or scrolls around it: below its button, or
// above it where there is more room; what is longer scrolls. The style sheet says where it is without script.
export const selector = "details[data-menu]";
const GAP = 4; // px from its button
const EDGE = 8; // px from the sides of the window

export function start(details) {
  const button = details.querySelector("summary");
  const menu = details.querySelector(":scope > .menu");
  if (!menu?.showPopover) return;
  const follow = () => place(menu, button.getBoundingClientRect());
  const size = new ResizeObserver(follow); // some are filled once they are open

  const show = () => {
    if (!details.open || !details.isConnected || menu.matches(":popover-open")) return;
    menu.showPopover();
    follow();
    size.observe(menu);
    size.observe(button); // what is chosen is told there
    window.addEventListener("scroll", follow, { capture: true, passive: true });
    window.addEventListener("resize", follow);
  };
  const hide = () => {
    size.disconnect();
    window.removeEventListener("scroll", follow, { capture: true });
    window.removeEventListener("resize", follow);
    if (menu.matches(":popover-open")) menu.hidePopover();
  };

  menu.popover = "manual";
  details.addEventListener("toggle", () => (details.open ? show() : hide()));
  show();
}

function place(menu, button) {
  const [wide, high] = [document.documentElement.clientWidth, window.innerHeight];
  const above = button.top - GAP - EDGE;
  const below = high - button.bottom - GAP - EDGE;
  const isBelow = below >= Math.min(menu.scrollHeight, above);
  const room = Math.min(isBelow ? below : above, high - 2 * EDGE);
  const height = Math.min(menu.scrollHeight, room);
  const left = menu.matches(".menu-left") ? button.left : button.right - menu.offsetWidth;
  const top = isBelow ? button.bottom + GAP : button.top - GAP - height;
  menu.style.setProperty("--menu-room", `${room}px`);
  menu.style.setProperty("--menu-left", `${within(left, wide - menu.offsetWidth)}px`);
  menu.style.setProperty("--menu-top", `${within(top, high - height)}px`);
}

function within(start, end) {
  return Math.max(EDGE, Math.min(start, end - EDGE));
}
