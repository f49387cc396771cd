// Behaviours shared by every page. Each is a data attribute on HTML the server wrote; links and forms work without them.

const all = (selector, root = document) => [...root.querySelectorAll(selector)];
const remember = (name, value) => {
  document.cookie = `${name}=${value};path=/;max-age=31536000;samesite=lax`;
};

// --- Dialogs: data-open="<id>", data-close, and on a form data-close-on-success --------------------------------------
document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-open]");
  if (opener) {
    if (opener.href && (event.ctrlKey || event.metaKey || event.shiftKey)) return; // a link, into a new tab
    if (opener.href) event.preventDefault();
    all("[popover]:popover-open").forEach((menu) => menu.hidePopover());
    const dialog = document.getElementById(opener.dataset.open);
    // What a dialog shows may have to be asked for first.
    const asks = dialog?.querySelector('[hx-trigger~="opened"], [hx-trigger~="opened,"]');
    if (asks) window.htmx.trigger(asks, "opened");
    // A browser that knows `commandfor` opens it by itself; a second showModal() would be a fault.
    if (!opener.commandForElement) dialog?.showModal();
    return;
  }
  const dialog = event.target.closest("dialog");
  if (event.target.closest("[data-close]") || (event.target === dialog && isOutside(dialog, event))) dialog?.close();
});

// Signed out: whoever comes next in this tab starts with nothing.
if (!document.getElementById("palette")) sessionStorage.removeItem("recent");

// A link from a list may name the dialog it is about: …/#reassign.
if (/^#[a-z]+$/.test(location.hash)) document.querySelector(`dialog${location.hash}`)?.showModal();

function isOutside(dialog, { clientX: x, clientY: y }) {
  const box = dialog.getBoundingClientRect();
  return x < box.left || x > box.right || y < box.top || y > box.bottom;
}

document.addEventListener("htmx:afterRequest", (event) => {
  const { successful, xhr } = event.detail;
  if (successful && xhr.status === 204) event.target.closest("[data-close-on-success]")?.closest("dialog")?.close();
});

// --- Toasts: HX-Trigger {"toast": {"text", "tone", "undo"}}, or rendered with the page -------------------------------
const MOST = 3;
const SHORT = 6000;
const LONG = 10000;
const region = document.getElementById("toasts");

// Whatever lies outside an open modal is covered and inert, so the toasts go where the person is.
function follow() {
  const host = document.querySelector("dialog:modal") ?? document.body;
  if (region.parentElement !== host) host.append(region);
}

document.addEventListener("close", follow, true);

export function toast({ text, tone = "", undo = "" }) {
  const shown = document.getElementById("toast-template").content.firstElementChild.cloneNode(true);
  shown.querySelector(".toast-words").textContent = text;
  const button = shown.querySelector("[data-undo]");
  if (undo) {
    // An older Undo of the same record would take back what came after it.
    undosOf(undo).forEach((old) => old.closest(".toast").remove());
    button.dataset.undo = undo;
  } else button.remove();
  if (tone === "error") {
    shown.classList.add("toast-error");
    shown.setAttribute("role", "alert");
  }
  follow();
  region.append(shown);
  [...region.children].slice(0, -MOST).forEach((old) => old.remove());
  fade(shown, undo || tone === "error" ? LONG : SHORT);
}

const pathOf = (address) => new URL(address, location).pathname;
const undosOf = (address) => all("[data-undo]", region).filter((one) => pathOf(one.dataset.undo) === pathOf(address));

// Taken back, by whichever button: nothing is left to take back from a toast.
document.addEventListener("htmx:afterRequest", ({ detail }) => {
  const { pathInfo, xhr } = detail;
  if (pathInfo && (detail.successful || xhr.status === 409)) undosOf(pathInfo.requestPath).forEach((one) => one.remove());
});

// A toast under the pointer or the focus stays until it is left.
function fade(shown, after) {
  setTimeout(() => (shown.matches(":hover, :focus-within") ? fade(shown, SHORT) : shown.remove()), after);
}

document.addEventListener("toast", (event) => toast(event.detail));
all("[data-toast]").forEach((shown) => fade(shown, LONG));
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-toast-close], [data-undo]");
  if (!button) return;
  if (button.dataset.undo) window.htmx.ajax("POST", button.dataset.undo, { source: document.body, swap: "none" });
  button.closest(".toast").remove();
});

// --- What the server refuses is said in the server's own sentence ----------------------------------------------------
const FALLBACK = {
  403: "You may not do that.",
  404: "That record is gone, or not yours to see.",
  409: "A colleague changed this first. Reload and look again.",
  429: "Too many requests. Wait a minute and try again.",
};

