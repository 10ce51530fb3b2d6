// Is all well? In words first, then what needs somebody, then the figures.

import { api } from "./api.js";
import { bar, trend } from "./chart.js";
import { live } from "./live.js";
import { address, at, count, element, enter, holding, learnWaiting, link, path, realm, relative, seesTheBroker, swap } from "./shell.js";
import { countryName, eventName, gist, plain, title } from "./words.js";

const ALERTS = 50;
const BARS = 8;
const DAY = 86_400_000;

const hour = (instant) => new Date(instant).toLocaleTimeString(undefined, { hour: "2-digit", minute: "2-digit" });

// --- What needs somebody. `rank`: 0 now, 1 soon, 2 to know.

function ofBroker(broker) {
  const all = broker.tokens
    .filter((token) => token.state === "down")
    .map((token) => ({ rank: 0, short: "the HSM is away", what: `HSM token ${token.token} is down: ${token.because}`, at: token.since }));
  if (broker.audit_trail_cut) all.push({ rank: 0, short: "the audit trail was cut", what: `The audit trail was cut: ${broker.audit_trail}` });
  else if (broker.uncovered_seconds > 60) {
    all.push({ rank: 1, short: "the audit trail is not covered", what: `The audit trail waits for a checkpoint: ${broker.audit_trail}` });
  }
  if (!broker.revocations_fresh) all.push({ rank: 0, short: "revocations are not known", what: "This broker does not know the newest revocations, and refuses requests." });
  return all;
}

/** One line for what is the same, however often it came. */
function ofAlerts(where, rows) {
  const groups = new Map();
  for (const row of rows) {
    const key = `${row.event} ${row.client_id ?? ""}`;
    const known = groups.get(key) ?? { times: 0, row };
    groups.set(key, { ...known, times: known.times + 1 });
  }
  return [...groups.values()].map(({ times, row }) => ({
    rank: 0,
    what: `${eventName(row.event)}${times > 1 ? `, ${times} times` : ""}`,
    why: gist(row),
    who: row.client_id,
    at: row.at,
    // Where one can end it, with all that happened to it; else the rows themselves.
    act: ["Look", row.client_id ? address("client", { realm: where, client: row.client_id }) : address("audit", { realm: where, event: row.event, severity: "alert" })],
  }));
}

const CLIENT = { pending: ["waits for approval", "Approve"], suspended: ["is suspended", "Look"] };

function ofClients(where, overview) {
  const ending = overview.secrets_that_end.map((one) => ({
    rank: 1,
    what: "secret ends",
    who: one.client_id,
    at: one.expires_at,
    act: ["Rotate", address("client", { realm: where, client: one.client_id })],
  }));
  const waiting = overview.not_active.map((one) => ({
    rank: 2,
    what: CLIENT[one.state][0],
    why: one.state_reason,
    who: one.client_id,
    at: one.state_at,
    act: [CLIENT[one.state][1], address("client", { realm: where, client: one.client_id })],
  }));
  return [...ending, ...waiting];
}

function ofKeys(where, keys) {
  return keys
    .filter((key) => key.state === "signing" && !key.next_rollover_at)
    .map((key) => ({ rank: 1, what: `no successor is announced for the ${plain(key.purpose)} key`, at: null, act: ["Look", address("keys", { realm: where })] }));
}

function ofApprovals(where, waiting) {
  return waiting.map((one) => ({
    rank: 1,
    what: `${title(one)}${one.realm === where ? "" : ` in ${one.realm}`} waits for a second admin`,
    why: `${one.proposed_by}: “${one.reason}”`,
    at: one.proposed_at,
    act: ["Decide", "/admin/approvals"],
  }));
}

function line(one) {
  const made = element("li", "", `rank-${one.rank}`);
  const subject = one.who ? [element("span", one.who, "mono strong"), " "] : [];
  made.append(holding("span", [...subject, one.what], "what"));
  if (one.why) made.append(element("span", one.why, "quiet"));
  const end = element("span", "", "end");
  if (one.at) end.append(relative(one.at));
  made.append(end);
  if (one.act) made.append(link(one.act[0], one.act[1], "button small open"));
  return made;
}

