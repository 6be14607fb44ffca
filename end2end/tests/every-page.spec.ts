// What must hold on every page: no accessibility violation in either scheme, and no sideways scrolling on a phone.

import { expect, test } from './support/fixtures.ts';
import { openRelease, requestDeployment } from './pages/release.ts';
import { expectAccessible, expectNoSidewaysScroll, idIn, places } from './pages/site.ts';
import { admin, engineer, lead } from './support/people.ts';

const PHONE = { width: 390, height: 844 };

// The page that is not there is visited too, and the one that is not for everybody.
test.use({ expectedMessages: [/status of 40[34]/] });

test('every page is accessible in both schemes and fits a phone', async ({ world, login, isLive }) => {
  test.setTimeout(900_000);
  await world.createRelease('1.5.0');
  const eli = await login(engineer);
  await openRelease(eli, '1.5.0');
  const release = idIn(eli.url());
  const deployment = await requestDeployment(eli, { to: 'Production', because: 'Autumn season', isLive });
  await deployment.reaches('Awaiting approval');

  // Together they see every page and every form: the admin the audit log, the lead the approval.
  for (const person of [admin, lead]) {
    const page = await login(person);
    for (const place of places({ application: 'trivianft', release, deployment: idIn(deployment.url) })) {
      await page.goto(new URL(place.path, world.url).href);
      await expect(page.getByRole('heading', { level: 1 })).toHaveCount(1);
      for (const colorScheme of ['light', 'dark'] as const) {
        await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
        await expectAccessible(page, `${place.path} for ${person.name}, ${colorScheme}`);
      }
      const size = page.viewportSize();
      await page.setViewportSize(PHONE);
      await expectNoSidewaysScroll(page, place.path);
      await expectAccessible(page, `${place.path} for ${person.name}, on a phone`);
      if (size) await page.setViewportSize(size);
    }
  }
});

test('the deployment page stays accessible through its whole life', async ({ world, login, isLive }) => {
  test.setTimeout(600_000);
  await world.createRelease('1.5.0');
  const eli = await login(engineer);
  await openRelease(eli, '1.5.0');
  const deployment = await requestDeployment(eli, { to: 'Staging', because: 'Autumn season', isLive });
  await deployment.reaches('Planned');
  await eli.getByRole('button', { name: 'Start this deployment' }).click();
  for (const state of ['Executing', /Awaiting sign-off|Succeeded/]) {
    await expect(eli.getByRole('heading', { level: 1 })).toContainText(state, { timeout: 300_000 });
    await expectAccessible(eli, String(state));
    await eli.setViewportSize(PHONE);
    await expectNoSidewaysScroll(eli, String(state));
  }
});
