// The audit trail: newest first, as far back as one likes; a row opens to all that it holds. The address says what is
// looked for.

import { api } from "./api.js";
import { live } from "./live.js";
import { address, asked, at, button, count, element, enter, holding, link, path, place, realm, seesTheBroker, swap, tell, time } from "./shell.js";
import { eventName, gist } from "./words.js";

const PAGE = 50;
const NEW = 300; // Rows beyond which the page does not look for new ones by itself.
const FIELDS = ["client", "event", "severity", "address", "country", "grant", "from", "until", "everywhere"];
const EVENTS = [
  "token_issued", "token_refreshed", "token_exchanged", "token_refused", "refresh_refused", "refresh_token_replayed",
  "client_authentication_failed", "proof_replayed", "request_denied", "request_observed", "quota_exceeded", "grant_revoked",
  "instance_joined", "attestation_refused", "client_state_changed", "client_registered", "client_changed", "secret_issued",
  "secret_revoked", "secret_expiring", "mass_revocation", "realm_applied", "signing_key_created", "signing_key_distrusted",
  "admin_signed_in", "admin_sign_in_failed", "admin_invited", "admin_refused",
];

let turn = 0;
let further = null;

const TOLD = ["at", "realm", "event", "severity", "client_id", "grant_id", "jti", "request_id", "address", "country", "event_id", "place"];

/** A value of a row, readable: what was before and after stands side by side below its name. */
function value(one) {
  return typeof one === "object" && one !== null
    ? element("pre", JSON.stringify(one, null, 2), "mono")
    : element("span", String(one), "mono");
}

function whole(row) {
  const list = element("dl", "");
  const filters = { client_id: "client", grant_id: "grant", address: "address", country: "country", event: "event" };
  for (const name of TOLD) {
    if (row[name] === undefined || row[name] === null) continue;
    const shown = filters[name] ? link(String(row[name]), address("audit", { realm: realm(), [filters[name]]: row[name] }), "mono") : value(row[name]);
    list.append(element("dt", name), holding("dd", [shown]));
  }
  for (const [name, detail] of Object.entries(row.detail ?? {})) list.append(element("dt", name), holding("dd", [value(detail)]));
  return list;
}

/** The day only where it is another one. */
function moment(instant) {
  const clock = { hour: "2-digit", minute: "2-digit", second: "2-digit", hour12: false };
  const today = new Date(instant).toDateString() === new Date().toDateString();
  return time(instant, today ? { timeStyle: "medium", hour12: false } : { month: "short", day: "numeric", ...clock });
}

function rows(row) {
  const detail = element("tr", "", "detail");
  detail.hidden = true;
  const open = button(row.unreadable ? "unreadable row" : eventName(row.event), () => {
    detail.hidden = !detail.hidden;
    open.setAttribute("aria-expanded", String(!detail.hidden));
    if (!detail.hidden && !detail.children.length) {
      const cell = holding("td", [whole(row)]);
      cell.colSpan = 5;
      detail.append(cell);
    }
  }, `open event ${row.severity}`);
  open.id = `row-${row.event_id}`;
  open.setAttribute("aria-expanded", "false");
  const brief = holding("tr", [
    holding("td", [moment(row.at)], "when"),
    holding("td", [open, holding("span", [element("span", row.client_id ?? "", "mono"), ` ${gist(row)}`], "quiet small below narrow-only")], "what"),
    element("td", row.client_id ?? "–", "mono wide-only"),
    holding("td", [place(row.address, row.country)], "mono wide-only"),
    element("td", gist(row), "wide-only quiet says"),
  ]);
  return [brief, detail];
}

function current() {
  const values = Object.fromEntries(FIELDS.map((name) => [name, at("filter").elements[name].value.trim()]));
  values.country = values.country.toUpperCase();
  return values;
}

/** The API's question; times of the form are local. */
function question(filter, after) {
  const { everywhere, ...rest } = filter;
  const query = new URLSearchParams(Object.entries(rest).filter(([, said]) => said));
  for (const name of ["from", "until"]) {
    if (rest[name]) query.set(name, new Date(rest[name]).toISOString());
  }
  query.set("limit", PAGE);
  if (after) query.set("after", after);
  return `${everywhere ? "/audit" : path("realms", realm(), "audit")}?${query}`;
}

async function load(filter, after) {
  const mine = ++turn;
  const found = await api("GET", question(filter, after));
  if (mine !== turn) return;
  further = found.after;
  if (after) at("rows").append(...found.rows.flatMap(rows));
  else swap(at("rows"), found.rows.flatMap(rows));
  const shown = at("rows").children.length / 2;
  at("more").hidden = !further;
  at("found").textContent = `${count(shown, "row")}, newest first${further ? "; there may be more further back" : ": that is all"}`;
  at("table").hidden = !shown;
  at("nothing").hidden = shown > 0;
  at("nothing").textContent = further
    ? "Nothing like this among the newest 20,000 rows. Further back there may be."
    : "The trail holds nothing like this.";
}

const goOn = () => {
  if (further && !at("more").disabled) {
    at("more").disabled = true;
    load(current(), further)
      .catch(tell)
      .finally(() => (at("more").disabled = false));
  }
};
at("more").addEventListener("click", goOn);

let pause = 0;
function search() {
  clearTimeout(pause);
  pause = setTimeout(() => {
    const filter = current();
    history.replaceState(null, "", address("audit", { realm: realm(), ...filter }));
    at("problem").textContent = "";
    load(filter).catch(tell);
  }, 250);
}
at("filter").addEventListener("input", search);
at("filter").addEventListener("submit", (event) => event.preventDefault());

async function chain() {
  if (!seesTheBroker()) return;
  const broker = await api("GET", "/broker");
  at("chain").textContent = broker.audit_trail_cut
    ? `The trail was cut: ${broker.audit_trail}`
    : `Covered by signed checkpoints to ${Math.round(broker.uncovered_seconds)} s ago. ./mayfly admin audit verify checks every row of it.`;
  at("chain").title = broker.audit_trail;
  at("chain").className = broker.audit_trail_cut ? "refused" : "quiet small";
}

/** New rows come by themselves as long as nobody reads further back or has a row open. */
async function again() {
  await chain();
  const open = at("rows").querySelector("[aria-expanded=true]");
  if (!open && at("rows").children.length / 2 <= PAGE) await load(current());
}

enter(async () => {
  for (const name of FIELDS) at("filter").elements[name].value = asked()[name] ?? "";
  at("filters").open = innerWidth > 720 || FIELDS.some((name) => asked()[name]);
  at("events").append(...EVENTS.map((event) => new Option(event)));
  at("everywhere-choice").hidden = at("export").hidden = !seesTheBroker();
  at("list").hidden = false;
  await Promise.all([load(current()), chain()]);
  new IntersectionObserver((seen) => {
    if (seen.some((one) => one.isIntersecting) && at("rows").children.length && at("rows").children.length / 2 < NEW) goOn();
  }, { rootMargin: "200px" }).observe(at("more"));
  live(again);
});
