// A new client beside those of the realm's file: within what the file allows, and with a secret that is shown once.

import { api } from "./api.js";
import { address, at, element, enter, holding, link, path, realm } from "./shell.js";
import { sure } from "./sure.js";
import { tellOnce, until } from "./told.js";

const BY_SECRET = ["client_secret_basic", "client_secret_post"];

let policy = null;
let config = null;

function choice(name, value, text, checked) {
  const box = element("input", "");
  Object.assign(box, { type: "checkbox", name, value, checked });
  const label = element("label", "", "choice");
  label.append(box, holding("span", [element("span", value, "mono"), text ? ` ${text}` : ""]));
  return label;
}

const words = (text) => text.split(/[\s,]+/).filter(Boolean);
const chosen = (form, name) => [...form.querySelectorAll(`input[name=${name}]:checked`)].map((one) => one.value);

/** What a realm file would say of it. */
function described(form) {
  const value = (name) => form.elements[name].value.trim();
  const client = {
    client_id: value("id"),
    description: value("description"),
    vendor: value("vendor"),
    token_endpoint_auth_methods: BY_SECRET.filter((method) => policy.token_endpoint_auth_methods.includes(method)),
    scopes: chosen(form, "scopes"),
    audiences: chosen(form, "audiences"),
    networks: words(value("networks")),
    attestation: value("attestation") === "none" ? "none" : "required",
  };
  if (client.attestation === "required") client.attesters = [value("attestation")];
  return Object.fromEntries(Object.entries(client).filter(([, said]) => said.length));
}

at("describe").addEventListener("submit", (event) => {
  event.preventDefault();
  const form = event.target;
  const client = described(form);
  sure({
    title: `Register ${client.client_id}?`,
    button: "Register it",
    toll: async () =>
      `It may ask for ${client.scopes?.join(", ") || "nothing"}, ${client.networks ? `from ${client.networks.join(", ")}` : "from wherever the realm allows"}. ${policy.approval ? "Somebody has to approve it before it gets tokens." : "It gets tokens at once."}`,
    act: async (reason) => {
      const made = await api("POST", path("realms", realm(), "clients"), { client, reason });
      form.reset();
      at("registering").hidden = true;
      tellOnce(at("told"), `The secret of ${made.client_id}.`, made.client_secret, [
        ["It counts until ", until(made.expires_at), "."],
        [link(`Look at ${made.client_id}`, address("client", { realm: realm(), client: made.client_id }))],
      ]);
      return `${made.client_id} is registered: ${made.state}.`;
    },
  });
});

enter(async () => {
  at("back").href = address("clients", { realm: realm() });
  config = (await api("GET", path("realms", realm(), "policy"))).document;
  policy = config.registration;
  at("registering").hidden = false;
  if (!policy) {
    at("describe").hidden = true;
    at("limits").textContent = "This realm takes no registrations: its file has no `registration`. Its clients stand in the file.";
    return;
  }
  if (!BY_SECRET.some((method) => policy.token_endpoint_auth_methods.includes(method))) {
    at("describe").hidden = true;
    at("limits").textContent = "The realm wants registered clients to prove themselves without a secret: ./mayfly admin client add takes their keys.";
    return;
  }
  at("limits").textContent = `Within what the file of ${realm()} allows.`;
  at("scopes").append(...policy.scopes.map((scope, place) => choice("scopes", scope, config.scopes[scope]?.description, place === 0)));
  at("audiences").append(...policy.audiences.map((audience) => choice("audiences", audience, "", true)));
  const ways = (config.attesters ?? []).map(({ name }) => new Option(`by ${name}`, name));
  if (policy.unattested) ways.push(new Option("none", "none"));
  at("attestation").append(...ways);
  at("id").focus();
});
