// An invitation: the secret is in the fragment, which no server and no log sees. It leaves the address bar at once.

import { api } from "./api.js";
import { create, explain } from "./webauthn.js";

const at = (id) => document.getElementById(id);
const invitation = location.hash.slice(1);
history.replaceState(null, "", location.pathname);

async function greet() {
  try {
    const options = await api("POST", "/invitation/options", { invitation });
    at("title").textContent = `Welcome, ${options.user.name}`;
    at("make").disabled = false;
  } catch (failure) {
    at("accept").hidden = true;
    at("problem").textContent = invitation
      ? `This link cannot be used: ${explain(failure)}`
      : "This page needs the whole link, with what follows the #.";
  }
}

at("accept").addEventListener("submit", async (event) => {
  event.preventDefault();
  at("problem").textContent = "";
  at("make").disabled = true;
  try {
    const credential = await create(await api("POST", "/invitation/options", { invitation }));
    keep(await api("POST", "/invitation", { invitation, credential, passkey_name: at("passkey-name").value }));
  } catch (failure) {
    at("problem").textContent = explain(failure);
    at("make").disabled = false;
  }
});

function keep(told) {
  at("invited").hidden = true;
  at("kept").hidden = false;
  at("login-secret").textContent = told.login_secret;
  at("recovery-codes").replaceChildren(
    ...told.recovery_codes.map((code) => {
      const row = document.createElement("li");
      row.textContent = code;
      return row;
    }),
  );
  at("copy").addEventListener("click", async () => {
    await navigator.clipboard.writeText([told.login_secret, "", ...told.recovery_codes].join("\n"));
    at("note").textContent = "Copied.";
  });
  at("go").addEventListener("click", () => location.replace("/admin/overview"));
  at("kept").querySelector("h1").focus();
}

greet();
