// The frame around all pages: who is signed in, where one is, what comes next.
import { html, nothing, render } from "../vendor/lit-html.js";
import { get, post, remove, watch, Refused } from "./api.js";
import { listen } from "./events.js";
import { Page } from "./page.js";
import { link, toast } from "./parts.js";

const PAGES = [
  [/^$/, [], "overview"],
  [/^databases$/, [], "databases"],
  [/^databases\/([^/]+)$/, ["name"], "database"],
  [/^restore$/, [], "restore"],
  [/^restore\/([^/]+)$/, ["name"], "restore"],
  [/^look\/([^/]+)$/, ["state"], "look"],
  [/^jobs$/, [], "jobs"],
  [/^jobs\/([^/]+)$/, ["id"], "job"],
  [/^groups\/([^/]+)$/, ["id"], "group"],
  [/^storage$/, [], "storage"],
  [/^access$/, [], "access"],
  [/^settings$/, [], "settings"],
  [/^start$/, [], "start"],
  [/^kit$/, [], "kit"],
];

const icon = d => html`<svg viewBox="0 0 20 20" fill="none" stroke="currentColor" stroke-width="1.6" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true"><path d=${d}></path></svg>`;
const RAIL = [
  ["", "Overview", icon("M3 10.5 10 4l7 6.5M5.5 9v7h9V9")],
  ["databases", "Databases", icon("M4 5.5C4 4.1 6.7 3 10 3s6 1.1 6 2.5v9c0 1.4-2.7 2.5-6 2.5s-6-1.1-6-2.5zM4 5.5C4 6.9 6.7 8 10 8s6-1.1 6-2.5M4 10c0 1.4 2.7 2.5 6 2.5s6-1.1 6-2.5")],
  ["jobs", "Jobs", icon("M3 5h14M3 10h9M3 15h5M15 12.5v5M15 17.5l2-2M15 17.5l-2-2")],
  ["storage", "Storage", icon("M3 4h14v4.5H3zM3 11.5h14V16H3zM6 6.2h.1M6 13.7h.1")],
  ["access", "Access", icon("M8 12a4 4 0 1 1 2.8-1.2L17 17v-3M14 14v2")],
  ["settings", "Settings", icon("M3 6h8M15 6h2M3 14h2M9 14h8M13 4v4M7 12v4")],
];

export const mark = html`<svg viewBox="0 0 24 24" aria-hidden="true"><circle cx="9" cy="12" r="7" fill="var(--accent)"></circle><circle cx="15" cy="12" r="7" fill="none" stroke="var(--bad)" stroke-width="1.6" stroke-dasharray="2.4 2.4"></circle></svg>`;


const LEVEL = { READ: 0, OPERATE: 1, ADMIN: 2 };
const FIRST_WAIT = 2000, LONGEST_WAIT = 10_000;

class Shell {
  me = null;
  counts = {};
  lost = false;
  page = null;
  root = document.getElementById("app");

  async start() {
    watch({ signedOut: () => this.signedOut(), reached: ok => this.reached(ok) });
    addEventListener("hashchange", () => this.open());
    document.querySelector(".skip").addEventListener("click", event => {
      event.preventDefault();
      document.getElementById("main")?.focus();
    });
    document.addEventListener("visibilitychange", () => { if (!document.hidden) this.heard({ type: "again" }); });
    setInterval(() => { if (!document.hidden) this.page?.update(); }, 10_000); // relative times
    this.root.replaceChildren();
    render(html`<p class="alone muted" aria-busy="true">Loading…</p>`, this.root);
    await this.enter();
  }

  /** Asks who is signed in, and shows the page of the address or the way in. */
  async enter() {
    try {
      this.me = await get("me", { quiet: true });
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      if (error.problem.status === 401) return this.signIn();
      this.lost = true;
      this.waitForService();
      render(html`<div class="sign-in"><main class="card" id="main" tabindex="-1"><div class="mark">${mark}Afterimage</div><h1>${error.problem.title}</h1><p>${error.problem.detail}</p><p class="muted">${error.problem.hint}</p></main></div>`, this.root);
      return undefined;
    }
    this.lost = false;
    this.listen();
    return this.open();
  }

  listen() {
    this.events?.stop();
    this.events = listen(event => this.heard(event));
    this.countAnew();
  }

