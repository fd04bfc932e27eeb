// One stream of the service for the whole dashboard, since a browser has six connections. Where it breaks it is opened again, ever more slowly.
import { address } from "./api.js";

const SLOWEST = 30_000;

/**
 * @param heard called with {type, data} for each event, and with {type: "again"} when something may have been missed
 * @returns stop(), and now() for when the service is known to answer again
 */
export function listen(heard) {
  let source, timer, wait = 1000, broken = false, ended = false;

  function open() {
    source = new EventSource(address("events"));
    source.addEventListener("resync", event => {
      wait = 1000;
      if (broken || parse(event.data)?.reason !== "CONNECTED") heard({ type: "again" }); // what is shown was asked for just now, otherwise
      broken = false;
    });
    for (const type of ["job", "database", "protection", "follow"]) {
      source.addEventListener(type, event => heard({ type, data: parse(event.data) }));
    }
    source.onerror = () => {
      broken = true;
      source.close();
      clearTimeout(timer);
      if (!ended) {
        timer = setTimeout(() => { heard({ type: "again" }); open(); }, wait); // what cannot be heard is at least asked for
        wait = Math.min(wait * 2, SLOWEST);
      }
    };
  }

  open();
  return {
    stop() {
      ended = true;
      clearTimeout(timer);
      source.close();
    },
    now() {
      if (source.readyState !== EventSource.CLOSED) return;
      clearTimeout(timer);
      wait = 1000;
      open();
    },
  };
}

function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