/** The verdict: the worst first, and what is soon. */
function verdict(all, alerts, more, unapproved) {
  const now = all.filter((one) => one.rank === 0 && one.short).map((one) => one.short);
  if (alerts) now.push(`${count(alerts, "alert")}${more ? " or more" : ""} in the last 24 hours`);
  const ending = all.filter((one) => one.what === "secret ends" && new Date(one.at) - Date.now() < 7 * DAY).length;
  const waiting = all.filter((one) => one.what === CLIENT.pending[0]).length;
  const soon = [];
  if (ending) soon.push(`${count(ending, "secret")} ${ending === 1 ? "ends" : "end"} this week`);
  if (waiting) soon.push(`${count(waiting, "client")} ${waiting === 1 ? "waits" : "wait"} for approval`);
  const sentence = (parts) => parts.map((part) => ` ${part[0].toUpperCase()}${part.slice(1)}.`).join("");
  at("verdict").className = now.length ? "bad" : soon.length || unapproved ? "soon" : "good";
  const two = unapproved ? [" ", link(`${count(unapproved, "act")} ${unapproved === 1 ? "waits" : "wait"} for a second admin.`, "/admin/approvals")] : [];
  const words = `${now.length ? "Look here." : "All well."}${sentence([...now, ...soon])}`;
  if (at("verdict").textContent !== words + two.map((part) => part.textContent ?? part).join("")) at("verdict").replaceChildren(words, ...two);
}

// --- Figures

function figure(name, number, unit, numbers, label, href, kind) {
  const made = element("figure", "");
  const head = element("figcaption", name);
  const value = holding("p", [element("strong", number), unit ? element("span", ` ${unit}`, "quiet") : ""], "value");
  made.append(head, value, trend(numbers, label, numbers.some(Boolean) ? kind : ""));
  if (!href) return made;
  const around = link("", href, "figure");
  around.append(made);
  return around;
}

const sum = (hours, name) => hours.reduce((total, one) => total + one[name], 0);

function figures(where, overview) {
  const { hours, last_five_minutes: lately, live_grants: grants } = overview;
  const numbers = (name) => hours.map((one) => one[name]);
  const minute = (lately.tokens * 60_000) / Math.max(1, new Date(overview.as_of) - new Date(lately.from));
  return [
    figure("Live grants", `${grants.count.toLocaleString()}${grants.more ? "+" : ""}`, "", numbers("grants_opened"), `Grants opened in each hour: ${numbers("grants_opened").join(", ")}`, address("grants", { realm: where })),
    figure("Tokens a minute", minute.toLocaleString(undefined, { maximumFractionDigits: minute < 10 ? 1 : 0 }), `now; ${sum(hours, "tokens").toLocaleString()} in 24 h`, numbers("tokens"), `Tokens in each hour: ${numbers("tokens").join(", ")}`),
    figure("Refusals", `${sum(hours, "refusals").toLocaleString()}`, "in 24 h", numbers("refusals"), `Refusals in each hour: ${numbers("refusals").join(", ")}`, address("audit", { realm: where, severity: "warning" }), "refused"),
    figure("Alerts", `${sum(hours, "alerts").toLocaleString()}`, "in 24 h", numbers("alerts"), `Alerts in each hour: ${numbers("alerts").join(", ")}`, address("audit", { realm: where, severity: "alert" }), "refused"),
  ];
}

function hourRow(one) {
  const number = (text) => element("td", text.toLocaleString(), "number");
  return holding("tr", [element("td", hour(one.from)), number(one.tokens), number(one.grants_opened), number(one.refusals), number(one.alerts)]);
}

function refusalRow(where, most) {
  return (one) => {
    const words = one.because ? plain(one.because) : eventName(one.event);
    const name = holding("td", [link(words, address("audit", { realm: where, event: one.event }), "open"), element("span", eventName(one.event), "quiet small below")]);
    return holding("tr", [name, holding("td", [bar(one.count, most, "refused")], "bar-cell"), element("td", one.count.toLocaleString(), "number")]);
  };
}

