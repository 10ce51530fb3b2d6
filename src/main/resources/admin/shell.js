// What every page of the console begins with: who is here, the bar at the top, the keys, and small parts that all pages
// build with.

import { api, onStepUp } from "./api.js";
import { explain } from "./webauthn.js";
import { signOut, stepUp } from "./sign-in.js";

export const ROLES = { auditor: "auditor", operator: "operator", security_admin: "security admin", root: "root" };
const ORDER = ["auditor", "operator", "security_admin", "root"];

const APPROVALS = "/admin/approvals";

/** Each page: its address, its name, and the key that leads there after `g`. */
const PAGES = [
  ["/admin/overview", "Overview", "o"],
  ["/admin/clients", "Clients", "c"],
  ["/admin/grants", "Grants", "g"],
  ["/admin/audit", "Audit", "a"],
  ["/admin/keys", "Keys", "k"],
  ["/admin/policy", "Policy", "p"],
  [APPROVALS, "Approvals", "w"],
  ["/admin/admins", "Admins", "m"],
  ["/admin", "You", "y"],
];

/** Pages that are a part of another one. */
const BELOW = { "/admin/client": "/admin/clients", "/admin/register": "/admin/clients" };

let me = null;

// --- Parts

export const at = (id) => document.getElementById(id);

export function element(name, text, kind) {
  const made = document.createElement(name);
  made.textContent = text ?? "";
  if (kind) made.className = kind;
  return made;
}

export function link(text, href, kind) {
  const made = element("a", text, kind);
  made.href = href;
  return made;
}

export function button(text, act, kind) {
  const made = element("button", text, kind);
  made.type = "button";
  made.addEventListener("click", act);
  return made;
}

/** A cell or a definition of several parts. */
export function holding(name, parts, kind) {
  const made = element(name, "", kind);
  made.append(...parts);
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

/** A word for a state with its shape; never by colour alone. */
export function state(word) {
  return element("span", word.replaceAll("_", " "), `state ${word}`);
}

/** An id, shortened; all of it on hover, and copied by a click. */
export function identifier(text, length = 8) {
  const made = button(text.slice(0, length), async () => {
    await navigator.clipboard.writeText(text);
    at("note").textContent = `Copied ${text}`;
  }, "id mono");
  made.title = `${text}: copy`;
  made.setAttribute("aria-label", `Copy ${text}`);
  return made;
}

export function place(address, country) {
  const made = element("span", address, "mono");
  if (country) made.append(` ${country}`);
  return made;
}

/** New rows in the place of old ones; who was on one of them with the keyboard stays there. */
export function swap(parent, rows) {
  const here = parent.contains(document.activeElement) ? document.activeElement : null;
  const key = here?.getAttribute("href") ?? here?.id;
  parent.replaceChildren(...rows);
  if (key) [...parent.querySelectorAll("a, button, input")].find((one) => (one.getAttribute("href") ?? one.id) === key)?.focus();
}

// --- Realms and addresses

/** A path of the API, or below a realm of it. */
export const path = (...parts) => "/" + parts.map(encodeURIComponent).join("/");

/** The address of a page of ours; members without a value are left out. */
export function address(page, members) {
  const query = new URLSearchParams(Object.entries(members).filter(([, value]) => value));
  return `/admin/${page}${query.size ? `?${query}` : ""}`;
}

export const asked = () => Object.fromEntries(new URLSearchParams(location.search));

let realms = [];

export const realmNames = () => realms;

/** The realm that the address names, or the one that was looked at last. */
export function realm() {
  const named = asked().realm;
  if (realms.includes(named)) return named;
  const last = sessionStorage.getItem("realm");
  return realms.includes(last) ? last : realms[0];
}

/** Whether buttons are worth showing; the broker decides all the same. */
export function may(where, least) {
  const roles = [me.roles["*"], me.roles[where]].map((role) => ORDER.indexOf(role));
  return Math.max(...roles) >= ORDER.indexOf(least);
}

export const seesTheBroker = () => Boolean(me.roles["*"]);

/** Where the sign-in leads back to: a page of the console, and nowhere else. */
export function wayBack() {
  const wanted = new URLSearchParams(location.search).get("next") ?? "";
  return /^\/admin\/[a-z]+(\?[^\s\\]*)?$/.test(wanted) ? wanted : null;
}

export function signInFirst() {
  location.replace(`/admin?next=${encodeURIComponent(location.pathname + location.search)}`);
}

// --- The bar

function region(name, id, role) {
  const made = element(name, "");
  made.id = id;
  if (role) made.setAttribute("role", role);
  return made;
}

function pageLinks() {
  const nav = element("nav", "");
  nav.setAttribute("aria-label", "Console");
  for (const [href, name] of PAGES) {
    // Who is in no role in the whole broker does not see its admins.
    if (href === "/admin/admins" && !me.roles["*"]) continue;
    const one = link(name, realm() && href !== "/admin" ? `${href}?realm=${encodeURIComponent(realm())}` : href);
    if (location.pathname === href || BELOW[location.pathname] === href) one.setAttribute("aria-current", "page");
    if (href === APPROVALS) one.id = "approvals-link";
    nav.append(one);
  }
  return nav;
}

/** What waits for a second admin, of all that this one may see; the navigation says how much that is. */
export async function learnWaiting() {
  const all = await api("GET", "/approvals?state=pending");
  const counter = element("span", all.length.toLocaleString(), "count");
  counter.append(element("span", ` ${all.length === 1 ? "waits" : "wait"} for a second admin`, "unseen"));
  at("approvals-link").replaceChildren("Approvals", ...(all.length ? [" ", counter] : []));
  return all;
}

function realmChoice() {
  const select = region("select", "realm");
  select.setAttribute("aria-label", "Realm");
  select.append(...realms.map((name) => new Option(name)));
  select.value = realm();
  select.addEventListener("change", () => {
    sessionStorage.setItem("realm", select.value);
    location.assign(`${location.pathname}?realm=${encodeURIComponent(select.value)}`);
  });
  return select;
}

function finder() {
  const form = region("form", "finder", "search");
  const input = region("input", "find");
  input.type = "search";
  input.placeholder = "Find a client";
  input.setAttribute("aria-label", "Find a client in all realms");
  input.maxLength = 200;
  input.autocomplete = "off";
  input.spellcheck = false;
  form.append(input);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (input.value.trim()) location.assign(address("clients", { find: input.value.trim() }));
  });
  return form;
}

