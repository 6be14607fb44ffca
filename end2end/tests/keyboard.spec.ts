// Everything works without a mouse.

import { expect, test } from './support/fixtures.ts';
import { engineer } from './support/people.ts';

test('the keyboard reaches the content, the pages and the jump list', async ({ login }) => {
  const page = await login(engineer);
  await page.reload();

  await page.keyboard.press('Tab');
  const skip = page.getByRole('link', { name: 'Skip to the content' });
  await expect(skip).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(page.locator('#main')).toBeFocused();

  await expect(page.locator('html')).toHaveAttribute('data-hydrated', 'true');
  await page.keyboard.press('Control+k');
  const jump = page.getByRole('dialog', { name: 'Jump to' });
  await expect(jump).toBeVisible();
  await jump.getByRole('searchbox').fill('depl');
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(/\/deployments$/);

  await expect(page.locator('html')).toHaveAttribute('data-hydrated', 'true');
  await page.keyboard.press('?');
  await expect(page.getByRole('dialog', { name: 'Keys' })).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(page.getByRole('dialog', { name: 'Keys' })).toBeHidden();
});

test('focus is visible on everything the keyboard reaches', async ({ login }) => {
  const page = await login(engineer);
  await page.reload();
  const invisible: string[] = [];
  for (let step = 0; step < 60; step += 1) {
    await page.keyboard.press('Tab');
    const plain = await page.evaluate(() => {
      const one = document.activeElement;
      if (!one || one === document.body) return 'end';
      const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(one);
      const isMarked = (outlineStyle !== 'none' && outlineWidth !== '0px') || boxShadow !== 'none';
      return isMarked ? null : one.outerHTML.slice(0, 120);
    });
    if (plain === 'end') break;
    if (plain) invisible.push(plain);
  }
  expect(invisible).toEqual([]);
});
