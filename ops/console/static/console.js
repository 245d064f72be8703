// Replaces each section that the server says has changed; what a reader opened or focused stays as it was.
"use strict";
const connection = document.getElementById("connection");
const summary = document.getElementById("summary");
const stream = new EventSource("/events");

function replace(section, html) {
  const opened = new Map([...section.querySelectorAll("details[data-keep]")].map((one) => [one.dataset.keep, one.open]));
  const focused = section.contains(document.activeElement) ? document.activeElement : null;
  const place = focused && [...section.querySelectorAll("a, summary, [tabindex]")].indexOf(focused);
  const scrolled = [...section.querySelectorAll(".scroll")].map((one) => one.scrollLeft);
  section.innerHTML = html;
  section.querySelectorAll("details[data-keep]").forEach((one) => {
    if (opened.has(one.dataset.keep)) one.open = opened.get(one.dataset.keep);
  });
  section.querySelectorAll(".scroll").forEach((one, index) => { one.scrollLeft = scrolled[index] || 0; });
  if (focused) {
    const next = [...section.querySelectorAll("a, summary, [tabindex]")][place];
    if (next) next.focus({ preventScroll: true });
  }
}

stream.addEventListener("open", () => { connection.textContent = "Live: changes appear by themselves."; connection.className = "soft"; });
stream.addEventListener("error", () => {
  connection.textContent = "The console does not answer. This page shows what it said last.";
  connection.className = "away";
});
stream.addEventListener("now", (event) => {
  const { sections, summary: said } = JSON.parse(event.data);
  for (const [name, html] of Object.entries(sections)) {
    const section = document.getElementById(name);
    if (section) replace(section, html);
  }
  if (summary.textContent !== said) summary.textContent = said;
});
