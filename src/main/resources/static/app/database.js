// One database: its time line, its snapshots, what proves them, its policy, and its file as it is now.
import { html, nothing } from "../vendor/lit-html.js";
import { get, post, put, remove, path, query, once, address, Refused } from "./api.js";
import { ago, bytes, cron, duration, number, percent, plural, precise, rough, span, took, ms, DAY, HOUR } from "./format.js";
import { Page } from "./page.js";
import { TimeLine } from "./timeline.js";
import { SnapshotTable } from "./snapshots.js";
import { confirm, copyState, due, empty, facts, followState, jobState, kind, labels, link, problemBox, progress, proof, protection, protectionKind, state, sentence, table, trend, when, whenTwice, withNews } from "./parts.js";
import { soFar } from "./overview.js";
import { scheduleForm, retentionForm, drillForm, followForm, demandsForm, retentionWords } from "./policy.js";

const TABS = [["", "Time line"], ["proofs", "Drills and runs"], ["policy", "Policy"], ["state", "File and processes"]];

export default class DatabasePage extends Page {
  constructor(route, shell) {
    super(route, shell);
    this.name = route.name;
    this.line = new TimeLine(this.name, { signal: this.signal, picked: choice => { this.choice = choice; this.update(); } });
    this.snapshots = new SnapshotTable(this);
  }

  get title() { return this.name; }
  get tab() { return this.route.query.get("tab") ?? ""; }

  stay(route) {
    if (route.module !== "database" || route.name !== this.name) return false;
    this.route = route;
    this.refresh();
    this.update();
    return true;
  }

  wants(event) {
    const data = event.data;
    return !data?.database && !data?.databases?.length || data.database === this.name || data.databases?.includes(this.name);
  }

  heard(event) {
    const jobs = this.jobs && event.data?.state === "RUNNING" ? withNews(this.jobs, event) : null;
    if (!jobs) return false;
    this.jobs = jobs;
    this.update();
    return true;
  }

  async load() {
    const of = relative => get(path`databases/${this.name}` + relative, { signal: this.signal });
    const perhaps = async promise => { try { return await promise; } catch (error) { if (error instanceof Refused && [403, 404].includes(error.problem.status)) return null; throw error; } };
    const [database, protection, schedule, retention, drill, follow, running] = await Promise.all([
      of(""), this.protection(), perhaps(of("/schedule")), perhaps(of("/retention")), perhaps(of("/drill")), perhaps(of("/follow")),
      get("jobs" + query({ database: this.name, limit: 10 }), { signal: this.signal }),
    ]);
    Object.assign(this, { database, standing: protection, schedule, retention, drill, follow, jobs: running.items });
    if (this.tab === "") {
      await Promise.all([this.line.load(), this.snapshots.load()]);
    } else if (this.tab === "proofs") {
      const [drills, runs, drillRuns] = await Promise.all([of("/drills?limit=30"), of("/schedule/runs?limit=30").catch(() => null), of("/drill/runs?limit=10").catch(() => null)]);
      Object.assign(this, { drills: drills.items, runs: runs?.items ?? [], drillRuns: drillRuns?.items ?? [] });
    } else if (this.tab === "state") {
      const [holders, methods, collapses] = await Promise.all([of("/holders").catch(problemOf), of("/methods").catch(problemOf), of("/collapses")]);
      Object.assign(this, { holders, methods, collapses: collapses.items });
    }
  }

  async protection() {
    return get(path`databases/${this.name}/protection`, { signal: this.signal });
  }

