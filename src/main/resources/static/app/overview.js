// Can everything be restored? What is wrong comes next, with the button that helps; figures after that.
import { html, svg, nothing } from "../vendor/lit-html.js";
import { get, post, path } from "./api.js";
import { bytes, clock, number, plural, percent, rough, took, HOUR, ms } from "./format.js";
import { kitIsKept } from "./kit.js";
import { Page } from "./page.js";
import { bar, due, empty, kind, link, progress, protection, protectionKind, protectionWord, PROTECTIONS, state, sentence, trend, when, withNews } from "./parts.js";

const MOST_ATTENTION = 6;

export default class Overview extends Page {
  get title() { return "Overview"; }

  async load() {
    const { whole } = this.shell, signal = this.signal, admin = this.shell.can("ADMIN");
    const [summary, usage, copies] = await Promise.all([get("summary", { signal }), whole ? get("repository/usage?days=90", { signal }) : null, whole ? get("repository/copies", { signal }) : []]);
    Object.assign(this, { summary, copies, usage: usage?.items ?? [] });
    this.shell.told(summary);
    if (whole && admin && !this.repository) { // counting all objects takes a while: once, and only for the kit
      this.repository = await get("repository", { signal });
      this.keys = this.repository.sealed ? (await get("repository/keys", { signal })).items : [];
    }
  }

  /** A bar moves without asking for everything. */
  heard(event) {
    const running = this.loaded && event.data?.state === "RUNNING" ? withNews(this.summary.jobsRunning, event) : null;
    if (!running) return false;
    this.summary = { ...this.summary, jobsRunning: running };
    this.update();
    return true;
  }

  view() {
    const s = this.summary;
    if (s.databases === 0) return this.beginning();
    const figures = [this.protectedCard(), this.followingCard(), this.copiesCard(), this.storedCard()].filter(card => card !== nothing);
    return html`
      <div class="head"><div><h1>${this.headline()}</h1><p class="lead">${this.subline()}</p></div></div>
      ${this.attention()}
      <section class="figures" aria-label="Figures">${figures}</section>
      <section class="grid">${this.runningCard()}${this.dayCard()}</section>`;
  }

  headline() {
    const all = this.summary.databases, good = this.summary.protection.PROTECTED;
    if (good === all) return all === 1 ? "Your database is protected" : `All ${number(all)} databases are protected`;
    if (good === 0) return all === 1 ? "Your database is not protected" : `None of ${number(all)} databases is protected`;
    return `${number(good)} of ${number(all)} databases ${good === 1 ? "is" : "are"} protected`;
  }

  subline() {
    const { copies, jobsEnded } = this.summary, proven = jobsEnded.filter(e => e.state === "SUCCEEDED" && ["BACKUP", "GROUP_BACKUP", "CHECK", "DRILL"].includes(e.kind)).reduce((sum, e) => sum + e.jobs, 0);
    return html`${proven ? `${plural(proven, "backup, check or drill", "backups, checks and drills")} succeeded in the last 24 hours` : "No backup, check or drill succeeded in the last 24 hours"}${copies.length ? html` · ${copies.every(c => c.state === "CURRENT") ? `${copies.length === 1 ? "the copy is" : copies.length === 2 ? "both copies are" : `all ${copies.length} copies are`} current` : `${copies.filter(c => c.state !== "CURRENT").length} of ${plural(copies.length, "copy", "copies")} not current`}` : nothing}`;
  }

  /** What is wrong, worst first; databases with the same reason together. */
  attention() {
    const groups = new Map();
    for (const item of this.summary.attention) {
      const key = `${item.protection}\n${item.reason}`;
      groups.set(key, [...groups.get(key) ?? [], item]);
    }
    const shown = [...groups.values()].slice(0, MOST_ATTENTION), hidden = this.summary.databases - this.summary.protection.PROTECTED - shown.flat().length;
    const services = this.serviceAttention();
    if (!shown.length && !services.length) return nothing;
    return html`<section class="attentions" aria-label="Needs attention">
      ${shown.map(items => this.unprotected(items))}
      ${hidden > 0 ? html`<p><a href=${link("databases", { protection: "not" })}>And ${plural(hidden, "other")} that ${hidden === 1 ? "is" : "are"} not protected</a></p>` : nothing}
      ${services}</section>`;
  }

