// The time line of a database as a picture: commits, snapshots, drills, gaps on one axis. A moment is picked on it.
import { html, svg, nothing, render } from "../vendor/lit-html.js";
import { get, path, query } from "./api.js";
import { absolute, axisLabel, bytes, number, offset, plural, precise, rough, ago, ms, SECOND, MINUTE, HOUR, DAY } from "./format.js";
import { segments } from "./parts.js";

const HEIGHT = 158, TOP = 30, AXIS = 108;
const SPANS = [["1h", "1 h", HOUR], ["1d", "24 h", DAY], ["7d", "7 days", 7 * DAY], ["30d", "30 days", 30 * DAY], ["1y", "1 year", 365 * DAY]];
const SHORTEST = 2 * SECOND, LONGEST = 20 * 365 * DAY;
const STEPS = [SECOND, 5 * SECOND, 15 * SECOND, MINUTE, 5 * MINUTE, 15 * MINUTE, HOUR, 3 * HOUR, 6 * HOUR, DAY, 2 * DAY, 7 * DAY, 30 * DAY, 91 * DAY, 365 * DAY];
const PIECES = [0.1, 0.25, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400, 172800, 604800, 2592000].map(s => s * SECOND);

let made = 0;

export class TimeLine {
  /** @param picked called with what was chosen, or null: {at, snapshot, exact, text} */
  constructor(database, { signal, picked, span = 7 * DAY }) {
    this.database = database;
    this.signal = signal;
    this.picked = picked;
    this.id = `timeline-${++made}`;
    this.element = document.createElement("div");
    this.element.className = "stack";
    this.width = 900;
    this.span = span;
    this.to = null; // null: now, and goes with it
    this.cursor = null;
    this.choice = null;
    this.sizes = new ResizeObserver(entries => {
      const width = Math.round(entries[0].contentRect.width);
      if (width > 0 && width !== this.width) {
        this.width = width;
        this.draw();
      }
    });
    this.sizes.observe(this.element);
    signal.addEventListener("abort", () => this.sizes.disconnect());
  }

  get end() { return this.to ?? this.now; }
  get begin() { return this.end - this.span; }

  async load() {
    this.now = Date.now() + SECOND;
    const from = new Date(this.begin).toISOString(), to = new Date(this.end).toISOString();
    const wanted = this.span / (this.width / 5), piece = PIECES.find(p => p >= wanted) ?? PIECES.at(-1);
    const asked = this.asked = {};
    const [line, snapshots, drills] = await Promise.all([
      get(path`databases/${this.database}/timeline` + query({ from, to, resolution: `${piece}ms` }), { signal: this.signal }),
      get(path`databases/${this.database}/snapshots` + query({ from, to, limit: 500 }), { signal: this.signal }),
      get(path`databases/${this.database}/drills?limit=200`, { signal: this.signal }),
    ]);
    if (this.asked !== asked) return undefined; // another range was asked for meanwhile
    Object.assign(this, { line, piece, snapshots: snapshots.items.toReversed(), more: Boolean(snapshots.nextCursor) });
    if (!this.shown) { // what is known is not to be one bar at the edge
      this.shown = true;
      const first = Math.min(...[this.snapshots[0]?.createdAt, line.activity[0]?.from].filter(Boolean).map(ms), this.now), known = line.activity.length && line.reachable.length ? Math.min(...line.reachable.filter(r => r.first).map(r => ms(r.first.at)), this.now) : first;
      const long = Math.max((this.now - known) * 1.08, 2 * MINUTE), preset = SPANS.find(([, , span]) => span > long)?.[2] ?? this.span, fitting = long < preset * 0.6 ? long : preset;
      if (fitting < this.span) {
        this.span = fitting;
        return this.load();
      }
    }
    this.drills = drills.items.filter(drill => ms(drill.finishedAt) >= this.begin && ms(drill.finishedAt) <= this.end);
    this.draw();
    return undefined;
  }

  x(time) { return ((ms(time) - this.begin) / this.span) * this.width; }
  time(x) { return this.begin + (x / this.width) * this.span; }