  view() {
    const d = this.database, running = this.jobs.filter(job => !job.finishedAt);
    return html`<div class="head"><div><p class="crumbs"><a href="#/databases">Databases</a> / ${d.node}</p>
        <h1>${d.name} ${protection(d.protection)}</h1><p class="mono muted">${d.path}${d.givenPath !== d.path ? ` (given as ${d.givenPath})` : ""}</p></div>
        <div class="actions">${this.shell.can("OPERATE") ? html`<button @click=${() => this.backUp()}>Back up now</button>` : nothing}
          ${d.lastSnapshot ? html`<a class="button" href=${link("look", d.name)}>Look inside</a>${this.shell.can("OPERATE") ? html`<a class="button primary" href=${link("restore", d.name)}>Restore…</a>` : nothing}` : nothing}</div></div>
      ${this.attention()}
      ${running.length ? html`<section class="card" aria-label="Running">${running.map(job => html`<div class="running"><div class="clip"><a href=${link("jobs", job.id)}>${kind(job)}</a> <span class="muted">${job.phase ? sentence(job.phase).toLowerCase() : jobWaits(job)}</span></div>${progress(job)}<div class="small muted">${soFar(job)}</div></div>`)}</section>` : nothing}
      <nav class="tabs" aria-label="About ${d.name}">${TABS.map(([value, words]) => html`<a href=${link("databases", d.name, { tab: value })} aria-current=${this.tab === value ? "page" : nothing}>${words}</a>`)}</nav>
      ${{ "": () => this.timeLine(), proofs: () => this.proofs(), policy: () => this.policy(), state: () => this.state() }[this.tab]?.() ?? this.timeLine()}`;
  }

  /** What a tab needs is there a little later than the tab. */
  get waiting() { return html`<p class="muted" aria-busy="true">Loading…</p>`; }

  attention() {
    const s = this.standing, cards = [], failed = this.jobs.find(job => job.kind === "BACKUP" && job.finishedAt);
    if (s.protection !== "PROTECTED") {
      cards.push(html`<article class="card attention ${protectionKind(s.protection)}"><p>${s.reason}</p>
        <div class="actions">${s.protection === "COLLAPSED" ? html`<a class="button" href=${link("databases", this.name, { tab: "state" })}>Look at it</a>` : failed?.state === "FAILED" ? html`<a class="button" href=${link("jobs", failed.id)}>What failed</a>` : nothing}</div>
        <p class="small muted">Last good backup: ${when(s.lastGoodAt)} · wanted: at most ${span(s.maxAge)} old</p></article>`);
    }
    if (this.follow && this.follow.state !== "FOLLOWING") {
      cards.push(html`<article class="card attention ${this.follow.state === "UNSUITABLE" ? "" : "warn"}"><p><strong>Following</strong> ${followState(this.follow)} ${this.follow.reason}</p>
        <div class="actions">${this.follow.state === "PAUSED" && this.shell.can("ADMIN") ? html`<button @click=${() => this.act(() => post(path`databases/${this.name}/follow/resume`), "Following goes on")}>Go on</button>` : nothing}</div></article>`);
    }
    if (this.follow?.storeProblem) {
      cards.push(html`<article class="card attention"><p><strong>Following</strong> What is committed cannot be stored: ${this.follow.storeProblem}</p></article>`);
    }
    return cards.length ? html`<section class="attentions" aria-label="Needs attention">${cards}</section>` : nothing;
  }

  backUp() {
    return this.act(() => post(path`databases/${this.name}/backups`), "A backup begins");
  }

  timeLine() {
    return html`<section class="card"><header><h2>Restore points</h2></header>${this.line.element}${this.moment()}</section>
      <section class="grid top"><div class="card c8">${this.snapshots.view()}</div>
        <div class="c4 stack loose"><div class="card"><h2>Now</h2>${this.now()}</div>${this.growth()}<div class="card"><header><h2>Policy</h2><a class="small" href=${link("databases", this.name, { tab: "policy" })}>Change</a></header>${this.policyFacts()}</div></div></section>`;
  }

  /** What can be done with what was picked on the time line. */
  moment() {
    const c = this.choice;
    if (!c) return nothing;
    if (c.nothing) return html`<div class="moment" role="status"><p>There is nothing from before ${precise(c.at)}: the first snapshot is younger.</p></div>`;
    const at = new Date(c.at).toISOString(), parameters = c.snapshot ? { snapshot: c.snapshot.id } : { at };
    return html`<div class="moment" role="status"><div><strong>${c.snapshot ? "Snapshot" : "Moment"} of ${precise(c.at)}</strong> <span class="muted">${ago(c.at)}</span>
      <p class="small muted">${c.snapshot ? html`${proof(c.snapshot)} ${bytes(c.snapshot.sizeBytes)}${c.gap ? " · the nearest before the gap" : ""}` : "The last commit until then. The exact one is shown before anything is restored."}</p>
      ${c.schema ? html`<p class="small"><button class="plain" @click=${() => this.line.choose(ms(c.schema.at) - 1)}>Just before the schema changed (commit ${number(c.schema.commit)})</button></p>` : nothing}</div>
      <div class="actions">${this.shell.can("OPERATE") ? html`<a class="button primary" href=${link("restore", this.name, parameters)}>Restore…</a>` : nothing}
        <a class="button" href=${link("look", this.name, parameters)}>Look inside</a><a class="button" href=${link("look", this.name, { ...parameters, tab: "compare" })}>Compare</a></div></div>`;
  }

