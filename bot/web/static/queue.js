// Choosing rows of the queue: says how many, chooses all, and keeps what is chosen when the list renews itself.
const form = document.getElementById("chosen");
const told = document.getElementById("picked");
const chosen = new Set();
const boxes = () => [...form.querySelectorAll('input[name="id"]')];

function show() {
  const all = document.getElementById("all");
  const ticked = boxes().filter((one) => one.checked).length;
  if (all) {
    document.getElementById("all-label").classList.remove("hidden");
    all.checked = ticked > 0 && ticked === boxes().length;
    all.indeterminate = ticked > 0 && !all.checked;
  }
  const { none, one, many } = form.dataset;
  told.textContent = ticked === 0 ? none : ticked === 1 ? one : many.replace("…", ticked);
  for (const button of form.querySelectorAll(".acts button")) button.disabled = ticked === 0;
}

function remember() {
  chosen.clear();
  for (const one of boxes()) if (one.checked) chosen.add(one.value);
  show();
}

form.addEventListener("change", (event) => {
  if (event.target.id === "all") for (const one of boxes()) one.checked = event.target.checked;
  remember();
});

document.addEventListener("renewed", () => {
  for (const one of boxes()) one.checked = chosen.has(one.value);
  remember();
});

addEventListener("pageshow", remember);  // a browser that goes back ticks them again
remember();
