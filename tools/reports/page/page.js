// Shows values under the pointer, hides curves, saves their numbers, and opens all details for printing.
"use strict";
(() => {
  const svgNames = "http://www.w3.org/2000/svg";

  const digits = (value) => {
    if (value === 0) return "0";
    const size = Math.abs(value);
    if (size >= 1e6 || size < 1e-4) return value.toExponential(3);
    return size >= 1000 ? String(Math.round(value)) : String(Number(value.toPrecision(4)));
  };
  const valueText = ([, mean, low, high]) =>
    low === high ? digits(mean) : `${digits(mean)} ± ${digits((high - low) / 2)}`;

  const element = (name, text, className) => {
    const made = document.createElement(name);
    if (text !== undefined) made.textContent = text;
    if (className) made.className = className;
    return made;
  };

  // Convert a value to a fraction of an axis, and back.
  const partOf = (value, [low, high], log) =>
    log ? Math.log(Math.max(value, low) / low) / Math.log(high / low) : (value - low) / (high - low);
  const valueAt = (part, [low, high], log) => (log ? low * (high / low) ** part : low + part * (high - low));

  const nearest = (points, x) => {
    let low = 0, high = points.length - 1;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (points[middle][0] < x) low = middle; else high = middle;
    }
    return Math.abs(points[low][0] - x) <= Math.abs(points[high][0] - x) ? low : high;
  };

  function attach(figure) {
    const data = JSON.parse(figure.querySelector("script").textContent);
    const canvas = figure.querySelector(".canvas"), tip = figure.querySelector(".tip");
    const hidden = new Set();
    const shown = () => data.curves.map((curve, index) => ({ ...curve, index }))
      .filter((curve) => curve.points.length && !hidden.has(curve.index));
    const picture = () => [...canvas.querySelectorAll("svg")].find((svg) => svg.getBoundingClientRect().width > 0);
    let at = null;

    const hide = () => {
      at = null;
      tip.hidden = true;
      for (const cursor of canvas.querySelectorAll(".cursor")) cursor.replaceChildren();
    };

    // Marks the curves' values at the x nearest to `x`, and lists them in the tip.
    const show = (x) => {
      const curves = shown(), svg = picture();
      if (!curves.length || !svg) return hide();
      const plane = JSON.parse(svg.dataset.plane);
      const near = curves.map((curve) => curve.points[nearest(curve.points, x)]);
      at = near.reduce((best, point) => (Math.abs(point[0] - x) < Math.abs(best - x) ? point[0] : best), near[0][0]);
      const placeX = (value) => plane.left + (plane.right - plane.left) * partOf(value, plane.x, plane.logX);
      const placeY = (value) => plane.bottom - (plane.bottom - plane.top) * partOf(value, plane.y, plane.logY);
      const cursor = svg.querySelector(".cursor"), rows = element("table");
      const line = document.createElementNS(svgNames, "line");
      for (const [name, value] of Object.entries({ x1: placeX(at), x2: placeX(at), y1: plane.top, y2: plane.bottom })) {
        line.setAttribute(name, value);
      }
      cursor.replaceChildren(line);
      curves.forEach((curve, i) => {
        const point = near[i], color = `c${curve.color}`, row = element("tr");
        if (point[0] !== at) return;  // no value at this x
        const mark = document.createElementNS(svgNames, "circle");
        mark.setAttribute("class", color);
        for (const [name, value] of Object.entries({ cx: placeX(point[0]), cy: placeY(point[1]), r: 4 })) {
          mark.setAttribute(name, value);
        }
        cursor.append(mark);
        const dot = element("td");
        dot.append(element("i", "", color));
        row.append(dot, element("td", curve.label), element("td", valueText(point), "number"));
        rows.append(row);
      });
      tip.replaceChildren(element("span", `${data.x} ${digits(at)}`, "quiet"), rows);
      tip.hidden = false;
      place(svg, placeX(at));
    };

    // Places the tip next to the line, on the side with enough space.
    const place = (svg, x) => {
      const box = canvas.getBoundingClientRect(), scale = box.width / svg.viewBox.baseVal.width;
      const line = x * scale, width = tip.offsetWidth;
      const left = line + 12 + width <= box.width ? line + 12 : line - 12 - width;
      tip.style.left = `${Math.max(0, Math.min(left, box.width - width))}px`;
      tip.style.top = `${6 * scale}px`;
    };

    const follow = (event) => {
      const svg = picture();
      if (!svg) return;
      const plane = JSON.parse(svg.dataset.plane), box = svg.getBoundingClientRect();
      const x = (event.clientX - box.left) * svg.viewBox.baseVal.width / box.width;
      show(valueAt((x - plane.left) / (plane.right - plane.left), plane.x, plane.logX));
    };
    canvas.addEventListener("pointermove", follow);
    canvas.addEventListener("pointerdown", follow);
    canvas.addEventListener("pointerleave", hide);
    canvas.addEventListener("blur", hide);
    window.addEventListener("resize", hide);

    // The arrow keys move from point to point.
    canvas.addEventListener("keydown", (event) => {
      if (event.key === "Escape") return hide();
      const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
      if (!step) return;
      event.preventDefault();
      const xs = [...new Set(shown().flatMap((curve) => curve.points.map((point) => point[0])))].sort((a, b) => a - b);
      if (!xs.length) return;
      const index = at === null ? (step > 0 ? 0 : xs.length - 1) : xs.indexOf(at) + step;
      show(xs[Math.max(0, Math.min(xs.length - 1, index))]);
    });

    for (const button of figure.querySelectorAll(".legend button")) {
      button.addEventListener("click", () => {
        const index = Number(button.dataset.curve), off = !hidden.delete(index);
        if (off) hidden.add(index);
        button.setAttribute("aria-pressed", String(!off));
        for (const curve of canvas.querySelectorAll(`[data-curve="${index}"]`)) curve.classList.toggle("off", off);
        hide();
      });
    }

    figure.querySelector(".csv").addEventListener("click", () => {
      const lines = data.curves.flatMap((curve) =>
        curve.points.map((point) => [curve.cell, ...point].join(",")));
      const link = element("a");
      link.href = URL.createObjectURL(new Blob([["curve,x,mean,low,high", ...lines, ""].join("\n")], { type: "text/csv" }));
      link.download = `${data.name}.csv`;
      link.click();
      URL.revokeObjectURL(link.href);
    });
  }
  document.querySelectorAll("figure.plot").forEach(attach);

  // Printing shows the contents of all details.
  let opened = [];
  window.addEventListener("beforeprint", () => {
    opened = [...document.querySelectorAll("details:not([open])")];
    for (const details of opened) details.open = true;
  });
  window.addEventListener("afterprint", () => {
    for (const details of opened) details.open = false;
  });
})();