  unprotected(items) {
    const [first] = items, shown = items.slice(0, 4), more = items.length - shown.length;
    return html`<article class="card attention ${protectionKind(first.protection)}">
      <p><strong>${shown.map((item, i) => html`${i ? ", " : ""}<a href=${link("databases", item.database)}>${item.database}</a>`)}${more ? ` and ${more} more` : nothing}</strong> ${protection(first.protection)} ${first.reason}</p>
      <div class="actions">${this.helps(items)}</div>
      <p class="small muted">Since ${when(first.since)} · ${items.length === 1 ? html`last good backup ${when(first.lastGoodAt)}` : html`oldest last good backup ${when(oldest(items))}`}</p>
    </article>`;
  }

  /** The button that helps against the cause. */
  helps(items) {
    const [first] = items, to = (words, address) => html`<a class="button" href=${address}>${words}</a>`, one = items.length === 1;
    const act = this.shell.can("OPERATE"), backUp = act ? html`<button @click=${() => this.each(items, "backups", "backup")}>${one ? "Back up now" : `Back up ${items.length} now`}</button>` : nothing;
    switch (first.cause) {
      case "COLLAPSED": return to("Look at it", link("databases", first.database, { tab: "state" }));
      case "REPOSITORY": case "COPY_TOO_OLD": return to("Storage", "#/storage");
      case "NOT_FOLLOWED": return to("Following", link("databases", first.database, { tab: "policy" }));
      case "DRILL_FAILED": return html`${to("What failed", link("databases", first.database, { tab: "proofs" }))}${act ? html`<button @click=${() => this.each(items, "drills", "drill")}>Drill again</button>` : nothing}`;
      case "APPLICATION_ELSEWHERE": case "DATABASE_MOVED": return to("File and processes", link("databases", first.database, { tab: "state" }));
      case "BACKUP_FAILED": return html`${one ? to("What failed", link("jobs", { database: first.database, state: "FAILED" })) : nothing}${backUp}`;
      default: return backUp;
    }
  }

  each(items, what, word) {
    return this.act(() => Promise.all(items.map(item => post(path`databases/${item.database}` + "/" + what))), items.length === 1 ? `A ${word} of ${items[0].database} begins` : `${items.length} ${word}s begin`);
  }

  serviceAttention() {
    const cards = this.copies.filter(copy => copy.state === "AWAY" || copy.state === "FAILING").map(copy => html`<article class="card attention">
      <p><strong><a href="#/storage">Copy ${copy.name}</a></strong> ${state(["bad", sentence(copy.state)])} ${copy.problem ?? "It could not be reached."}</p>
      <div class="actions">${this.shell.can("ADMIN") ? html`<button @click=${() => this.act(() => post(path`repository/copies/${copy.name}/copy`), `Copying to ${copy.name} begins`)}>Try now</button>` : nothing}</div>
      <p class="small muted">Last complete ${when(copy.copiedAt)} · ${plural(copy.lacking, "snapshot")} missing there</p></article>`);
    if (this.repository?.catalogCopyFailure) {
      cards.push(html`<article class="card attention warn"><p><strong><a href="#/storage">Catalog</a></strong> No copy of it could be put into the repository: ${this.repository.catalogCopyFailure}</p></article>`);
    }
    if (this.shell.whole && !this.copies.length) {
      cards.push(html`<article class="card attention warn"><p><strong>Everything is in one place.</strong> A backup on the same disk is lost together with the data. Add a second disk, a bucket or an SFTP server.</p>
        <div class="actions"><a class="button" href="#/storage">How</a></div></article>`);
    } else if (this.repository && !kitIsKept(this.repository, this.copies, this.keys ?? [])) {
      cards.push(html`<article class="card attention idle"><p><strong>Keep a recovery kit</strong> that says where everything is stored and what opens it. You need it on the day this machine is gone.</p>
        <div class="actions"><a class="button" href="#/kit">See the kit</a></div></article>`);
    }
    return cards;
  }

  protectedCard() {
    const { protection: counts, databases } = this.summary, others = PROTECTIONS.filter(p => p !== "PROTECTED" && counts[p]);
    return html`<div class="card stack tight"><h2>Protected</h2><div class="figure">${percent(counts.PROTECTED / databases)}</div>
      <p class="muted small">${number(counts.PROTECTED)} protected${others.map(p => html` · <a href=${link("databases", { protection: p })}>${number(counts[p])} ${protectionWord(p).toLowerCase()}</a>`)}</p>
      <div class="foot">${bar(PROTECTIONS.map(p => [protectionKind(p), counts[p] / databases]), `${percent(counts.PROTECTED / databases)} protected`)}</div></div>`;
  }

