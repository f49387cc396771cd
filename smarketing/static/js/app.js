// Behaviours shared by every page. Each is a data attribute on HTML the server wrote; links and forms work without them.

const all = (selector, root = document) => [...root.querySelectorAll(selector)];
const remember = (name, value) => {
  document.cookie = `${name}=${value};path=/;max-age=31536000;samesite=lax`;
};

// --- Dialogs: data-open="<id>", data-close, and on a form data-close-on-success --------------------------------------
document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-open]");
  if (opener) {
    all("[popover]:popover-open").forEach((menu) => menu.hidePopover());
    document.getElementById(opener.dataset.open)?.showModal();
    return;
  }
  const dialog = event.target.closest("dialog");
  if (event.target.closest("[data-close]") || (event.target === dialog && isOutside(dialog, event))) dialog?.close();
});

function isOutside(dialog, { clientX: x, clientY: y }) {
  const box = dialog.getBoundingClientRect();
  return x < box.left || x > box.right || y < box.top || y > box.bottom;
}

document.addEventListener("htmx:afterRequest", (event) => {
  const { successful, xhr } = event.detail;
  if (successful && xhr.status === 204) event.target.closest("[data-close-on-success]")?.closest("dialog")?.close();
});

// --- Toasts: HX-Trigger {"toast": {"text", "tone", "undo"}}, or rendered with the page -------------------------------
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
  if (undo) button.dataset.undo = undo;
  else button.remove();
  if (tone === "error") {
    shown.classList.add("toast-error");
    shown.setAttribute("role", "alert");
  }
  follow();
  region.append(shown);
  fade(shown, undo || tone === "error" ? LONG : SHORT);
}

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

document.addEventListener("htmx:responseError", (event) => {
  const { xhr } = event.detail;
  if (xhr.getResponseHeader("HX-Trigger")?.includes('"toast"')) return;
  const text = sentence(xhr) || FALLBACK[xhr.status] || "Something went wrong on our side. Nothing was saved.";
  toast({ text, tone: "error" });
});

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

// A whole page where a fragment was asked for: the session has ended. Go there instead of nesting it.
document.addEventListener("htmx:beforeSwap", (event) => {
  const { xhr } = event.detail;
  if (!/^\s*<!doctype/i.test(xhr.responseText) || !event.detail.shouldSwap) return;
  event.detail.shouldSwap = false;
  location.assign(xhr.responseURL);
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
  event.target.closest("[data-autosubmit]")?.requestSubmit();
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
  const due = Date.parse(chip.dataset.due);
  const left = due - Date.now();
  const share = Math.max(0, left / (due - Date.parse(chip.dataset.start)) || 0);
  const state = left < 0 ? "late" : share < 0.2 ? "due" : share < 0.5 ? "warn" : "ok";
  const words = chip.querySelector("[data-due-words]");
  const text = timeLeft(left);
  if (words.textContent !== text) words.textContent = text;
  if (!chip.classList.contains(`due-${state}`)) chip.className = `due due-${state}`;
  chip.querySelector(".ring-value").setAttribute("stroke-dasharray", `${Math.min(1, share) * RING} ${RING}`);
}

// The same words as the template tag `countdown` writes.
export function timeLeft(milliseconds) {
  const seconds = Math.abs(Math.floor(milliseconds / 1000));
  const [minutes, hours, days] = [60, 3600, 86400].map((unit) => Math.floor(seconds / unit));
  const two = (number) => String(number).padStart(2, "0");
  const amount = days
    ? `${days} d ${hours % 24} h`
    : hours
      ? `${hours} h ${two(minutes % 60)} m`
      : minutes >= 10
        ? `${minutes} min`
        : `${minutes}:${two(seconds % 60)}`;
  return `${amount} ${milliseconds < 0 ? "late" : "left"}`;
}
