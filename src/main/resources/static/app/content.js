// What is in a state: how rows, schemas and differences are shown. All of it is text of others.
import { html, nothing } from "../vendor/lit-html.js";
import { bytes, number, plural } from "./format.js";
import { sentence, state, table } from "./parts.js";

const LONGEST = 300;

/** A value as the API writes it: {"base64": …}, {"real": "Infinity"}, null, text, number. */
export function value(v) {
  if (v === null) return html`<span class="null">NULL</span>`;
  if (typeof v === "object") {
    if (v.base64 !== undefined) return html`<span class="null">blob, ${bytes(Math.floor(v.base64.length * 3 / 4) - (v.base64.match(/=+$/)?.[0].length ?? 0))}</span>`;
    return String(v.real ?? JSON.stringify(v));
  }
  const text = String(v);
  return text.length > LONGEST ? text.slice(0, LONGEST) + "…" : text;
}

export function rows(answer, caption = "Rows") {
  if (!answer.columns.length) return nothing;
  return html`${table(answer.columns.map(c => [c.name]), answer.rows.map(row => html`<tr>${row.map(v => html`<td title=${typeof v === "string" ? v.slice(0, 2000) : nothing}>${value(v)}</td>`)}</tr>`), { caption, extra: "content" })}
    <p class="small muted">${plural(answer.rows.length, "row")}${answer.truncated ? ", and there are more" : ""}</p>`;
}

export function quoted(name) {
  return `"${name.replaceAll('"', '""')}"`;
}

/** @param before what the left side is called @param after the right one */
export function difference(d, before, after) {
  const changed = d.rows.filter(r => r.before !== r.after);
  return html`<div class="stack">
    ${!d.changes.length && !changed.length ? html`<p>${d.pages && d.pages.changed ? `The same schema and as many rows in each table; ${plural(d.pages.changed, "page")} of ${number(d.pages.after)} differ.` : d.pages ? "They are the same." : "The same schema, and as many rows in each table. Rows that were changed in place are not counted here."}</p>` : nothing}
    ${d.changes.length ? html`<div><h3>Schema</h3><ul class="list">${d.changes.map(c => html`<li>${state(c.change === "ADDED" ? ["good", "Added"] : c.change === "REMOVED" ? ["bad", "Removed"] : ["warn", "Changed"])} ${sentence(c.type).toLowerCase()} <strong>${c.name}</strong>
      <details class="small"><summary>SQL</summary>${c.before ? html`<p class="muted">${before}</p><pre>${c.before}</pre>` : nothing}${c.after ? html`<p class="muted">${after}</p><pre>${c.after}</pre>` : nothing}</details></li>`)}</ul></div>` : nothing}
    ${d.rows.length ? html`<div>${table([["Table"], [before, "num"], [after, "num"], ["", "num"]], [...changed, ...d.rows.filter(r => r.before === r.after)].slice(0, 200).map(r => html`<tr><td>${r.table}</td><td class="num" data-label=${before}>${r.before === null ? "–" : number(r.before)}</td><td class="num" data-label=${after}>${r.after === null ? "–" : number(r.after)}</td><td class="num">${r.difference ? html`<strong class=${r.difference < 0 ? "bad" : "good"}>${r.difference > 0 ? "+" : "−"}${number(Math.abs(r.difference))}</strong>` : html`<span class="muted">same</span>`}</td></tr>`), { caption: "Rows in each table" })}</div>` : nothing}
    ${d.pages ? html`<p class="small muted">${number(d.pages.changed)} pages differ (${bytes(d.pages.changed * d.pages.pageSize)}): ${d.pages.trees.filter(t => t.changed).slice(0, 12).map(t => `${t.name} ${number(t.changed)}`).join(", ") || "none of a table"}.</p>` : nothing}</div>`;
}