  show(span, to = null) {
    this.span = Math.min(LONGEST, Math.max(SHORTEST, span));
    this.to = to !== null && to >= Date.now() ? null : to;
    this.cursor = null;
    this.load().catch(() => {}); // the page says when the service is away
    this.draw();
  }

  zoom(factor, around = this.choice?.at ?? (this.begin + this.end) / 2) {
    const span = Math.min(LONGEST, Math.max(SHORTEST, this.span * factor)), share = (around - this.begin) / this.span;
    this.show(span, this.to === null && share > 0.98 ? null : around + (1 - share) * span); // at the edge of now it stays there
  }

  /** What there is at a time: whether it can be restored, and what is near. */
  at(time) {
    const line = this.line, near = this.snapshots.findLast(s => ms(s.createdAt) <= time);
    const part = line.reachable.find(r => r.first && time >= ms(r.first.at) && time <= ms(r.until))
      ?? line.reachable.findLast(r => r.first && this.to === null && time > ms(r.until) && time - ms(r.until) < Math.max(5 * SECOND, 2 * this.piece)); // the edge of now
    const gap = line.gaps.find(g => time > ms(g.from) && time < ms(g.to) && g.how !== "BEGUN");
    const activity = line.activity.find(a => time >= ms(a.from) && time < ms(a.from) + this.piece);
    const schema = line.schemaChanges.find(c => Math.abs(this.x(c.at) - this.x(time)) < 5);
    return { time, near, part, gap, activity, schema };
  }

  choose(time, snapshot) {
    if (time === null) {
      this.choice = null;
    } else {
      const found = this.at(time);
      const exact = Boolean(found.part) && !snapshot;
      const taken = snapshot ?? (exact ? null : found.near ?? null);
      this.choice = { at: taken ? ms(taken.createdAt) : exact ? Math.min(time, ms(found.part.until)) : time, exact, snapshot: taken, gap: exact ? null : found.gap, schema: exact ? found.schema : null, nothing: !exact && !taken };
    }
    this.picked(this.choice);
    this.draw();
  }

  text({ time, near, gap, activity, schema, part }) {
    const said = [precise(time)];
    if (schema) said.push(`the schema changed, commit ${number(schema.commit)}`);
    if (activity) said.push(`${plural(activity.commits, "commit")} in ${rough(this.piece) === "0 s" ? "this moment" : rough(this.piece)}`);
    if (gap) said.push("gap: what was committed here is not known");
    else if (near && this.x(time) - this.x(near.createdAt) < 7) said.push("snapshot");
    else if (!part && near) said.push(`snapshot ${rough(time - ms(near.createdAt))} before`);
    else if (!part && !near) said.push("nothing from before this");
    return said.join(" · ");
  }

  draw() {
    if (!this.line) {
      render(html`<p class="muted">Loading…</p>`, this.element);
      return;
    }
    const chosen = SPANS.find(([, , span]) => span === this.span && this.to === null)?.[0];
    render(html`<div class="row">
        ${segments("Length of time", SPANS.map(([value, words]) => [value, words]), chosen, value => this.show(SPANS.find(s => s[0] === value)[2]))}
        <div class="segments" role="group" aria-label="Move and zoom">
          <button type="button" aria-label="Earlier" title="Earlier" @click=${() => this.show(this.span, this.end - this.span / 2)}>◀</button>
          <button type="button" aria-label="Later" title="Later" ?disabled=${this.to === null} @click=${() => this.show(this.span, this.end + this.span / 2)}>▶</button>
          <button type="button" aria-label="Zoom in" title="Zoom in" @click=${() => this.zoom(0.4)}>+</button>
          <button type="button" aria-label="Zoom out" title="Zoom out" @click=${() => this.zoom(2.5)}>−</button></div>
        <span class="small muted right hide-narrow">drag to zoom · click a moment</span></div>
      <div class="timeline" tabindex="0" role="slider" aria-label="Moment" aria-describedby="${this.id}-help" aria-valuemin=${Math.round(this.begin / 1000)} aria-valuemax=${Math.round(this.end / 1000)}
        aria-valuenow=${Math.round((this.cursor ?? this.choice?.at ?? this.end) / 1000)} aria-valuetext=${this.text(this.at(this.cursor ?? this.choice?.at ?? this.end))}
        @pointermove=${e => this.moved(e)} @pointerdown=${e => this.pressed(e)} @pointerup=${e => this.released(e)} @pointerleave=${() => this.left()} @pointercancel=${() => { this.drag = null; this.left(); }}
        @keydown=${e => this.key(e)} @blur=${() => { this.cursor = null; this.draw(); }}>${this.picture()}</div>
      <p class="sr" id="${this.id}-help">Arrow keys move, with Shift from snapshot to snapshot, plus and minus zoom, Enter picks. ${this.summary()}</p>
      ${this.legend()}`, this.element);
  }

