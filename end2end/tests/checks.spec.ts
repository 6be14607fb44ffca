// Suites of an environment: asked for, run, and kept with their evidence.

import { expect, test } from './support/fixtures.ts';
import { expectAccessible } from './pages/site.ts';
import { engineer, finance } from './support/people.ts';

const PLACE = '/applications/trivianft/environments/staging/checks';

test('an engineer runs a suite and sees what each check found @forms', async ({ world, login, isLive }) => {
  const eli = await login(engineer);
  await eli.goto(`${world.url}${PLACE}`);
  await expect(eli.getByText('This suite never ran here')).toBeVisible();
  await eli.getByRole('button', { name: 'Run suite' }).click();
  await expect(eli.getByText('The suite runs. Results appear as they come.')).toBeVisible();

  // Nothing is deployed in this world: every check says so, and none hides behind another.
  const sentence = eli.getByText('0 of 3 passed, 3 failed').first();
  await expect(async () => {
    if (!isLive) await eli.reload();
    await expect(sentence).toBeVisible({ timeout: 2_000 });
  }).toPass({ timeout: 60_000 });
  const results = eli.locator('#results');
  await expect(results.getByText('no such stack').first()).toBeVisible();
  await expect(results.getByText('Failed', { exact: true })).toHaveCount(4);
  await expectAccessible(eli, PLACE);

  const fay = await login(finance);
  await fay.goto(`${world.url}${PLACE}`);
  await expect(fay.getByText('0 of 3 passed, 3 failed').first()).toBeVisible();
  await expect(fay.getByRole('button', { name: /Run suite/ })).toHaveCount(0);
});
