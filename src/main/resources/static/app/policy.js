// Forms for what happens by itself: backups, retention, drills, following, what is asked for.
import { html, nothing } from "../vendor/lit-html.js";
import { patch, post, put, path, Refused } from "./api.js";
import { ago, bytes, cron, number, plural, span, typed, ms, ZONE } from "./format.js";
import { checkbox, field, formDialog, select, state, whenTwice, problemBox } from "./parts.js";
import { given, parseLabels, ruleWords } from "./snapshots.js";

const CRONS = [["*/15 * * * *", "every 15 minutes"], ["0 * * * *", "hourly"], ["0 */6 * * *", "every 6 hours"], ["30 2 * * *", "daily at 02:30"], ["0 5 * * SUN", "Sundays at 05:00"], ["0 3 1 * *", "monthly, on the 1st at 03:00"]];
const ZONES = typeof Intl.supportedValuesOf === "function" ? ["UTC", ...Intl.supportedValuesOf("timeZone")] : ["UTC", ZONE];

/** When: a usual one or a cron of one's own, with its zone. */
function whenFields(tools, current, crons = CRONS) {
  const text = tools.cron ?? current?.cron ?? crons[0][0], zone = tools.zone ?? current?.zone ?? ZONE;
  const usual = crons.some(([value]) => value === text) && !tools.own;
  return html`<div class="fields">${field("When", html`<select @change=${e => { tools.own = e.target.value === ""; if (e.target.value) tools.cron = e.target.value; tools.update(); }}>
      ${crons.map(([value, words]) => html`<option value=${value} ?selected=${usual && value === text}>${words}</option>`)}<option value="" ?selected=${!usual}>other…</option></select>`)}
    ${field("Cron", html`<input name="cron" class="mono" .value=${text} required spellcheck="false" autocomplete="off" @input=${e => { tools.cron = e.target.value; tools.own = true; tools.update(); }}>`, cron(text) === text ? "minute, hour, day, month, day of the week" : cron(text))}
    ${field("Time zone", html`<input name="zone" list="zones" .value=${zone} required spellcheck="false" @input=${e => { tools.zone = e.target.value; tools.update(); }}><datalist id="zones">${ZONES.map(z => html`<option value=${z}></option>`)}</datalist>`, wallClock(zone))}</div>`;
}

function wallClock(zone) {
  try {
    const clock = z => new Intl.DateTimeFormat("en-GB", { timeZone: z, hour: "2-digit", minute: "2-digit", timeZoneName: "short" }).format(Date.now());
    return zone === ZONE ? `It is ${clock(zone)}.` : `It is ${clock(zone)} there, ${clock(ZONE)} here.`;
  } catch {
    return "No such zone.";
  }
}

/** @param name of the database; null for the default of all */
export function scheduleForm(name, current) {
  return formDialog({
    title: name ? `Schedule of ${name}` : "Default schedule", wide: true, action: "Save",
    lead: name ? (current?.inherited ? "The default applies now. What you save here applies to this database alone." : null) : "For every database without its own schedule, also those registered later.",
    fields: tools => html`${whenFields(tools, current)}
      <div class="fields">${field("Jitter", html`<input name="jitter" .value=${current ? typed(current.jitter) : "0s"} spellcheck="false">`, "Spreads the start of many databases, such as 10m")}
        ${field("Method", select("method", [["AUTO", "Auto"], ["SCAN", "Scan"], ["ONLINE", "Online"], ["LOCKED_COPY", "Locked copy"], ["VACUUM", "Vacuum"], ["FILESYSTEM_SNAPSHOT", "File-system snapshot"]], current?.method ?? "AUTO"), "Auto suits nearly every database")}
        ${field("Verify", select("verify", [["AUTO", "Auto: full, once a day for large ones"], ["STORED", "Read the stored bytes back"], ["QUICK", "Quick check by SQLite"], ["FULL", "Full check by SQLite"], ["NONE", "None"]], current?.verify ?? "AUTO"), "What a backup must pass to succeed")}</div>
      ${checkbox("Skip when nothing was committed", "skipUnchanged", current?.skipUnchanged ?? true, "An unchanged database stays protected: its last snapshot is still current.")}
      ${checkbox("Paused", "paused", current?.paused ?? false, name ? "Also takes this database out of the default." : undefined)}`,
    submit: form => put(name ? path`databases/${name}/schedule` : "schedule", {
      cron: form.get("cron").trim(), zone: form.get("zone").trim(), jitter: form.get("jitter").trim() || "0s", method: form.get("method"), verify: form.get("verify"),
      skipUnchanged: form.has("skipUnchanged"), paused: form.has("paused"), ...(current && Object.keys(current.labels ?? {}).length ? { labels: current.labels } : {}),
    }),
  });
}

