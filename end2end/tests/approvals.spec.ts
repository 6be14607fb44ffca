// Two people, one plan.

import { expect, test } from './support/fixtures.ts';
import { DeploymentPage } from './pages/deployment.ts';
import { openRelease, requestDeployment } from './pages/release.ts';
import { admin, engineer, finance, lead } from './support/people.ts';
import { STACKS } from './support/world.ts';

test('of two approvals at the same moment one starts the deployment, the other is told @forms', async ({
  world,
  login,
  isLive,
}) => {
  test.setTimeout(300_000);
  await world.createRelease('1.5.0');
  const eli = await login(engineer);
  await openRelease(eli, '1.5.0');
  const request = await requestDeployment(eli, { to: 'Production', because: 'Autumn season', isLive });
  await request.reaches('Awaiting approval');

  const both = await Promise.all([login(lead), login(admin)]);
  const pages = await Promise.all(both.map((page) => DeploymentPage.open(page, request.url, isLive)));
  for (const page of pages) await page.decide({ phrase: 'DEPLOY TO PRODUCTION', comment: 'Read and agreed' });
  await Promise.all(pages.map((page) => page.approveButton.click()));

  const told = pages.map((page) => page.page.getByText(/Your approval of this plan is recorded|no longer|already/).first());
  for (const words of told) await expect(words).toBeVisible();
  await request.reaches('Awaiting sign-off', 240_000);
  for (const stack of STACKS) expect(await world.executions(`TriviaNFT-${stack}-production`), stack).toBe(1);
});

test('people see only what their role may do @forms', async ({ world, login, isLive }) => {
  await world.createRelease('1.5.0');
  const eli = await login(engineer);
  await openRelease(eli, '1.5.0');
  const request = await requestDeployment(eli, { to: 'Production', because: 'Autumn season', isLive });
  await request.reaches('Awaiting approval');

  const fay = await login(finance);
  await DeploymentPage.open(fay, request.url, isLive);
  await expect(fay.getByRole('button', { name: /Approve|Reject|Stop|Sign off|Mark as done/ })).toHaveCount(0);
});
