// What every page of the console begins with: who is here, the bar at the top, and small parts that all pages build with.

import { api, onStepUp } from "./api.js";
import { explain } from "./webauthn.js";
import { signOut, stepUp } from "./sign-in.js";

export const ROLES = { auditor: "auditor", operator: "operator", security_admin: "security admin", root: "root" };

export const at = (id) => document.getElementById(id);

export function element(name, text, kind) {
  const made = document.createElement(name);
  made.textContent = text ?? "";
  if (kind) made.className = kind;
  return made;
}

/** An instant as people say it; the exact one, in UTC, on hover. */
export function time(instant, style) {
  const made = element("time", new Date(instant).toLocaleString(undefined, style));
  made.dateTime = instant;
  made.title = instant;
  return made;
}

const STEPS = [["second", 60], ["minute", 60], ["hour", 24], ["day", 365], ["year", Infinity]];

/** "3 minutes ago", "in 2 days". */
export function relative(instant) {
  let amount = (new Date(instant) - Date.now()) / 1000;
  const words = new Intl.RelativeTimeFormat(undefined, { numeric: "auto" });
  for (const [unit, many] of STEPS) {
    if (Math.abs(amount) < many) {
      const made = element("time", words.format(Math.round(amount), unit));
      made.dateTime = instant;
      made.title = `${new Date(instant).toLocaleString()} (${instant})`;
      return made;
    }
    amount /= many;
  }
  return element("time", instant);
}

export function count(number, one, many) {
  return `${number.toLocaleString()} ${number === 1 ? one : (many ?? one + "s")}`;
}

/** Where the sign-in leads back to: a page of the console, and nowhere else. */
export function wayBack() {
  const wanted = new URLSearchParams(location.search).get("next") ?? "";
  return /^\/admin\/[a-z]+(\?[^\s\\]*)?$/.test(wanted) ? wanted : null;
}

function signInFirst() {
  location.replace(`/admin?next=${encodeURIComponent(location.pathname + location.search)}`);
}

export function showBar(me) {
  at("bar").hidden = false;
  at("where").textContent = me.name;
}

at("sign-out").addEventListener("click", async () => {
  try {
    await signOut();
  } catch (failure) {
    if (failure.status !== 401) {
      at("problem").textContent = explain(failure);
      return;
    }
  }
  location.assign("/admin");
});

onStepUp(stepUp);

/** Runs `page` for who is signed in; everybody else signs in first and comes back. */
export async function enter(page) {
  try {
    const me = await api("GET", "/me");
    showBar(me);
    await page(me);
  } catch (failure) {
    tell(failure);
  }
}

/** Says what went wrong in the page's own place for that. */
export function tell(failure, place = "problem") {
  if (failure.status === 401) signInFirst();
  else at(place).textContent = explain(failure);
}
