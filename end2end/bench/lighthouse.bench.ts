// What Lighthouse says about the overview and a deployment page, logged in.

import { chromium } from '@playwright/test';
import lighthouse from 'lighthouse';
import { expect, test } from '../tests/support/fixtures.ts';
import { freePort } from '../tests/support/background.ts';
import { openRelease, requestDeployment } from '../tests/pages/release.ts';
import { engineer } from '../tests/support/people.ts';
import { required } from '../tests/support/settings.ts';
import { record } from './table.ts';

const WANTED = { performance: 95, accessibility: 100, 'best-practices': 95 };

test('Lighthouse on the overview and a deployment', async ({ world, login, isLive, launchOptions }) => {
  test.setTimeout(600_000);
  await world.createRelease('1.5.0');
  const eli = await login(engineer);
  await openRelease(eli, '1.5.0');
  const deployment = await requestDeployment(eli, { to: 'Production', because: 'Autumn season', isLive });
  await deployment.reaches('Awaiting approval');
  const cookie = (await eli.context().cookies()).map(({ name, value }) => `${name}=${value}`).join('; ');

  const port = await freePort();
  const browser = await chromium.launch({
    executablePath: required('CHROMIUM'),
    args: [...(launchOptions.args ?? []), `--remote-debugging-port=${port}`],
  });
  for (const [name, url] of [['overview', world.url], ['deployment', deployment.url]] as const) {
    const result = await lighthouse(url, {
      port,
      extraHeaders: { Cookie: cookie },
      onlyCategories: Object.keys(WANTED),
      logLevel: 'error',
    });
    const categories = result?.lhr.categories ?? {};
    expect(Object.keys(categories)).toHaveLength(3);
    for (const [category, wanted] of Object.entries(WANTED)) {
      const score = Math.round((categories[category]?.score ?? 0) * 100);
      record(`Lighthouse, ${name}: ${category}`, String(score), `≥ ${wanted}`, score >= wanted);
      const refs = categories[category]?.auditRefs ?? [];
      const lost = refs.map(({ id }) => result?.lhr.audits[id]).filter((one) => one?.score != null && one.score < 0.9);
      for (const audit of lost) console.log(`${name}, ${category}: ${audit?.title} (${audit?.displayValue ?? audit?.score})`);
    }
  }
  await browser.close();
});
