// Counts what the page says in words: how long the time is held, and how long what was typed is kept. Warns in time,
// keeps both longer without leaving the page, and keeps what is typed as it is typed. Nothing is stored in the browser.
(() => {
  "use strict";
  const box = document.getElementById("clocks");
  if (!box) return;
  const { stay, keep, back, soon, late } = box.dataset;
  const form = document.getElementById(box.dataset.form || "-");
  const holds = Boolean(keep);
  const bar = box.querySelector(".keeper");
  const part = (name) => bar.querySelector(`[data-part="${name}"]`);
  const every = (selector, act) => document.querySelectorAll(selector).forEach(act);

  const ends = {}; // name -> the second, on the page's own clock, at which it ends
  const clock = () => performance.now() / 1000;
  const left = (name) => ends[name] - clock();
  const shown = new Set();
  let asked = clock(); // when the server was last heard
  let ticked = Date.now();
  let came; // where the keyboard was before it went to the warning

  const set = ({ hold, idle, last }) => {
    asked = clock();
    if (holds) ends.hold = asked + Number(hold);
    ends.idle = asked + Number(idle);
    ends.last = asked + Number(last);
  };

  const speak = (where, words) => {
    const region = box.querySelector(where);
    region.textContent = "";
    setTimeout(() => { region.textContent = words; }, 100); // a change, also when the words are the same
  };

  const show = (name, wanted) => {
    if (wanted === shown.has(name)) return;
    const one = part(name);
    const inside = one.contains(document.activeElement);
    shown[wanted ? "add" : "delete"](name);
    one.hidden = !wanted;
    if (wanted && bar.hidden) document.activeElement?.closest(".field")?.after(bar); // the next stop of the keyboard
    bar.hidden = !shown.size;
    document.documentElement.classList.toggle("warned", Boolean(shown.size));
    if (wanted) count();
    if (wanted) speak("[role=alert]", one.querySelector("p").textContent);
    if (!wanted && inside) (came?.isConnected ? came : document.querySelector("h1")).focus({ preventScroll: true });
  };

  const count = () => every("[data-count]", (each) => {
    const seconds = Math.max(0, Math.ceil(left(each.dataset.count)));
    each.textContent = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
  });

  const look = () => {
    const forgotten = Math.min(left("idle"), left("last"));
    if (forgotten <= 0) return void location.replace(location.href); // says that it has ended, and shows no answers
    const dying = left("last") <= Number(late);
    show("last", dying);
    show("idle", !dying && left("idle") <= Number(soon));
    if (!holds || shown.has("taken")) return;
    const over = left("hold") <= 0;
    show("ending", !over && left("hold") <= Number(soon));
    show("over", over);
    every("[data-hold]", (each) => { each.hidden = (each.dataset.hold === "over") !== over; });
  };

  const place = () => {
    // In a frame as tall as its page the lower edge of the window is somewhere in the middle: ask where.
    if (window.parent === window || bar.hidden) return;
    const eye = new IntersectionObserver(([seen]) => {
      eye.disconnect();
      const from = bar.offsetParent?.getBoundingClientRect().top ?? 0;
      if (seen.isIntersecting) bar.style.top = `${seen.intersectionRect.bottom - from - bar.offsetHeight}px`;
    });
    eye.observe(document.body);
  };

  const tick = () => {
    const slept = Date.now() - ticked > 5000;
    ticked = Date.now();
    if (slept && document.visibilityState === "visible" && clock() - asked > 5) return void alive();
    count();
    look();
    place();
  };

  // What was typed in this tab, to the server, on top of the answers the page was made from. Another tab may have
  // newer ones: then the server keeps those, and only this page's own "Continue" has the last word.
  let unsaved = false;
  let unheard = []; // what we sent and do not know the fate of: the server may have it
  const typed = () => String(new URLSearchParams(new FormData(form)));
  const remember = () => {
    const one = { sent: typed() };
    unheard = [...unheard, one].slice(-5);
    return one;
  };
  const send = async (address, more, options) => {
    const brings = Boolean(form) && unsaved;
    const body = new URLSearchParams(brings ? typed() : "");
    for (const [name, value] of Object.entries(brings ? { ...more, typed: "1" } : more)) body.set(name, value);
    let one;
    if (brings) {
      unheard.forEach(({ sent }) => body.append("after", sent));
      one = remember();
      unsaved = false;
    }
    try {
      const answer = await fetch(address, {
        method: "POST",
        body,
        headers: { Accept: "application/json" },
        credentials: "same-origin",
        ...options,
      });
      const told = answer.headers.get("Content-Type")?.startsWith("application/json") ? await answer.json() : null;
      if (told) set(told);
      if (one && !told?.revision) unsaved = true;
      const at = unheard.indexOf(one); // not there: something we sent later was heard before
      if (told?.revision && at >= 0) {
        form.elements.revision.value = told.revision;
        unheard = unheard.slice(at + 1);
      }
      return { answer, told };
    } catch (lost) {
      if (one && !options?.signal?.aborted) {
        unsaved = true; // the form itself still has everything
        save_in(5000);
      }
      throw lost;
    }
  };

  let saving = null;
  let again = false; // typed while one was on its way
  let leaving = false;
  let later;
  const save = async (going) => {
    clearTimeout(later);
    if (!form || leaving) return;
    if (saving && !going) {
      again = unsaved;
      return;
    }
    if (saving && !saving.outlives) {
      unsaved = true; // the way out would cut it off: once more, so that it outlives the page
      saving.stop.abort();
    }
    if (!unsaved) return;
    const mine = (saving = { stop: new AbortController(), outlives: going });
    again = false;
    try {
      await send(stay, {}, { signal: mine.stop.signal, keepalive: going });
    } catch { /* comes again by itself */ }
    if (saving !== mine) return;
    saving = null;
    if (again) save_in(600);
  };
  const save_in = (milliseconds) => {
    clearTimeout(later);
    later = setTimeout(() => save(false), milliseconds);
  };
  form?.addEventListener("input", () => {
    unsaved = true;
    save_in(2500);
  });
  form?.addEventListener("change", () => unsaved && save_in(600)); // the field is left: no need to wait for more
  addEventListener("submit", ({ target }) => {
    leaving = true; // the page itself is on its way, and is newer than what we would send
    if (target === form) remember(); // and may be shown again as it was
    saving?.stop.abort();
    clearTimeout(later);
  });
  addEventListener("pagehide", () => save(true));

  // Still here.
  const alive = async () => {
    try {
      const { answer, told } = await send(stay, {});
      if (answer.status === 404) return location.replace(location.href);
      if (told?.said) renew(told);
    } catch { /* no connection: what we counted ourselves still holds */ }
    count();
    look();
  };
  const renew = ({ said, hold }) => {
    every("[data-until]", (each) => { each.textContent = said; });
    if (Number(hold) <= Number(soon)) return;
    every("[data-hold=held]", (each) => { // it was ending when the page came, and is not any more
      each.className = "notice";
      each.querySelector("strong")?.remove();
    });
  };

  const ask = async (button) => {
    const keeps = button.dataset.do === "keep";
    show("failed", false);
    button.setAttribute("aria-disabled", "true");
    try {
      const { answer, told } = await send(keeps ? keep : stay, keeps && back ? { back } : {});
      if (!told) return answer.redirected || answer.status === 404 ? location.replace(answer.url && answer.redirected ? answer.url : location.href) : show("failed", true);
      if (told.taken) {
        ends.hold = 0;
        ["ending", "over"].forEach((name) => show(name, false));
        part("taken").querySelector("a").href = told.taken;
        every("[data-hold]", (each) => { each.hidden = true; });
        show("taken", true);
        return;
      }
      renew(told);
      look();
      speak("[role=status]", keeps ? told.said : button.dataset.said);
    } catch {
      show("failed", true);
    } finally {
      button.removeAttribute("aria-disabled");
    }
  };

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-do]");
    if (!button) return;
    event.preventDefault();
    if (button.getAttribute("aria-disabled") !== "true") ask(button);
  });
  bar.addEventListener("focusin", ({ relatedTarget }) => {
    if (relatedTarget && !bar.contains(relatedTarget)) came = relatedTarget;
  });
  addEventListener("pageshow", ({ persisted }) => {
    leaving = false;
    if (!persisted) return;
    saving = null; // it was cut off, or will never be heard
    alive(); // shown again as it was: what it counted then is old
  });
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible" && clock() - asked > 30) alive();
    else if (document.visibilityState === "hidden") save(true);
  });

  document.querySelector("h1").tabIndex = -1;
  set({ ...box.dataset, hold: box.dataset.holdLeft });
  tick();
  setInterval(tick, 1000);
})();
