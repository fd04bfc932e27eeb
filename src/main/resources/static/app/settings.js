// What holds for all databases, who is told, and what is found by itself.
import { html, nothing } from "../vendor/lit-html.js";
import { get, patch, post, remove, path, query, Refused } from "./api.js";
import { cron, number, plural, span, took } from "./format.js";
import { Page } from "./page.js";
import { checkbox, confirm, dialog, empty, facts, field, formDialog, link, sentence, state, table, when, whenTwice } from "./parts.js";
import { retentionForm, retentionWords, scheduleForm } from "./policy.js";
import { showOnce } from "./access.js";

const EVENTS = ["backup.succeeded", "backup.failed", "check.failed", "drill.failed", "restore.succeeded", "restore.failed", "pruned", "database.stale", "database.recovered", "database.collapsed"];
const WORTH = ["backup.failed", "check.failed", "drill.failed", "restore.failed", "database.stale", "database.recovered", "database.collapsed"];

export default class Settings extends Page {
  get title() { return "Settings"; }
  wants(event) { return event.type === "again"; }

  async load() {
    if (!this.shell.whole) return;
    const { signal } = this, none = promise => promise.catch(error => { if (error instanceof Refused && [403, 404].includes(error.problem.status)) return null; throw error; });
    const [schedule, retention, webhooks, discovery] = await Promise.all([none(get("schedule", { signal })), none(get("retention", { signal })), none(get("webhooks", { signal })), none(get("discovery", { signal }))]);
    Object.assign(this, { schedule, retention, webhooks: webhooks?.items ?? null, discovery });
  }

  view() {
    const may = this.shell.can("ADMIN"), { schedule, retention } = this;
    if (!this.shell.whole) return html`<div class="head"><div><h1>Settings</h1></div></div>${empty("These are about the whole service", "Your token is limited to some databases.")}`;
    return html`<div class="head"><div><h1>Settings</h1><p class="lead">Defaults for every database without settings of its own.</p></div></div>
      <section class="grid"><div class="card c6 stack"><header><h2>Default schedule</h2>${may ? html`<span class="row tight">${schedule ? html`<button class="small" @click=${() => this.drop("schedule", "Without a default schedule, databases that have none of their own are backed up only by hand.")}>Remove…</button>` : nothing}<button class="small" @click=${() => this.changed(scheduleForm(null, schedule))}>${schedule ? "Change…" : "Set…"}</button></span>` : nothing}</header>
          ${schedule ? facts([["When", html`${cron(schedule.cron)} <span class="muted">${schedule.zone}</span>${schedule.paused ? html` ${state(["idle", "Paused"])}` : nothing}`], ["Skip unchanged", schedule.skipUnchanged ? "yes" : "no"], ["Jitter", schedule.jitter === "PT0S" ? nothing : span(schedule.jitter)], ["Method", sentence(schedule.method)], ["Verify", sentence(schedule.verify)]]) : html`<p class="warn">None: a database without a schedule of its own is backed up only by hand.</p>`}</div>
        <div class="card c6 stack"><header><h2>Default retention</h2>${may ? html`<span class="row tight">${retention?.source === "DEFAULT" ? html`<button class="small" @click=${() => this.drop("retention", "Without a default policy, snapshots of databases that have none of their own stay until somebody deletes them.")}>Remove…</button>` : nothing}<button class="small" @click=${() => this.changed(retentionForm(null, retention))}>${retention?.source === "DEFAULT" ? "Change…" : "Set…"}</button></span>` : nothing}</header>
          ${facts([["Keep", retentionWords(retention)], ["Time zone", retention?.policy?.zone ?? nothing], ["Next prune", when(retention?.nextPruneAt, "by hand only")]])}</div></section>
      ${this.webhooks ? html`<section class="card"><header><h2>Webhooks</h2>${may ? html`<button class="small" @click=${() => this.webhook()}>New webhook…</button>` : nothing}</header>
        ${this.webhooks.length ? table([["URL"], ["Events"], ["State"], [""]], this.webhooks.map(w => html`<tr><td><code>${w.url}</code><span class="small muted">${w.databases ? w.databases.join(", ") : "all databases"}</span></td><td class="small">${w.events ? w.events.join(", ") : "everything"}</td><td>${w.paused ? state(["idle", "Paused"]) : state(["good", "On"])}</td>
          <td class="num">${may ? html`<span class="row tight nowrap"><button class="small" @click=${() => this.test(w)}>Test</button><button class="small" @click=${() => this.deliveries(w)}>Deliveries</button><button class="small" @click=${() => this.act(() => patch(path`webhooks/${w.id}`, { paused: !w.paused }), w.paused ? "Resumed" : "Paused")}>${w.paused ? "Resume" : "Pause"}</button><button class="small" @click=${() => this.forget(w)}>Delete…</button></span>` : nothing}</td></tr>`), { caption: "Webhooks" })
        : empty("No webhook yet", "Failures show up only on these pages. Notify a chat, a pager or a script of failures and of databases that are no longer protected.")}</section>` : nothing}
      ${this.discovery ? html`<section class="card stack"><h2>Discovery</h2>${this.discovery.finishedAt ? html`${facts([["Last scan", when(this.discovery.finishedAt)], ["Found", number(this.discovery.found)], ["Registered", number(this.discovery.registered)], ["Missing", number(this.discovery.missing)]], "left")}
        ${this.discovery.skipped.length ? html`<details><summary>${plural(this.discovery.skippedInAll, "file")} skipped</summary>${table([["File"], ["Why"]], this.discovery.skipped.map(s => html`<tr><td><code>${s.path}</code></td><td>${s.reason}</td></tr>`), { caption: "Skipped files" })}</details>` : nothing}` : html`<p class="muted">No scan yet.</p>`}
        <p class="small muted">The directories to scan are a setting: <code>afterimage.discovery.directories</code>.</p></section>` : nothing}
      <section class="card stack"><h2>API</h2><p>The dashboard uses the public API: whatever it does, a script can do. <a href="swagger-ui.html">Swagger UI</a> · <a href="v3/api-docs">OpenAPI</a> · <a href="docs/errors.md">Problem codes</a></p></section>`;
  }

