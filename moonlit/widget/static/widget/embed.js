// Moonlit Scheduler: <moonlit-booking> for a clinic's page. How to use it: docs/embed.md.
// The page's policy needs two lines: script-src and frame-src with the origin this file comes from.
(() => {
  "use strict";
  if (customElements.get("moonlit-booking")) return;
  const script = document.currentScript || document.querySelector("script[data-moonlit][src]") ||
    [...document.scripts].find(({ src }) => /^https?:\/\/[^/?#]+\/embed\.js(?![^?#])/.test(src));
  if (!script) return; // the plain link stays
  const ours = new URL(script.src).origin;
  const root = document.documentElement;
  const SILENT_MS = 4000; // a page that is loaded and says nothing was refused by the browser
  const LEAST = 160, MOST = 20000; // heights in CSS pixels

  const sheet = new CSSStyleSheet();
  sheet.replaceSync(`
    :host { display: block }
    :host([mode=button]) { display: inline-block }
    :host([hidden]) { display: none }
    iframe { display: block; width: 100%; border: 0 }
    button { font: inherit; font-weight: 600; line-height: 1.25; color: #fef8f1; background: #091747; border: 1px solid #fef8f1;
      border-radius: .625rem; padding: .75rem 1.5rem; min-height: 2.875rem; min-width: 2.875rem; cursor: pointer }
    button:focus-visible { outline: 3px solid #091747; outline-offset: 2px; box-shadow: 0 0 0 2px #fef8f1 }
    dialog { box-sizing: border-box; width: 46rem; max-width: calc(100vw - 2rem); height: 56rem; max-height: calc(100dvh - 2rem);
      padding: 0; border: 0; border-radius: .75rem; overflow: hidden;
      background: Canvas; background: light-dark(#fef8f1, #0b1128) }
    dialog[open] { display: flex; flex-direction: column }
    dialog::backdrop { background: rgb(9 23 71 / .6) }
    dialog button { align-self: flex-end; margin: .375rem; padding: .375rem 1rem }
    dialog iframe { flex: 1; min-height: 0 }
    @media (max-width: 40rem) { dialog { width: 100vw; max-width: none; height: 100dvh; max-height: none; border-radius: 0 } }`);

  const make = (name, values) => Object.assign(document.createElement(name), values);

  customElements.define("moonlit-booking", class extends HTMLElement {
    connectedCallback() {
      addEventListener("message", this);
      if (this.shadowRoot) return; // only moved: the browser loads the frame again by itself
      const spanish = this.matches(":lang(es)"), payer = this.getAttribute("payer");
      this.address = ours + (spanish ? "/es" : "") + "/book" + (payer ? "?payer=" + encodeURIComponent(payer) : "");
      const [title, close] = spanish ? ["Programar una visita", "Cerrar"] : ["Book a visit", "Close"];
      this.words = title;
      const shadow = this.attachShadow({ mode: "open" }); // hides the plain link that stands inside us
      shadow.adoptedStyleSheets = [sheet];
      if (this.getAttribute("mode") !== "button") {
        shadow.append(this.newFrame());
        this.frame.style.height = (this.clientWidth < 560 ? 1050 : 700) + "px"; // about the first page, so that nothing jumps
        return;
      }
      const button = make("button", { type: "button", part: "button", textContent: this.getAttribute("label") || title });
      const leave = make("button", { type: "button", part: "close", textContent: close });
      const dialog = this.dialog = make("dialog", { ariaLabel: title, part: "dialog" });
      let overflow;
      button.onclick = () => {
        if (!leave.nextSibling) dialog.append(this.newFrame()); // once: after giveUp the link stands there
        overflow = root.style.overflow;
        root.style.overflow = "hidden"; // the page behind stands still
        dialog.showModal();
      };
      leave.onclick = () => dialog.close();
      dialog.onclose = () => {
        root.style.overflow = overflow;
        button.focus();
      };
      dialog.append(leave);
      shadow.append(button, dialog);
    }

    disconnectedCallback() {
      removeEventListener("message", this);
      clearTimeout(this.waiting);
      this.dialog?.close();
    }

    newFrame() {
      const frame = this.frame = make("iframe", { src: this.address, title: this.words, part: "frame", referrerPolicy: "no-referrer" });
      if (getComputedStyle(this).colorScheme === "normal") frame.style.colorScheme = "light"; // light as the page around it
      let pages = 0;
      frame.onload = () => {
        frame.contentWindow.postMessage({ moonlit: 1 }, ours);
        clearTimeout(this.waiting);
        if (!this.heard) this.waiting = setTimeout(() => this.giveUp(), SILENT_MS);
        // A new page is read from its top, also by somebody who had scrolled down the one before.
        if (pages++ && !this.dialog && document.activeElement === this && this.getBoundingClientRect().top < 0)
          this.scrollIntoView({ behavior: "instant" }); // nothing moves while a finger is on its way
      };
      return frame;
    }

    handleEvent({ data, origin, source }) {
      if (!this.frame || source !== this.frame.contentWindow || origin !== ours || data?.moonlit !== 1) return;
      const { step, height } = data;
      if (!Number.isFinite(height)) return;
      this.heard = true;
      clearTimeout(this.waiting);
      if (!height) return this.dialog?.close(); // Escape, pressed inside the frame
      if (!this.dialog) this.frame.style.height = Math.min(Math.max(Math.ceil(height), LEAST), MOST) + "px";
      this.dispatchEvent(new CustomEvent("moonlit", { bubbles: true, detail: { step, height } }));
    }

    giveUp() { // the practice's list lacks this page's origin, or a policy of the page forbids the frame: show the link
      this.frame.replaceWith(this.firstElementChild ? make("slot") : make("a", { href: this.address, textContent: this.words }));
      this.frame = null;
    }
  });
})();