function refused(xhr, asker) {
  // The record is no longer what the page shows: away with the form about it, and show it as it is.
  if (xhr.status === 409) {
    asker.closest("dialog")?.close();
    window.htmx.trigger(document.body, "lead-changed");
  }
  if (xhr.getResponseHeader("HX-Trigger")?.includes('"toast"')) return;
  const text = sentence(xhr) || FALLBACK[xhr.status] || "Something went wrong on our side. Nothing was saved.";
  toast({ text, tone: "error" });
}

document.addEventListener("htmx:responseError", ({ target, detail }) => refused(detail.xhr, target));

for (const kind of ["htmx:sendError", "htmx:timeout"]) {
  document.addEventListener(kind, () => toast({ text: "No answer from the server. Nothing was saved.", tone: "error" }));
}

function sentence(xhr) {
  const type = xhr.getResponseHeader("Content-Type") ?? "";
  if (type.includes("html")) {
    const page = new DOMParser().parseFromString(xhr.responseText, "text/html");
    return page.querySelector("[data-sentence]")?.textContent.trim();
  }
  if (!type.includes("json")) return xhr.responseText.trim().slice(0, 300);
  const body = JSON.parse(xhr.responseText);
  return body.detail ?? body.message ?? body.error;
}

// A whole page where a fragment was asked for: the session has ended. Go there instead of nesting it; but not because the
// page's own timer asked: somebody may be in the middle of a sentence.
document.addEventListener("htmx:beforeSwap", (event) => {
  const { xhr } = event.detail;
  if (!/^\s*<!doctype/i.test(xhr.responseText) || !event.detail.shouldSwap) return;
  event.detail.shouldSwap = false;
  if (event.detail.target.id !== "frame") location.assign(xhr.responseURL);
});

// What an answer tells is told even if the form that asked was replaced meanwhile: htmx would tell the form alone.
document.addEventListener("htmx:beforeRequest", ({ target, detail: { xhr } }) => {
  xhr.addEventListener("readystatechange", () => {
    if (xhr.readyState !== XMLHttpRequest.DONE || target.isConnected) return;
    if (xhr.status >= 400) refused(xhr, target);
    const told = xhr.getResponseHeader("HX-Trigger");
    Object.entries(told?.startsWith("{") ? JSON.parse(told) : {}).forEach(([name, detail]) => {
      // The person is with another lead already: it stays, only the list is new.
      const left = name === "lead-moved" && document.getElementById("queue-at")?.value !== String(detail.lead);
      window.htmx.trigger(document.body, left ? "lead-changed" : name, detail);
    });
  });
});

// --- Appearance: the form works by POST too; here it needs no reload -------------------------------------------------
document.addEventListener("submit", (event) => {
  const button = event.submitter;
  if (!event.target.matches("[data-appearance]") || !button?.name) return;
  event.preventDefault();
  document.documentElement.dataset[button.name] = button.value;
  remember(button.name, button.value);
  all(`[name="${button.name}"]`, event.target).forEach((one) => one.setAttribute("aria-pressed", one === button));
  document.dispatchEvent(new CustomEvent("app:appearance"));
});

document.addEventListener("change", (event) => {
  if (event.target.matches("[data-single-keys]")) {
    document.documentElement.dataset.keys = event.target.checked ? "on" : "off";
    remember("keys", document.documentElement.dataset.keys);
  }
});

// --- Filters: data-autosubmit sends a choice made with the pointer; the keyboard sends by Enter or the button ----------
let chose = null;
document.addEventListener("pointerdown", (event) => (chose = event.target.closest("[data-autosubmit]")), true);
document.addEventListener("change", ({ target }) => {
  const form = target.closest("[data-autosubmit]");
  if (!form || !target.matches("select, [type=checkbox], [type=radio]")) return;
  if (form === chose) form.requestSubmit();
  else form.dataset.changed = "";
});

document.addEventListener("keydown", (event) => {
  chose = null;
  const form = event.target.closest("[data-autosubmit]");
  if (event.key !== "Enter" || !event.target.matches("select") || form?.dataset.changed === undefined) return;
  event.preventDefault();
  form.requestSubmit();
}, true);

document.addEventListener("submit", ({ target }) => {
  if (target.matches("[data-autosubmit]")) sessionStorage.setItem("focus", document.activeElement.id);
});

document.getElementById(sessionStorage.getItem("focus"))?.focus();
sessionStorage.removeItem("focus");

// --- A form that comes back with faults: the first of them has the focus, however far down it stands --------------------
const toFault = (within) => within.querySelector('[aria-invalid="true"]:not([type="hidden"])')?.focus();
all("main").forEach(toFault);
document.addEventListener("htmx:afterSettle", ({ target, detail }) => detail.xhr?.status === 422 && toFault(target));

// A held Enter sends a form once.
document.addEventListener("keydown", (event) => {
  if (event.repeat && event.key === "Enter" && !event.target.closest("textarea")) event.preventDefault();
});

