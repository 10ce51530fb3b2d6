// Before an act: what it will do, in words; why, which is mandatory; and only then the act.

import { at, element, tell } from "./shell.js";

const dialog = document.createElement("dialog");
dialog.id = "sure";
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
  const problem = part("p", "sure-problem");
  problem.setAttribute("role", "alert");
  const actions = element("div", "", "actions");
  const act = part("button", "act");
  const cancel = part("button", "cancel", "Cancel");
  cancel.type = "button";
  cancel.addEventListener("click", () => dialog.close());
  actions.append(act, cancel);
  form.append(part("h2", "sure-title"), toll, label, reason, problem, actions);
  dialog.append(form);
  document.body.append(dialog);
}

/**
 * `toll`: an async function that says what will happen. `act`: an async function that gets the reason and does it.
 * `danger`: it cannot be undone.
 */
export async function sure({ title, button, danger, toll, act }) {
  at("sure-title").textContent = title;
  at("act").textContent = button;
  at("act").className = danger ? "danger" : "first";
  at("act").disabled = true;
  at("toll").textContent = at("sure-problem").textContent = "";
  at("note").textContent = at("problem").textContent = "";
  at("reason").value = "";
  at("sure-form").onsubmit = (event) => {
    event.preventDefault();
    go(act);
  };
  dialog.showModal();
  try {
    at("toll").textContent = await toll();
    at("act").disabled = false;
    at("reason").focus();
  } catch (failure) {
    tell(failure, "sure-problem");
  }
}

async function go(act) {
  at("act").disabled = true;
  at("sure-problem").textContent = "";
  try {
    const note = await act(at("reason").value);
    dialog.close();
    at("note").textContent = note;
  } catch (failure) {
    tell(failure, "sure-problem");
  } finally {
    at("act").disabled = false;
  }
}

build();
