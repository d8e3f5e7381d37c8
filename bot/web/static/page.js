// What every page does: tells the server the reader's zone, and closes what was opened.
for (const field of document.querySelectorAll("[data-timezone]")) {
  field.value = Intl.DateTimeFormat().resolvedOptions().timeZone || "";
}

// On a phone the pages stand in a row that can be moved: the one that is shown is to be seen in it.
for (const shown of document.querySelectorAll("nav.pages [aria-current]")) {
  const row = shown.closest("nav");
  if (row.scrollWidth > row.clientWidth) row.scrollLeft = shown.offsetLeft - row.clientWidth / 3;
}

const sheets = () => document.querySelectorAll("details.switch[open]");

document.addEventListener("click", (event) => {
  for (const one of sheets()) if (!one.contains(event.target)) one.open = false;
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const one of sheets()) {
    one.open = false;
    one.querySelector("summary").focus();
  }
});

// The page's own confirmations, where a click would do something that can not be taken back.
document.addEventListener("submit", (event) => {
  const words = event.submitter?.dataset.confirm ?? event.target.dataset.confirm;
  if (words && !window.confirm(words)) event.preventDefault();
});

// Shows what has changed by itself, without disturbing whoever reads, selects or types.
function listen() {
  const shown = document.getElementById("live");
  const told = document.querySelector("[data-renew]")?.dataset.renew;  // an event for a script of its own
  if (!shown && !told) return;
  let waiting = false;

  const isRead = () => shown && (shown.contains(document.activeElement) || !getSelection().isCollapsed);
  const isBusy = () => document.hidden || isRead();

  async function renew() {
    waiting = isBusy();
    if (waiting) return;
    const answer = await fetch(location.href, { headers: { accept: "text/html" } });
    if (!answer.ok || answer.redirected) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    waiting = isBusy();  // somebody may have begun meanwhile
    if (waiting) return;
    document.body.dataset.mark = page.body.dataset.mark ?? "";
    for (const old of document.querySelectorAll("[data-fresh]")) {  // small things outside of what is live
      const now = page.getElementById(old.id);
      if (now && now.outerHTML !== old.outerHTML) old.replaceWith(now);
    }
    if (told) document.body.dispatchEvent(new Event(told));
    const fresh = shown && page.getElementById("live");
    if (fresh && fresh.innerHTML !== shown.innerHTML) {
      shown.replaceChildren(...fresh.childNodes);
      window.htmx?.process(shown);
      document.dispatchEvent(new CustomEvent("renewed", { detail: shown }));
    }
  }

  const safely = () => renew().catch(() => {});  // a server that is away may come back
  let source = null;
  const open = () => {
    source = new EventSource(`/events?since=${encodeURIComponent(document.body.dataset.mark ?? "")}`);
    source.addEventListener("change", safely);
  };
  const later = () => waiting && setTimeout(safely, 50);
  document.addEventListener("focusout", later);
  document.addEventListener("selectionchange", later);
  // A page that nobody sees holds no connection: browsers allow few to one server.
  document.addEventListener("visibilitychange", () => {
    source?.close();
    if (!document.hidden) open();  // which tells at once if something has changed meanwhile
  });
  addEventListener("pagehide", () => source?.close());
  open();
}
listen();
