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
    return html`<div class="head"><div><h1>Settings</h1><p class="lead">What holds for every database that has nothing of its own.</p></div></div>
      <section class="grid"><div class="card c6 stack"><header><h2>Backups by default</h2>${may ? html`<span class="row tight">${schedule ? html`<button class="small" @click=${() => this.drop("schedule", "Without a default schedule, databases that have none of their own are backed up only by hand.")}>Remove…</button>` : nothing}<button class="small" @click=${() => this.changed(scheduleForm(null, schedule))}>${schedule ? "Change…" : "Set…"}</button></span>` : nothing}</header>
          ${schedule ? facts([["When", html`${cron(schedule.cron)} <span class="muted">${schedule.zone}</span>${schedule.paused ? html` ${state(["idle", "Paused"])}` : nothing}`], ["Only when changed", schedule.skipUnchanged ? "yes" : "no"], ["Spread over", schedule.jitter === "PT0S" ? nothing : span(schedule.jitter)], ["Method", sentence(schedule.method)], ["Proof", sentence(schedule.verify)]]) : html`<p class="warn">None: a database without a schedule of its own is backed up only by hand.</p>`}</div>
        <div class="card c6 stack"><header><h2>Which snapshots stay, by default</h2>${may ? html`<span class="row tight">${retention?.source === "DEFAULT" ? html`<button class="small" @click=${() => this.drop("retention", "Without a default policy, snapshots of databases that have none of their own stay until somebody deletes them.")}>Remove…</button>` : nothing}<button class="small" @click=${() => this.changed(retentionForm(null, retention))}>${retention?.source === "DEFAULT" ? "Change…" : "Set…"}</button></span>` : nothing}</header>
          ${facts([["Keep", retentionWords(retention)], ["Zone", retention?.policy?.zone ?? nothing], ["Next look", when(retention?.nextPruneAt, "by hand only")]])}</div></section>
      ${this.webhooks ? html`<section class="card"><header><h2>Who is told</h2>${may ? html`<button class="small" @click=${() => this.webhook()}>New webhook…</button>` : nothing}</header>
        ${this.webhooks.length ? table([["To"], ["Of what"], ["State"], [""]], this.webhooks.map(w => html`<tr><td><code>${w.url}</code><span class="small muted">${w.databases ? w.databases.join(", ") : "all databases"}</span></td><td class="small">${w.events ? w.events.join(", ") : "everything"}</td><td>${w.paused ? state(["idle", "Paused"]) : state(["good", "On"])}</td>
          <td class="num">${may ? html`<span class="row tight nowrap"><button class="small" @click=${() => this.test(w)}>Test</button><button class="small" @click=${() => this.deliveries(w)}>Deliveries</button><button class="small" @click=${() => this.act(() => patch(path`webhooks/${w.id}`, { paused: !w.paused }), w.paused ? "On again" : "Paused")}>${w.paused ? "Go on" : "Pause"}</button><button class="small" @click=${() => this.forget(w)}>Delete…</button></span>` : nothing}</td></tr>`), { caption: "Webhooks" })
        : empty("Nobody is told", "A backup that fails is seen only by who looks. Have a chat, a pager or a script told of failures and of databases that are not protected any more.")}</section>` : nothing}
      ${this.discovery ? html`<section class="card stack"><h2>Databases that are found by themselves</h2>${this.discovery.finishedAt ? html`${facts([["Last look", when(this.discovery.finishedAt)], ["Found", number(this.discovery.found)], ["Registered then", number(this.discovery.registered)], ["Registered, and not there", number(this.discovery.missing)]], "left")}
        ${this.discovery.skipped.length ? html`<details><summary>${plural(this.discovery.skippedInAll, "file")} passed over</summary>${table([["File"], ["Why"]], this.discovery.skipped.map(s => html`<tr><td><code>${s.path}</code></td><td>${s.reason}</td></tr>`), { caption: "Files that were passed over" })}</details>` : nothing}` : html`<p class="muted">Nothing was looked for yet.</p>`}
        <p class="small muted">Directories to watch are configured: <code>afterimage.discovery.directories</code>.</p></section>` : nothing}
      <section class="card stack"><h2>For programs</h2><p>The dashboard is a client of the API: whatever it does, a script can do. <a href="swagger-ui.html">Every call, to try</a> · <a href="v3/api-docs">OpenAPI</a> · <a href="docs/errors.md">Problem codes</a></p></section>`;
  }

  async changed(form) {
    if (await form) this.refresh();
  }

  async drop(what, words) {
    if (await confirm({ title: `Remove the default ${what}?`, text: html`<p>${words}</p>`, action: "Remove" })) this.act(() => remove(what), "Removed");
  }

  async webhook() {
    const made = await formDialog({ title: "New webhook", wide: true, action: "Make it", lead: "An HTTP POST for each event, signed, and sent again until it is answered with 2xx.",
      fields: () => html`${field("Address", html`<input name="url" type="url" required autofocus placeholder="https://chat.example.com/hooks/backups" spellcheck="false">`)}
        <fieldset class="plain"><legend>Of what</legend><div class="fields">${EVENTS.map(e => html`<label class="check"><input type="checkbox" name="events" value=${e} ?checked=${WORTH.includes(e)}><span>${e}</span></label>`)}</div></fieldset>
        ${field("Only these databases", html`<input name="databases" placeholder="all" spellcheck="false">`, "Names, with commas between")}`,
      submit: form => {
        const databases = form.get("databases").split(",").map(x => x.trim()).filter(Boolean), events = form.getAll("events");
        return post("webhooks", { url: form.get("url").trim(), ...(events.length && events.length < EVENTS.length ? { events } : {}), ...(databases.length ? { databases } : {}) });
      } });
    if (!made) return;
    if (made.secret) await showOnce("The secret with which it is signed", made.secret);
    this.refresh();
  }

  async test(w) {
    const reply = await this.act(() => post(path`webhooks/${w.id}/test`));
    if (!reply) return;
    dialog(({ close }) => html`<div class="stack"><h2>${reply.delivered ? "It arrived" : "It did not arrive"}</h2>${facts([["Answer", reply.status ?? nothing], ["Took", took(reply.millis)], ["Error", reply.error ?? nothing]], "left")}${reply.body ? html`<pre>${reply.body}</pre>` : nothing}<footer><button autofocus @click=${() => close()}>Close</button></footer></div>`);
  }

  async deliveries(w) {
    const found = await this.act(() => get(path`webhooks/${w.id}/deliveries?limit=30`));
    if (!found) return;
    dialog(({ close }) => html`<div class="stack"><h2>What was sent to ${w.url}</h2>${found.items.length ? table([["When"], ["Event"], ["State"]], found.items.map(d => html`<tr><td>${whenTwice(d.createdAt)}</td><td>${d.event}</td><td>${state(d.state === "DELIVERED" ? ["good", "Delivered"] : d.state === "FAILED" ? ["bad", "Given up"] : ["idle", "Waits"])}<span class="small muted">${plural(d.attempts, "attempt")}${d.status ? `, ${d.status}` : ""}${d.error ? `, ${d.error}` : ""}</span></td></tr>`), { caption: "Deliveries" }) : html`<p class="muted">Nothing yet.</p>`}<footer><button autofocus @click=${() => close()}>Close</button></footer></div>`, { wide: true });
  }

  async forget(w) {
    if (await confirm({ title: "Delete this webhook?", text: html`<p><code>${w.url}</code> is told nothing any more.</p>`, action: "Delete" })) this.act(() => remove(path`webhooks/${w.id}`), "Deleted");
  }
}
