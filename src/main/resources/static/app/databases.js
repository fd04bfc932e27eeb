// All databases: searched, filtered, sorted by the service, a part at a time, so that thousands are as fast as ten.
import { html, nothing } from "../vendor/lit-html.js";
import { get, query } from "./api.js";
import { number, plural, span } from "./format.js";
import { Page } from "./page.js";
import { empty, labels, link, protection, PROTECTIONS, protectionWord, when } from "./parts.js";

const PIECE = 100, MOST = 500; // at once: a page of thousands of rows is slow
const NOT_PROTECTED = PROTECTIONS.filter(p => p !== "PROTECTED").join(",");
const SORTS = { NAME: "Database", PROTECTION: "Protection", AGE: "Last good backup" };

export default class DatabasesPage extends Page {
  items = [];
  start = null; // where what is shown begins, and how many are before it
  before = 0;
  cursor = null;

  get title() { return "Databases"; }

  wants(event) { return event.type === "again" || event.type === "database"; }

  /** What changed of one that is shown. What is not shown is counted by the summary. */
  heard({ type, data }) {
    if (type !== "protection" && type !== "job") return false;
    const one = this.items.find(item => item.name === data?.database);
    if (type === "protection" && one && one.protection !== data.protection) {
      this.items = this.items.map(item => item === one ? { ...item, protection: data.protection } : item);
      this.update();
    }
    if (data?.finishedAt && one) this.renew(one.name);
    this.countSoon();
    return true;
  }

  async renew(name) {
    const found = await get("databases" + query({ q: name, limit: 50 }), { signal: this.signal }).catch(() => null);
    const fresh = found?.items.find(item => item.name === name);
    if (fresh) {
      this.items = this.items.map(item => item.name === name ? fresh : item);
      this.update();
    }
  }

  countSoon() {
    this.counting ??= setTimeout(async () => {
      this.counting = undefined;
      this.summary = await get("summary", { signal: this.signal }).catch(() => this.summary);
      this.update();
    }, 1000);
  }

  stay(route) {
    if (route.module !== "databases") return false;
    this.route = route;
    this.refresh();
    return true;
  }

  of(key) { return this.route.query.get(key) ?? ""; }
  get sort() { return SORTS[this.of("sort")] ? this.of("sort") : "NAME"; }

  /** Into the address, so that it can be kept and sent; typing makes no history. */
  set(changes, wait = 0) {
    const parameters = { ...Object.fromEntries(this.route.query), ...changes };
    if (parameters.sort === "NAME") delete parameters.sort;
    history.replaceState(null, "", link("databases", parameters));
    this.route = { ...this.route, query: new URLSearchParams(Object.entries(parameters).filter(([, value]) => value)) };
    Object.assign(this, { start: null, before: 0, cursor: null, items: this.items.slice(0, PIECE) });
    this.looking = true;
    clearTimeout(this.typing);
    this.typing = setTimeout(() => this.refresh(), wait);
    this.update();
  }

  asked(limit, cursor) {
    const wanted = this.of("protection");
    return get("databases" + query({ q: this.of("q"), protection: wanted === "not" ? NOT_PROTECTED : wanted, label: this.of("label"), sort: this.sort, limit, cursor }), { signal: this.signal });
  }

  async load() {
    const { route } = this, [found, summary] = await Promise.all([this.asked(Math.max(PIECE, this.items.length), this.start), get("summary", { signal: this.signal })]);
    Object.assign(this, { items: found.items, cursor: found.nextCursor, summary, looking: this.route !== route });
    this.shell.told(summary);
  }

  more() {
    return this.act(async () => {
      const { route, cursor, items } = this, full = items.length >= MOST, found = await this.asked(full ? PIECE : Math.min(PIECE * 2, MOST - items.length), cursor);
      if (this.route !== route || this.cursor !== cursor) return; // it goes on with what is not shown any more
      Object.assign(this, { items: full ? found.items : [...items, ...found.items], cursor: found.nextCursor });
      if (!full) return;
      Object.assign(this, { start: cursor, before: this.before + items.length });
      scrollTo(0, 0);
    }, undefined, false);
  }

