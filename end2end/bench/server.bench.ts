// The server in release mode with a full house: latency under load, memory, time to the first answer.

import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test as base } from '../tests/support/fixtures.ts';
import { Background, answers, freePort } from '../tests/support/background.ts';
import { finance } from '../tests/support/people.ts';
import { required } from '../tests/support/settings.ts';
import { STACK_COUNT, createStacks, writeBlueprints } from './full-house.ts';
import { load } from './load.ts';
import { record } from './table.ts';

const SECONDS = 20;
const PER_SECOND = 200;

const test = base.extend({
  // The budget of calls is for real accounts: six hundred stacks are read once, at the beginning.
  worldOptions: { settings: { aws: ['calls_per_second = 1000', 'poll_slow_secs = 60'] }, blueprints: writeBlueprints, stacks: createStacks },
});

const ms = (value: number) => `${value.toFixed(value < 10 ? 2 : 0)} ms`;

test('overview under load, memory and start', async ({ world, login, directory }) => {
  test.setTimeout(600_000);
  const page = await login(finance);
  await expect(async () => {
    await page.goto(world.url);
    const fine = await page.getByText(/20 of 20/).count();
    expect(fine).toBeGreaterThanOrEqual(30);
  }).toPass({ timeout: 300_000, intervals: [2_000] });
  const cookie = (await page.context().cookies()).map(({ name, value }) => `${name}=${value}`).join('; ');
  const html = await (await page.context().request.get(world.url)).body();

  // It has done its part; what is measured from here on should not share the machine with a browser.
  await page.context().browser()?.close();

  const idle = memory(world.serverPid);
  record(`resident memory, idle, ${STACK_COUNT} stacks known`, `${idle.toFixed(0)} MB`, '< 60 MB', idle < 60);

  const target = { perSecond: PER_SECOND, seconds: SECONDS };
  await load({ url: world.url, headers: { cookie }, perSecond: 50, seconds: 2 });
  const overview = await load({ url: world.url, headers: { cookie }, ...target });
  expect(overview.failures).toBe(0);
  record(`resident memory after ${overview.requests} requests`, `${memory(world.serverPid).toFixed(0)} MB`, '', true);

  const file = join(directory, 'overview.html');
  writeFileSync(file, html);
  const port = await freePort();
  const bare = Background.start({
    command: required('LOCKKEEPER_BASELINE'),
    args: [`127.0.0.1:${port}`, file],
    log: join(directory, 'baseline.log'),
  });
  const bareUrl = `http://127.0.0.1:${port}/`;
  await bare.until(() => answers(bareUrl));
  await load({ url: bareUrl, perSecond: 50, seconds: 2 });
  const baseline = await load({ url: bareUrl, ...target });
  await bare.stop();

  const size = `${(html.length / 1024).toFixed(0)} KB`;
  record(`overview (${size}), ${PER_SECOND}/s: p50`, ms(overview.p50), '', true);
  record(`overview (${size}), ${PER_SECOND}/s: p99`, ms(overview.p99), '< 10 ms', overview.p99 < 10);
  record(`bare axum route, same bytes, ${PER_SECOND}/s: p50, p99`, `${ms(baseline.p50)}, ${ms(baseline.p99)}`, '', true);
  const ratio = (share: 'p50' | 'p99') => (overview[share] / baseline[share]).toFixed(1);
  record('overview over bare route: p50, p99', `× ${ratio('p50')}, × ${ratio('p99')}`, '', true);

  const starts: number[] = [];
  for (let round = 0; round < 5; round += 1) starts.push(await world.restartTimed());
  starts.sort((a, b) => a - b);
  const start = starts[2] ?? Number.NaN;
  record('start to first answer, median of five', ms(start), '< 300 ms', start < 300);

  const module = execFileSync('sh', ['-c', 'cat "$LOCKKEEPER_SITE"/lockkeeper-*.wasm.br | wc -c'], { encoding: 'utf8' });
  const kilobytes = Number(module) / 1024;
  record('wasm transferred, brotli', `${kilobytes.toFixed(0)} KB`, '< 150 KB', kilobytes < 150);
});

/** Megabytes. */
function memory(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1]) / 1024;
}
