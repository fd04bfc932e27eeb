// What runs, waits and has ended, in all databases; live.
import { html, nothing } from "../vendor/lit-html.js";
import { get, post, path, query } from "./api.js";
import { ago, number, took, ms } from "./format.js";
import { Page } from "./page.js";
import { empty, jobState, kind, KINDS, link, progress, sentence, table, when, whenTwice, withNews } from "./parts.js";
import { soFar } from "./overview.js";

const PIECE = 50;
const STATES = [["", "All"], ["QUEUED", "Waiting"], ["RUNNING", "Running"], ["SUCCEEDED", "Succeeded"], ["FAILED", "Failed"], ["CANCELLED", "Cancelled"]];

export default class Jobs extends Page {
  limit = PIECE;

  get title() { return "Jobs"; }

  stay(route) {
    if (route.module !== "jobs") return false;
    this.route = route;
    this.limit = PIECE;
    this.refresh();
    return true;
  }

  of(key) { return this.route.query.get(key) ?? ""; }

  set(changes) {
    const parameters = { ...Object.fromEntries(this.route.query), ...changes };
    history.replaceState(null, "", link("jobs", parameters));
    this.stay({ module: "jobs", way: "jobs", query: new URLSearchParams(Object.entries(parameters).filter(([, v]) => v)) });
  }

  async load() {
    const asked = { database: this.of("database"), kind: this.of("kind"), state: this.of("state") };
    const found = await get("jobs" + query({ ...asked, limit: this.limit }), { signal: this.signal });
    this.items = found.items;
    this.more = Boolean(found.nextCursor);
  }

  heard(event) {
    const items = this.items && withNews(this.items, event);
    if (!items) return false;
    this.items = items;
    this.update();
    return true;
  }

  view() {
    return html`<div class="head"><div><h1>Jobs</h1></div></div>
      <div class="row"><div class="segments" role="group" aria-label="State">${STATES.map(([value, words]) => html`<button type="button" aria-pressed=${String(this.of("state") === value)} @click=${() => this.set({ state: value })}>${words}</button>`)}</div>
        <select aria-label="Kind" @change=${e => this.set({ kind: e.target.value })}><option value="">Any kind</option>${KINDS.map(k => html`<option value=${k} ?selected=${k === this.of("kind")}>${kind({ kind: k })}</option>`)}</select>
        <input type="search" placeholder="Database, by its name" aria-label="Jobs of the database" .value=${this.of("database")} @change=${e => this.set({ database: e.target.value.trim() })}></div>
      <section class="card">${this.items.length ? table([["Job"], ["State"], ["Begun"], ["Took", "num hide-narrow"]], this.items.map(job => html`<tr>
          <td><a href=${link("jobs", job.id)}><strong>${kind(job)}</strong></a> ${about(job)}${job.problem ? html`<span class="small bad">${job.problem.detail}</span>` : nothing}</td>
          <td>${job.state === "RUNNING" ? html`<div class="stack tight">${jobState(job)}${progress(job)}<span class="small muted">${job.phase ? sentence(job.phase) + " · " : ""}${soFar(job)}</span></div>` : html`${jobState(job)}${job.attempt > 1 ? html`<span class="small muted">attempt ${job.attempt}</span>` : nothing}`}</td>
          <td>${job.startedAt ? whenTwice(job.startedAt) : html`<span class="muted">due ${when(job.runAt)}</span>`}</td>
          <td class="num hide-narrow">${job.finishedAt && job.startedAt ? took(ms(job.finishedAt) - ms(job.startedAt)) : "–"}</td></tr>`), { caption: "Jobs, newest first" })
      : empty("No job is like that", this.route.query.size ? "Nothing has all of what you asked for." : "Whatever takes longer than a request is a job: backups, checks, drills, restores.")}
      ${this.more ? html`<div class="row"><button @click=${() => { this.limit = Math.min(500, this.limit * 3); this.refresh(); }} ?disabled=${this.limit >= 500}>Show more</button>${this.limit >= 500 ? html`<span class="small muted">The newest 500: choose a database, a kind or a state for others.</span>` : nothing}</div>` : nothing}</section>`;
  }
}

/** Of what a job is. */
export function about(job) {
  if (job.database) return html`<a href=${link("databases", job.database)}>${job.database}</a>`;
  if (job.databases?.length) return html`${job.databases.slice(0, 3).map((d, i) => html`${i ? ", " : ""}<a href=${link("databases", d)}>${d}</a>`)}${job.databases.length > 3 ? ` and ${job.databases.length - 3} more` : ""}`;
  return job.result?.copy ? html`<a href="#/storage">${job.result.copy}</a>` : html`<span class="muted">the repository</span>`;
}
