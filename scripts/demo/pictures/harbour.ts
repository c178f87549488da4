import { draw, glow, gradient, randomNumbers, range, round } from './svg.ts';

const WIDTH = 3200;
const HEIGHT = 2133;
const HORIZON = 1330;
const SUN = 2140;

/** A harbour at dusk, and its lighthouse. */
export function harbour(): string {
  const random = randomNumbers(1850);
  const between = (low: number, high: number): number => round(low + (high - low) * random());
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${HEIGHT}">
    <defs>
      ${gradient('sky', [
        [0, '#0f1638'],
        [0.3, '#2b2a63'],
        [0.52, '#6d3f7e'],
        [0.72, '#c65f72'],
        [0.88, '#f39a60'],
        [1, '#ffd08a'],
      ])}
      ${gradient('sea', [
        [0, '#e08f68'],
        [0.1, '#a8627a'],
        [0.35, '#4b3b70'],
        [1, '#0e1433'],
      ])}
      ${gradient(
        'tower',
        [
          [0, '#a59bb4'],
          [0.45, '#fbeede'],
          [0.75, '#ffd9b0'],
          [1, '#d99a7c'],
        ],
        'x2="1" y2="0"',
      )}
      ${gradient(
        'band',
        [
          [0, '#5a1630'],
          [0.5, '#b2323f'],
          [0.8, '#d9573f'],
          [1, '#96303a'],
        ],
        'x2="1" y2="0"',
      )}
      ${gradient('rock', [
        [0, '#3a2a4a'],
        [1, '#0d0f26'],
      ])}
      ${gradient('hull', [
        [0, '#3b2145'],
        [1, '#150f2a'],
      ])}
      ${gradient(
        'beam-left',
        [
          [0, '#fff3c4', 0],
          [1, '#fff3c4', 0.5],
        ],
        'x2="1" y2="0"',
      )}
      ${gradient(
        'beam-right',
        [
          [0, '#fff3c4', 0.6],
          [1, '#fff3c4', 0],
        ],
        'x2="1" y2="0"',
      )}
      ${glow('sun', [
        [0, '#fff6d8', 1],
        [0.09, '#ffe3a0', 0.95],
        [0.12, '#ffcf85', 0.55],
        [0.4, '#ff9f6a', 0.25],
        [1, '#ff8f6a', 0],
      ])}
      ${glow('lamp', [
        [0, '#fffbe6', 1],
        [0.15, '#ffe9a8', 0.9],
        [0.45, '#ffd27a', 0.3],
        [1, '#ffc46a', 0],
      ])}
      <filter id="soft" x="-20%" y="-200%" width="140%" height="500%"><feGaussianBlur stdDeviation="26 9"/></filter>
      <filter id="haze"><feGaussianBlur stdDeviation="14"/></filter>
    </defs>
    <rect width="${WIDTH}" height="${HORIZON + 4}" fill="url(#sky)"/>
    ${stars(between)}
    <ellipse cx="${SUN}" cy="${HORIZON - 70}" rx="1250" ry="900" fill="url(#sun)"/>
    <circle cx="${SUN}" cy="${HORIZON - 70}" r="104" fill="#fff1cc"/>
    ${clouds(between)}
    ${hills(between, HORIZON - 60, 70, '#8d5277', 0.75)}
    ${hills(between, HORIZON - 16, 52, '#5c3d6b', 0.85)}
    <rect y="${HORIZON}" width="${WIDTH}" height="${HEIGHT - HORIZON}" fill="url(#sea)"/>
    ${glitter(between)}
    ${waves(between)}
    ${town(between)}
    ${ship(between)}
    ${sailingBoat(1330, 1492, 1)}
    ${sailingBoat(1500, 1400, 0.42)}
    ${lighthouse(between)}
    ${gulls()}
  </svg>`;
}

type Between = (low: number, high: number) => number;

const stars = (between: Between): string =>
  draw(260, () => {
    const y = between(10, 780);
    const opacity = round(Math.max(0.1, 1 - y / 800) * between(0.5, 1));
    return `<circle cx="${between(0, WIDTH)}" cy="${y}" r="${between(1, 3.2)}" fill="#fff" opacity="${opacity}"/>`;
  });

const clouds = (between: Between): string =>
  `<g filter="url(#soft)">${draw(26, (index) => {
    const y = 560 + index * 26 + between(-24, 24);
    const color = ['#d9698a', '#f08a72', '#ffb37a', '#8e4f8c'][index % 4];
    return `<ellipse cx="${between(0, WIDTH)}" cy="${y}" rx="${between(160, 520)}" ry="${between(7, 22)}" fill="${color}" opacity="${between(0.2, 0.6)}"/>`;
  })}</g>`;

function hills(between: Between, base: number, height: number, color: string, opacity: number): string {
  const [first, second] = [between(0, 6), between(0, 6)];
  const crest = range(81).map((step) => {
    const rise = 0.5 + 0.32 * Math.sin(first + step / 7) + 0.18 * Math.sin(second + step / 2.7);
    return `L${step * 40} ${round(base - height * rise)}`;
  });
  return `<path d="M0 ${HORIZON + 2}${crest.join('')}L${WIDTH} ${HORIZON + 2}Z" fill="${color}" opacity="${opacity}"/>`;
}

/** The way of the sun on the water: short strokes, wider and further apart towards the eye. */
const glitter = (between: Between): string =>
  draw(420, () => {
    const depth = between(0, 1) ** 1.5;
    const y = round(HORIZON + 6 + depth * 640);
    const spread = 70 + depth * 250;
    const x = round(SUN + (between(-1, 1) + between(-1, 1)) * 0.5 * spread);
    const length = round(14 + depth * 90 * between(0.4, 1));
    return `<path d="M${x - length} ${y}q${length} ${-4 - depth * 8} ${2 * length} 0" stroke="#ffd9a0" stroke-width="${round(2.5 + depth * 6)}" stroke-linecap="round" fill="none" opacity="${round(0.85 - depth * 0.6)}"/>`;
  });

const waves = (between: Between): string =>
  draw(520, () => {
    const depth = between(0, 1) ** 1.3;
    const y = round(HORIZON + 8 + depth * 790);
    const length = round(24 + depth * 190 * between(0.4, 1));
    const color = between(0, 1) > 0.45 ? '#0f1230' : '#f2a58c';
    return `<path d="M${between(-100, WIDTH)} ${y}q${round(length / 2)} ${round(-3 - depth * 11)} ${length} 0" stroke="${color}" stroke-width="${round(1.5 + depth * 4.5)}" stroke-linecap="round" fill="none" opacity="${round(0.5 - depth * 0.26)}"/>`;
  });

/** The quay on the right: warehouses with lit windows, and a crane. */
function town(between: Between): string {
  const quay = HORIZON + 92;
  const houses = draw(9, (index) => {
    const [x, width, height] = [2470 + index * 88, 84, between(90, 190)];
    const top = quay - height;
    const roof = `<path d="M${x - 5} ${top + 1}l${width / 2 + 5} ${-between(26, 56)}L${x + width + 5} ${top + 1}z" fill="#140d28"/>`;
    const windows = draw(6, (cell) =>
      between(0, 1) < 0.62
        ? `<rect x="${x + 12 + (cell % 3) * 24}" y="${top + 18 + Math.floor(cell / 3) * 42}" width="13" height="19" fill="#ffd27a" opacity="${between(0.7, 1)}"/>`
        : '',
    );
    return `<rect x="${x}" y="${top}" width="${width}" height="${height + 2}" fill="#20163a"/>${roof}${windows}`;
  });
  const posts = draw(
    16,
    (index) => `<rect x="${2440 + index * 50}" y="${quay + 24}" width="9" height="62" fill="#0d0b20"/>`,
  );
  const lights = draw(8, (index) => {
    const [x, y] = [2480 + index * 98, quay + 100];
    return `<circle cx="${x}" cy="${quay - 14}" r="34" fill="url(#lamp)"/><path d="M${x} ${y}v${between(60, 140)}" stroke="#ffc877" stroke-width="7" stroke-linecap="round" stroke-dasharray="16 13" opacity=".42"/>`;
  });
  const crane = `<g stroke="#17102c" stroke-width="11" fill="none"><path d="M2395 ${quay + 6}V${quay - 330}M2435 ${quay + 6}V${quay - 330}M2395 ${quay - 60}l40 -54l-40 -54l40 -54l-40 -54l40 -54"/><path d="M2170 ${quay - 352}H2530" stroke-width="15"/><path d="M2415 ${quay - 430}L2190 ${quay - 354}M2415 ${quay - 430}L2520 ${quay - 354}M2415 ${quay - 430}V${quay - 330}" stroke-width="6"/><path d="M2228 ${quay - 350}v120" stroke-width="4"/></g><rect x="2196" y="${quay - 232}" width="64" height="42" fill="#8c3a48"/><rect x="2496" y="${quay - 348}" width="40" height="40" fill="#17102c"/>`;
  return `${houses}<path d="M2360 ${quay}H${WIDTH}v34H2360z" fill="#150f2a"/>${posts}${crane}${lights}`;
}

/** A freighter with containers, on its way out. */
function ship(between: Between): string {
  const deck = 1466;
  const colors = ['#b8434a', '#d98149', '#3f6a8c', '#5d8a86', '#c9a35c', '#6b4a86'];
  const containers = draw(27, (index) => {
    const [column, row] = [index % 9, Math.floor(index / 9)];
    if (row === 2 && (column < 2 || column > 6)) return '';
    const [x, y] = [1672 + column * 60, deck - 36 - row * 36];
    const ribs = draw(
      5,
      (rib) => `<path d="M${x + 9 + rib * 10} ${y + 5}v25" stroke="#000" stroke-width="2" opacity=".22"/>`,
    );
    return `<rect x="${x}" y="${y}" width="57" height="34" fill="${colors[Math.floor(between(0, 5.99))]}"/>${ribs}`;
  });
  const bridge = `<path d="M2222 ${deck}v-150h104v150z" fill="#e8d3c8"/><path d="M2212 ${deck - 150}h124v-16h-124z" fill="#b79aa5"/><path d="M2222 ${deck - 136}h104v24h-104z" fill="#2a2247"/>${draw(8, (index) => `<rect x="${2234 + (index % 4) * 24}" y="${deck - 92 + Math.floor(index / 4) * 38}" width="12" height="15" fill="#ffd98c"/>`)}<path d="M2270 ${deck - 166}v-66h36l6 66z" fill="#8c3a48"/><path d="M2270 ${deck - 206}h38l1 16h-39z" fill="#f1dccb"/><path d="M2246 ${deck - 166}v-92" stroke="#2a2247" stroke-width="5"/>`;
  const hull = `<path d="M1596 ${deck - 26}l66 26h680l-18 74q-4 16 -24 16H1690q-30 0 -44 -34z" fill="url(#hull)"/><path d="M1655 ${deck + 62}l8 14q10 14 27 14h610q20 0 24 -16l4 -12z" fill="#8c2f3d"/><path d="M1606 ${deck - 14}l60 24h674" stroke="#f1dccb" stroke-width="5" fill="none" opacity=".8"/>`;
  const wake = draw(
    18,
    (index) =>
      `<path d="M${1640 + index * 40} ${deck + 92 + between(0, 34)}q30 -9 60 0" stroke="#f6c7a8" stroke-width="5" stroke-linecap="round" fill="none" opacity="${between(0.2, 0.5)}"/>`,
  );
  return `<ellipse cx="1975" cy="${deck + 112}" rx="370" ry="30" fill="#120f2b" opacity=".55" filter="url(#haze)"/>${containers}${bridge}${hull}${wake}`;
}

const sailingBoat = (x: number, y: number, scale: number): string =>
  `<g transform="translate(${x} ${y}) scale(${scale})"><path d="M-92 0h190l-34 40h-120z" fill="#1d1433"/><path d="M0 -4V-270" stroke="#1d1433" stroke-width="7"/><path d="M10 -262Q96 -120 104 -16H10z" fill="#fff0dc" opacity=".95"/><path d="M-8 -240Q-70 -110 -88 -16H-8z" fill="#f3c9a8" opacity=".92"/><path d="M-70 58q70 -12 140 0M-40 80q40 -9 90 0" stroke="#f6d5bb" stroke-width="6" fill="none" opacity=".45" stroke-linecap="round"/></g>`;

function lighthouse(between: Between): string {
  const [x, top, foot] = [640, 480, 1500];
  const half = (y: number): number => 66 + ((y - top) / (foot - top)) * 62;
  const bands = draw(4, (index) => {
    const [from, to] = [top + 130 + index * 250, top + 250 + index * 250];
    return `<path d="M${round(x - half(from))} ${from}q${round(half(from))} 26 ${round(2 * half(from))} 0L${round(x + half(to))} ${to}q${round(-half(to))} 26 ${round(-2 * half(to))} 0z" fill="url(#band)"/>`;
  });
  const windows = draw(
    3,
    (index) =>
      `<path d="M${x + 4} ${top + 330 + index * 250}v-38q14 -20 28 0v38z" fill="#2b1a3d"/><path d="M${x + 9} ${top + 325 + index * 250}v-30q9 -13 18 0v30z" fill="#ffd27a"/>`,
  );
  const shore = `Q1150 1640 1210 1716Q1290 1800 1262 1866Q1230 1960 1080 2020Q900 2090 760 ${HEIGHT + 40}`;
  const rocks = `<path d="M-10 ${HEIGHT}V1560Q90 1500 180 1530T400 1478Q520 1440 640 1452T890 1500Q980 1540 1060 1600${shore}z" fill="url(#rock)"/>${draw(
    60,
    () => {
      const py = between(1540, 2090);
      const px = between(0, py < 1700 ? 900 : 1000);
      return `<path d="M${px} ${py}l${between(30, 120)} ${between(-26, 8)}l${between(20, 70)} ${between(20, 60)}" stroke="#6a4a6d" stroke-width="4" fill="none" opacity="${between(0.12, 0.4)}"/>`;
    },
  )}`;
  const foam = draw(
    6,
    (index) =>
      `<path transform="translate(${6 + index * 15} ${index * 9 + between(-4, 4)})" d="M1060 1600${shore}" stroke="#ffe6d4" stroke-width="${9 - index}" stroke-linecap="round" stroke-dasharray="${between(60, 150)} ${between(20, 50) * (index + 1)}" fill="none" opacity="${0.6 - index * 0.09}"/>`,
  );
  const beams = `<path d="M${x} ${top - 62}L-40 ${top - 330}V${top + 60}z" fill="url(#beam-left)"/><path d="M${x} ${top - 62}L2900 ${top - 520}V${top + 150}z" fill="url(#beam-right)" opacity=".75"/>`;
  const keepersHouse = `<path d="M796 1496v-118h220v136z" fill="#cdb3b5"/><path d="M776 1384l58 -78h146l58 78z" fill="#5a2136"/><rect x="836" y="1412" width="36" height="44" fill="#ffd27a"/><rect x="936" y="1412" width="36" height="44" fill="#ffd27a"/><path d="M892 1506v-72h30v74z" fill="#3a2240"/><rect x="950" y="1284" width="26" height="60" fill="#4a1c30"/>`;
  const lantern = `<path d="M${x - 104} ${top}h208v22h-208z" fill="#241733"/><path d="M${x - 100} ${top}v-34M${x - 60} ${top}v-34M${x + 60} ${top}v-34M${x + 100} ${top}v-34M${x - 102} ${top - 34}h204" stroke="#241733" stroke-width="7"/><rect x="${x - 52}" y="${top - 118}" width="104" height="118" fill="#ffe9a8"/><path d="M${x - 52} ${top}v-118M${x - 18} ${top}v-118M${x + 18} ${top}v-118M${x + 52} ${top}v-118" stroke="#241733" stroke-width="7"/><path d="M${x - 72} ${top - 116}Q${x - 50} ${top - 196} ${x} ${top - 206}Q${x + 50} ${top - 196} ${x + 72} ${top - 116}z" fill="#8f2f3d"/><path d="M${x} ${top - 204}v-48" stroke="#241733" stroke-width="7"/><circle cx="${x}" cy="${top - 210}" r="13" fill="#8f2f3d"/>`;
  const tower = `<path d="M${x - half(top)} ${top}h${2 * half(top)}L${x + half(foot)} ${foot}q${-half(foot)} 30 ${-2 * half(foot)} 0z" fill="url(#tower)"/>`;
  return `${beams}${foam}${rocks}${keepersHouse}${tower}${bands}${windows}<path d="M${x - 32} 1506v-92q32 -44 64 0v94z" fill="#3a2240"/>${lantern}<circle cx="${x}" cy="${top - 60}" r="330" fill="url(#lamp)"/>`;
}

const gulls = (): string =>
  [
    [1180, 760, 1],
    [1290, 700, 0.7],
    [1385, 800, 0.85],
    [1600, 640, 0.5],
  ]
    .map(
      ([x, y, scale]) =>
        `<path transform="translate(${x} ${y}) scale(${scale})" d="M-64 -14Q-34 -40 0 0Q34 -40 64 -14Q34 -24 0 12Q-34 -24 -64 -14z" fill="#2a1c40"/>`,
    )
    .join('');
