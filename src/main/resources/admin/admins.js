// Who the admins are; root invites them, and suspends, resumes and removes them.

import { api } from "./api.js";
import { at, count, element, enter, realmNames, relative, ROLES } from "./shell.js";
import { sure } from "./sure.js";

let me = null;

const path = (name, act) => `/admins/${encodeURIComponent(name)}/${act}`;

function roles(person) {
  const all = Object.entries(person.roles).map(
    ([realm, role]) => `${ROLES[role]} ${realm === "*" ? "everywhere" : `in ${realm}`}`,
  );
  return all.join(", ") || "none";
}

function ways({ passkeys, totp_since: totp, machine }) {
  const all = [];
  if (passkeys.length) all.push(count(passkeys.length, "passkey"));
  if (totp) all.push("app");
  if (machine) all.push(machine.by === "certificate" ? "machine, certificate" : "machine, key");
  return all.join(", ") || "nothing yet";
}

function button(name, what) {
  const made = element("button", what.button, "plain");
  made.id = `${what.button.toLowerCase()}-${name}`;
  made.type = "button";
  made.addEventListener("click", () => sure(what));
  return made;
}

function change(name, act, words) {
  return {
    title: `${words.button} ${name}?`,
    ...words,
    toll: async () => words.toll,
    act: async (reason) => {
      await api("POST", path(name, act), { reason });
      await show();
      return words.done;
    },
  };
}

function acts({ name, state }) {
  if (me.roles["*"] !== "root" || name === me.name) return [];
  const all = [];
  if (state === "active") {
    all.push(
      button(name, change(name, "suspend", {
        button: "Suspend",
        toll: `${name} is signed out everywhere at once, and cannot sign in until somebody resumes it.`,
        done: `${name} is suspended and signed out.`,
      })),
    );
  }
  if (state === "suspended") {
    all.push(
      button(name, change(name, "resume", {
        button: "Resume",
        toll: `${name} can sign in again, by what it had.`,
        done: `${name} can sign in again.`,
      })),
    );
  }
  all.push(
    button(name, change(name, "remove", {
      button: "Remove",
      danger: true,
      toll: `${name} is signed out at once and for good: passkeys and codes are forgotten, and the name is not given again.`,
      done: `${name} is removed.`,
    })),
  );
  return all;
}

function row(person) {
  const made = document.createElement("tr");
  const name = element("td", person.name, "mono");
  name.append(element("span", roles(person), "quiet small below narrow-only"));
  const standing = document.createElement("td");
  standing.append(element("span", person.state, `state ${person.state}`));
  const last = element("td", "", "wide-only");
  last.append(person.signed_in_at ? relative(person.signed_in_at) : element("span", "never", "quiet"));
  const buttons = element("td", "", "acts");
  buttons.append(...acts(person));
  made.append(name, standing, element("td", roles(person), "wide-only"), element("td", ways(person), "wide-only"), last, buttons);
  return made;
}

async function show() {
  const people = await api("GET", "/admins");
  at("people").hidden = false;
  at("found").textContent = count(people.length, "admin");
  at("rows").replaceChildren(...people.map(row));
}

at("invite").addEventListener("submit", (event) => {
  event.preventDefault();
  const { name, realm, role } = event.target.elements;
  const invited = { name: name.value, roles: { [realm.value]: role.value } };
  at("link-panel").hidden = true;
  sure({
    title: `Invite ${invited.name}?`,
    button: "Make the link",
    toll: async () => `${invited.name} becomes ${roles(invited)}, once the link is used.`,
    act: async (reason) => {
      const { link } = await api("POST", "/admins", { ...invited, reason });
      at("for").textContent = invited.name;
      at("link").textContent = link;
      at("link-panel").hidden = false;
      event.target.reset();
      await show();
      at("link-panel").scrollIntoView({ block: "center" });
      return `The link for ${invited.name} is made.`;
    },
  });
});

enter(async (known) => {
  me = known;
  await show();
  if (me.roles["*"] === "root") {
    at("inviting").hidden = false;
    at("in-realm").append(...realmNames().map((realm) => new Option(realm)));
  }
});
