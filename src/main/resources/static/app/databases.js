// All databases: searched, filtered, sorted.
import { html, nothing } from "../vendor/lit-html.js";
import { all, post, path } from "./api.js";
import { bytes, number, plural, span, ms } from "./format.js";
import { Page } from "./page.js";
import { empty, labels, link, protection, PROTECTIONS, protectionWord, when } from "./parts.js";

const MOST = 20_000, MANY = 500, PIECE = 100;
const SORTS = {
  name: (a, b) => a.name < b.name ? -1 : 1,
  protection: (a, b) => PROTECTIONS.indexOf(b.protection) - PROTECTIONS.indexOf(a.protection),
  last: (a, b) => (a.lastSnapshot ? ms(a.lastSnapshot.unchangedAt ?? a.lastSnapshot.createdAt) : 0) - (b.lastSnapshot ? ms(b.lastSnapshot.unchangedAt ?? b.lastSnapshot.createdAt) : 0),
};

export default class DatabasesPage extends Page {
  shown = PIECE;

  get title() { return "Databases"; }

  wants(event) {
    return event.type !== "follow" && (!this.items || this.items.length <= MANY); // thousands are not read anew for each job
  }

  /** What changed of one among thousands. */
  heard({ type, data }) {
    if (type !== "protection" || !data || !this.items || this.items.length <= MANY) return false;
    this.items = this.items.map(item => item.name === data.database ? { ...item, protection: data.protection } : item);
    this.update();
    return true;
  }

  stay(route) {
    if (route.module !== "databases") return false;
    this.route = route;
    this.shown = PIECE;
    this.update();
    return true;
  }

  async load() {
    this.items = await all("databases", {}, { most: MOST, signal: this.signal, part: items => {
      if (this.loaded) return; // what is shown stays until all of the new is there
      this.items = items;
      this.loaded = true;
      this.update();
    } });
  }

  get q() { return this.route.query.get("q") ?? ""; }
  get filter() { return this.route.query.get("protection") ?? ""; }
  get label() { return this.route.query.get("label") ?? ""; }
  get sort() { return this.route.query.get("sort") ?? "name"; }

  /** Into the address, so that it can be kept and shared; typing makes no history. */
  set(changes) {
    const parameters = { q: this.q, protection: this.filter, label: this.label, sort: this.sort === "name" ? "" : this.sort, ...changes };
    history.replaceState(null, "", link("databases", parameters));
    this.stay({ module: "databases", way: "databases", query: new URLSearchParams(Object.entries(parameters).filter(([, v]) => v)) });
  }

  found() {
    const words = this.q.toLowerCase().split(/\s+/).filter(Boolean), [sort, down] = this.sort.split("-");
    const items = this.items.filter(item =>
      (!this.filter || (this.filter === "not" ? item.protection !== "PROTECTED" : item.protection === this.filter))
      && (!this.label || Object.entries(item.labels).some(([k, v]) => this.label === k || this.label === `${k}=${v}`))
      && words.every(word => `${item.name} ${item.path} ${item.node} ${Object.entries(item.labels).map(([k, v]) => `${k}=${v}`).join(" ")}`.toLowerCase().includes(word)));
    items.sort(SORTS[sort] ?? SORTS.name);
    return down ? items.reverse() : items;
  }

  view() {
    const counts = Object.fromEntries(PROTECTIONS.map(p => [p, this.items.filter(item => item.protection === p).length]));
    const found = this.found(), shown = found.slice(0, this.shown), nodes = new Set(this.items.map(item => item.node)).size;
    const used = [...new Set(this.items.flatMap(item => Object.entries(item.labels).map(([k, v]) => `${k}=${v}`)))].sort().slice(0, 100);
    return html`<div class="head"><div><h1>Databases</h1></div>${this.shell.can("ADMIN") && this.shell.whole ? html`<div class="actions"><a class="button primary" href="#/start">Protect another</a></div>` : nothing}</div>
      ${!this.items.length ? empty("No database is registered", "What is registered is backed up by the default schedule, checked, and watched.", this.shell.can("ADMIN") ? html`<a class="button primary" href="#/start">Protect a database</a>` : nothing) : html`
      <div class="row"><input type="search" placeholder="Name, path, label" aria-label="Search databases" .value=${this.q} @input=${e => this.set({ q: e.target.value })}>
        <div class="segments" role="group" aria-label="Protection">
          ${[["", "All", this.items.length], ...PROTECTIONS.filter(p => counts[p] || this.filter === p).map(p => [p, protectionWord(p), counts[p]])].map(([value, words, n]) =>
            html`<button type="button" aria-pressed=${String(this.filter === value)} @click=${() => this.set({ protection: value })}>${words} ${number(n)}</button>`)}</div>
        ${used.length ? html`<select aria-label="Label" @change=${e => this.set({ label: e.target.value })}><option value="">Any label</option>${used.map(l => html`<option ?selected=${l === this.label}>${l}</option>`)}</select>` : nothing}
      </div>
      <div class="card">${found.length ? html`<div class="scroll"><table><caption class="sr">Databases</caption>
        <thead><tr>${this.header("name", "Database")}${this.header("protection", "Protection")}${this.header("last", "Last good snapshot")}<th scope="col" class="hide-narrow">At most</th>${nodes > 1 ? html`<th scope="col" class="hide-narrow">Node</th>` : nothing}<th scope="col" class="hide-narrow">Labels</th></tr></thead>
        <tbody>${shown.map(item => html`<tr><td><a href=${link("databases", item.name)}><strong>${item.name}</strong></a><span class="small muted mono hide-narrow">${item.path}</span>${item.missingSince ? html`<span class="small bad">the file is gone since ${when(item.missingSince)}</span>` : nothing}</td>
          <td>${protection(item.protection)}</td>
          <td>${item.lastSnapshot ? html`${when(item.lastSnapshot.createdAt)}${item.lastSnapshot.unchangedAt ? html`<span class="small muted">unchanged ${when(item.lastSnapshot.unchangedAt)}</span>` : nothing}` : html`<span class="muted">never</span>`}</td>
          <td class="hide-narrow">${span(item.maxAge)}</td>${nodes > 1 ? html`<td class="hide-narrow">${item.node}</td>` : nothing}<td class="hide-narrow">${labels(item.labels)}</td></tr>`)}</tbody></table></div>
        ${found.length > shown.length ? html`<div class="row"><button @click=${() => { this.shown += 5 * PIECE; this.update(); }}>Show more</button><span class="muted small">${number(shown.length)} of ${number(found.length)}</span></div>` : nothing}`
        : empty("None is like that", "Nothing has all of what you search for.", html`<button @click=${() => this.set({ q: "", protection: "", label: "" })}>Show all</button>`)}</div>
      <p class="sr" role="status">${plural(found.length, "database")}</p>`}`;
  }

  header(key, words) {
    const on = this.sort.split("-")[0] === key, down = this.sort.endsWith("-down");
    return html`<th scope="col" aria-sort=${on ? (down ? "descending" : "ascending") : nothing}><button class="sort" @click=${() => this.set({ sort: on && !down ? `${key}-down` : key })}>${words}<span aria-hidden="true">${on ? (down ? "↓" : "↑") : ""}</span></button></th>`;
  }
}
