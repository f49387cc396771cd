// Stages that narrow into one another. One row for each stage: its tone on the row, and its number. The height of a
// band is the square root of the number, so that the last stages can still be seen.

const GAP = 3;
const LEAST = 8; // pixels, where anybody came so far
const count = (number) => number.toLocaleString("en");

export function option({ rows }, look) {
  const numbers = rows.map(({ values }) => values[0] ?? 0);
  const most = Math.sqrt(Math.max(...numbers, 1));
  return {
    tooltip: { trigger: "item", formatter: ({ dataIndex: at }) => words(rows, numbers, at) },
    series: {
      type: "custom",
      coordinateSystem: "none",
      data: rows.map(({ label, href }, at) => ({ name: label, value: numbers[at], href })),
      renderItem({ dataIndex: at }, api) {
        const room = api.getHeight();
        const width = api.getWidth() / rows.length;
        const tall = (n) => (n ? Math.max(LEAST, (Math.sqrt(n) / most) * room) : 2);
        // The last band goes on as it is narrowing already.
        const [left, right] = [tall(numbers[at]), at + 1 < rows.length ? tall(numbers[at + 1]) : tall(numbers[at]) * 0.86];
        const fill = look.tone(rows[at].tone);
        return {
          type: "path",
          cursor: rows[at].href ? "pointer" : "default",
          shape: { pathData: band(at * width, (at + 1) * width - (at + 1 < rows.length ? GAP : 0), left, right, room / 2) },
          style: { fill },
          emphasis: { style: { fill, opacity: 0.82 } },
        };
      },
    },
  };
}

// From the left edge to the right one along two curves that leave and arrive level.
function band(x0, x1, left, right, middle) {
  const bend = x0 + (x1 - x0) * 0.55;
  const back = x1 - (x1 - x0) * 0.45;
  return [
    `M${x0} ${middle - left / 2}`,
    `C${bend} ${middle - left / 2} ${back} ${middle - right / 2} ${x1} ${middle - right / 2}`,
    `L${x1} ${middle + right / 2}`,
    `C${back} ${middle + right / 2} ${bend} ${middle + left / 2} ${x0} ${middle + left / 2}Z`,
  ].join(" ");
}

function words(rows, numbers, at) {
  const share = at && numbers[at - 1] ? `\n${((100 * numbers[at]) / numbers[at - 1]).toFixed(1)}% of ${count(numbers[at - 1])} ${rows[at - 1].label}` : "";
  return `${rows[at].label}: ${count(numbers[at])}${share}`;
}
