// Search and commands: Ctrl-K or / opens it, the server ranks what was typed, and what this page can do is found here.

const palette = document.getElementById("palette");
const input = palette.querySelector("input");
const list = document.getElementById("pal-list");
const apple = /Mac|iP(hone|ad)/.test(navigator.platform);
let acts = [];
let chosen = -1;
let isWaiting = false; // Enter was pressed before the answer to what is typed came

if (apple) document.querySelectorAll("kbd").forEach((key) => key.textContent === "Ctrl" && (key.textContent = "⌘"));

// --- Opening -----------------------------------------------------------------------------------------------------------
// Only the numbers of records are kept, for this tab and this person; the server names them if they may be seen.
const RECORD = /^\/(leads|queue|accounts|campaigns)\/(\d+)\//;
const here = () => location.pathname.match(RECORD)?.slice(1).join("-").replace("queue", "leads");
const kept = () => {
  const [person, ...records] = (sessionStorage.getItem("recent") ?? "").split(".");
  return person === palette.dataset.person ? records : [];
};

function keep() {
  if (here()) sessionStorage.setItem("recent", [palette.dataset.person, ...new Set([here(), ...kept()])].slice(0, 9).join("."));
}

keep();
document.addEventListener("htmx:pushedIntoHistory", keep);

document.addEventListener("keydown", (event) => {
  const isChord = event.key.toLowerCase() === "k" && (apple ? event.metaKey : event.ctrlKey) && !event.altKey && !event.shiftKey;
  if (!isChord) return;
  event.preventDefault();
  if (palette.open) palette.close();
  else if (!document.querySelector("dialog:modal")) document.querySelector('[data-open="palette"]').click();
});

input.addEventListener("opened", () => {
  input.value = "";
  list.replaceChildren();
  palette.querySelector("[name=recent]").value = kept().filter((record) => record !== here()).join(".");
  // Asked before the palette covers them: what is not on the screen cannot be pressed.
  acts = [];
  document.dispatchEvent(new CustomEvent("page:acts", { detail: acts }));
});

// --- What this page can do, beside what the server found ---------------------------------------------------------------
const starts = (words, typed) => typed.toLowerCase().split(/\s+/).every((part) => words.toLowerCase().split(/\s+/).some((word) => word.startsWith(part)));

function offer(typed) {
  const found = acts.filter((act) => starts(act.words, typed)).slice(0, typed ? 4 : 9);
  if (!found.length) return;
  const group = document.createElement("div");
  group.setAttribute("role", "group");
  group.setAttribute("aria-label", "On this page");
  group.append(Object.assign(document.createElement("p"), { className: "pal-group", textContent: "On this page", ariaHidden: "true" }));
  for (const act of found) {
    const option = palette.querySelector("template").content.firstElementChild.cloneNode(true);
    option.querySelector(".pal-name").textContent = act.words;
    const keys = (act.key ?? "").split(" ").filter(Boolean);
    option.querySelector(".keys").append(...keys.map((key) => Object.assign(document.createElement("kbd"), { textContent: key.toUpperCase() })));
    option.addEventListener("click", () => {
      palette.close();
      act.element.click();
    });
    group.append(option);
  }
  list.insertBefore(group, list.querySelector('[data-group="pages"], [data-group="go-to"], .pal-more'));
}

// --- Choosing: the focus stays in the field, aria-activedescendant names the line ----------------------------------------
const options = () => [...list.querySelectorAll('[role="option"]')];

function choose(next) {
  const lines = options();
  chosen = lines.length ? (next + lines.length) % lines.length : -1;
  lines.forEach((line, n) => {
    line.id = `pal-${n}`;
    line.setAttribute("aria-selected", n === chosen);
  });
  if (chosen < 0) return input.removeAttribute("aria-activedescendant");
  input.setAttribute("aria-activedescendant", lines[chosen].id);
  if (chosen) lines[chosen].scrollIntoView({ block: "nearest" });
  else list.scrollTop = 0;
}

const typed = () => input.value.trim().replace(/\s+/g, " ");
const isAnswered = () => list.querySelector("[data-q]")?.dataset.q === typed();

document.addEventListener("htmx:afterSettle", ({ target }) => {
  if (target !== list) return;
  offer(typed());
  choose(0);
  const number = options().filter((line) => !line.matches(".pal-more")).length;
  palette.querySelector("[data-pal-status]").textContent = number ? `${number} found` : "Nothing found. Enter searches all leads.";
  if (isWaiting && isAnswered()) options()[0]?.click();
  isWaiting = isWaiting && !isAnswered();
});

input.addEventListener("input", () => (isWaiting = false));

palette.addEventListener("submit", (event) => event.preventDefault());
palette.addEventListener("keydown", (event) => {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step) {
    event.preventDefault();
    choose(chosen + step);
  } else if (event.key === "Enter" && event.target === input && !event.isComposing) {
    event.preventDefault();
    const line = options()[chosen];
    if (!isAnswered()) isWaiting = true;
    else if (line?.href && (event.ctrlKey || event.metaKey)) window.open(line.href, "_blank", "noopener");
    else line?.click();
  }
});
