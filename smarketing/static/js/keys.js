// The keyboard: G and a letter goes somewhere, J and K move in a list, one key presses the button that names it.

const all = (selector, root = document) => [...root.querySelectorAll(selector)];
const CHORD = 900;
const OPENS = { "?": "shortcuts", "/": "palette" };
let prefix = "";
let prefixed = 0;

// Never while someone types, holds a modifier, has a dialog or a menu open, or has switched single keys off.
function isForUs(event) {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return false;
  if (document.documentElement.dataset.keys === "off") return false;
  if (event.target.closest("input, textarea, select, [contenteditable]")) return false;
  return !document.querySelector("dialog[open], [popover]:popover-open");
}

document.addEventListener("keydown", (event) => {
  if (!isForUs(event)) return;
  const key = event.key.toLowerCase();
  const step = { j: 1, k: -1 }[key];
  // What a toast takes back is named in it, whatever the page shows by now.
  const undo = key === "z" && all(".toast [data-undo]").at(-1);
  if (event.repeat && !step) return;
  if (prefix && key !== "g" && Date.now() - prefixed < CHORD) press(event, `[data-chord="${CSS.escape(prefix)} ${CSS.escape(key)}"]`);
  else if (key === "g") prefixed = Date.now();
  else if (OPENS[key]) press(event, `.side [data-open="${OPENS[key]}"]`, true);
  else if (step) move(event, step);
  else if (undo) undo.click();
  else if (!isLoading()) press(event, `[data-key="${CSS.escape(key)}"]`);
  else if (isShown()) whenSettled(() => press(event, `[data-key="${CSS.escape(key)}"]`));
  prefix = key === "g" ? "g" : "";
});

// The lead on the screen is about to be another one: a key pressed now is meant for that.
const isLoading = () => document.querySelector('#lead-pane[aria-busy="true"]') !== null;
// The new one can be seen already, a moment before its forms work: the key waits for that moment, the last one wins.
const isShown = () => document.querySelector("#lead-pane[data-shown]") !== null;
let waiting = null;
const whenSettled = (act) => { waiting = act; };
document.addEventListener("pane:settled", () => {
  const act = waiting;
  waiting = null;
  if (act) setTimeout(act);
});
// Just swapped in: htmx does not know its forms yet, and the browser would send them by itself. The key waits.
const isRaw = (element) => element.closest(".htmx-added, .htmx-swapping") !== null;

function press(event, selector, hidden = selector.includes("chord")) {
  const targets = all(selector).filter((element) => !element.matches(":disabled") && (hidden || element.checkVisibility()));
  if (!targets.length) return;
  event.preventDefault();
  const target = targets.find((element) => !isRaw(element));
  if (target) target.click();
  else document.addEventListener("htmx:afterSettle", () => press(event, selector), { once: true });
}

// data-list="follow" opens each item as it is reached; a plain data-list only moves the focus, Enter opens.
function move(event, step) {
  const list = document.querySelector("[data-list]");
  const items = list ? all("[data-item]", list) : [];
  if (!items.length) return;
  event.preventDefault();
  waiting = null; // what was meant for the lead before is not meant for the next one
  const here = items.findIndex((item) => item === document.activeElement || item.hasAttribute("aria-current"));
  const focused = items.indexOf(document.activeElement);
  const next = items[Math.min(items.length - 1, Math.max(0, (focused < 0 ? here : focused) + step))];
  next.focus();
  next.scrollIntoView({ block: "nearest" });
  if (list.dataset.list === "follow" && !next.hasAttribute("aria-current")) next.click();
}

// What this page can do by a key, or says in so many words (data-palette): for the list of shortcuts and for the palette.
function actsOfPage() {
  const shown = all("[data-key], [data-palette]").filter((element) => element.checkVisibility() && !element.matches(":disabled"));
  const acts = shown.map((element) => ({ element, key: element.dataset.key, words: element.dataset.palette || name(element) }));
  // Of two with one key the first is pressed, so only that one is named.
  return acts.filter(({ key }, at) => !key || acts.findIndex((other) => other.key === key) === at);
}

// What keys do that no single element stands for, and where.
const OTHERS = [
  ["[data-list] [data-item]", ["j", "k"], "Next, previous in the list"],
  ['[data-list]:not([data-list="follow"]) [data-item]', ["↵"], "Open"],
  ["[data-choose-page]", ["Space"], "Choose"],
  ["[data-choose-page]", ["⇧", "j", "k"], "Choose on the way"],
  ["[data-digit]", ["1–9"], "Choose in a dialog"],
];

document.addEventListener("page:acts", ({ detail }) => detail.push(...actsOfPage()));

document.addEventListener("click", (event) => {
  if (!event.target.closest('[data-open="shortcuts"]')) return;
  const lines = actsOfPage().filter(({ key }) => key).map(({ key, words }) => line([key], words));
  lines.push(...OTHERS.filter(([where]) => document.querySelector(where)).map(([, keys, words]) => line(keys, words)));
  const list = document.querySelector("[data-shortcuts]");
  list.replaceChildren(...lines);
  list.parentElement.hidden = !lines.length;
}, true);

function name(element) {
  const copy = element.cloneNode(true);
  all("kbd, svg", copy).forEach((part) => part.remove());
  return element.getAttribute("aria-label") ?? copy.textContent.trim().replace(/\s+/g, " ");
}

function line(keys, words) {
  const row = document.getElementById("shortcut-template").content.firstElementChild.cloneNode(true);
  row.querySelector(".keys").append(...keys.map((key) => Object.assign(document.createElement("kbd"), { textContent: key.length > 1 ? key : key.toUpperCase() })));
  row.querySelector("dd").textContent = words;
  return row;
}