  summary() {
    const commits = this.line.activity.reduce((sum, a) => sum + a.commits, 0), gaps = this.line.gaps.filter(g => g.how !== "BEGUN").length;
    return `From ${absolute(this.begin)} to ${absolute(this.end)}: ${plural(commits, "commit")}, ${plural(this.snapshots.length, "snapshot")}, ${plural(this.drills.length, "drill")}, ${plural(gaps, "gap")}.`;
  }

  picture() {
    const W = this.width, id = this.id, line = this.line, clip = x => Math.min(W, Math.max(0, x));
    const most = Math.max(1, ...line.activity.map(a => a.commits)), pieceWidth = Math.max(1.5, (this.piece / this.span) * W - 1);
    const cursor = this.cursor === null ? null : this.at(this.cursor);
    return html`<svg viewBox="0 0 ${W} ${HEIGHT}" height=${HEIGHT} aria-hidden="true">
      <defs><pattern id="hatch" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><line class="hatch" x1="0" y1="0" x2="0" y2="6"></line></pattern></defs>
      ${this.ticks().map(t => svg`<line class="tick" x1=${this.x(t)} x2=${this.x(t)} y1=${TOP} y2=${AXIS + 6}></line><text x=${Math.min(this.x(t) + 5, W - 46)} y=${HEIGHT - 6}>${axisLabel(t, this.step)}</text>`)}
      ${line.reachable.filter(r => r.first).map(r => { const a = clip(this.x(r.first.at)), b = clip(this.x(r.until)); return b > a ? svg`<rect class="reach" x=${a} y=${TOP} width=${b - a} height=${AXIS - TOP}></rect><line class="reach-edge" x1=${a} x2=${b} y1=${TOP} y2=${TOP}></line>` : nothing; })}
      ${line.activity.length ? line.activity.map(a => { const h = 3 + (a.commits / most) * (AXIS - TOP - 12); return svg`<rect class="commits ${cursor?.activity === a ? "on" : ""}" x=${this.x(a.from)} y=${AXIS - h} width=${pieceWidth} height=${h} rx=${Math.min(1.5, pieceWidth / 2)}></rect>`; }) : this.size()}
      ${line.gaps.filter(g => g.how !== "BEGUN").map(g => { const a = clip(this.x(g.from)), b = clip(this.x(g.to)), w = Math.max(3, b - a); return svg`<rect class="gap-ground" x=${a} y=${TOP} width=${w} height=${AXIS - TOP}></rect><rect class="gap" x=${a} y=${TOP} width=${w} height=${AXIS - TOP}></rect>`; })}
      <line class="axis" x1="0" x2=${W} y1=${AXIS} y2=${AXIS}></line>
      ${line.schemaChanges.map(c => svg`<path class="schema" d=${`M${this.x(c.at)} ${TOP - 4}l4 4l-4 4l-4 -4z`}></path>`)}
      ${this.snapshots.map(s => svg`<path class="snap ${snapKind(s)} ${this.choice?.snapshot?.id === s.id ? "on" : ""}" d=${`M${this.x(s.createdAt)} ${AXIS + 3}l5 8h-10z`}></path>`)}
      ${this.drills.map(d => svg`<circle class="drill ${d.passed ? "" : "failed"}" cx=${this.x(d.finishedAt)} cy=${AXIS + 20} r="4"></circle>`)}
      ${this.drag?.to ? svg`<rect class="chosen" x=${Math.min(this.drag.from, this.drag.to)} width=${Math.abs(this.drag.from - this.drag.to)} y=${TOP} height=${AXIS - TOP}></rect>` : nothing}
      ${this.choice && !this.choice.nothing ? this.head(this.choice.at, this.choice.snapshot ? `Snapshot of ${precise(this.choice.at)}` : precise(this.choice.at), "head") : nothing}
      ${cursor ? this.head(cursor.time, this.text(cursor), "hover") : nothing}</svg>`;
  }