  now() {
    const d = this.database, s = this.standing, f = this.follow;
    return html`${facts([
      ["Size", d.sizeBytes === null ? nothing : html`${bytes(d.sizeBytes)} · ${number(d.pageCount)} pages`],
      ["Journal", d.journalMode === null ? nothing : d.journalMode === "WAL" ? `WAL, ${bytes(d.walBytes ?? 0)}` : "rollback"],
      ["Last good backup", when(s.lastGoodAt)],
      ["Last full check", when(s.lastFullCheckAt)],
      ["Copies", s.copies.length ? s.copies.map(copy => html`<div>${copy.name} ${copy.newestSnapshot ? `${rough(copy.ageSeconds * 1000)} behind` : "has none"}</div>`) : html`<span class="muted">none</span>`],
      ["Following", f ? f.state === "FOLLOWING" ? `${took(f.lag.millis)} behind` : followState(f) : html`<a href=${link("databases", this.name, { tab: "policy" })}>not followed</a>`],
      ["Restore time", d.lastDrill ? html`${took(d.lastDrill.durationMillis)} <span class="muted">(drill ${when(d.lastDrill.at)})</span>` : html`<span class="muted">no drill yet</span>`],
      ["Labels", Object.keys(d.labels).length ? labels(d.labels) : nothing],
    ])}${d.problem ? html`<p class="bad small">${d.problem.detail}</p>` : nothing}${this.advice()}`;
  }

  advice() {
    return (this.database.advice ?? []).map(text => html`<p class="note small">${text}</p>`);
  }

  growth() {
    const r = this.database.repository;
    if (!r) return nothing;
    const points = this.snapshots.items.filter(s => s.sizeBytes).map(s => [ms(s.createdAt), s.sizeBytes]).toReversed();
    return html`<div class="card stack"><h2>Stored</h2>${facts([["Snapshots", number(r.snapshots)], ["Restore size", bytes(r.logicalBytes)], ["Stored", bytes(r.storedBytes)], ["Log", r.logBytes ? bytes(r.logBytes) : nothing], ["Ratio", r.dedupRatio ? `${r.dedupRatio.toFixed(1)} ×` : nothing]])}
      ${points.length > 2 ? html`<div><h3>Size of the database, from ${bytes(points[0][1])} to ${bytes(points.at(-1)[1])}</h3>${trend(points, `Size of the database over its last ${points.length} snapshots`, { height: 44 })}</div>` : nothing}</div>`;
  }

  policyFacts() {
    const { schedule, retention, drill, follow, database } = this;
    return facts([
      ["Back up", schedule ? html`${schedule.paused ? "paused" : cron(schedule.cron)}${schedule.skipUnchanged && !schedule.paused ? ", when changed" : ""}${schedule.inherited ? html` <span class="muted">(default)</span>` : nothing}` : follow ? `every ${span(follow.snapshotEvery)}, from the log` : html`<span class="warn">only by hand</span>`],
      ["Next", schedule?.nextRunAt && !schedule.paused ? due(schedule.nextRunAt, schedule.zone) : nothing],
      ["Keep", retentionWords(retention)],
      ["Drill", drill ? (drill.paused ? "paused" : cron(drill.cron)) : html`<span class="muted">none</span>`],
      ["Follow", follow ? `any moment of ${span(follow.window)}` : html`<span class="muted">not followed</span>`],
      ["Max. age", span(database.maxAge)],
    ]);
  }

