// What is in force in a realm, as people read it: who may do what, from where and when.

import { api } from "./api.js";
import { address, at, element, enter, holding, link, path, realm, tell } from "./shell.js";
import { countryName, period, plain } from "./words.js";

const chips = (texts) => texts.map((text) => element("span", text, "chip mono"));
const countries = (codes) => codes.map((code) => element("span", `${countryName(code)} ${code}`, "chip"));

function facts(place, rows) {
  at(place).replaceChildren(
    ...rows.filter(Boolean).flatMap(([name, value]) => [element("dt", name), holding("dd", [value].flat())]),
  );
}

function hours({ zone, days, from, to }) {
  return `${days.join(", ")}, ${from} to ${to} (${zone})`;
}

function refresh(policy) {
  if (!policy || policy === "none") return "none";
  return `${period(policy.lifetime)} each, ${period(policy.grant_lifetime)} in all${policy.without_instance_key ? "" : ", only for an instance that proves its key"}`;
}

const attestation = (client) => (client.attestation === "none" ? "nobody" : (client.attesters ?? []).join(", ") || "any attester");

function scopeRow([name, scope]) {
  return holding("tr", [element("td", name, "mono"), element("td", scope.description ?? "–"), element("td", period(scope.max_lifetime)), element("td", scope.minimum_attestation, "wide-only")]);
}

function routeRow(one) {
  const request = holding("td", [element("span", one.methods.join(" "), "strong mono"), " ", element("span", one.path, "mono")]);
  const proof = [one.proof].flat().filter((word) => word !== "none");
  return holding("tr", [request, holding("td", chips([one.scope].flat())), element("td", proof.join(" or ") || "–", "wide-only"), element("td", one.use === "single" ? "once" : "many times", "wide-only")]);
}

function clientRow(where, own) {
  return (client) => {
    const from = [...(client.countries ? countries(client.countries) : []), ...(client.networks ? chips(client.networks) : [])];
    if (client.hours) from.push(hours(client.hours));
    const name = holding("td", [link(client.client_id, address("client", { realm: where, client: client.client_id }), "mono open")]);
    if (client.description) name.append(element("span", client.description, "quiet small below"));
    return holding("tr", [name, holding("td", chips(client.scopes)), holding("td", from.length ? from : [element("span", own ? "as the realm" : "anywhere", "quiet")], "wide-only"), element("td", attestation(client), "wide-only")]);
  };
}

/** Of rate limits and the like: what is said, in one line each. */
const brief = (value) => (typeof value === "object" && value !== null
  ? Object.entries(value).map(([name, one]) => `${plain(name)} ${brief(one)}`).join(", ")
  : String(value));

enter(async () => {
  const where = realm();
  const { issuer, document: config } = await api("GET", path("realms", where, "policy"));
  const { policy } = config;
  document.title = `Policy of ${where} · Mayfly`;
  at("title").textContent = `What ${where} allows`;
  at("where-from").replaceChildren(
    `${config.description ?? ""}${config.description ? ". " : ""}Issuer `, element("span", issuer, "mono"),
    `. It stands in ${where}.yaml of the folder realm-config; ./mayfly realm plan says what a change would do.`,
  );
  facts("network", [
    ["Countries", policy.countries ? countries(policy.countries) : "any"],
    ["Networks", policy.networks ? chips(policy.networks) : "any"],
    ["Hours", policy.hours ? hours(policy.hours) : "at any time"],
    ["Audiences", chips(config.audiences)],
    ["Challenge", policy.challenge],
  ]);
  facts("lives", [
    ["Secrets", `${period(policy.secret_lifetime)}; after a rotation the old one ${period(policy.secret_overlap)} more`],
    ["Refresh tokens", refresh(policy.refresh)],
    ["Signing keys", `${config.keys.algorithm}, sign for ${period(config.keys.sign)}, announced ${period(config.keys.announce)} before`],
    ["Unused clients", policy.suspend_unused_after ? `suspended after ${period(policy.suspend_unused_after)}` : "stay active"],
    ["Rate limits", brief(config.rate_limits ?? {}) || "none"],
  ]);
  at("scopes").replaceChildren(...Object.entries(config.scopes).map(scopeRow));
  const routes = config.check?.routes ?? [];
  at("routes").replaceChildren(...routes.map(routeRow));
  at("routes-table").hidden = !routes.length;
  at("no-routes").hidden = routes.length > 0;
  const limited = policy.countries || policy.networks || policy.hours;
  const clients = config.clients ?? [];
  at("clients").replaceChildren(...clients.map(clientRow(where, limited)));
  at("clients-table").hidden = !clients.length;
  at("no-clients").hidden = clients.length > 0;
  facts("attesters", (config.attesters ?? []).map((one) => [one.name, attester(one)]));
  if (!config.attesters?.length) facts("attesters", [["None", "no client of the realm is attested"]]);
  const open = config.registration;
  facts("registration", open
    ? [
        ["Scopes", chips(open.scopes)],
        ["Networks", open.networks ? chips(open.networks) : "any that the realm allows"],
        ["Without attestation", open.unattested ? "yes" : "no"],
        ["Approval", open.approval ? "by an admin, before the first token" : "not needed"],
        ["By developers", open.endpoint ? "yes, with an initial access token" : "no: by admins only"],
      ]
    : [["Closed", "clients stand in the realm's file"]]);
  at("document").textContent = JSON.stringify(config, null, 2);
  at("list").hidden = false;
});

// --- Try it

const OUTCOMES = { passed: ["passes", "good"], refused: ["refuses", "bad"], observed: ["would refuse, is only observed", "soon"], left_open: ["decides with the token", "open"] };

function step({ check, outcome, says }) {
  const [words, kind] = OUTCOMES[outcome];
  return holding("li", [element("span", plain(check), `outcome ${kind} strong`), element("span", words), element("span", plain(says), "quiet end")]);
}

at("try").addEventListener("submit", async (event) => {
  event.preventDefault();
  const values = Object.fromEntries([...new FormData(event.target)].map(([name, value]) => [name, value.trim()]).filter(([, value]) => value));
  if (values.at) values.at = new Date(values.at).toISOString();
  at("trial-problem").textContent = "";
  try {
    const { verdict, steps } = await api("GET", `${path("realms", realm(), "policy", "trial")}?${new URLSearchParams(values)}`);
    const said = verdict === "refused" ? `Refused: ${plain(steps.at(-1).says)}.` : "It may pass.";
    at("trial").replaceChildren(element("h3", said, verdict === "refused" ? "bad" : "good"), holding("ul", steps.map(step), "rows"));
  } catch (failure) {
    at("trial").replaceChildren();
    tell(failure, "trial-problem");
  }
});

function attester({ type, evidence, join_secret: join, attestation_lifetime: life, max_lifetime: most }) {
  const parts = [type === "builtin" ? "the broker itself" : type];
  if (join) parts.push("by join secret");
  for (const rule of evidence ?? []) parts.push(`by ${plain(rule.type ?? rule.name ?? "evidence")}`);
  parts.push(`for ${period(life ?? most)}`);
  return parts.join(", ");
}
