// The tables of promises: a form that was asked for stands in the page's one dialog; marked rows are counted.

const dialog = document.getElementById("sla-dialog");
const all = (selector, root = document) => [...root.querySelectorAll(selector)];

let asked = "";
document.addEventListener("click", ({ target }) => (asked = target.closest("[data-form]")?.dataset.form ?? asked));

document.addEventListener("htmx:afterSwap", ({ target }) => {
  if (target.id !== "sla-form" || dialog.open) return;
  document.getElementById("sla-dialog-title").textContent = asked;
  dialog.showModal();
});

// A form that was answered has said what it had to.
dialog.addEventListener("close", () => document.getElementById("sla-form").replaceChildren());

function count(form) {
  const marked = all("[name=clock]:checked", form).length;
  const act = form.querySelector("[data-bulk-act]");
  if (!act) return;
  act.disabled = marked === 0;
  act.querySelector("[data-bulk-words]").textContent = marked ? `Re-assign ${marked}` : "Re-assign the marked";
  form.querySelector("[data-bulk-none]").hidden = marked > 0;
}

const everywhere = () => all("[data-bulk]").forEach(count);
document.addEventListener("change", ({ target }) => target.form?.matches("[data-bulk]") && count(target.form));
document.addEventListener("htmx:afterSettle", everywhere);
everywhere();
