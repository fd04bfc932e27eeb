// What a page is: it loads, shows, hears of changes, and ends. The shell shows one at a time.
import { html, nothing } from "../vendor/lit-html.js";
import { Refused } from "./api.js";
import { problemBox, toast, problemDialog } from "./parts.js";

export class Page {
  /** @param route names and query of the address; @param shell what is around: me, can(scope), go(address) */
  constructor(route, shell) {
    this.route = route;
    this.shell = shell;
    this.leaving = new AbortController();
    this.loaded = false;
    this.problem = null;
  }

  /** For document.title; the name of the page for screen readers. */
  get title() { return "Afterimage"; }

  /** Gets what is shown. Called again when something changed. */
  async load() {}

  view() { return nothing; }

  /** Which events of the service this page wants to load anew for. */
  wants() { return true; }

  get signal() { return this.leaving.signal; }

  /** Loads, shows what went wrong. Never two at once: one that is asked for meanwhile follows. */
  async refresh() {
    if (this.refreshing) {
      this.again = true;
      return;
    }
    this.refreshing = true;
    try {
      do {
        this.again = false;
        await this.load();
        this.loaded = true;
        this.problem = null;
      } while (this.again && !this.signal.aborted);
    } catch (error) {
      if (error.name === "AbortError") return;
      if (!(error instanceof Refused)) throw error;
      if (error.problem.status !== 401) this.problem = error.problem; // the shell asks who it is
    } finally {
      this.refreshing = false;
      this.update();
    }
  }

  /** Shows what has changed, once for all changes of now. */
  update() {
    if (this.due || this.signal.aborted) return;
    this.due = true;
    queueMicrotask(() => {
      this.due = false;
      if (!this.signal.aborted) this.shell.show(this);
    });
  }

  render() {
    if (this.problem && (!this.loaded || this.problem.status === 404)) {
      return html`<div class="head"><div><h1 tabindex="-1">${this.title}</h1></div></div>
        ${problemBox(this.problem)}
        <div class="row"><button @click=${() => this.refresh()}>Try again</button></div>`;
    }
    return this.loaded ? this.view() : html`<h1 class="sr" tabindex="-1">${this.title}</h1><p class="muted" aria-busy="true">Loading…</p>`;
  }

  /**
   * Does what a button is for, tells how it went, and, unless said otherwise, loads anew. Returns what was answered, or undefined. The
   * button that was pressed does nothing more until then.
   */
  async act(what, done, anew = true) {
    const button = globalThis.event?.target?.closest?.("button");
    if (button?.ariaDisabled) return undefined;
    if (button) button.ariaDisabled = "true";
    try {
      const answer = await what();
      if (done) toast(typeof done === "function" ? done(answer) : done);
      if (anew) this.refresh(); else this.update();
      return answer ?? true;
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      if (error.problem.status !== 401) problemDialog(error.problem);
      return undefined;
    } finally {
      if (button) button.ariaDisabled = null;
    }
  }

  stop() {
    this.leaving.abort();
  }
}
