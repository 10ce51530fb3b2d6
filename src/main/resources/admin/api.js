// Requests to the admin API. Every change carries what only a page of ours can know; every refusal is a Problem (RFC 9457).

const STEP_UP_NEEDED = "tag:mayfly.dev,2026:step-up-needed";

/** What is said of an act that somebody else has to approve first, where the realm asks for two. */
export const WAITS = "Nothing has happened yet: a second admin has to approve it.";

let csrf = "";
let confirmAgain = null;
let confirming = null;

export class Problem extends Error {
  constructor(status, type, detail) {
    super(detail);
    this.status = status;
    this.type = type;
  }
}

/** What to do when an act needs a fresh proof: an async function; once it is done the act is tried again. */
export function onStepUp(confirm) {
  confirmAgain = confirm;
}

export async function api(method, path, body) {
  try {
    return await send(method, path, body);
  } catch (problem) {
    if (problem.type !== STEP_UP_NEEDED || !confirmAgain) throw problem;
    // Of several that wait for it one asks.
    confirming ??= confirmAgain().finally(() => (confirming = null));
    await confirming;
    return send(method, path, body);
  }
}

async function send(method, path, body) {
  const headers = { Accept: "application/json" };
  if (method !== "GET") {
    headers["Content-Type"] = "application/json";
    if (csrf) headers["X-Mayfly-CSRF"] = csrf;
  }
  let answer;
  try {
    answer = await fetch("/admin/api" + path, {
      method,
      headers,
      body: method === "GET" ? undefined : JSON.stringify(body ?? {}),
      credentials: "same-origin",
      cache: "no-store",
      redirect: "error",
    });
  } catch {
    throw new Problem(0, "", "The broker does not answer. Nothing was changed, as far as is known.");
  }
  const json = answer.status === 204 ? null : await answer.json().catch(() => null);
  if (!answer.ok) {
    throw new Problem(answer.status, json?.type ?? "", json?.detail ?? `The broker answered ${answer.status}.`);
  }
  // Nothing has happened: whoever asked must not be told that it has.
  if (answer.status === 202) throw new Problem(202, "", `${WAITS} Look under Approvals.`);
  if (json?.csrf) csrf = json.csrf;
  return json;
}
