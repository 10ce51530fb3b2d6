// One client: what it is, what it holds, what happened to it, and how to end it.

import { ends, grantRevocation, refused, timed } from "./acts.js";
import { api } from "./api.js";
import { live } from "./live.js";
import { address, asked, at, button, count, element, enter, holding, identifier, link, may, path, place, realm, relative, state, swap, tell } from "./shell.js";
import { sure } from "./sure.js";
import { tellOnce, until } from "./told.js";
import { eventName, gist, period } from "./words.js";

const SOON = 14; // As the broker warns.
const EVENTS = 30;

const name = asked().client ?? "";
let where = "";
let config = null;

const route = (...rest) => path("realms", where, "clients", name, ...rest);

// --- What it is

function facts(client) {
  const chips = (texts, none) => (texts?.length ? texts.map((text) => element("span", text, "chip mono")) : [none]);
  const lives = (client.scopes ?? []).map((scope) => {
    const known = config.scopes[scope];
    const chip = element("span", scope, "chip mono");
    chip.title = known ? `${known.description ?? scope}; a token lives ${period(known.max_lifetime)}` : scope;
    return chip;
  });
  const all = [
    ["Scopes", lives.length ? lives : ["none"]],
    ["Networks", chips(client.networks, "any")],
    ["Countries", chips(client.countries, "any")],
    ["Attestation", [client.attestation ?? "–"]],
    ["Proves itself by", chips(client.token_endpoint_auth_methods, "nothing")],
    ["Vendor", [client.vendor || "–"]],
    ["Comes from", [client.origin === "registered" ? "registration" : "the realm file"]],
    ["Last used", [client.last_used_at ? relative(client.last_used_at) : client.grants ? "this minute" : "never"]],
  ];
  return all.flatMap(([what, values]) => [element("dt", what), holding("dd", values)]);
}

function rows(list, make, nothing) {
  return list.length ? list.map(make) : [element("li", nothing, "quiet")];
}

function secret(one) {
  const end = element("span", "ends ", one.days_left < SOON ? "end soon" : "end");
  end.append(relative(one.expires_at));
  const age = element("span", one.age_days ? `${count(one.age_days, "day")} old` : "made today", "quiet");
  const made = holding("li", [identifier(one.secret_id), age, end]);
  if (may(where, "security_admin")) made.append(button("End it", () => sure(secretEnd(one)), "plain"));
  return made;
}

function instance(one) {
  const end = element("span", "attested ", "end");
  end.append(relative(one.attested_at));
  const how = element("span", `${one.attestation} (${one.attestation_level})`, "quiet");
  const made = holding("li", [identifier(one.jkt, 12), how, element("span", one.address, "mono"), end]);
  if (may(where, "security_admin")) made.append(button("Retire", () => sure(retirement(one)), "plain"));
  return made;
}

function grant(one) {
  const end = element("span", "ends ", "end");
  end.append(relative(one.ends_at));
  const made = holding("li", [identifier(one.grant_id), element("span", one.scope, "quiet mono"), place(one.address, one.country), end]);
  if (may(where, "security_admin")) made.append(button("Revoke", () => sure(grantRevocation(where, one, show)), "plain"));
  return made;
}

// --- What happened to it

let shown = 0;

function event(row) {
  const what = link(eventName(row.event), address("audit", { realm: where, client: name, event: row.event }), `event ${row.severity} open`);
  const when = relative(row.at);
  when.className = "end";
  return holding("li", [what, element("span", gist(row), "quiet"), place(row.address, row.country), when]);
}

async function timeline(after) {
  const query = new URLSearchParams({ client: name, limit: EVENTS });
  if (after) query.set("after", after);
  const { rows: found, after: further } = await api("GET", `${path("realms", where, "audit")}?${query}`);
  const made = found.map(event);
  if (after) at("timeline").append(...made);
  else swap(at("timeline"), made);
  shown = at("timeline").children.length;
  if (!shown) at("timeline").append(element("li", further ? "Nothing among the newest rows of the trail." : "Nothing yet.", "quiet"));
  at("further").hidden = !further;
  at("further").onclick = () => timeline(further).catch(tell);
}

// --- All of it

