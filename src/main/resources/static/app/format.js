// How times, sizes and numbers are written. Relative for the eye, absolute with its zone for the record.

export const ZONE = Intl.DateTimeFormat().resolvedOptions().timeZone;

const SECOND = 1000, MINUTE = 60 * SECOND, HOUR = 60 * MINUTE, DAY = 24 * HOUR;
export { SECOND, MINUTE, HOUR, DAY };

/** "12 s ago", "3 h 12 min ago", "in 4 min". */
export function ago(time, now = Date.now()) {
  const passed = now - ms(time);
  if (Math.abs(passed) < SECOND) {
    return "now";
  }
  return passed < 0 ? `in ${rough(-passed)}` : `${rough(passed)} ago`;
}

/** A span of milliseconds in the two units that matter. */
export function rough(span) {
  const s = Math.floor(span / SECOND);
  if (s < 60) return `${s} s`;
  const min = Math.floor(s / 60);
  if (min < 60) return `${min} min`;
  const h = Math.floor(min / 60);
  if (h < 24) return min % 60 && h < 10 ? `${h} h ${min % 60} min` : `${h} h`;
  const d = Math.floor(h / 24);
  if (d < 60) return d === 1 ? "1 day" : `${d} days`;
  return d < 700 ? `${Math.round(d / 30.4)} months` : `${Math.round(d / 365.25)} years`;
}

/** How long something took. */
export function took(millis) {
  if (millis < 1000) return `${Math.round(millis)} ms`;
  if (millis < 60_000) return `${(millis / 1000).toFixed(1)} s`;
  const s = Math.round(millis / 1000), min = Math.floor(s / 60);
  return min < 60 ? `${min} min${s % 60 ? ` ${s % 60} s` : ""}` : `${Math.floor(min / 60)} h ${min % 60} min`;
}

const formats = new Map();
function format(options, zone) {
  const key = JSON.stringify([options, zone]);
  if (!formats.has(key)) {
    formats.set(key, new Intl.DateTimeFormat("en-GB", { ...options, timeZone: zone }));
  }
  return formats.get(key);
}

function parts(time, zone) {
  const all = format({
    year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", second: "2-digit",
    weekday: "short", timeZoneName: "short", hourCycle: "h23",
  }, zone).formatToParts(ms(time));
  return Object.fromEntries(all.map(part => [part.type, part.value]));
}

/** The name of a zone at a time: "CET", "UTC", "GMT-5". */
export function zoneName(time, zone = ZONE) {
  return parts(time, zone).timeZoneName;
}

/** "2026-11-27 10:14:02 CET". */
export function absolute(time, zone = ZONE) {
  const p = parts(time, zone);
  return `${p.year}-${p.month}-${p.day} ${p.hour}:${p.minute}:${p.second} ${p.timeZoneName}`;
}

/** For the record: the viewer's zone and, where that is another one, UTC. */
export function record(time) {
  const here = absolute(time), utc = absolute(time, "UTC");
  return here === utc ? here : `${here} · ${utc}`;
}

/** "10:14", "10:14:02", with the date when it is of another day than now. */
export function clock(time, { seconds = false, zone = ZONE, now = Date.now(), name = true } = {}) {
  const p = parts(time, zone), today = parts(now, zone);
  const day = p.year === today.year && p.month === today.month && p.day === today.day ? "" : `${p.weekday} ${p.year === today.year ? "" : p.year + "-"}${p.month}-${p.day}, `;
  return `${day}${p.hour}:${p.minute}${seconds ? ":" + p.second : ""}${name ? " " + p.timeZoneName : ""}`;
}

/** With a fraction where the moment has one: "2026-11-27 10:15:03.245 CET". */
export function precise(time, zone = ZONE) {
  const p = parts(time, zone), millis = Math.floor(ms(time)) % 1000;
  return `${p.year}-${p.month}-${p.day} ${p.hour}:${p.minute}:${p.second}${millis ? "." + String(millis).padStart(3, "0") : ""} ${p.timeZoneName}`;
}

export function axisLabel(time, step) {
  const p = parts(time, ZONE);
  if (step >= 27 * DAY) return `${p.year}-${p.month}`;
  if (step >= DAY) return `${p.weekday} ${p.day}`;
  if (p.hour === "00" && p.minute === "00" && step >= MINUTE) return `${p.weekday} ${p.day}`;
  return step >= MINUTE ? `${p.hour}:${p.minute}` : `${p.hour}:${p.minute}:${p.second}`;
}

