// One stream of the service for the whole dashboard, since a browser has six connections. Where it breaks it is opened again, ever more slowly.
import { address } from "./api.js";

const SLOWEST = 30_000;

/** @param heard called with {type, data} for each event, and with {type: "again"} after a break, when something may have been missed */
export function listen(heard) {
  let source, timer, wait = 1000, broken = false, ended = false;

  function open() {
    source = new EventSource(address("events"));
    source.onopen = () => {
      wait = 1000;
      if (broken) {
        broken = false;
        heard({ type: "again" });
      }
    };
    for (const type of ["message", "job", "protection", "follow", "database"]) {
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
  return () => {
    ended = true;
    clearTimeout(timer);
    source.close();
  };
}

function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
