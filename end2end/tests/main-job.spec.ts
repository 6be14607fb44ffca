// The main job: a release goes to production, planned by one person, approved by another, executed, checked, signed.

import { expect, test } from './support/fixtures.ts';
import { openRelease, requestDeployment } from './pages/release.ts';
import { ChecklistPage } from './pages/checklist.ts';
import { DeploymentPage, PHRASE } from './pages/deployment.ts';
import { admin, engineer, lead } from './support/people.ts';
import { STACKS } from './support/world.ts';

test('a release goes to production by two people @main', async ({ world, login, isLive }) => {
  test.setTimeout(600_000);
  await world.createRelease('1.5.0');

  const eli = await login(engineer);
  await openRelease(eli, '1.5.0');
  const request = await requestDeployment(eli, {
    to: 'Production',
    because: 'Season leaderboard for the autumn season',
    isLive,
  });

  const deployment = request.url;

  await test.step('the engineer sees the plan of all seven stacks and cannot approve it', async () => {
    await request.reaches('Awaiting approval');
    const plan = request.part('Plan');
    for (const stack of STACKS) {
      await expect(plan.getByText(`TriviaNFT-${stack}-production`, { exact: true })).toBeVisible();
    }
    await expect(plan.getByText('Plan digest')).toBeVisible();
    await expect(request.approveButton).toHaveCount(0);
    await expect(request.part('Approval')).toContainText('somebody else must approve it');
  });

  const lea = await login(lead);
  await lea.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: /^Approvals/ }).click();
  await expect(lea.getByText('1 plan waits for your approval.')).toBeVisible();
  await lea.getByRole('link', { name: 'Review the plan' }).click();
  const review = new DeploymentPage(lea, isLive);

  await test.step('a wrong phrase does not approve, and what was typed stays', async () => {
    const comment = 'Plan read: one queue is replaced, it is drained.';
    await review.decide({ phrase: PHRASE.toLowerCase(), comment });
    if (isLive) {
      // The browser does not even offer it.
      await expect(review.approveButton).toBeDisabled();
      await lea.getByLabel('Confirmation phrase').press('Enter');
      await expect(lea.getByRole('heading', { level: 1 })).toContainText('Awaiting approval');
    } else {
      await review.approveButton.click();
      await expect(review.part('Approval').getByText(/phrase/i).and(lea.locator('.field-problem'))).toBeVisible();
    }
    await expect(review.part('Approval').getByLabel('Comment')).toHaveValue(comment);
    await expect(lea.getByRole('heading', { level: 1 })).toContainText('Awaiting approval');
  });

  await test.step('the lead approves with the phrase', async () => {
    await review.approve('Plan read: one queue is replaced, it is drained.');
  });

  await test.step('the run is followed to the checks', async () => {
    await review.reaches('Awaiting sign-off', 300_000);
    const run = review.part('Run');
    for (const stack of STACKS) {
      await expect(run.getByText(`TriviaNFT-${stack}-production`, { exact: true }).first()).toBeVisible();
    }
    await expect(run.getByRole('progressbar')).toHaveText('7 of 7');
    const checks = review.part('Checks');
    await expect(checks.getByRole('row', { name: /Stack Api is deployed.*Passed/ })).toBeVisible();
    await expect(checks.getByRole('row', { name: /The front end answers.*(Failed|Could not be asked)/ })).toBeVisible();
  });

  await test.step('the requester sees the same without touching the page', async () => {
    await request.reaches('Awaiting sign-off');
  });

  await test.step('the checklist is closed by two people', async () => {
    const list = await ChecklistPage.open(eli, deployment, isLive);
    await expect(eli.getByRole('button', { name: /^Sign off as/ })).toHaveCount(0);
    const manual = await list.openManualItems();
    expect(manual.length).toBeGreaterThan(1);
    for (const { title, wantsEvidence } of manual) {
      if (wantsEvidence) await list.tickWithEvidence(title, `Looked at ${title.toLowerCase()}, ticket 4711`);
      else await list.tick(title);
    }
    const leads = await ChecklistPage.open(lea, deployment, isLive);
    await leads.waive('The site opens', 'The address is not public yet; tried from the office network');
  });

  await test.step('both sign', async () => {
    const list = await ChecklistPage.open(eli, deployment, isLive);
    await list.signOff('Verified by the engineer', 'Played a session as a guest');
    const leads = await ChecklistPage.open(lea, deployment, isLive);
    await leads.signOff('Approved by the engineering lead', 'Go');
    await DeploymentPage.open(lea, deployment, isLive);
    await DeploymentPage.open(eli, deployment, isLive);
    await review.reaches('Succeeded');
    await request.reaches('Succeeded');
  });

  await test.step('the audit log shows it all', async () => {
    const ada = await login(admin);
    await ada.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Audit' }).click();
    const events = ada.getByRole('table', { name: 'Audit events' });
    const who = [
      ['request_deployment', engineer.name],
      ['approve_plan', lead.name],
      ['tick_item', engineer.name],
      ['waive_item', lead.name],
      ['sign_off', engineer.name],
      ['sign_off', lead.name],
    ] as const;
    for (const [act, person] of who) {
      await expect(events.getByRole('row').filter({ hasText: act }).filter({ hasText: person }).first()).toBeVisible();
    }
  });

  await test.step('every stack was executed once', async () => {
    for (const stack of STACKS) {
      expect(await world.executions(`TriviaNFT-${stack}-production`), stack).toBe(1);
    }
  });
});
