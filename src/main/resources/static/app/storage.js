// Where everything lies: the repository, its copies, its keys; whether it is whole, and what it takes.
import { html, nothing } from "../vendor/lit-html.js";
import { get, post, remove, path, query, Refused } from "./api.js";
import { ago, bytes, clock, number, plural, record, rough, ms } from "./format.js";
import { Page } from "./page.js";
import { bar, confirm, copyState, empty, exactly, facts, field, formDialog, jobState, kind, link, progress, select, state, table, trend, when, whenTwice } from "./parts.js";

const SHOWN = 50;

export default class Storage extends Page {
  get title() { return "Storage"; }

  async load() {
    const { signal } = this, admin = this.shell.can("ADMIN");
    const perhaps = promise => promise.catch(error => { if (error instanceof Refused && [403, 404].includes(error.problem.status)) return null; throw error; });
    const [repository, copies, checks, repairs, prunes, keys, usage] = await Promise.all([
      get("repository", { signal }), get("repository/copies", { signal }),
      get("jobs?kind=REPOSITORY_CHECK&limit=5", { signal }), get("jobs?kind=REPAIR&limit=3", { signal }), get("jobs?kind=PRUNE&limit=3", { signal }),
      admin ? perhaps(get("repository/keys", { signal })) : null, perhaps(get("repository/usage?days=365", { signal })),
    ]);
    Object.assign(this, { repository, copies, checks: checks.items, repairs: repairs.items, prunes: prunes.items, keys: keys?.items ?? [], usage: usage?.items ?? [] });
  }

  view() {
    const r = this.repository, admin = this.shell.can("ADMIN");
    return html`<div class="head"><div><h1>${bytes(r.bytes)} stored for ${bytes(r.logicalBytes)} of snapshots</h1><p class="lead">${plural(r.snapshots, "snapshot")} of ${plural(r.databases.filter(d => d.snapshots).length, "database")}${r.dedupRatio ? ` · ratio ${r.dedupRatio.toFixed(1)} ×` : ""}${r.logBytes ? ` · ${bytes(r.logBytes)} of logs` : ""}</p></div>
        <div class="actions"><a class="button" href="#/kit">Recovery kit</a></div></div>
      ${r.lease && !r.lease.own ? html`<article class="card attention"><p><strong>Another service writes to this repository</strong> since ${when(r.lease.since)}: ${r.lease.host ?? "of an unknown host"}. This one stores and deletes nothing.</p></article>` : nothing}
      ${r.catalogCopyFailure ? html`<article class="card attention warn"><p><strong>No copy of the catalog could be taken:</strong> ${r.catalogCopyFailure}</p></article>` : nothing}
      <section class="grid">
        <div class="card c6 stack"><header><h2>Repository</h2>${state(r.sealed ? ["good", "Sealed"] : ["idle", "Not sealed"])}</header>
          ${facts([["Location", html`<code>${r.location}</code>`], ["Stored", `${bytes(r.bytes)} in ${plural(r.objects, "object")}`], ["Free", this.usage.length && this.usage.at(-1).freeBytes !== undefined ? bytes(latest(this.usage).freeBytes) : nothing], ["Written by", r.lease?.own ? "this service" : r.lease?.host ?? "nobody"], ["Catalog copied", r.newestCatalogCopy ? html`${when(r.newestCatalogCopy.takenAt)}` : "not yet"], ["Protected from overwriting", r.atomicPuts ? "yes, by the storage" : "not by this storage"]])}</div>
        <div class="card c6 stack"><h2>Growth</h2>${this.growth()}</div></section>
      <section class="stack" aria-label="Copies"><h2>Copies</h2>${this.copies.length ? html`<div class="grid">${this.copies.map(copy => this.copy(copy))}</div>`
        : html`<div class="card">${empty("There is no copy", html`A backup on the same disk is lost together with the data. Configure a second disk, a bucket or an SFTP server, such as <code>afterimage.copies.offsite.location=s3://backups/afterimage</code>, and each snapshot is copied there.`)}</div>`}</section>
      <section class="grid"><div class="card c6 stack"><header><h2>Checks</h2><span class="row tight">${this.shell.can("OPERATE") ? html`<button class="small" @click=${() => this.act(() => post("repository/checks", { sample: "5%" }), "A check of 5 % begins")}>Check 5 %</button><button class="small" @click=${() => this.act(() => post("repository/checks"), "A check of all begins")}>Check all</button>` : nothing}</span></header>${this.jobs(this.checks, "Not checked yet. A daily check of 5 % reads everything in about three weeks.")}
          ${admin && this.copies.length ? html`<header class="row"><h3>Repair from copies</h3><span class="row tight right"><button class="small" @click=${() => this.act(() => post("repository/repair", { dryRun: true }), "Looking for what can be repaired")}>Dry run</button><button class="small" @click=${() => this.repair()}>Repair…</button></span></header>${this.jobs(this.repairs, "Never needed.")}` : nothing}</div>
        <div class="card c6 stack"><header><h2>Prune</h2>${admin ? html`<span class="row tight"><button class="small" @click=${() => this.act(() => post("repository/prune", { dryRun: true }), "Looking for what can be deleted")}>Dry run</button><button class="small" @click=${() => this.prune()}>Prune…</button></span>` : nothing}</header>${this.jobs(this.prunes, "Not pruned yet. Retention policies decide what is deleted; it runs by itself.")}
          ${admin && r.sealed ? this.keyList() : nothing}</div></section>
      ${this.byDatabase()}`;
  }

