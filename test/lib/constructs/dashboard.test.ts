import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ofType, type Properties, synthesized, type Template } from '../synthesized.ts';

const RUNBOOK = join(import.meta.dirname, '../../../docs/runbook.md');
const RUNBOOK_URL = 'https://wiki.example/runbook';

interface Widget {
  readonly type: string;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly properties: Properties;
}

/** What CloudFormation makes of it, with `<LogicalId>` for the name of a resource. */
function bodyOf(template: Template): { widgets: Widget[] } {
  const [[, { DashboardBody }] = ['', {}]] = ofType('AWS::CloudWatch::Dashboard', template);
  const parts: unknown[] = DashboardBody['Fn::Join'][1];
  const text = parts
    .map((part) => (typeof part === 'string' ? part : `<${idIn(part as Properties)}>`))
    .join('');
  return JSON.parse(text);
}

const idIn = (part: Properties): string => part.Ref ?? part['Fn::GetAtt'][0];

let template: Template;
let widgets: Widget[];
beforeAll(async () => {
  template = await synthesized({ runbookUrl: RUNBOOK_URL });
  widgets = bodyOf(template).widgets;
}, 60_000);

const graph = (title: string): Properties => {
  const found = widgets.find(({ properties }) => properties.title === title);
  if (!found) throw new Error(`There is no graph "${title}"`);
  return found.properties;
};

/** Ids of all resources of a type, as they are in the body. */
const all = (type: string): string[] => ofType(type, template).map(([id]) => `<${id}>`);

test('its parts do not lie on each other, and no line is wider than CloudWatch has it', () => {
  const squares = widgets.flatMap(({ x, y, width, height }) =>
    Array.from(
      { length: width * height },
      (_, index) => `${x + (index % width)},${y + Math.floor(index / width)}`,
    ),
  );
  expect(new Set(squares).size).toBe(squares.length);
  expect(Math.max(...widgets.map(({ x, width }) => x + width))).toBe(24);
});

test('each row is a question, with links to headings of the runbook that are there', () => {
  const headings = [...readFileSync(RUNBOOK, 'utf8').matchAll(/^###? (.+)$/gm)].map(([, heading = '']) =>
    heading.toLowerCase().replaceAll(' ', '-'),
  );
  const texts = widgets.filter(({ type }) => type === 'text').map(({ properties }) => properties.markdown);
  expect(texts[0]).toContain(`(${RUNBOOK_URL})`);
  for (const text of texts.slice(1)) {
    expect(text).toMatch(/^## [A-Z][^?]+\?\n/);
    const anchors = [...text.matchAll(/\]\(https:\/\/wiki\.example\/runbook#([a-z-]+)\)/g)].map(
      ([, anchor]) => anchor,
    );
    expect(anchors.length).toBeGreaterThan(0);
    expect(headings).toEqual(expect.arrayContaining(anchors));
  }
});

test('shows the state of every alarm', () => {
  const [alarms] = widgets.filter(({ type }) => type === 'alarm');
  expect(alarms?.properties.alarms.toSorted()).toEqual(all('AWS::CloudWatch::Alarm').toSorted());
});

test.each(['Errors', 'Time they took (p99), ms', 'Invocations that Lambda refused'])(
  '%s has every function',
  (title) => {
    const functions = graph(title).metrics.map(([, , , name]: string[]) => name);
    expect(functions.toSorted()).toEqual(all('AWS::Lambda::Function').toSorted());
  },
);

test('the queues that work waits in, and where it ends when it failed, are drawn', () => {
  const queues = (title: string) =>
    graph(title)
      .metrics.map(([, , , name]: string[]) => name)
      .toSorted();
  const isDead = (id: string) => id.includes('DeadLetters');
  const ids = all('AWS::SQS::Queue').toSorted();
  expect(queues('Messages that wait')).toEqual(ids.filter((id) => !isDead(id)));
  expect(queues('Age of the oldest message, s')).toEqual(ids.filter((id) => !isDead(id)));
  expect(queues('Dead letters')).toEqual(ids.filter(isDead));
});

test('every table is drawn, with what it refused', () => {
  const tables = all('AWS::DynamoDB::GlobalTable');
  for (const title of ['Units read', 'Units written'])
    expect(graph(title).metrics.map(([, , , name]: string[]) => name)).toEqual(tables);
  const searches = JSON.stringify(
    ['jobs', 'submissions', 'deliveries', 'limits', 'queue'].map((name) =>
      graph(`Requests to ${name} refused, by operation`),
    ),
  );
  for (const table of tables) expect(searches).toContain(table);
});

test.each([
  ['Accepted, and finished by status', ['JobsAccepted', 'JobsFinished']],
  ['From submission to the start, ms', ['TimeToStart']],
  ['From submission to the end, ms', ['TimeToEnd']],
  ['Runs by outcome', ['RunsEnded']],
  ['Completion rate, %', ['CompletionRate']],
  ['Attempts that it is the rate of', ['CompletionRate']],
  ['Time of a job in the queue, ms', ['QueueWait']],
  ['Attempts by outcome', ['WebhookAttempts']],
  ['Status checks by what they got', ['StatusChecks']],
  ['How long the oldest delivery is overdue, s', ['OldestDueDeliverySeconds']],
  ['Records put aside, and failures of the sweep', ['RecordsPutAside', 'SweepFailures']],
])('%s is drawn from what the functions log', (title, names) => {
  const metrics = JSON.stringify(graph(title).metrics);
  for (const name of names) expect(metrics).toContain(name);
  for (const [namespace, , dimension, value] of graph(title).metrics.filter(
    (metric: unknown[]) => metric.length > 1,
  ))
    expect([namespace, dimension, value]).toEqual(['Waybill', 'service', 'waybill']);
});

test('a metric with a second dimension is a line per value, whichever there are', () => {
  expect(graph('Runs by outcome').metrics).toEqual([
    [
      {
        expression: `SEARCH('{Waybill,service,outcome} MetricName="RunsEnded"', 'Sum', 300)`,
        label: `\${PROP('Dim.outcome')}`,
      },
    ],
  ]);
});

test('the completion rate is a line per template, whichever there are, with how many attempts it is of', () => {
  const drawn = (title: string) =>
    graph(title)
      .metrics.flat()
      .map((each: Properties) => each.expression);
  const search = `SEARCH('{Waybill,service,template} MetricName="CompletionRate"'`;
  expect(drawn('Completion rate, %')).toEqual([`${search}, 'Average', 300)`]);
  expect(drawn('Attempts that it is the rate of')).toEqual([`${search}, 'SampleCount', 300)`]);
});

test('it can be left out, and without an address of the runbook nothing pretends to be a link', async () => {
  expect(ofType('AWS::CloudWatch::Dashboard', await synthesized({ dashboard: 'false' }))).toEqual([]);
  expect(JSON.stringify(bodyOf(await synthesized()))).not.toContain('](');
}, 60_000);