  followingCard() {
    const { counts, worst } = this.summary.following, sum = Object.values(counts).reduce((a, b) => a + b, 0);
    if (!sum) return nothing;
    const others = Object.entries(counts).filter(([key, n]) => key !== "FOLLOWING" && n);
    return html`<div class="card stack tight"><h2>Following</h2><div class="figure">${worst ? took(worst.lagMillis) : "0 s"} <small>behind</small></div>
      <p class="muted small">${worst ? html`furthest behind: <a href=${link("databases", worst.database)}>${worst.database}</a>, ${bytes(worst.lagBytes)}` : "every commit is stored"}</p>
      <p class="muted small">${plural(sum, "database")} followed${others.map(([key, n]) => html` · <span class=${key === "UNSUITABLE" ? "bad" : "warn"}>${n} ${sentence(key).toLowerCase()}</span>`)}</p></div>`;
  }

  copiesCard() {
    const { copies } = this.summary;
    if (!copies.length) return this.shell.whole ? html`<div class="card stack tight"><h2>Copies</h2><div class="figure muted">None</div><p class="small muted">Add a second place: another disk, a bucket or an SFTP server.</p></div>` : nothing;
    const current = copies.filter(c => c.state === "CURRENT").length;
    return html`<div class="card stack tight"><h2>Copies</h2><div class="figure">${current} of ${copies.length} <small>current</small></div>
      <p class="muted small">${copies.map((copy, i) => html`${i ? " · " : ""}${copy.name} ${copy.state === "CURRENT" ? html`${rough((copy.ageSeconds ?? 0) * 1000)} old` : html`<span class="warn">${copy.state.toLowerCase()}</span>`}`)}</p>
</div>`;
  }

  storedCard() {
    const s = this.summary.storage;
    if (!s) return nothing;
    const points = this.usage.map(u => [ms(u.countedAt), u.bytes]);
    return html`<div class="card stack tight"><h2>Stored</h2><div class="figure">${bytes(s.bytes)} <small>of ${bytes(s.logicalBytes)}</small></div>
      <p class="muted small"><a href="#/storage">${plural(s.snapshots, "snapshot")}</a> · ${bytes(s.freeBytes)} free</p>
      <div class="foot">${points.length > 1 ? trend(points, `Stored bytes over ${points.length} days, from ${bytes(points[0][1])} to ${bytes(points.at(-1)[1])}`, { height: 40 }) : nothing}</div></div>`;
  }

  runningCard() {
    const { jobsRunning: running, jobsQueued: queued, upcoming } = this.summary;
    return html`<div class="card c7 stack"><header><h2>Running now</h2><a class="small" href="#/jobs">All jobs</a></header>
      <div>${running.length ? running.slice(0, 8).map(job => html`<div class="running">
        <div class="clip"><a href=${link("jobs", job.id)}>${job.database ?? job.result?.copy ?? (job.databases.length ? `${job.databases.length} databases` : "repository")}</a> <span class="muted">${kind(job).toLowerCase()}${job.phase ? `, ${sentence(job.phase).toLowerCase()}` : ""}</span></div>
        ${progress(job)}<div class="small muted">${soFar(job)}</div></div>`) : html`<p class="muted">Nothing is running${queued ? `, ${number(queued)} queued` : ""}.</p>`}
        ${running.length && queued ? html`<p class="small muted"><a href=${link("jobs", { state: "QUEUED" })}>${number(queued)} queued</a></p>` : nothing}</div>
      <h2>Next</h2>${upcoming.length ? html`<ul class="list small">${groupedRuns(upcoming).slice(0, 5).map(run => html`<li class="row">${due(run.dueAt, run.zone)} <span>${run.kind === "DRILL" ? "drill" : "backup"} of ${run.databases.length === 1 ? html`<a href=${link("databases", run.databases[0])}>${run.databases[0]}</a>` : `${run.databases.length} databases`}</span></li>`)}</ul>` : html`<p class="muted small">Nothing is scheduled. ${this.shell.can("ADMIN") ? html`<a href="#/settings">Set a default schedule</a>` : nothing}</p>`}</div>`;
  }

