#!/usr/bin/env python3
"""Checks `seqrl report` in headless Chromium: report_test.py SEQRL CHROMIUM [FOLDER for the screenshots].

The reports of one run and of several, 1280 and 390 pixels wide, light and dark, load nothing, print no console
message, fit the screen, have readable text, show values under the pointer, hide curves, and can be printed.
"""
import subprocess
import sys
import tempfile
from pathlib import Path

from browser import Browser

# The lowest contrast of any text with its background (WCAG: 4.5).
CONTRAST = """(() => {
  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const rgb = (color) => {
    canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = color; canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data];
  };
  const light = ([r, g, b]) => [r, g, b].map((c) => (c /= 255) <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
    .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
  const below = (node) => {
    for (; node; node = node.parentElement) {
      const color = rgb(getComputedStyle(node).backgroundColor);
      if (color[3] === 255) return color;
    }
    return [255, 255, 255, 255];
  };
  let least = { ratio: 99 };
  for (const node of document.querySelectorAll("h1, h2, h3, p, td, th, dt, dd, small, li, a, figcaption *, .legend *, summary, pre, svg text")) {
    if (!node.textContent.trim() || !node.getClientRects().length) continue;
    const style = getComputedStyle(node), text = rgb(node instanceof SVGElement ? style.fill : style.color);
    const [a, b] = [light(text), light(below(node))].sort((x, y) => y - x);
    const ratio = (a + 0.05) / (b + 0.05);
    if (ratio < least.ratio) least = { ratio, text: node.textContent.slice(0, 40) };
  }
  return least;
})()"""

# The smallest height of displayed text in a plot, in pixels.
LEAST_LETTER = """Math.min(...[...document.querySelectorAll(".canvas svg text")].filter((text) =>
  text.getClientRects().length).map((text) => text.getBoundingClientRect().height))"""

PLOT = """(() => {
  const canvas = document.querySelector("figure.plot .canvas");
  canvas.scrollIntoView({ block: "center" });
  const box = canvas.getBoundingClientRect();
  return [box.left + box.width * 0.7, box.top + box.height / 2];
})()"""

failures = []


def check(holds, what):
    if not holds:
        failures.append(what)


def make_pages(seqrl, folder):
    def run(*arguments):
        return subprocess.run([seqrl, *arguments], cwd=folder, capture_output=True, text=True)

    def must(*arguments):
        ran = run(*arguments)
        if ran.returncode:
            sys.exit(f"seqrl {' '.join(arguments)}: {ran.stderr}")

    must("collect", "env=hopper", "transitions=2000", "output=data.hdf5")
    (folder / "tiny.yaml").write_text(
        "{env: hopper, device: cpu, dataset: {path: data.hdf5}, backbone: {dim: 16, layers: 1}, training: {steps: 60, "
        "batch: 8, context: 4, warmup: 5, log_every: 2}, evaluation: {every: 20, episodes: 5, targets: [100, 50]}}")
    for seed, backbone in ((1, "min_gru"), (2, "min_gru"), (1, "mamba")):
        must("train", "tiny.yaml", f"seed={seed}", f"backbone.kind={backbone}", f"output=runs/{backbone}-{seed}")
    video = run("render", "runs/min_gru-1", "episode=best", "episodes=3").returncode == 0
    must("report", "runs/min_gru-1", "episodes=2")
    must("report", "runs", "output=several.html", "figures=[loss,score]")
    return {"one": folder / "runs/min_gru-1/report.html", "several": folder / "several.html"}, video


def look(browser, name, page, width, scheme, pictures):
    where = f"{name}, {width} pixels, {scheme}"
    browser.messages.clear()
    browser.requests.clear()
    browser.open(page, width, scheme)
    check(not browser.messages, f"{where}: console messages: {browser.messages}")
    foreign = [url for url in browser.requests if not url.startswith(("file:", "data:", "blob:"))]
    check(not foreign, f"{where}: it requests {foreign}")
    reach = browser.value("document.documentElement.scrollWidth")
    check(reach <= width, f"{where}: it is {reach} pixels wide")
    least = browser.value(CONTRAST)
    check(least["ratio"] >= 4.5, f"{where}: contrast {least['ratio']:.1f} of the text {least['text']}")
    dark = browser.value("getComputedStyle(document.body).backgroundColor") != "rgb(255, 255, 255)"
    check(dark == (scheme == "dark"), f"{where}: the background is that of the other color scheme")
    letter = browser.value(LEAST_LETTER)
    check(letter >= 11, f"{where}: text of {letter} pixels in a plot")
    browser.point_at(1, 1)
    if pictures:
        browser.screenshot(pictures / f"{name}-{width}-{scheme}.png")
    browser.point_at(*browser.value(PLOT))
    tip = browser.value("document.querySelector('.tip:not([hidden])')?.innerText ?? ''")
    check("steps" in tip and any(c.isdigit() for c in tip), f"{where}: the tooltip under the pointer is {tip!r}")
    check(browser.value("document.querySelectorAll('.cursor circle').length") > 0, f"{where}: no point is marked")
    if pictures:
        browser.screenshot(pictures / f"{name}-{width}-{scheme}-pointer.png", whole=False)
    browser.value("document.querySelector('.legend button').click()")
    hidden = browser.value("document.querySelectorAll('.canvas .off').length")
    check(hidden == 2, f"{where}: {hidden} elements are hidden with a curve, expected 2")
    check(not browser.messages, f"{where}: console messages at the end: {browser.messages}")


def main():
    seqrl, chromium = Path(sys.argv[1]).resolve(), sys.argv[2]
    pictures = Path(sys.argv[3]).resolve() if len(sys.argv) > 3 else None
    if pictures:
        pictures.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as temporary:
        pages, video = make_pages(seqrl, Path(temporary))
        browser = Browser(chromium)
        try:
            for name, page in pages.items():
                for width in (1280, 390):
                    for scheme in ("light", "dark"):
                        look(browser, name, page, width, scheme, pictures)
                pdf = browser.pdf()
                check(pdf.startswith(b"%PDF") and len(pdf) > 10000, f"{name}: it cannot be printed")
                if pictures:
                    (pictures / f"{name}.pdf").write_bytes(pdf)
            browser.open(pages["one"], 1280, "light")
            ready = browser.value("document.querySelector('video')?.poster.startsWith('data:image/jpeg') ?? false")
            check(ready == video, "the video or its poster is missing")
        finally:
            browser.close()
        print("\n".join(failures) or f"{len(pages)} reports are correct at 1280 and 390 pixels, light and dark")
    sys.exit(bool(failures))


if __name__ == "__main__":
    main()