export function retentionWords(retention) {
  if (!retention || retention.source === "NONE") return "all";
  const p = retention.policy, words = [];
  if (p.last) words.push(`last ${p.last}`);
  for (const [key, unit] of [["hourly", "h"], ["daily", "d"], ["weekly", "w"], ["monthly", "m"], ["yearly", "y"]]) if (p[key]) words.push(`${p[key]} ${unit}`);
  if (p.within) words.push(`all of ${span(p.within)}`);
  if (p.labels?.length) words.push(p.labels.join(", "));
  if (p.maxAge) words.push(`none older than ${span(p.maxAge)}`);
  if (p.maxBytes) words.push(`at most ${bytes(p.maxBytes)}`);
  return words.join(" · ") || "all";
}

/** With what it would keep and delete, as it is typed. The default of all databases has no preview: each database has its own. */
export function retentionForm(name, current) {
  const policy = { ...(current?.policy ?? {}) };
  let preview = null, problem = null, timer, asked;
  const look = tools => {
    if (!name) return;
    clearTimeout(timer);
    timer = setTimeout(async () => {
      const asking = asked = {};
      let answer = null, refused = null;
      try {
        answer = await post(path`databases/${name}/retention/preview`, given(policy));
      } catch (error) {
        if (!(error instanceof Refused)) throw error;
        if (error.problem.status !== 401) refused = error.problem;
      }
      if (asked !== asking) return; // more was typed meanwhile
      preview = answer ?? preview;
      problem = refused;
      tools.update();
    }, 250);
  };
  const set = (tools, key, value) => { policy[key] = value === "" ? null : value; look(tools); };
  const count = (tools, key, words) => field(words, html`<input type="number" min="0" max="10000" name=${key} .value=${policy[key] ?? ""} @input=${e => set(tools, key, e.target.value === "" ? "" : Number(e.target.value))}>`);
  let begun = false;
  return formDialog({
    title: name ? `Retention of ${name}` : "Default retention", wide: true, action: "Save",
    lead: "A snapshot that any rule keeps stays, unless a limit removes it. Pinned snapshots and the newest good one always stay.",
    fields: tools => {
      if (!begun) { begun = true; look(tools); }
      return html`<h3>Keep the newest snapshot of each of the last</h3><div class="fields">${count(tools, "last", "Snapshots")}${count(tools, "hourly", "Hours")}${count(tools, "daily", "Days")}${count(tools, "weekly", "Weeks")}${count(tools, "monthly", "Months")}${count(tools, "yearly", "Years")}
        ${field("Keep all younger than", html`<input name="within" placeholder="2d" .value=${typed(policy.within)} @input=${e => set(tools, "within", e.target.value.trim())} spellcheck="false">`)}
        ${field("Keep all with label", html`<input name="labels" placeholder="release, keep=yes" .value=${(policy.labels ?? []).join(", ")} @input=${e => set(tools, "labels", e.target.value.split(",").map(x => x.trim()).filter(Boolean))} spellcheck="false">`)}</div>
      <h3>Limits</h3><div class="fields">${field("Delete older than", html`<input name="maxAge" placeholder="10y" .value=${typed(policy.maxAge)} @input=${e => set(tools, "maxAge", e.target.value.trim())} spellcheck="false">`)}
        ${field("Total size at most", html`<input name="maxBytes" placeholder="50GB" .value=${policy.maxBytes ?? ""} @input=${e => set(tools, "maxBytes", /^\d+$/.test(e.target.value.trim()) ? Number(e.target.value) : e.target.value.trim())} spellcheck="false">`)}
        ${field("Time zone of hours and days", html`<input name="zone" list="zones" .value=${policy.zone ?? "UTC"} @input=${e => set(tools, "zone", e.target.value.trim())} spellcheck="false">`)}</div>
      ${problem ? problemBox(problem) : preview ? fates(preview) : nothing}`;
    },
    submit: () => put(name ? path`databases/${name}/retention` : "retention", given(policy)),
  });
}

