// The live grants of a realm: who holds tokens now, from where, until when. The address says which are shown.

import { grantRevocation } from "./acts.js";
import { api } from "./api.js";
import { live } from "./live.js";
import { address, asked, at, button, count, element, enter, holding, identifier, link, may, path, place, realm, relative, swap, tell } from "./shell.js";
import { sure } from "./sure.js";

const PAGE = 100;
const FIELDS = ["client", "address", "country", "age"];

let turn = 0;

function row(where, grant) {
  const acts = may(where, "security_admin")
    ? [button("Revoke", () => sure(grantRevocation(where, grant, () => load(current()))), "plain")]
    : [];
  const from = holding("span", [place(grant.address, grant.country)], "quiet small below narrow-only");
  return holding("tr", [
    holding("td", [link(grant.client_id, address("client", { realm: where, client: grant.client_id }), "mono open"), from]),
    holding("td", [identifier(grant.grant_id)], "wide-only"),
    element("td", grant.scope, "wide-only mono"),
    holding("td", [place(grant.address, grant.country)], "wide-only"),
    holding("td", [relative(grant.created_at)], "wide-only"),
    holding("td", [relative(grant.ends_at)]),
    holding("td", acts, "acts"),
  ]);
}

function current() {
  const values = Object.fromEntries(FIELDS.map((name) => [name, at("filter").elements[name].value.trim()]));
  values.country = values.country.toUpperCase();
  return values;
}

async function load(filter, after) {
  const mine = ++turn;
  const { client, address: from, country, age } = filter;
  const query = new URLSearchParams(Object.entries({ client, address: from, country }).filter(([, value]) => value));
  if (age) query.set(...age.split("="));
  query.set("limit", PAGE);
  if (after) query.set("after", `${after.created_at}_${after.grant_id}`);
  const found = await api("GET", `${path("realms", realm(), "grants")}?${query}`);
  if (mine !== turn) return;
  const rows = found.map((grant) => row(realm(), grant));
  if (after) at("rows").append(...rows);
  else swap(at("rows"), rows);
  const shown = at("rows").children.length;
  at("more").hidden = found.length < PAGE;
  at("more").onclick = () => load(filter, found.at(-1)).catch(tell);
  at("found").textContent = `${count(shown, "live grant")}, newest first${found.length < PAGE ? "" : ", and more"}`;
  at("table").hidden = !shown;
  at("nothing").hidden = shown > 0;
  at("nothing").textContent = FIELDS.some((name) => filter[name])
    ? "No live grant is like this. A client is named in full, an address exactly."
    : "Nobody holds a grant now. A grant begins with a token: ./mayfly token.";
}

let pause = 0;
function search() {
  clearTimeout(pause);
  pause = setTimeout(() => {
    const filter = current();
    history.replaceState(null, "", address("grants", { realm: realm(), ...filter }));
    at("problem").textContent = "";
    load(filter).catch(tell);
  }, 250);
}
at("filter").addEventListener("input", search);
at("filter").addEventListener("submit", (event) => event.preventDefault());

enter(async () => {
  for (const name of FIELDS) at("filter").elements[name].value = asked()[name] ?? "";
  at("list").hidden = false;
  await load(current());
  live(async () => {
    if (at("rows").children.length <= PAGE) await load(current());
  });
});
