// A session ends when it likes. What was typed does not.

import { expect, test } from './support/fixtures.ts';
import { choosePerson } from './support/login.ts';
import { engineer } from './support/people.ts';
import { openRelease } from './pages/release.ts';

// A page that still listens, or looks again, when its session ends is refused, and browsers print that.
test.use({ expectedMessages: [/status of 401/] });

test('a form sent after the session ended comes back filled after login @forms', async ({ world, login }) => {
  await world.createRelease('1.5.0');
  const page = await login(engineer);
  await openRelease(page, '1.5.0');
  const reason = 'Season leaderboard; agreed with support on Tuesday';
  const staging = page.getByRole('region', { name: 'Staging', exact: true });
  await staging.getByLabel('Reason').fill(reason);

  // Lockkeeper and the provider forget who this is.
  await page.context().clearCookies();
  await staging.getByRole('button', { name: 'Plan a deployment to Staging' }).click();
  await choosePerson(page, engineer);

  await expect(page).toHaveURL(/\/releases\//);
  await expect(staging.getByLabel('Reason')).toHaveValue(reason);
  await staging.getByRole('button', { name: 'Plan a deployment to Staging' }).click();
  await expect(page).toHaveURL(/\/deployments\//);
  await expect(page.getByText(reason).first()).toBeVisible();
});

test('a session that was idle too long ends and says so @forms', async ({ login, origin }) => {
  const page = await login(engineer);
  await page.context().clearCookies();
  await page.goto(`${origin}/deployments`);
  await choosePerson(page, engineer);
  // Back where the person wanted to go, not at the start.
  await expect(page).toHaveURL(/\/deployments$/);
});

test('logging out ends the session for good @forms', async ({ login, origin }) => {
  const page = await login(engineer);
  const cookies = await page.context().cookies();
  await page.getByRole('button', { name: 'Log out' }).click();
  await expect(page.getByRole('banner').getByRole('link', { name: engineer.name })).toHaveCount(0);
  // A copy of the cookie is worth nothing.
  await page.context().clearCookies();
  await page.context().addCookies(cookies.filter((cookie) => cookie.name.includes('lockkeeper')));
  await page.goto(`${origin}/account`);
  await expect(page.getByRole('heading', { name: 'Who am I' })).toHaveCount(0);
});