function fates(preview) {
  const gone = preview.snapshots.filter(s => !s.kept), kept = preview.snapshots.filter(s => s.kept);
  return html`<div class="card sunk stack" role="status"><p><strong>Would keep ${number(preview.kept)}, delete ${number(preview.snapshotsDeleted)}</strong>${preview.bytesFreed ? `, and free ${bytes(preview.bytesFreed)}` : ""}.</p>
    ${preview.snapshots.length ? html`<div class="scroll"><table><caption class="sr">What happens to each snapshot</caption><tbody>${[...gone.slice(0, 20), ...kept.slice(0, 30)].map(s => html`<tr><td>${whenTwice(s.createdAt)}</td><td>${s.kept ? state(["good", "Kept"]) : state(["bad", "Deleted"])}</td><td class="small">${s.kept ? s.rules.map(ruleWords).join(" · ") : { EXPIRED: "has expired", MAX_AGE: "too old", MAX_BYTES: "too much", NO_RULE: "no rule keeps it" }[s.reason]}</td></tr>`)}</tbody></table></div>${gone.length > 20 || kept.length > 30 ? html`<p class="small muted">The first of them are shown.</p>` : nothing}` : nothing}</div>`;
}

export function drillForm(name, current) {
  const assertions = (current?.assertions ?? []).map(a => ({ ...a }));
  return formDialog({
    title: `Drills of ${name}`, wide: true, action: "Save", lead: "Restores to a scratch directory, lets SQLite check the file, runs your assertions, measures the time, and deletes it again.",
    fields: tools => html`${whenFields(tools, current, [["0 5 * * SUN", "Sundays at 05:00"], ["0 4 * * *", "daily at 04:00"], ["0 3 1 * *", "monthly, on the 1st at 03:00"]])}
      <div class="fields">${field("Snapshot", select("snapshot", [["LATEST", "the newest snapshot"], ["RANDOM", "any snapshot"], ["MOMENT", "any moment, when followed"]], current?.snapshot ?? "LATEST"))}
        ${field("Check", select("verify", [["FULL", "Full"], ["QUICK", "Quick"]], current?.verify ?? "FULL"))}
        ${field("Read from copy", html`<input name="from" .value=${current?.from ?? ""} placeholder="the repository" spellcheck="false">`)}</div>
      <h3>Assertions</h3>${assertions.map((a, i) => html`<div class="row"><input class="mono" aria-label="Query" placeholder="SELECT count(*) FROM orders" size="40" .value=${a.sql} @input=${e => { a.sql = e.target.value; }} required spellcheck="false"><input aria-label="Expected" placeholder=">0" size="8" .value=${a.expect} @input=${e => { a.expect = e.target.value; }} required spellcheck="false"><button type="button" class="small" @click=${() => { assertions.splice(i, 1); tools.update(); }}>Remove</button></div>`)}
      <div><button type="button" class="small" @click=${() => { assertions.push({ sql: "", expect: ">0" }); tools.update(); }} ?disabled=${assertions.length >= 20}>Add an assertion</button></div>
      ${checkbox("Paused", "paused", current?.paused ?? false)}`,
    submit: form => put(path`databases/${name}/drill`, { cron: form.get("cron").trim(), zone: form.get("zone").trim(), snapshot: form.get("snapshot"), verify: form.get("verify"), from: form.get("from").trim() || null, paused: form.has("paused"), jitter: current?.jitter ?? null, assertions }),
  });
}

