// Pictures for human eyes: every page of the demo in light, dark and on a phone, through the life of a deployment.

import { join } from 'node:path';
import type { Page } from '@playwright/test';
import { test as base } from '../support/fixtures.ts';
import { DeploymentPage } from '../pages/deployment.ts';
import { openRelease, requestDeployment } from '../pages/release.ts';
import { idIn, places } from '../pages/site.ts';
import { admin, engineer, lead } from '../support/people.ts';
import { required } from '../support/settings.ts';

const test = base.extend({ origin: async ({ demo }, use) => use(demo.url) });

const LOOKS = [
  { name: 'light', colorScheme: 'light', width: 1280 },
  { name: 'dark', colorScheme: 'dark', width: 1280 },
  { name: 'phone', colorScheme: 'light', width: 390 },
  { name: 'phone-dark', colorScheme: 'dark', width: 390 },
] as const;

async function picture(page: Page, name: string): Promise<void> {
  for (const look of LOOKS) {
    await page.emulateMedia({ colorScheme: look.colorScheme, reducedMotion: 'reduce' });
    await page.setViewportSize({ width: look.width, height: 844 });
    const path = join(required('LOCKKEEPER_SCREENSHOTS'), look.name, `${name}.png`);
    await page.screenshot({ path, fullPage: true });
  }
  await page.setViewportSize({ width: 1280, height: 800 });
}

test.use({ expectedMessages: [/status of 40[34]/] });

test('every page', async ({ demo, login, isLive, browser }) => {
  test.setTimeout(900_000);
  const stranger = await browser.newPage();
  await stranger.goto(demo.url);
  await picture(stranger, 'login');
  await stranger.close();

  const eli = await login(engineer);
  await openRelease(eli, '1.5.0');
  const release = idIn(eli.url());
  const request = await requestDeployment(eli, { to: 'Production', because: 'Season leaderboard for autumn', isLive });
  await picture(eli, 'deployment-1-planning');
  const { url } = request;
  await request.reaches('Awaiting approval');
  await picture(eli, 'deployment-2-plan-of-the-requester');

  const lea = await login(lead);
  const ada = await login(admin);
  for (const place of places({ application: 'trivianft', release, deployment: idIn(url) })) {
    const page = place.name === 'audit' ? ada : lea;
    await page.goto(new URL(place.path, demo.url).href);
    await picture(page, place.name === 'deployment' ? 'deployment-3-plan-of-the-approver' : place.name);
  }
  await eli.goto(`${demo.url}/audit`);
  await picture(eli, 'forbidden');

  const review = await DeploymentPage.open(lea, url, isLive);
  await review.decide({ phrase: 'deploy', comment: 'Plan read' });
  await picture(lea, 'deployment-4-phrase-being-typed');
  await review.approve('Plan read');
  await review.reaches('Executing');
  await lea.waitForTimeout(5_000);
  await picture(lea, 'deployment-5-executing');
  await lea.goto(demo.url);
  await picture(lea, 'overview-while-executing');
  await DeploymentPage.open(lea, url, isLive);
  await review.reaches('Awaiting sign-off', 300_000);
  await picture(lea, 'deployment-6-checklist');
});
