// The first page: signs in, and shows who one is.

import { api } from "./api.js";
import { at, button, count, element, learnRealms, learnWaiting, link, relative, ROLES, showBar, time, wayBack } from "./shell.js";
import { stepUp, withCode, withPasskey } from "./sign-in.js";
import { create, explain } from "./webauthn.js";

function showSignIn(problem) {
  at("home").hidden = true;
  at("bar")?.remove();
  at("sign-in").hidden = false;
  at("sign-in-problem").textContent = problem ?? "";
  document.title = "Sign in · Mayfly";
}

/** From the sign-in one goes on to where one wanted to be, or to the overview. */
async function goOn(me) {
  if (me.session.recovering) await show(me);
  else location.replace(wayBack() ?? "/admin/overview");
}

async function show(me) {
  at("sign-in").hidden = true;
  at("home").hidden = false;
  document.title = "Mayfly";
  if (!me.session.recovering) await learnRealms();
  showBar(me);
  if (!me.session.recovering) learnWaiting().catch(() => {});
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
          row.append(link(realm, `/admin/overview?realm=${encodeURIComponent(realm)}`));
          row.append(element("span", issuer, "quiet mono"), element("span", count(clients, "client"), "end"));
          return row;
        })
      : [element("li", "None is yours to see.", "quiet")]),
  );
}

function authenticators(me) {
  const only = me.passkeys.length + (me.totp_since ? 1 : 0) === 1;
  const rows = me.passkeys.map((passkey) => {
    const kind = passkey.synced ? "passkey, synced between devices" : "passkey, on one device";
    const used = element("span", passkey.last_used_at ? "used " : "never used", "end");
    if (passkey.last_used_at) used.append(relative(passkey.last_used_at));
    return way(passkey.name, kind, used, only, `/me/passkeys/${encodeURIComponent(passkey.id)}`);
  });
  if (me.totp_since) {
    const since = element("span", "since ", "end");
    since.append(time(me.totp_since, { dateStyle: "medium" }));
    rows.push(way("Authenticator app", "codes of six digits", since, only, "/me/totp"));
  }
  rows.push(element("li", `${me.recovery_codes_left} recovery codes left`));
  return rows;
}

/** One of several can be taken away; the only one cannot. */
function way(name, kind, when, only, path) {
  const row = element("li", name);
  row.append(element("span", kind, "quiet"), when);
  if (!only) {
    const remove = button("Remove", () => run(remove, "problem", async () => {
      await api("DELETE", path);
      await show(await api("GET", "/me"));
      at("note").textContent = `${name} was removed: it signs nobody in any more.`;
    }), "plain");
    row.append(remove);
  }
  return row;
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

on("with-passkey", "sign-in-problem", async () => goOn(await withPasskey()));

at("with-code").addEventListener("submit", (event) => {
  event.preventDefault();
  const { name, secret, code } = event.target.elements;
  run(event.submitter, "sign-in-problem", async () => {
    await goOn(await withCode(name.value.trim(), secret.value.trim(), code.value.trim()));
    event.target.reset();
  });
});

on("confirm", "problem", async () => {
  const { fresh_until: until } = await stepUp(await api("GET", "/me"));
  at("note").replaceChildren("Confirmed until ", time(until, { timeStyle: "medium" }), ".");
});

on("add-passkey", "problem", async () => {
  const credential = await create(await api("POST", "/me/passkeys/options"));
  await api("POST", "/me/passkeys", { credential, name: `Passkey of ${new Date().toLocaleDateString()}` });
  await show(await api("GET", "/me"));
  at("note").textContent = "The passkey was added.";
});

let offered = "";

on("add-app", "problem", async () => {
  const { challenge, secret, uri } = await api("POST", "/me/totp/options");
  offered = challenge;
  at("app-secret").textContent = secret.match(/.{1,4}/g).join(" ");
  at("app-link").href = uri;
  at("app").hidden = false;
  at("app-code").focus();
});

at("app").addEventListener("submit", (event) => {
  event.preventDefault();
  run(event.submitter, "problem", async () => {
    await api("POST", "/me/totp", { challenge: offered, code: at("app-code").value });
    event.target.reset();
    at("app").hidden = true;
    at("app-secret").textContent = "";
    await show(await api("GET", "/me"));
    at("note").textContent = "The app was added: with your login secret it signs you in.";
  });
});

try {
  const me = await api("GET", "/me");
  if (wayBack()) await goOn(me);
  else await show(me);
} catch (failure) {
  showSignIn(failure.status === 401 ? "" : explain(failure));
}
