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

/** By a passkey; by the app's code for whoever has none. */
export async function stepUp(me) {
  if (!me?.passkeys?.length && me?.totp_since) {
    return api("POST", "/session/step-up/totp", { code: await askForCode() });
  }
  const credential = await get(await api("POST", "/session/step-up/options"));
  return api("POST", "/session/step-up/passkey", { credential });
}

/** In a dialog of its own, above whichever one is open. */
function askForCode() {
  const dialog = document.createElement("dialog");
  dialog.setAttribute("aria-label", "Confirm that it is you");
  const form = document.createElement("form");
  form.method = "dialog";
  const label = document.createElement("label");
  label.textContent = "Code of your authenticator app";
  label.htmlFor = "step-up-code";
  const code = document.createElement("input");
  code.id = "step-up-code";
  code.inputMode = "numeric";
  code.autocomplete = "one-time-code";
  code.pattern = "[0-9]{6}";
  code.required = true;
  const go = document.createElement("button");
  go.className = "first";
  go.textContent = "Confirm";
  const actions = document.createElement("div");
  actions.className = "actions";
  actions.append(go);
  form.append(label, code, actions);
  dialog.append(form);
  document.body.append(dialog);
  dialog.showModal();
  return new Promise((resolve, reject) => {
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      resolve(code.value);
      dialog.close();
    });
    dialog.addEventListener("close", () => {
      dialog.remove();
      reject(new Error("It was not confirmed. Nothing was changed."));
    });
  });
}

export async function signOut() {
  await api("DELETE", "/session");
}
