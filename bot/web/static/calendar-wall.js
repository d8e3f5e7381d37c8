// Wall times, counted as if they were UTC, so that neither the browser's zone nor its summer time shifts them.
export const MINUTE = 60_000;
export const DAY = 24 * 60 * MINUTE;

export function read(wall) {
  return Date.parse(`${wall.slice(0, 16)}Z`);
}

export function write(at) {
  return new Date(at).toISOString().slice(0, 16);
}

export function dayOf(at) {
  return write(at).slice(0, 10);
}

export function localDay(date) {  // the calendar component hands out dates whose LOCAL fields are the wall time
  return dayOf(Date.UTC(date.getFullYear(), date.getMonth(), date.getDate()));
}

export function format(locale, options) {
  const made = new Intl.DateTimeFormat(locale, { ...options, timeZone: "UTC" });
  return (at) => made.format(at);
}