export function followForm(name, current) {
  return formDialog({
    title: `Follow ${name}`, wide: true, action: current ? "Save" : "Follow", lead: "Every commit reaches the repository about a second later, and any of them can be restored. The database must be in WAL mode on a local disk.",
    fields: () => html`<div class="fields">${field("Window", html`<input name="window" .value=${current ? typed(current.window) : "7d"} required spellcheck="false">`, "How far back any moment can be restored, from 1m to 366d")}
        ${field("Segment every", html`<input name="interval" .value=${current ? typed(current.interval) : "1s"} required spellcheck="false">`, "A commit is stored after this time, plus the upload")}
        ${field("Snapshot every", html`<input name="snapshotEvery" .value=${current ? typed(current.snapshotEvery) : "1h"} required spellcheck="false">`, "A moment is replayed from the snapshot before it: shorter makes restores faster")}
        ${field("WAL limit in MiB", html`<input name="walLimit" type="number" min="1" step="any" .value=${current?.walLimitBytes ? String(current.walLimitBytes / 1048576) : ""} placeholder="none">`, "Above it writers are held for an instant so that the WAL can restart. Only for writers that never pause")}</div>
      ${checkbox("Allow the spool on the disk of the database", "besideSource", current?.besideSource ?? false, "While the repository is away, waiting commits take disk space from the application. Needed only where the spool is on the same file system.")}`,
    submit: form => put(path`databases/${name}/follow`, { window: form.get("window").trim(), interval: form.get("interval").trim(), snapshotEvery: form.get("snapshotEvery").trim(), besideSource: form.has("besideSource"), walLimitBytes: form.get("walLimit").trim() ? Math.round(Number(form.get("walLimit")) * 1048576) : null }),
  });
}

export function demandsForm(d) {
  return formDialog({
    title: `Protection goals of ${d.name}`, wide: true, action: "Save",
    fields: () => html`<div class="fields">${field("Backup at most this old", html`<input name="maxAge" .value=${typed(d.maxAge)} spellcheck="false">`, "Older counts as Stale. Empty: the configured default")}
        ${field("Full check at most this old", html`<input name="maxFullCheckAge" .value=${typed(d.maxFullCheckAge)} spellcheck="false">`, "Empty: the configured default, or any age")}
        ${field("Copy required", select("requireCopy", [["", "the configured default"], ["true", "yes"], ["false", "no"]], String(d.requireCopy)))}
        <div class="wide">${field("Path", html`<input name="path" class="mono" .value=${d.givenPath} required spellcheck="false">`, "Change it when the file was moved")}</div>
        <div class="wide">${field("Labels", html`<textarea name="labels" rows="3" spellcheck="false">${Object.entries(d.labels).map(([k, v]) => v ? `${k}=${v}` : k).join("\n")}</textarea>`, "One per line, as key=value")}</div></div>`,
    submit: form => {
      const change = { maxAge: form.get("maxAge").trim() || null, maxFullCheckAge: form.get("maxFullCheckAge").trim() || null, requireCopy: { true: true, false: false }[form.get("requireCopy")] ?? null, labels: parseLabels(form.get("labels")) };
      const wanted = form.get("path").trim();
      return patch(path`databases/${d.name}`, wanted === d.givenPath ? change : { ...change, path: wanted });
    },
  });
}
