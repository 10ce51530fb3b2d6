// Several clients at once: which are picked, what the act does to all of them, and an honest account of what it did.

import { ends, refused, timed } from "./acts.js";
import { api } from "./api.js";
import { at, count, element, holding, may, path } from "./shell.js";
import { sure } from "./sure.js";

const AT_ONCE = 4;
const MOST = 1_000;
const TYPED_FROM = 11; // Up to ten are seen at a glance; more are confirmed by their number.
const NAMED = 5;

const picked = new Map(); // By client id, as the list showed them.
let vendor = null; // Where the picked ones are all of a vendor, whose end is one act.
let where = "";
let filter = {};
let after = null;

const names = (number) => count(number, "client");

// --- Picking

function box(client) {
  const made = element("input", "", "pick");
  made.type = "checkbox";
  made.id = `pick-${client.client_id}`;
  made.setAttribute("aria-label", `Select ${client.client_id}`);
  made.checked = picked.has(client.client_id);
  made.addEventListener("change", () => {
    vendor = null;
    if (made.checked) picked.set(client.client_id, client);
    else picked.delete(client.client_id);
    show();
  });
  return made;
}

/** The cell that a row begins with; none where nobody may act on what is picked. */
export function pickCell(realm, client) {
  if (!may(realm, "operator")) return [];
  if (picked.has(client.client_id)) picked.set(client.client_id, client);
  return [holding("td", [box(client)], "pick-cell")];
}

const boxes = () => [...at("rows").querySelectorAll(".pick")];

/** What is picked, as the boxes and the bar say it. */
export function show() {
  const shown = boxes();
  for (const one of shown) one.checked = picked.has(one.id.slice("pick-".length));
  const on = shown.filter((one) => one.checked).length;
  at("pick-shown").checked = shown.length > 0 && on === shown.length;
  at("pick-shown").indeterminate = on > 0 && on < shown.length;
  at("picked").hidden = !picked.size;
  const further = picked.size - on;
  const words = picked.size ? `${names(picked.size)} selected${further ? `, ${further.toLocaleString()} of them not shown` : ""}` : "";
  if (at("picked-count").textContent !== words) at("picked-count").textContent = words;
  at("pick-all").hidden = at("more").hidden || further > 0;
  at("revoke-picked").hidden = !may(where, "security_admin");
}

function none() {
  picked.clear();
  vendor = null;
  show();
}

async function all() {
  const query = new URLSearchParams({ limit: MOST, ...Object.fromEntries(Object.entries(filter).filter(([, value]) => value)) });
  query.delete("realm");
  const found = await api("GET", `${path("realms", where, "clients")}?${query}`);
  for (const client of found) picked.set(client.client_id, client);
  vendor = filter.vendor && !filter.q && !filter.state ? filter.vendor : null;
  at("note").textContent =
    found.length < MOST || vendor ? "" : `These are the first ${MOST.toLocaleString()}: there may be more. All of a vendor are ended by choosing the vendor.`;
  show();
}

// --- Acts

/** Some at a time, until all are done or `stopped`; what could not be done is kept with its reason. */
async function each(clients, work, say) {
  const account = { did: [], failed: [], left: 0, stop: null };
  const rest = [...clients];
  const worker = async () => {
    while (rest.length && !account.stop) {
      if (!at("sure").open) {
        account.stop = new Error("It was stopped.");
        break;
      }
      const client = rest.shift();
      try {
        account.did.push({ client, answer: await work(client) });
      } catch (failure) {
        // Who is not signed in, or does not confirm, is in the way of all of them.
        if (!("status" in failure) || failure.status === 401) {
          account.stop = failure;
          rest.unshift(client);
        } else account.failed.push({ client, why: failure.message });
      }
      say(`${(account.did.length + account.failed.length).toLocaleString()} of ${clients.length.toLocaleString()}`);
    }
  };
  // The first alone: it is asked for the second factor, once for all.
  if (rest.length) {
    const others = rest.splice(1);
    await worker();
    rest.push(...others);
  }
  if (!account.stop) await Promise.all(Array.from({ length: AT_ONCE }, worker));
  account.left = rest.length;
  if (account.stop && !account.did.length && !account.failed.length) throw account.stop;
  return account;
}

/** What was not done, in the place for problems; what was done is no longer picked. */
function tellOf(account, verb) {
  for (const { client } of account.did) picked.delete(client.client_id);
  vendor = null;
  const parts = [];
  if (account.failed.length) {
    const some = account.failed.slice(0, NAMED).map(({ client, why }) => `${client.client_id}: ${why}`);
    const more = account.failed.length - some.length;
    parts.push(`${names(account.failed.length)} could not be ${verb}. ${some.join(" ")}${more ? ` And ${more} more.` : ""}`);
  }
  if (account.left) parts.push(`${account.stop.message} ${names(account.left)} ${account.left === 1 ? "was" : "were"} not reached.`);
  if (parts.length) parts.push("They are still selected.");
  at("problem").textContent = parts.join(" ");
}

