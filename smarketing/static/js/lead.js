// A lead, beside the queue or on its own page: digits in its dialogs, mails that are logged, details asked after a call.

const strip = document.getElementById("strip");
const LINGERS = 25000;
const isTyping = (element) => element.matches("textarea, select, input:not([type=radio], [type=checkbox])");

// In an open dialog a digit chooses: the card, or the moment, of that number.
document.addEventListener("keydown", (event) => {
  const dialog = document.querySelector("dialog[open]");
  if (!dialog || event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target) || !/^[1-9]$/.test(event.key)) return;
  const chosen = dialog.querySelector(`[data-digit="${event.key}"]`);
  if (!chosen) return;
  event.preventDefault();
  chosen.focus();
  chosen.click();
});

// A reason that names a time suggests the day, until somebody has chosen one.
document.addEventListener("change", (event) => {
  const day = event.target.closest("form")?.querySelector('input[type="date"]');
  if (!day) return;
  if (event.target === day) day.dataset.chosen = "";
  const days = Number(event.target.dataset.days);
  if (!event.target.matches('[type="radio"]') || "chosen" in day.dataset) return;
  const then = new Date(Date.now() + days * 864e5 - new Date().getTimezoneOffset() * 6e4);
  day.value = days ? then.toISOString().slice(0, 10) : "";
});

// A link that writes a mail says so to the server as well; the link itself is left to the browser.
document.addEventListener("click", (event) => {
  const link = event.target.closest("[data-logs]");
  if (!link) return;
  window.htmx.ajax("POST", link.dataset.logs, { source: document.body, target: "#strip", swap: "innerHTML", values: { what: link.dataset.what } });
});

// A fact is changed where it is read: a click on its words opens it, Enter saves it, Esc leaves it as it was.
document.addEventListener("click", (event) => {
  event.target.closest("[data-edits]")?.closest(".fact").querySelector(".fact-edit")?.click();
});

document.addEventListener("keydown", (event) => {
  const form = event.target.closest?.(".fact-form");
  if (!form || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  if (event.key === "Escape") {
    event.preventDefault();
    event.stopPropagation();
    form.querySelector("[data-leave]").click();
  } else if (event.key === "Enter" && event.target.matches("select")) {
    event.preventDefault();
    form.requestSubmit();
  }
}, { capture: true });

// Who leaves a fact with Esc stands where they opened it.
document.addEventListener("htmx:afterSettle", ({ detail }) => {
  if (detail.requestConfig?.elt.matches?.("[data-leave]")) detail.target.querySelector(".fact-edit")?.focus();
});

// What is asked after a call goes away by itself, unless somebody is about to answer.
const clear = () => strip.replaceChildren();
let fading = 0;

function linger() {
  clearTimeout(fading);
  fading = setTimeout(() => {
    const typed = strip.querySelector("#strip-text")?.value;
    if (typed || strip.matches(":hover, :focus-within")) linger();
    else clear();
  }, LINGERS);
}

if (strip) {
  strip.addEventListener("htmx:afterSwap", linger);
  // Z takes back the newest act, and that is now what was logged: an older Undo no longer stands in its way.
  strip.addEventListener("htmx:afterSwap", () => strip.firstElementChild && document.querySelectorAll(".toast:has([data-undo])").forEach((old) => old.remove()));
  strip.addEventListener("htmx:afterRequest", ({ detail }) => detail.xhr.status === 204 && clear());
  strip.addEventListener("click", (event) => event.target.closest("[data-strip-close]") && clear());
  strip.addEventListener("keydown", (event) => event.key === "Escape" && clear());
}

// A colleague or the buyer did something to the lead that is open: shown at once, unless somebody is writing in it.
document.addEventListener("lead-news", () => {
  const pane = document.getElementById("lead-pane");
  const busy = pane?.querySelector("dialog[open], :is(input, textarea, select):focus, details[open] textarea");
  if (busy) document.body.dispatchEvent(new CustomEvent("toast", { bubbles: true, detail: { text: "Something is new about this lead. Open it again to see it." } }));
  else window.htmx.trigger(document.body, "lead-changed");
});
