// Protects a database: the first one, or another.
import { html, nothing } from "../vendor/lit-html.js";
import { get, post, put, path, Refused } from "./api.js";
import { plural } from "./format.js";
import { Page } from "./page.js";
import { checkbox, empty, field, problemBox, table, toast } from "./parts.js";
import { parseLabels } from "./snapshots.js";

export default class Start extends Page {
  get title() { return "Protect a database"; }
  wants() { return false; }

  async load() {
    const none = promise => promise.catch(error => { if (error instanceof Refused && [403, 404].includes(error.problem.status)) return null; throw error; });
    const [schedule, databases] = await Promise.all([none(get("schedule", { signal: this.signal })), get("databases?limit=1", { signal: this.signal })]);
    Object.assign(this, { schedule, first: !databases.items.length });
    this.candidates = (await none(get("discovery/candidates", { signal: this.signal })))?.items ?? null;
  }

  view() {
    if (!this.shell.can("ADMIN") || !this.shell.whole) return html`<div class="head"><div><h1>Protect a database</h1></div></div>${empty("This is for ADMIN", "Ask whoever has a token of scope ADMIN for all databases.")}`;
    return html`<div class="head"><div><h1>${this.first ? "Protect your first database" : "Protect a database"}</h1><p class="lead">The file stays where it is, and its application goes on. It is opened read-only, once, to see that it is SQLite.</p></div></div>
      ${this.found()}
      <section class="card"><form class="stack loose" @submit=${e => { e.preventDefault(); this.protect(new FormData(e.target)); }}>
        <div class="fields"><div class="wide">${field("File", html`<input name="path" class="mono" required spellcheck="false" placeholder="/srv/shop/orders.db" .value=${this.path ?? ""} @input=${e => this.named(e.target.value)}>`, "A path on the machine of the service, under one of afterimage.databases.roots")}</div>
          ${field("Name", html`<input name="name" required spellcheck="false" autocomplete="off" .value=${this.name ?? ""} @input=${e => { this.name = e.target.value; this.own = true; }}>`, "Its name here and in the API")}
          ${field("Labels", html`<input name="labels" spellcheck="false" placeholder="team=shop">`, "key=value, separated by commas")}</div>
        ${this.schedule ? html`<p class="muted small">The default schedule applies to it.</p>` : checkbox("Back up all databases hourly, when they have changed", "hourly", true, "There is no schedule yet. Keeps 24 hours, 14 days, 8 weeks and 12 months. You can change all that.")}
        ${checkbox("Take a first backup now", "now", true)}
        ${this.wrong ? problemBox(this.wrong) : nothing}
        <div class="footer"><button class="primary" ?disabled=${this.busy}>Protect it</button></div></form></section>`;
  }

  found() {
    if (!this.candidates?.length) return nothing;
    return html`<section class="card"><header><h2>${plural(this.candidates.length, "database")} found that ${this.candidates.length === 1 ? "is" : "are"} not protected</h2>${this.candidates.length > 1 ? html`<button ?disabled=${this.busy} @click=${() => this.protectAll()}>Protect all ${this.candidates.length}</button>` : nothing}</header>${table([["File"], [""]], this.candidates.slice(0, 100).map(c => html`<tr><td><code>${c.path}</code></td><td class="num"><button class="small" aria-label="Choose ${c.path}" @click=${() => { this.path = c.path; this.own = false; this.named(c.path); document.querySelector("input[name=name]").focus(); }}>Choose</button></td></tr>`), { caption: "Databases that are not registered" })}</section>`;
  }

  named(file) {
    this.path = file;
    if (!this.own) this.name = nameOf(file);
    this.update();
  }

  /** Each under the name of its file; where that is taken, with its directory before. */
  async protectAll() {
    this.busy = true;
    this.wrong = null;
    this.update();
    const first = new FormData(document.querySelector("main form")), left = [];
    let made = 0;
    for (const { path: file } of this.candidates) {
      try {
        const { name } = await post("databases", { name: nameOf(file), path: file }).catch(error => {
          if (!(error instanceof Refused) || error.problem.code !== "DATABASE_EXISTS") throw error;
          return post("databases", { name: nameOf(file.split("/").slice(-2).join("-")), path: file });
        });
        if (first.has("now")) await post(path`databases/${name}/backups`);
        made++;
      } catch (error) {
        if (!(error instanceof Refused)) throw error;
        if (error.problem.status !== 401) this.wrong = error.problem;
        left.push(file);
      }
    }
    if (made && first.has("hourly")) await this.setDefaults();
    if (made) toast(`${plural(made, "database")} registered`);
    this.busy = false;
    if (!left.length) return this.shell.go("#/databases");
    return this.refresh();
  }

  async setDefaults() {
    await put("schedule", { cron: "0 * * * *", zone: "UTC", jitter: "5m", skipUnchanged: true });
    const retention = await get("retention");
    if (retention.source === "NONE") await put("retention", { last: 3, hourly: 24, daily: 14, weekly: 8, monthly: 12 });
  }

  async protect(form) {
    this.busy = true;
    this.wrong = null;
    this.update();
    try {
      const made = await post("databases", { name: form.get("name").trim(), path: form.get("path").trim(), labels: parseLabels(form.get("labels").replaceAll(",", "\n")) });
      if (form.has("hourly")) await this.setDefaults();
      if (form.has("now")) await post(path`databases/${made.name}/backups`);
      toast(`${made.name} is registered`);
      this.shell.go(`#/databases/${encodeURIComponent(made.name)}`);
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      if (error.problem.status !== 401) this.wrong = error.problem;
    }
    this.busy = false;
    this.update();
  }
}

/** A name that a database can have, after its file. */
function nameOf(file) {
  return file.split("/").at(-1).toLowerCase().replace(/\.(db|sqlite3?|db3)$/, "").replace(/[^a-z0-9._-]+/g, "-").replace(/^[^a-z0-9]+/, "").slice(0, 63);
}