  can(scope) {
    return LEVEL[this.me?.scope] >= LEVEL[scope];
  }

  /** Whether all databases exist for whoever is signed in. */
  get whole() {
    return !this.me?.databases;
  }

  go(address) {
    location.hash = address;
  }

  async open() {
    if (!this.me) return;
    const [way, search = ""] = location.hash.replace(/^#\/?/, "").split("?");
    for (const [pattern, names, module] of PAGES) {
      const found = pattern.exec(way);
      if (!found) continue;
      const route = { module, way, query: new URLSearchParams(search) };
      names.forEach((name, i) => { route[name] = decodeURIComponent(found[i + 1]); });
      if (this.page?.stay?.(route)) return; // the same page with other parameters
      this.arrived = Boolean(this.page);
      this.take(new Page(route, this)); // says that it loads, until its own module is there
      const page = await this.made(route);
      if (!page) return;
      this.take(page);
      scrollTo(0, 0);
      await page.refresh();
      return;
    }
    this.go("#/");
  }

  take(page) {
    this.page?.stop();
    this.page = page;
    this.show(page);
  }

  /** The page of the address; null when somebody has gone on meanwhile, or while its module cannot be had. */
  async made(route) {
    const waiting = this.page;
    let module;
    try {
      module = await import(`./${route.module}.js`);
    } catch (error) {
      if (!(error instanceof TypeError)) throw error;
      this.reached(false); // whoever waits for the service opens the page again
      return null;
    }
    if (this.page !== waiting) return null;
    return new module.default(route, this);
  }

  show(page) {
    if (page !== this.page || !this.me) return;
    document.title = page.title === "Afterimage" ? page.title : `${page.title} · Afterimage`;
    const here = page.route.way.split("/")[0];
    const section = { restore: "databases", look: "databases", start: "databases", kit: "storage" }[here] ?? here;
    render(html`<div class="frame"><nav class="rail" aria-label="Main">
        <a class="mark" href="#/">${mark}Afterimage</a>
        <ul>${RAIL.map(([way, name, picture]) => html`<li><a href=${link(way)} aria-current=${section === way ? "page" : nothing}>${picture}${name}${this.count(way)}</a></li>`)}</ul>
        <div class="who"><div>${this.me.name ? html`Signed in as <strong>${this.me.name}</strong>` : "Signed in"} · ${(this.me.scope ?? "").toLowerCase()}</div>
          <div><button class="plain" @click=${() => this.signOut()}>Sign out</button></div></div>
      </nav>
      <div>${this.lost ? html`<div class="strip" role="alert">The service does not answer. What you see is what was known before; this page goes on by itself.</div>` : nothing}
      <main id="main" tabindex="-1">${page.render()}</main></div></div>`, this.root);
    if (this.arrived && page.loaded) { // a screen reader is told where it is
      this.arrived = false;
      const heading = document.querySelector("main h1");
      if (heading) {
        heading.tabIndex = -1;
        heading.focus({ preventScroll: true });
      }
    }
  }

  count(way) {
    const { databases, bad, running } = this.counts;
    if (way === "databases" && bad) return html`<span class="count bad" title="not protected">${bad}</span>`;
    if (way === "databases" && databases) return html`<span class="count plain">${databases.toLocaleString("en")}</span>`;
    if (way === "jobs" && running) return html`<span class="count" title="running">${running}</span>`;
    return nothing;
  }

  /** What the rail counts: of a summary that somebody has asked for. */
  told(summary) {
    this.counts = { databases: summary.databases, bad: summary.databases - summary.protection.PROTECTED, running: summary.jobsRunning.length };
  }

  countAnew() {
    clearTimeout(this.counting);
    this.counting = setTimeout(async () => {
      if (!this.me || this.page?.route.module === "overview") return; // it has asked
      try {
        this.told(await get("summary"));
        this.page?.update();
      } catch (error) {
        if (!(error instanceof Refused)) throw error; // the page says it
      }
    }, 500);
  }

  /** Pages load anew at most each second, and only when somebody looks. */
  heard(event) {
    if (document.hidden || !this.me || this.lost) return;
    if (event.type !== "job" || event.data?.state !== "RUNNING") this.countAnew();
    if (!this.page || this.page.heard?.(event) || !this.page.wants(event)) return;
    if (this.soon) return;
    this.soon = setTimeout(() => {
      this.soon = undefined;
      this.page?.refresh();
    }, event.type === "again" ? 0 : 1000);
  }

  reached(ok) {
    if (ok === !this.lost) return;
    this.lost = !ok;
    if (!ok) this.waitForService();
    this.page?.update();
  }

  /** Asks ever more slowly: many may wait. What could not be loaded meanwhile is loaded when it answers. */
  waitForService(wait = FIRST_WAIT) {
    clearTimeout(this.waiting);
    this.waiting = setTimeout(async () => {
      try {
        await get("me", { quiet: true });
      } catch (error) {
        if (!(error instanceof Refused)) throw error;
        if (error.problem.status === 401) this.me ? this.signedOut() : this.signIn(); else this.waitForService(Math.min(wait * 1.5, LONGEST_WAIT));
        return;
      }
      if (!this.page) return void this.enter();
      this.events?.now();
      if (this.page.constructor === Page) this.open(); else if (!this.page.loaded) this.page.refresh(); else this.heard({ type: "again" });
    }, wait);
  }

  /** Before whatever is shown, with all that was typed there: whoever signs in again goes on with it, if he may do as much. */
  async signedOut() {
    if (!this.me) return;
    const before = this.me, at = location.hash;
    this.me = null;
    this.events?.stop();
    const door = document.createElement("dialog");
    door.className = "door";
    door.addEventListener("cancel", event => event.preventDefault());
    door.addEventListener("close", () => { if (door.isConnected) door.showModal(); }); // a second Escape does not ask
    document.body.append(door);
    await new Promise(resolve => {
      this.signIn("Your session has ended. Sign in again to return to this page: what you typed is still there.", door, resolve);
      door.showModal();
      door.querySelector("input").focus();
    });
    const me = await get("me", { quiet: true }).catch(() => null);
    door.remove();
    if (me && location.hash === at && mayAsMuch(me, before)) {
      this.me = me;
      this.listen();
      this.page.refresh();
      return;
    }
    document.querySelectorAll("dialog").forEach(dialog => dialog.close());
    this.page?.stop();
    this.page = null;
    await this.enter();
  }

  async signOut() {
    try {
      await remove("session");
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      toast(error.problem.detail, true);
      return;
    }
    this.me = null;
    this.events?.stop();
    this.page?.stop();
    this.page = null;
    location.hash = "#/";
    this.signIn("You are signed out.");
  }

  /** @param into where the form is shown @param entered called when somebody has signed in */
  signIn(note, into = this.root, entered = () => this.enter()) {
    let problem = null, busy = false;
    document.title = "Sign in · Afterimage";
    const draw = () => render(html`<div class="sign-in"><main class="card" id=${into === this.root ? "main" : nothing} tabindex="-1">
      <div class="mark">${mark}Afterimage</div>
      <div class="stack tight"><h1>Sign in</h1><p class="muted">${note ?? "Every commit of your SQLite databases, proven and restorable."}</p></div>
      <form @submit=${async event => {
        event.preventDefault();
        busy = true;
        draw();
        try {
          await post("session", { token: event.target.elements.token.value.trim() }, { quiet: true });
          event.target.reset();
          return entered();
        } catch (error) {
          if (!(error instanceof Refused)) throw error;
          problem = error.problem;
        }
        busy = false;
        draw();
        into.querySelector("input").focus();
        return undefined;
      }}>
        <label class="field"><span>Token</span><input id="token" name="token" type="password" autocomplete="current-password" required autofocus spellcheck="false"
          aria-invalid=${problem ? "true" : nothing} aria-describedby="token-hint"></label>
        ${problem ? html`<p class="bad small" role="alert">${problem.status === 401 ? "This token is not accepted. It may have expired or been revoked." : problem.detail}</p>` : nothing}
        <button class="primary" ?disabled=${busy}>Sign in</button>
        <p class="small muted" id="token-hint">The first one is in <code>admin-token</code> in the service's home. It is exchanged for a session and not kept in this browser.</p>
      </form></main></div>`, into);
    draw();
    into.querySelector("input").focus();
  }
}

/** Whether what is on the page of one is for the other, too. */
function mayAsMuch(now, before) {
  const databases = now.databases && new Set(now.databases);
  return LEVEL[now.scope] >= LEVEL[before.scope] && (!databases || Boolean(before.databases?.every(d => databases.has(d))));
}

new Shell().start();
