// Problems of the composer: each is shown at the field that it is about, and a click in the list leads there.

let number = 0;

export function place(form) {
  for (const field of form.querySelectorAll("[aria-invalid]")) {
    field.removeAttribute("aria-invalid");
    field.removeAttribute("aria-describedby");
  }
  const found = [...document.querySelectorAll("#found a[data-field]")];
  const byPlace = new Map();
  for (const link of found) {
    const { field, box } = lookUp(form, link.dataset.field);
    if (!box) continue;
    if (!byPlace.has(box)) byPlace.set(box, { field, links: [] });
    byPlace.get(box).links.push(link);
  }
  for (const box of form.querySelectorAll(".problems")) {
    const { field, links } = byPlace.get(box) ?? { links: [] };
    const text = links.map((link) => link.querySelector(".words-of").textContent);
    if (box.dataset.said !== text.join("\n")) {
      box.dataset.said = text.join("\n");
      box.replaceChildren(...links.map((link, at) => line(text[at], link.dataset.level)));
    }
    if (field && links.length) {
      box.id ||= `problems-${(number += 1)}`;
      field.setAttribute("aria-describedby", box.id);
      if (links.some((link) => link.dataset.level === "error")) field.setAttribute("aria-invalid", "true");
    }
  }
  for (const link of found) link.onclick = (event) => go(event, form, link.dataset.field);
}

function line(text, level) {
  const one = document.createElement("p");
  one.className = `fault ${level}`;
  one.textContent = text;
  return one;
}

function lookUp(form, name) {
  const medium = name.match(/^media\.(\d+)(\.alt)?/);
  if (medium) {
    const one = form.querySelectorAll("#media > [data-part]")[Number(medium[1])];
    const field = one?.querySelector("[data-alt]");
    return { field, box: one?.querySelector(medium[2] ? "[data-problems-of-alt]" : ".problems") };
  }
  const box = form.querySelector(`[data-problems="${CSS.escape(name)}"]`);
  const field = form.querySelector(`#f-${CSS.escape(name.replaceAll(".", "-"))}`);
  return { field, box };
}

function go(event, form, name) {
  const { field, box } = lookUp(form, name);
  const place = field ?? box;
  if (!place) return;
  event.preventDefault();
  const hidden = place.closest("details:not([open])");
  if (hidden) hidden.open = true;
  place.scrollIntoView({ block: "center" });
  (place.matches("input, textarea, select") ? place : place.querySelector("input"))?.focus();
}