  /** Below the list: what of it is shown, and how to get at the rest. */
  rest() {
    const { items, cursor, before } = this;
    if (!cursor && !before) return nothing;
    return html`<div class="row">${before ? html`<button @click=${() => this.set({})}>From the beginning</button>` : nothing}
      ${cursor ? html`<button @click=${() => this.more()}>${items.length < MOST ? "Show more" : `The next ${PIECE}`}</button>` : nothing}
      <span class="muted small">${before ? `${number(before + 1)} to ${number(before + items.length)}` : number(items.length)} are shown</span></div>`;
  }

  view() {
    const { items, summary: { databases, protection: counts } } = this, nodes = new Set(items.map(item => item.node)).size, chosen = this.of("protection");
    return html`<div class="head"><div><h1>Databases</h1></div>${this.shell.can("ADMIN") && this.shell.whole ? html`<div class="actions"><a class="button primary" href="#/start">Protect another</a></div>` : nothing}</div>
      ${!databases ? html`<div class="card">${empty("No database is registered", "What is registered is backed up by the default schedule, checked, and watched.", this.shell.can("ADMIN") && this.shell.whole ? html`<a class="button primary" href="#/start">Protect a database</a>` : nothing)}</div>` : html`
      <div class="row"><input type="search" placeholder="Name or path" aria-label="Search databases" .value=${this.of("q")} @input=${e => this.set({ q: e.target.value }, 200)}>
        <div class="segments" role="group" aria-label="Protection">
          ${[["", "All", databases], ...(databases > counts.PROTECTED ? [["not", "Not protected", databases - counts.PROTECTED]] : []), ...PROTECTIONS.filter(p => counts[p] || chosen === p).map(p => [p, protectionWord(p), counts[p]])].map(([value, words, n]) =>
            html`<button type="button" aria-pressed=${String(chosen === value)} @click=${() => this.set({ protection: value })}>${words} ${number(n)}</button>`)}</div>
        <input type="search" class="short" placeholder="Label" aria-label="With the label, as key or key=value" .value=${this.of("label")} @change=${e => this.set({ label: e.target.value.trim() })}></div>
      <div class="card stack" aria-busy=${String(Boolean(this.looking))}>${items.length ? html`<div class="scroll"><table><caption class="sr">Databases</caption>
        <thead><tr>${Object.entries(SORTS).map(([key, words]) => html`<th scope="col" aria-sort=${this.sort === key ? "ascending" : nothing}><button class="sort" title=${{ NAME: "By name", PROTECTION: "The worst first", AGE: "The oldest first" }[key]} @click=${() => this.set({ sort: key })}>${words}<span aria-hidden="true">${this.sort === key ? "↓" : ""}</span></button></th>`)}<th scope="col" class="hide-narrow" title="How old the last good backup may be">Max. age</th>${nodes > 1 ? html`<th scope="col" class="hide-narrow">Node</th>` : nothing}<th scope="col" class="hide-narrow">Labels</th></tr></thead>
        <tbody>${items.map(item => html`<tr><td><a href=${link("databases", item.name)}><strong>${item.name}</strong></a><span class="small muted mono hide-narrow">${item.path}</span>${item.missingSince ? html`<span class="small bad">the file is gone since ${when(item.missingSince)}</span>` : nothing}</td>
          <td>${protection(item.protection)}</td>
          <td data-label="Last good">${item.lastSnapshot ? html`${when(item.lastSnapshot.createdAt)}${item.lastSnapshot.unchangedAt ? html`<span class="small muted">unchanged ${when(item.lastSnapshot.unchangedAt)}</span>` : nothing}` : html`<span class="muted">never</span>`}</td>
          <td class="hide-narrow">${span(item.maxAge)}</td>${nodes > 1 ? html`<td class="hide-narrow">${item.node}</td>` : nothing}<td class="hide-narrow">${labels(item.labels)}</td></tr>`)}</tbody></table></div>
        ${this.rest()}`
        : empty("No database matches", "Change the search or the filters.", html`<button @click=${() => this.set({ q: "", protection: "", label: "" })}>Show all</button>`)}</div>
      <p class="sr" role="status">${this.before ? `${plural(items.length, "database")} from number ${this.before + 1} on` : this.cursor ? `The first ${items.length} databases` : plural(items.length, "database")}</p>`}`;
  }

  stop() {
    clearTimeout(this.typing);
    clearTimeout(this.counting);
    super.stop();
  }
}
