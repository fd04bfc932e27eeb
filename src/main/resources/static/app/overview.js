// Can everything be restored? What is wrong comes next, with the button that helps; figures after that.
import { html, svg, nothing } from "../vendor/lit-html.js";
import { get, post, path, query, once, Refused } from "./api.js";
import { ago, bytes, clock, number, plural, percent, took, HOUR, MINUTE, DAY, duration, rough, ms } from "./format.js";
import { kitIsKept } from "./kit.js";
import { Page } from "./page.js";
import { bar, empty, kind, link, progress, protection, protectionKind, protectionWord, PROTECTIONS, state, sentence, trend, when } from "./parts.js";

const MOST_ATTENTION = 6;

export default class Overview extends Page {
  get title() { return "Overview"; }

  async load() {
    const whole = this.shell.whole, signal = this.signal;
    const [protections, running, day, repository, copies] = await Promise.all([
      get("protection?limit=100", { signal }),
      get("jobs?state=RUNNING&limit=20", { signal }),
      this.lastDay(),
      whole ? get("repository", { signal }) : null,
      whole ? get("repository/copies", { signal }) : [],
    ]);
    Object.assign(this, { protections, running: running.items, day, repository, copies });
    this.sum = Object.values(protections.counts).reduce((a, b) => a + b, 0);
    this.keys = whole && this.shell.can("ADMIN") && repository.sealed ? (await get("repository/keys", { signal })).items : [];
    if (this.sum === 0 && whole && this.shell.can("ADMIN")) {
      this.first = await get("discovery", { signal });
    }
  }

  async lastDay() {
    const since = Date.now() - DAY, jobs = [];
    let cursor;
    do {
      const page = await get("jobs" + query({ limit: 500, cursor }), { signal: this.signal });
      jobs.push(...page.items.filter(job => ms(job.finishedAt ?? job.createdAt) > since));
      cursor = page.items.length && ms(page.items.at(-1).createdAt) > since ? page.nextCursor : null;
    } while (cursor && jobs.length < 3000);
    return jobs;
  }

  view() {
    if (this.sum === 0) return this.beginning();
    const { counts } = this.protections;
    return html`
      <div class="head"><div><h1>${this.headline(counts)}</h1><p class="lead">${this.subline()}</p></div></div>
      ${this.attention()}
      <section class="grid" aria-label="Figures">${this.protectedCard(counts)}${this.copiesCard()}${this.storedCard()}</section>
      <section class="grid">${this.runningCard()}${this.dayCard()}</section>`;
  }

  headline(counts) {
    const good = counts.PROTECTED;
    if (good === this.sum) return this.sum === 1 ? "Your database can be restored as it was lately" : `All ${number(this.sum)} databases can be restored as they were lately`;
    if (good === 0) return this.sum === 1 ? "Your database is not protected" : `None of ${number(this.sum)} databases is protected`;
    return `${number(good)} of ${number(this.sum)} databases can be restored as they were lately`;
  }

  subline() {
    const last = this.day.find(job => job.state === "SUCCEEDED" && ["BACKUP", "GROUP_BACKUP", "CHECK", "DRILL"].includes(job.kind));
    return html`${last ? html`Last proof ${when(last.finishedAt)}` : "Nothing was proven in the last 24 hours"}${this.copies.length
      ? html` · ${this.copies.every(copy => copy.state === "CURRENT") ? `${plural(this.copies.length, "copy", "copies")} current` : `${this.copies.filter(copy => copy.state !== "CURRENT").length} of ${plural(this.copies.length, "copy", "copies")} not current`}` : nothing}`;
  }

  /** What is wrong, worst first; databases with the same reason together. */
  attention() {
    const groups = new Map();
    for (const item of this.protections.items) {
      const key = item.protection + "\n" + item.reason;
      groups.set(key, [...groups.get(key) ?? [], item]);
    }
    const sorted = [...groups.values()].sort((a, b) => severity(b[0]) - severity(a[0]) || b.length - a.length);
    const shown = sorted.slice(0, MOST_ATTENTION), hidden = this.sum - this.protections.counts.PROTECTED - shown.flat().length;
    const services = this.serviceAttention();
    if (!shown.length && !services.length) return nothing;
    return html`<section class="attentions" aria-label="Needs attention">
      ${shown.map(items => this.unprotected(items))}
      ${services}
      ${hidden > 0 ? html`<p><a href=${link("databases", { protection: "not" })}>And ${plural(hidden, "other")} that ${hidden === 1 ? "is" : "are"} not protected</a></p>` : nothing}
    </section>`;
  }

  unprotected(items) {
    const [first] = items, shown = items.slice(0, 4), more = items.length - shown.length;
    return html`<article class="card attention ${protectionKind(first.protection)}">
      <p><strong>${shown.map((item, i) => html`${i ? ", " : ""}<a href=${link("databases", item.database)}>${item.database}</a>`)}${more ? ` and ${more} more` : nothing}</strong> ${protection(first.protection)} ${first.reason}</p>
      <div class="actions">${this.helps(items)}</div>
      <p class="small muted">${items.length === 1 ? html`Last good state: ${when(first.lastGoodAt)}` : html`Oldest last good state: ${when(oldest(items))}`} · asked for: at most ${rough(duration(first.maxAge))} old</p>
    </article>`;
  }

