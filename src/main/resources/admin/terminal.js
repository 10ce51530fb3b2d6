// A terminal waits to be signed in: which one it is, and the admin's word, by the passkey, for this one alone.

import { api } from "./api.js";
import { at, element, enter, relative, tell } from "./shell.js";
import { get } from "./webauthn.js";

let shown = null;

function fact(name, value) {
  const told = element("dd", "");
  told.append(value);
  return [element("dt", name), told];
}

function ask(problem) {
  shown = null;
  at("waiting").hidden = true;
  at("asking").hidden = false;
  at("problem").textContent = problem ?? "";
  at("code").focus();
}

function show(terminal) {
  shown = terminal;
  at("asking").hidden = true;
  at("waiting").hidden = false;
  at("terminal").replaceChildren(
    ...fact("Code", element("code", terminal.user_code)),
    ...fact("Calls itself", terminal.terminal),
    ...fact("Address", terminal.address),
    ...fact("Asked", relative(terminal.started_at)),
  );
  at("elsewhere").hidden = terminal.same_address;
}

/** One act at a time. */
async function run(control, act) {
  at("problem").textContent = at("note").textContent = "";
  control.disabled = true;
  try {
    await act();
  } catch (failure) {
    tell(failure);
  } finally {
    control.disabled = false;
  }
}

async function look(code) {
  show(await api("POST", "/session/terminal/options", { user_code: code }));
}

at("look").addEventListener("submit", (event) => {
  event.preventDefault();
  run(event.submitter ?? at("look"), () => look(at("code").value));
});

at("yes").addEventListener("click", () =>
  run(at("yes"), async () => {
    // A question counts once: after an answer that was none, there has to be another.
    const code = shown.user_code;
    const credential = await get(shown.passkey).catch(async (failure) => {
      await look(code);
      throw failure;
    });
    await api("POST", "/session/terminal/confirm", { user_code: code, credential });
    done(`${shown.terminal} is signed in. You can close this page.`);
  }),
);

at("no").addEventListener("click", () =>
  run(at("no"), async () => {
    await api("POST", "/session/terminal/refuse", { user_code: shown.user_code });
    done("It was sent away, and the alerts say so. Tell your security people who gave you that code.");
  }),
);

function done(note) {
  at("code").value = "";
  at("waiting").hidden = at("asking").hidden = true;
  at("note").textContent = note;
}

enter(async (me) => {
  if (me.passkeys.length === 0) {
    at("note").textContent = "This needs a passkey, and you have none. ./mayfly admin login --totp NAME does without.";
    return;
  }
  ask();
});
