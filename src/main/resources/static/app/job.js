// One job: how far it is, how it ended, and what to do when it failed.
import { html, nothing } from "../vendor/lit-html.js";
import { get, post, path } from "./api.js";
import { bytes, number, took, ms } from "./format.js";
import { Page } from "./page.js";
import { confirm, exactly, facts, jobState, kind, link, plain, problemBox, progress, sentence, when } from "./parts.js";
import { soFar } from "./overview.js";
import { about } from "./jobs.js";

const RESTORES = ["RESTORE", "GROUP_RESTORE"];

export default class JobPage extends Page {
  get title() { return this.job ? `${kind(this.job)}${this.job.database ? ` of ${this.job.database}` : ""}` : "Job"; }

  stay(route) { return route.module === "job" && route.id === this.route.id; }

  wants(event) { return event.type === "again" && !this.job?.finishedAt; }

  async load() {
    this.job = await get(path`jobs/${this.route.id}`, { signal: this.signal });
  }

  heard(event) {
    if (event.type !== "job" || event.data?.id !== this.route.id) return false;
    this.job = event.data;
    this.update();
    return true;
  }

  view() {
    const job = this.job, p = job.progress;
    return html`<div class="head"><div><p class="crumbs"><a href="#/jobs">Jobs</a></p><h1>${kind(job)} ${job.database ? html`of <a href=${link("databases", job.database)}>${job.database}</a>` : job.databases.length ? `of ${job.databases.length} databases` : nothing} ${jobState(job)}</h1><p class="mono muted small">${job.id}</p></div>
        <div class="actions">${RESTORES.includes(job.kind) && job.database ? html`<a class="button" href=${link("restore", job.database, { job: job.id })}>The restore</a>` : nothing}
        ${!job.finishedAt && !job.cancelRequested && this.shell.can("OPERATE") ? html`<button @click=${() => this.act(() => post(path`jobs/${job.id}/cancel`), "It is being cancelled")}>Cancel</button>` : nothing}</div></div>
      ${job.finishedAt ? nothing : html`<section class="card stack" aria-live="polite"><h2>${job.state === "QUEUED" ? "Waiting for its turn" : job.phase ? sentence(job.phase) : "Running"}</h2>${progress(job)}<p class="muted">${soFar(job)}${p && p.pagesTotal > 1 ? ` · ${number(p.pagesDone)} of ${number(p.pagesTotal)} pages` : ""}${p?.bytesPerSecond ? ` · ${bytes(p.bytesPerSecond)}/s` : ""}</p></section>`}
      ${job.problem ? problemBox(job.problem, job.state === "QUEUED" ? html`<p class="muted">It is tried again ${when(job.runAt)}.</p>` : nothing) : nothing}
      <section class="grid"><div class="card c5"><h2>When</h2>${facts([["Submitted", exactly(job.createdAt)], ["Due", job.startedAt ? nothing : exactly(job.runAt)], ["Begun", job.startedAt ? exactly(job.startedAt) : nothing], ["Ended", job.finishedAt ? exactly(job.finishedAt) : nothing], ["Took", job.finishedAt && job.startedAt ? took(ms(job.finishedAt) - ms(job.startedAt)) : nothing], ["Attempt", job.attempt], ["Priority", sentence(job.priority)], ["Node", job.node], ["Databases", job.databases.length > 1 ? about(job) : nothing]])}</div>
        ${job.result ? html`<div class="card c7"><h2>Result</h2>${this.result(job.result)}</div>` : nothing}</section>`;
  }

  result(r) {
    return html`${facts(Object.entries(r).filter(([key, v]) => v !== null && key !== "notes" && !(Array.isArray(v) && !v.length)).map(([key, v]) => [words(key), this.of(key, v)]), "left")}
      ${(r.notes ?? []).map(note => html`<p class="note small">${note}</p>`)}`;
  }

  of(key, v) {
    if (/^bytes|Bytes/.test(key)) return bytes(v);
    if (/Millis$/.test(key)) return took(v);
    if (key === "snapshotId" || key === "safetySnapshot") return this.job.database ? html`<a class="mono" href=${link("look", this.job.database, { snapshot: v })}>${v}</a>` : html`<code>${v}</code>`;
    if (key === "at") return exactly(v);
    if (typeof v === "number") return number(v);
    if (typeof v === "boolean") return v ? "yes" : "no";
    if (typeof v === "object") return html`<pre tabindex="0">${plain(v)}</pre>`;
    return html`<code>${v}</code>`;
  }
}

/** "lockHeldMillis" as "Lock held". */
function words(key) {
  return sentence(key.replace(/Millis$|Id$/, "").replace(/[A-Z]/g, c => "_" + c));
}
