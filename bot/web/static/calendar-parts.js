// What stands around the grid of the calendar: the line that says things, the bar of the move mode, the dialog.
export function make(tag, properties = {}, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
}

export const says = make("p", { className: "calendar-says", role: "status" });

export function say(text, refused = false) {
  says.textContent = text;
  says.classList.toggle("attention", refused);
}

export function makeBar(words, settle, leave) {
  const hint = make("span", { id: "calendar-hint" });
  const bar = make("div", { className: "calendar-bar", tabIndex: -1, hidden: true, role: "application" }, hint,
    make("button", { type: "button", textContent: words.choose, onclick: settle }),
    make("button", { type: "button", textContent: words.leave, onclick: leave }));
  bar.setAttribute("aria-labelledby", hint.id);
  bar.addEventListener("mousedown", (press) => press.preventDefault());  // its buttons take no focus from it
  return { bar, hint };
}

export function makeDialog(words) {
  const question = make("p", { id: "calendar-question" });
  const time = make("input", { type: "datetime-local", required: true });
  const dialog = make("dialog", { className: "calendar-dialog" },
    make("form", { method: "dialog" }, question, make("label", {}, words.time, time),
      make("button", { value: "yes", className: "primary", textContent: words.confirm }),
      make("button", { value: "no", textContent: words.leave, formNoValidate: true })));
  dialog.setAttribute("aria-labelledby", question.id);
  return { dialog, question, time };
}