  growth() {
    const points = this.usage.map(u => [ms(u.countedAt), u.bytes]).sort((a, b) => a[0] - b[0]);
    if (points.length < 2) return html`<p class="muted">Counted once a day: the chart starts on the second day.</p>`;
    const [first, last] = [points[0], points.at(-1)], days = (last[0] - first[0]) / 86_400_000, perDay = (last[1] - first[1]) / Math.max(days, 0.01), free = latest(this.usage).freeBytes;
    return html`${trend(points, `From ${bytes(first[1])} to ${bytes(last[1])}`, { height: 90 })}<p class="small muted">From ${bytes(first[1])} (${clock(first[0], { name: false })}) to ${bytes(last[1])}${perDay > 0 && free ? `. At this pace there is room for ${rough(free / perDay * 86_400_000)}` : ""}.</p>`;
  }

  copy(copy) {
    const worst = copy.databases.toSorted((a, b) => b.ageSeconds - a.ageSeconds);
    return html`<article class="card c6 stack"><header><h2>${copy.name}</h2>${copyState(copy)}</header>
      ${copy.problem ? html`<p class="bad">${copy.problem}</p>` : nothing}
      ${facts([["Location", html`<code>${copy.location}</code>`], ["Stored", `${bytes(copy.bytes)} in ${plural(copy.objects, "object")}`], ["Complete", when(copy.copiedAt)], ["Last tried", when(copy.triedAt)], ["Snapshots missing", copy.lacking ? html`<strong class="warn">${number(copy.lacking)}</strong>` : "none"], ["Kept beyond", copy.keptBeyond ? plural(copy.keptBeyond, "snapshot") : nothing], ["Furthest behind", worst.length ? html`<a href=${link("databases", worst[0].database)}>${worst[0].database}</a>, ${rough(worst[0].ageSeconds * 1000)}` : nothing], ["Deletions", copy.delete ? "follow the repository" : "never"]])}
      <div class="row">${this.shell.can("ADMIN") ? html`<button class="small" @click=${() => this.act(() => post(path`repository/copies/${copy.name}/copy`), `Copying to ${copy.name} begins`)}>Copy now</button>` : nothing}${copy.jobId ? html`<a class="button small" href=${link("jobs", copy.jobId)}>Last job</a>` : nothing}</div></article>`;
  }

  jobs(items, none) {
    return items.length ? html`<ul class="list">${items.map(job => html`<li class="row"><a href=${link("jobs", job.id)}>${when(job.startedAt ?? job.createdAt)}</a> ${jobState(job)} <span class="small muted">${outcome(job)}</span></li>`)}</ul>` : html`<p class="muted small">${none}</p>`;
  }

  async repair() {
    if (await confirm({ title: "Repair from copies?", text: html`<p>What is damaged or missing in the repository is fetched from a copy, byte for byte. Snapshots that are whole again leave quarantine.</p>`, action: "Repair", danger: false })) {
      this.act(() => post("repository/repair"), "The repair begins");
    }
  }

