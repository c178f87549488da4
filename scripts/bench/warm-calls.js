// Runs in a process of its own: calls a bundle's handler again and again, as often at once as it is told.
const { BENCH_BUNDLE, BENCH_EVENT } = process.env;
const { handler } = await import(BENCH_BUNDLE);
const event = JSON.parse(BENCH_EVENT);
const context = { awsRequestId: 'bench', getRemainingTimeInMillis: () => 10_000 };

async function call(calls, inFlight) {
  let left = calls;
  const caller = async () => {
    while (left-- > 0) {
      const { statusCode } = await handler(event, context);
      if (statusCode !== 200) throw new Error(`It answered ${statusCode}`);
    }
  };
  const before = process.cpuUsage();
  const begun = performance.now();
  await Promise.all(Array.from({ length: inFlight }, caller));
  const perSecond = calls / ((performance.now() - begun) / 1000);
  const { user, system } = process.cpuUsage(before);
  return { perSecond, cpuMs: (user + system) / 1000 / calls };
}

process.on('message', async ({ calls, inFlight }) => process.send(await call(calls, inFlight)));
process.send('ready');
