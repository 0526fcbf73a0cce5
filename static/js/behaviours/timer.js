// [data-timer="227"] counts on from so many seconds; [data-since="2026-03-03T14:20:00Z"] from that moment.
export const selector = "[data-timer], [data-since]";

export function start(output) {
  const begun = output.dataset.since ? Date.parse(output.dataset.since) : Date.now() - Number(output.dataset.timer) * 1000;
  const write = () => {
    if (!output.isConnected) return clearInterval(ticking);
    const seconds = Math.max(0, Math.floor((Date.now() - begun) / 1000));
    const parts = [Math.floor(seconds / 60) % 60, seconds % 60];
    if (seconds >= 3600) parts.unshift(Math.floor(seconds / 3600));
    output.textContent = parts.map((part) => String(part).padStart(2, "0")).join(":");
  };
  const ticking = setInterval(write, 1000);
  write();
}
