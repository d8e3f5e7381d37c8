// Shows the calendar of deliveries, and moves one by mouse, by touch or by keyboard.
// Every time here is a wall time in the zone that the server chose; the browser's own zone plays no part.
import { make, makeBar, makeDialog, say, says } from "./calendar-parts.js";
import { fetchDeliveries, move } from "./calendar-server.js";
import { DAY, MINUTE, dayOf, format, localDay, read, write } from "./calendar-wall.js";

const STEP = 15 * MINUTE;
const SHOWN_LENGTH = 30 * MINUTE;  // a delivery is a moment; a block of this height can be read and seized
const VIEWS = { month: "dayGridMonth", week: "timeGridWeek", campaign: "campaign", list: "listWeek" };

const root = document.getElementById("calendar");
const words = JSON.parse(document.getElementById("calendar-words").textContent);
const themes = JSON.parse(root.dataset.themes || "[]");
const starts = themes.length ? root.dataset.starts : undefined;
const ends = starts && dayOf(Date.parse(starts) + (themes.length - 1) * DAY);
const locale = root.dataset.locale || document.documentElement.lang;
const hours = { hour: "numeric", minute: "2-digit" };
const clock = format(locale, hours);
const long = format(locale, { weekday: "long", day: "numeric", month: "long", ...hours });
const heading = format(locale, { weekday: "short", day: "numeric", month: "short" });

const today = () => document.getElementById("calendar-today").dateTime;  // a page may stay open over midnight

const deliveries = new Map();  // id -> the delivery as the server gave it
let moving = null;             // { delivery, at }: the one in move mode, or in the dialog
let focusOn = null;            // the id that takes the focus each time it is drawn, until the person goes on
let stale = false;             // something changed while one was being moved
let highlighted = today();
let dragged = false;           // the click that ends a drag must not follow the link

const { bar, hint } = makeBar(words, () => settle(), () => restore(words.stayed));
const { dialog, question, time } = makeDialog(words);
const grid = make("div", { className: "calendar-grid ec-auto-dark" });
root.replaceChildren(says, bar, grid, dialog);

// --- moving ---

function place(delivery, at) {
  const end = Math.min(at + SHOWN_LENGTH, Date.parse(dayOf(at)) + DAY - MINUTE);  // within its day
  const { id, title, classNames = [], editable = false } = delivery;
  const marks = delivery === moving?.delivery ? [...classNames, "calendar-moving"] : classNames;
  const held = { startEditable: editable, durationEditable: false };
  return { id, title, classNames: marks, ...held, start: write(at), end: write(end) };
}

function tell(text, delivery, at) {
  const { title, extendedProps: { network } } = delivery;
  const values = { title, network, when: long(at), zone: root.dataset.zone };
  return text.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
}

function put(at) {
  moving.at = at;
  calendar.updateEvent(place(moving.delivery, at));
  question.textContent = tell(words.question, moving.delivery, at);
}

function begin(delivery, at = read(delivery.start)) {
  if (moving) restore("");
  moving = { delivery };
  put(at);
}

function enterMoveMode(delivery) {
  begin(delivery);
  hint.textContent = tell(words.moving, delivery, moving.at);
  bar.hidden = false;
  bar.focus();
  say(tell(words.now_at, delivery, moving.at));
}

function shift(by) {
  put(moving.at + by);
  show(moving.at);
  say(tell(words.now_at, moving.delivery, moving.at));
}

function show(at) {
  const { type, activeStart, activeEnd } = calendar.getView();
  const date = dayOf(at);
  if (date >= localDay(activeStart) && date < localDay(activeEnd)) return;
  if (type === VIEWS.campaign) calendar.setOption("view", VIEWS.week);
  calendar.gotoDate(date);
}

function restore(text, refused = false) {
  const { delivery } = moving;
  moving = null;
  calendar.updateEvent(place(delivery, read(delivery.start)));
  show(read(delivery.start));
  finish(delivery, text, refused);
}

function finish(delivery, text, refused = false) {
  bar.hidden = true;
  grid.inert = false;
  say(text, refused);
  focusOn = delivery.id;
  focusAgain();
  if (stale) refresh();
}

