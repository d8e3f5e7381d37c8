// The composer: saves by itself, keeps lists in order, takes files, and puts each problem at its field.
import { listen as arrange, renumber } from "./composer-lists.js";
import { listen as take } from "./composer-files.js";
import { place } from "./composer-problems.js";

const form = document.getElementById("post");
const saved = document.getElementById("saved");
const dialog = document.getElementById("conflict");
const words = form.dataset;
const token = document.querySelector("meta[name=csrf]");  // its content: another one after another sign-in
const PAUSE_MS = 1200;
const AGAIN_MS = 4000;

let changes = 0;  // grows with every keystroke; what was sent is known by it
let kept = 0;
let timer = 0;
let running = null;
let leaving = false;

const isDirty = () => kept !== changes;

function say(text, look = "") {
  if (saved.textContent !== text) saved.textContent = text;
  saved.className = `small ${look}`;
}

function changed() {
  changes += 1;
  say(words.wordsUnsaved, "unsaved");
  form.dispatchEvent(new CustomEvent("composed"));
  window.htmx?.trigger("#preview", "changed");
  soon(PAUSE_MS);
}

function soon(pause) {
  clearTimeout(timer);
  timer = setTimeout(() => save(), pause);
}

// One at a time: a second one begins where the first has ended.
function save() {
  clearTimeout(timer);
  running ??= send().finally(() => { running = null; });
  return running;
}

async function send() {
  if (dialog.open) return false;
  const sent = changes;
  say(words.wordsSaving);
  let answer;
  try {
    const reply = await fetch(form.action, {
      method: "POST",
      body: new URLSearchParams(new FormData(form)),
      headers: { accept: "application/json", "X-CSRF-Token": token.content },
      redirect: "error",
    });
    if (reply.status === 401 || reply.status === 403) {
      if (await isInAgain()) return send();
      say(words.wordsOut, "wrong");
      soon(AGAIN_MS * 4);
      return false;
    }
    answer = await reply.json();
    if (!reply.ok) throw new Error(answer.detail);
  } catch {
    say(words.wordsOffline, "wrong");
    soon(AGAIN_MS);
    return false;
  }
  if (answer.refused) {
    say(answer.refused, "wrong");
    return false;
  }
  if (answer.conflict) {
    choose(answer);
    return false;
  }
  kept = sent;
  show(answer);
  if (isDirty()) soon(PAUSE_MS);
  return true;
}

// Whether the same person has signed in anew, in another tab: then this page goes on as a page of that session.
async function isInAgain() {
  const answer = await fetch(location.href, { headers: { accept: "text/html" } });
  if (!answer.ok || answer.redirected) return false;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const fresh = page.querySelector("meta[name=csrf]")?.content;
  const who = (one) => one.querySelector("header .who summary")?.textContent;
  if (!fresh || fresh === token.content || who(page) !== who(document)) return false;
  token.content = fresh;
  for (const field of document.querySelectorAll("input[name=csrf]")) field.value = fresh;
  document.body.setAttribute("hx-headers", page.body.getAttribute("hx-headers"));
  return true;
}

function show(answer) {
  know(answer.version);
  if (!isDirty()) say(answer.said, "done");
  const stage = document.getElementById("stage");
  if (!("fixed" in stage.dataset)) {
    stage.className = `state ${answer.stage}`;
    stage.textContent = answer.words;
  }
  const standing = document.getElementById("standing");
  if (standing && standing.dataset.stage !== answer.stage) standing.remove();
  const actions = document.getElementById("actions");
  const busy = actions.contains(document.activeElement) || actions.querySelector("details[open]");
  if (!busy) actions.innerHTML = answer.actions;
}

function know(version) {
  for (const field of document.querySelectorAll("[data-version]")) field.value = version;
}

// Two have changed the post: nothing is sent until the person has chosen.
function choose(answer) {
  dialog.innerHTML = answer.conflict;
  dialog.showModal();
  dialog.querySelector("[data-keep]").focus();
  dialog.onclick = async (event) => {
    if (event.target.closest("[data-keep]")) {
      know(answer.version);
      dialog.close();
      save();
    } else if (event.target.closest("[data-theirs]")) {
      leaving = true;
      location.reload();
    } else if (event.target.closest("[data-copy]")) {
      await copy(dialog.querySelector("[data-mine]"));
      event.target.textContent = words.wordsCopied;
    }
  };
}

