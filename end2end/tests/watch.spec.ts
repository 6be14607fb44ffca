// After the deployment: watched by on-call, signed by a lead, exported, and checked away from the server.

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from './support/fixtures.ts';
import { openRelease, requestDeployment } from './pages/release.ts';
import { DeploymentPage } from './pages/deployment.ts';
import { expectAccessible, expectNoSidewaysScroll } from './pages/site.ts';
import { admin, engineer, lead, onCall } from './support/people.ts';

const PHONE = { width: 390, height: 844 };

// A week in a few seconds: two rounds, to be looked at within ten minutes.
const WATCH = `
[environments.watch]
rounds = [{ at = ["3s", "6s"], suites = ["stacks"], grace = "10m" }]

[[suites]]
id = "stacks"
title = "Stacks"
checks = ["stack.api"]

[[rollback_triggers]]
id = "breach"
title = "Somebody broke in"
kind = "reported"

`;

function watched(directory: string): void {
  const text = readFileSync(new URL('data/trivianft.toml', import.meta.url), 'utf8');
  const at = text.indexOf('[[stacks]]');
  writeFileSync(join(directory, 'trivianft.toml'), text.slice(0, at) + WATCH + text.slice(at));
}

test.use({ worldOptions: { blueprints: watched } });

test('a deployment is watched, signed, exported and verified', async ({ world, login, isLive, directory }) => {
  test.setTimeout(600_000);
  await world.createRelease('1.5.0');
  const eli = await login(engineer);
  await openRelease(eli, '1.5.0');
  const request = await requestDeployment(eli, { to: 'Production', because: 'Autumn season', isLive });
  await request.reaches('Awaiting approval');
  const lea = await login(lead);
  const review = await DeploymentPage.open(lea, request.url, isLive);
  await review.approve('Plan read.');
  await review.reaches('Awaiting sign-off', 300_000);

  const nia = await login(onCall);
  await test.step('on-call finds the watch on the overview and looks at each round', async () => {
    await nia.getByRole('link', { name: 'Watch of 1.5.0' }).click();
    for (const round of [1, 2]) {
      const record = nia.getByRole('button', { name: `Record my look at round ${round}` });
      await expect(async () => {
        if (!isLive) await nia.reload();
        await expect(record).toBeVisible({ timeout: 500 });
      }).toPass({ timeout: 60_000 });
      await nia.getByLabel(/^Note/).first().fill(`All quiet in round ${round}`);
      await record.click();
      await expect(nia.getByText('Recorded that you looked.')).toBeVisible();
      await expect(nia.getByRole('row', { name: new RegExp(`^${round}.*Looked at.*All quiet in round ${round}`) })).toBeVisible();
    }
    await expect(nia.getByText('Every round is over; the watch waits for its signature.')).toBeVisible();
    await expectAccessible(nia, 'the watch');
    await nia.setViewportSize(PHONE);
    await expectNoSidewaysScroll(nia, 'the watch');
    await nia.goto(new URL('/watches', world.url).href);
    await expectAccessible(nia, 'the list of watches');
    await expectNoSidewaysScroll(nia, 'the list of watches');
  });

  await test.step('the lead signs the watch', async () => {
    await lea.goto(`${request.url}/watch`);
    await lea.getByRole('button', { name: 'Sign off the watch' }).click();
    await expect(lea.getByText('Watched to the end and signed off.')).toBeVisible();
  });

  const ada = await login(admin);
  const file = join(directory, 'evidence.zip');
  await test.step('the evidence is exported and verified offline', async () => {
    await ada.goto(request.url);
    const downloading = ada.waitForEvent('download');
    await ada.getByRole('link', { name: 'Export evidence' }).click();
    await (await downloading).saveAs(file);
    expect(await world.lockkeeper(['evidence', 'verify', file])).toContain('matches: every byte is as it was signed');
    await ada.goto(new URL('/evidence', world.url).href);
    await expect(ada.getByText('BEGIN PUBLIC KEY')).toBeVisible();
    await expectAccessible(ada, 'the evidence page');
    await ada.setViewportSize(PHONE);
    await expectNoSidewaysScroll(ada, 'the evidence page');
  });

  await test.step('one changed byte is found, at its place', async () => {
    const bytes = readFileSync(file);
    const at = bytes.indexOf('All quiet in round 2');
    bytes.writeUInt8(bytes.readUInt8(at) ^ 1, at);
    writeFileSync(file, bytes);
    const refused = await world.lockkeeper(['evidence', 'verify', file]).catch((error: { code: number; stdout: string }) => error);
    expect(refused).toMatchObject({ code: 1, stdout: expect.stringContaining('watch.json: SHA-256 is') });
  });

  await test.step('the report needs nothing but itself', async () => {
    const bytes = readFileSync(file).toString('utf8');
    const report = bytes.slice(bytes.indexOf('<!DOCTYPE html>'), bytes.indexOf('</html>') + 7);
    const page = await ada.context().newPage();
    await page.setContent(report);
    await expect(page.getByRole('heading', { level: 1 })).toContainText('Evidence: TriviaNFT production 1.5.0');
    await expect(page.getByText('All quiet in round 1')).toBeVisible();
    await expectAccessible(page, 'the report');
    await page.close();
  });
});
