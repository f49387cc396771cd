// Copy what is shown once: data-copy="<input id>".

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  const input = document.getElementById(button.dataset.copy);
  input.select();
  const text = await copied(input) ? "Copied." : "Your browser does not let us copy. Press Ctrl-C: it is selected.";
  document.dispatchEvent(new CustomEvent("toast", { detail: { text } }));
});

// The clipboard is closed to pages without https, and to those that a browser does not trust.
async function copied(input) {
  try {
    await navigator.clipboard.writeText(input.value);
    return true;
  } catch {
    return document.execCommand("copy");
  }
}
