// Every component in every state: a picture in both schemes for whoever changes the style, and what must hold in each.

import { expect, test as base } from './support/fixtures.ts';
import { expectAccessible, expectNoSidewaysScroll } from './pages/site.ts';
import { engineer } from './support/people.ts';

const test = base.extend({ origin: async ({ demo }, use) => use(demo.url) });

test('the design page shows every component in both schemes and on a phone', async ({ demo, login }, info) => {
  const page = await login(engineer);
  await page.goto(`${demo.url}/design`);
  for (const part of ['badges', 'bands', 'steps', 'tables', 'logs', 'not-yet', 'hits', 'form-design-field', 'phrase']) {
    await expect(page.locator(`section#${part}`), part).toBeVisible();
  }
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    await expectAccessible(page, `/design, ${colorScheme}`);
    // The refused form has the focus, which scrolls; what sticks would stand in the middle of the picture.
    await page.evaluate(() => scrollTo(0, 0));
    const body = await page.screenshot({ fullPage: true });
    await info.attach(`design-${colorScheme}`, { body, contentType: 'image/png' });
  }
  await page.setViewportSize({ width: 390, height: 844 });
  await expectNoSidewaysScroll(page, '/design');
  await info.attach('design-phone', { body: await page.screenshot({ fullPage: true }), contentType: 'image/png' });
});
