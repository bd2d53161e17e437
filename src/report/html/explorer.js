"use strict";
(() => {
  const byId = (id) => document.getElementById(id);
  const make = (tag, text, attributes) => {
    const element = document.createElement(tag);
    if (text !== undefined) element.textContent = text;
    for (const name in attributes) element.setAttribute(name, attributes[name]);
    return element;
  };
  document.documentElement.classList.add("js");
  // On paper nothing is folded.
  window.addEventListener("beforeprint", () => document.querySelectorAll("details").forEach((part) => { part.open = true; }));
  table();
  if (byId("data") && window.uPlot) explorer(JSON.parse(byId("data").textContent));

  /** Sorting and filtering of the scenario table. */
  function table() {
    const body = byId("table").tBodies[0];
    const heads = [...byId("table").tHead.rows[0].cells];
    const rows = [...body.rows];
    const key = (row, column) => {
      const cell = row.cells[column];
      const value = cell.dataset.v ?? cell.firstChild?.textContent ?? "";
      return value === "" ? NaN : Number(value);
    };
    const compare = (a, b, column) => {
      const [x, y] = [key(a, column), key(b, column)];
      if (isNaN(x) || isNaN(y)) {
        if (isNaN(x) !== isNaN(y)) return isNaN(x) ? Infinity : -Infinity;
        return a.cells[column].textContent < b.cells[column].textContent ? -1 : a.cells[column].textContent > b.cells[column].textContent ? 1 : 0;
      }
      return x - y;
    };
    heads.forEach((head, column) => {
      const button = make("button", head.textContent, { type: "button" });
      head.replaceChildren(button);
      button.addEventListener("click", () => {
        const down = head.getAttribute("aria-sort") === "ascending";
        heads.forEach((other) => other.removeAttribute("aria-sort"));
        head.setAttribute("aria-sort", down ? "descending" : "ascending");
        rows.sort((a, b) => {
          const order = compare(a, b, column);
          // What has no number is last either way.
          if (Math.abs(order) === Infinity) return order > 0 ? 1 : -1;
          return (down ? -order : order) || key(a, 0) - key(b, 0);
        });
        body.append(...rows);
      });
    });
    const names = heads.map((head) => head.textContent.toLowerCase());
    const filter = () => {
      const words = byId("words").value.toLowerCase().split(/[\s,]+/).filter(Boolean);
      let count = 0;
      for (const row of rows) {
        const holds = words.every((word) => {
          const [name, value] = word.split("=");
          if (value === undefined) return row.textContent.toLowerCase().includes(word);
          return names.some((other, column) => other === name && row.cells[column].firstChild?.textContent.toLowerCase() === value);
        });
        row.hidden = !holds;
        count += holds ? 1 : 0;
      }
      byId("shown").textContent = words.length ? `${count} of ${rows.length}` : "";
    };
    byId("words").addEventListener("input", filter);
  }

  function explorer(data) {
    const { parameters, scenarios, refused, elsewhere } = data;
    if (!scenarios.length) return byId("explorer").remove();
    const controls = parameters.map((parameter, place) => control(parameter, place));
    const keep = make("button", "Keep for comparison", { type: "button", id: "keep" });
    byId("controls").append(keep);
    byId("controls").addEventListener("submit", (event) => event.preventDefault());
    const fold = byId("explorer-fold");
    let current = scenarios[0];
    let kept = null;
    let plots = [];

    /** A slider where all values are numbers in order, else a list. */
    function control(parameter, place) {
      const label = make("label");
      const name = make("span", parameter.name);
      const numbers = parameter.values.map(parseFloat);
      const slides = numbers.length > 2 && numbers.every((n, i) => !isNaN(n) && (i === 0 || n > numbers[i - 1]))
        && parameter.values.every((value) => value.replace(/^[\d.]+/, "") === parameter.values.at(-1).replace(/^[\d.]+/, "") || parseFloat(value) === 0);
      let input;
      if (slides) {
        input = make("input", undefined, { type: "range", min: 0, max: numbers.length - 1, step: 1 });
      } else {
        input = make("select");
        parameter.values.forEach((value, at) => input.append(make("option", value, { value: at })));
      }
      input.id = `parameter-${place}`;
      const tell = () => {
        if (!slides) return;
        name.textContent = `${parameter.name}: ${parameter.values[input.value]}`;
        input.setAttribute("aria-valuetext", parameter.values[input.value]);
      };
      input.addEventListener("input", () => { tell(); moved(place); });
      label.append(name, input);
      byId("controls").append(label);
      return { input, set: (at) => { input.value = at; tell(); } };
    }

    const wanted = () => controls.map(({ input }) => Number(input.value));
    const called = (at) => parameters.map((p, place) => `${p.name} ${p.values[at[place]]}`).join(", ");
    const same = (a, b) => a.every((value, place) => value === b[place]);

    function moved(place) {
      const at = wanted();
      let found = scenarios.find((scenario) => same(scenario.at, at));
      let note = "";
      if (!found) {
        const why = refused.find((point) => same(point.at, at));
        const absent = elsewhere ? "is not on this page, which holds a part of the scenarios; timeline.csv has all" : "is not in the sweep";
        note = why ? `${called(at)} is refused: ${why.reason} Shown instead: ` : `${called(at)} ${absent}. Shown instead: `;
        const likeness = (scenario) => scenario.at.filter((value, i) => value === at[i]).length + (scenario.at[place] === at[place] ? 100 : 0);
        found = scenarios.reduce((best, scenario) => (likeness(scenario) > likeness(best) ? scenario : best));
      }
      show(found, note);
      history.replaceState(null, "", `#scenario-${found.id}`);
    }

    function show(scenario, note = "") {
      current = scenario;
      controls.forEach(({ set }, place) => set(scenario.at[place]));
      byId("said").textContent = `${note}scenario ${scenario.id}: ${called(scenario.at)}.${kept ? ` Dashed: scenario ${kept.id}, ${called(kept.at)}.` : ""}`;
      document.querySelectorAll("tr.shown").forEach((row) => row.classList.remove("shown"));
      if (fold.open) byId(`scenario-${scenario.id}`).classList.add("shown");
      readout();
      draw();
    }

    /** The table's own row, and the kept one's below it. */
    function readout() {
      const all = [...byId("table").tHead.rows[0].cells];
      const wanted = all.map((cell, place) => place).filter((place) => all[place].dataset.column);
      const heads = wanted.map((place) => all[place]);
      const head = make("tr");
      head.append(make("th", "scenario", { scope: "col" }), ...heads.map((cell) => make("th", cell.textContent, { scope: "col" })));
      const row = (scenario) => {
        const line = make("tr");
        const cells = wanted.map((place) => byId(`scenario-${scenario.id}`).cells[place]).map((cell, i) => {
          const copy = cell.cloneNode(true);
          copy.classList.remove("hide");
          copy.dataset.column = heads[i].dataset.column;
          return copy;
        });
        line.append(make("th", scenario.id, { scope: "row" }), ...cells);
        return line;
      };
      byId("readout").replaceChildren(head, row(current), ...(kept && kept !== current ? [row(kept)] : []));
    }

    const unpack = (runs) => {
      const values = [];
      for (let i = 0; i < runs.length; i += 2) for (let n = 0; n < runs[i]; n++) values.push(runs[i + 1]);
      return values;
    };
    const seconds = (value) => {
      if (value === 0) return "0";
      if (value < 60) return `${+value.toPrecision(3)}s`;
      const [h, m, s] = [Math.floor(value / 3600), Math.floor((value % 3600) / 60), Math.round(value % 60)];
      return `${h ? h + "h" : ""}${m ? m + "m" : ""}${s ? s + "s" : ""}`;
    };
    const percent = (share) => `${+(share * 100).toPrecision(3)}%`;
    const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
    const steps = uPlot.paths.stepped({ align: 1 });
    const line = (label, stroke, more) => ({ label, stroke, width: 2, paths: steps, points: { show: false }, ...more });
    const axis = (more) => ({ stroke: colour("ink"), grid: { stroke: colour("grid"), width: 1 }, ticks: { stroke: colour("grid") }, ...more });
    const nice = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400];
    const timeAxis = () => axis({ incrs: [0.1, 0.2, 0.5, ...nice], values: (u, ticks) => ticks.map(seconds), label: "time since the rollout's start", labelSize: 22 });
    const timeSeries = { label: "time", value: (u, v) => (v == null ? "–" : seconds(v)) };

    function plot(place, series, data, scales, y, bands) {
      const width = Math.max(260, byId(place).clientWidth);
      byId(place).replaceChildren();
      plots.push([place, new uPlot({ width, height: 300, scales: { x: { time: false }, ...scales }, series: [timeSeries, ...series], axes: [timeAxis(), y], bands, legend: { live: true } }, data, byId(place))]);
    }

    function draw() {
      plots.forEach(([, plot]) => plot.destroy());
      plots = [];
      // A curve takes its width from its place, which has none while it is folded.
      if (!fold.open) return;
      pods();
      completed();
      stalled();
    }

    function pods() {
      if (current.rows < 2) return byId("plot-available").replaceChildren(make("p", "no timeline"));
      const length = kept ? Math.max(current.rows * current.step, kept.rows * kept.step) : current.rows * current.step;
      const step = kept ? Math.min(current.step, kept.step) : current.step;
      const times = Array.from({ length: Math.ceil(length / step) }, (_, i) => i * step);
      const on = (scenario, runs) => {
        const values = unpack(runs);
        return times.map((t) => values[Math.min(values.length - 1, Math.floor(t / scenario.step + 1e-9))]);
      };
      const blue = colour("new"), red = colour("term");
      const level = (value) => times.map(() => value);
      const faint = { width: 0 };
      const bands = [{ series: [1, 2], fill: blue + "2e" }, { series: [3, 4], fill: blue + "4d" }];
      const [p05, p25, p50, p75, p95] = current.available.map((runs) => on(current, runs));
      const series = [
        line("p95", blue, faint), line("p05", blue, faint), line("p75", blue, faint), line("p25", blue, faint),
        ...(current.ready ? [line("Ready", blue, { width: 1, dash: [4, 3] })] : []),
        line("available", blue), line("on nodes", red),
        line("desired", colour("ink"), { width: 1, dash: [6, 4] }), line("floor", colour("muted"), { width: 1, dash: [2, 3] }),
      ];
      const ready = current.ready ? [on(current, current.ready)] : [];
      const values = [times, p95, p05, p75, p25, ...ready, p50, on(current, current.footprint), level(current.desired), level(current.floor)];
      if (kept && kept !== current) {
        series.push(line(`available, scenario ${kept.id}`, colour("pull"), { dash: [8, 4] }));
        values.push(on(kept, kept.available[2]));
      }
      plot("plot-available", series, values, { y: { range: (u, low, high) => [low > 0.6 * high ? Math.max(0, Math.floor(low - 1)) : 0, high + Math.max(1, 0.05 * high)] } }, axis({ label: "pods", labelSize: 22, size: 60 }), bands);
    }

    function completed() {
      const curve = (scenario) => {
        const sums = (steps, unit) => { let sum = 0; return [0, ...steps.map((step) => (sum += step) / unit)]; };
        return [sums(scenario.completed[0], 100), sums(unpack(scenario.completed[1]), 10000)];
      };
      const shown = kept && kept !== current ? [current, kept] : [current];
      if (!shown.some((scenario) => scenario.completed[0].length)) return byId("plot-completed").replaceChildren(make("p", "no rollout completed"));
      const joined = uPlot.join(shown.map(curve), shown.map(() => [2, 2]));
      // A share holds until the next completion.
      for (const values of joined.slice(1)) for (let i = 1; i < values.length; i++) values[i] ??= values[i - 1];
      const percentages = (u, v) => (v == null ? "–" : percent(v));
      const series = [line(`scenario ${current.id}`, colour("new"), { value: percentages })];
      if (shown.length > 1) series.push(line(`scenario ${kept.id}`, colour("pull"), { dash: [8, 4], value: percentages }));
      plot("plot-completed", series, joined, { y: { range: [0, 1.02] } }, axis({ values: (u, ticks) => ticks.map(percent), size: 64 }), []);
    }

    /** Rates of all scenarios on a scale that shows 0.1 %: positions go with the square root. */
    function stalled() {
      const known = scenarios.filter((scenario) => scenario.stalled[0] !== null);
      const place = byId("plot-stalled");
      if (!known.length) return place.replaceChildren(make("p", "no rates"));
      const most = Math.min(1, Math.max(0.002, ...known.map(({ stalled }) => Math.max(stalled[0], stalled[2] ?? 0))));
      const x = (rate) => 30 + 540 * Math.sqrt(Math.max(0, rate) / most);
      const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
      const add = (tag, attributes, text) => {
        const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
        for (const name in attributes) element.setAttribute(name, attributes[name]);
        if (text !== undefined) element.textContent = text;
        svg.append(element);
      };
      svg.setAttribute("viewBox", "0 0 600 150");
      svg.setAttribute("role", "img");
      const ticks = [0, 0.001, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1].filter((tick) => tick <= most);
      let last = -100;
      for (const tick of ticks.filter((tick) => { const wide = x(tick) - last > 52; if (wide) last = x(tick); return wide; })) {
        add("line", { x1: x(tick), x2: x(tick), y1: 20, y2: 110, stroke: "#E4E4E4" });
        add("text", { x: x(tick), y: 130, "text-anchor": "middle", "font-size": 13, fill: "#222222" }, percent(tick));
      }
      for (const { stalled } of known) add("line", { x1: x(stalled[0]), x2: x(stalled[0]), y1: 84, y2: 104, stroke: "#666666", "stroke-opacity": 0.5 });
      const one = ({ stalled: [rate, low, high] }, y, fill) => {
        if (rate === null) return;
        if (low !== null && high !== null) add("line", { x1: x(low), x2: x(high), y1: y, y2: y, stroke: fill, "stroke-width": 3 });
        add("circle", { cx: x(rate), cy: y, r: 6, fill });
      };
      one(current, 42, colour("term"));
      if (kept && kept !== current) one(kept, 64, colour("pull"));
      svg.setAttribute("aria-label", `stalled: ${current.stalled[0] === null ? "unknown" : percent(current.stalled[0])}`);
      place.replaceChildren(svg);
    }

    keep.addEventListener("click", () => {
      kept = kept ? null : current;
      keep.textContent = kept ? "Drop the comparison" : "Keep for comparison";
      show(current);
    });
    const fromAddress = () => {
      const match = /^#scenario-(\d+)$/.exec(location.hash);
      return match && scenarios.find((scenario) => scenario.id === Number(match[1]));
    };
    const open = (scenario) => { fold.open = true; show(scenario); byId("explorer").scrollIntoView(); };
    window.addEventListener("hashchange", () => {
      const chosen = fromAddress();
      if (chosen) return open(chosen);
      if (location.hash === "#explorer") fold.open = true;
    });
    fold.addEventListener("toggle", () => show(current));
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
    let width = innerWidth;
    window.addEventListener("resize", () => {
      if (innerWidth === width) return;
      width = innerWidth;
      plots.forEach(([place, plot]) => plot.setSize({ width: Math.max(260, byId(place).clientWidth), height: 300 }));
    });
    const first = scenarios.find((scenario) => scenario.id === data.opens) || scenarios[0];
    show(fromAddress() || first);
    if (fromAddress()) window.addEventListener("load", () => open(fromAddress()));
  }
})();
