// The clients of a realm, and one of them: what it is, what it holds, and how to end it. The address says what is shown.

import { api } from "./api.js";
import { at, count, element, enter, relative, tell } from "./shell.js";
import { sure } from "./sure.js";

const PAGE = 100;
const ORDER = ["auditor", "operator", "security_admin", "root"];

let me = null;
let asked = 0; // Of two searches that overlap only the later one is shown.

const path = (realm, ...rest) => "/" + ["realms", realm, ...rest].map(encodeURIComponent).join("/");

/** The address of a client, or of a list. */
function address(members) {
  const query = new URLSearchParams(Object.entries(members).filter(([, value]) => value));
  return "/admin/clients" + (query.size ? `?${query}` : "");
}

function may(realm, least) {
  const roles = [me.roles["*"], me.roles[realm]].map((role) => ORDER.indexOf(role));
  return Math.max(...roles) >= ORDER.indexOf(least);
}

function state(word) {
  return element("span", word, `state ${word}`);
}

// --- The list

function row(realm, client) {
  const made = document.createElement("tr");
  const name = document.createElement("td");
  const link = element("a", client.client_id, "mono");
  link.href = address({ realm, client: client.client_id });
  name.append(link);
  if (client.description) name.append(element("span", client.description, "quiet small below"));
  const standing = document.createElement("td");
  standing.append(state(client.state));
  const used = element("td", "", "wide-only");
  // The broker notes the last use twice a minute.
  const none = client.grants ? "this minute" : "never";
  used.append(client.last_used_at ? relative(client.last_used_at) : element("span", none, "quiet"));
  made.append(
    name,
    standing,
    element("td", client.grants.toLocaleString(), "number"),
    used,
    element("td", client.vendor || "–", "wide-only"),
    element("td", client.kind === "resource_server" ? "resource server" : (client.attestation ?? "–"), "wide-only"),
  );
  return made;
}

/** One page, after the client named `after`; tells whether there may be more. */
async function load(filter, after) {
  const mine = ++asked;
  const query = new URLSearchParams({ limit: PAGE });
  if (filter.q) query.set("q", filter.q);
  if (filter.state) query.set("state", filter.state);
  if (after) query.set("after", after);
  const found = await api("GET", `${path(filter.realm, "clients")}?${query}`);
  if (mine !== asked) return;
  const rows = found.map((client) => row(filter.realm, client));
  if (after) at("rows").append(...rows);
  else at("rows").replaceChildren(...rows);
  const shown = at("rows").children.length;
  const more = found.length === PAGE;
  at("more").hidden = !more;
  at("more").onclick = () => load(filter, found.at(-1).client_id).catch(tell);
  at("found").textContent = `${count(shown, "client")}${more ? ", and more" : ""}`;
  at("table").hidden = shown === 0;
  at("nothing").hidden = shown !== 0;
  at("nothing").textContent =
    filter.q || filter.state
      ? "No client is like this. Search and state together decide what is shown."
      : "This realm has no clients yet. They come from its file in realm-config, or by POST /realms/R/register.";
}

async function showList(filter) {
  document.title = "Clients · Mayfly";
  at("one").hidden = true;
  at("list").hidden = false;
  at("q").value = filter.q;
  at("state").value = filter.state;
  at("realm").value = filter.realm;
  await load(filter);
}

function filterOfForm() {
  return { realm: at("realm").value, q: at("q").value.trim(), state: at("state").value };
}

function search() {
  at("problem").textContent = at("note").textContent = "";
  const filter = filterOfForm();
  history.replaceState(null, "", address(filter));
  load(filter).catch(tell);
}

let pause = 0;
at("q").addEventListener("input", () => {
  clearTimeout(pause);
  pause = setTimeout(search, 150);
});
at("state").addEventListener("change", search);
at("realm").addEventListener("change", search);
at("filter").addEventListener("submit", (event) => {
  event.preventDefault();
  search();
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "/" || at("list").hidden || event.target.matches("input, select, textarea")) return;
  event.preventDefault();
  at("q").focus();
});

// --- One client

function facts(client) {
  const chips = (texts, none) => (texts?.length ? texts.map((text) => element("span", text, "chip mono")) : [none]);
  const plain = [
    ["Scopes", chips(client.scopes, "none")],
    ["Networks", chips(client.networks, "any")],
    ["Countries", chips(client.countries, "any")],
    ["Attestation", [client.attestation]],
    ["Authenticates by", chips(client.token_endpoint_auth_methods, "nothing")],
    ["Vendor", [client.vendor || "–"]],
    ["Comes from", [client.origin === "registered" ? "registration" : "the realm file"]],
    ["Last used", [client.last_used_at ? relative(client.last_used_at) : client.grants ? "this minute" : "never"]],
  ];
  return plain.flatMap(([name, values]) => {
    const value = document.createElement("dd");
    value.append(...values);
    return [element("dt", name), value];
  });
}

function rows(list, make, nothing) {
  return list.length ? list.map(make) : [element("li", nothing, "quiet")];
}

