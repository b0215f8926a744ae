// Keys for going through requests: j and k, in a list and from one request to the next. Every page works without them.
// They can be turned off, since a single key may be somebody's spoken word.
const OFF = "queue-keys-off";
const hint = document.querySelector("[data-keys]");
const rows = [...document.querySelectorAll("a[data-row]")];

const isOff = () => {
  try {
    return localStorage.getItem(OFF) !== null;
  } catch {
    return false;
  }
};

const shown = () => {
  if (!hint) return;
  hint.hidden = false;
  hint.querySelector("button").textContent = isOff() ? "Turn keys on" : "Turn keys off";
};

hint?.querySelector("button").addEventListener("click", () => {
  try {
    if (isOff()) localStorage.removeItem(OFF);
    else localStorage.setItem(OFF, "yes");
  } catch {
    // Where nothing can be kept, the keys stay as they are.
  }
  shown();
});
shown();

const isTyping = (target) => target.closest("input:not([type=checkbox]), select, textarea, [contenteditable]") !== null;

const move = (by) => {
  const at = rows.findIndex((row) => row.closest("tr").contains(document.activeElement));
  const next = at < 0 ? (by > 0 ? 0 : rows.length - 1) : Math.min(Math.max(at + by, 0), rows.length - 1);
  rows[next]?.focus();
};

document.addEventListener("keydown", (event) => {
  if (isOff() || event.ctrlKey || event.metaKey || event.altKey || event.shiftKey || isTyping(event.target)) return;
  if (event.key !== "j" && event.key !== "k") return;
  event.preventDefault();
  if (rows.length) move(event.key === "j" ? 1 : -1);
  else document.querySelector(event.key === "j" ? "a[rel=next]" : "a[rel=prev]")?.click();
});

const print = document.querySelector("button[data-print]");
if (print) {
  print.hidden = false;
  print.addEventListener("click", () => window.print());
}
