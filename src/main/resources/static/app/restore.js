// From a moment to a file, in steps: which state, where to, what would happen, done. Nothing changes before the third step is confirmed.
import { html, nothing } from "../vendor/lit-html.js";
import { get, post, path, query, once, Refused } from "./api.js";
import { absolute, ago, bytes, clock, number, plural, precise, took, ms, DAY } from "./format.js";
import { Page } from "./page.js";
import { TimeLine } from "./timeline.js";
import { difference } from "./content.js";
import { confirm, empty, exactly, facts, field, jobState, link, problemBox, progress, proof, sentence, state, when } from "./parts.js";
import { soFar } from "./overview.js";

const STEPS = ["Restore point", "Target", "Dry run", "Restore"];
const MODES = {
  NEW_FILE: ["To a new file", "The safest: no existing file is touched."],
  REPLACE_LIVE: ["Under the running application", "All pages are written in one transaction. Connections stay open and see the old state until its commit. The state before is kept as a safety snapshot."],
  REPLACE_FILE: ["Over the file of a stopped application", "For a file that no process has open, or that is damaged. The old file is moved aside."],
};

export default class Restore extends Page {
  constructor(route, shell) {
    super(route, shell);
    this.name = route.name;
    this.step = 0;
    this.mode = "NEW_FILE";
    this.target = "";
    this.key = once();
    if (this.name) {
      this.line = new TimeLine(this.name, { signal: this.signal, picked: choice => this.picked(choice) });
    }
  }

  get title() { return this.name ? `Restore ${this.name}` : "Restore"; }

  wants(event) { return Boolean(this.job && !this.job.finishedAt) || (event.type === "again" && this.step === 0); }

  heard(event) {
    if (event.type !== "job" || event.data?.id !== this.job?.id) return false;
    this.follow(event.data);
    return true;
  }

  async load() {
    const { signal } = this, q = this.route.query;
    if (!this.name) return this.choices();
    if (!this.database) {
      this.database = await get(path`databases/${this.name}`, { signal }).catch(error => {
        if (error instanceof Refused && error.problem.status === 404) return { name: this.name, path: "", gone: true };
        throw error;
      });
      this.path = besides(this.database.path);
      if (q.get("job")) {
        this.step = 3;
        await this.follow(await get(path`jobs/${q.get("job")}`, { signal }));
      } else if (q.get("snapshot")) {
        await this.take({ snapshot: q.get("snapshot") });
      } else if (q.get("at") || q.get("commit")) {
        await this.take(q.get("commit") ? { commit: Number(q.get("commit")) } : { at: q.get("at") });
      } else {
        await this.newest();
      }
    }
    if (this.step === 0 && !this.database.gone) await this.line.load();
    if (this.job && !this.job.finishedAt) await this.follow(await get(path`jobs/${this.job.id}`, { signal }));
    return undefined;
  }

  async choices() {
    this.databases = (await get("databases?limit=500", { signal: this.signal })).items;
  }

  async newest() {
    const found = await get("snapshots" + query({ database: this.name, limit: 20 }), { signal: this.signal });
    const snapshot = found.items.find(s => s.state === "AVAILABLE" && s.verification !== "FAILED" && !s.labels["safety-of"]);
    this.source = snapshot ? { snapshot } : null;
  }

  /** Finds out what exactly is behind a snapshot, a commit or a time. */
  async take(wanted) {
    this.choosing = wanted;
    this.refused = null;
    this.update();
    let source = null, refused = null;
    try {
      if (wanted.snapshot) {
        source = { snapshot: await get(path`snapshots/${wanted.snapshot}`, { signal: this.signal }) };
      } else {
        const moment = await post(path`databases/${this.name}/moments`, wanted, { signal: this.signal });
        source = { snapshot: moment.snapshot, moment };
      }
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      refused = error.problem;
    }
    if (this.choosing !== wanted) return; // another was chosen meanwhile, and perhaps answered first
    Object.assign(this, { source, refused, choosing: null });
    this.update();
  }

  picked(choice) {
    if (!choice || choice.nothing) return;
    this.take(choice.snapshot ? { snapshot: choice.snapshot.id } : { at: new Date(choice.at).toISOString() });
  }

  view() {
    if (!this.name) return this.chooseDatabase();
    return html`<div class="head"><div><p class="crumbs"><a href="#/databases">Databases</a> / <a href=${link("databases", this.name)}>${this.name}</a></p><h1>Restore ${this.name}</h1></div></div>
      <ol class="steps" aria-label="Steps">${STEPS.map((words, i) => html`<li class=${i < this.step ? "done" : ""} aria-current=${i === this.step ? "step" : nothing}><span>${words}</span></li>`)}</ol>
      ${[() => this.which(), () => this.where(), () => this.preview(), () => this.running()][this.step]()}`;
  }