/** Milliseconds to add to UTC to get the wall clock of the viewer. */
export function offset(time) {
  return -new Date(ms(time)).getTimezoneOffset() * MINUTE;
}

export function ms(time) {
  return typeof time === "number" ? time : Date.parse(time);
}

/** Decimal units, as disks are sold. */
export function bytes(count) {
  if (count === null || count === undefined) return "–";
  const units = ["B", "kB", "MB", "GB", "TB", "PB"];
  let i = 0, n = count;
  while (Math.abs(n) >= 999.5 && i < units.length - 1) {
    n /= 1000;
    i++;
  }
  return `${i === 0 ? n : n < 10 ? n.toFixed(1) : Math.round(n)} ${units[i]}`;
}

export function number(n) {
  return n === null || n === undefined ? "–" : n.toLocaleString("en");
}

export function plural(n, one, many = one + "s") {
  return `${number(n)} ${n === 1 ? one : many}`;
}

export function percent(share) {
  const p = share * 100;
  if (p === 0 || p === 100) return `${p} %`;
  return `${p > 99.9 ? "99.9" : p < 0.1 ? "<0.1" : p.toFixed(1).replace(/\.0$/, "")} %`;
}

/** Milliseconds of what the API writes: "PT168H", "P7D", "PT0.5S". */
export function duration(iso) {
  const m = /^P(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:([\d.]+)S)?)?$/.exec(iso ?? "");
  if (!m) return NaN;
  const [y, mo, w, d, h, min, s] = m.slice(1).map(value => Number(value ?? 0));
  return y * 365 * DAY + mo * 30 * DAY + w * 7 * DAY + d * DAY + h * HOUR + min * MINUTE + s * SECOND;
}

/** As it is typed into the API: "7d", "90m", "1s". Months and years stay as they are. */
export function typed(iso) {
  if (!iso) return "";
  if (/^P\d+[YM]/.test(iso)) return iso;
  const span = duration(iso);
  if (!Number.isFinite(span)) return iso;
  for (const [unit, size] of [["d", DAY], ["h", HOUR], ["m", MINUTE], ["s", SECOND]]) {
    if (span >= size && span % size === 0) return `${span / size}${unit}`;
  }
  return span === 0 ? "0s" : `${span}ms`;
}

/** For reading: "7 days", "1 h". */
export function span(iso) {
  const length = duration(iso);
  if (!Number.isFinite(length)) return iso ?? "–";
  return length < MINUTE ? took(length) : rough(length);
}

const DAYS = { 0: "Sundays", 1: "Mondays", 2: "Tuesdays", 3: "Wednesdays", 4: "Thursdays", 5: "Fridays", 6: "Saturdays", 7: "Sundays",
  SUN: "Sundays", MON: "Mondays", TUE: "Tuesdays", WED: "Wednesdays", THU: "Thursdays", FRI: "Fridays", SAT: "Saturdays" };

/** The usual crons in words; others as they are. */
export function cron(text) {
  const macros = { "@hourly": "hourly", "@daily": "daily at 00:00", "@weekly": "Sundays at 00:00", "@monthly": "monthly on the 1st", "@yearly": "yearly on 1 January" };
  if (macros[text]) return macros[text];
  const f = (text ?? "").trim().split(/\s+/);
  if (f.length !== 5) return text;
  const [min, hour, dom, month, dow] = f, any = [dom, month, dow].every(x => x === "*");
  const at = /^\d+$/.test(min) && /^\d+$/.test(hour) ? `${hour.padStart(2, "0")}:${min.padStart(2, "0")}` : null;
  if (text === "* * * * *") return "each minute";
  if (any && hour === "*" && /^\*\/\d+$/.test(min)) return `every ${min.slice(2)} min`;
  if (any && hour === "*" && /^\d+$/.test(min)) return `hourly at :${min.padStart(2, "0")}`;
  if (any && /^\*\/\d+$/.test(hour) && /^\d+$/.test(min)) return `every ${hour.slice(2)} h at :${min.padStart(2, "0")}`;
  if (any && at) return `daily at ${at}`;
  if (at && dom === "*" && month === "*" && DAYS[dow.toUpperCase()]) return `${DAYS[dow.toUpperCase()]} at ${at}`;
  if (at && dow === "*" && month === "*" && /^\d+$/.test(dom)) return `monthly on day ${dom} at ${at}`;
  return text;
}
