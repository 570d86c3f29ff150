"""The report's script: it draws the figures in the colours of the light or dark scheme, and again when that changes."""

SCRIPT = """
"use strict";
(() => {
  const figures = JSON.parse(document.getElementById("figures").textContent);
  const scheme = matchMedia("(prefers-color-scheme: dark)");
  const config = { responsive: true, displayModeBar: false };

  // A string such as "--hems" stands for the value of that CSS variable.
  function coloured(value, style) {
    if (typeof value === "string") return value.startsWith("--") ? style.getPropertyValue(value).trim() : value;
    if (Array.isArray(value)) return value.map((one) => coloured(one, style));
    if (value === null || typeof value !== "object") return value;
    return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, coloured(one, style)]));
  }
  function dressed(figure) {
    const style = getComputedStyle(document.documentElement);
    const { data, layout } = coloured(figure, style);
    const [ink, line, card] = ["--ink", "--line", "--card"].map((name) => style.getPropertyValue(name).trim());
    for (const key of Object.keys(layout).filter((name) => /^[xy]axis/.test(name))) {
      layout[key] = { gridcolor: line, zerolinecolor: line, linecolor: line, ...layout[key] };
    }
    layout.paper_bgcolor = layout.plot_bgcolor = "rgba(0,0,0,0)";
    layout.font = { color: ink, family: getComputedStyle(document.body).fontFamily, size: 12 };
    layout.hoverlabel = { bgcolor: card, bordercolor: line, font: { color: ink } };
    return { data, layout };
  }
  async function draw() {
    for (const [id, figure] of Object.entries(figures)) {
      const { data, layout } = dressed(figure);
      await Plotly.react(id, data, layout, config);
    }
    document.body.dataset.drawn = scheme.matches ? "dark" : "light";
  }
  if (window.Plotly) { draw(); scheme.addEventListener("change", draw); }
})();
"""
