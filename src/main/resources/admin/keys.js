// Keys: each chain on a line of time, from its announcement to the end of what it signed; and what one does in an emergency.

import { api } from "./api.js";
import { spans } from "./chart.js";
import { live } from "./live.js";
import { at, button, count, element, enter, holding, identifier, may, path, realm, relative, seesTheBroker, state, swap, time } from "./shell.js";
import { sure } from "./sure.js";
import { plain } from "./words.js";

const DAY = 86_400_000;
const OURS = { mac: "what secrets, refresh tokens and challenges stand on", wrap: "what seals recoverable secrets", audit: "what signs the audit trail", access_token: "what signs access tokens", client_attestation: "what signs attestations" };

const ms = (instant) => (instant ? Date.parse(instant) : null);

/** By purpose and token, the newest key first. */
function chains(keys) {
  const all = new Map();
  for (const key of keys) {
    const name = `${key.purpose} ${key.token}`;
    all.set(name, [...(all.get(name) ?? []), key]);
  }
  return [...all.values()].map((chain) => chain.sort((one, other) => ms(other.signs_from) - ms(one.signs_from)));
}

/** From when to when it was announced, signed, and was only good for verifying. */
function lives(chain, index, now) {
  const key = chain[index];
  const ended = ms(key.distrusted_at) ?? ms(key.destroyed_at);
  const successor = chain[index - 1];
  const last = ms(key.verifies_until) ?? ms(key.next_rollover_at) ?? now + 7 * DAY;
  const signsUntil = Math.min(successor ? ms(successor.signs_from) : (ms(key.next_rollover_at) ?? last), ended ?? Infinity);
  const from = ms(key.signs_from);
  const all = [{ from: ms(key.created_at), to: Math.min(from, ended ?? Infinity), kind: "announced" }];
  if (!ended || from < ended) all.push({ from, to: signsUntil, kind: "signing" });
  if (!ended && last > signsUntil) all.push({ from: signsUntil, to: last, kind: "verify" });
  return all.filter((span) => span.to > span.from);
}

function when(key) {
  const parts = ["made ", relative(key.created_at), ", signs from ", time(key.signs_from, { dateStyle: "medium", timeStyle: "short" })];
  if (key.verifies_until) parts.push(", verifies until ", time(key.verifies_until, { dateStyle: "medium", timeStyle: "short" }));
  if (key.distrusted_at) parts.push(", compromised ", relative(key.distrusted_at));
  if (key.destroyed_at) parts.push(", destroyed ", relative(key.destroyed_at));
  return holding("span", parts, "quiet small below");
}

function emergency(key, where) {
  const owner = where ? path("realms", where, "keys", key.kid) : path("keys", key.kid);
  const allowed = where ? may(where, "security_admin") : may("*", "root");
  const alive = !key.distrusted_at && !key.destroyed_at && key.state !== "expired";
  // A kid with a slash fits into no path of the public port: ./mayfly admin keys compromise does it.
  if (!allowed || !alive || key.kid.includes("/")) return [];
  return [
    button("Compromised", () => sure({
      title: `Distrust the key ${key.kid.slice(0, 8)}?`,
      button: "It is compromised",
      danger: true,
      toll: async () => `Whatever it signed is refused at once and for good, everywhere within a second, and ${key.state === "signing" ? "its successor signs from now on" : "it never signs"}. Clients have to ask for new tokens.`,
      act: async (reason) => {
        await api("POST", `${owner}/compromise`, { reason });
        await show();
        return `The key ${key.kid.slice(0, 8)} is distrusted: whatever it signed is refused.`;
      },
    }), "plain danger-text"),
  ];
}

function line(chain, where, begin, end, now) {
  return (key, index) => {
    const label = `${plain(key.state)}; made ${key.created_at}, signs from ${key.signs_from}${key.verifies_until ? `, verifies until ${key.verifies_until}` : ""}`;
    const head = holding("div", [state(key.state), identifier(key.kid, key.kid.includes("/") ? 32 : 8), element("span", key.algorithm, "quiet"), holding("span", emergency(key, where), "end")], "key-head");
    return holding("li", [head, spans(lives(chain, index, now), begin, end, now, label), when(key)], "key");
  };
}

function picture(chain, where) {
  const now = Date.now();
  const all = chain.flatMap((_, index) => lives(chain, index, now));
  const begin = Math.min(now - DAY, ...all.map((span) => span.from));
  const end = Math.max(now + DAY, ...all.map((span) => span.to));
  const { purpose, token } = chain[0];
  const title = element("h2", plain(purpose));
  title.append(element("span", ` ${OURS[purpose] ?? ""}${token === "*" ? "" : `, on token ${token}`}`, "quiet small"));
  const axis = holding("div", [time(new Date(begin).toISOString(), { dateStyle: "medium" }), element("span", "grey: announced, solid: signs, pale: only verifies, the mark: now", "quiet"), time(new Date(end).toISOString(), { dateStyle: "medium" })], "axis small quiet");
  const list = holding("ol", chain.map(line(chain, where, begin, end, now)), "rows keys");
  return holding("section", [title, holding("div", [list, axis], "panel")]);
}

async function show() {
  const where = realm();
  const keys = await api("GET", path("realms", where, "keys"));
  swap(at("chains"), chains(keys).map((chain) => picture(chain, where)));
  const signing = keys.filter((key) => key.state === "signing").length;
  at("what").textContent = `${count(signing, "key")} of ${where} ${signing === 1 ? "signs" : "sign"}. A successor is announced first, so that nobody who verifies is surprised; the old key verifies until the last that it signed has expired.`;
  if (!seesTheBroker()) return;
  const own = await api("GET", "/keys?realm=*");
  at("own").hidden = !own.length;
  swap(at("own-chains"), chains(own).map((chain) => picture(chain, "")));
}

function rotation(where) {
  return button("Rotate the signing keys", () => sure({
    title: `Rotate the keys of ${where}?`,
    button: "Rotate",
    toll: async () => "The announced keys take over as soon as everybody can know them. Nothing that was signed before is refused.",
    act: async (reason) => {
      const moved = await api("POST", path("realms", where, "keys", "rotate"), { reason });
      await show();
      return `${count(moved.length, "key")} ${moved.length === 1 ? "takes" : "take"} over from ${new Date(moved[0].signs_from).toLocaleString()}.`;
    },
  }));
}

enter(async () => {
  if (may(realm(), "security_admin")) at("acts").append(rotation(realm()));
  at("list").hidden = false;
  await show();
  live(show, 10_000);
});
