// Tables: sorted by their head, with columns somebody chose, by keyboard, and as a file. On the demo, which has a past.

import { readFile } from 'node:fs/promises';
import { expect, test as base } from './support/fixtures.ts';
import { admin, engineer } from './support/people.ts';

const test = base.extend({ origin: async ({ demo }, use) => use(demo.url) });

test('a table sorts, keeps its columns and comes as a file @forms', async ({ demo, login, isLive }) => {
  const page = await login(engineer);
  await page.goto(`${demo.url}/deployments`);
  const releases = page.locator('tbody a.row-link');
  await expect(releases).toHaveText(['1.5.0', '1.5.0', '1.4.0', '1.4.0', '1.4.0']);

  await page.getByRole('columnheader', { name: 'Release' }).getByRole('link').click();
  await expect(releases).toHaveText(['1.4.0', '1.4.0', '1.4.0', '1.5.0', '1.5.0']);
  await expect(page.getByRole('columnheader', { name: 'Release' })).toHaveAttribute('aria-sort', 'ascending');

  await page.getByRole('search', { name: 'Filter deployments' }).getByLabel('State').selectOption({ label: 'Succeeded' });
  await page.getByRole('button', { name: 'Filter' }).click();
  await expect(releases).toHaveText(['1.4.0', '1.4.0', '1.5.0']);

  await page.getByText('Columns', { exact: true }).click();
  await page.getByRole('checkbox', { name: 'Requested by' }).check();
  await page.getByRole('checkbox', { name: 'Where' }).uncheck();
  await page.getByRole('button', { name: 'Show these columns' }).click();
  await expect(page.getByRole('columnheader', { name: 'Requested by' })).toBeVisible();
  await expect(page.getByRole('columnheader', { name: 'Where' })).toHaveCount(0);
  await expect(releases).toHaveText(['1.4.0', '1.4.0', '1.5.0']);

  const waiting = page.waitForEvent('download');
  await page.getByRole('link', { name: 'Download CSV' }).click();
  const download = await waiting;
  expect(download.suggestedFilename()).toMatch(/^lockkeeper-deployments-\d{4}-\d\d-\d\d\.csv$/);
  const lines = (await readFile(await download.path(), 'utf8')).trimEnd().split('\r\n');
  expect(lines).toHaveLength(4);
  expect(lines[0]).toContain('Requested by');
  expect(lines.slice(1).every((line) => line.includes('Eli Engineer'))).toBe(true);

  // The browser remembers, where scripts run.
  await page.goto(`${demo.url}/deployments`);
  await expect(page.getByRole('columnheader', { name: 'Where' })).toHaveCount(isLive ? 0 : 1);
});

test('rows are walked through and opened without a mouse', async ({ demo, login }) => {
  const page = await login(engineer);
  await page.goto(`${demo.url}/deployments`);
  await expect(page.locator('html')).toHaveAttribute('data-hydrated', 'true');
  const links = page.locator('tbody a.row-link');
  await page.keyboard.press('j');
  await expect(links.nth(0)).toBeFocused();
  await page.keyboard.press('j');
  await page.keyboard.press('j');
  await page.keyboard.press('k');
  await expect(links.nth(1)).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { level: 1 })).toContainText('Failed');
});

test('jump-to finds deployments, stacks and what one may do', async ({ demo, login }) => {
  const page = await login(engineer);
  await page.goto(demo.url);
  await expect(page.locator('html')).toHaveAttribute('data-hydrated', 'true');
  await page.keyboard.press('Control+k');
  const jump = page.getByRole('dialog', { name: 'Jump to' });
  await jump.getByRole('searchbox').fill('observability prod');
  await expect(jump.getByRole('link')).toHaveText([/TriviaNFT-Observability-production/]);
  await jump.getByRole('searchbox').fill('1.4 rejected');
  await expect(jump.getByRole('link')).toHaveText([/1\.4\.0 to TriviaNFT Production.*rejected/]);
  await jump.getByRole('searchbox').fill('plan a deployment staging');
  await expect(jump.getByRole('link')).toHaveText([/Plan a deployment to Staging/]);
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(/environments\/staging#request$/);
});

test('search works without scripts and shows nobody what they may not do @nojs', async ({ demo, login }) => {
  const page = await login(admin);
  await page.goto(demo.url);
  await page.getByRole('link', { name: 'Jump to' }).click();
  await page.getByRole('searchbox', { name: 'Search' }).fill('staging 1.5');
  await page.getByRole('button', { name: 'Search' }).click();
  await expect(page.getByText('2 things have')).toBeVisible();
  await page.getByRole('link', { name: /failed/ }).click();
  await expect(page.getByRole('heading', { level: 1 })).toContainText('Failed');
});