  async prune() {
    if (await confirm({ title: "Prune the whole repository?", text: html`<p>Snapshots that no policy keeps are deleted, and the space they used is freed. Look at a dry run first.</p>`, action: "Prune" })) {
      this.act(() => post("repository/prune"), "The prune begins");
    }
  }

  keyList() {
    return html`<header class="row"><h3>Keys</h3><button class="small right" @click=${() => this.addKey()}>Add a passphrase…</button></header><ul class="list">${this.keys.map(key => html`<li class="row"><strong>${key.name}</strong> <span class="small muted">${key.method === "PASSPHRASE" ? "passphrase" : "key file"}, since ${record(key.createdAt)}</span>${this.keys.length > 1 ? html`<button class="small right" @click=${() => this.removeKey(key)}>Remove…</button>` : nothing}</li>`)}</ul>
      ${this.keys.length < 2 ? html`<p class="note small">If all keys are lost, all snapshots are lost. Make a second one for the safe: <code>java -jar afterimage.jar keys add --new-key-file safe.key</code></p>` : nothing}`;
  }

  async addKey() {
    if (await formDialog({ title: "Add a passphrase", lead: "Every key opens the whole repository. Nothing is re-encrypted.", action: "Add",
      fields: () => html`${field("Name", html`<input name="name" required autofocus>`)}${field("Passphrase", html`<input name="passphrase" type="password" required autocomplete="new-password">`)}`,
      submit: form => post("repository/keys", { name: form.get("name"), passphrase: form.get("passphrase") }) })) this.refresh();
  }

  async removeKey(key) {
    if (await confirm({ title: `Remove the key ${key.name}?`, name: key.name, action: "Remove", text: html`<p>It no longer opens this repository. The other keys do.</p>` })) this.act(() => remove(path`repository/keys/${key.id}`), "Removed");
  }

  byDatabase() {
    const all = this.repository.databases.toSorted((a, b) => b.storedBytes + b.logBytes - a.storedBytes - a.logBytes), shown = this.every ? all : all.slice(0, SHOWN), most = Math.max(1, ...all.map(d => d.storedBytes + d.logBytes));
    return html`<section class="card"><h2>By database</h2>${all.length ? table([["Database"], ["Stored", "num"], ["", "hide-narrow"], ["Restore size", "num hide-narrow"], ["Snapshots", "num"], ["Log", "num hide-narrow"]], shown.map(d => html`<tr><td>${d.registered ? html`<a href=${link("databases", d.name)}>${d.name}</a>` : html`${d.name ?? html`<code>${d.id}</code>`} <span class="chip">removed</span>`}</td><td class="num" data-label="Stored">${bytes(d.storedBytes + d.logBytes)}</td><td class="hide-narrow">${bar([["", (d.storedBytes + d.logBytes) / most]])}</td><td class="num hide-narrow">${bytes(d.logicalBytes)}</td><td class="num" data-label="Snapshots">${number(d.snapshots)}</td><td class="num hide-narrow">${d.logBytes ? bytes(d.logBytes) : "–"}</td></tr>`), { caption: "Stored bytes by database" }) : html`<p class="muted">Nothing is stored yet.</p>`}
      ${all.length > shown.length ? html`<div class="row"><button @click=${() => { this.every = true; this.update(); }}>Show all ${number(all.length)}</button></div>` : nothing}</section>`;
  }
}

function latest(usage) {
  return usage.reduce((a, b) => a.countedAt > b.countedAt ? a : b);
}

function outcome(job) {
  const r = job.result ?? {};
  if (job.problem) return job.problem.title;
  return [r.dryRun ? "dry run" : null, r.bytesChecked !== undefined ? `${bytes(r.bytesChecked)} read` : null, r.snapshotsDeleted !== undefined ? `${plural(r.snapshotsDeleted, "snapshot")} ${r.dryRun ? "would be deleted" : "deleted"}` : null, r.bytesFreed !== undefined ? `${bytes(r.bytesFreed)} freed` : null, r.repaired ? `${plural(r.repaired.reduce((n, x) => n + x.objects, 0), "object")} repaired` : null, r.damaged?.length ? `${plural(r.damaged.length, "object")} still damaged` : null].filter(Boolean).join(" · ");
}
