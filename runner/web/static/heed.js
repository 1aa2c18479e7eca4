// Says in the header whether the page is live. Without script it says when it was made.
(() => {
  const live = () => document.getElementById("live");
  const say = (sign, text) => { const e = live(); if (e) { e.textContent = sign + " " + text; e.dataset.state = text; } };
  document.addEventListener("htmx:sse:after:connection", () => say("●", "live"));
  document.addEventListener("htmx:sse:error", () => say("○", "heed does not answer"));
  document.addEventListener("htmx:sse:before:connection", e => { if (e.detail.connection.attempt > 0) say("○", "heed does not answer"); });
})();
