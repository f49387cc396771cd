// Lists of leads: filters in a menu, rows chosen by pointer and keyboard, columns put in order.

const all = (selector, root = document) => [...root.querySelectorAll(selector)];

// --- Filters: the form of one opens in the menu; without script the link opens the page with it ----------------------
const menu = document.getElementById("filters");
const body = document.getElementById("filter-body");
const names = menu?.querySelector("[data-filter-menu]");

function show(form) {
  body.hidden = !form;
  names.hidden = Boolean(form);
  if (!form) return body.replaceChildren();
  body.querySelector("input:not([type=hidden])")?.focus();
}

document.addEventListener("click", (event) => {
  if (event.ctrlKey || event.metaKey || event.shiftKey) return;
  const link = event.target.closest("a[data-filter]");
  if (link && menu) {
    event.preventDefault();
    if (!menu.matches(":popover-open")) menu.showPopover({ source: link });
    window.htmx.ajax("GET", link.getAttribute("href"), { target: body, swap: "innerHTML" }).then(() => show(true));
  }
  if (event.target.closest("[data-filter-close]") && menu?.matches(":popover-open")) {
    event.preventDefault();
    show(false);
    names.querySelector("a")?.focus();
  }
});

menu?.addEventListener("toggle", (event) => event.newState === "closed" && show(false));
menu?.addEventListener("input", ({ target }) => {
  if (!target.matches("[data-narrow]")) return;
  const text = target.value.trim().toLowerCase();
  all(".filter-options .check", menu).forEach((one) => (one.hidden = !one.textContent.toLowerCase().includes(text)));
});

// --- Chosen rows: Space takes one, Shift with J or K takes along, the box in the head takes the page -----------------
const form = document.getElementById("chosen");
const boxes = () => all('[name="lead"]', form);
const rowOf = (element) => element?.closest("tbody tr");
let last = null;

function told() {
  const chosen = boxes().filter((box) => box.checked);
  const whole = form.querySelector('[name="all"]');
  const page = form.querySelector("[data-choose-page]");
  if (whole?.checked && chosen.length < boxes().length) whole.checked = false;
  page.checked = chosen.length > 0 && chosen.length === boxes().length;
  page.indeterminate = chosen.length > 0 && !page.checked;
  boxes().forEach((box) => rowOf(box).toggleAttribute("data-chosen", box.checked));
  const words = whole?.checked ? "All that match" : `${chosen.length} chosen`;
  form.querySelector("[data-choice]").textContent = words;
}

function choose(list, on) {
  list.forEach((box) => (box.checked = on));
  told();
}

const isList = form?.querySelector("[data-choose-page]");

if (isList) {
  form.addEventListener("change", ({ target }) => {
    if (target.matches("[data-choose-page]")) choose(boxes(), target.checked);
    else if (target.name === "all" && target.checked) choose(boxes(), true);
    else told();
  });
  form.addEventListener("click", (event) => {
    if (event.target.closest("[data-choose-none]")) return choose(boxes(), false);
    if (event.target.name !== "lead") return;
    const order = boxes();
    const [from, to] = [order.indexOf(last), order.indexOf(event.target)].sort((a, b) => a - b);
    if (event.shiftKey && from >= 0) choose(order.slice(from, to + 1), event.target.checked);
    last = event.target;
  });
  document.addEventListener("keydown", (event) => {
    const row = rowOf(document.activeElement);
    const item = document.activeElement?.matches("[data-item]");
    if (!row || !item || event.ctrlKey || event.metaKey || event.altKey || document.documentElement.dataset.keys === "off") return;
    const box = row.querySelector('[name="lead"]');
    if (event.key === " ") {
      event.preventDefault();
      choose([box], !box.checked);
    } else if (event.shiftKey && ["J", "K"].includes(event.key)) {
      choose([box], true);
      setTimeout(() => choose(all('[name="lead"]', rowOf(document.activeElement) ?? row), true));
    } else if (event.key === "Escape") choose(boxes(), false);
  });
  told();
}

// --- The act on them: its form arrives in the dialog -------------------------------------------------------------------
document.addEventListener("htmx:afterSwap", ({ target }) => {
  if (target.id !== "bulk-body") return;
  const dialog = target.closest("dialog");
  document.getElementById("bulk-title").textContent = target.querySelector("[data-title]")?.dataset.title ?? "";
  if (!dialog.open) dialog.showModal();
  target.querySelector("[autofocus], [type=radio]")?.focus();
});

// --- Columns: an arrow moves one up at once; Apply keeps the order ---------------------------------------------------
document.addEventListener("click", (event) => {
  const up = event.target.closest('[data-sortable] [name="up"]');
  if (!up) return;
  event.preventDefault();
  const pick = up.closest("li");
  pick.previousElementSibling?.before(pick);
  up.focus();
});