async function copy(field) {
  try {
    await navigator.clipboard.writeText(field.value);
  } catch {  // not offered where the page has no HTTPS
    field.closest("details").open = true;
    field.select();
    document.execCommand("copy");
  }
}

dialog.addEventListener("cancel", (event) => event.preventDefault());
form.addEventListener("input", changed);
form.addEventListener("change", (event) => event.target.type === "file" || changed());

// Whatever button is pressed: what was typed is kept first, and then the step is taken.
// On the window, so that the page's own question is asked before.
addEventListener("submit", async (event) => {
  const button = event.submitter;
  const own = event.target === form || event.target.querySelector("[data-version]");
  if (!own || event.defaultPrevented) return;
  if (event.target === form && button?.id === "save") {
    event.preventDefault();
    await running;
    save();
  } else if (isDirty() || running) {
    event.preventDefault();
    await running;
    if (!isDirty() || (await save())) event.target.requestSubmit(confirmed(button));
  } else {
    leaving = true;
  }
});

function confirmed(button) {
  button?.removeAttribute("data-confirm");  // it was asked already
  return button;
}

addEventListener("beforeunload", (event) => {
  if (isDirty() && !leaving) event.preventDefault();
});
addEventListener("pagehide", () => {
  navigator.sendBeacon(`/posts/${words.post}/leave`, new URLSearchParams({ csrf: token.content }));
});
addEventListener("online", () => isDirty() && save());
document.addEventListener("visibilitychange", () => isDirty() && save());  // who comes back may be signed in again
document.addEventListener("keydown", (event) => {
  if ((event.ctrlKey || event.metaKey) && event.key === "s") {
    event.preventDefault();
    save();
  }
});

document.addEventListener("htmx:afterSwap", (event) => event.target.id === "preview" && shown());
// Without a connection the page says so where it saves; a preview that did not come is no news.
document.addEventListener("htmx:sendError", (event) => event.preventDefault());
// Nor leads it away from what is being written: whoever is signed out is told so, and stays here.
document.addEventListener("htmx:beforeOnLoad", (event) => {
  if (event.detail.xhr.status !== 401) return;
  event.preventDefault();
  say(words.wordsOut, "wrong");
});

function shown() {
  place(form);
  const counts = document.querySelector("#preview #counts");
  if (counts) document.getElementById("counts-here").replaceChildren(...counts.childNodes);
}

function grow(field) {
  field.style.height = "auto";
  field.style.height = `${Math.min(field.scrollHeight + 2, innerHeight * 0.7)}px`;
}

form.addEventListener("input", (event) => event.target.matches("[data-grow]") && grow(event.target));
for (const field of form.querySelectorAll("textarea[data-grow]")) if (field.offsetParent) grow(field);
form.addEventListener("toggle", (event) => {
  for (const field of event.target.querySelectorAll("textarea[data-grow]")) grow(field);
}, true);
// What is chosen by its own field is meant.
for (const [field, name, value] of [["day", "when", "day"], ["at", "when", "at"], ["accounts", "where", "own"]]) {
  form.addEventListener("change", (event) => {
    if (event.target.name !== field || (field === "accounts" && !event.target.checked)) return;
    form.querySelector(`[name=${name}][value=${value}]`).checked = true;
    changed();
  });
}

document.documentElement.classList.add("scripted-on");
arrange(form, changed);
take(form, token, changed);
renumber(form);
shown();
// What was typed before this was loaded, or what the browser has put back.
const touched = [...form.elements].some((one) =>
  one.type === "hidden" || one.type === "file" ? false
    : one.type === "checkbox" || one.type === "radio" ? one.checked !== one.defaultChecked
    : one.tagName === "SELECT" ? [...one.options].some((option) => option.defaultSelected && !option.selected)
    : "defaultValue" in one && one.value !== one.defaultValue);
if (touched) changed();
