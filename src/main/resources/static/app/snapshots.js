// The snapshots of a database as a table; a row opens to all that is known of it and can be done with it.
import { html, nothing } from "../vendor/lit-html.js";
import { address, get, post, patch, remove, path, query, Refused } from "./api.js";
import { ago, bytes, number, plural, record, took } from "./format.js";
import { confirm, exactly, facts, field, formDialog, labels, link, proof, sentence, state, table, when, whenTwice } from "./parts.js";

const PIECE = 25;

const RULES = {
  PINNED: "pinned", LAST_GOOD: "newest good one", LAST_FULL: "newest fully checked", NONE_PASSED: "none has passed", BEFORE_COLLAPSE: "before the collapse", LOG: "start of the log",
  LAST: "among the last", HOURLY: "hourly", DAILY: "daily", WEEKLY: "weekly", MONTHLY: "monthly", YEARLY: "yearly", WITHIN: "within the period", LABEL: "label", GROUP: "group", QUARANTINE: "quarantined lately", FUTURE: "clock was wrong", ALL: "no policy",
};
export const ruleWords = rule => RULES[rule] ?? sentence(rule).toLowerCase();

export class SnapshotTable {
  constructor(page) {
    this.page = page;
    this.items = [];
    this.limit = PIECE;
    this.label = "";
    this.open = null;
    this.checks = new Map();
  }

  async load() {
    const { name, signal, retention } = this.page;
    const [listing, preview] = await Promise.all([
      get("snapshots" + query({ database: name, limit: this.limit, label: this.label }), { signal }),
      retention ? post(path`databases/${name}/retention/preview`, retention.source === "NONE" ? {} : given(retention.policy), { signal }).catch(() => null) : null,
    ]);
    this.items = listing.items;
    this.more = Boolean(listing.nextCursor);
    this.fates = new Map((preview?.snapshots ?? []).map(fate => [fate.id, fate]));
  }

  reload() {
    this.page.refresh();
  }

  view() {
    const may = this.page.shell.can("OPERATE");
    return html`<header><h2>Snapshots</h2><input type="search" placeholder="Label, as key or key=value" aria-label="Search snapshots by label" .value=${this.label} @change=${e => { this.label = e.target.value.trim(); this.limit = PIECE; this.reload(); }}></header>
      ${this.items.length ? table([["When"], ["Check"], ["Kept by", "hide-narrow"], ["Added", "num hide-narrow"], ["Lock held", "num hide-narrow"], [""]], this.items.map(s => html`<tr>
        <td>${whenTwice(s.createdAt)}${labels(s.labels)}</td><td>${proof(s)}${s.pinned ? html` <span class="chip">pinned</span>` : nothing}</td>
        <td class="small hide-narrow">${this.why(s)}</td><td class="num hide-narrow">${bytes(s.newBytes)}</td><td class="num hide-narrow">${took(s.lockHeldMillis)}</td>
        <td class="num"><span class="row tight nowrap">${may && s.state === "AVAILABLE" ? html`<a href=${link("restore", this.page.name, { snapshot: s.id })}>Restore</a>` : nothing}
          <button class="small icon" aria-expanded=${String(this.open === s.id)} aria-label="More about the snapshot of ${record(s.createdAt)}" @click=${() => this.toggle(s)}>${this.open === s.id ? "▴" : "▾"}</button></span></td></tr>
        ${this.open === s.id ? html`<tr><td colspan="6">${this.details(s)}</td></tr>` : nothing}`), { caption: "Snapshots, newest first" }) : html`<p class="muted">${this.label ? "No snapshot has this label." : "No snapshot yet."}</p>`}
      ${this.more ? html`<div class="row"><button @click=${() => { this.limit = Math.min(500, this.limit * 4); this.reload(); }} ?disabled=${this.limit >= 500}>Show more</button>${this.limit >= 500 ? html`<span class="small muted">These are the newest 500. Others are on the time line.</span>` : nothing}</div>` : nothing}`;
  }

  why(s, most = 3) {
    const fate = this.fates.get(s.id);
    if (!fate) return nothing;
    if (!fate.kept) return html`<span class="muted">deleted by the next prune</span>`;
    return fate.rules.slice(0, most).map(ruleWords).join(" · ") + (fate.rules.length > most ? " …" : "");
  }

  async toggle(s) {
    this.open = this.open === s.id ? null : s.id;
    this.page.update();
    if (this.open && !this.checks.has(s.id)) {
      const checks = await get(path`snapshots/${s.id}/checks`).catch(() => ({ items: [] }));
      this.checks.set(s.id, checks.items);
      this.page.update();
    }
  }