/** Above the page's own `main`; what it says of a page goes to the beginning of that. */
export function showBar(known) {
  me = known;
  at("bar")?.remove();
  const bar = region("header", "bar");
  const skip = link("To the content", `#${document.querySelector("main:not([hidden])").id}`, "skip");
  const out = button("Sign out", leave, "plain");
  out.id = "sign-out";
  const where = region("span", "where");
  where.className = "where";
  where.textContent = me.name;
  const parts = [skip, element("strong", "Mayfly")];
  if (realms.length) parts.push(realmChoice());
  parts.push(pageLinks());
  if (realms.length) parts.push(finder());
  parts.push(region("span", "fresh"), where, out);
  bar.append(...parts);
  document.body.prepend(bar);
  const lost = at("lost") ?? region("p", "lost", "alert");
  bar.after(lost);
}

async function leave() {
  try {
    await signOut();
  } catch (failure) {
    if (failure.status !== 401) {
      at("problem").textContent = explain(failure);
      return;
    }
  }
  location.assign("/admin");
}

onStepUp(() => stepUp(me));

/** What the realms of this admin are; before the bar is shown. */
export async function learnRealms() {
  realms = (await api("GET", "/realms")).map((one) => one.realm);
  if (asked().realm && realms.includes(asked().realm)) sessionStorage.setItem("realm", asked().realm);
}

/** Runs `page` for who is signed in; everybody else signs in first and comes back. */
export async function enter(page) {
  const main = document.querySelector("main");
  main.id ||= "content";
  main.prepend(region("p", "problem", "alert"), region("p", "note", "status"));
  try {
    const known = await api("GET", "/me");
    await learnRealms();
    showBar(known);
    learnWaiting().catch(() => {}); // What the page asks for fails as well, and says so.
    if (realms.length) await page(known);
    else at("problem").textContent = "No realm is yours to see. Who is root gives roles: ./mayfly admin people roles.";
  } catch (failure) {
    tell(failure);
  }
}

/** Says what went wrong in the page's own place for that. */
export function tell(failure, where = "problem") {
  if (failure.status === 401) signInFirst();
  else at(where).textContent = explain(failure);
}

// --- Keys

const isTyping = (target) => target.matches?.("input:not([type=checkbox]), select, textarea");
let afterG = 0;

function step(by) {
  const all = [...document.querySelectorAll("tbody .open, .rows .open")].filter((one) => one.checkVisibility());
  const here = all.indexOf(document.activeElement.closest("tr")?.querySelector(".open") ?? document.activeElement);
  all[Math.min(Math.max(here + by, 0), all.length - 1)]?.focus();
}

function help() {
  const known = at("help");
  const dialog = known ?? region("dialog", "help");
  if (!known) {
    const list = element("dl", "");
    const rows = [["/", "search"], ["j  k", "next row, row before"], ["Enter", "open it"], ["x", "select it"], ["?", "this"]];
    for (const [, name, key] of PAGES) rows.push([`g ${key}`, name]);
    for (const [key, what] of rows) list.append(holding("dt", [element("kbd", key)]), element("dd", what));
    const close = button("Close", () => dialog.close());
    dialog.setAttribute("aria-labelledby", "help-title");
    const title = region("h2", "help-title");
    title.textContent = "Keys";
    dialog.append(title, list, holding("div", [close], "actions"));
    document.body.append(dialog);
  }
  dialog.showModal();
}

document.addEventListener("keydown", (event) => {
  if (!me || isTyping(event.target) || event.ctrlKey || event.metaKey || event.altKey) return;
  if (document.querySelector("dialog[open]")) return;
  if (Date.now() - afterG < 1_500) {
    const to = PAGES.find(([, , key]) => key === event.key);
    afterG = 0;
    if (to) location.assign(to[0]);
    return;
  }
  const acts = {
    "/": () => (at("q") ?? at("find"))?.focus(),
    g: () => (afterG = Date.now()),
    j: () => step(1),
    k: () => step(-1),
    x: () => document.activeElement.closest("tr")?.querySelector(".pick")?.click(),
    "?": help,
  };
  if (!Object.hasOwn(acts, event.key)) return;
  event.preventDefault();
  acts[event.key]();
});