const typed = (clients) => (clients.length >= TYPED_FROM ? { typed: `${clients.length}`, what: "clients" } : {});

const left = (number, word) => (number ? ` ${names(number)} of those selected ${number === 1 ? "is" : "are"} ${word} and ${number === 1 ? "stays" : "stay"} as ${number === 1 ? "it is" : "they are"}.` : "");

function suspension() {
  const clients = [...picked.values()].filter((one) => one.state === "active");
  const grants = clients.reduce((sum, one) => sum + one.grants, 0);
  return {
    title: `Suspend ${names(clients.length)}?`,
    button: `Suspend ${names(clients.length)}`,
    ...typed(clients),
    steps: true,
    toll: async () => {
      if (!clients.length) throw new Error("None of those selected is active.");
      return `They get no tokens, and whatever stands on their ${count(grants, "live grant")} is refused, until somebody resumes them one by one.${left(picked.size - clients.length, "not active")}`;
    },
    act: async (reason, say) => {
      const { did: account, ms } = await timed(() => each(clients, (one) => api("POST", path("realms", where, "clients", one.client_id, "suspend"), { reason }), say));
      tellOf(account, "suspended");
      await after();
      return refused(`${names(account.did.length)} ${account.did.length === 1 ? "is" : "are"} suspended.`, ms);
    },
  };
}

const NOTHING = { grants_ended: 0, refresh_tokens: 0, access_tokens: 0 };

const sum = (tolls) =>
  tolls.reduce((total, toll) => Object.fromEntries(Object.keys(NOTHING).map((name) => [name, total[name] + (toll[name] ?? 0)])), NOTHING);

/** All of a vendor: one transaction, and clients that came meanwhile as well. */
function revocationOfVendor(label) {
  const route = path("realms", where, "revocations");
  return {
    title: `Revoke everything of ${label}?`,
    button: `Revoke all of ${label}`,
    danger: true,
    typed: label,
    what: "vendor",
    toll: async () => {
      const toll = await api("POST", route, { vendor: label, dry_run: true });
      return `${names(toll.clients)} of ${label}: ${ends(toll, "they hold nothing now.")} Their secrets and keys never count again. It is one act: all of them, or none.`;
    },
    act: async (reason) => {
      const { did, ms } = await timed(() => api("POST", route, { vendor: label, reason }));
      none();
      await after();
      return refused(`${names(did.clients)} of ${label} ${did.clients === 1 ? "is" : "are"} revoked: ${count(did.grants_ended, "grant")} ended.`, ms);
    },
  };
}

function revocation() {
  if (vendor) return revocationOfVendor(vendor);
  const clients = [...picked.values()].filter((one) => one.state !== "revoked");
  const route = (one) => path("realms", where, "clients", one.client_id, "revoke");
  return {
    title: `Revoke ${names(clients.length)}?`,
    button: `Revoke ${names(clients.length)}`,
    danger: true,
    ...typed(clients),
    steps: true,
    toll: async (say) => {
      if (!clients.length) throw new Error("Those selected are revoked already.");
      const account = await each(clients, (one) => api("POST", route(one), { dry_run: true }), (how) => say(`Counting what this ends: ${how}`));
      if (account.left) throw account.stop;
      const unknown = account.failed.length ? ` Of ${names(account.failed.length)} it is not known what they hold.` : "";
      return `${ends(sum(account.did.map((one) => one.answer)), "They hold nothing now.")}${unknown} Their secrets and keys never count again.${left(picked.size - clients.length, "revoked")}`;
    },
    act: async (reason, say) => {
      const { did: account, ms } = await timed(() => each(clients, (one) => api("POST", route(one), { reason }), say));
      const ended = account.did.reduce((total, { answer }) => total + (answer.grants_ended ?? 0), 0);
      tellOf(account, "revoked");
      await after();
      return refused(`${names(account.did.length)} ${account.did.length === 1 ? "is" : "are"} revoked: ${count(ended, "grant")} ended.`, ms);
    },
  };
}

/** `reload`: shows the list again. */
export function picking(realm, reload) {
  where = realm;
  after = async () => {
    await reload();
    show();
  };
  at("pick-head").hidden = !may(realm, "operator");
  at("pick-shown").addEventListener("change", () => {
    const on = at("pick-shown").checked;
    for (const one of boxes()) if (one.checked !== on) one.click();
  });
  at("pick-all").addEventListener("click", () => all().catch((failure) => (at("problem").textContent = failure.message)));
  at("pick-none").addEventListener("click", none);
  at("suspend-picked").addEventListener("click", () => sure(suspension()));
  at("revoke-picked").addEventListener("click", () => sure(revocation()));
}

/** Another search: what is not seen any more is not picked. */
export function searched(by) {
  filter = by;
  none();
}
