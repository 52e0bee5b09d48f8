/* The page that updates itself says when it no longer does: after two polls in a row without an answer
   of ours. The times and words are in the page, in the reader's language. */
(function () {
  "use strict";
  var now = document.getElementById("now");
  if (!now) { return; }
  var title = document.title;
  var every = Number(now.dataset.every) * 1000;
  var answered = Date.now();
  var at = "";
  var lost = false;

  function look() {
    var said = now.querySelector("[data-at]");
    if (!said) { return false; }
    at = said.dataset.at;
    return true;
  }

  function say(isLost) {
    if (isLost === lost) { return; }
    lost = isLost;
    var banner = document.getElementById("lost");
    banner.hidden = !lost;
    banner.querySelector("time").textContent = at;
    now.classList.toggle("stale", lost);
    document.title = lost ? "⚠ " + now.dataset.lost + " · " + title : title;
  }

  /* htmx says what became of a poll; a connection that hangs says nothing, and the clock does. A laptop
     that slept has missed polls too: what it shows is old. */
  look();
  now.addEventListener("htmx:afterSwap", function () {
    if (look()) { answered = Date.now(); say(false); }
  });
  setInterval(function () {
    if (Date.now() - answered > 2 * every) { say(true); }
  }, 500);
}());