  chooseDatabase() {
    return html`<div class="head"><div><h1>Restore</h1></div></div><section class="card"><h2>Which database?</h2>${this.databases.length ? html`<ul class="list">${this.databases.map(d => html`<li><a href=${link("restore", d.name)}>${d.name}</a> <span class="small muted">${d.path}</span></li>`)}</ul>` : empty("No database is registered", "What is in a repository can be restored without a service, too: see the recovery kit.", html`<a class="button" href="#/kit">Recovery kit</a>`)}</section>`;
  }

  go(step) {
    this.step = step;
    this.update();
    queueMicrotask(() => {
      const heading = document.querySelector("main h2");
      if (heading) {
        heading.tabIndex = -1;
        heading.focus();
      }
    });
  }

  which() {
    const s = this.source?.snapshot, m = this.source?.moment;
    return html`<section class="card"><header><h2>Pick a restore point</h2><span class="small muted">the newest good snapshot, unless you pick another</span></header>${this.database.gone ? nothing : this.line.element}</section>
      ${this.choosing ? html`<p class="muted" role="status">Looking it up…</p>` : nothing}
      ${this.refused ? problemBox(this.refused, this.nearest()) : nothing}
      ${s && !this.choosing ? html`<section class="card stack" role="status"><h2>${m ? `Commit ${number(m.commit)}` : "Snapshot"} of ${precise(m?.at ?? s.createdAt)}</h2>
        <p class="muted">${m ? html`Taken ${ago(m.at)}. ${m.nextAt ? html`The next commit, of ${clock(m.nextAt, { seconds: true })}, is not in it.` : "No commit is known after it."}` : html`${ago(s.createdAt)} · ${proof(s)} · ${bytes(s.sizeBytes)}`}</p>
        ${m ? html`<div class="row">${m.commit > 1 ? html`<button class="small" @click=${() => this.take({ commit: m.commit - 1 })}>◀ The commit before</button>` : nothing}${m.nextAt ? html`<button class="small" @click=${() => this.take({ commit: m.commit + 1 })}>The commit after ▶</button>` : nothing}</div>` : nothing}
        <div class="footer"><a class="button" href=${link("look", this.name, m ? { commit: m.commit } : { snapshot: s.id })}>Look inside first</a><button class="primary" @click=${() => this.go(1)}>Continue with this one</button></div></section>`
      : !this.refused && !this.choosing ? empty("There is no good snapshot", "Nothing of this database can be restored yet.") : nothing}`;
  }

  /** What the refusal names as the nearest moments. */
  nearest() {
    const { before, after } = this.refused;
    const offer = (edge, words) => edge?.commit ? html`<button class="small" @click=${() => this.take({ commit: edge.commit })}>${words}: commit ${number(edge.commit)}, ${edge.at ? clock(edge.at, { seconds: true }) : ""}</button>` : nothing;
    return before || after ? html`<div class="row">${offer(before, "Nearest before")}${offer(after, "Nearest after")}</div>` : nothing;
  }

  where() {
    const stopped = this.database.gone;
    return html`<section class="card stack loose"><h2>Where should it go?</h2>
      <form class="stack loose" @submit=${e => { e.preventDefault(); this.look(); }}>
      <fieldset class="pick"><legend class="sr">Where to</legend>${Object.entries(MODES).map(([mode, [title, text]]) => html`<label><input type="radio" name="mode" value=${mode} .checked=${this.mode === mode} ?disabled=${stopped && mode !== "NEW_FILE"} @change=${() => { this.mode = mode; this.update(); }}><strong>${title}</strong><span class="small muted">${text}</span></label>`)}</fieldset>
      ${this.mode === "NEW_FILE" ? field("New file", html`<input class="mono" name="path" required spellcheck="false" .value=${this.path} @input=${e => { this.path = e.target.value; }}>`, "A path on the machine of the service, under one of its roots. It must not exist yet.")
      : field("Over", html`<select name="target" @change=${e => { this.target = e.target.value; }}><option value="">${this.name} itself</option>${(this.others ?? []).map(d => html`<option value=${d.name} ?selected=${d.name === this.target}>${d.name}, another database</option>`)}</select>`, "The application of that database sees the restored state.")}
      ${this.mode !== "NEW_FILE" ? html`<label class="check"><input type="checkbox" .checked=${this.safety ?? this.mode === "REPLACE_LIVE"} @change=${e => { this.safety = e.target.checked; }}><span>Take a safety snapshot of what is there now<span class="hint">With it, undo is one click. ${this.mode === "REPLACE_FILE" ? "Without, the old file beside the new one is the way back." : ""}</span></span></label>` : nothing}
      <div class="footer"><button type="button" @click=${() => this.go(0)}>Back</button><button class="primary" ?disabled=${this.looking}>${this.looking ? "Looking…" : "Show the dry run"}</button></div></form></section>
      ${this.wrong ? problemBox(this.wrong) : nothing}`;
  }

