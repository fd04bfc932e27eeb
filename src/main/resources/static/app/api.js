// The client of the API. Addresses are relative to the page's, so that any prefix that a proxy puts before them holds.

const base = new URL("api/v1/", document.baseURI);

/** What a call was refused with: the problem as the service tells it, or one of the same shape for what never got there. */
export class Refused extends Error {
  constructor(problem) {
    super(problem.detail);
    this.problem = problem;
  }
}

const watchers = { signedOut: () => {}, reached: () => {} };

/** Tells who cares: `signedOut()` when a call finds no session, `reached(boolean)` whether the service answers at all. */
export function watch(those) {
  Object.assign(watchers, those);
}

/** A path of the API with its variable parts encoded: path`databases/${name}/drills`. */
export function path(strings, ...values) {
  return String.raw({ raw: strings }, ...values.map(value => encodeURIComponent(value)));
}

/** Parameters without those that are empty. */
export function query(parameters) {
  const given = Object.entries(parameters).filter(([, value]) => value !== undefined && value !== null && value !== "");
  return given.length ? "?" + new URLSearchParams(given) : "";
}

export function address(relative) {
  return new URL(relative, base).href;
}

export const get = (path, options) => call("GET", path, undefined, options);
export const post = (path, body = {}, options) => call("POST", path, body, options);
export const put = (path, body, options) => call("PUT", path, body, options);
export const patch = (path, body) => call("PATCH", path, body);
export const remove = path => call("DELETE", path);

async function call(method, path, body, { signal, key, quiet = false, type = "application/json" } = {}) {
  const json = type === "application/json";
  const headers = { Accept: "application/json" };
  if (body !== undefined) {
    headers["Content-Type"] = type;
  }
  if (key) {
    headers["Idempotency-Key"] = key;
  }
  let answer;
  try {
    answer = await fetch(address(path), {
      method,
      headers,
      body: body === undefined ? undefined : json ? JSON.stringify(body) : body,
      credentials: "same-origin",
      cache: "no-store",
      signal,
    });
  } catch (error) {
    if (error.name !== "AbortError") {
      watchers.reached(false);
    }
    throw error.name === "AbortError" ? error : new Refused(unreachable());
  }
  if ([502, 504].includes(answer.status) && !isProblem(answer)) { // a proxy speaks for a service that is away
    watchers.reached(false);
    throw new Refused(unreachable());
  }
  watchers.reached(true);
  const told = answer.ok || (answer.status === 503 && (answer.headers.get("Content-Type") ?? "").startsWith("application/json")); // protection is told so, for curl's sake
  if (told) {
    return answer.status === 204 ? null : answer.json();
  }
  const problem = await problemOf(answer);
  if (answer.status === 401 && !quiet) {
    watchers.signedOut();
  }
  throw new Refused(problem);
}

function isProblem(answer) {
  return (answer.headers.get("Content-Type") ?? "").startsWith("application/problem+json");
}

async function problemOf(answer) {
  if (isProblem(answer)) {
    return answer.json();
  }
  return {
    code: `HTTP_${answer.status}`,
    status: answer.status,
    title: "An answer that is not the service's",
    detail: `Something between this browser and the service answered with ${answer.status}.`,
    hint: "Look at the log of the proxy.",
    retryable: answer.status >= 500,
  };
}

function unreachable() {
  return {
    code: "UNREACHABLE",
    status: 0,
    title: "The service does not answer",
    detail: "It may be starting anew, or the network between is down.",
    hint: "This page goes on by itself as soon as it answers.",
    retryable: true,
  };
}

/** A key with which the same click makes one job, however often it is sent. */
export function once() {
  const bytes = crypto.getRandomValues(new Uint8Array(16)); // randomUUID is missing over plain HTTP
  return Array.from(bytes, byte => byte.toString(16).padStart(2, "0")).join("");
}
