// What somebody needs on the day on which this service is gone, on one page to print.
import { html, nothing } from "../vendor/lit-html.js";
import { get, Refused } from "./api.js";
import { absolute, plural, record } from "./format.js";
import { Page } from "./page.js";
import { empty, facts, table, toast } from "./parts.js";

export default class Kit extends Page {
  get title() { return "Recovery kit"; }
  wants() { return false; }

  async load() {
    if (!this.shell.whole) return;
    const none = promise => promise.catch(error => { if (error instanceof Refused && [403, 404].includes(error.problem.status)) return null; throw error; });
    const [repository, copies, keys, databases] = await Promise.all([get("repository", { signal: this.signal }), get("repository/copies", { signal: this.signal }), this.shell.can("ADMIN") ? none(get("repository/keys", { signal: this.signal })) : null, get("databases?limit=500", { signal: this.signal })]);
    Object.assign(this, { repository, copies, keys: keys?.items ?? [], databases: databases.items, more: Boolean(databases.nextCursor) });
  }

  view() {
    if (!this.shell.whole) return html`<div class="head"><div><h1>Recovery kit</h1></div></div>${empty("It is about the whole service", "Your token is limited to some databases.")}`;
    const r = this.repository, places = [r.location, ...this.copies.map(c => c.location)], open = r.sealed ? " --passphrase-file passphrase" : "", sample = this.databases[0]?.name ?? "orders";
    return html`<div class="head"><div><p class="crumbs"><a href="#/storage">Storage</a></p><h1>Recovery kit</h1><p class="lead">Print it, or keep it where this machine is not. With it, everything can be restored without this service and without its disk.</p></div>
        <div class="actions"><button @click=${() => print()}>Print</button><button class="primary" @click=${() => this.kept()}>I saved it</button></div></div>
      <section class="card stack"><h2>1. Where it is stored</h2>${table([["What"], ["Where"]], html`<tr><td>Repository</td><td><code>${r.location}</code></td></tr>${this.copies.map(c => html`<tr><td>Copy ${c.name}</td><td><code>${c.location}</code></td></tr>`)}`, { caption: "Locations" })}
        ${facts([["Identity", html`<code>${r.id}</code>`]], "left")}
        ${this.copies.length ? nothing : html`<p class="note bad">There is only one place. When it is lost, nothing can be restored.</p>`}
        ${places.some(p => p.includes("://")) ? html`<p class="note">Keep the access key of the bucket or server with this page: it is in no backup.</p>` : nothing}</section>
      <section class="card stack"><h2>2. What opens it</h2>${r.sealed ? html`<p>The repository is sealed. <strong>Whoever loses all of these has lost all snapshots</strong>; nobody can help then.</p>${table([["Key"], ["Kind"], ["Since"]], this.keys.map(k => html`<tr><td>${k.name}</td><td>${k.method === "PASSPHRASE" ? "a passphrase" : "a key file"}</td><td>${record(k.createdAt)}</td></tr>`), { caption: "Keys" })}
        ${this.keys.length < 2 ? html`<p class="note bad">There is only one key. Make a second for a safe:</p><pre>java -jar afterimage.jar keys add --repository ${r.location} --passphrase-file passphrase --new-key-file safe.key --name safe</pre>` : nothing}<p>Keep a passphrase or a key file with this page, in an envelope. This page has none of them.</p>` : html`<p>Nothing: the repository is not sealed. Whoever can read the storage can read all snapshots.</p>`}</section>
      <section class="card stack"><h2>3. One database, at once</h2><p>Any machine with Java 25 and <code>afterimage.jar</code>; nothing in the repository is changed.</p>
        <pre>java -jar afterimage.jar list --repository ${r.location}${open}
java -jar afterimage.jar extract --repository ${r.location}${open} --database ${sample} --to ${sample}.db</pre>
        ${this.copies.length ? html`<p>A copy does as well: <code>--repository ${this.copies[0].location}</code></p>` : nothing}</section>
      <section class="card stack"><h2>4. The whole service</h2><p>On a new machine. Make sure that the old one does not start again: both would write to the same repository.</p>
        <pre>java -jar afterimage.jar recover --from ${r.location} --home /var/lib/afterimage${open}</pre><p>It makes a new home with all databases, schedules, policies and tokens, prints the settings to start with, and writes a new <code>admin-token</code>. Then start the service, and restore what is gone:</p>
        <pre>curl -H "Authorization: Bearer $(cat /var/lib/afterimage/admin-token)" -H 'Content-Type: application/json' -d '{}' http://127.0.0.1:8080/api/v1/restores/all</pre></section>
      <section class="card stack"><h2>5. What is protected</h2>${table([["Database"], ["Path"], ["Node", "hide-narrow"]], this.databases.map(d => html`<tr><td>${d.name}</td><td><code>${d.path}</code></td><td class="hide-narrow">${d.node}</td></tr>`), { caption: "Databases" })}${this.more ? html`<p class="muted small">The first 500.</p>` : nothing}<p class="small muted">As of ${absolute(Date.now())}. Keep a new one when places or keys change: you are told.</p></section>`;
  }

  kept() {
    localStorage.setItem("afterimage-kit", signature(this.repository, this.copies, this.keys));
    toast("Good. You will be told when locations or keys change.");
    this.shell.go("#/");
  }
}

/** What a kit is out of date by. Keys are only known to ADMIN, who alone is reminded. */
function signature(repository, copies, keys) {
  return [repository.id, repository.location, ...copies.map(c => c.location).sort(), ...keys.map(k => k.id).sort()].join("\n");
}

/** Whether whoever uses this browser has kept a kit that is still right. */
export function kitIsKept(repository, copies, keys) {
  return localStorage.getItem("afterimage-kit") === signature(repository, copies, keys);
}
