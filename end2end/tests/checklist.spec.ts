// Two people work on one checklist at once, with and without scripts.

import { expect, test } from './support/fixtures.ts';
import { ChecklistPage } from './pages/checklist.ts';
import { DeploymentPage } from './pages/deployment.ts';
import { openRelease, requestDeployment } from './pages/release.ts';
import { expectAccessible } from './pages/site.ts';
import { admin, engineer, lead } from './support/people.ts';

const PNG = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==', 'base64');

test('two people finish one list at the same time @checklist', async ({ world, login, isLive }) => {
  test.setTimeout(600_000);
  await world.createRelease('1.5.0');
  const eli = await login(engineer);
  await openRelease(eli, '1.5.0');
  const request = await requestDeployment(eli, { to: 'Production', because: 'Autumn season', isLive });
  await request.reaches('Awaiting approval');
  const deployment = request.url;
  const lea = await login(lead);
  const [first, second] = [
    await ChecklistPage.open(eli, deployment, isLive),
    await ChecklistPage.open(lea, deployment, isLive),
  ];

  await test.step('what one ticks, the other sees', async () => {
    await expect(second.state('Stakeholders know the schedule')).toHaveText('Open');
    await first.tick('Stakeholders know the schedule');
    await second.shows('Stakeholders know the schedule', 'Done');
    await expect(second.item('Stakeholders know the schedule')).toContainText(`done, says ${engineer.name}`);
    await second.tick('The rollback is known');
    await first.shows('The rollback is known', 'Done');
  });

  await test.step('what does not apply says why', async () => {
    await expect(first.state('The custom domain answers')).toHaveText('Not applicable');
    await expect(first.item('The custom domain answers')).toContainText('Production has no variable custom_domain');
  });

  await test.step('the second on one item is told who was first', async () => {
    await first.unfold('The rollback is known');
    await first.item('The rollback is known').getByRole('button', { name: /^Reopen/ }).click();
    await expect(first.state('The rollback is known')).toHaveText('Open');
    await first.unfold('The rollback is known');
    await second.shows('The rollback is known', 'Open');
    await first.tick('The rollback is known');
    // A page without scripts still shows the button; pressing it must not overwrite anything.
    if (!isLive) {
      await second.page.getByRole('button', { name: 'Mark as done: The rollback is known' }).click();
      await expect(second.item('The rollback is known')).toContainText(`${engineer.name} ticked it at`);
    }
    await second.shows('The rollback is known', 'Done');
    await expect(second.item('The rollback is known')).toContainText(`done, says ${engineer.name}`);
  });

  await test.step('a file is evidence', async () => {
    const title = 'All features work in staging with this release';
    await first.attach(title, { name: 'page.html', mimeType: 'text/html', buffer: Buffer.from('<script>') });
    await expect(first.page.getByText(/Nothing was stored: the file is neither a picture/)).toBeVisible();
    await first.attach(title, { name: 'session.png', mimeType: 'image/png', buffer: PNG });
    await first.unfold(title);
    const link = first.item(title).getByRole('link', { name: 'session.png' });
    await expect(link).toBeVisible();
    const file = await eli.request.get(new URL((await link.getAttribute('href')) ?? '', world.url).href);
    expect(file.headers()['content-disposition']).toContain('attachment');
    expect(file.headers()['content-type']).toBe('image/png');
    expect(file.headers()['x-content-type-options']).toBe('nosniff');
    expect(Buffer.compare(await file.body(), PNG)).toBe(0);
    await first.item(title).getByRole('button', { name: `Mark as done: ${title}` }).click();
    await expect(first.state(title)).toHaveText('Done');
    await expectAccessible(eli, 'an opened item');
  });

  await test.step('keys go from row to row, open one for a note, and tick', async () => {
    if (!isLive) return;
    await ChecklistPage.open(lea, deployment, isLive);
    await expect(lea.locator('[data-link="live"]')).toBeVisible();
    await lea.keyboard.press('j');
    await expect(lea.getByRole('link', { name: 'All features work in staging with this release' })).toBeFocused();
    await lea.keyboard.press('j');
    await lea.keyboard.press('j');
    await expect(lea.getByRole('link', { name: 'The rollback is known', exact: true })).toBeFocused();
    await lea.keyboard.press('k');
    await expect(lea.getByRole('link', { name: 'Stakeholders know the schedule' })).toBeFocused();
    await lea.keyboard.press('j');
    await second.unfold('The rollback is known');
    await second.item('The rollback is known').getByRole('button', { name: /^Reopen/ }).click();
    await expect(second.state('The rollback is known')).toHaveText('Open');
    await second.item('The rollback is known').getByRole('link', { name: 'Close' }).click();
    await expect(lea.getByRole('link', { name: 'The rollback is known', exact: true })).toBeFocused();
    await lea.keyboard.press('x');
    await expect(second.state('The rollback is known')).toHaveText('Done');
    await lea.keyboard.press('n');
    await expect(second.item('The rollback is known').locator('.item-open')).toBeVisible();
  });

  await test.step('deployed, checked, waived and signed by two', async () => {
    const review = await DeploymentPage.open(lea, deployment, isLive);
    await review.approve('Read and agreed');
    await review.reaches('Awaiting sign-off', 300_000);
    const leads = await ChecklistPage.open(lea, deployment, isLive, '?show=failing');
    await expect(lea.getByText('A check fails: mend the cause')).toBeVisible();
    await leads.waive('The site opens', 'Not public yet');
    const engineers = await ChecklistPage.open(eli, deployment, isLive);
    await engineers.signOff('Verified by the engineer', 'Played a session');
  });

  await test.step('what changes after a signature makes it stale, and it is renewed', async () => {
    const leads = await ChecklistPage.open(lea, deployment, isLive);
    await leads.unfold('The rollback is known');
    await leads.item('The rollback is known').getByRole('button', { name: /^Reopen/ }).click();
    await expect(leads.state('The rollback is known')).toHaveText('Open');
    const signatures = lea.getByRole('region', { name: 'Signatures' });
    await expect(signatures).toContainText(`“The rollback is known” was reopened by ${lead.name}`);
    await leads.tick('The rollback is known');
    await expect(signatures).toContainText(`was ticked again by ${lead.name}`);
    const engineers = await ChecklistPage.open(eli, deployment, isLive);
    await eli.getByRole('button', { name: 'Sign again as Verified by the engineer' }).click();
    await expect(eli.getByText('Your signature is recorded.')).toBeVisible();
    expect(engineers.page.url()).toContain('/checklist');
  });

  await test.step('passed with a condition, which stays on the overview until its owner closes it', async () => {
    await ChecklistPage.open(lea, deployment, isLive);
    const button = lea.getByRole('button', { name: 'Sign off as Approved by the engineering lead' });
    const form = lea.locator('form').filter({ has: button });
    await form.getByLabel('Outcome').selectOption('passed_with_conditions');
    await form.locator('summary').click();
    await form.getByLabel('Condition', { exact: true }).first().fill('Watch the queue');
    await form.getByLabel(/^Owner/).first().fill(engineer.name);
    await form.getByLabel('Due').first().fill('2099-12-31');
    await button.click();
    await expect(lea.getByText('Your signature is recorded.')).toBeVisible();
    const review = await DeploymentPage.open(lea, deployment, isLive);
    await review.reaches('Succeeded');
    await eli.goto(world.url);
    await expect(eli.getByText('you answer for it until 2099-12-31')).toBeVisible();
    await eli.goto(deployment);
    await eli.locator('summary').filter({ hasText: 'Close this condition' }).click();
    await eli.getByLabel('How it was met').fill('It was empty');
    await eli.getByRole('button', { name: 'Close this condition' }).click();
    await expect(eli.getByText('The condition is closed.')).toBeVisible();
    await eli.goto(world.url);
    await expect(eli.getByText('Watch the queue')).toHaveCount(0);
  });

  const ada = await login(admin);
  await ada.goto(`${world.url}/audit`);
  await expect(ada.getByText(`attached session.png`)).toBeVisible();
});
