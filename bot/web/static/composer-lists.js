// Lists of the composer: the messages of a thread and the files, moved, added and removed by buttons.

export function listen(form, changed) {
  form.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (!button) return;
    const { dataset } = button;
    if ("up" in dataset) move(button, -1);
    else if ("down" in dataset) move(button, 1);
    else if ("drop" in dataset) drop(button);
    else if ("add" in dataset) add(button.closest("details"), "").querySelector("textarea").focus();
    else if ("begin" in dataset) begin(form, button.closest("details"));
    else if ("same" in dataset) {
      if (!same(form, button.closest("details"))) return;
    } else return;
    renumber(form);
    if (button.disabled) {  // it has come to an end: the keyboard goes on with the other way
      button.closest("[data-part]").querySelector("[data-up]:enabled, [data-down]:enabled")?.focus();
    }
    changed();
  });
  form.addEventListener("input", (event) => {
    const own = event.target.closest("details.own");
    if (own) name(form, own);
  });
}

function move(button, by) {
  const one = button.closest("[data-part]");
  const other = by < 0 ? one.previousElementSibling : one.nextElementSibling;
  if (!other) return;
  if (by < 0) other.before(one);
  else other.after(one);
  button.focus();
}

function drop(button) {
  const one = button.closest("[data-part]");
  const list = one.parentElement;
  const near = one.nextElementSibling ?? one.previousElementSibling;
  const text = one.querySelector("textarea[name^=text]");
  if (text && !near) {
    text.value = "";
    text.focus();
    return;
  }
  one.remove();
  const next = near?.querySelector("textarea") ?? list.closest("section").querySelector("#files, button");
  next?.focus();
}

function add(own, text) {
  const list = own.querySelector("[data-list]");
  const one = list.lastElementChild.cloneNode(true);
  const field = one.querySelector("textarea");
  field.value = text;
  field.removeAttribute("id");
  field.style.height = "";
  list.append(one);
  return one;
}

function begin(form, own) {
  const field = own.querySelector("textarea");
  if (!field.value.trim()) field.value = form.elements.body.value;
  field.focus();
  name(form, own);
}

function same(form, own) {
  const fields = [...own.querySelectorAll("textarea")];
  if (fields.some((field) => field.value.trim()) && !confirm(form.dataset.wordsDrop)) return false;
  for (const field of fields.slice(1)) field.closest("[data-part]").remove();
  fields[0].value = "";
  own.open = false;
  own.querySelector("summary").focus();
  name(form, own);
  return true;
}

function name(form, own) {
  const has = [...own.querySelectorAll("textarea")].some((field) => field.value.trim());
  own.querySelector("[data-how]").textContent = has ? form.dataset.wordsOwn : form.dataset.wordsSame;
}

// What stands first can not go up; a list of one can not be moved.
export function renumber(form) {
  for (const list of form.querySelectorAll("[data-list]")) {
    const parts = [...list.children];
    parts.forEach((one, index) => {
      one.querySelector("[data-up]").disabled = index === 0;
      one.querySelector("[data-down]").disabled = index === parts.length - 1;
    });
  }
}