  async changed(form) {
    if (await form) this.refresh();
  }

  async drop(what, words) {
    if (await confirm({ title: `Remove the default ${what}?`, text: html`<p>${words}</p>`, action: "Remove" })) this.act(() => remove(what), "Removed");
  }

  async webhook() {
    const made = await formDialog({ title: "New webhook", wide: true, action: "Create", lead: "A signed HTTP POST for each event, retried until it is answered with 2xx.",
      fields: () => html`${field("URL", html`<input name="url" type="url" required autofocus placeholder="https://chat.example.com/hooks/backups" spellcheck="false">`)}
        <fieldset class="plain"><legend>Events</legend><div class="fields">${EVENTS.map(e => html`<label class="check"><input type="checkbox" name="events" value=${e} ?checked=${WORTH.includes(e)}><span>${e}</span></label>`)}</div></fieldset>
        ${field("Only these databases", html`<input name="databases" placeholder="all" spellcheck="false">`, "Names, separated by commas")}`,
      submit: form => {
        const databases = form.get("databases").split(",").map(x => x.trim()).filter(Boolean), events = form.getAll("events");
        return post("webhooks", { url: form.get("url").trim(), ...(events.length && events.length < EVENTS.length ? { events } : {}), ...(databases.length ? { databases } : {}) });
      } });
    if (!made) return;
    if (made.secret) await showOnce("The signing secret", made.secret);
    this.refresh();
  }

  async test(w) {
    const reply = await this.act(() => post(path`webhooks/${w.id}/test`));
    if (!reply) return;
    dialog(({ close }) => html`<div class="stack"><h2>${reply.delivered ? "Delivered" : "Not delivered"}</h2>${facts([["Answer", reply.status ?? nothing], ["Took", took(reply.millis)], ["Error", reply.error ?? nothing]], "left")}${reply.body ? html`<pre>${reply.body}</pre>` : nothing}<footer><button autofocus @click=${() => close()}>Close</button></footer></div>`);
  }

  async deliveries(w) {
    const found = await this.act(() => get(path`webhooks/${w.id}/deliveries?limit=30`));
    if (!found) return;
    dialog(({ close }) => html`<div class="stack"><h2>Deliveries to ${w.url}</h2>${found.items.length ? table([["When"], ["Event"], ["State"]], found.items.map(d => html`<tr><td>${whenTwice(d.createdAt)}</td><td>${d.event}</td><td>${state(d.state === "DELIVERED" ? ["good", "Delivered"] : d.state === "FAILED" ? ["bad", "Given up"] : ["idle", "Waiting"])}<span class="small muted">${plural(d.attempts, "attempt")}${d.status ? `, ${d.status}` : ""}${d.error ? `, ${d.error}` : ""}</span></td></tr>`), { caption: "Deliveries" }) : html`<p class="muted">Nothing yet.</p>`}<footer><button autofocus @click=${() => close()}>Close</button></footer></div>`, { wide: true });
  }

  async forget(w) {
    if (await confirm({ title: "Delete this webhook?", text: html`<p><code>${w.url}</code> gets no more events.</p>`, action: "Delete" })) this.act(() => remove(path`webhooks/${w.id}`), "Deleted");
  }
}