async function settle() {
  time.value = write(moving.at);
  dialog.returnValue = "no";
  dialog.showModal();
  await new Promise((closed) => dialog.addEventListener("close", closed, { once: true }));
  const { delivery, at } = moving;
  if (dialog.returnValue !== "yes" || at === read(delivery.start)) return restore(words.stayed);
  grid.inert = true;  // one at a time
  const address = root.dataset.move.replace("ID", encodeURIComponent(delivery.id));
  const { version } = delivery.extendedProps;
  const { moved, said } = await move(address, { when: write(at), zone: root.dataset.zone, version });
  if (!moved) return restore(said || words.failed, true);
  moving = null;
  deliveries.set(delivery.id, { ...delivery, start: write(at) });
  stale = true;  // the server knows better what the delivery looks like now
  return finish(delivery, said || tell(words.moved, delivery, at));
}

bar.addEventListener("keydown", (press) => {
  const ahead = getComputedStyle(grid).direction === "rtl" ? -1 : 1;
  const row = calendar.getView().type === VIEWS.month ? 7 * DAY : STEP;
  const steps = { ArrowLeft: -ahead * DAY, ArrowRight: ahead * DAY, ArrowUp: -row, ArrowDown: row };
  if (steps[press.key]) shift(steps[press.key]);
  else if (press.key === "Enter" && press.target === bar) settle();
  else if (press.key === "Escape") restore(words.stayed);
  else return;
  press.preventDefault();
});
for (const kind of ["keydown", "pointerdown"]) {
  document.addEventListener(kind, () => { focusOn = null; }, true);
}
time.addEventListener("input", () => { if (time.value) put(read(time.value)); });
bar.addEventListener("focusout", (leaving) => {
  const to = leaving.relatedTarget;  // another delivery: its click must still find it where it is
  if (bar.hidden || dialog.open || bar.contains(to) || to?.closest(".calendar-delivery")) return;
  restore(words.stayed);
});
grid.addEventListener("keydown", (press) => {
  const delivery = deliveries.get(press.target.closest("[data-delivery]")?.dataset.delivery);
  if (press.key !== "m" || press.ctrlKey || press.metaKey || press.altKey || !delivery?.editable) return;
  press.preventDefault();
  enterMoveMode(delivery);
});
grid.addEventListener("click", (click) => { if (dragged) click.preventDefault(); }, true);

// --- drawing ---

function header(date) {
  const at = Date.parse(localDay(date));
  const theme = starts && themes[(at - Date.parse(starts)) / DAY];
  const lines = [make("span", { textContent: heading(at) })];
  if (theme) lines.push(make("span", { className: "calendar-theme", textContent: theme, title: theme }));
  return { domNodes: lines };
}

function draw({ event }) {
  const delivery = deliveries.get(event.id);
  if (!delivery) return undefined;
  const { title, url, extendedProps: { network, state } } = delivery;
  const time = clock(moving?.delivery.id === event.id ? moving.at : read(delivery.start));
  const link = make("a", { href: url, draggable: false });
  for (const [name, textContent] of Object.entries({ time, network, state, title })) {
    link.append(make("span", { className: `calendar-${name}`, textContent }), " ");
  }
  link.querySelector(".calendar-network").dataset.short = network.slice(0, 2);  // where there is no room
  const held = make("div", { className: "calendar-delivery" }, link);
  held.dataset.delivery = event.id;
  if (delivery.editable) {
    const begins = () => enterMoveMode(deliveries.get(event.id));
    const button = make("button", { type: "button", textContent: words.move, onclick: begins });
    button.ariaLabel = `${words.move} ${time} ${network} ${title}`;
    held.append(button);
  }
  return { domNodes: [held] };
}

function focusAgain() {
  if (focusOn) grid.querySelector(`[data-delivery="${CSS.escape(focusOn)}"] a`)?.focus();
}

async function load({ startStr, endStr }) {
  try {
    const { given, cut } = await fetchDeliveries(root.dataset.events, startStr.slice(0, 10), endStr.slice(0, 10));
    for (const delivery of given) deliveries.set(delivery.id, delivery);
    if (cut) say(words.cut.replace("{number}", cut), true);
    const placed = given.map((delivery) => place(delivery, read(delivery.start)));
    if (!moving) return placed;
    return [...placed.filter(({ id }) => id !== moving.delivery.id), place(moving.delivery, moving.at)];
  } catch {
    say(words.unread, true);
    return [];
  }
}