function countryRow(most) {
  return (one) => {
    const name = holding("td", [countryName(one.country), one.country ? element("span", ` ${one.country}`, "quiet") : ""]);
    return holding("tr", [name, element("td", one.tokens.toLocaleString(), "number"), holding("td", [bar(one.tokens, most)], "bar-cell"), element("td", one.refusals ? one.refusals.toLocaleString() : "–", one.refusals ? "number refused" : "number")]);
  };
}

// --- Keys and the broker

function keyLine(key) {
  const next = element("span", key.next_rollover_at ? "next from " : "no successor", "end");
  if (key.next_rollover_at) next.append(relative(key.next_rollover_at));
  return holding("li", [element("span", plain(key.purpose)), element("span", `${key.algorithm}, ${key.age_days ? `${count(key.age_days, "day")} old` : "made today"}`, "quiet"), next]);
}

function brokerFacts(broker) {
  const rows = broker.tokens.map((token) => [
    `HSM ${token.token}`,
    token.state === "ready" ? `ready, ${count(token.sessions, "session")}` : `down: ${token.because}`,
  ]);
  rows.push(["Revocations", broker.revocations_fresh ? "known to within a second" : "not known: requests are refused"]);
  rows.push(["Audit trail", broker.audit_trail_cut ? broker.audit_trail : `covered to ${Math.round(broker.uncovered_seconds)} s ago`]);
  rows.push(["Others", "each broker tells of itself only"]);
  return rows.flatMap(([name, value]) => [element("dt", name), element("dd", value)]);
}

// --- All of it

async function show() {
  const where = realm();
  const from = new Date(Date.now() - DAY).toISOString();
  const alertsOf = new URLSearchParams({ severity: "alert", from, limit: ALERTS });
  const [overview, keys, alerts, unapproved, broker] = await Promise.all([
    api("GET", path("realms", where, "overview")),
    api("GET", path("realms", where, "keys")),
    api("GET", `${path("realms", where, "audit")}?${alertsOf}`),
    learnWaiting(),
    seesTheBroker() ? api("GET", "/broker") : null,
  ]);
  const all = [...(broker ? ofBroker(broker) : []), ...ofAlerts(where, alerts.rows), ...ofApprovals(where, unapproved), ...ofKeys(where, keys), ...ofClients(where, overview)];
  all.sort((one, other) => one.rank - other.rank);
  verdict(all, alerts.rows.length, Boolean(alerts.after), unapproved.length);
  swap(at("figures"), figures(where, overview));
  at("hours").replaceChildren(...overview.hours.toReversed().map(hourRow));
  swap(at("attention"), all.length ? all.map(line) : [element("li", "Nothing. No alert, no secret that ends soon, nobody who waits.", "quiet")]);
  const refusals = overview.refusals.slice(0, BARS);
  swap(at("refusals"), refusals.map(refusalRow(where, refusals[0]?.count)));
  const rest = sum(overview.refusals.slice(BARS), "count");
  at("refusals-note").replaceChildren(
    ...(refusals.length ? [] : ["Nobody was refused. Requests without a genuine token are in the metrics, not here."]),
    ...(rest ? [`${rest.toLocaleString()} more, for other reasons. `] : []),
  );
  swap(at("countries"), overview.countries.slice(0, BARS + 2).map(countryRow(overview.countries[0]?.tokens)));
  at("country-table").hidden = !overview.countries.length;
  at("no-countries").hidden = overview.countries.length > 0;
  const signing = keys.filter((key) => key.state === "signing");
  swap(at("key-ages"), signing.length ? signing.map(keyLine) : [element("li", "No key of this realm signs.", "refused")]);
  at("broker-section").hidden = !broker;
  if (broker) at("broker").replaceChildren(...brokerFacts(broker));
  at("overview").hidden = false;
}

enter(async () => {
  await show();
  live(show);
});
