// What ends something: each says first what it will do, and afterwards what it did and since when it holds.

import { api } from "./api.js";
import { at, count, path } from "./shell.js";

/**
 * A broker that has not read revocations for this long refuses everything (LiveGrants.STALE): so long after the answer no
 * broker lets anything through.
 */
const EVERYWHERE_MS = 900;

/** What a preview says, for a person. */
export function ends(toll, none) {
  const all = [
    [toll.grants_ended, "grant"],
    [toll.refresh_tokens, "refresh token"],
    [toll.access_tokens, "access token"],
  ].filter(([number]) => number).map(([number, what]) => count(number, what));
  const list = all.length > 1 ? `${all.slice(0, -1).join(", ")} and ${all.at(-1)}` : all[0];
  return list ? `This ends ${list}, at once and for good.` : none;
}

/** Does it, and answers with how long it took. */
export async function timed(act) {
  const begun = performance.now();
  const did = await act();
  return { did, ms: Math.round(performance.now() - begun) };
}

/** Says that it is so, here and then everywhere: what the broker can know. */
export function refused(sentence, ms) {
  const everywhere = ms + EVERYWHERE_MS;
  setTimeout(() => {
    if (at("note").textContent.startsWith(sentence)) {
      at("note").textContent = `${sentence} Refused everywhere after ${everywhere.toLocaleString()} ms at most.`;
    }
  }, EVERYWHERE_MS);
  return `${sentence} This broker refuses it after ${ms.toLocaleString()} ms; every other within a second.`;
}

/** The end of one grant. */
export function grantRevocation(realm, grant, after) {
  const route = path("realms", realm, "grants", grant.grant_id, "revoke");
  return {
    title: `Revoke grant ${grant.grant_id.slice(0, 8)} of ${grant.client_id}?`,
    button: "Revoke",
    danger: true,
    toll: async () =>
      `${ends(await api("POST", route, { dry_run: true }), "It has ended already.")} The client can ask for a new one.`,
    act: async (reason) => {
      const { ms } = await timed(() => api("POST", route, { reason }));
      await after();
      return refused(`Grant ${grant.grant_id.slice(0, 8)} is revoked.`, ms);
    },
  };
}
