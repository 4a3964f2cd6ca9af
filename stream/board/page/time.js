// The time by the board's server, and how moments and ages are written.

let said = null; // the server's time when it last told it
let saidAt = 0;
let saidAtSteady = 0;

// Take the server's time; it came `agoMs` ago.
export function setNow(moment, agoMs) {
  said = Date.parse(moment);
  saidAt = Date.now() - agoMs;
  saidAtSteady = performance.now() - agoMs;
}

// How long ago the server last said anything. The steady clock may stand still while a computer sleeps, and the other
// may be set: the longer one counts.
export function silenceMs() {
  return Math.max(Date.now() - saidAt, performance.now() - saidAtSteady);
}

export function now() {
  return said === null ? Date.now() : said + Math.max(0, silenceMs());
}

export function ageMs(moment) {
  return Math.max(0, now() - Date.parse(moment));
}

export function ageText(moment) {
  const seconds = Math.floor(ageMs(moment) / 1000);
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min`;
  return seconds < 172_800 ? `${Math.floor(seconds / 3600)} h` : `${Math.floor(seconds / 86_400)} d`;
}

const DAY = { day: "numeric", month: "short" };

// Hours and minutes, with the date where it is not of today.
export function clock(moment, seconds = false) {
  const at = new Date(moment);
  const hours = { hour: "2-digit", minute: "2-digit", hour12: false, ...(seconds ? { second: "2-digit" } : {}) };
  const time = at.toLocaleTimeString([], hours);
  return at.toDateString() === new Date(now()).toDateString() ? time : `${at.toLocaleDateString([], DAY)} ${time}`;
}