  /** The line of a moment with its words, on the side where there is room. */
  head(time, words, kind) {
    const x = this.x(time);
    if (x < -1 || x > this.width + 1) return nothing;
    const most = Math.floor(Math.max(x, this.width - x) / 6.6), said = words.length > most ? words.slice(0, most - 1) + "…" : words;
    const left = x > this.width / 2, y = kind === "head" ? 14 : 12;
    if (kind === "head" && this.cursor !== null) words = "";
    return svg`<line class="${kind}-line" x1=${x} x2=${x} y1=${y} y2=${AXIS}></line>${kind === "head" ? svg`<circle class="head-dot" cx=${x} cy=${y} r="4"></circle>` : nothing}
      ${words ? svg`<text class="label" x=${left ? x - 9 : x + 9} y=${y + 4} text-anchor=${left ? "end" : "start"}>${said}</text>` : nothing}`;
  }

  /** Where nothing is known of commits, at least how large it was. */
  size() {
    const s = this.snapshots;
    if (s.length < 2) return nothing;
    const most = Math.max(...s.map(x => x.sizeBytes)), y = size => AXIS - (size / most) * (AXIS - TOP - 14);
    let d = `M${this.x(s[0].createdAt)} ${AXIS}`;
    s.forEach((snapshot, i) => {
      d += `L${this.x(snapshot.createdAt)} ${y(snapshot.sizeBytes)}`;
      if (s[i + 1]) d += `L${this.x(s[i + 1].createdAt)} ${y(snapshot.sizeBytes)}`;
    });
    d += `L${this.x(this.to === null ? this.end : s.at(-1).createdAt)} ${y(s.at(-1).sizeBytes)}V${AXIS}Z`;
    return svg`<path class="trend-fill" d=${d}></path>`;
  }

  ticks() {
    const wanted = this.span / (this.width / 110);
    this.step = STEPS.find(step => step >= wanted) ?? STEPS.at(-1);
    const shift = offset(this.end), ticks = [];
    for (let t = Math.ceil((this.begin + shift) / this.step) * this.step - shift; t < this.end; t += this.step) {
      ticks.push(t + (shift - offset(t))); // where the clocks change between, midnight stays midnight
    }
    return ticks.filter(t => this.x(t) < this.width - 30);
  }

  legend() {
    const { line, snapshots, drills } = this, kinds = new Set(snapshots.map(snapKind)), gaps = line.gaps.filter(g => g.how !== "BEGUN");
    const sign = content => html`<svg viewBox="0 0 14 14" aria-hidden="true">${content}</svg>`;
    const snap = kind => sign(svg`<path class="snap ${kind}" d="M7 2l5 9H2z"></path>`);
    return html`<ul class="legend">
      ${line.activity.length ? html`<li>${sign(svg`<rect class="commits" width="14" height="14" rx="2"></rect>`)}commits${line.activity.length ? `, ${number(line.activity.reduce((sum, a) => sum + a.commits, 0))}` : ""}</li>` : snapshots.length > 1 ? html`<li>${sign(svg`<rect class="trend-fill" width="14" height="14" rx="2"></rect>`)}size, at most ${bytes(Math.max(...snapshots.map(s => s.sizeBytes)))}</li>` : nothing}
      ${line.reachable.length ? html`<li>${sign(svg`<rect class="reach" width="14" height="14"></rect><line class="reach-edge" x1="0" x2="14" y1="1" y2="1"></line>`)}any moment can be restored</li>` : nothing}
      ${kinds.has("") ? html`<li>${snap("")}snapshot, checked by SQLite</li>` : nothing}
      ${kinds.has("stored") ? html`<li>${snap("stored")}snapshot, stored bytes proven</li>` : nothing}
      ${kinds.has("none") ? html`<li>${snap("none")}snapshot, not checked</li>` : nothing}
      ${kinds.has("failed") ? html`<li>${snap("failed")}snapshot, damaged</li>` : nothing}
      ${drills.length ? html`<li>${sign(svg`<circle class="drill" cx="7" cy="7" r="5"></circle>`)}drill${drills.some(d => !d.passed) ? ", red when it failed" : " passed"}</li>` : nothing}
      ${line.schemaChanges.length ? html`<li>${sign(svg`<path class="schema" d="M7 2l5 5l-5 5l-5 -5z"></path>`)}schema changed</li>` : nothing}
      ${gaps.length ? html`<li>${sign(svg`<rect class="gap" width="14" height="14"></rect>`)}${gaps.length === 1 ? `gap of ${rough(ms(gaps[0].to) - ms(gaps[0].from))}` : `${gaps.length} gaps`}</li>` : nothing}
      ${!snapshots.length ? html`<li>No snapshot in this time</li>` : nothing}${this.more ? html`<li>the newest 500 snapshots of this time: zoom in for others</li>` : nothing}</ul>`;
  }

