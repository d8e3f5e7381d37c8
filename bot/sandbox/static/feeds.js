// Shows the feeds as they are now, every second; where nothing changed, nothing is touched.
"use strict";
const feeds = document.getElementById("feeds");
const lost = document.getElementById("lost");
let shown = null;

function show(html) {
  const open = [...feeds.querySelectorAll("details[open]")].map((one) => one.closest(".feed").className);
  const focused = feeds.contains(document.activeElement) ? document.activeElement.getAttribute("href") : null;
  feeds.innerHTML = html; // the server has escaped every text
  for (const details of feeds.querySelectorAll("details")) {
    details.open = open.includes(details.closest(".feed").className);
  }
  if (focused) {
    const again = [...feeds.querySelectorAll("a")].find((one) => one.getAttribute("href") === focused);
    if (again) again.focus({ preventScroll: true });
  }
}

async function refresh() {
  try {
    const answer = await fetch("/feeds", { cache: "no-store" });
    if (!answer.ok) throw new Error(answer.statusText);
    const html = await answer.text();
    if (shown !== null && html !== shown) show(html);
    if (shown === null) show(html);
    shown = html;
    lost.hidden = true;
  } catch {
    lost.hidden = false;
  }
  setTimeout(refresh, 1000);
}

refresh();
