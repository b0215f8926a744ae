// Live narrowing of long lists, and ticking all of one. Every page works without it.
for (const field of document.querySelectorAll("input[data-narrows]")) {
  const rows = [...document.querySelectorAll(field.dataset.narrows)];
  field.closest("[hidden]")?.removeAttribute("hidden");
  field.addEventListener("input", () => {
    const wanted = field.value.trim().toLowerCase();
    for (const row of rows) row.hidden = !row.textContent.toLowerCase().includes(wanted);
  });
}

const all = document.querySelector("input[data-ticks]");
if (all) {
  all.closest("[hidden]")?.removeAttribute("hidden");
  all.addEventListener("change", () => {
    for (const box of document.querySelectorAll("input[name=ticked]")) box.checked = all.checked;
  });
}
