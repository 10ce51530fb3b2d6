// What the broker's codes mean, in words of people.

const EVENTS = {
  token_issued: "token issued",
  token_refreshed: "token refreshed",
  token_exchanged: "token exchanged",
  client_authentication_failed: "client not believed",
  request_denied: "request denied",
  refresh_token_replayed: "spent refresh token came back",
  proof_replayed: "proof came a second time",
  quota_exceeded: "quota used up",
  client_state_changed: "state changed",
  secret_issued: "secret made",
  secret_expiring: "secret ends soon",
  signing_key_distrusted: "key compromised",
  signing_key_brought_forward: "key takes over early",
  signing_key_created: "key made",
  signing_key_destroyed: "key destroyed",
  admin_signed_in: "admin signed in",
  admin_sign_in_failed: "admin not signed in",
  realm_applied: "realm file applied",
  approval_changed: "act of two admins",
};

export const plain = (code) => code.replaceAll("_", " ");

export const eventName = (event) => EVENTS[event] ?? plain(event);

/** What a row says beside its columns: the reason first, then the rest, short. */
export function gist(row) {
  const { by, reason, because, error, scope, from, to, grants_ended: ended, ...rest } = row.detail ?? {};
  const parts = [];
  if (from && to) parts.push(`${from} → ${to}`);
  if (because) parts.push(plain(because));
  else if (error) parts.push(plain(error));
  if (by) parts.push(`by ${by}`);
  if (reason) parts.push(by ? `“${reason}”` : plain(reason));
  if (ended) parts.push(`${ended} grants ended`);
  if (scope && !parts.length) parts.push(scope);
  if (rest.request) parts.push(rest.request);
  if (!parts.length) {
    for (const [name, value] of Object.entries(rest)) {
      if (typeof value !== "object" && `${value}`.length < 60) parts.push(`${plain(name)} ${value}`);
    }
  }
  return parts.slice(0, 3).join(", ");
}

/** An approval's summary without what is too long for a line: the document behind a client's name, the rest of a key's. */
export const title = ({ summary }) => summary.split(": {")[0].replace(/[\w-]{43}/g, (kid) => `${kid.slice(0, 8)}…`);

const UNITS = { s: "second", m: "minute", h: "hour", d: "day" };

/** "15m" is 15 minutes. */
export function period(text) {
  const [, number, unit] = /^([0-9]+)([smhd])$/.exec(text ?? "") ?? [];
  return unit ? `${number} ${UNITS[unit]}${number === "1" ? "" : "s"}` : (text ?? "");
}

let countries = null;

/** A country's name in the reader's language. */
export function countryName(code) {
  if (!code) return "not known";
  try {
    countries ??= new Intl.DisplayNames(undefined, { type: "region" });
    return countries.of(code);
  } catch {
    return code;
  }
}