  helps(items) {
    const [first] = items;
    if (first.protection === "COLLAPSED") return html`<a class="button" href=${link("databases", first.database, { tab: "state" })}>Look at it</a>`;
    return html`${this.shell.can("OPERATE") ? html`<button @click=${() => this.backUp(items)}>${items.length === 1 ? "Back up now" : `Back up ${items.length} now`}</button>` : nothing}
      ${items.length === 1 && first.protection === "FAILING" ? html`<a class="button" href=${link("jobs", { database: first.database, state: "FAILED" })}>Why</a>` : nothing}`;
  }

  backUp(items) {
    return this.act(() => Promise.all(items.map(item => post(path`databases/${item.database}/backups`))), items.length === 1 ? `Backup of ${items[0].database} begins` : `${items.length} backups begin`);
  }

  serviceAttention() {
    const cards = this.copies.filter(copy => copy.state === "AWAY" || copy.state === "FAILING").map(copy => html`<article class="card attention">
      <p><strong><a href="#/storage">Copy ${copy.name}</a></strong> ${state(["bad", sentence(copy.state)])} ${copy.problem ?? "It could not be reached."}</p>
      <div class="actions">${this.shell.can("ADMIN") ? html`<button @click=${() => this.act(() => post(path`repository/copies/${copy.name}/copy`), `Copying to ${copy.name} begins`)}>Try now</button>` : nothing}</div>
      <p class="small muted">Last complete: ${when(copy.copiedAt)} · ${plural(copy.lacking, "snapshot")} missing there</p></article>`);
    if (this.repository?.catalogCopyFailure) {
      cards.push(html`<article class="card attention warn"><p><strong><a href="#/storage">Catalog</a></strong> No copy of it could be put into the repository: ${this.repository.catalogCopyFailure}</p></article>`);
    }
    if (this.repository && !this.copies.length) {
      cards.push(html`<article class="card attention warn"><p><strong>Everything is in one place.</strong> A backup on the disk that it protects is none: name a second disk, a bucket or an SFTP server.</p>
        <div class="actions"><a class="button" href="#/storage">How</a></div></article>`);
    }
    if (this.repository && this.copies.length && this.shell.can("ADMIN") && !kitIsKept(this.repository, this.copies, this.keys)) {
      cards.push(html`<article class="card attention idle"><p><strong>Nobody has kept a recovery kit</strong> that names where everything lies now and what opens it. You need it on the day on which this machine is gone.</p>
        <div class="actions"><a class="button" href="#/kit">See the kit</a></div></article>`);
    }
    return cards;
  }

  protectedCard(counts) {
    const others = PROTECTIONS.filter(p => p !== "PROTECTED" && counts[p]);
    return html`<div class="card c4 stack tight"><h2>Protected</h2><div class="figure">${percent(counts.PROTECTED / this.sum)}</div>
      <p class="muted small">${number(counts.PROTECTED)} protected${others.map(p => html` · <a href=${link("databases", { protection: p })}>${number(counts[p])} ${protectionWord(p).toLowerCase()}</a>`)}</p>
      ${bar(PROTECTIONS.map(p => [protectionKind(p), counts[p] / this.sum]), `${percent(counts.PROTECTED / this.sum)} protected`)}</div>`;
  }

  copiesCard() {
    if (!this.copies.length) return html`<div class="card c4 stack tight"><h2>Copies</h2><div class="figure muted">None</div><p class="small muted">A second place makes a backup of it: another disk, a bucket or an SFTP server.</p></div>`;
    const newest = copy => Math.max(...copy.databases.map(d => d.ageSeconds), 0);
    return html`<div class="card c4 stack tight"><h2>Copies</h2><div class="figure">${this.copies.filter(c => c.state === "CURRENT").length} of ${this.copies.length} <small>current</small></div>
      <p class="muted small">${this.copies.map((copy, i) => html`${i ? " · " : ""}<a href="#/storage">${copy.name}</a> ${copy.state === "CURRENT" ? "current" : copy.state.toLowerCase()}${copy.lacking ? `, ${copy.lacking} missing` : ""}`)}</p>
      <p class="muted small">Oldest newest state in a copy: ${rough(Math.max(...this.copies.map(newest)) * 1000)}</p></div>`;
  }

  storedCard() {
    if (!this.repository) return nothing;
    const r = this.repository;
    return html`<div class="card c4 stack tight"><h2><a href="#/storage">Stored</a></h2><div class="figure">${bytes(r.bytes)} <small>of ${bytes(r.logicalBytes)} of states</small></div>
      <p class="muted small">${plural(r.snapshots, "snapshot")}${r.dedupRatio ? ` · each byte stored stands for ${r.dedupRatio.toFixed(1)}` : ""}${r.sealed ? " · sealed" : ""}</p>
      ${this.usage ? trend(this.usage, "Stored bytes, last 30 days") : nothing}</div>`;
  }