  details(s) {
    const page = this.page, checks = this.checks.get(s.id) ?? [], { shell } = page;
    return html`<div class="stack">${facts([
      ["Taken", exactly(s.createdAt)], ["Id", html`<code>${s.id}</code>`], ["Size", html`${bytes(s.sizeBytes)} in ${number(s.pageCount)} pages of ${number(s.pageSize)} B, ${s.journalMode === "WAL" ? "WAL" : "rollback journal"}`],
      ["Stored", html`${bytes(s.storedBytes)}, of which ${bytes(s.newBytes)} are new`], ["Method", html`${sentence(s.methodUsed)}${s.methodReason ? html` <span class="muted">${s.methodReason}</span>` : nothing}`],
      ["Commit", s.log ? `${number(s.log.commit)} of the log` : nothing], ["Fully checked", s.fullCheckAt ? when(s.fullCheckAt) : nothing], ["Expires", s.expiresAt ? when(s.expiresAt) : nothing],
      ["SHA-256", s.sha256 ? html`<code>${s.sha256}</code>` : nothing], ["Group", s.groupId ? html`<code>${s.groupId}</code>` : nothing], ["Kept by", this.fates.get(s.id)?.kept ? this.why(s, 20) : nothing],
    ], "left")}
      ${s.notes.map(note => html`<p class="note small">${note}</p>`)}
      ${checks.length ? html`<ul class="list small">${checks.slice(0, 5).map(c => html`<li>${state(c.passed ? ["good", sentence(c.level)] : ["bad", sentence(c.level)])} ${when(c.finishedAt)} ${c.messages.filter(m => m !== "ok").slice(0, 5).join("; ")}${c.contentViolations ? ` · ${plural(c.contentViolations, "row")} against the schema` : ""}${c.foreignKeyViolations ? ` · ${plural(c.foreignKeyViolations, "row")} without parent` : ""}</li>`)}</ul>` : nothing}
      <div class="row"><a class="button small" href=${link("look", page.name, { snapshot: s.id })}>Look inside</a><a class="button small" href=${link("look", page.name, { snapshot: s.id, tab: "compare" })}>Compare</a>
        <a class="button small" href=${address(path`snapshots/${s.id}/content`)} download>Download</a><a class="button small" href=${address(path`snapshots/${s.id}/content?format=sql`)} download>Dump as SQL</a>
        ${s.groupId && shell.can("OPERATE") ? html`<a class="button small" href=${link("groups", s.groupId)}>Restore the whole group…</a>` : nothing}
        ${shell.can("OPERATE") ? html`<button class="small" @click=${() => page.act(() => post(path`snapshots/${s.id}/checks`, { level: "FULL" }), "A full check begins")}>Check</button>
          <button class="small" @click=${() => page.act(() => patch(path`snapshots/${s.id}`, { pinned: !s.pinned }), s.pinned ? "No longer pinned" : "Pinned: no policy deletes it")}>${s.pinned ? "Unpin" : "Pin"}</button>
          <button class="small" @click=${() => this.label_(s)}>Labels…</button>` : nothing}
        ${s.state === "QUARANTINED" && shell.can("ADMIN") ? html`<a class="button small" href="#/storage">Repair</a>` : nothing}
        ${shell.can("ADMIN") ? html`<button class="small" @click=${() => this.drop(s)}>Delete…</button>` : nothing}</div></div>`;
  }

  async label_(s) {
    const text = Object.entries(s.labels).filter(([k]) => k !== "safety-of").map(([k, v]) => v ? `${k}=${v}` : k).join("\n");
    const done = await formDialog({ title: "Labels", lead: "One per line, as key=value.", action: "Save",
      fields: () => html`<textarea name="labels" rows="5" aria-label="Labels" autofocus spellcheck="false">${text}</textarea>`,
      submit: form => patch(path`snapshots/${s.id}`, { labels: parseLabels(form.get("labels")) }) });
    if (done) this.reload();
  }

  async drop(s) {
    if (await confirm({ title: "Delete this snapshot?", text: html`<p>The state of ${this.page.name} at ${record(s.createdAt)} is then gone, unless a copy keeps it.</p>`, action: "Delete" })) {
      this.page.act(() => remove(path`snapshots/${s.id}`), "Deleted");
    }
  }
}

export function parseLabels(text) {
  return Object.fromEntries(text.split("\n").map(line => line.trim()).filter(Boolean).map(line => {
    const at = line.indexOf("=");
    return at < 0 ? [line, ""] : [line.slice(0, at).trim(), line.slice(at + 1).trim()];
  }));
}

/** A policy as it is sent: without what is not set. */
export function given(policy) {
  return Object.fromEntries(Object.entries(policy).filter(([, value]) => value !== null && !(Array.isArray(value) && !value.length)));
}
