// The snapshots of a group back over their databases, by one job: first the dry run, and nothing changes before all names are typed.
import { html, nothing } from "../vendor/lit-html.js";
import { get, post, path, query, once, Refused } from "./api.js";
import { ago, bytes, plural, precise } from "./format.js";
import { Page } from "./page.js";
import { difference } from "./content.js";
import { confirm, link, problemBox } from "./parts.js";

export default class Group extends Page {
  constructor(route, shell) {
    super(route, shell);
    this.key = once();
  }

  get title() { return "Restore a group"; }

  wants(event) { return event.type === "again"; }

  async load() {
    const { id } = this.route, { signal } = this;
    const [found, dry] = await Promise.all([
      get("snapshots" + query({ group: id, limit: 500 }), { signal }),
      post(path`groups/${id}/restores?dryRun=true`, { mode: "REPLACE_LIVE" }, { signal }),
    ]);
    const of = new Map(found.items.map(s => [s.id, s]));
    this.parts = dry.items.map(part => ({ ...part, of: of.get(part.snapshot) })).sort((a, b) => a.of.database.localeCompare(b.of.database));
  }

  get names() { return this.parts.map(part => part.of.database); }
  get at() { return this.parts[0].of.createdAt; }

  view() {
    const possible = this.parts.every(part => part.possible);
    return html`<div class="head"><div><p class="crumbs"><a href="#/databases">Databases</a></p><h1>Restore a group of ${plural(this.parts.length, "database")}</h1><p class="lead">As they were together at ${precise(this.at)}, ${ago(this.at)}. This is a dry run: nothing has changed yet.</p></div></div>
      ${this.parts.map(part => html`<section class="card stack"><h2><a href=${link("databases", part.of.database)}>${part.of.database}</a></h2>
        <p class="small"><code>${part.path}</code> · ${bytes(part.sizeBytes)}${part.target ? `, ${bytes(part.target.sizeBytes)} now` : ""} · ${part.safetySnapshot ? "a safety snapshot is taken first" : html`<strong class="bad">no safety snapshot</strong>`}</p>
        ${part.problems.map(problem => problemBox(problem))}${part.notes.map(note => html`<p class="note small">${note}</p>`)}
        ${part.difference ? html`<details><summary>What differs from now</summary>${difference(part.difference, "Now", "Restored")}</details>` : nothing}</section>`)}
      <section class="card stack">${possible ? nothing : html`<p class="bad small">As things stand, the service would refuse it.</p>`}<div class="footer"><button @click=${() => this.refresh()}>Look anew</button><button class="danger" ?disabled=${!possible || !this.shell.can("OPERATE")} @click=${() => this.begin()}>Restore over ${plural(this.parts.length, "database")}…</button></div></section>`;
  }

  async begin() {
    const replaces = this.names;
    if (!await confirm({ title: `Restore over ${plural(replaces.length, "database")}?`, name: replaces.join(" "), action: "Restore the group",
      text: html`<p>What they hold now is replaced by what they were at <strong>${precise(this.at)}</strong>. All is written and checked before the first one changes, and the states of now are kept as safety snapshots.</p>` })) return;
    try {
      const job = await post(path`groups/${this.route.id}/restores`, { mode: "REPLACE_LIVE", replaces }, { signal: this.signal, key: this.key });
      this.shell.go(link("jobs", job.id));
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      this.key = once();
      this.problem = error.problem;
      this.loaded = false;
      this.update();
    }
  }
}
