// The few parts of which all pages are made.
import { html, svg, nothing, render } from "../vendor/lit-html.js";
import { ago, record, absolute, precise, clock } from "./format.js";
import { Refused } from "./api.js";

/** The address of a page: link("databases", name, {tab: "settings"}). */
export function link(...segments) {
  const last = segments.at(-1), parameters = typeof last === "object" ? segments.pop() : {};
  const given = Object.entries(parameters).filter(([, value]) => value !== undefined && value !== null && value !== "");
  return "#/" + segments.map(encodeURIComponent).join("/") + (given.length ? "?" + new URLSearchParams(given) : "");
}

/** How long ago, and on the title when exactly, in the viewer's zone and in UTC. */
export function when(time, none = "never") {
  return time ? html`<time datetime=${time} title=${record(time)}>${ago(time)}</time>` : html`<span class="muted">${none}</span>`;
}

/** Both at once, for tables: the first line for the eye, the second for the record. */
export function whenTwice(time, none = "never") {
  return time ? html`<time datetime=${time} title=${record(time)}>${ago(time)}<span class="small muted">${clock(time, { seconds: true })}</span></time>` : html`<span class="muted">${none}</span>`;
}

export function exactly(time) {
  return html`<time datetime=${time} title=${record(time)}>${precise(time)}</time>`;
}

/** In the zone of a schedule, and in the viewer's where the clocks differ. */
export function due(time, zone) {
  if (!time) return html`<span class="muted">–</span>`;
  const there = clock(time, { zone }), here = clock(time);
  const same = there.replace(/ \S+$/, "") === here.replace(/ \S+$/, "");
  return html`<time datetime=${time} title=${record(time)}>${there}${same ? nothing : html` <span class="muted">(${here} here)</span>`}</time>`;
}

const PROTECTION = {
  PROTECTED: ["good", "Protected"], STALE: ["warn", "Stale"], COLLAPSED: ["bad", "Collapsed"], FAILING: ["bad", "Failing"], UNPROTECTED: ["bad", "Unprotected"],
};
export const PROTECTIONS = Object.keys(PROTECTION);

export function state([kind, word]) {
  return html`<span class="state ${kind}">${word}</span>`;
}

export const protectionKind = protection => PROTECTION[protection]?.[0] ?? "idle";
export const protectionWord = protection => PROTECTION[protection]?.[1] ?? protection;
export const protection = protection => state(PROTECTION[protection] ?? ["idle", protection]);

const JOB = {
  QUEUED: ["idle", "Waiting"], RUNNING: ["busy", "Running"], SUCCEEDED: ["done", "Succeeded"], FAILED: ["bad", "Failed"], CANCELLED: ["idle", "Cancelled"],
};
/** Jobs with what an event says of one of them; null when it is about none of these. */
export function withNews(jobs, { type, data }) {
  const i = type === "job" && data ? jobs.findIndex(job => job.id === data.id) : -1;
  return i < 0 ? null : jobs.with(i, data);
}

export const jobState = job => state(job.cancelRequested && !job.finishedAt ? ["busy", "Cancelling"] : JOB[job.state] ?? ["idle", job.state]);

const KIND = {
  BACKUP: "Backup", GROUP_BACKUP: "Group backup", IMPORT: "Import", CHECK: "Check", DRILL: "Drill", RESTORE: "Restore", GROUP_RESTORE: "Group restore",
  REPOSITORY_CHECK: "Repository check", REBUILD: "Rebuild", PRUNE: "Prune", COPY: "Copy", REPAIR: "Repair",
};
export const kind = job => KIND[job.kind] ?? sentence(job.kind);
export const KINDS = Object.keys(KIND);

/** What is proven of a snapshot. */
export function proof(snapshot) {
  if (snapshot.state === "QUARANTINED") return state(["bad", "Quarantined"]);
  if (snapshot.verification === "FAILED") return state(["bad", "Check failed"]);
  const full = snapshot.level === "FULL" || snapshot.level === "QUICK";
  if (snapshot.verification === "PASSED") return state(full ? ["good", snapshot.level === "FULL" ? "Fully checked" : "Quick-checked"] : ["good", "Stored bytes checked"]);
  return state(["idle", "Not checked"]);
}

const COPY = { CURRENT: ["good", "Current"], BEHIND: ["warn", "Behind"], AWAY: ["bad", "Away"], FAILING: ["bad", "Failing"] };
export const copyState = copy => state(COPY[copy.state] ?? ["idle", copy.state]);

const FOLLOW = { FOLLOWING: ["good", "Following"], CATCHING_UP: ["warn", "Catching up"], PAUSED: ["idle", "Paused"], UNSUITABLE: ["bad", "Unsuitable"] };
export const followState = follow => state(FOLLOW[follow.state] ?? ["idle", follow.state]);