  runningCard() {
    return html`<div class="card c7"><header><h2>Running now</h2><a class="small" href="#/jobs">All jobs</a></header>
      <div aria-live="off">${this.running.length ? this.running.slice(0, 8).map(job => html`<div class="running">
        <div class="clip"><a href=${link("jobs", job.id)}>${job.database ?? job.result?.copy ?? "repository"}</a> <span class="muted">${kind(job).toLowerCase()}${job.phase ? `, ${sentence(job.phase).toLowerCase()}` : ""}</span></div>
        ${progress(job)}<div class="small muted">${soFar(job)}</div></div>`) : html`<p class="muted">Nothing runs. ${this.day.length ? html`The last job ended ${when(this.day[0].finishedAt ?? this.day[0].createdAt)}.` : nothing}</p>`}</div></div>`;
  }

  dayCard() {
    const cells = hours(this.day), failed = this.day.filter(job => job.state === "FAILED").length;
    return html`<div class="card c5"><header><h2>Last 24 hours</h2><span class="small muted">${plural(this.day.length, "job")}${failed ? html` · <a href=${link("jobs", { state: "FAILED" })}>${failed} failed</a>` : nothing}</span></header>
      <svg class="picture" viewBox="0 0 408 66" role="img" aria-label=${`Jobs of the last 24 hours, a cell for 15 minutes: ${failed} failed of ${this.day.length}`}>${cells.map(({ kind, title }, i) => svg`<rect class="cell ${kind}" x=${(i % 24) * 17} y=${Math.floor(i / 24) * 17} width="14" height="14" rx="3"><title>${title}</title></rect>`)}</svg>
      <ul class="legend"><li><svg viewBox="0 0 14 14" aria-hidden="true"><rect class="cell" width="14" height="14" rx="3"></rect></svg>succeeded</li><li><svg viewBox="0 0 14 14" aria-hidden="true"><rect class="cell warn" width="14" height="14" rx="3"></rect></svg>tried again</li><li><svg viewBox="0 0 14 14" aria-hidden="true"><rect class="cell bad" width="14" height="14" rx="3"></rect></svg>failed</li><li><svg viewBox="0 0 14 14" aria-hidden="true"><rect class="cell none" width="14" height="14" rx="3"></rect></svg>no job</li></ul></div>`;
  }

  beginning() {
    return html`<div class="head"><div><h1>Nothing is protected yet</h1><p class="lead">Register a database, and its first backup is a minute away.</p></div></div>
      ${empty("No database is registered", this.shell.can("ADMIN") ? "Point Afterimage at an SQLite file, or let it find them under the directories that it may read." : "Whoever has a token of scope ADMIN can register one.",
        this.shell.can("ADMIN") ? html`<a class="button primary" href="#/start">Protect a database</a>` : nothing)}`;
  }
}

function severity(item) {
  return ["PROTECTED", "STALE", "UNPROTECTED", "COLLAPSED", "FAILING"].indexOf(item.protection);
}

function oldest(items) {
  return items.some(item => !item.lastGoodAt) ? null : items.map(item => item.lastGoodAt).sort()[0];
}

export function soFar(job) {
  const p = job.progress;
  if (!p || !(p.percent > 0)) return job.startedAt ? `for ${took(Date.now() - ms(job.startedAt))}` : "waiting";
  return `${Math.round(p.percent)} %${p.etaSeconds ? ` · ${took(p.etaSeconds * 1000)} left` : p.bytesPerSecond ? ` · ${bytes(p.bytesPerSecond)}/s` : ""}`;
}

/** 96 quarters of an hour; the last cell is now. */
function hours(jobs) {
  const quarter = 15 * MINUTE, end = Math.ceil(Date.now() / quarter) * quarter, begin = end - 24 * HOUR;
  const cells = Array.from({ length: 96 }, () => ({ good: 0, warn: 0, bad: 0 }));
  for (const job of jobs) {
    const i = Math.floor((ms(job.finishedAt ?? job.createdAt) - begin) / quarter);
    if (!cells[i]) continue;
    if (job.state === "FAILED") cells[i].bad++;
    else if (job.attempt > 1) cells[i].warn++;
    else if (job.state === "SUCCEEDED") cells[i].good++;
  }
  return cells.map((cell, i) => ({
    kind: cell.bad ? "bad" : cell.warn ? "warn" : cell.good ? "" : "none",
    title: `${clock(begin + i * quarter)}: ${cell.good + cell.warn + cell.bad ? `${cell.good} succeeded${cell.warn ? `, ${cell.warn} tried again` : ""}${cell.bad ? `, ${cell.bad} failed` : ""}` : "no job ended"}`,
  }));
}
