/**
 * Draws what one operation costs at growing numbers of documents, as SVG text: a panel for each operation, both axes
 * by powers of ten, so that a cost that does not depend on the number is a level line.
 */

const COLUMNS = 3;
const PANEL = { width: 300, height: 220 };
/** Room around the drawing in a panel: title above, sizes below, times on the left. */
const INSET = { left: 58, right: 22, top: 34, bottom: 30 };
const TOP = 44;
const BOTTOM = 14;
const SERIES_CLASSES = ['ours', 'theirs'];

const STYLE = `
    text { font: 11px system-ui, sans-serif; fill: #333 }
    .title { font-size: 13px; font-weight: 600 }
    .grid { stroke: #ddd; stroke-width: 1 }
    polyline { fill: none; stroke-width: 2 }
    polyline.ours { stroke: #0a6 }
    polyline.theirs { stroke: #888; stroke-dasharray: 4 3 }
    circle.ours { fill: #0a6 }
    circle.theirs { fill: #888 }
    .value { fill: #064 }`;

const escaped = (text) => text.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);
const rounded = (value) => Number(value.toFixed(1));

/** 73 ns, 2.4 µs, 1.1 ms. */
export function timeText(ns) {
  const [value, unit] = ns < 1000 ? [ns, 'ns'] : ns < 1e6 ? [ns / 1000, 'µs'] : [ns / 1e6, 'ms'];
  return `${value < 10 ? Number(value.toPrecision(2)) : Math.round(value)} ${unit}`;
}

const SUPERSCRIPTS = '⁰¹²³⁴⁵⁶⁷⁸⁹';

/** 10⁵ for a power of ten, else the number. */
export function sizeText(documents) {
  const power = Math.log10(documents);
  if (!Number.isInteger(power)) return documents.toLocaleString('en-US');
  return `10${[...String(power)].map((digit) => SUPERSCRIPTS[Number(digit)]).join('')}`;
}

/**
 * @param {object} chart
 * @param {string} chart.title above all panels
 * @param {string} chart.note under it: where and when it was measured
 * @param {number[]} chart.sizes documents, ascending
 * @param {string[]} chart.series names of the lines, ours first
 * @param {{ title: string, values: (number | undefined)[][] }[]} chart.panels `values[series][size]` in nanoseconds;
 *   undefined: not measured
 * @returns {string}
 * @throws RangeError for a value that no logarithm has.
 */
export function costChart({ title, note, sizes, series, panels }) {
  const width = COLUMNS * PANEL.width;
  const height = TOP + Math.ceil(panels.length / COLUMNS) * PANEL.height + BOTTOM;
  const drawn = panels.map((panel, index) => {
    const x = (index % COLUMNS) * PANEL.width;
    const y = TOP + Math.floor(index / COLUMNS) * PANEL.height;
    return `<g transform="translate(${x} ${y})">\n${drawPanel(panel, sizes)}\n</g>`;
  });
  const legend = series.map((name, index) => {
    const x = width - 180 * (series.length - index);
    const line = `<polyline class="${SERIES_CLASSES[index]}" points="${x},16 ${x + 26},16"/>`;
    return `${line}<text x="${x + 32}" y="20">${escaped(name)}</text>`;
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img">`,
    `<title>${escaped(title)}</title>`,
    `<style>${STYLE}\n</style>`,
    `<rect width="${width}" height="${height}" fill="#fff"/>`,
    `<text class="title" x="16" y="20">${escaped(title)}</text>`,
    `<text x="16" y="36">${escaped(note)}</text>`,
    ...legend,
    ...drawn,
    '</svg>\n',
  ].join('\n');
}

function drawPanel({ title, values }, sizes) {
  const known = values.flat().filter((value) => value !== undefined);
  const odd = known.find((value) => !(Number.isFinite(value) && value > 0));
  if (odd !== undefined || known.length === 0) throw new RangeError(`${title}: cannot draw ${odd ?? 'no value'}`);
  const [low, high] = scaleOf(known);
  const [left, right] = [INSET.left, PANEL.width - INSET.right];
  const [top, bottom] = [INSET.top, PANEL.height - INSET.bottom];
  const span = Math.log10(sizes.at(-1) / sizes[0]) || 1;
  const xOf = (documents) => rounded(left + (Math.log10(documents / sizes[0]) / span) * (right - left));
  const yOf = (ns) => rounded(bottom - (Math.log10(ns / low) / Math.log10(high / low)) * (bottom - top));
  const lines = [`<text class="title" x="${left}" y="18">${escaped(title)}</text>`];
  for (let ns = low; ns <= high; ns *= 10) {
    lines.push(`<line class="grid" x1="${left}" x2="${right}" y1="${yOf(ns)}" y2="${yOf(ns)}"/>`);
    lines.push(`<text x="${left - 6}" y="${yOf(ns) + 4}" text-anchor="end">${timeText(ns)}</text>`);
  }
  for (const documents of sizes)
    lines.push(`<text x="${xOf(documents)}" y="${bottom + 18}" text-anchor="middle">${sizeText(documents)}</text>`);
  for (const [index, ofSeries] of values.entries()) {
    const points = sizes.flatMap((documents, at) => {
      const ns = ofSeries[at];
      return ns === undefined ? [] : [{ x: xOf(documents), y: yOf(ns), ns }];
    });
    const name = SERIES_CLASSES[index];
    lines.push(`<polyline class="${name}" points="${points.map(({ x, y }) => `${x},${y}`).join(' ')}"/>`);
    for (const [at, { x, y, ns }] of points.entries()) {
      // The first and the last stay within the drawing.
      const anchor = at === 0 ? 'start' : at === points.length - 1 ? 'end' : 'middle';
      lines.push(`<circle class="${name}" cx="${x}" cy="${y}" r="3"/>`);
      if (index === 0)
        lines.push(`<text class="value" x="${x}" y="${y - 8}" text-anchor="${anchor}">${timeText(ns)}</text>`);
    }
  }
  return lines.join('\n');
}

/** The powers of ten around all values. */
function scaleOf(values) {
  const low = 10 ** Math.floor(Math.log10(Math.min(...values)));
  const high = 10 ** Math.ceil(Math.log10(Math.max(...values)));
  return [low, high > low ? high : low * 10];
}
