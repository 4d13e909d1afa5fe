// Adds keys and ticks; the page works without. "/" goes to the search, "j" and "k" go down and up the list.
"use strict";
const most = 4;
const compare = document.querySelector("[data-compare]");
if (compare) {
  const button = compare.querySelector("[data-compare-button]");
  const boxes = [...compare.querySelectorAll("input[name=who]")];
  const tell = () => {
    const chosen = boxes.filter((box) => box.checked).length;
    button.disabled = chosen < 2 || chosen > most;
    button.textContent = chosen ? `Compare ${chosen} chosen` : "Choose two to four to compare";
    for (const box of boxes) box.disabled = !box.checked && chosen >= most;
  };
  compare.addEventListener("change", tell);
  tell();
}
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || /^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName) && event.target.type !== "checkbox") return;
  if (event.key === "/") {
    const search = document.querySelector("[data-search]");
    if (search) { search.focus(); search.select(); event.preventDefault(); }
  }
  if (event.key === "j" || event.key === "k") {
    const rows = [...document.querySelectorAll("[data-row]")];
    const at = rows.indexOf(document.activeElement);
    const next = event.key === "j" ? Math.min(at + 1, rows.length - 1) : Math.max(at - 1, 0);
    if (rows[next]) rows[next].focus();
  }
});
