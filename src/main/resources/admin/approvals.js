// What waits for a second admin: who asks, what it will do, until when. And what became of the others.

import { api } from "./api.js";
import { live } from "./live.js";
import { address, at, button, count, element, enter, holding, identifier, learnWaiting, link, may, path, relative, state, swap } from "./shell.js";
import { sure } from "./sure.js";
import { period, plain, title } from "./words.js";

/** What it takes to do the act, and so to approve it. */
const LEAST = { resume_client: "operator", change_client: "security_admin", compromise_key: "security_admin", apply_realms: "root" };

let me = null;
const shown = new Map(); // By their ids: what one reads must not move while one reads it.

const ofClient = (realm, client) => path("realms", realm, "clients", client);
const clientLink = (realm, client) => link(client, address("client", { realm, client }), "mono");

// --- What each will do, as things are now. `says`: lines of text; `title`: parts of a heading.

async function resumption({ realm, act }) {
  const client = await api("GET", ofClient(realm, act.client_id));
  const because = client.state_reason ? `, because “${client.state_reason}”` : "";
  const says =
    client.state === "suspended"
      ? [`It gets tokens again${client.grants ? `, and its ${count(client.grants, "live grant")} ${client.grants === 1 ? "counts" : "count"} again` : "; it holds no live grant"}.`, `It is suspended${because}.`]
      : [`It is ${client.state} now${because}: approving this does nothing.`];
  return { title: ["Resume ", clientLink(realm, act.client_id)], says };
}

const COMPARED = ["networks", "countries", "attestation", "token_endpoint_auth_methods", "vendor"];
const said = (value) => (Array.isArray(value) ? value.join(", ") : (value ?? "")) || "none";

async function change({ realm, act }) {
  const [client, { document: config }] = await Promise.all([
    api("GET", ofClient(realm, act.client_id)),
    api("GET", path("realms", realm, "policy")),
  ]);
  const [before, after] = [client.scopes ?? [], act.client.scopes ?? []];
  const gained = after.filter((scope) => !before.includes(scope)).map((scope) => {
    const { description, max_lifetime: life } = config.scopes[scope] ?? {};
    return `It may ask for ${scope} as well: ${description ?? "not described"}${life ? `; a token lives ${period(life)}` : ""}.`;
  });
  const lost = before.filter((scope) => !after.includes(scope)).map((scope) => `It may not ask for ${scope} any more.`);
  const other = COMPARED.filter((name) => name in act.client && said(client[name]) !== said(act.client[name])).map(
    (name) => `${plain(name)}: ${said(act.client[name])}, and not ${said(client[name])}.`,
  );
  return { title: ["Let ", clientLink(realm, act.client_id), " do more"], says: [...gained, ...lost, ...other] };
}

async function compromise({ realm, act }) {
  const [keys, overview] = await Promise.all([
    api("GET", path("realms", realm, "keys")),
    api("GET", path("realms", realm, "overview")),
  ]);
  const key = keys.find((one) => one.kid === act.kid);
  const { count: live, more } = overview.live_grants;
  const says = [
    `Whatever it signed is refused at once and for good, everywhere within a second, and ${key?.state === "signing" ? "its successor signs from now on" : "it never signs"}.`,
    key?.purpose === "client_attestation"
      ? "Instances that it attested have to be attested again."
      : `Whoever holds a token that it signed has to ask for a new one; ${realm} has ${live.toLocaleString()}${more ? " or more" : ""} live ${live === 1 ? "grant" : "grants"}.`,
  ];
  if (key?.distrusted_at) says.unshift("It is distrusted already.");
  return { title: [`Distrust the ${plain(key?.purpose ?? "")} key `, identifier(act.kid)], says, danger: true };
}

const VERBS = { add: "new", change: "changed", remove: "gone" };

async function files({ act, summary }) {
  const named = { title: ["Apply realm files: ", Object.keys(act.files).join(", ")] };
  if (!may("*", "root")) return { ...named, says: summary.split("; ") };
  const { changes } = await api("POST", "/realms/plan", { files: act.files });
  const says = changes.map(({ realm, action, field, from, to }) => {
    const values = action === "change" ? `: ${to}, and not ${from}` : (to || from ? `: ${to || from}` : "");
    return `${realm}, ${VERBS[action]}: ${field}${values}`;
  });
  return { ...named, says: says.length ? says : ["Nothing: all of this is in force already."] };
}

const KINDS = { resume_client: resumption, change_client: change, compromise_key: compromise, apply_realms: files };

/** What one of them is, in words; if that cannot be found out, why, and the summary. */
async function described(approval) {
  try {
    return await KINDS[approval.act.act](approval);
  } catch (failure) {
    if (failure.status === 401 || failure.status === 0) throw failure;
    return { title: [title(approval)], says: [`What it will do cannot be told: ${failure.message}`] };
  }
}

// --- One that waits

const route = (approval) => path("approvals", approval.approval_id);

