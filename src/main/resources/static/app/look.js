// Looks into a state of a database without restoring it: its tables, queries, what differs from another.
import { html, nothing } from "../vendor/lit-html.js";
import { address, get, post, path, query, Refused } from "./api.js";
import { absolute, ago, bytes, clock, number, plural, precise, record } from "./format.js";
import { Page } from "./page.js";
import { difference, quoted, rows } from "./content.js";
import { empty, exactly, labels, link, problemBox, proof, sentence, table, toast } from "./parts.js";

const TABS = [["", "Tables"], ["query", "Query"], ["compare", "Compare"]];

export default class Look extends Page {
  constructor(route, shell) {
    super(route, shell);
    this.name = route.state;
    this.sql = "";
  }

  get title() { return `Inside ${this.name}`; }
  get tab() { return this.route.query.get("tab") ?? ""; }
  get chosen() { return ["snapshot", "at", "commit"].map(key => this.route.query.get(key)).join("\n"); }

  wants() { return false; } // a state does not change

  stay(route) {
    if (route.module !== "look" || route.state !== this.name) return false;
    const before = this.chosen;
    this.route = route;
    if (before !== this.chosen) {
      Object.assign(this, { loaded: false, schema: null, open: null, answer: null, compared: null });
      this.refresh();
    } else if (this.tab === "compare") {
      this.compare();
    }
    this.update();
    return true;
  }

  async load() {
    if (this.schema) return;
    const { query: q } = this.route, signal = this.signal, chosen = this.chosen;
    let moment = null, snapshot;
    if (q.get("at") || q.get("commit")) {
      moment = await post(path`databases/${this.name}/moments`, q.get("commit") ? { commit: Number(q.get("commit")) } : { at: q.get("at") }, { signal });
      snapshot = moment.snapshot;
    } else if (q.get("snapshot")) {
      snapshot = await get(path`snapshots/${q.get("snapshot")}`, { signal });
    } else {
      const found = await get("snapshots" + query({ database: this.name, limit: 20 }), { signal });
      snapshot = found.items.find(s => s.state === "AVAILABLE" && s.verification !== "FAILED") ?? null;
    }
    const schema = snapshot ? await get(path`snapshots/${snapshot.id}/schema`, { signal }) : null;
    if (this.chosen !== chosen) return; // the address names another state by now, which is loaded next
    Object.assign(this, { moment, snapshot, schema });
    if (!schema) return;
    this.sql ||= this.schema.tables.length ? `SELECT * FROM ${quoted(this.schema.tables.find(t => t.type === "TABLE")?.name ?? this.schema.tables[0].name)} LIMIT 100` : "SELECT 1";
    if (this.tab === "compare") this.compare();
  }

  view() {
    const s = this.snapshot, m = this.moment, parameters = m ? { commit: m.commit } : s ? { snapshot: s.id } : {};
    if (!s) return html`<div class="head"><div><p class="crumbs"><a href="#/databases">Databases</a> / <a href=${link("databases", this.name)}>${this.name}</a></p><h1>Inside ${this.name}</h1></div></div>${empty("There is nothing to look into", "No snapshot of this database can be read. Back it up first.")}`;
    return html`<div class="head"><div><p class="crumbs"><a href="#/databases">Databases</a> / <a href=${link("databases", this.name)}>${this.name}</a></p>
      <h1>${this.name} as it was ${ago(m?.at ?? s.createdAt)}</h1>
      <p class="lead">${exactly(m?.at ?? s.createdAt)}${m ? html` · commit ${number(m.commit)}${m.nextAt ? html` · the next one was at ${clock(m.nextAt, { seconds: true })}` : nothing}` : html` · ${proof(s)} · ${bytes(s.sizeBytes)}`}</p></div>
      <div class="actions"><a class="button" href=${address(path`snapshots/${s.id}/content`)} download>Download</a>${this.shell.can("OPERATE") ? html`<a class="button primary" href=${link("restore", this.name, parameters)}>Restore this…</a>` : nothing}</div></div>
      <nav class="tabs" aria-label="Ways to look">${TABS.map(([value, words]) => html`<a href=${link("look", this.name, { ...Object.fromEntries(this.route.query), tab: value })} aria-current=${this.tab === value ? "page" : nothing}>${words}</a>`)}</nav>
      ${{ query: () => this.queryView(), compare: () => this.compareView() }[this.tab]?.() ?? this.tables()}`;
  }

  tables() {
    const { tables, views, triggers } = this.schema;
    return html`<section class="card"><h2>${plural(tables.length, "table")}</h2>${tables.length ? table([["Table"], ["Rows", "num"], ["Indexes", "num hide-narrow"], [""]], tables.map(t => html`<tr><td><strong>${t.name}</strong>${t.type !== "TABLE" ? html` <span class="chip">${sentence(t.type).toLowerCase()}</span>` : nothing}</td><td class="num" data-label="Rows">${t.rows === null ? "–" : number(t.rows)}</td><td class="num hide-narrow">${t.indexes.length}</td>
        <td class="num"><button class="small" aria-expanded=${String(this.open === t.name)} aria-label="${this.open === t.name ? "Hide" : "Show"} ${t.name}" @click=${() => this.show(t)}>${this.open === t.name ? "Hide" : "Show"}</button></td></tr>
        ${this.open === t.name ? html`<tr><td colspan="4"><div class="stack"><pre>${[t.sql, ...t.indexes.map(i => i.sql).filter(Boolean)].join(";\n")}</pre>${this.peek?.code ? problemBox(this.peek) : this.peek ? rows(this.peek, `Rows of ${t.name}`) : html`<p class="muted">Reading…</p>`}</div></td></tr>` : nothing}`), { caption: "Tables" }) : html`<p class="muted">It has no table.</p>`}</section>
      ${views.length || triggers.length ? html`<section class="card stack"><h2>Views and triggers</h2>${[...views, ...triggers].map(v => html`<details><summary>${v.name}</summary><pre>${v.sql}</pre></details>`)}</section>` : nothing}`;
  }

