// Live narrowing of long lists, ticking all of one, and a word before what is typed is lost. Every page works without it.
for (const field of document.querySelectorAll("input[data-narrows]")) {
  const rows = [...document.querySelectorAll(field.dataset.narrows)];
  field.closest("[hidden]")?.removeAttribute("hidden");
  field.addEventListener("input", () => {
    const wanted = field.value.trim().toLowerCase();
    for (const row of rows) row.hidden = !row.textContent.toLowerCase().includes(wanted);
    const none = document.querySelector("[data-nothing-found]");
    if (!none) return;
    none.hidden = rows.some((row) => !row.hidden);
    none.querySelector("b").textContent = field.value.trim();
  });
}

// A note that is typed and was not sent: the browser asks before it is lost. The form of choices saves itself.
let sent = false;
const unsent = (area) => area.value !== area.defaultValue && !area.form?.matches("[data-choosing]");
document.addEventListener("submit", () => {
  sent = true;
});
addEventListener("beforeunload", (event) => {
  if (!sent && [...document.querySelectorAll("main textarea")].some(unsent)) event.preventDefault();
});

const all = document.querySelector("input[data-ticks]");
if (all) {
  all.closest("[hidden]")?.removeAttribute("hidden");
  all.addEventListener("change", () => {
    for (const box of document.querySelectorAll("input[name=ticked]")) box.checked = all.checked;
  });
}
