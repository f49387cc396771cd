// Rows of a draft's lists: one more without a round trip. Without script the same button asks the server.

function add(button, event) {
  const prefix = button.dataset.rowsAdd;
  const list = document.querySelector(`[data-rows="${prefix}"]`);
  const total = document.querySelector(`[name="${prefix}-TOTAL_FORMS"]`);
  const empty = document.querySelector(`template[data-rows-empty="${prefix}"]`);
  if (!list || !total || !empty) return;
  event.preventDefault();
  const holder = document.createElement("template");
  holder.innerHTML = empty.innerHTML.replaceAll("__prefix__", total.value);
  total.value = Number(total.value) + 1;
  list.append(holder.content);
  const row = list.lastElementChild;
  row.dispatchEvent(new CustomEvent("row-added", { bubbles: true }));
  row.querySelector("input:not([type=hidden]), select, textarea")?.focus();
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-rows-add]");
  if (button) add(button, event);
});
