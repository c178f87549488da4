// Runs in a fresh process: a bundle's import and its first answer. Plain JavaScript without imports: whatever is loaded
// here, the bundle would have for nothing.
const { BENCH_BUNDLE, BENCH_EVENT } = process.env;
const context = { awsRequestId: 'bench', getRemainingTimeInMillis: () => 30_000 };
const before = process.cpuUsage();
const begun = performance.now();
const { handler } = await import(BENCH_BUNDLE);
const imported = performance.now();
const { statusCode } = await handler(JSON.parse(BENCH_EVENT), context);
const answered = performance.now();
const { user, system } = process.cpuUsage(before);
const measured = { importMs: imported - begun, answerMs: answered - imported, cpuMs: (user + system) / 1000 };
process.stdout.write(`\n${JSON.stringify({ statusCode, ...measured })}`, () => process.exit());