function secret(one) {
  const made = element("li", "");
  const soon = one.days_left < 7;
  const end = element("span", "ends ", soon ? "end soon" : "end");
  end.append(relative(one.expires_at));
  made.append(element("span", one.secret_id.slice(0, 8), "mono"), element("span", one.age_days ? `${count(one.age_days, "day")} old` : "made today", "quiet"), end);
  return made;
}

function instance(one) {
  const made = element("li", "");
  const end = element("span", "attested ", "end");
  end.append(relative(one.attested_at));
  const key = element("span", one.jkt.slice(0, 12), "mono");
  key.title = one.jkt;
  made.append(key, element("span", `${one.attestation} (${one.attestation_level})`, "quiet"), element("span", one.address, "mono"), end);
  return made;
}

function grant(one) {
  const made = element("li", "");
  const end = element("span", "ends ", "end");
  end.append(relative(one.ends_at));
  const id = element("span", one.grant_id.slice(0, 8), "mono");
  id.title = one.grant_id;
  const from = element("span", one.address, "mono");
  if (one.country) from.append(` ${one.country}`);
  made.append(id, element("span", one.scope, "quiet mono"), from, end);
  return made;
}

async function showOne(realm, name) {
  document.title = `${name} · Mayfly`;
  const client = await api("GET", path(realm, "clients", name));
  const grants = await api("GET", `${path(realm, "grants")}?${new URLSearchParams({ client: name, limit: 100 })}`);
  at("list").hidden = true;
  at("one").hidden = false;
  at("back").href = address({ realm });
  at("name").textContent = name;
  at("standing").replaceChildren(state(client.state), ", ", relative(client.state_at));
  if (client.state_reason) at("standing").append(`: ${client.state_reason}`);
  at("may").replaceChildren(...facts(client));
  at("secrets").replaceChildren(...rows(client.live_secrets, secret, "It has no live secret."));
  at("instances").replaceChildren(...rows(client.instances, instance, "No instance has joined."));
  at("grants").replaceChildren(...rows(grants, grant, "None. It holds no token that counts."));
  const final = client.state === "revoked";
  at("suspend").hidden = client.state !== "active" || !may(realm, "operator");
  at("resume").hidden = client.state !== "suspended" || !may(realm, "operator");
  at("revoke").hidden = final || !may(realm, "security_admin");
  at("suspend").onclick = () => sure(suspension(realm, client));
  at("resume").onclick = () => sure(resumption(realm, client));
  at("revoke").onclick = () => sure(revocation(realm, client));
}

// --- Acts: what it will do, why, and what it did

/** `words`: an act by its name, what it will do, and what it did. */
function act(realm, name, words) {
  return {
    title: `${words.button} ${name}?`,
    ...words,
    act: async (reason) => {
      const did = await api("POST", path(realm, "clients", name, words.act), { reason });
      await showOne(realm, name);
      return words.done(did);
    },
  };
}

function suspension(realm, { client_id: name, grants }) {
  return act(realm, name, {
    act: "suspend",
    button: "Suspend",
    toll: async () =>
      `It gets no tokens, and whatever stands on its ${count(grants, "live grant")} is refused, until somebody resumes it.`,
    done: () => `${name} is suspended: everything of it is refused, everywhere within a second.`,
  });
}

function resumption(realm, { client_id: name, grants }) {
  return act(realm, name, {
    act: "resume",
    button: "Resume",
    toll: async () => `It gets tokens again, and its ${count(grants, "live grant")} count again.`,
    done: () => `${name} is active again.`,
  });
}

function revocation(realm, { client_id: name }) {
  return act(realm, name, {
    act: "revoke",
    button: "Revoke",
    danger: true,
    toll: async () => {
      const would = await api("POST", path(realm, "clients", name, "revoke"), { dry_run: true });
      const ends = [
        [would.grants_ended, "grant"],
        [would.refresh_tokens, "refresh token"],
        [would.access_tokens, "access token"],
      ].filter(([number]) => number).map(([number, what]) => count(number, what));
      const dies = ends.length ? `This ends ${ends.join(" and ")}, at once and for good.` : "It holds nothing now.";
      return `${dies} Its secrets and keys never count again.`;
    },
    done: (did) => `${name} is revoked: ${count(did.grants_ended, "grant")} ended, refused everywhere within a second.`,
  });
}

// --- Begin

enter(async (known) => {
  me = known;
  const realms = (await api("GET", "/realms")).map(({ realm }) => realm);
  if (!realms.length) {
    at("problem").textContent = "No realm is yours to see.";
    return;
  }
  at("realm").replaceChildren(...realms.map((realm) => new Option(realm)));
  const wanted = new URLSearchParams(location.search);
  const realm = realms.includes(wanted.get("realm")) ? wanted.get("realm") : realms[0];
  if (wanted.get("client")) await showOne(realm, wanted.get("client"));
  else await showList({ realm, q: wanted.get("q") ?? "", state: wanted.get("state") ?? "" });
});
