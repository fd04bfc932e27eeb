// Who may come in, and what they did.
import { html, nothing } from "../vendor/lit-html.js";
import { get, post, remove, path, query } from "./api.js";
import { number, record } from "./format.js";
import { Page } from "./page.js";
import { confirm, copyText, dialog, empty, exactly, field, formDialog, link, select, sentence, state, table, when, whenTwice } from "./parts.js";

const PIECE = 50;

export default class Access extends Page {
  limit = PIECE;
  filter = {};

  get title() { return "Access"; }
  wants(event) { return event.type === "again"; }

  async load() {
    if (!this.shell.can("ADMIN") || !this.shell.whole) return;
    const [tokens, audit] = await Promise.all([get("tokens", { signal: this.signal }), get("audit" + query({ ...this.filter, limit: this.limit }), { signal: this.signal })]);
    Object.assign(this, { tokens: tokens.items, audit: audit.items, more: Boolean(audit.nextCursor) });
  }

  view() {
    const me = this.shell.me;
    const mine = html`<section class="card"><h2>You</h2><p><strong>${me.name}</strong> may ${{ READ: "look at", OPERATE: "look at, back up and restore", ADMIN: "do everything with" }[me.scope]} ${me.databases ? me.databases.join(", ") : "all databases"}.${me.expiresAt ? html` The token expires ${when(me.expiresAt)}.` : nothing}${me.session ? html` <span class="muted">This session ends ${when(me.session.expiresAt)}, or when it is not used until ${record(me.session.idleAt)}.</span>` : nothing}</p></section>`;
    if (!this.tokens) return html`<div class="head"><div><h1>Access</h1></div></div>${mine}${empty("Tokens and the audit are for ADMIN", "Ask whoever has a token of scope ADMIN.")}`;
    return html`<div class="head"><div><h1>Access</h1></div><div class="actions"><button class="primary" @click=${() => this.make()}>New token…</button></div></div>${mine}
      <section class="card"><h2>Tokens</h2>${table([["Name"], ["Scope"], ["Databases", "hide-narrow"], ["Last used"], ["Expires", "hide-narrow"], [""]], this.tokens.map(t => html`<tr><td><strong>${t.name}</strong>${t.id === me.tokenId ? html` <span class="chip">you</span>` : nothing}${t.ofFile ? html`<span class="small muted">in admin-token</span>` : html`<span class="small muted">${t.createdBy ? `by ${t.createdBy}, ` : ""}${when(t.createdAt)}</span>`}</td><td>${sentence(t.scope)}</td><td class="hide-narrow">${t.databases ? t.databases.join(", ") : html`<span class="muted">all</span>`}</td><td data-label="Last used">${when(t.lastUsedAt)}</td><td class="hide-narrow">${when(t.expiresAt)}</td>
        <td class="num">${t.ofFile ? nothing : html`<button class="small" aria-label="Revoke ${t.name}" @click=${() => this.revoke(t)}>Revoke…</button>`}</td></tr>`), { caption: "Tokens" })}</section>
      <section class="card"><header><h2>Audit</h2><form class="row" @submit=${e => { e.preventDefault(); const f = new FormData(e.target); this.filter = { database: f.get("database").trim(), token: f.get("token") }; this.limit = PIECE; this.refresh(); }}>
          <input type="search" name="database" placeholder="Database" aria-label="Audit of the database" .value=${this.filter.database ?? ""}><select name="token" aria-label="Audit of the token"><option value="">Any token</option>${this.tokens.map(t => html`<option value=${t.id} ?selected=${t.id === this.filter.token}>${t.name}</option>`)}</select><button class="small">Show</button></form></header>
        ${this.audit.length ? table([["When"], ["Who"], ["What"], ["Status", "num"]], this.audit.map(e => html`<tr><td>${whenTwice(e.at)}</td><td>${e.name ?? html`<span class="muted">nobody known</span>`}<span class="small muted hide-narrow">${e.address}</span></td><td>${e.operation ? words(e.operation) : html`<code>${e.method}</code>`} ${e.databases.slice(0, 3).map(d => html`<span class="chip">${d}</span> `)}${e.databases.length > 3 ? `and ${e.databases.length - 3} more` : ""}<span class="small muted mono hide-narrow">${e.method} ${e.path}${e.times > 1 ? `, ${number(e.times)} times` : ""}</span></td>
          <td class="num">${e.status === null ? html`<span class="muted">not ended</span>` : e.status < 400 ? e.status : html`<span class="bad">${e.status}<span class="small">${e.code}</span></span>`}</td></tr>`), { caption: "What was done, newest first", extra: "audit" }) : html`<p class="muted">Nothing of that kind is recorded.</p>`}
        ${this.more ? html`<div class="row"><button @click=${() => { this.limit = Math.min(500, this.limit * 3); this.refresh(); }} ?disabled=${this.limit >= 500}>Show more</button></div>` : nothing}</section>`;
  }

  async make() {
    const token = await formDialog({ title: "New token", lead: "One for each caller. It is shown once.", action: "Create",
      fields: () => html`${field("Name", html`<input name="name" required autofocus autocomplete="off">`, "Who or what will use it")}
        ${field("Scope", select("scope", [["READ", "Read: look, download, preview"], ["OPERATE", "Operate: also back up, check, restore"], ["ADMIN", "Admin: everything"]], "READ"))}
        ${field("Only these databases", html`<input name="databases" placeholder="all" spellcheck="false" autocomplete="off">`, "Names, or labels as key=value, separated by commas")}
        ${field("Expires", html`<input name="expires" type="datetime-local">`, "Empty: never")}`,
      submit: form => {
        const databases = form.get("databases").split(",").map(x => x.trim()).filter(Boolean);
        return post("tokens", { name: form.get("name").trim(), scope: form.get("scope"), ...(databases.length ? { databases } : {}), ...(form.get("expires") ? { expiresAt: new Date(form.get("expires")).toISOString() } : {}) });
      } });
    if (!token) return;
    await showOnce(`The token ${token.name}`, token.token);
    this.refresh();
  }

  async revoke(t) {
    if (await confirm({ title: `Revoke ${t.name}?`, action: "Revoke", text: html`<p>Whoever uses it is refused from now on, and signed out of the dashboard.</p>` })) this.act(() => remove(path`tokens/${t.id}`), `${t.name} is revoked`);
  }
}

/** A secret that nobody can show again. */
export function showOnce(title, secret) {
  return dialog(({ close }) => html`<div class="stack"><h2>${title}</h2><p>Save it now: only a digest is stored, and it is not shown again.</p><div class="secret"><code>${secret}</code><button class="small" @click=${() => copyText(secret)}>Copy</button></div><footer><button class="primary" @click=${() => close()}>I have it</button></footer></div>`);
}

/** "createToken" as "Create token". */
function words(operation) {
  return sentence(operation.replace(/[A-Z]/g, c => "_" + c));
}