  place(event) {
    const box = event.currentTarget.getBoundingClientRect();
    return Math.min(this.width, Math.max(0, event.clientX - box.left));
  }

  moved(event) {
    const x = this.place(event);
    this.cursor = Math.min(this.time(x), Date.now());
    if (this.drag && Math.abs(x - this.drag.from) > 6) this.drag.to = x;
    this.draw();
  }

  pressed(event) {
    if (event.button !== 0) return;
    this.drag = { from: this.place(event), to: null };
    event.currentTarget.setPointerCapture(event.pointerId);
  }

  released(event) {
    const drag = this.drag, x = this.place(event), y = event.clientY - event.currentTarget.getBoundingClientRect().top;
    this.drag = null;
    if (!drag) return;
    if (drag.to !== null) {
      const [a, b] = [this.time(Math.min(drag.from, drag.to)), this.time(Math.max(drag.from, drag.to))];
      this.show(b - a, b);
      return;
    }
    const close = this.snapshots.toSorted((a, b) => Math.abs(this.x(a.createdAt) - x) - Math.abs(this.x(b.createdAt) - x))[0];
    const onIt = close && Math.abs(this.x(close.createdAt) - x) < 8 && y > AXIS - 4;
    const time = Math.min(this.time(x), Date.now());
    this.choose(time, onIt ? close : undefined);
  }

  left() {
    if (!this.drag) {
      this.cursor = null;
      this.draw();
    }
  }

  key(event) {
    const now = this.cursor ?? this.choice?.at ?? this.end, back = event.key === "ArrowLeft" || event.key === "ArrowDown", forth = event.key === "ArrowRight" || event.key === "ArrowUp";
    if ((back || forth) && event.shiftKey) {
      const times = this.snapshots.map(s => ms(s.createdAt));
      this.cursor = (back ? times.findLast(t => t < now - 1) : times.find(t => t > now + 1)) ?? now;
    } else if (back || forth) {
      this.cursor = Math.min(this.end, Math.max(this.begin, now + (back ? -1 : 1) * Math.max(this.piece, this.span / 200)), Math.max(Date.now(), this.begin));
    } else if (event.key === "Home" || event.key === "End") {
      this.cursor = event.key === "Home" ? this.begin : Math.min(this.end, Date.now());
    } else if (event.key === "+" || event.key === "-") {
      this.zoom(event.key === "+" ? 0.4 : 2.5, now);
    } else if (event.key === "Enter" || event.key === " ") {
      const snapshot = this.snapshots.find(s => ms(s.createdAt) === now);
      this.choose(now, snapshot);
    } else if (event.key === "Escape") {
      this.choose(null);
    } else {
      return;
    }
    event.preventDefault();
    this.draw();
  }
}

export function snapKind(snapshot) {
  if (snapshot.state === "QUARANTINED" || snapshot.verification === "FAILED") return "failed";
  if (snapshot.verification !== "PASSED") return "none";
  return snapshot.level === "FULL" || snapshot.level === "QUICK" ? "" : "stored";
}
