// The way of a running period: what was delivered, where that pace leads, and the plan with a band around it.
// Five columns marked data-series, in this order: delivered, forecast, plan, low, high. One row for each day.

const whole = (number) => Math.round(number).toLocaleString("en");

export function option({ rows, series, width }, look) {
  const [done, forecast, plan, low, high] = series;
  const days = rows.map(({ label }) => label);
  const last = done.values.findLastIndex((value) => value !== null);
  const band = plan.values.map((value, at) => high.values[at] - low.values[at]);
  const share = Math.round(100 * (high.values.at(-1) / plan.values.at(-1) - 1));
  const planned = `${plan.name} ±${share}%`;
  return {
    grid: { left: 4, right: 12, top: 34, bottom: 6, containLabel: true },
    legend: {
      top: 0,
      right: 6,
      itemWidth: 20,
      itemHeight: 8,
      itemGap: width < 480 ? 10 : 16,
      textStyle: { color: look.soft, fontFamily: look.font, fontSize: 12 },
      itemStyle: { opacity: 0 },
      selectedMode: false,
      data: [done.name, forecast.name, planned],
    },
    tooltip: {
      trigger: "axis",
      axisPointer: { type: "line", lineStyle: { color: look.edge, type: "dashed" } },
      formatter: ([{ dataIndex: at }]) =>
        [
          days[at],
          at <= last ? `${done.name}: ${whole(done.values[at])}` : `${forecast.name}: ${whole(forecast.values[at])}`,
          `${plan.name}: ${whole(plan.values[at])}`,
        ].join("\n"),
    },
    xAxis: {
      type: "category",
      boundaryGap: false,
      data: days,
      axisLine: { show: false },
      axisTick: { show: false },
      axisLabel: { color: look.quiet, hideOverlap: true, interval: width < 480 ? 6 : 2, margin: 12 },
    },
    yAxis: {
      type: "value",
      min: 0,
      splitNumber: 4,
      axisLabel: { color: look.quiet },
      splitLine: { lineStyle: { color: look.line } },
    },
    series: [
      line({ name: "low", data: low.values, stack: "band", lineStyle: { opacity: 0 }, silent: true }),
      line({ name: "band", data: band, stack: "band", lineStyle: { opacity: 0 }, areaStyle: { color: look.quiet, opacity: 0.14 }, silent: true }),
      line({ name: planned, data: plan.values, lineStyle: { color: look.quiet, width: 1.5, type: [5, 4] }, itemStyle: { color: look.quiet } }),
      line({
        name: forecast.name,
        data: forecast.values,
        lineStyle: { color: look.tone(forecast.tone), width: 2, type: [2, 3] },
        itemStyle: { color: look.tone(forecast.tone) },
      }),
      line({
        name: done.name,
        data: done.values,
        z: 4,
        lineStyle: { color: look.tone(done.tone), width: 2 },
        itemStyle: { color: look.tone(done.tone) },
        areaStyle: { color: look.tone(done.tone), opacity: 0.09 },
        ...(last < 0 ? {} : today(days[last], done.values[last], look)),
      }),
    ],
  };
}

const line = (series) => ({ type: "line", symbol: "none", showSymbol: false, emphasis: { disabled: true }, ...series });

// A dot on the last day that is counted, and a fine line down to it.
function today(day, value, look) {
  return {
    markPoint: {
      silent: true,
      symbol: "circle",
      symbolSize: 8,
      label: { show: false },
      itemStyle: { borderColor: look.surface, borderWidth: 1.5 },
      data: [{ coord: [day, value] }],
    },
    markLine: {
      silent: true,
      symbol: "none",
      label: { show: false },
      lineStyle: { color: look.edge, type: [2, 3], width: 1 },
      data: [{ xAxis: day }],
    },
  };
}
