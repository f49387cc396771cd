// Draws the tables of figures marked data-chart. A kind is one file js/charts/<kind>.js that exports
// option(data, look): what ECharts shall draw. What all charts share (colours, tooltip, motion, size) is here.

const drawn = new Map();
const queries = {
  dark: matchMedia("(prefers-color-scheme: dark)"),
  still: matchMedia("(prefers-reduced-motion: reduce)"),
};

// --- What the table says ---------------------------------------------------------------------------------------------
const all = (selector, root) => [...root.querySelectorAll(selector)];
const wordsOf = (element) => element?.textContent.replace(/\s+/g, " ").trim() ?? "";

export function numberOf(cell) {
  const value = cell?.querySelector("data")?.value;
  return value === undefined || value === "" ? null : Number(value);
}

// rows: each with label, tone, href, cells and values (a number or null for each cell after the label).
// series: the columns marked data-series, each with name, tone and the values of its column.
function read(figure) {
  const table = figure.querySelector("table");
  const rows = all("tbody tr", table).map((row) => {
    const cells = [...row.cells];
    const [label] = cells;
    return { row, cells, label: wordsOf(label), tone: row.dataset.tone, href: row.querySelector("a")?.href, values: cells.slice(1).map(numberOf) };
  });
  const series = all("thead th[data-series]", table).map((head) => ({
    name: head.dataset.series || wordsOf(head),
    tone: head.dataset.tone,
    values: rows.map(({ cells }) => numberOf(cells[head.cellIndex])),
  }));
  return { figure, table, rows, series, width: figure.clientWidth };
}

// --- How it looks: the colours of the page, read when drawn ----------------------------------------------------------
function lookOf(figure) {
  const probe = document.createElement("i");
  // With less motion every change of colour is a very short one, and would be read before it began.
  probe.style.transition = "none";
  figure.append(probe);
  const resolve = (colour) => {
    probe.style.color = colour;
    return getComputedStyle(probe).color;
  };
  const tones = new Map();
  const look = {
    ink: resolve("var(--ink)"),
    soft: resolve("var(--ink-2)"),
    quiet: resolve("var(--ink-3)"),
    line: resolve("var(--line)"),
    edge: resolve("var(--line-2)"),
    surface: resolve("var(--surface)"),
    font: getComputedStyle(figure).fontFamily,
    // Tones are the classes c-… of charts.css.
    tone(name = "neutral") {
      if (!tones.has(name)) {
        probe.className = `c-${name}`;
        figure.append(probe);
        tones.set(name, resolve("var(--c)"));
        probe.remove();
      }
      return tones.get(name);
    },
  };
  probe.remove();
  return look;
}

function dressed(option, look) {
  const text = { color: look.soft, fontFamily: look.font, fontSize: 12 };
  return {
    animation: !queries.still.matches,
    animationDuration: 240,
    textStyle: text,
    ...option,
    tooltip: {
      // Rich text: HTML tooltips write style attributes, which the page's policy forbids.
      renderMode: "richText",
      confine: true,
      backgroundColor: look.surface,
      borderColor: look.edge,
      borderWidth: 1,
      padding: [8, 10],
      ...option.tooltip,
      textStyle: { ...text, color: look.ink },
    },
  };
}

// --- Drawing ---------------------------------------------------------------------------------------------------------
async function draw(figure) {
  const space = figure.querySelector(".chart-drawing");
  try {
    const [library, kind] = await Promise.all([import(figure.dataset.library), import(figure.dataset.chart)]);
    if (!figure.isConnected || drawn.has(figure)) return;
    const chart = library.init(space, null, { renderer: "svg" });
    drawn.set(figure, { chart, kind });
    chart.on("click", ({ data }) => data?.href && location.assign(data.href));
    render(figure);
    sizes.observe(space);
  } catch (fault) {
    // The numbers stand for themselves.
    space.hidden = true;
    figure.querySelector(".chart-numbers").open = true;
    throw fault;
  }
}

function render(figure) {
  const { chart, kind } = drawn.get(figure);
  const look = lookOf(figure);
  chart.setOption(dressed(kind.option(read(figure), look), look), { notMerge: true });
  figure.dataset.drawn = "";
}

const sizes = new ResizeObserver((entries) => {
  for (const { target } of entries) {
    const figure = target.closest("[data-chart]");
    const one = drawn.get(figure);
    if (!one || !target.clientWidth || one.width === target.clientWidth) continue;
    const isFirst = one.width === undefined;
    one.width = target.clientWidth;
    if (isFirst) continue;
    one.chart.resize();
    render(figure);
  }
});

const sight = new IntersectionObserver((entries) => {
  for (const { target, isIntersecting } of entries) {
    if (!isIntersecting) continue;
    sight.unobserve(target);
    draw(target);
  }
}, { rootMargin: "400px" });

// A swap of the page took some away and brought others.
function look() {
  for (const [figure, { chart }] of drawn) {
    if (figure.isConnected) continue;
    chart.dispose();
    drawn.delete(figure);
  }
  all("[data-chart]", document).forEach((figure) => drawn.has(figure) || sight.observe(figure));
}

// On paper the numbers are the chart.
const folded = new Set();
addEventListener("beforeprint", () => all(".chart-numbers:not([open])", document).forEach((one) => folded.add(one) && (one.open = true)));
addEventListener("afterprint", () => {
  folded.forEach((one) => (one.open = false));
  folded.clear();
});

document.addEventListener("click", (event) => event.target.closest("[data-print]") && window.print());

const renderAll = () => [...drawn.keys()].forEach((figure) => figure.isConnected && render(figure));
document.addEventListener("app:appearance", renderAll);
queries.dark.addEventListener("change", renderAll);
document.addEventListener("htmx:afterSwap", look);
look();