  proofs() {
    if (!this.drills) return this.waiting;
    return html`<section class="card"><header><h2>Drills</h2>${this.shell.can("OPERATE") ? html`<button class="small" @click=${() => this.act(() => post(path`databases/${this.name}/drills`), "A drill begins: the newest snapshot is restored and checked")}>Drill now</button>` : nothing}</header>
      ${this.drills.length ? table([["When"], ["Result"], ["Snapshot of", "hide-narrow"], ["Restored in", "num"], ["Checked in", "num hide-narrow"]], this.drills.map(d => html`<tr><td>${whenTwice(d.finishedAt)}</td>
        <td>${state(d.passed ? ["good", "Passed"] : ["bad", "Failed"])}${d.messages.filter(m => m !== "ok").slice(0, 3).map(m => html`<span class="small bad">${m}</span>`)}${d.assertions.map(a => html`<span class="small ${a.passed ? "muted" : "bad"}"><code>${a.sql}</code> ${a.passed ? `is ${a.actual}` : `should be ${a.expect}, ${a.problem ?? `is ${a.actual}`}`}</span>`)}</td>
        <td class="hide-narrow">${when(d.snapshotCreatedAt)}</td><td class="num" data-label="Restored in">${took(d.restoreMillis)}</td><td class="num hide-narrow">${took(d.checkMillis)}</td></tr>`), { caption: "Drills" })
      : empty("No drill yet", "A drill restores a snapshot to a place of its own, lets SQLite check it, asks it what you want to be sure of, and measures how long all that took.")}</section>
      <section class="card"><h2>Scheduled backups</h2>${this.runs.length ? table([["Due"], ["Result"], [""]], this.runs.map(run => html`<tr><td>${whenTwice(run.dueAt)}</td><td>${run.state === "SUBMITTED" ? state(["good", "Started"]) : run.state === "SKIPPED" ? state(["idle", run.reason === "UNCHANGED" ? "Unchanged, skipped" : "Skipped"]) : state(["idle", "Due"])}${run.detail ? html`<span class="small muted">${run.detail}</span>` : nothing}</td><td class="num">${run.jobId ? html`<a href=${link("jobs", run.jobId)}>Job</a>` : nothing}</td></tr>`), { caption: "Scheduled backups" }) : html`<p class="muted">No run was due yet.</p>`}</section>`;
  }

