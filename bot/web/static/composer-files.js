// Files of the composer: chosen or dropped, sent with a bar that shows how far, and described.
import { renumber } from "./composer-lists.js";

let next = Date.now() % 1e6;

export function listen(form, token, changed) {
  const drop = document.getElementById("drop");
  if (!drop) return;
  const chosen = document.getElementById("files");
  chosen.addEventListener("change", () => {
    forgetFaults();
    for (const file of chosen.files) send(form, token, file, changed);
    chosen.value = "";
  });
  // Also where one misses the box: else the browser would leave the page for the file.
  for (const kind of ["dragover", "drop"]) {
    addEventListener(kind, (event) => {
      if (!event.dataTransfer?.types.includes("Files")) return;
      event.preventDefault();
      drop.classList.toggle("over", kind === "dragover");
      if (kind === "drop") forgetFaults();
      if (kind === "drop") for (const file of event.dataTransfer.files) send(form, token, file, changed);
    });
  }
  addEventListener("dragleave", () => drop.classList.remove("over"));
}

function send(form, token, file, changed) {
  const row = shownProgress(file.name);
  if (file.size > Number(form.dataset.largest)) {
    row.fail(form.dataset.wordsLarge);
    return;
  }
  const request = new XMLHttpRequest();  // fetch does not tell how much was sent
  request.open("POST", `${form.dataset.upload}?name=${encodeURIComponent(file.name)}`);
  request.setRequestHeader("X-CSRF-Token", token.content);
  request.setRequestHeader("Content-Type", "application/octet-stream");
  request.setRequestHeader("Accept", "application/json");
  request.responseType = "json";
  request.upload.addEventListener("progress", (event) => row.show(event.loaded / (event.total || 1)));
  request.addEventListener("error", () => row.fail(form.dataset.wordsFailed));
  request.addEventListener("load", () => {
    const answer = request.response ?? {};
    if (!answer.name) {
      row.fail(answer.refused ?? answer.detail ?? form.dataset.wordsFailed);
      return;
    }
    row.end();
    add(form, answer);
    changed();
  });
  request.send(file);
}

// What was refused before is read, when other files are chosen.
function forgetFaults() {
  for (const row of document.querySelectorAll("#uploads .fault")) row.remove();
}

function shownProgress(name) {
  const row = document.createElement("p");
  const label = document.createElement("label");
  const bar = document.createElement("progress");
  bar.max = 1;
  label.append(name, " ", bar);
  row.append(label);
  document.getElementById("uploads").append(row);
  return {
    show: (part) => { bar.value = part; },
    end: () => row.remove(),
    fail: (words) => {
      row.className = "fault error";
      row.textContent = `${name}: ${words}`;
    },
  };
}

function add(form, file) {
  const list = document.getElementById("media");
  const one = document.getElementById("new-medium").content.firstElementChild.cloneNode(true);
  next += 1;
  const key = `n${next}`;
  one.dataset.key = key;
  for (const field of one.querySelectorAll("[name]")) field.name = field.name.replace("new", key);
  one.querySelector("[name=media]").value = key;
  one.querySelector(`[name="media.${key}.file"]`).value = file.name;
  one.querySelector("[data-name]").textContent = file.name;
  for (const field of one.querySelectorAll("[id]")) field.removeAttribute("id");
  const picture = one.querySelector("img");
  if (!["MP4", "MOV", "PDF"].includes(file.format)) {
    picture.src = file.address;
    picture.hidden = false;
  }
  list.append(one);
  renumber(form);
  one.querySelector("[data-alt]").focus();
}
