// The first page: signs in, and shows who one is.

import { api } from "./api.js";
import { at, count, element, ROLES, showBar, time, wayBack } from "./shell.js";
import { stepUp, withCode, withPasskey } from "./sign-in.js";
import { create, explain } from "./webauthn.js";

function showSignIn(problem) {
  at("home").hidden = at("bar").hidden = true;
  at("sign-in").hidden = false;
  at("sign-in-problem").textContent = problem ?? "";
  document.title = "Sign in · Mayfly";
}

async function show(me) {
  if (wayBack() && !me.session.recovering) {
    location.replace(wayBack());
    return;
  }
  at("sign-in").hidden = true;
  at("home").hidden = false;
  document.title = "Mayfly";
  showBar(me);
  at("greeting").textContent = me.session.recovering ? "Add a new passkey" : `Hello, ${me.name}`;
  at("session").replaceChildren(
    me.session.recovering
      ? "You used a recovery code. Add a passkey, sign out, and sign in with it. "
      : "You are signed in until ",
    time(me.session.ends_at, { timeStyle: "short" }),
    ", or 15 minutes after your last request.",
  );
  at("roles").replaceChildren(
    ...Object.entries(me.roles).flatMap(([realm, role]) => [
      element("dt", realm === "*" ? "everywhere" : realm),
      element("dd", ROLES[role]),
    ]),
  );
  at("authenticators").replaceChildren(...authenticators(me));
  const realms = me.session.recovering ? [] : await api("GET", "/realms");
  at("realms").replaceChildren(
    ...(realms.length
      ? realms.map(({ realm, issuer, clients }) => {
          const row = element("li", "");
          const link = element("a", realm);
          link.href = `/admin/clients?realm=${encodeURIComponent(realm)}`;
          row.append(link);
          row.append(element("span", issuer, "quiet mono"), element("span", count(clients, "client"), "end"));
          return row;
        })
      : [element("li", "None is yours to see.", "quiet")]),
  );
}

function authenticators(me) {
  const rows = me.passkeys.map((passkey) => {
    const row = element("li", passkey.name);
    const kind = passkey.synced ? "passkey, synced between devices" : "passkey, on one device";
    const since = element("span", "made ", "end");
    since.append(time(passkey.created_at, { dateStyle: "medium" }));
    row.append(element("span", kind, "quiet"), since);
    return row;
  });
  if (me.totp_since) rows.push(element("li", "Authenticator app"));
  rows.push(element("li", `${me.recovery_codes_left} recovery codes left`));
  return rows;
}

/** One act at a time: the button waits, the problem is said beside it. */
function on(button, problem, act) {
  at(button).addEventListener("click", () => run(at(button), problem, act));
}

async function run(control, problem, act) {
  at(problem).textContent = "";
  control.disabled = true;
  try {
    await act();
  } catch (failure) {
    if (failure.status === 401 && problem === "problem") showSignIn("Your session is over. Sign in again.");
    else at(problem).textContent = explain(failure);
  } finally {
    control.disabled = false;
  }
}

on("with-passkey", "sign-in-problem", async () => show(await withPasskey()));

at("with-code").addEventListener("submit", (event) => {
  event.preventDefault();
  const { name, secret, code } = event.target.elements;
  run(event.submitter, "sign-in-problem", async () => {
    await show(await withCode(name.value.trim(), secret.value.trim(), code.value.trim()));
    event.target.reset();
  });
});

on("confirm", "problem", async () => {
  const { fresh_until: until } = await stepUp();
  at("note").replaceChildren("Confirmed until ", time(until, { timeStyle: "medium" }), ".");
});

on("add-passkey", "problem", async () => {
  const credential = await create(await api("POST", "/me/passkeys/options"));
  await api("POST", "/me/passkeys", { credential, name: `Passkey of ${new Date().toLocaleDateString()}` });
  await show(await api("GET", "/me"));
  at("note").textContent = "The passkey was added.";
});

try {
  await show(await api("GET", "/me"));
} catch (failure) {
  showSignIn(failure.status === 401 ? "" : explain(failure));
}
