import { draw, gradient, randomNumbers, round } from './svg.ts';

/** A parcel with its waybill and a stamp, on nothing: its shadow is half transparent. */
export function parcel(): string {
  return `<svg xmlns="http://www.w3.org/2000/svg" width="1600" height="1200">
    <defs>
      ${gradient(
        'top',
        [
          [0, '#e9bf8a'],
          [1, '#d7a468'],
        ],
        'x2="1" y2="0"',
      )}
      ${gradient('left', [
        [0, '#cf9a5e'],
        [1, '#b98147'],
      ])}
      ${gradient('right', [
        [0, '#a8713c'],
        [1, '#8a5729'],
      ])}
      ${gradient('tape', [
        [0, '#f6e3bd', 0.9],
        [1, '#e8cc98', 0.85],
      ])}
      <filter id="shade" x="-30%" y="-80%" width="160%" height="260%"><feGaussianBlur stdDeviation="30 16"/></filter>
      <mask id="worn"><rect x="-300" y="-300" width="600" height="600" fill="#fff"/>${worn()}</mask>
    </defs>
    <g transform="translate(-110 0)">
    <ellipse cx="770" cy="985" rx="560" ry="120" fill="#1a1030" opacity=".5" filter="url(#shade)"/>
    <g transform="matrix(.8167 .3667 .8167 -.3667 270 390)">
      <rect width="600" height="600" fill="url(#top)"/>
      <path d="M0 300H600" stroke="#9a6a35" stroke-width="4"/>
      <rect y="246" width="600" height="108" fill="url(#tape)"/>
      <path d="M0 262H600M0 338H600" stroke="#fff" stroke-width="3" opacity=".4"/>
    </g>
    <g transform="matrix(.8167 .3667 0 1 270 390)">
      <rect width="600" height="450" fill="url(#left)"/>
      <g stroke="#6d431d" stroke-width="13" fill="none" stroke-linecap="round" stroke-linejoin="round" opacity=".8">
        <path d="M352 350V210M314 250l38 -42l38 42M472 350V210M434 250l38 -42l38 42M304 384h216"/>
        <path d="M116 210h92q4 76 -46 84q-50 -8 -46 -84zM162 294v72M124 384h76M166 214l-14 28l22 14l-12 26" stroke-width="10"/>
      </g>
    </g>
    <g transform="matrix(.8167 -.3667 0 1 760 610)">
      <rect width="600" height="450" fill="url(#right)"/>
      <path d="M0 0H600" stroke="#f0cf9f" stroke-width="4" opacity=".6"/>
      <rect x="246" width="108" height="96" fill="url(#tape)" opacity=".85"/>
      <rect x="62" y="122" width="476" height="286" rx="12" fill="#5d3715" opacity=".4"/>
      <rect x="54" y="112" width="476" height="286" rx="12" fill="#fdf8ee"/>
      <rect x="54" y="112" width="476" height="62" rx="12" fill="#22285c"/><rect x="54" y="150" width="476" height="26" fill="#22285c"/>
      <g transform="translate(80 126) scale(.36)" stroke="#fdf8ee" stroke-width="15" fill="none" stroke-linejoin="round" stroke-linecap="round">${wordmark()}</g>
      <path d="M118 232C210 190 260 282 350 238T462 226" stroke="#d9573f" stroke-width="7" stroke-dasharray="4 17" stroke-linecap="round" fill="none"/>
      <circle cx="112" cy="234" r="15" fill="#22285c"/><circle cx="112" cy="234" r="6" fill="#fdf8ee"/>
      <path d="M472 246q-30 -34 -30 -56a30 30 0 0 1 60 0q0 22 -30 56z" fill="#d9573f"/><circle cx="472" cy="190" r="11" fill="#fdf8ee"/>
      <path d="M80 282h176M80 306h132M80 366h92" stroke="#b9b3c4" stroke-width="11" stroke-linecap="round"/>
      <path d="M80 338h160" stroke="#8f88a0" stroke-width="11" stroke-linecap="round"/>
      ${barcode()}
    </g>
    <path d="M270 390L760 610L1250 390M760 610V1060" stroke="#f7dcb0" stroke-width="5" fill="none" opacity=".55"/>
    </g>
    <g transform="translate(1300 905) rotate(-14) scale(.9)"><g mask="url(#worn)" opacity=".88" stroke="#c22f3d" fill="none" stroke-linejoin="round" stroke-linecap="round">
      <circle r="236" stroke="none" fill="#fff" opacity=".5"/><circle r="236" stroke-width="16"/><circle r="206" stroke-width="6"/>
      <path d="M-252 -62H252V62H-252z" fill="#fff" stroke="none" opacity=".9"/>
      <path d="M-262 -66H262V66H-262z" stroke-width="13"/>
      <g transform="translate(-216 -42) scale(.86)" stroke-width="18">${wordmark()}</g>
      <g fill="#c22f3d" stroke="none"><path d="M-24 -92l9 -66h30l9 66z"/><path d="M-21 -166h42l-6 -20l-15 -9l-15 9z"/><path d="M34 -174l62 -18v42zM-34 -174l-62 -18v42z" opacity=".75"/></g>
      <path d="M-118 112q20 -18 40 0t40 0t40 0t40 0t40 0t40 0M-84 148q20 -18 40 0t40 0t40 0t40 0" stroke-width="11"/>
    </g></g>
  </svg>`;
}

/** “WAYBILL” in strokes, 100 high: a text would look different on each machine, after the fonts that it has. */
function wordmark(): string {
  const letters: readonly (readonly [number, string])[] = [
    [76, 'M0 0L16 100L34 36L52 100L68 0'],
    [66, 'M0 100L32 0L64 100M13 66H51'],
    [76, 'M0 0L31 50L62 0M31 50V100'],
    [74, 'M0 0V100H32Q57 100 57 73Q57 48 32 48H0M32 48Q51 48 51 24Q51 0 32 0H0'],
    [26, 'M0 0V100'],
    [64, 'M0 0V100H44'],
    [64, 'M0 0V100H44'],
  ];
  let x = 0;
  return letters
    .map(([width, path]) => {
      const letter = `<path transform="translate(${x} 0)" d="${path}"/>`;
      x += width + 10;
      return letter;
    })
    .join('');
}

function barcode(): string {
  const random = randomNumbers(39);
  let x = 292;
  let bars = '';
  while (x < 500) {
    const width = 2 + Math.floor(random() * 4) * 2;
    bars += `<rect x="${x}" y="276" width="${width}" height="98" fill="#1d1a33"/>`;
    x += width + 3 + Math.floor(random() * 3) * 3;
  }
  return bars;
}

/** Where the stamp's ink did not take. */
function worn(): string {
  const random = randomNumbers(7);
  return draw(420, () => {
    const [angle, distance] = [random() * 2 * Math.PI, 270 * Math.sqrt(random())];
    const [x, y] = [round(Math.cos(angle) * distance), round(Math.sin(angle) * distance)];
    return `<circle cx="${x}" cy="${y}" r="${round(1 + random() ** 4 * 9)}" fill="#000" opacity="${round(0.4 + random() * 0.6)}"/>`;
  });
}