  async show(t) {
    this.open = this.open === t.name ? null : t.name;
    this.peek = null;
    this.update();
    if (this.open) {
      const peek = await this.ask({ sql: `SELECT * FROM ${quoted(t.name)} LIMIT 50` });
      if (this.open === t.name) this.peek = peek;
      this.update();
    }
  }

  async ask(body) {
    try {
      return await post(path`snapshots/${this.snapshot.id}/query`, body, { signal: this.signal });
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      return error.problem;
    }
  }

  queryView() {
    return html`<section class="card stack"><form class="stack" @submit=${e => { e.preventDefault(); this.run(); }}>
        <label class="field"><span>One statement that reads</span><textarea class="mono" name="sql" rows="5" spellcheck="false" .value=${this.sql} @input=${e => { this.sql = e.target.value; }} @keydown=${e => { if (e.key === "Enter" && (e.ctrlKey || e.metaKey)) { e.preventDefault(); this.run(); } }}></textarea></label>
        <div class="row"><button class="primary" ?disabled=${this.asking}>Run</button><button type="button" @click=${() => this.csv()} ?disabled=${this.asking}>Download as CSV</button><span class="small muted hide-narrow">Ctrl+Enter runs it · at most 1,000 rows are shown · each query is in the audit, without its text</span></div></form>
      <div role="status" aria-busy=${String(Boolean(this.asking))}>${this.asking ? html`<p class="muted">Asking…</p>` : this.answer?.code ? problemBox(this.answer) : this.answer ? rows(this.answer, "Answer") : nothing}</div></section>`;
  }

  async run() {
    this.asking = true;
    this.update();
    this.answer = await this.ask({ sql: this.sql });
    this.asking = false;
    this.update();
  }

  async csv() {
    const answer = await fetch(address(path`snapshots/${this.snapshot.id}/query`), { method: "POST", headers: { "Content-Type": "application/json", Accept: "text/csv, application/problem+json" }, body: JSON.stringify({ sql: this.sql, format: "CSV", limit: 100_000 }) });
    if (!answer.ok) {
      this.answer = await answer.json();
      this.update();
      return;
    }
    const a = document.createElement("a");
    a.href = URL.createObjectURL(await answer.blob());
    a.download = `${this.name}.csv`;
    a.click();
    setTimeout(() => URL.revokeObjectURL(a.href), 60_000);
    if (answer.headers.get("Afterimage-Truncated") === "true") toast("There are more than 100,000 rows: the first of them are in the file", true);
  }

  async compare(other = this.other) {
    if (!this.others) {
      const found = await get("snapshots" + query({ database: this.name, limit: 200 }), { signal: this.signal });
      this.others = found.items.filter(s => s.id !== this.snapshot.id && s.state === "AVAILABLE");
      other = this.others[0]?.id;
    }
    if (!other || (this.compared?.with === other && !this.compared.problem)) return this.update();
    this.other = other;
    this.compared = null;
    this.update();
    const [a, b] = this.order();
    let result;
    try {
      result = { with: other, difference: await get(path`snapshots/${a}/diff/${b}?pages=true`, { signal: this.signal }) };
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      result = { with: other, problem: error.problem };
    }
    if (this.other === other) this.compared = result;
    return this.update();
  }

  /** The older one is on the left. */
  order() {
    const other = this.others.find(s => s.id === this.other);
    return other.createdAt < this.snapshot.createdAt ? [other.id, this.snapshot.id] : [this.snapshot.id, other.id];
  }

  compareView() {
    if (!this.others) return html`<p class="muted">Loading…</p>`;
    if (!this.others.length) return empty("There is nothing to compare with", "No other snapshot of this database can be read.");
    const other = this.others.find(s => s.id === this.other), older = this.order()[0] === this.snapshot.id;
    const short = time => clock(time, { seconds: true });
    return html`<section class="card stack"><label class="field"><span>Compare with</span><select @change=${e => this.compare(e.target.value)}>${this.others.map((s, i) => html`<option value=${s.id} ?selected=${s.id === this.other}>${i === 0 ? "newest snapshot: " : ""}${absolute(s.createdAt)} (${ago(s.createdAt)})${Object.keys(s.labels).length ? ` ${Object.entries(s.labels).map(([k, v]) => v ? `${k}=${v}` : k).join(" ")}` : ""}</option>`)}</select></label>
      <div role="status">${!this.compared ? html`<p class="muted">Comparing…</p>` : this.compared.problem ? problemBox(this.compared.problem) : difference(this.compared.difference, older ? short(this.snapshot.createdAt) : short(other.createdAt), older ? short(other.createdAt) : short(this.snapshot.createdAt))}</div></section>`;
  }
}
