// Live counting on the request form and live narrowing of long lists. Every page works without it.
const form = document.querySelector("form[data-alternates]");
if (form) {
  const output = form.querySelector("output");
  const { least, most, alternates } = form.dataset;
  const count = () => {
    let credits = 0;
    let others = 0;
    for (const course of form.querySelectorAll("[data-worth]")) {
      const field = course.querySelector("select");
      const value = field ? field.value : "yes";
      if (value === "yes") credits += Number(course.dataset.worth);
      else if (value) others += 1;
    }
    const counted = form.hasAttribute("data-credits");
    const short = credits < Number(least) ? `, at least ${least} needed` : "";
    const over = credits > Number(most) ? `, at most ${most} possible` : "";
    const many = others > Number(alternates) ? `, at most ${alternates} possible` : "";
    const sum = counted ? `${credits} credits${short}${over}; ` : "";
    output.textContent = `${sum}${others} alternates${many}`;
  };
  form.addEventListener("change", count);
  count();
}

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
