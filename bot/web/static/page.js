// Keeps what a page shows up to date, without disturbing whoever reads or types.
const EVERY_MS = 5000;

async function renew() {
  const shown = document.getElementById("live");
  if (!shown || document.hidden || shown.contains(document.activeElement) || !getSelection().isCollapsed) return;
  const answer = await fetch(location.href, { headers: { accept: "text/html" } });
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const fresh = page.getElementById("live");
  if (fresh && fresh.innerHTML !== shown.innerHTML) shown.replaceChildren(...fresh.childNodes);
}

setInterval(() => renew().catch(() => {}), EVERY_MS);  // a server that is away may come back
