// The clients of a realm, or those of all realms that a search finds. The address says what is shown.

import { api } from "./api.js";
import { live } from "./live.js";
import { pickCell, picking, searched, show as showPicked } from "./many.js";
import { address, asked, at, count, element, enter, holding, link, may, path, realm, realmNames, relative, state, swap, tell } from "./shell.js";

const PAGE = 100;
const EACH = 20; // Of a search in all realms: so many of each, so many realms at once.
const AT_ONCE = 20;

let turn = 0; // Of two searches that overlap only the later one is shown.

export const clientAddress = (realm, client) => address("client", { realm, client });

function row(where, client, naming) {
  const open = link(client.client_id, clientAddress(where, client.client_id), "mono open");
  const name = holding("td", [open]);
  if (naming) name.append(element("span", where, "quiet small below"));
  if (client.description) name.append(element("span", client.description, "quiet small below"));
  // The broker notes the last use twice a minute.
  const none = client.grants ? "this minute" : "never";
  const used = client.last_used_at ? relative(client.last_used_at) : element("span", none, "quiet");
  return holding("tr", [
    ...(naming ? [] : pickCell(where, client)),
    name,
    holding("td", [state(client.state)]),
    element("td", client.grants.toLocaleString(), "number"),
    holding("td", [used], "wide-only"),
    holding("td", [client.vendor ? link(client.vendor, address("clients", { realm: where, vendor: client.vendor })) : "–"], "wide-only"),
    element("td", client.kind === "resource_server" ? "resource server" : (client.attestation ?? "–"), "wide-only"),
  ]);
}

function show(rows, more) {
  at("found").textContent = `${count(rows, "client")}${more ? ", and more" : ""}`;
  at("table").hidden = rows === 0;
  at("nothing").hidden = rows !== 0;
}

/** One page, after the client named `after`; what is shown already stays as it is. */
async function load(filter, after) {
  const mine = ++turn;
  const query = new URLSearchParams({ limit: PAGE });
  if (filter.q) query.set("q", filter.q);
  if (filter.state) query.set("state", filter.state);
  if (filter.vendor) query.set("vendor", filter.vendor);
  if (after) query.set("after", after);
  const found = await api("GET", `${path("realms", filter.realm, "clients")}?${query}`);
  if (mine !== turn) return;
  const rows = found.map((client) => row(filter.realm, client));
  if (after) at("rows").append(...rows);
  else swap(at("rows"), rows);
  const more = found.length === PAGE;
  at("more").hidden = !more;
  at("more").onclick = () => load(filter, found.at(-1).client_id).catch(tell);
  show(at("rows").children.length, more);
  showPicked();
  at("nothing").textContent =
    filter.q || filter.state || filter.vendor
      ? "No client is like this. Search, state and vendor together decide what is shown."
      : "This realm has no clients yet. They come from its file in realm-config, by “New client”, or by POST /realms/R/register.";
}

let vendor = "";
const current = () => ({ realm: realm(), q: at("q").value.trim(), state: at("state").value, vendor });

/** All of one vendor, until somebody puts that away. */
function choose(label) {
  vendor = label;
  at("vendor-chosen").hidden = !label;
  at("vendor").textContent = `${label} ×`;
  at("vendor").setAttribute("aria-label", `Vendor ${label}: show those of others too`);
}
at("vendor").addEventListener("click", () => {
  choose("");
  search();
});

function search() {
  at("problem").textContent = at("note").textContent = "";
  const filter = current();
  history.replaceState(null, "", address("clients", filter));
  searched(filter);
  load(filter).catch(tell);
}

let pause = 0;
at("q").addEventListener("input", () => {
  clearTimeout(pause);
  pause = setTimeout(search, 150);
});
at("state").addEventListener("change", search);
at("filter").addEventListener("submit", (event) => {
  event.preventDefault();
  search();
});

/** In all realms. Exactly one, or one of exactly this name: that one itself. */
async function find(text) {
  const query = new URLSearchParams({ q: text, limit: EACH });
  const names = realmNames();
  const all = [];
  for (let i = 0; i < names.length; i += AT_ONCE) {
    const some = names.slice(i, i + AT_ONCE).map(async (where) =>
      (await api("GET", `${path("realms", where, "clients")}?${query}`)).map((client) => ({ where, client })),
    );
    all.push(...(await Promise.all(some)));
  }
  const found = all.flat();
  const exact = found.filter(({ client }) => client.client_id === text);
  const one = exact.length === 1 ? exact[0] : found.length === 1 ? found[0] : null;
  if (one) {
    location.replace(clientAddress(one.where, one.client.client_id));
    return;
  }
  at("list").hidden = false;
  at("filter").hidden = at("pick-head").hidden = true;
  at("find").value = text;
  swap(at("rows"), found.map(({ where, client }) => row(where, client, true)));
  show(found.length, all.some((part) => part.length === EACH));
  at("nothing").textContent = `No client of any realm has “${text}” in its name, vendor or description.`;
}

enter(async () => {
  const wanted = asked();
  if (wanted.client) {
    location.replace(clientAddress(realm(), wanted.client)); // As links of before had it.
    return;
  }
  if (wanted.find) {
    await find(wanted.find);
    return;
  }
  at("list").hidden = false;
  at("q").value = wanted.q ?? "";
  at("state").value = wanted.state ?? "";
  choose(wanted.vendor ?? "");
  searched(current());
  picking(realm(), () => load(current()));
  if (may(realm(), "security_admin")) {
    const { document: config } = await api("GET", path("realms", realm(), "policy"));
    at("new").hidden = !config.registration;
    at("new").href = address("register", { realm: realm() });
  }
  await load(current());
  live(async () => {
    if (at("rows").children.length <= PAGE) await load(current());
  });
});
