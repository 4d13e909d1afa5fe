// Adds keys and keeps ticks in the address; the page works without. "/" goes to the search, "j" and "k" go down and up the list.
"use strict";
const mostCompared = 6;
const form = document.querySelector("[data-ranking]");
if (form) {
  const picks = [...form.querySelectorAll("input[name=pick]")];
  const chosen = () => picks.filter((pick) => pick.type === "hidden" || pick.checked);
  const withTicks = (address) => {
    const url = new URL(address, location);
    url.searchParams.delete("pick");
    for (const pick of chosen()) url.searchParams.append("pick", pick.value);
    return url;
  };
  const sum = (name) => chosen().reduce((all, pick) => all + (pick.dataset[name] === "" ? NaN : Number(pick.dataset[name])), 0);
  const short = (value) => Number(value < 999.5 ? value.toPrecision(3) : value.toFixed(0)).toLocaleString("en");
  const tray = form.querySelector("[data-tray]");
  const tell = () => {
    const many = chosen().length;
    const fees = Number.isNaN(sum("fee")) ? "" : ` · ${Math.round(sum("fee")).toLocaleString("en")} ${tray.dataset.currency ? `${tray.dataset.currency} ` : ""}in fees`;
    tray.querySelector("[data-totals]").textContent = many
      ? `${many.toLocaleString("en")} ${many === 1 ? "person" : "people"}${fees} · about ${short(sum("expected"))} conversions`
      : "Tick people to compare them or to hand them on";
    const compare = tray.querySelector("[data-compare]");
    compare.disabled = many < 2 || many > mostCompared;
    compare.title = compare.disabled ? `Tick two to ${mostCompared} people to compare them` : "";
    tray.querySelector("[data-copy]").hidden = !many;
    for (const link of document.querySelectorAll("a[data-keep]")) link.href = withTicks(link.href);
  };
  form.addEventListener("change", (event) => {
    if (event.target.name !== "pick") return;
    history.replaceState(null, "", withTicks(location));
    tell();
  });
  // What is empty need not stand in the address.
  form.addEventListener("submit", () => {
    for (const field of form.elements) if (field.name && field.value === "") field.disabled = true;
  });
  addEventListener("pageshow", () => {
    for (const field of form.elements) if (field.name) field.disabled = false;
    tell();
  });
  tray.querySelector("[data-copy]").addEventListener("click", (event) => {
    const url = withTicks(location);
    url.searchParams.set("only", "picked");
    copy(url.href, event.target);
  });
}
function copy(text, button) {
  const words = button.textContent;
  const done = (said) => { button.textContent = said; setTimeout(() => { button.textContent = words; }, 2000); };
  navigator.clipboard ? navigator.clipboard.writeText(text).then(() => done("Copied"), () => prompt(words, text)) : prompt(words, text);
}
for (const button of document.querySelectorAll("[data-copy-text]")) {
  button.hidden = false;
  const said = [...button.closest("[data-text]").querySelectorAll("p")].map((line) => line.textContent);
  button.addEventListener("click", () => copy(said.join("\n"), button));
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