  update() {
    if (this.step === 1 && !this.others && this.mode !== "NEW_FILE") {
      this.others = [];
      get("databases?limit=500", { signal: this.signal }).then(found => { this.others = found.items.filter(d => d.name !== this.name); super.update(); }, () => {});
    }
    super.update();
  }

  request() {
    const { snapshot, moment } = this.source;
    const target = this.mode === "NEW_FILE" ? { path: this.path.trim(), mode: this.mode } : { database: this.over, mode: this.mode };
    return { ...(moment ? { database: this.name, commit: moment.commit } : { snapshot: snapshot.id }), target, ...(this.mode === "NEW_FILE" ? {} : { safetySnapshot: this.safety ?? this.mode === "REPLACE_LIVE" }) };
  }

  /** What was looked at is what is restored: an answer to what was changed meanwhile is none. */
  async look() {
    const asked = this.request(), holds = () => this.step === 1 && JSON.stringify(this.request()) === JSON.stringify(asked);
    this.looking = true;
    this.wrong = null;
    this.update();
    try {
      const dry = await post("restores?dryRun=true", asked, { signal: this.signal });
      if (holds()) {
        Object.assign(this, { dry, asked });
        this.go(2);
      }
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      if (holds()) this.wrong = error.problem;
    }
    this.looking = false;
    this.update();
  }

  get over() { return this.mode === "NEW_FILE" ? null : this.target || this.name; }

  preview() {
    const d = this.dry, s = this.source.snapshot, m = this.source.moment;
    return html`<section class="card stack loose"><h2>Dry run: nothing has changed yet</h2>
      <div class="fromto"><div><h3>From</h3><strong>${this.name}${m ? `, commit ${number(m.commit)}` : ""}</strong><p class="small">${precise(m?.at ?? s.createdAt)}</p><p class="small muted">${bytes(d.sizeBytes)}, ${ago(m?.at ?? s.createdAt)}</p></div><div class="arrow" aria-hidden="true">→</div>
        <div><h3>${this.over ? "Over" : "To the new file"}</h3><strong>${this.over ?? ""}</strong><p class="small mono">${d.path}</p><p class="small muted">${this.over ? (d.target ? `${bytes(d.target.sizeBytes)} now, ${d.target.journalMode === "WAL" ? "WAL" : "rollback journal"}` : "the file is not there now") : MODES[d.mode][0]}</p></div></div>
      ${d.problems.map(problem => problemBox(problem))}
      ${facts([
        ["Current file", this.over ? (d.mode === "REPLACE_FILE" ? "is moved aside, into a directory beside it" : "is replaced in one transaction") : "none: the file is new"],
        ["Undo", this.over ? (d.safetySnapshot ? "a safety snapshot is taken first, and pinned" : html`<strong class="bad">no safety snapshot</strong>`) : "delete the new file"],
        ["Disk space", d.space.map(space => html`<div>${space.directory}: ${bytes(space.neededBytes)} needed, ${bytes(space.freeBytes)} free</div>`)],
        ["Open in", this.over ? d.holders.filter(h => !h.self).length ? d.holders.filter(h => !h.self).map(h => html`<div><code>${h.command}</code> (${h.pid})</div>`) : "no other process" : nothing],
      ], "left")}
      ${d.notes.map(note => html`<p class="note small">${note}</p>`)}
      ${d.difference ? html`<details ?open=${Boolean(this.over)}><summary>What differs from now</summary>${difference(d.difference, "Now", "Restored")}</details>` : nothing}
      <div class="footer"><button @click=${() => this.go(1)}>Back</button><button class=${this.over ? "danger" : "primary"} ?disabled=${!d.possible} @click=${() => this.begin()}>${this.over ? `Restore over ${this.over}…` : "Restore to the new file"}</button></div>
      ${d.possible ? nothing : html`<p class="bad small">As things stand, the service would refuse it.</p>`}</section>`;
  }

  async begin() {
    const s = this.source.snapshot, m = this.source.moment;
    if (this.over && !await confirm({ title: `Restore over ${this.over}?`, name: this.over, action: `Restore over ${this.over}`,
      text: html`<p>What ${this.over} holds now is replaced by ${this.name} as it was at <strong>${precise(m?.at ?? s.createdAt)}</strong>.</p>${this.dry.safetySnapshot ? html`<p class="muted">The state of now is kept as a safety snapshot.</p>` : html`<p class="bad">There will be no safety snapshot.</p>`}` })) return;
    try {
      await this.follow(await post("restores", this.asked, { signal: this.signal, key: this.key }));
      this.key = once();
      this.go(3);
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      this.dry = { ...this.dry, problems: [error.problem], possible: false };
      this.update();
    }
  }

