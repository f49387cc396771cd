// Bars over time: each row of the table is a day, a week or a month, each column marked data-series a part of its
// bar, stacked from the bottom in the order of the columns. In a table marked data-nested each column is a part of the
// one before it, and stands inside it. In a table marked data-beside the bars of a row stand side by side.

export function option({ rows, series, table }, look) {
  const isNested = table.dataset.nested !== undefined;
  const isBeside = table.dataset.beside !== undefined;
  return {
    grid: { left: 34, right: 8, top: isBeside ? 34 : 12, bottom: 30 },
    legend: isBeside
      ? {
          top: 0,
          right: 6,
          itemWidth: 10,
          itemHeight: 10,
          textStyle: { color: look.soft, fontFamily: look.font, fontSize: 12 },
          selectedMode: false,
        }
      : undefined,
    tooltip: { trigger: "axis", axisPointer: { type: "shadow", shadowStyle: { opacity: 0.08 } } },
    xAxis: {
      type: "category",
      data: rows.map(({ label }) => label),
      axisLine: { lineStyle: { color: look.edge } },
      axisTick: { show: false },
      axisLabel: { color: look.quiet, hideOverlap: true, margin: 10 },
    },
    yAxis: {
      type: "value",
      minInterval: 1,
      splitNumber: 3,
      axisLabel: { color: look.quiet },
      splitLine: { lineStyle: { color: look.line } },
    },
    series: series.map(({ name, tone, values }) => ({
      name,
      type: "bar",
      stack: isNested || isBeside ? undefined : "all",
      barGap: isNested ? "-100%" : isBeside ? "8%" : undefined,
      barMaxWidth: 22,
      barCategoryGap: "35%",
      itemStyle: { color: look.tone(tone) },
      data: values.map((value, at) => ({ value, href: rows[at].href })),
    })),
  };
}
