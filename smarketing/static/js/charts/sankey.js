// Flows from the left to the right. Each row of the table is a flow: two cells marked data-node="<key>" with
// data-tone and data-depth, and its number. The largest nodes of the first column are drawn, the rest as one.

const MOST = 7;
const NARROW = 620;

export function option({ table, width }, look) {
  const isNarrow = width < NARROW;
  const flows = folded([...table.tBodies[0].rows].map(flowOf).filter(({ value }) => value > 0));
  const nodes = nodesOf(flows);
  const last = Math.max(...nodes.map(({ depth }) => depth));
  const rich = {
    name: { color: look.ink, fontFamily: look.font, fontSize: isNarrow ? 11 : 12, fontWeight: 600 },
    number: { color: look.quiet, fontFamily: look.font, fontSize: isNarrow ? 11 : 12 },
  };
  return {
    tooltip: { formatter: ({ dataType, data, value, name }) => (dataType === "edge" ? `${data.words}\n${count(data.value)}` : `${title(nodes, name)}\n${count(value)}`) },
    series: {
      type: "sankey",
      left: isNarrow ? 96 : 172,
      right: isNarrow ? 92 : 136,
      top: 8,
      bottom: 12,
      nodeWidth: isNarrow ? 7 : 10,
      nodeGap: isNarrow ? 14 : 18,
      nodeAlign: "left",
      draggable: false,
      layoutIterations: 48,
      emphasis: { focus: "adjacency" },
      lineStyle: { curveness: 0.5 },
      data: nodes.map((node) => ({
        name: node.key,
        depth: node.depth,
        href: node.href,
        itemStyle: { color: look.tone(node.tone), borderWidth: 0 },
        label: {
          // Between the columns of a phone only the stages have room for their names.
          show: !(isNarrow && node.depth > 0 && node.depth < last && node.key.includes(":")),
          position: node.depth === 0 ? "left" : "right",
          formatter: `{name|${shorten(node.name, isNarrow ? 10 : 18)}}${isNarrow && node.depth > 0 && node.depth < last ? "" : `  {number|${count(node.value)}}`}`,
          align: node.depth === 0 ? "right" : "left",
          rich,
        },
      })),
      links: flows.map((flow) => ({
        source: flow.from.key,
        target: flow.to.key,
        value: flow.value,
        href: flow.href,
        words: `${flow.from.name} → ${flow.to.name}`,
        lineStyle: { color: look.tone(flow.to.tone), opacity: 0.24 },
      })),
    },
  };
}

const count = (number) => number.toLocaleString("en");
const shorten = (name, most) => (name.length > most ? `${name.slice(0, most - 1)}…` : name);
const title = (nodes, key) => nodes.find((node) => node.key === key)?.name ?? key;

function flowOf(row) {
  const [from, to] = [...row.querySelectorAll("[data-node]")].map((cell) => ({
    key: cell.dataset.node,
    name: cell.dataset.name || cell.textContent.trim(),
    tone: cell.dataset.tone,
    depth: Number(cell.dataset.depth),
  }));
  return { from, to, value: Number(row.querySelector("data").value), href: row.querySelector("td:last-child a")?.href };
}

function nodesOf(flows) {
  const nodes = new Map();
  for (const { from, to, value } of flows) {
    for (const [end, side] of [[from, "out"], [to, "into"]]) {
      if (!nodes.has(end.key)) nodes.set(end.key, { ...end, out: 0, into: 0 });
      nodes.get(end.key)[side] += value;
    }
  }
  return [...nodes.values()].map((node) => ({ ...node, value: Math.max(node.into, node.out) }));
}

function folded(flows) {
  const first = nodesOf(flows).filter(({ depth }) => depth === 0).sort((a, b) => b.value - a.value);
  if (first.length <= MOST + 1) return flows;
  const few = new Set(first.slice(MOST).map(({ key }) => key));
  const rest = { key: "rest", name: `${few.size} others`, tone: "neutral", depth: 0 };
  const merged = new Map();
  for (const flow of flows.filter(({ from }) => few.has(from.key))) {
    const { value } = merged.get(flow.to.key) ?? { value: 0 };
    merged.set(flow.to.key, { from: rest, to: flow.to, value: value + flow.value });
  }
  return [...flows.filter(({ from }) => !few.has(from.key)), ...merged.values()];
}