  /** Looks at the job until it has ended; the address names it, so that the page can be left and come back to. */
  async follow(job) {
    this.job = job;
    history.replaceState(null, "", link("restore", this.name, { job: job.id }));
    this.route.query = new URLSearchParams({ job: job.id });
    clearTimeout(this.timer);
    if (!job.finishedAt) this.timer = setTimeout(() => this.refresh(), 3000); // should the stream be broken
    this.update();
  }

  running() {
    const job = this.job, r = job.result ?? {};
    if (!job.finishedAt) {
      return html`<section class="card stack" aria-live="polite"><h2>${job.state === "QUEUED" ? "Waiting for its turn" : "Restoring"} ${jobState(job)}</h2>${progress(job)}<p class="muted">${job.phase ? `${sentence(job.phase)} · ` : ""}${soFar(job)}</p>
        <div class="footer"><a class="button" href=${link("jobs", job.id)}>The job</a>${job.cancelRequested ? nothing : html`<button @click=${() => this.act(() => post(path`jobs/${job.id}/cancel`), "It is being cancelled")}>Cancel</button>`}</div></section>`;
    }
    if (job.state !== "SUCCEEDED") {
      return html`<section class="card stack"><h2>${job.state === "CANCELLED" ? "Cancelled" : "Failed"} ${jobState(job)}</h2>${job.problem ? problemBox(job.problem) : html`<p class="muted">Nothing has changed.</p>`}
        <div class="footer"><a class="button" href=${link("jobs", job.id)}>The job</a><a class="button" href=${link("restore", this.name)} @click=${e => this.anew(e)}>Begin anew</a></div></section>`;
    }
    return html`<section class="card stack" aria-live="polite"><h2>Restored ${jobState(job)}</h2>
      ${facts([["File", html`<code>${r.path}</code>`], ["State of", r.at ? exactly(r.at) : nothing], ["Commit", r.commit ? number(r.commit) : nothing], ["Size", r.bytes ? bytes(r.bytes) : nothing], ["Took", took(ms(job.finishedAt) - ms(job.startedAt))], ["Writers waited", r.lockHeldMillis !== undefined ? took(r.lockHeldMillis) : nothing], ["SHA-256", r.sha256 ? html`<code>${r.sha256}</code>` : nothing], ["Old files", r.oldFiles ? html`<code>${r.oldFiles}</code>` : nothing], ["State before", r.safetySnapshot ? html`<a href=${link("look", this.name, { snapshot: r.safetySnapshot })}>safety snapshot</a>` : nothing]], "left")}
      ${(r.notes ?? []).map(note => html`<p class="note small">${note}</p>`)}
      ${r.oldFiles ? html`<p class="muted small">To undo, stop the application and move the old files back.</p>` : nothing}
      <div class="footer">${r.safetySnapshot && this.shell.can("OPERATE") ? html`<button @click=${() => this.undo(r)}>Undo…</button>` : nothing}<a class="button" href=${link("restore", this.name)} @click=${e => this.anew(e)}>Restore another</a><a class="button primary" href=${link("databases", this.name)}>Done</a></div></section>`;
  }

  anew(event) {
    event.preventDefault();
    history.replaceState(null, "", link("restore", this.name));
    Object.assign(this, { job: null, step: 0, source: null, database: null, loaded: false });
    this.route.query = new URLSearchParams();
    this.refresh();
  }

  async undo(result) {
    const snapshot = await get(path`snapshots/${result.safetySnapshot}`);
    const over = snapshot.database;
    if (!await confirm({ title: `Undo: ${over} as it was before?`, name: over, action: "Undo the restore", text: html`<p>${over} becomes what it was at <strong>${precise(snapshot.createdAt)}</strong>, just before this restore. What was committed since is replaced, and kept as another safety snapshot.</p>` })) return;
    const job = await this.act(() => post("restores", { snapshot: result.safetySnapshot, target: { database: over, mode: "REPLACE_LIVE" } }), "Undo begins");
    if (job) this.follow(job);
  }

  stop() {
    clearTimeout(this.timer);
    super.stop();
  }
}

/** A name beside a file that nobody has yet. */
function besides(file) {
  const now = new Date(), two = n => String(n).padStart(2, "0");
  const stamp = `${now.getFullYear()}${two(now.getMonth() + 1)}${two(now.getDate())}-${two(now.getHours())}${two(now.getMinutes())}`;
  const dot = file.lastIndexOf("."), slash = file.lastIndexOf("/");
  return dot > slash + 1 ? `${file.slice(0, dot)}-restored-${stamp}${file.slice(dot)}` : `${file}-restored-${stamp}`;
}