  policy() {
    const may = this.shell.can("ADMIN"), { schedule, drill, follow, retention, database: d } = this;
    const card = (title, what, edit, reset) => html`<div class="card c6 stack"><header><h2>${title}</h2>${may ? html`<span class="row tight">${reset ?? nothing}<button class="small" @click=${edit}>${what ? "Change…" : "Set…"}</button></span>` : nothing}</header>${what ?? nothing}</div>`;
    const again = answer => { if (answer) this.refresh(); };
    return html`<section class="grid">
      ${card("Schedule", schedule ? facts([["When", html`${cron(schedule.cron)} <span class="muted">${schedule.zone}</span>${schedule.paused ? html` ${state(["idle", "Paused"])}` : nothing}`], ["Next", schedule.paused ? nothing : due(schedule.nextRunAt, schedule.zone)], ["Last", schedule.lastRun ? html`${sentence(schedule.lastRun.state)} ${when(schedule.lastRun.dueAt)}` : nothing], ["Skip unchanged", schedule.skipUnchanged ? "yes" : "no"], ["Method", sentence(schedule.method)], ["Verify", sentence(schedule.verify)], ["Jitter", schedule.jitter === "PT0S" ? nothing : span(schedule.jitter)], ["Set for", schedule.inherited ? "all databases, by default" : "this database"]]) : html`<p class="warn">No schedule: it is backed up only by hand.</p>`,
        async () => again(await scheduleForm(this.name, schedule)), schedule && !schedule.inherited ? html`<button class="small" @click=${() => this.act(() => remove(path`databases/${this.name}/schedule`), "The default holds again")}>Use the default</button>` : nothing)}
      ${card("Retention", facts([["Keep", retentionWords(retention)], ["Set for", retention.source === "DEFAULT" ? "all databases, by default" : retention.source === "NONE" ? "no policy: all snapshots stay" : "this database"], ["Due for deletion", retention.snapshotsDue === null ? nothing : plural(retention.snapshotsDue, "snapshot")], ["Next prune", when(retention.nextPruneAt, "by hand only")]]),
        async () => again(await retentionForm(this.name, retention)), html`${retention.source === "DATABASE" ? html`<button class="small" @click=${() => this.act(() => remove(path`databases/${this.name}/retention`), "The default holds again")}>Use the default</button>` : nothing}`)}
      ${card("Drills", drill ? facts([["When", html`${cron(drill.cron)} <span class="muted">${drill.zone}</span>${drill.paused ? html` ${state(["idle", "Paused"])}` : nothing}`], ["Next", drill.paused ? nothing : due(drill.nextRunAt, drill.zone)], ["Snapshot", { LATEST: "the newest snapshot", RANDOM: "any snapshot", MOMENT: "any moment" }[drill.snapshot]], ["Check", sentence(drill.verify)], ["Read from", drill.from ? `copy ${drill.from}` : nothing], ["Assertions", drill.assertions.length ? drill.assertions.map(a => html`<div><code>${a.sql} ${a.expect}</code></div>`) : nothing]]) : html`<p class="muted">No schedule. A drill proves that a snapshot can be restored, and how long it takes.</p>`,
        async () => again(await drillForm(this.name, drill)), drill ? html`<button class="small" @click=${() => this.act(() => remove(path`databases/${this.name}/drill`), "No scheduled drills any more")}>Remove</button>` : nothing)}
      ${card("Following", follow ? html`${facts([["State", followState(follow)], ["Behind", took(follow.lag.millis)], ["Commit", html`${number(follow.position.commit)} taken, ${number(follow.position.storedCommit)} stored`], ["Any moment of", span(follow.window)], ["Segment every", span(follow.interval)], ["Snapshot every", span(follow.snapshotEvery)], ["WAL", html`${bytes(follow.walBytes)}${follow.walLimitBytes ? `, at most ${bytes(follow.walLimitBytes)}` : ""}`], ["Checkpoints", `${number(follow.checkpoints)}, longest ${took(follow.longestCheckpointMillis)}`], ...follow.walLimitBytes ? [["Longest write lock", follow.longestWriteLockMillis ? took(follow.longestWriteLockMillis) : "none so far"]] : []])}
          ${may ? html`<div class="row">${follow.state === "PAUSED" ? html`<button class="small" @click=${() => this.act(() => post(path`databases/${this.name}/follow/resume`), "Following goes on")}>Go on</button>` : html`<button class="small" @click=${() => this.act(() => post(path`databases/${this.name}/follow/pause`), "Following is paused")}>Pause</button>`}
            <button class="small" @click=${() => this.act(() => post(path`databases/${this.name}/follow/flush?wait=30s`), "All that was committed is in the repository")}>Flush now</button>
            <button class="small" @click=${() => this.unfollow()}>Stop following</button></div>` : nothing}` : html`<p class="muted">Not followed: a failure now would lose what was committed since the last snapshot. A followed database loses at most about a second, and any moment can be restored.</p>`,
        async () => again(await followForm(this.name, follow)))}
      ${card("Protection goals", facts([["Backup at most", `${span(d.maxAge)} old`], ["Full check at most", d.maxFullCheckAge ? `${span(d.maxFullCheckAge)} old` : "any age"], ["Copy required", d.requireCopy ? "yes" : "no"], ["Labels", Object.keys(d.labels).length ? labels(d.labels) : "none"], ["Path", html`<code>${d.givenPath}</code>`]]),
        async () => again(await demandsForm(d)))}
      ${may ? html`<div class="card c6 stack"><h2>Remove</h2><p class="muted">It is no longer backed up. Its file is not touched, and its snapshots stay.</p><div><button @click=${() => this.unregister()}>Remove…</button></div></div>` : nothing}
    </section>`;
  }

  async unfollow() {
    if (await confirm({ title: `Stop following ${this.name}?`, text: html`<p>What was captured stays restorable until its window has passed. From now on only snapshots can be restored.</p>`, action: "Stop following" })) {
      this.act(() => remove(path`databases/${this.name}/follow`), "No longer followed");
    }
  }

  async unregister() {
    if (await confirm({ title: `Remove ${this.name}?`, text: html`<p>It is no longer backed up. Its file and its snapshots stay; no policy deletes them.</p>`, action: "Remove", name: this.name })) {
      if (await this.act(() => remove(path`databases/${this.name}`), `${this.name} is removed`)) this.shell.go("#/databases");
    }
  }

