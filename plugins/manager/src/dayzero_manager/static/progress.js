// Shows the progress dialog anew while a sync runs. Without it the page refreshes itself every two seconds.
const shown = () => document.getElementById("progress");

const look = async () => {
  try {
    const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = page.getElementById("progress");
    if (!fresh || !("running" in fresh.dataset)) {
      location.reload();
      return;
    }
    const here = shown();
    for (const part of [".tight [role=status]", ".tight progress", ".line"]) {
      const [old, now] = [here.querySelector(part), fresh.querySelector(part)];
      if (old.textContent !== now.textContent && part.includes("status")) old.textContent = now.textContent;
      else if (!part.includes("status")) old.replaceWith(now);
    }
  } catch {
    // The server does not answer just now: ask again.
  }
  setTimeout(look, 700);
};

if (shown() && "running" in shown().dataset) setTimeout(look, 300);