  dayCard() {
    const ended = this.summary.jobsEnded, count = state => ended.filter(e => e.state === state).reduce((sum, e) => sum + e.jobs, 0), failed = count("FAILED"), all = ended.reduce((sum, e) => sum + e.jobs, 0);
    const now = Math.floor(Date.now() / HOUR) * HOUR, hours = Array.from({ length: 24 }, (_, i) => {
      const of = ended.filter(e => ms(e.hour) === now - (23 - i) * HOUR), sum = state => of.filter(e => e.state === state).reduce((n, e) => n + e.jobs, 0);
      return { at: now - (23 - i) * HOUR, good: sum("SUCCEEDED"), bad: sum("FAILED"), idle: sum("CANCELLED") };
    });
    const most = Math.max(1, ...hours.map(h => h.good + h.bad + h.idle)), height = 84, tall = n => n ? Math.max(4, (n / most) * height) : 0;
    return html`<div class="card c5 stack"><header><h2>Last 24 hours</h2><span class="small muted">${plural(all, "job")}${failed ? html` · <a class="bad" href=${link("jobs", { state: "FAILED" })}>${number(failed)} failed</a>` : nothing}</span></header>
      <svg class="picture" viewBox="0 0 408 112" role="img" aria-label=${`Jobs that ended in each of the last 24 hours: ${all}, of which ${failed} failed`}>
        ${hours.map((h, i) => { const bad = tall(h.bad), good = tall(h.good), x = i * 17; return svg`<g><title>${`${clock(h.at)}: ${h.good} succeeded, ${h.bad} failed${h.idle ? `, ${h.idle} cancelled` : ""}`}</title><rect class="cell none" x=${x} y=${height} width="14" height="2"></rect><rect class="cell" x=${x} y=${height - good} width="14" height=${good} rx="2"></rect><rect class="cell bad" x=${x} y=${Math.max(0, height - good - bad - (good && bad ? 2 : 0))} width="14" height=${bad} rx="2"></rect></g>`; })}
        ${[0, 6, 12, 18, 23].map(i => svg`<text x=${i === 23 ? 408 : i * 17} y="104" text-anchor=${i === 23 ? "end" : "start"}>${i === 23 ? "now" : clock(hours[i].at, { name: false, now: hours[i].at })}</text>`)}</svg>
      <ul class="legend"><li><svg viewBox="0 0 14 14" aria-hidden="true"><rect class="cell" width="14" height="14" rx="3"></rect></svg>succeeded</li><li><svg viewBox="0 0 14 14" aria-hidden="true"><rect class="cell bad" width="14" height="14" rx="3"></rect></svg>failed</li></ul></div>`;
  }

  beginning() {
    const may = this.shell.can("ADMIN") && this.shell.whole;
    return html`<div class="head"><div><h1>Nothing is protected yet</h1><p class="lead">Register a database, and its first backup is a minute away.</p></div></div>
      <div class="card">${empty("No database is registered", may ? "Point Afterimage at an SQLite file. The application goes on writing: nothing is installed beside it, and no writer waits in WAL mode." : "Whoever has a token of scope ADMIN can register one.",
        may ? html`<a class="button primary" href="#/start">Protect a database</a>` : nothing)}</div>`;
  }
}

function oldest(items) {
  return items.some(item => !item.lastGoodAt) ? null : items.map(item => item.lastGoodAt).sort()[0];
}

/** Runs of many databases at the same time are one line. */
function groupedRuns(upcoming) {
  const groups = new Map();
  for (const run of upcoming) {
    const key = `${run.dueAt} ${run.zone} ${run.kind}`;
    groups.set(key, { ...run, databases: [...groups.get(key)?.databases ?? [], run.database] });
  }
  return [...groups.values()];
}

export function soFar(job) {
  const p = job.progress;
  if (!p || !(p.percent > 0)) return job.startedAt ? `for ${took(Date.now() - ms(job.startedAt))}` : "waiting";
  return `${Math.round(p.percent)} %${p.etaSeconds ? ` · ${took(p.etaSeconds * 1000)} left` : p.bytesPerSecond ? ` · ${bytes(p.bytesPerSecond)}/s` : ""}`;
}
