// Inside a clinic's page: tells that page how tall this one is and which step it shows, and nothing else.
(() => {
  "use strict";
  if (window.parent === window) return;
  const root = document.documentElement;
  const allowed = (root.dataset.hosts || "").split(" ");
  let host = ""; // the exact origin around us, once it is known to be the practice's
  let told = 0;

  const say = (height) =>
    window.parent.postMessage({ moonlit: 1, step: Number(root.dataset.step) || null, height }, host);
  const tell = () => {
    const height = Math.ceil(document.body.getBoundingClientRect().height);
    if (!host || (height <= told && told - height < 2)) return;
    told = height;
    say(height);
  };
  const meet = (origin) => {
    if (!origin || !allowed.includes(origin)) return;
    host = origin;
    told = 0;
    tell();
  };

  window.addEventListener("message", ({ data, origin, source }) => {
    if (source === window.parent && data?.moonlit === 1) meet(origin); // the loader's hello
  });
  meet(location.ancestorOrigins?.[0]); // where the browser tells it: sooner, before the pictures are there
  new ResizeObserver(tell).observe(document.body);

  // The dialog we may stand in does not hear a key pressed in here. Height 0 says: Escape, let me out.
  window.addEventListener("keydown", ({ key, target, defaultPrevented, isComposing }) => {
    const clears = target.type === "search" && target.value; // there Escape empties the field
    if (key === "Escape" && host && !defaultPrevented && !isComposing && !clears) say(0);
  });

  // Coming from a page of ours, a screen reader goes on at what is new. Never on the first page, nor from elsewhere.
  const start = document.querySelector(".summary, h1");
  if (start && document.referrer.startsWith(`${location.origin}/`) && document.hasFocus()) {
    start.tabIndex = -1;
    start.focus({ preventScroll: true });
  }
})();
