// The demo, as somebody sees it who has just typed one command: no account, no container, no network.

import { expect, test as base } from './support/fixtures.ts';
import { DeploymentPage } from './pages/deployment.ts';
import { openRelease, requestDeployment } from './pages/release.ts';
import { expectAccessible } from './pages/site.ts';
import { engineer, lead } from './support/people.ts';

const test = base.extend({ origin: async ({ demo }, use) => use(demo.url) });

test('the main job in the demo @main', async ({ demo, login, isLive }) => {
  test.setTimeout(600_000);
  const eli = await login(engineer);
  await openRelease(eli, '1.5.0');
  const request = await requestDeployment(eli, { to: 'Production', because: 'Trying it out', isLive });
  await request.reaches('Awaiting approval');

  const review = await DeploymentPage.open(await login(lead), request.url, isLive);
  await expect(review.part('Plan').getByText(/REPLACE/).first()).toBeVisible();
  await review.approve('Tried in staging');
  await review.reaches('Awaiting sign-off', 300_000);
  expect(demo.url).toMatch(/^http:\/\/127\.0\.0\.1:/);
});

test('the login page of the demo offers five people and is accessible', async ({ demo, browser }) => {
  const context = await browser.newContext();
  const page = await context.newPage();
  await page.goto(demo.url);
  await expect(page.getByRole('listitem')).toHaveCount(5);
  await expectAccessible(page, 'the demo login');
  await context.close();
});