  state() {
    if (!this.collapses) return this.waiting;
    const d = this.database;
    return html`${this.collapses.filter(c => !c.acknowledgedAt).map(c => html`<article class="card attention"><p><strong>Most of what it held is gone.</strong> ${bytes(c.bytesInUseBefore)} in ${plural(c.tablesBefore, "table")} before, ${bytes(c.bytesInUse)} in ${plural(c.tables, "table")} in the backup of ${when(c.at)}.</p>
        <div class="actions"><a class="button" href=${link("look", this.name, { snapshot: c.keptSnapshotId })}>Look at the last good snapshot</a>${this.shell.can("ADMIN") ? html`<button @click=${() => this.acknowledge(c)}>This is intended</button>` : nothing}</div>
        <p class="small muted">The good snapshot from before is kept whatever the policy says, until somebody says that this is intended.</p></article>`)}
      <section class="grid"><div class="card c4"><h2>File</h2>${facts([["Path", html`<code>${d.path}</code>`], ["Size", d.sizeBytes === null ? nothing : `${bytes(d.sizeBytes)}`], ["Pages", d.pageCount === null ? nothing : `${number(d.pageCount)} of ${number(d.pageSize)} B`], ["Journal", d.journalMode ? (d.journalMode === "WAL" ? "WAL" : "rollback") : nothing], ["WAL", d.walBytes === null ? nothing : bytes(d.walBytes)], ["Node", d.node], ["Registered", when(d.createdAt)]])}${d.problem ? problemBox(d.problem) : nothing}${this.advice()}
        ${this.shell.can("OPERATE") && d.journalMode === "WAL" ? html`<div class="row"><button class="small" @click=${() => this.act(() => post(path`databases/${this.name}/checkpoint`, { mode: "PASSIVE" }), a => `${number(a.checkpointedFrames)} of ${number(a.walFrames)} frames are written back`)}>Checkpoint now</button></div>` : nothing}</div>
      <div class="card c8"><h2>Processes that have it open</h2>${this.holders.code ? problemBox(this.holders) : this.holders.items.length ? table([["Process"], ["User", "hide-narrow"], ["Locks"]], this.holders.items.map(h => html`<tr><td><code>${h.command}</code><span class="small muted">pid ${h.pid}${h.self ? ", this service" : ""}</span></td><td class="hide-narrow">${h.user}</td><td class="small" data-label="Locks">${h.locks.join(", ") || "none"}</td></tr>`), { caption: "Processes that have the database open" }) : html`<p class="muted">No process that this service may see has it open.</p>`}</div></section>
      <section class="card"><h2>Backup methods</h2>${this.methods.code ? problemBox(this.methods) : table([["Method"], ["Possible"], ["Writers wait", "hide-narrow"], ["Lock held", "num"]], this.methods.methods.map(m => html`<tr><td><strong>${sentence(m.method)}</strong>${this.methods.auto.method === m.method ? html` <span class="chip">taken by AUTO</span><span class="small muted">${this.methods.auto.reason}</span>` : nothing}</td><td data-label="Possible">${m.possible ? state(["good", "Yes"]) : html`${state(["idle", "No"])}<span class="small muted">${m.problem?.detail}</span>`}</td><td class="hide-narrow">${m.writersWait === null ? "–" : m.writersWait ? "yes" : "no"}</td><td class="num" data-label="Lock held" title=${m.lockHeld?.reason ?? ""}>${m.lockHeld ? html`${took(m.lockHeld.millis)}<span class="small muted">${m.lockHeld.basis.toLowerCase()}</span>` : "–"}</td></tr>`), { caption: "Methods" })}</section>`;
  }

  async acknowledge(collapse) {
    if (await confirm({ title: "Is this intended?", text: html`<p>The database counts as protected again, and the policy may delete the snapshot from before again.</p>`, action: "This is intended" })) {
      this.act(() => put(path`databases/${this.name}/collapses/${collapse.snapshotId}/acknowledgement`), "Acknowledged");
    }
  }
}

const problemOf = error => {
  if (error instanceof Refused) return error.problem;
  throw error;
};

const jobWaits = job => job.state === "QUEUED" ? `waits${ms(job.runAt) > Date.now() ? ` until ${ago(job.runAt).replace("in ", "")} from now` : ""}` : "";
