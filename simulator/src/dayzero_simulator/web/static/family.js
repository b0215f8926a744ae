// Counts credits, ranks alternates and saves drafts while somebody chooses. The page does all of it without this, too.
const form = document.querySelector("form[data-choosing]");

for (const button of document.querySelectorAll("[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
}

if (form) choosing(form);

function choosing(form) {
  const ranked = form.querySelector(".ranked");
  const adding = form.querySelector("#add");
  const boxes = [...form.querySelectorAll("input[type=checkbox][data-worth]")];
  const idOf = (box) => box.name.slice("course:".length);
  const boxOf = new Map(boxes.map((box) => [idOf(box), box]));
  const most = Number(form.dataset.alternates);

  // -- alternates

  const listed = () => (ranked ? [...ranked.children] : []);

  const item = (id) => {
    const made = document.querySelector("#alternate").content.firstElementChild.cloneNode(true);
    const box = boxOf.get(id);
    made.dataset.course = id;
    made.querySelector("input").name = `course:${id}`;
    made.querySelector("b").textContent = box.dataset.title;
    made.querySelector("small").textContent = box.closest("label").querySelector("small")?.textContent ?? "";
    for (const said of made.querySelectorAll(".hidden")) said.textContent = ` ${box.dataset.title}`;
    return made;
  };

  const arrange = (focused) => {
    const items = listed();
    for (const [at, li] of items.entries()) {
      li.querySelector("input").value = String(at + 1);
      for (const button of li.querySelectorAll("button")) {
        button.hidden = (button.dataset.does === "up" && at === 0) || (button.dataset.does === "down" && at === items.length - 1);
      }
    }
    if (adding) {
      const there = new Set(items.map((li) => li.dataset.course));
      const free = boxes.filter((box) => !box.checked && !there.has(idOf(box)));
      const picked = adding.value;
      adding.replaceChildren(adding.options[0], ...free.map((box) => new Option(box.dataset.title, idOf(box))));
      adding.value = free.some((box) => idOf(box) === picked) ? picked : "";
      adding.closest(".adds").hidden = items.length >= most || free.length === 0;
    }
    if (focused) (focused.hidden ? focused.parentElement.querySelector("button:not([hidden])") : focused).focus();
  };

  if (ranked) {
    for (const li of listed()) li.replaceWith(item(li.dataset.course)); // with buttons that need no server
    ranked.addEventListener("click", (event) => {
      const button = event.target.closest("button[data-does]");
      if (!button) return;
      const li = button.closest("li");
      if (button.dataset.does === "up") li.previousElementSibling?.before(li);
      if (button.dataset.does === "down") li.nextElementSibling?.after(li);
      const next = li.nextElementSibling ?? li.previousElementSibling;
      if (button.dataset.does === "drop") li.remove();
      arrange(li.isConnected ? button : undefined);
      if (!li.isConnected) (next?.querySelector("button:not([hidden])") ?? adding)?.focus();
      changed();
    });
    form.querySelector("button[value=add]")?.addEventListener("click", (event) => {
      event.preventDefault();
      if (!adding.value) return adding.focus();
      ranked.append(item(adding.value));
      arrange();
      changed();
      if (!adding.closest(".adds").hidden) adding.focus();
    });
  }

  // -- the meter

  const output = form.querySelector("output");
  const figure = (n) => (Math.round(n * 10) / 10 === n ? n.toFixed(1) : String(n));
  const worth = (n) => `${figure(n)} credit${n === 1 ? "" : "s"}`;

  const count = () => {
    const ticked = boxes.filter((box) => box.checked);
    let text;
    if (form.hasAttribute("data-counted")) {
      const [fixed, least, highest] = ["fixed", "least", "most"].map((n) => Number(form.dataset[n]));
      const sum = ticked.reduce((total, box) => total + Number(box.dataset.worth), fixed);
      const total = Math.round(sum * 1000) / 1000;
      const off = (n) => figure(Math.round(n * 1000) / 1000);
      text = `${worth(total)}: enough.`;
      if (total < least) text = `${worth(total)}: ${off(least - total)} more needed.`;
      if (total > highest) text = `${worth(total)}: ${off(total - highest)} too many.`;
      const scale = 320 / Math.max(highest, total, 1);
      const bar = form.querySelector("[data-bar]");
      bar.setAttribute("width", String(total * scale));
      bar.setAttribute("class", total < least || total > highest ? "cw" : "cg");
      form.querySelector("[data-least-mark]").setAttribute("x", String(least * scale));
    } else {
      const number = ticked.length + Number(form.dataset.required);
      text = `${number} course${number === 1 ? "" : "s"} chosen.`;
    }
    const said = output.querySelector("b");
    if (said.textContent !== text) said.textContent = text;
  };

  // -- drafts

  const kept = form.querySelector("#kept");
  let waiting; // until somebody has not changed anything for a while
  let saving; // a draft on its way
  let stopped = false;
  let dirty = false; // something is changed and not on its way

  const tell = (text, lost = false) => {
    kept.textContent = text;
    kept.classList.toggle("lost", lost);
  };

  const save = async (leaving = false) => {
    if (stopped) return;
    dirty = false;
    const body = new URLSearchParams(new FormData(form));
    body.set("action", "save");
    body.set("quiet", "yes");
    body.delete("add");
    try {
      const answer = await fetch(form.getAttribute("action") ?? location.href, {
        method: "POST", body, redirect: "manual", keepalive: leaving,
      });
      if (answer.type === "opaqueredirect") {
        stopped = true;
        return tell("Not saved: your session has ended. Press Save draft, sign in, and it is all here.", true);
      }
      const said = await answer.json();
      if (answer.ok) {
        form.elements.version.value = String(said.version);
        return tell(said.said);
      }
      stopped = true;
      tell(`Not saved. ${said.problem} What you chose is still here: press Save draft to see both.`, true);
    } catch {
      tell("Not saved yet: the school’s portal does not answer. What you chose is still here.", true);
    }
  };

  const keep = () => {
    const before = saving;
    const mine = (async () => {
      await before;
      await save();
      if (saving === mine) saving = undefined;
    })();
    saving = mine;
  };

  function changed() {
    count();
    document.querySelector("[data-lacking]")?.remove(); // it was said of the choices before
    dirty = true;
    if (!stopped && kept.textContent !== "Saving…") tell("Saving…");
    clearTimeout(waiting);
    waiting = setTimeout(keep, 1500);
  }

  // Whoever leaves sooner loses nothing either.
  addEventListener("pagehide", () => {
    clearTimeout(waiting);
    if (dirty && !saving) save(true);
  });

  // A draft that is on its way is waited for: it is not another's change.
  form.addEventListener("submit", async (event) => {
    clearTimeout(waiting);
    dirty = false;
    if (!saving) return;
    event.preventDefault();
    while (saving) await saving;
    form.requestSubmit(event.submitter);
  });

  form.addEventListener("change", (event) => {
    const { target } = event;
    if (target === adding || target.type === "search") return;
    if (target.checked) listed().find((li) => `course:${li.dataset.course}` === target.name)?.remove();
    arrange();
    changed();
  });
  form.addEventListener("input", (event) => {
    if (event.target.name === "message") changed();
  });
  form.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && event.target.type === "search") event.preventDefault();
  });

  arrange();
  count();
}