function refresh() {
  stale = Boolean(moving);  // whoever moves one is not disturbed; it is made up for afterwards
  if (moving) return;
  if (today() !== highlighted) calendar.setOption("highlightedDates", [highlighted = today()]);
  calendar.refetchEvents();
}

function drawn() {
  // The component calls a grid a table without its rows, and says nothing of the view that is chosen.
  for (const part of grid.querySelectorAll("[role], [aria-colindex]")) {
    for (const name of ["role", "aria-colindex", "aria-label"]) part.removeAttribute(name);
  }
  for (const part of grid.querySelectorAll(".ec-main")) part.tabIndex = 0;  // it scrolls, also without a delivery in it
  for (const head of grid.querySelectorAll("h4")) head.ariaLevel = "2";  // below the page's own heading
  for (const name of Object.values(VIEWS)) {
    const button = grid.querySelector(`.ec-toolbar .ec-${name}`);
    button?.setAttribute("aria-pressed", button.classList.contains("ec-active"));
  }
  focusAgain();
}

function remember({ view }) {  // so that a reload, or a change of zone, shows the same days
  const here = new URL(location.href);
  const chosen = Object.keys(VIEWS).find((name) => VIEWS[name] === view.type);
  const date = localDay(view.currentStart);
  for (const [name, value] of Object.entries({ view: chosen, date })) {
    here.searchParams.set(name, value);
    for (const field of document.querySelectorAll(`input[data-calendar=${name}]`)) field.value = value;
  }
  history.replaceState(null, "", here);
  if (chosen === "campaign" && date !== starts) queueMicrotask(() => calendar.gotoDate(starts));
}

const narrow = matchMedia("(max-width: 45rem)").matches && !new URL(location.href).searchParams.has("view");
const view = VIEWS[narrow ? "list" : root.dataset.view] ?? VIEWS.week;
const offered = Object.values(VIEWS).filter((name) => starts || name !== VIEWS.campaign);
const named = Object.fromEntries(Object.entries(VIEWS).map(([name, type]) => [type, words[name]]));
const calendar = EventCalendar.create(grid, {
  view,
  date: view === VIEWS.campaign ? starts : root.dataset.date,
  timeZone: "UTC",
  locale,
  firstDay: Number(root.dataset.firstDay ?? 1),
  headerToolbar: { start: "prev,next now title", center: "", end: offered.join() },
  buttonText: (text) => ({ ...text, ...named, prev: words.prev, next: words.next }),
  customButtons: { now: { text: words.today, click: () => calendar.gotoDate(today()) } },
  theme: (names) => ({ ...names, today: "" }),  // the browser's today may not be the zone's
  highlightedDates: [highlighted],
  allDaySlot: false,
  scrollTime: root.dataset.scroll || "07:00",
  snapDuration: "00:15",
  slotHeight: 66,
  columnWidth: "minmax(8.5rem, 1fr)",  // narrower than this the days scroll sideways
  slotEventOverlap: false,
  dayHeaderFormat: header,
  noEventsContent: words.nothing,
  views: {
    dayGridMonth: { dayHeaderFormat: { weekday: "short" } },
    campaign: {
      type: "timeGridDay",
      duration: { days: themes.length || 1 },
      dayHeaderFormat: header,
      validRange: starts && { start: starts, end: ends },
    },
  },
  eventSources: [{ events: load }],
  eventContent: draw,
  eventAllUpdated: drawn,
  datesSet: remember,
  eventDragStart: () => { dragged = true; },
  eventDragStop: () => setTimeout(() => { dragged = false; }),
  eventDrop: ({ event, delta }) => {
    const by = delta.days * DAY + delta.seconds * 1000;
    if (!by) return;
    const delivery = deliveries.get(event.id);
    begin(delivery, read(delivery.start) + by);
    settle();
  },
});
document.body.addEventListener("calendar:refresh", refresh);