/** Its events are looked for among 20,000 rows: not with every round. */
async function show(withTimeline = true) {
  const [client, grants] = await Promise.all([
    api("GET", route()),
    api("GET", `${path("realms", where, "grants")}?${new URLSearchParams({ client: name, limit: 100 })}`),
    withTimeline && shown <= EVENTS ? timeline() : null,
  ]);
  at("one").hidden = false;
  at("standing").replaceChildren(state(client.state), ", ", relative(client.state_at));
  if (client.state_reason) at("standing").append(`: ${client.state_reason}`);
  swap(at("may"), facts(client));
  swap(at("secrets"), rows(client.live_secrets ?? [], secret, "It has no live secret."));
  swap(at("instances"), rows(client.instances ?? [], instance, "No instance has joined."));
  swap(at("grants"), rows(grants, grant, "None. It holds no token that counts."));
  const final = client.state === "revoked";
  const bySecret = client.token_endpoint_auth_methods?.some((method) => method.startsWith("client_secret"));
  const acts = {
    revoke: [!final && may(where, "security_admin"), revocation],
    suspend: [client.state === "active" && may(where, "operator"), () => suspension(client)],
    resume: [client.state === "suspended" && may(where, "operator"), () => resumption(client)],
    approve: [client.state === "pending" && may(where, "security_admin"), approval],
    rotate: [bySecret && client.state === "active" && may(where, "operator"), rotation],
  };
  for (const [id, [allowed, words]] of Object.entries(acts)) {
    at(id).hidden = !allowed;
    at(id).onclick = () => sure(words());
  }
}

// --- Acts: what it will do, why, and what it did

/** `words`: an act by its name, what it will do, and what it did. */
function act(words) {
  return {
    title: `${words.button} ${name}?`,
    ...words,
    act: async (reason) => {
      const { did, ms } = await timed(() => api("POST", route(...words.route), { reason }));
      await show();
      return words.done(did, ms);
    },
  };
}

function suspension({ grants }) {
  return act({
    route: ["suspend"],
    button: "Suspend",
    toll: async () =>
      `It gets no tokens, and whatever stands on its ${count(grants, "live grant")} is refused, until somebody resumes it.`,
    done: (_, ms) => refused(`${name} is suspended.`, ms),
  });
}

function resumption({ grants }) {
  return act({
    route: ["resume"],
    button: "Resume",
    toll: async () => `It gets tokens again, and its ${count(grants, "live grant")} count again.`,
    done: () => `${name} is active again.`,
  });
}

function approval() {
  return act({
    route: ["approve"],
    button: "Approve",
    toll: async () => "It gets tokens from now on, within what is listed below.",
    done: () => `${name} is active.`,
  });
}

function revocation() {
  return act({
    route: ["revoke"],
    button: "Revoke",
    danger: true,
    toll: async () => {
      const toll = await api("POST", route("revoke"), { dry_run: true });
      return `${ends(toll, "It holds nothing now.")} Its secrets and keys never count again.`;
    },
    done: (did, ms) => refused(`${name} is revoked: ${count(did.grants_ended, "grant")} ended.`, ms),
  });
}

function rotation() {
  return act({
    route: ["rotate-secret"],
    title: `Rotate the secret of ${name}?`,
    button: "Make a new secret",
    toll: async () =>
      `A new secret is made and shown once. The present one counts for ${period(config.policy.secret_overlap)} more, so that nothing stops meanwhile; an older one ends at once.`,
    done: (did) => {
      tellOnce(at("told"), `The new secret of ${name}.`, did.client_secret, [
        ["It counts until ", until(did.expires_at), "."],
        ["The one before counts until ", until(did.previous_valid_until), ": give this one to the client by then."],
      ]);
      return `${name} has a new secret.`;
    },
  });
}

function secretEnd({ secret_id: id }) {
  return act({
    route: ["secrets", id, "revoke"],
    title: `End the secret ${id.slice(0, 8)} of ${name}?`,
    button: "End it",
    danger: true,
    toll: async () => {
      const toll = await api("POST", route("secrets", id, "revoke"), { dry_run: true });
      return `${ends(toll, "No grant was opened since it was made.")} Whoever has this secret gets no token with it.`;
    },
    done: (did, ms) => refused(`The secret ${id.slice(0, 8)} is ended.`, ms),
  });
}

function retirement({ jkt }) {
  return act({
    route: ["instances", jkt, "revoke"],
    title: `Retire the instance ${jkt.slice(0, 12)} of ${name}?`,
    button: "Retire",
    danger: true,
    toll: async () => {
      const toll = await api("POST", route("instances", jkt, "revoke"), { dry_run: true });
      return `${ends(toll, "No live grant is its.")} Its key never counts again, in any realm.`;
    },
    done: (did, ms) => refused(`The instance ${jkt.slice(0, 12)} is retired.`, ms),
  });
}

enter(async () => {
  where = realm();
  document.title = `${name} · Mayfly`;
  at("name").textContent = name;
  at("back").href = address("clients", { realm: where });
  config = (await api("GET", path("realms", where, "policy"))).document;
  await show();
  let round = 0;
  live((news) => show(news || ++round % 4 === 0));
});