const mayDecide = ({ realm, act }) => may(act.act === "apply_realms" ? "*" : realm, LEAST[act.act]);

function approval(one, words) {
  return {
    title: `Approve: ${title(one)}?`,
    button: "Approve: it is done at once",
    danger: words.danger,
    toll: async () => (await described(one)).says.join(" "),
    act: async (reason) => {
      await api("POST", `${route(one)}/approve`, { reason, digest: one.digest });
      await show();
      return `Done, in the name of ${one.proposed_by} and yours: ${title(one)}.`;
    },
  };
}

function rejection(one, own) {
  return {
    title: `${own ? "Take back" : "Reject"}: ${title(one)}?`,
    button: own ? "Take it back" : "Reject",
    toll: async () => "Nothing happens, and nobody can approve it any more. It can be proposed again.",
    act: async (reason) => {
      await api("POST", `${route(one)}/reject`, { reason });
      await show();
      return `${own ? "Taken back" : "Rejected"}: ${title(one)}.`;
    },
  };
}

function acts(one, words) {
  const own = one.proposed_by === me.name;
  const decides = mayDecide(one);
  const all = [];
  if (decides && !own) all.push(button("Approve", () => sure(approval(one, words)), words.danger ? "danger" : "first"));
  if (decides || own) all.push(button(own ? "Take it back" : "Reject", () => sure(rejection(one, own))));
  all.forEach((made) => (made.id = `${made.textContent[0]}-${one.approval_id}`));
  if (own) all.push(element("span", "You have proposed it: somebody else approves it.", "quiet"));
  else if (!decides) all.push(element("span", `Whoever is ${plain(LEAST[one.act.act])} decides.`, "quiet"));
  return all;
}

function card(one, words) {
  const heading = holding("h2", words.title);
  heading.id = `title-${one.approval_id}`;
  const who = holding("p", [element("strong", one.proposed_by), ` asks for it in ${one.realm}, `, relative(one.proposed_at), `: “${one.reason}”`]);
  const ends = holding("p", ["If nobody approves it, it ends ", relative(one.expires_at), "."], "quiet small");
  const whole = element("details", "");
  whole.append(element("summary", "All of it, as it was proposed"), element("pre", JSON.stringify(one.act, null, 2)), element("p", `Digest ${one.digest}`, "quiet small mono"));
  const made = holding("article", [heading, who, holding("ul", words.says.map((line) => element("li", line)), "effects"), ends, holding("div", acts(one, words), "actions"), whole], "panel approval");
  made.setAttribute("aria-labelledby", heading.id);
  return made;
}

async function cards(waiting) {
  const fresh = waiting.filter((one) => !shown.has(one.approval_id));
  await Promise.all(fresh.map(async (one) => {
    const whole = await api("GET", route(one));
    shown.set(one.approval_id, card(whole, await described(whole)));
  }));
  const ids = new Set(waiting.map((one) => one.approval_id));
  for (const [id, made] of shown) {
    if (ids.has(id)) continue;
    made.remove();
    shown.delete(id);
  }
  // Those that are there keep their place, and who is on one of them the focus.
  const wanted = waiting.map((one) => shown.get(one.approval_id));
  wanted.forEach((made, index) => {
    const here = at("waiting").children[index];
    if (here !== made) at("waiting").insertBefore(made, here ?? null);
  });
}

// --- What became of the others

function became(one) {
  if (one.state === "pending") return [element("span", "expired", "state expired")];
  return one.outcome ? [state(one.state), element("span", one.outcome, "quiet small below")] : [state(one.state)];
}

function row(one) {
  return holding("tr", [
    holding("td", [title(one), element("span", `${one.realm}: “${one.reason}”`, "quiet small below")], "says"),
    holding("td", became(one), "says"),
    element("td", one.proposed_by, "wide-only says"),
    holding("td", one.decided_by ? [one.decided_by, element("span", `“${one.decided_why}”`, "quiet small below")] : ["nobody"], "says"),
    holding("td", [relative(one.decided_at ?? one.expires_at)], "wide-only"),
  ]);
}

let decided = "";

/** All of them are read again only when something has changed. */
async function show(news = true) {
  const waiting = await learnWaiting();
  await cards(waiting);
  const now = waiting.map((one) => one.approval_id).join();
  if (news || now !== decided) {
    const others = (await api("GET", "/approvals")).filter((one) => !shown.has(one.approval_id));
    swap(at("rows"), others.map(row));
    at("decided").hidden = !others.length;
    decided = now;
  }
  const words = waiting.length ? `${count(waiting.length, "act")} ${waiting.length === 1 ? "waits" : "wait"} for a second admin` : "Nothing waits for a second admin";
  at("verdict").className = waiting.length ? "soon" : "good";
  if (at("verdict").textContent !== words) at("verdict").textContent = words;
  at("list").hidden = false;
}

enter(async (known) => {
  me = known;
  await show();
  live(show);
});
