// Pages that renew themselves: when the broker says that something has changed, and every few seconds anyway.

import { at, learnWaiting, signInFirst } from "./shell.js";
import { explain } from "./webauthn.js";

const IDLE = 10 * 60_000;
const SLOWEST = 60_000;
const TOGETHER = 50; // Of one act several things may be told.
let lastHere = Date.now();
for (const sign of ["pointerdown", "pointermove", "keydown", "wheel", "touchstart"]) {
  addEventListener(sign, () => (lastHere = Date.now()), { passive: true });
}

/** Whether nobody looks: a session ends for want of requests, and a page left open must not keep it. */
const away = () => document.hidden || Date.now() - lastHere > IDLE;

/** Whether somebody reads or is about to act: the page must not change under the hand. */
const busy = () => document.querySelector("dialog[open]") || !getSelection().isCollapsed;

/** The broker's word that something has changed, as long as somebody looks; without it pages just ask every few seconds. */
function feed(heard) {
  let source = null;
  let refusedAt = -Infinity;
  return {
    open() {
      if (source || Date.now() - refusedAt < SLOWEST) return;
      source = new EventSource("/admin/api/events");
      source.onmessage = heard;
      source.onerror = () => {
        if (source?.readyState !== EventSource.CLOSED) return; // It tries again by itself.
        source = null;
        refusedAt = Date.now();
      };
    },
    close() {
      source?.close();
      source = null;
    },
  };
}

/**
 * Calls `load` every few seconds, and at once when the broker says that something has changed: then with `true`. Says how
 * fresh the page is. Without an answer it says so, and asks less and less often.
 */
export function live(load, every = 5_000) {
  let good = Date.now();
  let failed = 0;
  let told = false;
  let running = false;
  let timer = 0;
  const clock = () => new Date(good).toLocaleTimeString();
  const changes = feed(() => {
    told = true;
    soon(TOGETHER);
  });

  function soon(wait) {
    clearTimeout(timer);
    if (!running) timer = setTimeout(round, wait);
  }

  async function ask() {
    const news = told;
    told = false;
    try {
      await Promise.all([load(news), news ? learnWaiting() : null]);
      good = Date.now();
      failed = 0;
      at("lost").textContent = "";
      at("fresh").textContent = `live, ${clock()}`;
      document.body.classList.remove("stale");
      changes.open();
    } catch (failure) {
      if (failure.status === 401) {
        signInFirst();
        return;
      }
      failed++;
      at("fresh").textContent = "";
      document.body.classList.add("stale");
      at("lost").textContent = `No answer since ${clock()}: what you see is of then. ${explain(failure)}`;
    }
  }

  async function round() {
    if (away()) {
      at("fresh").textContent = `paused at ${clock()}`;
      changes.close();
    } else if (!busy()) {
      running = true;
      await ask();
      running = false;
    }
    // What was told meanwhile, or while somebody was reading, is not forgotten.
    soon(told && !busy() && !away() && !failed ? TOGETHER : Math.min(every * 2 ** failed, SLOWEST));
  }

  for (const sign of ["visibilitychange", "online", "focus"]) {
    (sign === "visibilitychange" ? document : window).addEventListener(sign, () => away() || soon(TOGETHER));
  }
  addEventListener("pagehide", () => changes.close());
  at("fresh").textContent = `live, ${clock()}`;
  changes.open();
  soon(every);
}
