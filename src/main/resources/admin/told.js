// A secret that is shown this once: what it is, how long it counts, and a button that copies it.

import { at, button, element, holding, time } from "./shell.js";

/** In `panel`; `facts` are lines below it. It goes when it is put away, and with the page. */
export function tellOnce(panel, title, secret, facts) {
  const text = element("code", secret);
  text.id = "secret";
  const copy = button("Copy", async () => {
    await navigator.clipboard.writeText(secret);
    at("note").textContent = "The secret was copied.";
  }, "first");
  copy.id = "copy-secret";
  const away = button("I have put it away", () => {
    panel.replaceChildren();
    panel.hidden = true;
  });
  away.id = "put-away";
  panel.replaceChildren(
    holding("p", [element("strong", title), " It is shown this once: the broker keeps no copy."]),
    holding("p", [text]),
    ...facts.map((fact) => holding("p", fact, "quiet")),
    holding("div", [copy, away], "actions"),
  );
  panel.hidden = false;
  panel.scrollIntoView({ block: "nearest" });
}

export const until = (instant) => time(instant, { dateStyle: "medium", timeStyle: "short" });