/** "REPOSITORY_CHECK" as "Repository check". */
export function sentence(constant) {
  const words = (constant ?? "").toLowerCase().replaceAll("_", " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** @param parts [[kind, share of 1], …] @param label what it means, for who cannot see it; nothing where the text beside says it */
export function bar(parts, label) {
  return html`<div class="bar" role=${label ? "img" : nothing} aria-label=${label ?? nothing} aria-hidden=${label ? nothing : "true"}>
    ${parts.filter(([, share]) => share > 0).map(([kind, share]) => html`<i class=${kind} .style=${`width:${Math.max(0.4, share * 100)}%`}></i>`)}</div>`;
}

/** Of a job that runs; without a number where there is none yet. */
export function progress(job) {
  const p = job.progress, name = `${kind(job)}${job.database ? " of " + job.database : ""}`;
  if (job.state !== "RUNNING" || !p || !(p.percent > 0)) {
    return html`<div class="bar ${job.state === "RUNNING" ? "unknown" : ""}" role="progressbar" aria-label=${name}>${job.state === "RUNNING" ? html`<i></i>` : nothing}</div>`;
  }
  return html`<div class="bar" role="progressbar" aria-label=${name} aria-valuenow=${Math.round(p.percent)} aria-valuemin="0" aria-valuemax="100"><i .style=${`width:${p.percent}%`}></i></div>`;
}

/** @param entries [[term, value], …]; those without a value are left out */
export function facts(entries, extra = "") {
  return html`<dl class="facts ${extra}">${entries.filter(entry => entry && entry[1] !== nothing && entry[1] !== null && entry[1] !== undefined)
    .map(([term, value]) => html`<dt>${term}</dt><dd>${value}</dd>`)}</dl>`;
}

export function labels(of) {
  const entries = Object.entries(of ?? {});
  return entries.length ? html`<span class="labels">${entries.map(([key, value]) => html`<span class="chip">${value ? `${key}=${value}` : key}</span>`)}</span>` : nothing;
}

/** What went wrong, what to do, and its code. */
export function problemBox(problem, extra = nothing) {
  return html`<section class="card problem stack" role="alert">
    <div><a class="small mono code" href="docs/errors.md#${(problem.code ?? "").toLowerCase()}" target="_blank" rel="noopener">${problem.code}</a><h2>${problem.title}</h2></div>
    <p>${problem.detail}</p>
    ${(problem.errors ?? []).length ? html`<ul>${problem.errors.map(error => html`<li><code>${error.field}</code> ${error.message}</li>`)}</ul>` : nothing}
    ${problem.hint ? html`<p class="muted">${problem.hint}</p>` : nothing}
    ${problemExtras(problem)}${extra}</section>`;
}

const SHOWN = new Set(["type", "title", "status", "detail", "instance", "code", "retryable", "hint", "errors"]);

function problemExtras(problem) {
  const others = Object.entries(problem).filter(([key, value]) => !SHOWN.has(key) && value !== null);
  return others.length ? html`<details class="small"><summary>Details</summary>${facts(others.map(([key, value]) => [key, html`<code>${plain(value)}</code>`]), "left")}</details>` : nothing;
}

/** Any value as text. */
export function plain(value) {
  return typeof value === "string" ? value : Array.isArray(value) && value.every(x => typeof x !== "object") ? value.join(", ") : JSON.stringify(value, null, 1);
}

export function empty(title, text, action = nothing) {
  return html`<div class="empty"><strong>${title}</strong><p>${text}</p>${action}</div>`;
}

/** @param headers [[name, class], …] */
export function table(headers, rows, { caption, extra = "" } = {}) {
  return html`<div class="scroll" tabindex=${extra === "content" ? "0" : nothing} role=${extra === "content" ? "region" : nothing} aria-label=${extra === "content" ? caption ?? "Rows" : nothing}><table class=${extra}>${caption ? html`<caption class="sr">${caption}</caption>` : nothing}
    <thead><tr>${headers.map(([name, kind]) => html`<th scope="col" class=${kind ?? nothing}>${name || html`<span class="sr">Actions</span>`}</th>`)}</tr></thead><tbody>${rows}</tbody></table></div>`;
}

/** Says something for a few seconds, and to screen readers. */
export function toast(text, bad = false) {
  const box = document.createElement("div");
  if (bad) box.className = "bad";
  render(html`${text}`, box);
  document.getElementById("toasts").append(box);
  setTimeout(() => box.remove(), 6000);
}

/**
 * A dialog that resolves with what its content hands to `close`, or undefined when it was dismissed.
 * @param content ({close, update}) => template
 */
export function dialog(content, { wide = false } = {}) {
  return new Promise(resolve => {
    const element = document.createElement("dialog");
    if (wide) element.className = "wide";
    let answer;
    const tools = { close: value => { answer = value; element.close(); }, update: () => render(content(tools), element), element };
    element.addEventListener("close", () => { element.remove(); resolve(answer); });
    document.body.append(element);
    tools.update();
    const heading = element.querySelector("h2");
    if (heading) {
      heading.id = "dialog-title";
      element.setAttribute("aria-labelledby", heading.id);
    }
    element.showModal();
  });
}

export function problemDialog(problem) {
  return dialog(({ close }) => html`<div class="stack">
    <div class="stack tight"><h2>${problem.title}</h2><code class="muted small">${problem.code}</code></div><p>${problem.detail}</p>
    ${(problem.errors ?? []).length ? html`<ul>${problem.errors.map(error => html`<li><code>${error.field}</code> ${error.message}</li>`)}</ul>` : nothing}
    ${problem.hint ? html`<p class="muted">${problem.hint}</p>` : nothing}${problemExtras(problem)}
    <footer><button autofocus @click=${() => close()}>Close</button></footer></div>`);
}

/** Asks before something that cannot be taken back; with `name`, this is to be typed. Resolves true or undefined. */
export function confirm({ title, text, action, name, danger = true }) {
  let typed = "";
  return dialog(({ close, update }) => html`<form @submit=${event => { event.preventDefault(); if (!name || typed === name) close(true); }}>
    <h2>${title}</h2><div class="stack">${text}</div>
    ${name ? html`<label class="field"><span>Type <code>${name}</code> to continue</span><input name="confirm" autofocus autocomplete="off" spellcheck="false" @input=${event => { typed = event.target.value; update(); }}></label>` : nothing}
    <footer><button type="button" @click=${() => close()}>Cancel</button><button class=${danger ? "danger" : "primary"} ?disabled=${name && typed !== name}>${action}</button></footer></form>`);
}

/**
 * A form in a dialog. It stays open, with what went wrong, until what it is for has been done.
 * @param fields () => template @param submit (FormData) => promise @returns what submit answered, or undefined
 */
export function formDialog({ title, lead, fields, action, submit, wide = false }) {
  let problem = null, busy = false;
  return dialog(tools => html`<form @submit=${async event => {
    event.preventDefault();
    busy = true;
    problem = null;
    tools.update();
    try {
      tools.close(await submit(new FormData(event.target), tools) ?? true);
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      if (error.problem.status !== 401) problem = error.problem; // whoever signs in again goes on with what is typed
    }
    busy = false;
    tools.update();
  }}>
    <h2>${title}</h2>${lead ? html`<p class="muted">${lead}</p>` : nothing}
    ${fields(tools)}
    ${problem ? problemBox(problem) : nothing}
    <footer><button type="button" @click=${() => tools.close()}>Cancel</button><button class="primary" ?disabled=${busy}>${action}</button></footer></form>`, { wide });
}

/** A labelled input. */
export function field(label, input, hint) {
  return html`<label class="field"><span>${label}</span>${input}${hint ? html`<span class="hint">${hint}</span>` : nothing}</label>`;
}

export function checkbox(label, name, checked, hint) {
  return html`<label class="check"><input type="checkbox" name=${name} ?checked=${checked}><span>${label}${hint ? html`<span class="hint">${hint}</span>` : nothing}</span></label>`;
}

/** @param options [[value, words], …] */
export function select(name, options, chosen, changed) {
  return html`<select name=${name} @change=${changed ? event => changed(event.target.value) : nothing}>${options.map(([value, words]) => html`<option value=${value} ?selected=${value === chosen}>${words}</option>`)}</select>`;
}

/** Buttons of which one is pressed. */
export function segments(label, options, chosen, pick) {
  return html`<div class="segments" role="group" aria-label=${label}>${options.map(([value, words]) => html`<button type="button" aria-pressed=${String(value === chosen)} @click=${() => pick(value)}>${words}</button>`)}</div>`;
}

export async function copyText(text) {
  try {
    await navigator.clipboard.writeText(text);
    toast("Copied");
  } catch { // over plain HTTP there is no clipboard
    toast("This browser lets no page copy here: mark it and copy by hand", true);
  }
}

/** A line over time, with its area. @param points [[time, value], …] ascending */
export function trend(points, label, { height = 52, width = 300 } = {}) {
  if (points.length < 2) return nothing;
  const [first] = points[0], [last] = points.at(-1), most = Math.max(...points.map(p => p[1])) || 1;
  const xy = points.map(([t, v]) => [((t - first) / (last - first || 1)) * width, height - 2 - (v / most) * (height - 6)]);
  const line = xy.map(([x, y]) => `${x.toFixed(1)},${y.toFixed(1)}`).join(" ");
  return html`<svg class="picture" viewBox="0 0 ${width} ${height}" preserveAspectRatio="none" role="img" aria-label=${label} .style=${`height:${height}px`}>
    <polygon class="trend-fill" points=${`0,${height} ${line} ${width},${height}`}></polygon>${svg`<polyline class="trend" points=${line} vector-effect="non-scaling-stroke"></polyline>`}</svg>`;
}
