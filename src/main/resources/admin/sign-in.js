// The ways in: a passkey; or the login secret with a code. And the second factor again, before what destroys something.

import { api } from "./api.js";
import { get } from "./webauthn.js";

export async function withPasskey() {
  const credential = await get(await api("POST", "/session/passkey/options"));
  return api("POST", "/session/passkey", { credential });
}

/** Six digits are of an authenticator app; anything else is a recovery code. */
export async function withCode(name, secret, code) {
  const way = /^[0-9]{6}$/.test(code) ? "/session/totp" : "/session/recovery";
  return api("POST", way, { name, secret, code });
}

export async function stepUp() {
  const credential = await get(await api("POST", "/session/step-up/options"));
  return api("POST", "/session/step-up/passkey", { credential });
}

export async function signOut() {
  await api("DELETE", "/session");
}