// --- Show a password: data-reveal="<input id>" -----------------------------------------------------------------------
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-reveal]");
  if (!button) return;
  const input = document.getElementById(button.dataset.reveal);
  input.type = input.type === "password" ? "text" : "password";
  button.setAttribute("aria-pressed", input.type === "text");
});

// --- Lists with a record beside them: data-list around links marked data-item ------------------------------------------
document.addEventListener("click", (event) => {
  const item = event.target.closest("[data-item]");
  const split = event.target.closest(".split");
  if (event.target.closest("[data-back]") && split) {
    event.preventDefault();
    split.classList.remove("show-detail");
    split.querySelector("[data-item][aria-current]")?.focus();
  }
  if (!item || !split) return;
  all("[data-item][aria-current]", split).forEach((other) => other.removeAttribute("aria-current"));
  item.setAttribute("aria-current", "true");
  split.classList.add("show-detail");
});

// While another record is on its way the old one cannot be acted on; an answer that was overtaken is not shown.
let latest = null;
let isSwapped = false;

function hold(on) {
  const pane = document.getElementById("lead-pane");
  pane?.setAttribute("aria-busy", on);
  pane?.toggleAttribute("inert", on);
  pane?.toggleAttribute("data-shown", isSwapped);
  if (!on && isSwapped) document.dispatchEvent(new Event("pane:settled"));
}

document.addEventListener("htmx:beforeRequest", ({ detail: { target, xhr } }) => {
  if (!target?.matches?.("#lead-pane, #queue")) return;
  latest = xhr;
  isSwapped = false;
  hold(true);
  xhr.addEventListener("loadend", () => xhr === latest && !isSwapped && hold(false));
});

document.addEventListener("htmx:beforeSwap", ({ detail }) => {
  if (latest && detail.target?.id === "lead-pane" && detail.xhr !== latest) detail.shouldSwap = false;
});

// Swapped is not enough: until it is settled, its forms are not htmx's yet.
for (const [name, on] of [["htmx:afterSwap", true], ["htmx:afterSettle", false]]) {
  document.addEventListener(name, ({ detail }) => {
    if (!latest || detail.xhr !== latest) return;
    isSwapped = true;
    hold(on);
  });
}

// The focus stays on the list, so the heading of what was loaded is said aloud.
document.addEventListener("htmx:afterSwap", (event) => {
  const heading = event.target.querySelector?.("[data-announce]");
  if (heading) document.getElementById("announcer").textContent = heading.textContent.trim();
});

// --- Time ------------------------------------------------------------------------------------------------------------
const TICK = 20000;
const RING = 2 * Math.PI * 6;
const tick = () => document.hidden || window.htmx?.trigger(document.body, "app:tick");

setInterval(tick, TICK);
document.addEventListener("visibilitychange", tick);
setInterval(() => document.hidden || all("[data-due]").forEach(countDown), 1000);

function countDown(chip) {
  const left = Date.parse(chip.dataset.due) - Date.now();
  const share = shareLeft(chip.dataset);
  const state = left < 0 ? "late" : share <= 0.2 ? "due" : share <= 0.5 ? "warn" : "ok";
  const words = chip.querySelector("[data-due-words]");
  const text = timeLeft(left);
  if (words.textContent !== text) words.textContent = text;
  if (!chip.classList.contains(`due-${state}`)) chip.className = `due due-${state}`;
  chip.querySelector(".ring-value").setAttribute("stroke-dasharray", `${Math.min(1, share) * RING} ${RING}`);
}

// Working time does not pass evenly: the server reckoned when a half and when a fifth of it is left.
function shareLeft({ start, half, soon, due }) {
  const marks = [[start, 1], [half, 0.5], [soon, 0.2], [due, 0]].filter(([at]) => at).map(([at, share]) => [Date.parse(at), share]);
  const next = marks.findIndex(([at]) => at > Date.now());
  if (next <= 0) return next ? 0 : 1;
  const [[low, before], [high, after]] = [marks[next - 1], marks[next]];
  return before - ((before - after) * (Date.now() - low)) / (high - low);
}

// The same words as the template tag `countdown` writes.
export function timeLeft(milliseconds) {
  const seconds = Math.abs(Math.floor(milliseconds / 1000));
  const [minutes, hours, days] = [60, 3600, 86400].map((unit) => Math.floor(seconds / unit));
  const two = (number) => String(number).padStart(2, "0");
  const amount = days
    ? days > 9 || !(hours % 24) ? `${days} d` : `${days} d ${hours % 24} h`
    : hours
      ? `${hours} h ${two(minutes % 60)} m`
      : minutes >= 10
        ? `${minutes} min`
        : `${minutes}:${two(seconds % 60)}`;
  return `${amount} ${milliseconds < 0 ? "late" : "left"}`;
}
