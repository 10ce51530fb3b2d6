// Before an act: what it will do, in words; why, which is mandatory; and only then the act.

import { WAITS } from "./api.js";
import { at, element, learnWaiting, link, tell } from "./shell.js";

const dialog = document.createElement("dialog");
dialog.id = "sure";
let turn = 0; // Of two that overlap the later one is shown.
dialog.setAttribute("aria-labelledby", "sure-title");

function part(name, id, text = "") {
  const made = element(name, text);
  made.id = id;
  return made;
}

function build() {
  const form = part("form", "sure-form");
  form.method = "dialog";
  const toll = part("p", "toll");
  toll.setAttribute("aria-live", "polite");
  const label = element("label", "Why? It goes into the audit trail");
  label.htmlFor = "reason";
  const reason = part("input", "reason");
  reason.maxLength = 500;
  reason.autocomplete = "off";
  reason.required = true;
  const typedLabel = part("label", "sure-typed-label");
  const typed = part("input", "sure-typed");
  typedLabel.htmlFor = typed.id;
  typed.autocomplete = "off";
  typed.spellcheck = false;
  typed.autocapitalize = "none";
  const problem = part("p", "sure-problem");
  problem.setAttribute("role", "alert");
  const actions = element("div", "", "actions");
  const act = part("button", "act");
  const cancel = part("button", "cancel", "Cancel");
  cancel.type = "button";
  cancel.addEventListener("click", () => dialog.close());
  actions.append(act, cancel);
  form.append(part("h2", "sure-title"), toll, label, reason, typedLabel, typed, problem, actions);
  dialog.append(form);
  document.body.append(dialog);
}

/**
 * `toll`: an async function that says what will happen. `act`: an async function that gets the reason and does it.
 * `danger`: it cannot be undone. `typed`: what has to be typed first, the `what` of it. Both functions also get one that
 * says how far they are; `steps`: closing the dialog stops the act where it is.
 */
export async function sure({ title, button, danger, typed, what, steps, toll, act }) {
  const mine = ++turn;
  at("sure-title").textContent = title;
  at("act").textContent = button;
  at("act").className = danger ? "danger" : "first";
  at("act").disabled = true;
  at("toll").textContent = at("sure-problem").textContent = "";
  at("note").textContent = at("problem").textContent = "";
  at("reason").value = at("sure-typed").value = "";
  at("cancel").textContent = "Cancel";
  at("sure-typed").hidden = at("sure-typed-label").hidden = !typed;
  at("sure-typed").required = Boolean(typed);
  at("sure-typed").setCustomValidity("");
  at("sure-typed").oninput = () => at("sure-typed").setCustomValidity(!typed || at("sure-typed").value.trim() === typed ? "" : `Type ${typed}`);
  at("sure-typed-label").textContent = `Type ${typed} to confirm${what === "vendor" ? "" : ": that many " + what}`;
  at("sure-form").onsubmit = (event) => {
    event.preventDefault();
    go(act, steps);
  };
  dialog.showModal();
  const say = (text) => mine === turn && (at("toll").textContent = text);
  try {
    const words = await toll(say);
    if (mine !== turn || !dialog.open) return;
    at("toll").textContent = words;
    at("act").disabled = false;
    at("reason").focus();
  } catch (failure) {
    if (mine === turn) tell(failure, "sure-problem");
  }
}

async function go(act, steps) {
  at("act").disabled = true;
  if (steps) at("cancel").textContent = "Stop";
  at("sure-problem").textContent = "";
  try {
    const note = await act(at("reason").value, (text) => (at("toll").textContent = text));
    dialog.close();
    at("note").textContent = note;
  } catch (failure) {
    if (failure.status === 202) sayThatItWaits();
    else tell(failure, "sure-problem");
  } finally {
    at("act").disabled = false;
    at("cancel").textContent = "Cancel";
  }
}

function sayThatItWaits() {
  dialog.close();
  at("note").replaceChildren(`${WAITS} `, link("It waits here", "/admin/approvals"), ".");
  learnWaiting();
}

build();
