// The page of a link: selects it, and copies it where the browser lets us (by HTTPS, or on this machine).
for (const field of document.querySelectorAll("input.link")) {
  field.addEventListener("focus", () => field.select());
  if (document.activeElement === field) field.select();
}

for (const button of document.querySelectorAll("[data-copy]")) {
  if (!navigator.clipboard) continue;
  button.hidden = false;
  button.addEventListener("click", async () => {
    const field = document.getElementById(button.dataset.copy);
    try {
      await navigator.clipboard.writeText(field.value);
      document.getElementById("copied").textContent = button.dataset.copied;
    } catch {
      field.focus();  // selected, so that the keyboard copies it
    }
  });
}
